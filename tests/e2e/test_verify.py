"""`crmsync verify` finds what is wrong with the warehouse, by id and with its cause, and mends it, on both CRMs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.harness import Crms, Project, assert_same_tables, core_tables


@dataclass(frozen=True)
class Crm:
    """One CRM's names for the same few things. `listing` and `showing` are calls that list ids and show records."""

    name: str
    leads: str
    deals: str
    company: str
    listing: dict[str, str]
    showing: dict[str, str]
    key: str
    amount: str
    alien: str


ALONE = ("users", "teams", "accounts", "contacts", "leads", "deals")
"""Streams whose entity no other stream fills."""

CRMS = (
    Crm(
        "zoho",
        "Leads",
        "Deals",
        "Company",
        {"path": "/crm/v8/coql", "contains": "from Leads"},
        {"path": "/crm/v8/Leads", "method": "GET"},
        "id",
        "Amount",
        "5000000999999999",
    ),
    Crm(
        "fxiaoke",
        "LeadsObj",
        "NewOpportunityObj",
        "company",
        {"path": "/cgi/crm/v2/data/query", "contains": "fieldProjection"},
        {"path": "/cgi/crm/v2/data/query", "contains": '"IN"'},
        "_id",
        "amount",
        "ffffffffffffffffffffffff",
    ),
)


@pytest.fixture(params=CRMS, ids=lambda crm: crm.name)
def crm(request: pytest.FixtureRequest) -> Crm:
    found: Crm = request.param
    return found


@pytest.fixture
def project(computed: Project, crms: Crms) -> Project:
    """An hour after the sync, so that what the CRMs hold is no longer fresh."""
    crms.control("clock", {"advance_s": 3600})
    return computed


@contextmanager
def warehouse(project: Project) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(project.database)) as connection:
        yield connection
        connection.commit()


def ids(project: Project, crm: Crm, table: str, number: int) -> list[str]:
    """Records that were last changed long ago."""
    long_ago = f"source = '{crm.name}' AND deleted_at IS NULL AND modified_at < datetime('now', '-1 day')"
    return sorted(row["source_id"] for row in project.rows(table, long_ago))[5 : 5 + number]


def verify(project: Project, crm: Crm, *arguments: str, code: int) -> Any:
    result = project.run("verify", "--source", crm.name, *arguments, "--json").expect(code)
    return result.document


def findings(document: Any) -> dict[tuple[str, str], str]:
    return {
        (one["stream"], record["source_id"]): record["cause"]
        for one in document["verify"]
        if not one["mended"]
        for record in one["records"]
    }


def test_what_was_just_read_is_proven_stream_by_stream(computed: Project, crms: Crms) -> None:
    before = {name: crms.calls(name) for name in ("zoho", "fxiaoke")}
    result = computed.run("verify", "--json").expect(0)
    for one in result.document["verify"]:
        assert one["differences"] == 0, one
        if one["stream"] not in ALONE:
            continue
        here = computed.rows(one["stream"], f"source = '{one['source']}' AND deleted_at IS NULL")
        assert (one["listed"], one["here"]) == (len(here), len(here)), one
    compared = computed.rows("ops_verify")
    assert {(row["source"], row["stream"]) for row in compared} == {
        (one["source"], one["stream"]) for one in result.document["verify"] if not one["unread"]
    }
    for source in ("zoho", "fxiaoke"):
        [total] = [row for row in compared if (row["source"], row["stream"], row["what"]) == (source, "deals", "sum")]
        deals = computed.rows("deals", f"source = '{source}' AND deleted_at IS NULL")
        amounts = round(sum(deal["amount"] or 0 for deal in deals), 4)
        assert (round(total["crm_value"], 4), round(total["our_value"], 4)) == (amounts, amounts)
        made = sum(one["calls"] for one in result.document["verify"] if one["source"] == source)
        assert crms.calls(source) - before[source] == made


