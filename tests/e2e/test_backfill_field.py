"""`crmsync backfill --field`: one custom field is filled into the rows that are here, and nothing else happens to them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.harness import Crms, Fxiaoke, Project, Row, Zoho
from tests.e2e.test_plan import Meter, planned

EVER = ["--stream", "leads", "--from", "2024-10-01", "--to", "2026-12-31", "--by", "created"]
PICKLIST, PERSON, CODE = "Industry", "Created_By", "field_q1W2e__c"


def custom(row: Row) -> dict[str, Any]:
    held = row["custom"]
    return (json.loads(held) if isinstance(held, str) else held) or {}


@pytest.fixture
def lacking(database: str, fresh: Project, computed: Project, crms: Crms, request: pytest.FixtureRequest) -> Project:
    """A project that has read all leads while three of their fields were hidden from it."""
    project = fresh
    if database == "postgresql":
        project = computed.with_warehouse("postgresql", request.getfixturevalue("postgres_url"))
        project.run("migrate").expect(0)
    crms.faults(
        ({"path": "/crm/v8/Leads"}, {"alter": {"unset": [PICKLIST, PERSON]}}),
        ({"path": "/cgi/crm/v2/data/query"}, {"alter": {"unset": [CODE]}}),
    )
    project.run("sync", "--stream", "leads").expect(0)
    crms.faults()
    assert not {PICKLIST, PERSON, CODE} & set().union(*map(custom, project.rows("leads")))
    return project


def test_a_filled_field_leaves_rows_as_a_full_read_makes_them_and_no_history(lacking: Project, crms: Crms) -> None:
    zoho = Zoho(crms.url).records("Leads", [PICKLIST, PERSON])
    fxiaoke = Fxiaoke(crms.url).records("LeadsObj")
    for source, field in (("zoho", PICKLIST), ("zoho", PERSON), ("fxiaoke", CODE)):
        lacking.run("backfill", "--source", source, *EVER, "--field", field, "--parallel", "3").expect(0)

    for row in lacking.rows("leads"):
        held, key = custom(row), row["source_id"]
        if row["source"] == "zoho":
            assert (held[PICKLIST], held[PERSON]) == (zoho[key][PICKLIST], zoho[key][PERSON])
        else:
            assert held[CODE] == fxiaoke[key][CODE]
    before = lacking.rows("leads")
    again = lacking.run("sync", "--stream", "leads", "--full", "--json").expect(0).document["sync"]
    assert [(one["rows"], one["unchanged"]) for one in again] == [(len(zoho), len(zoho)), (len(fxiaoke), len(fxiaoke))]
    assert lacking.rows("leads") == before
    assert lacking.rows("hist_change") == []
    assert [row for row in lacking.rows("ops_checkpoint") if row["slice"] not in {"modified", "deleted"}] == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_what_was_edited_since_is_left_to_the_next_sync(lacking: Project, crms: Crms) -> None:
    edited, other = sorted(Zoho(crms.url).records("Leads", ["Company"]))[:2]
    crms.edit("zoho", "Leads", "update", edited, {"Company": "Changed"})

    result = lacking.run("backfill", "--source", "zoho", *EVER, "--field", PICKLIST, "--parallel", "2").expect(0)

    rows = {row["source_id"]: row for row in lacking.rows("leads")}
    assert PICKLIST not in custom(rows[edited])
    assert PICKLIST in custom(rows[other])
    assert "edited after the last one: 1 of created 2024-10-01..2026-12-31 Industry" in " ".join(result.out.split())
    lacking.run("sync", "--stream", "leads", "--source", "zoho").expect(0)
    rows = {row["source_id"]: row for row in lacking.rows("leads")}
    assert (rows[edited]["company"], PICKLIST in custom(rows[edited])) == ("Changed", True)


@pytest.mark.parametrize("database", ["sqlite"])
def test_of_a_plain_field_zoho_shows_2000_records_in_a_call(lacking: Project, crms: Crms) -> None:
    command = ["backfill", "--source", "zoho", "--stream", "leads", "--from", "2026-01-01", "--to", "2026-01-31"]
    plain = lacking.run(*command, "--by", "created", "--field", PICKLIST, "--plan", "--json").expect(0).document
    person = lacking.run(*command, "--by", "created", "--field", PERSON, "--plan", "--json").expect(0).document
    assert [(one["calls"], one["credits"]) for one in plain["estimate"] if one["stream"]] == [(1, 3)]
    assert [(one["calls"], one["credits"]) for one in person["estimate"] if one["stream"]] == [(2, 4)]
    for field, document in ((PICKLIST, plain), (PERSON, person)):
        meter = Meter(crms)
        lacking.run(*command, "--by", "created", "--field", field).expect(0)
        assert meter.used() == planned(document)


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("Company", "Company fills the column company; leave --field out"),
        ("Industri", "choose the connections that have it by --source; did you mean Industry"),
    ],
)
def test_a_field_that_cannot_be_filled_alone_is_refused(lacking: Project, field: str, words: str) -> None:
    result = lacking.run("backfill", "--source", "zoho", *EVER, "--field", field).expect(2)
    assert words in " ".join(result.words.split())
