"""What happened and what it cost can be looked up, and what was refused can be put right, by commands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.harness import Crms, Project, Row


@pytest.fixture
def spoiled(computed: Project, crms: Crms) -> Row:
    """A deal whose amount came as a word in the last sync of a project; the CRM itself holds a number."""
    crms.control("clock", {"advance_s": 3600})
    deal = computed.rows("deals", "source = 'zoho' AND deleted_at IS NULL")[0]
    edited = crms.edit("zoho", "Deals", "update", deal["source_id"], {"Amount": 4321.5})
    rule = {"which": {"id": deal["source_id"]}, "set": {"Amount": "twelve"}}
    crms.faults(({"system": "zoho", "path": "/crm/v8/Deals", "method": "GET"}, {"alter": rule}))
    computed.run("sync", "--source", "zoho", "--stream", "deals").expect(3)
    crms.faults()
    return edited


def letter(project: Project) -> dict[str, Any]:
    [found] = project.run("dead-letters", "list", "--json").expect(0).document["dead_letters"]
    return dict(found)


def test_runs_are_listed_newest_first_and_one_is_told_in_full(computed: Project) -> None:
    computed.run("compute", "tier").expect(0)
    found = computed.run("runs", "--json").expect(0).document["runs"]
    assert [(run["command"], run["state"]) for run in found] == [
        ("compute", "done"),
        ("compute", "done"),
        ("sync", "done"),
    ]
    assert [run["command"] for run in computed.run("runs", "--limit", "1", "--json").document["runs"]] == ["compute"]

    shown = computed.run("runs")
    assert found[2]["run_id"] in shown.out
    assert f"crmsync runs {found[0]['run_id']} --config" in shown.out

    one = computed.run("runs", found[2]["run_id"], "--json").expect(0).document
    assert {(result["source"], result["stream"]) for result in one["summary"]["sync"]} >= {("zoho", "deals")}
    told = computed.run("runs", found[2]["run_id"]).expect(0).out
    assert "sync · done" in told
    leads = len(computed.rows("leads", "source = 'zoho'"))
    assert re.search(rf"zoho +leads +{leads:,} ", told)

    assert "there is no run 20200101" in computed.run("runs", "20200101").expect(2).err


def test_usage_is_what_the_crms_counted(fresh: Project, crms: Crms) -> None:
    before = crms.control("state")
    fresh.run("sync").expect(0)
    after = crms.control("state")
    document = fresh.run("usage", "--json").expect(0).document
    for system in ("zoho", "fxiaoke"):
        counted: dict[str, int] = {}
        for row in document["usage"]:
            if row["source"] == system:
                counted[row["call"]] = counted.get(row["call"], 0) + row["calls"]
        made = {call: n - before["calls"][system].get(call, 0) for call, n in after["calls"][system].items()}
        assert counted == {call: n for call, n in made.items() if n}
    spent = after["credits"]["zoho"] - before["credits"]["zoho"]
    booked = sum(row["credits"] for row in document["usage"] if row["source"] == "zoho") - _logins(document)
    assert booked in {spent, spent + 1}  # a call that is refused, of a module that the org lacks, costs nothing there
    assert {row["subject"] for row in document["usage"] if row["call"] == "GET /crm/v8/Deals"} == {"deals"}
    assert document["quota_left"] == {}
    assert "zoho: " in fresh.run("usage", "--source", "zoho").expect(0).out


def _logins(document: Any) -> int:
    """Calls for tokens, which cost no credits in the sandbox."""
    return sum(row["credits"] for row in document["usage"] if row["call"] == "POST /oauth/v2/token")


def test_the_quota_left_is_told_where_the_crm_tells_it(computed: Project, crms: Crms) -> None:
    """A free edition has 5,000 credits, and tells what is left once half are used."""
    crms.control("edit", {"system": "zoho", "module": "switches", "action": "update", "values": {"edition": "free"}})
    budget = crms.sandbox.zoho.budget
    budget.spend(2_600 - budget.used())
    computed.run("sync", "--source", "zoho", "--stream", "deals").expect(0)
    left = computed.run("usage", "--json").expect(0).document["quota_left"]
    assert left["zoho"]["credits"] == 5_000 - budget.used()
    assert "credits were left" in computed.run("usage").out
    assert computed.run("status", "--json").expect(0).document["quota_left"] == left
    assert f"zoho: {left['zoho']['credits']:,} credits of its quota were left" in computed.run("status").out


def test_status_tells_how_far_each_stream_was_read_and_by_which_run(computed: Project, crms: Crms) -> None:
    begun = datetime.now(UTC).replace(microsecond=0)
    run = computed.run("sync", "--source", "zoho", "--stream", "deals", "--json").expect(0).document["run_id"]
    [deals] = [
        one
        for one in computed.run("status", "--json").expect(0).document["streams"]
        if (one["source"], one["stream"]) == ("zoho", "deals")
    ]
    read_to, watermark = (datetime.fromisoformat(deals[name]) for name in ("read_up_to", "watermark"))
    assert begun <= read_to <= datetime.now(UTC) + timedelta(seconds=1)
    # Read again from ten minutes before the run, by the clock that is behind.
    assert timedelta(minutes=10) <= read_to - watermark < timedelta(minutes=10, seconds=2)
    assert 0 <= deals["lag_s"] < 600
    assert deals["run_id"] == run


def test_a_dead_letter_is_listed_shown_and_resolved_by_its_record(computed: Project, crms: Crms, spoiled: Row) -> None:
    found = letter(computed)
    assert (found["source"], found["stream"], found["source_id"], found["state"]) == (
        "zoho",
        "deals",
        spoiled["id"],
        "open",
    )
    number = str(found["id"])
    assert f"dead-letters show {number}" in computed.run("dead-letters", "list").out
    shown = computed.run("dead-letters", "show", number).expect(0).out
    assert '"Amount": "twelve"' in shown
    assert "Amount" in computed.run("dead-letters", "show", number, "--json").document["reason"]

    refused = computed.run("dead-letters", "replay", number, "--json").expect(3)
    assert refused.document["letters"][0]["rejected"] == 1
    assert letter(computed)["id"] == found["id"]

    computed.run("sync", "--source", "zoho", "--stream", "deals").expect(0)
    assert computed.run("dead-letters", "list", "--json").document == {"dead_letters": [], "total": 0}
    [row] = computed.rows("deals", f"source_id = '{spoiled['id']}'")
    assert row["amount"] == 4321.5


def test_a_record_given_up_no_longer_makes_a_run_partial(computed: Project, crms: Crms, spoiled: Row) -> None:
    number = str(letter(computed)["id"])
    assert "--reason is empty" in computed.run("dead-letters", "give-up", number, "--reason", " ").expect(2).err
    computed.run("dead-letters", "give-up", number, "--reason", "a test of 王芳").expect(0)
    assert computed.run("dead-letters", "list", "--json").document["total"] == 0
    [kept] = computed.run("dead-letters", "list", "--all", "--json").document["dead_letters"]
    assert (kept["state"], kept["note"]) == ("given up", "a test of 王芳")
    assert computed.run("status", "--json").document["dead_letters"] == []

    rule = {"which": {"id": spoiled["id"]}, "set": {"Amount": "twelve"}}
    crms.faults(({"system": "zoho", "path": "/crm/v8/Deals", "method": "GET"}, {"alter": rule}))
    computed.run("sync", "--source", "zoho", "--stream", "deals").expect(0)
    assert crms.fired() != [0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "99"], "there is no dead letter 99"),
        (["replay", "99"], "there is no dead letter 99"),
        (["replay"], "name one dead letter, or say --all"),
        (["replay", "1", "--all"], "name one dead letter, or say --all"),
        (["give-up", "99", "--reason", "x"], "there is no dead letter 99"),
        (["list", "--source", "nobody"], "no connection is called 'nobody'"),
        (["list", "--stream", "deal"], "no connection has a stream 'deal'"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(computed: Project, arguments: list[str], words: str) -> None:
    result = computed.run("dead-letters", *arguments).expect(2)
    assert words in result.err
    assert len(result.err.splitlines()) == 1
