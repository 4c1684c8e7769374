"""A replay makes the tables that a first sync under the new configuration makes, and asks nobody."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zstandard

from sandbox.server import Sandbox
from tests.e2e.conftest import EVERY
from tests.e2e.harness import (
    Crms,
    Project,
    Row,
    assert_same_tables,
    core_tables,
    kill_after,
    make_project,
    seconds_of,
    thin_out,
    without,
)

OLD, NEW = "timezone: Asia/Shanghai", "timezone: America/New_York"


def pulled(project: Project) -> dict[str, list[Row]]:
    """The core tables without what `compute` adds to them."""
    computed = ("amount_base", "fx_rate", "fx_date")
    return {table: [without(row, computed) for row in rows] for table, rows in core_tables(project.url).items()}


def _new_york_day(stamp: str) -> str:
    moment = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo("America/New_York")).date().isoformat()


@pytest.fixture(scope="module")
def elsewhere(_small_crms: Crms, _computed: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What a first sync makes where the local days are others."""
    _small_crms.restore()
    project = _computed.copy_to(tmp_path_factory.mktemp("elsewhere") / "project")
    for leftover in project.folder.glob("warehouse.db*"):
        leftover.unlink()
    project.change(OLD, NEW)
    project.run("migrate").expect(0)
    project.run("sync").expect(0)
    return project


def test_a_replay_after_a_change_of_the_time_zone_equals_a_first_sync_and_makes_no_call(
    computed: Project, crms: Crms, elsewhere: Project
) -> None:
    computed.change(OLD, NEW)
    before, calls = pulled(computed), crms.control("state")["calls"]
    history = computed.rows("hist_change")

    planned = computed.run("replay", "--plan", "--json").expect(0).document
    deals = next(one for one in planned["replay_plan"] if (one["source"], one["stream"]) == ("zoho", "deals"))
    assert deals["records"] == len(before["deals"]) - len(
        [row for row in before["deals"] if row["source"] == "fxiaoke"]
    )
    assert deals["columns"].keys() == {"created_on", "closed_at"}
    assert deals["columns"]["closed_at"] == len(
        [row for row in before["deals"] if row["source"] == "zoho" and row["closed_at"]]
    )
    assert "replay" not in planned
    assert pulled(computed) == before

    result = computed.run("replay").expect(0)

    assert crms.control("state")["calls"] == calls
    assert "Replay would alter" in result.out
    assert_same_tables(pulled(computed), pulled(elsewhere), "after the replay")
    assert computed.rows("hist_change") == history
    assert [row for row in computed.rows("ops_dead_letter") if row["state"] == "open"] == []
    again = computed.run("sync", "--json").expect(0).document
    assert [note for note in again["problems"] if "read again" in note] == []
    assert all(one["rows"] < 100 for one in again["sync"])


def test_stream_and_source_replay_only_what_is_named(computed: Project) -> None:
    computed.change(OLD, NEW)
    document = computed.run("replay", "--source", "fxiaoke", "--stream", "deals", "--json").expect(0).document
    assert [(one["source"], one["stream"]) for one in document["replay"]] == [("fxiaoke", "deals")]


def test_a_killed_replay_goes_on_by_the_same_command(computed: Project, elsewhere: Project) -> None:
    computed.change(OLD, NEW)
    whole = seconds_of(computed.copy_to(computed.folder.parent / "timed"), "replay")
    killed = [kill_after(computed.start("replay"), whole * share) for share in (0.5, 0.6, 0.7, 0.8, 0.9)]
    assert any(killed)

    computed.run("replay").expect(0)

    assert_same_tables(pulled(computed), pulled(elsewhere), f"killed {killed}")


def test_a_replay_works_while_the_crms_are_down_with_metadata_of_last_year_and_another_token(tmp_path: Path) -> None:
    with Sandbox(seed=7, fxiaoke_limit=1_000_000) as running:
        thin_out(running, EVERY * 8)
        project = make_project(tmp_path / "project", running.url)
        project.run("sync", "--stream", "users", "--stream", "deals").expect(0)
    with closing(sqlite3.connect(project.database)) as connection, connection:
        connection.execute("UPDATE ops_metadata SET asked_at = strftime('%Y-%m-%d %H:%M:%f000', 'now', '-400 days')")
    project.change(OLD, NEW)

    token = {"CRMSYNC_ZOHO_REFRESH_TOKEN": "another"}
    document = project.run("replay", "--json", env=token).expect(0).document

    records = {(one["source"], one["stream"]): one["records"] for one in document["replay"]}
    deals = project.rows("deals")
    assert records["zoho", "deals"] + records["fxiaoke", "deals"] == len(deals) > 0
    assert records["zoho", "leads"] == 0  # never read, so nothing of it is known
    assert [row["created_on"] for row in deals] == [_new_york_day(row["created_at"]) for row in deals]


def test_raw_pages_hold_no_secret(computed: Project) -> None:
    tokens = [json.loads(path.read_text())["value"] for path in computed.folder.glob(".crmsync-token-*.json")]
    assert len(tokens) == 2
    pages = computed.rows("raw_page")
    assert {page["source"] for page in pages} == {"zoho", "fxiaoke"}
    for page in pages:
        text = zstandard.ZstdDecompressor().stream_reader(page["body"], read_across_frames=True).readall().decode()
        assert text.startswith("[{")
        for secret in (*tokens, "sandbox-secret", "sandbox-refresh", "sandbox-code"):
            assert secret not in text
