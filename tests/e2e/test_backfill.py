"""`crmsync backfill` on both CRMs: a range of days comes as any sync shows it, whatever interrupts it."""

from __future__ import annotations

import signal
import time
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.harness import (
    ENTITIES,
    Crms,
    Fxiaoke,
    Project,
    Row,
    Zoho,
    assert_same_tables,
    core_tables,
    without,
)

WITH_DAYS = [name for name in ENTITIES if name not in {"users", "teams"}]
ALL_STREAMS = [word for name in WITH_DAYS for word in ("--stream", name)]
EVER = ["--from", "2024-10-01", "--to", f"{date.today() + timedelta(days=2)}"]  # noqa: DTZ011 - a day more does no harm
SHANGHAI = ZoneInfo("Asia/Shanghai")
QUARTER = ["--from", "2026-01-01", "--to", "2026-03-31"]


def _on_postgresql(project: Project, url: str) -> Project:
    moved = project.with_warehouse("postgresql", url)
    moved.run("migrate").expect(0)
    moved.run("sync").expect(0)
    return moved


@pytest.fixture
def read(database: str, computed: Project, request: pytest.FixtureRequest) -> Project:
    """A project that has read everything, on either database."""
    return computed if database == "sqlite" else _on_postgresql(computed, request.getfixturevalue("postgres_url"))


def _checkpoints(project: Project) -> list[Row]:
    return [without(row, {"updated_at", "run_id"}) for row in project.rows("ops_checkpoint")]


def test_of_what_a_sync_has_read_a_backfill_changes_nothing(read: Project, database: str) -> None:
    tables, history, checkpoints = core_tables(read.url), read.rows("hist_change"), _checkpoints(read)

    by = {"sqlite": ["modified", "created"], "postgresql": ["created"]}[database]
    for which in by:
        found = read.run("backfill", *ALL_STREAMS, *EVER, "--by", which, "--parallel", "4", "--json").expect(0).document
        for name in WITH_DAYS:
            results = [one for one in found["backfill"] if one["stream"] == name]
            assert sum(one["rows"] for one in results) == sum(one["unchanged"] for one in results) == len(tables[name])

    assert_same_tables(core_tables(read.url), tables)
    assert read.rows("hist_change") == history
    assert _checkpoints(read) == checkpoints


def _day(moment: Any) -> date:
    instant = (
        datetime.fromtimestamp(moment / 1000, SHANGHAI) if isinstance(moment, int) else datetime.fromisoformat(moment)
    )
    return instant.astimezone(SHANGHAI).date()


def test_into_an_empty_warehouse_come_the_records_of_those_days_and_no_others(fresh: Project, crms: Crms) -> None:
    begin, end = date(2026, 1, 1), date(2026, 3, 31)
    leads = {
        **{key: _day(lead["Created_Time"]) for key, lead in Zoho(crms.url).records("Leads", ["Created_Time"]).items()},
        **{key: _day(lead["create_time"]) for key, lead in Fxiaoke(crms.url).records("LeadsObj").items()},
    }
    expected = {key for key, day in leads.items() if begin <= day <= end}
    assert 50 < len(expected) < len(leads) / 2

    result = fresh.run("backfill", "--stream", "leads", *QUARTER, "--by", "created", "--newest-first").expect(0)

    assert {row["source_id"] for row in fresh.rows("leads")} == expected
    assert fresh.rows("hist_change") == fresh.rows("ops_checkpoint") == []
    march, january = result.out.index("2026-03-01..2026-03-31"), result.out.index("2026-01-01..2026-01-31")
    assert march < january
    assert "Next: " in result.out


def _waits_for(crms: Crms) -> None:
    until = time.monotonic() + 30
    while crms.fired() == [0]:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_signal_stops_it_at_a_commit_and_the_next_run_goes_on_there(fresh: Project, crms: Crms) -> None:
    command = ["backfill", "--source", "fxiaoke", "--stream", "leads", *EVER, "--by", "created", "--json"]
    crms.faults(({"system": "fxiaoke", "path": "/cgi/crm/v2/data/query", "nth": 16}, {"delay_ms": 6000}))
    process = fresh.start(*command)
    _waits_for(crms)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, "run the same command to go on" in err) == (143, True)
    states = [row["state"] for row in fresh.rows("ops_checkpoint")]
    assert states.count("done") > 10

    status = fresh.run("status").expect(0).out
    assert f"fxiaoke/leads: the backfill of created {EVER[1]}..{EVER[3]} is not done" in " ".join(status.split())

    document = fresh.run(*command).expect(0).document

    assert f"fxiaoke/leads: {states.count('done')} of " in document["problems"][0]
    assert {row["source_id"] for row in fresh.rows("leads")} == set(Fxiaoke(crms.url).records("LeadsObj"))
    assert fresh.rows("ops_checkpoint") == []
    assert fresh.run("status", "--json").expect(0).document["backfills"] == []


def test_beside_a_sync_it_says_who_holds_the_source_and_exits_3(computed: Project, crms: Crms) -> None:
    crms.faults(({"system": "zoho", "path": "/crm/v8/Accounts", "nth": 1}, {"delay_ms": 4000}))
    first = computed.start("sync", "--source", "zoho")
    _waits_for(crms)

    second = computed.run("backfill", "--source", "zoho", "--stream", "leads", *QUARTER).expect(3)

    assert "zoho is held by run" in second.out
    assert "crmsync sync" in second.out
    first.communicate(timeout=60)
    assert first.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stream", "users", *QUARTER], "crmsync sync --source zoho --stream users"),
        (["--stream", "lead", *QUARTER], "no connection has a stream 'lead'"),
        (["--stream", "leads", "--from", "2026-03-01", "--to", "2026-01-01"], "exchange the two"),
        (["--stream", "leads", "--from", "yesterday", "--to", "2026-01-01"], "yesterday"),
        (["--stream", "deals", "--from", "2026-02-01", "--to", "9999-12-31"], "name a day nearer to today"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused_before_any_call(
    computed: Project, crms: Crms, arguments: list[str], words: str
) -> None:
    before = crms.calls("zoho") + crms.calls("fxiaoke")
    result = computed.run("backfill", *arguments).expect(2)
    assert words in " ".join(result.err.split())
    assert crms.calls("zoho") + crms.calls("fxiaoke") == before
