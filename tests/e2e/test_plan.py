"""`--plan` says what a run will cost, by few calls; the sandbox's own count of calls and credits is the judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.harness import Crms, Project, core_tables

SYSTEMS = ("zoho", "fxiaoke")
DAYS = ["--stream", "leads", "--stream", "deals", "--from", "2025-06-01", "--to", "2025-11-30"]
OF_RECORDS = ("/crm/v8/Accounts", "/crm/v8/Contacts", "/crm/v8/Leads", "/crm/v8/Deals")


@dataclass
class Meter:
    """What the sandbox counted since it was asked last."""

    crms: Crms

    def __post_init__(self) -> None:
        self._before = self._now()

    def _now(self) -> dict[str, tuple[int, int]]:
        state = self.crms.control("state")
        return {name: (sum(state["calls"][name].values()), state["credits"][name]) for name in SYSTEMS}

    def used(self) -> dict[str, tuple[int, int]]:
        """System → calls and credits."""
        now, before = self._now(), self._before
        self._before = now
        return {name: (now[name][0] - before[name][0], now[name][1] - before[name][1]) for name in SYSTEMS}


def planned(document: Any) -> dict[str, tuple[int, int]]:
    lines = document["estimate"]
    return {
        name: (
            sum(one["calls"] for one in lines if one["source"] == name),
            sum(one["credits"] for one in lines if one["source"] == name),
        )
        for name in SYSTEMS
    }


def asked(document: Any) -> int:
    return sum(one["asked"] for one in document["estimate"])


def test_a_first_sync_costs_what_the_plan_says(fresh: Project, crms: Crms) -> None:
    meter = Meter(crms)
    document = fresh.run("sync", "--plan", "--json").expect(0).document
    assert asked(document) == sum(calls for calls, _ in meter.used().values())

    fresh.run("sync").expect(0)

    used, plan = meter.used(), planned(document)
    assert used["zoho"] == plan["zoho"]
    # Fxiaoke's records show fields that no description lists: each of four objects is described once more.
    assert plan["fxiaoke"][0] <= used["fxiaoke"][0] <= plan["fxiaoke"][0] + 4


def test_a_sync_of_few_changes_costs_what_the_plan_says_and_the_plan_says_how_many(
    computed: Project, crms: Crms
) -> None:
    lead = computed.rows("leads", "source = 'zoho' AND converted_at IS NULL")[0]["source_id"]
    crms.edit("zoho", "Leads", "update", lead, {"Company": "Changed"})
    document = computed.run("sync", "--plan", "--json").expect(0).document
    records = {(one["source"], one["stream"]): one["records"] for one in document["estimate"]}
    assert (records["zoho", "leads"], records["zoho", "deals"], records["fxiaoke", "leads"]) == (1, 0, 0)
    meter = Meter(crms)

    computed.run("sync").expect(0)

    assert meter.used() == planned(document)


def test_a_full_sync_costs_what_the_plan_says(computed: Project, crms: Crms) -> None:
    document = computed.run("sync", "--full", "--plan", "--json").expect(0).document
    meter = Meter(crms)
    computed.run("sync", "--full").expect(0)
    assert meter.used() == planned(document)


def test_a_backfill_by_creation_costs_what_the_plan_says(computed: Project, crms: Crms) -> None:
    document = computed.run("backfill", *DAYS, "--by", "created", "--plan", "--json").expect(0).document
    assert {one["slices"] for one in document["estimate"] if one["stream"]} == {6}
    meter = Meter(crms)

    done = computed.run("backfill", *DAYS, "--by", "created", "--json").expect(0).document

    assert meter.used() == planned(document)
    rows = {(one["source"], one["stream"]): one["records"] for one in document["estimate"] if one["stream"]}
    for (source, stream), records in rows.items():
        found = [one["rows"] for one in done["backfill"] if (one["source"], one["stream"]) == (source, stream)]
        assert sum(found) == records > 0


def test_a_backfill_by_the_last_edit_costs_what_the_plan_says_but_for_a_page_a_slice(
    computed: Project, crms: Crms
) -> None:
    document = computed.run("backfill", *DAYS, "--plan", "--json").expect(0).document
    meter = Meter(crms)
    computed.run("backfill", *DAYS).expect(0)
    used, plan = meter.used(), planned(document)
    assert used["fxiaoke"] == plan["fxiaoke"]
    assert plan["zoho"][0] <= used["zoho"][0] <= plan["zoho"][0] + 12


def test_a_plan_reads_no_record_and_changes_nothing(computed: Project, crms: Crms) -> None:
    tables, checkpoints = core_tables(computed.url), computed.rows("ops_checkpoint")
    before = crms.control("state")["calls"]

    words = computed.run("sync", "--full", "--plan").expect(0).out
    computed.run("backfill", *DAYS, "--plan").expect(0)

    after = crms.control("state")["calls"]
    for path in OF_RECORDS:
        assert after["zoho"].get(f"GET {path}") == before["zoho"].get(f"GET {path}")
    assert "no record was read" in words
    assert core_tables(computed.url) == tables
    assert computed.rows("ops_checkpoint") == checkpoints


def test_of_an_interrupted_backfill_only_the_rest_is_planned(computed: Project, crms: Crms) -> None:
    command = ["backfill", "--source", "fxiaoke", *DAYS[:2], *DAYS[4:], "--by", "created"]
    crms.faults(({"path": "/cgi/crm/v2/data/query", "nth": 4}, {"error_code": 30002}))
    computed.run(*command).expect(1)
    crms.faults()
    document = computed.run(*command, "--plan", "--json").expect(0).document
    assert [one["slices"] for one in document["estimate"]] == [0, 3]
    meter = Meter(crms)
    computed.run(*command).expect(0)
    assert meter.used() == planned(document)


@pytest.mark.parametrize(("code", "status"), [("OAUTH_SCOPE_MISMATCH", 401), ("INVALID_QUERY", 400)])
def test_where_the_crm_does_not_let_us_count_the_warehouse_is_counted(
    computed: Project, crms: Crms, code: str, status: int
) -> None:
    crms.faults(({"path": "/crm/v8/coql"}, {"error_code": code, "status": status}))
    result = computed.run("sync", "--source", "zoho", "--full", "--plan", "--json").expect(0).document
    leads = len(computed.rows("leads", "source = 'zoho'"))
    assert [one["records"] for one in result["estimate"] if one["stream"] == "leads"] == [leads]
    assert "the rows of the warehouse were counted instead" in result["problems"][0]


def test_the_time_keeps_to_fxiaokes_limit(computed: Project) -> None:
    computed.change("calls_per_20_s: 1000000 ", "calls_per_20_s: 20 ")
    document = computed.run("sync", "--source", "fxiaoke", "--plan", "--json").expect(0).document
    calls = sum(one["calls"] for one in document["estimate"])
    seconds = sum(one["seconds"] for one in document["estimate"])
    assert calls > 20
    # Windows of 21 s: twenty calls in the first one, and again in each that follows.
    assert seconds >= 21 * ((calls - 1) // 20)
    assert seconds < 21 * ((calls - 1) // 20) + 21