def test_the_cost_is_told_before_and_with_plan_alone(computed: Project, crms: Crms) -> None:
    before = {name: crms.calls(name) for name in ("zoho", "fxiaoke")}
    costs = computed.run("verify", "--plan", "--json").expect(0).document["cost"]
    assert {name: crms.calls(name) for name in before} == before
    told = {(one["source"], one["stream"]): (one["calls"], one["credits"]) for one in costs}
    leads = len(computed.rows("leads", "source = 'fxiaoke'"))
    assert told["zoho", "leads"] == (1, 3)
    assert told["fxiaoke", "leads"] == (leads // 100 + 1, leads // 100 + 1)
    shown = computed.run("verify", "--source", "zoho", "--stream", "deals").expect(0).out
    assert shown.index("About 1 calls and 3 credits") < shown.index("Compared")


def test_each_difference_is_found_by_id_with_its_cause_and_mended(project: Project, crms: Crms, crm: Crm) -> None:
    lost, moved, buried, late = ids(project, crm, "leads", 4)
    deal, altered = ids(project, crm, "deals", 2)
    right = core_tables(project.url)
    with warehouse(project) as connection:
        at = (crm.name,)
        connection.execute("DELETE FROM leads WHERE source = ? AND source_id = ?", (*at, lost))
        connection.execute("UPDATE leads SET source_id = ? WHERE source = ? AND source_id = ?", (crm.alien, *at, moved))
        connection.execute(
            "UPDATE leads SET deleted_at = '2026-01-01 00:00:00.000000' WHERE source = ? AND source_id = ?",
            (*at, buried),
        )
        connection.execute(
            "UPDATE deals SET amount = amount + 0.01, row_hash = 'x' WHERE source = ? AND source_id = ?", (*at, deal)
        )
        connection.execute(  # by hand, so that the hash still speaks of what the CRM has
            "UPDATE deals SET amount = coalesce(amount, 0) + 7, name = 'mine' WHERE source = ? AND source_id = ?",
            (*at, altered),
        )
    crms.edit(crm.name, crm.leads, "update", late, {crm.company: "Edited after the sync"})

    document = verify(project, crm, code=3)
    assert findings(document) == {
        ("leads", lost): "unknown",
        ("leads", moved): "unknown",
        ("leads", crm.alien): "deleted",
        ("leads", buried): "deleted",
        ("leads", late): "late",
        ("deals", deal): "changed",
        ("deals", altered): "changed",
    }
    [problem, other] = [line for line in document["problems"] if "differ" in line]
    assert problem.startswith(f"{crm.name}/leads: 4 records differ (")
    assert other.startswith(f"{crm.name}/deals: 2 records differ (2 changed); mend them: crmsync verify --source")

    mended = verify(project, crm, "--repair", code=0)
    assert findings(mended) == {("leads", late): "late"}
    assert [(one["stream"], one["differences"]) for one in mended["verify"] if one["after_repair"]] == [
        ("leads", 0),
        ("deals", 0),
    ]
    found = core_tables(project.url)
    found["leads"] = [row for row in found["leads"] if row["source_id"] != crm.alien]
    assert_same_tables(found, {table: rows for table, rows in right.items() if table != "deal_history"})
    [gone] = project.rows("leads", f"source_id = '{crm.alien}'")
    assert gone["deleted_reason"] == "not found"
    assert project.rows("hist_change", f"source_id = '{altered}'") == []


def test_a_record_that_could_not_be_read_is_rejected_until_it_is_given_up(
    project: Project, crms: Crms, crm: Crm
) -> None:
    [victim] = ids(project, crm, "deals", 1)
    crms.edit(crm.name, crm.deals, "update", victim, {crm.amount: 17})
    rule = {"which": {crm.key: victim}, "set": {crm.amount: "twelve"}}
    crms.faults(({"system": crm.name}, {"alter": rule}))
    project.run("sync", "--source", crm.name, "--stream", "deals").expect(3)
    assert findings(verify(project, crm, "--stream", "deals", code=3)) == {("deals", victim): "rejected"}
    crms.faults()
    crms.control("clock", {"advance_s": 3600})
    assert findings(verify(project, crm, "--stream", "deals", "--repair", code=0)) == {}
    assert [row["state"] for row in project.rows("ops_dead_letter")] == ["resolved"]
    assert [row["amount"] for row in project.rows("deals", f"source_id = '{victim}'")] == [17]


def test_what_is_listed_and_not_shown_is_invisible_and_the_other_way_round_no_difference(
    project: Project, crms: Crms, crm: Crm
) -> None:
    [hidden] = ids(project, crm, "leads", 1)
    # The last one of the list: to Fxiaoke's readers a page that is not full is the last (docs/vendor/fxiaoke.md §4.1).
    unlisted = max(row["source_id"] for row in project.rows("leads", f"source = '{crm.name}'"))
    with warehouse(project) as connection:
        connection.execute("DELETE FROM leads WHERE source = ? AND source_id = ?", (crm.name, hidden))
    crms.faults(
        ({"system": crm.name, **crm.showing}, {"alter": {"which": {crm.key: hidden}, "drop": True}}),
        ({"system": crm.name, **crm.listing}, {"alter": {"which": {crm.key: unlisted}, "drop": True}}),
    )
    document = verify(project, crm, "--stream", "leads", "--repair", code=3)
    assert findings(document) == {("leads", hidden): "invisible", ("leads", unlisted): "unlisted"}
    assert document["verify"][0]["differences"] == 1
    assert len(project.rows("leads", f"source_id = '{unlisted}' AND deleted_at IS NULL")) == 1


def test_a_deletion_since_the_sync_is_late_where_the_crm_lists_it(project: Project, crms: Crms, crm: Crm) -> None:
    [victim] = ids(project, crm, "leads", 1)
    crms.edit(crm.name, crm.leads, "delete", victim)
    cause, code = ("late", 0) if crm.name == "zoho" else ("deleted", 3)
    assert findings(verify(project, crm, "--stream", "leads", code=code)) == {("leads", victim): cause}
    project.run("sync", "--source", crm.name, "--stream", "leads").expect(0)
    assert findings(verify(project, crm, "--stream", "leads", code=0)) == {}


def test_nothing_is_compared_before_the_first_sync(fresh: Project, crms: Crms) -> None:
    before = crms.calls("zoho")
    result = fresh.run("verify", "--source", "zoho", "--stream", "deals", "--json").expect(3)
    assert "zoho/deals was never read to its end" in result.document["problems"][0]
    assert crms.calls("zoho") == before
