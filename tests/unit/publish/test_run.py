"""Publishing as a whole: what is written, sent, recorded, and not done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from sqlalchemy import select, update

from models.config import Config
from models.errors import ConfigError, SourceBusyError
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_checkpoint, ops_dead_letter, ops_message, ops_push_item
from pipeline.publish.result import PublishResult
from pipeline.publish.run import publish

MakeConfig = Callable[..., Config]
_SLACK, _TEAMS = "https://hooks.slack.example/canary-s", "https://teams.example/canary-t"
_SECRETS = {"CRMSYNC_SLACK_WEBHOOK_URL": _SLACK, "CRMSYNC_TEAMS_WEBHOOK_URL": _TEAMS}


@pytest.fixture
def config(make_config: MakeConfig) -> Config:
    return make_config(channels=("slack", "teams"), secrets=_SECRETS)


def _digest(warehouse: Warehouse, config: Config, now: datetime, **options: Any) -> list[tuple[str, str]]:
    found = publish(warehouse, config, run_id="r1", now=now, kinds=("digest",), sleep=lambda _: None, **options)
    return [(result.target, result.state) for result in found]


def _ledger(warehouse: Warehouse) -> list[tuple[str, str, str | None]]:
    with warehouse.read() as connection:
        rows = connection.execute(select(ops_message).order_by(ops_message.c.id)).all()
    return [(row.channel, row.state, row.answer) for row in rows]


@responses.activate
def test_digest_goes_to_every_channel_once_a_day(filled: Warehouse, config: Config, now: datetime) -> None:
    responses.post(_SLACK, body="ok")
    responses.post(_TEAMS, status=202)
    assert _digest(filled, config, now) == [("slack", "sent"), ("teams", "sent")]
    later = now + timedelta(hours=13)  # 23:00 of the same local day
    assert _digest(filled, config, later) == [("slack", "already sent"), ("teams", "already sent")]
    assert len(responses.calls) == 2
    assert _ledger(filled) == [("slack", "sent", "HTTP 200 ok"), ("teams", "sent", "HTTP 202")]


@responses.activate
def test_refusal_by_one_channel_does_not_stop_the_other_and_may_be_tried_again(
    filled: Warehouse, config: Config, now: datetime
) -> None:
    responses.post(_SLACK, status=404, body="no_service")
    responses.post(_SLACK, body="ok")
    responses.post(_TEAMS, status=202)
    assert _digest(filled, config, now) == [("slack", "refused"), ("teams", "sent")]
    assert _digest(filled, config, now) == [("slack", "sent"), ("teams", "already sent")]
    assert _ledger(filled)[0] == ("slack", "refused", "HTTP 404 no_service")


@responses.activate
def test_message_is_in_the_ledger_before_it_leaves(filled: Warehouse, make_config: MakeConfig, now: datetime) -> None:
    seen: list[tuple[str, str, str | None]] = []

    def receive(_: Any) -> tuple[int, dict[str, str], str]:
        seen.extend(_ledger(filled))
        return 200, {}, "ok"

    responses.add_callback(responses.POST, _SLACK, callback=receive)
    _digest(filled, make_config(channels=("slack",), secrets=_SECRETS), now)
    assert seen == [("slack", "sending", None)]


@responses.activate
def test_message_of_a_process_that_died_is_sent_again_and_said_to_be(
    filled: Warehouse, make_config: MakeConfig, now: datetime
) -> None:
    responses.post(_SLACK, body="ok")
    config = make_config(channels=("slack",), secrets=_SECRETS)
    _digest(filled, config, now)
    with filled.begin() as connection:
        connection.execute(update(ops_message).values(state="sending", answer=None, settled_at=None))
    (result,) = publish(filled, config, run_id="r2", now=now, kinds=("digest",))
    assert (result.state, result.detail.partition(";")[0]) == (
        "sent",
        "sent again, since an earlier process died before it knew the answer",
    )
    assert _ledger(filled) == [("slack", "sent", "HTTP 200 ok")]


@responses.activate
def test_next_day_tells_only_what_is_new_and_a_quiet_day_is_one_line(
    filled: Warehouse, make_config: MakeConfig, now: datetime
) -> None:
    responses.post(_SLACK, body="ok")
    config = make_config(channels=("slack",), secrets=_SECRETS)
    _settle_trouble(filled)
    before_zeta_rose = now - timedelta(hours=36)
    assert _digest(filled, config, before_zeta_rose) == [("slack", "sent")]
    (told,) = publish(filled, config, run_id="r", now=now, kinds=("digest",), dry_run=True)
    assert told.detail.splitlines()[1] == "Zeta Ltd up from B to A: why zeta is A"
    assert "云杉科技" not in told.detail
    assert _digest(filled, config, now) == [("slack", "sent")]
    (quiet,) = publish(filled, config, run_id="r", now=now + timedelta(days=1), kinds=("digest",), dry_run=True)
    assert quiet.detail == "Sales digest, 25 Nov 2026: nothing new since 24 Nov 2026"


def _settle_trouble(warehouse: Warehouse) -> None:
    """Leave nothing for anybody to do."""
    with warehouse.begin() as connection:
        connection.execute(update(ops_dead_letter).values(state="resolved"))
        connection.execute(update(ops_push_item).values(outcome="applied"))
        fresh = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
        connection.execute(update(ops_checkpoint).values(watermark=fresh))


def test_dry_run_says_the_words_and_leaves_no_trace(filled: Warehouse, config: Config, now: datetime) -> None:
    results = publish(filled, config, run_id="r", now=now, dry_run=True)
    assert [(r.kind, r.state) for r in results] == [("report", "dry run"), ("digest", "dry run"), ("digest", "dry run")]
    assert results[1].detail.startswith("Sales digest, 24 Nov 2026\n")
    assert _ledger(filled) == []
    assert not Path(results[0].target).exists()


def test_digest_links_to_the_page_only_where_the_configuration_says_its_address(
    filled: Warehouse, make_config: MakeConfig, now: datetime
) -> None:
    url = "https://crm.example/report.html"
    options: dict[str, Any] = {"run_id": "r", "now": now, "kinds": ("digest",), "dry_run": True}
    (plain,) = publish(filled, make_config(channels=("slack",), secrets=_SECRETS), **options)
    (linked,) = publish(filled, make_config(channels=("slack",), secrets=_SECRETS, report_url=url), **options)
    assert "report.html" not in plain.detail
    assert linked.detail == f"{plain.detail}\nThe whole report · {url}"


@pytest.mark.parametrize(
    "url", ["report.html", "/srv/report.html", "file:///srv/report.html", "https://", "https://a b"]
)
def test_address_of_the_page_is_one_of_the_web(make_config: MakeConfig, url: str) -> None:
    with pytest.raises(ValueError, match="is not a web address; write it like https://www.example.com/report.html"):
        make_config(report_url=url)


def test_empty_warehouse_sends_nothing_but_writes_the_page(warehouse: Warehouse, config: Config, now: datetime) -> None:
    results = publish(warehouse, config, run_id="r", now=now)
    assert [r.state for r in results] == ["written", "nothing to say", "nothing to say"]
    assert Path(results[0].target).read_text(encoding="utf-8").count("<section>") == 12


def test_page_alone_is_written_where_no_channel_is_configured(
    filled: Warehouse, make_config: MakeConfig, now: datetime, tmp_path: Path
) -> None:
    assert publish(filled, make_config(), run_id="r", now=now) == [
        PublishResult("report", str(tmp_path / "report.html"), "written")
    ]
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name] == ["report.html"]


@pytest.mark.parametrize(
    ("kind", "channels", "message"),
    [
        ("diggest", ("slack",), "did you mean digest"),
        ("weather", ("slack",), "there are: report, digest"),
        ("digest", (), "publish.channels is empty"),
        ("digest", ("slack", "teams"), "CRMSYNC_TEAMS_WEBHOOK_URL"),
    ],
)
def test_wrong_request_is_one_line_with_its_remedy(
    warehouse: Warehouse, make_config: MakeConfig, kind: str, channels: tuple[str, ...], message: str
) -> None:
    config = make_config(channels=channels, secrets={"CRMSYNC_SLACK_WEBHOOK_URL": _SLACK})
    with pytest.raises(ConfigError, match=message):
        publish(warehouse, config, run_id="r", now=datetime(2026, 11, 24, tzinfo=UTC), kinds=(kind,))


def test_page_that_cannot_be_written_names_the_key(filled: Warehouse, make_config: MakeConfig, now: datetime) -> None:
    with pytest.raises(ConfigError, match=r"^publish\.report: cannot write .*no/such/report\.html: No such file"):
        publish(filled, make_config(report="no/such/report.html"), run_id="r", now=now)


def test_two_processes_do_not_send_at_once(filled: Warehouse, config: Config, now: datetime) -> None:
    with filled.lock("publish messages"), pytest.raises(SourceBusyError, match="another process"):
        _digest(filled, config, now)


@responses.activate
def test_webhook_urls_are_in_no_result_and_no_row(filled: Warehouse, config: Config, now: datetime) -> None:
    responses.post(_SLACK, status=400, body=f"invalid_payload {_SLACK}")
    responses.post(_TEAMS, body=requests.ConnectionError(_TEAMS))
    results = publish(filled, config, run_id="r", now=now, sleep=lambda _: None)
    with filled.read() as connection:
        rows = [tuple(row) for row in connection.execute(select(ops_message))]
    assert "canary" not in repr(results) + repr(rows)
