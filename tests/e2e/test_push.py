"""A push overwrites nobody, loses nothing and says what it did: the command against both CRMs over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.e2e.harness import Crms, Fxiaoke, Project, Row, Zoho, finish, installed


@dataclass(frozen=True, slots=True)
class Side:
    """One CRM's names."""

    system: str
    accounts: str
    tier: str
    reason: str
    write: Mapping[str, Any]
    """What meets the calls that write accounts."""

    def live(self, crms: Crms) -> dict[str, Row]:
        if self.system == "zoho":
            return Zoho(crms.url).records(self.accounts, [self.tier, self.reason, "Modified_Time"])
        return Fxiaoke(crms.url).records(self.accounts)

    def match(self, **more: Any) -> dict[str, Any]:
        return {**self.write, **more}


ZOHO = Side(
    "zoho",
    "Accounts",
    "Customer_Tier",
    "Tier_Reason",
    {"system": "zoho", "method": "PUT", "path": "/crm/v8/Accounts"},
)
FXIAOKE = Side(
    "fxiaoke",
    "AccountObj",
    "customer_tier__c",
    "tier_reason__c",
    {"system": "fxiaoke", "method": "POST", "path": "/cgi/crm/v2/data/update"},
)
SIDES = pytest.mark.parametrize("side", [ZOHO, FXIAOKE], ids=["zoho", "fxiaoke"])


def items(project: Project, side: Side) -> list[Row]:
    """The ledger's items for the accounts of one CRM, values decoded."""
    found = project.rows("ops_push_item", f"object = '{side.accounts}'")
    return [row | {name: json.loads(row[name]) for name in ("old_value", "new_value") if row[name]} for row in found]


def outcomes(project: Project, side: Side) -> dict[str, set[str]]:
    """Record id → the outcomes of its items."""
    found: dict[str, set[str]] = {}
    for item in items(project, side):
        found.setdefault(item["source_id"], set()).add(item["outcome"])
    return found


def assert_live_as_planned(project: Project, crms: Crms, side: Side, but: str = "") -> None:
    """The CRM holds every planned value, the record `but` left out."""
    live = side.live(crms)
    planned = [item for item in items(project, side) if item["source_id"] != but]
    assert planned
    wrong = [item for item in planned if live[item["source_id"]][item["field"]] != item["new_value"]]
    assert wrong == []


def another(tier: str) -> str:
    return "A" if tier != "A" else "B"


@SIDES
def test_an_edit_made_between_plan_and_apply_survives_as_a_conflict_and_the_others_are_written(
    side: Side, planned: Project, crms: Crms
) -> None:
    chosen = next(item for item in items(planned, side) if item["field"] == side.tier)
    theirs = another(chosen["new_value"])
    crms.edit(side.system, side.accounts, "update", chosen["source_id"], {side.tier: theirs})

    result = planned.run("push", "apply").expect(3)

    assert side.live(crms)[chosen["source_id"]][side.tier] == theirs
    assert outcomes(planned, side)[chosen["source_id"]] == {"conflict"}
    assert set.union(*(found for key, found in outcomes(planned, side).items() if key != chosen["source_id"])) == {
        "applied"
    }
    assert_live_as_planned(planned, crms, side, but=chosen["source_id"])
    assert f"{side.system} {side.accounts}.{side.tier}: 1 conflict" in " ".join(result.out.split())


@SIDES
def test_a_person_who_fills_in_the_very_value_of_the_plan_is_no_conflict(
    side: Side, planned: Project, crms: Crms
) -> None:
    chosen = [item for item in items(planned, side) if item["field"] == side.tier][3]
    crms.edit(side.system, side.accounts, "update", chosen["source_id"], {side.tier: chosen["new_value"]})

    planned.run("push", "apply").expect(0)

    of_it = {
        item["field"]: item["outcome"] for item in items(planned, side) if item["source_id"] == chosen["source_id"]
    }
    assert of_it == {side.tier: "unchanged", side.reason: "applied"}


@SIDES
def test_an_account_deleted_after_planning_is_a_conflict_and_not_made_again(
    side: Side, planned: Project, crms: Crms
) -> None:
    gone = items(planned, side)[0]["source_id"]
    crms.edit(side.system, side.accounts, "delete", gone)

    planned.run("push", "apply").expect(3)

    assert gone not in side.live(crms)
    assert outcomes(planned, side)[gone] == {"conflict"}
    assert_live_as_planned(planned, crms, side, but=gone)


@SIDES
def test_a_locked_account_is_rejected_and_harms_no_neighbour(side: Side, planned: Project, crms: Crms) -> None:
    locked = items(planned, side)[0]["source_id"]
    crms.edit(side.system, side.accounts, "lock", locked)

    planned.run("push", "apply").expect(3)

    assert outcomes(planned, side)[locked] == {"rejected"}
    assert side.live(crms)[locked].get(side.tier) in {None, ""}
    assert_live_as_planned(planned, crms, side, but=locked)


UNKNOWN = {
    "torn off before the effect": {"disconnect": "before"},
    "torn off after the effect": {"disconnect": "after", "when": "after"},
    "500 before the effect": {"status": 500, "body": "<html>oops</html>"},
    "500 after the effect": {"status": 500, "body": "<html>oops</html>", "when": "after"},
    "503 after the effect": {"status": 503, "body": "", "when": "after"},
    "an answer cut in the middle": {"truncate": 20, "when": "after"},
}
"""Ways to lose the answer to a write, with and without its effect."""

TIMEOUTS = {
    "50009 before the effect": {"error_code": 50009},
    "50009 after the effect": {"error_code": 50009, "when": "after"},
}


@pytest.mark.parametrize(
    ("side", "do"),
    [
        *(
            pytest.param(side, do, id=f"{side.system}, {name}")
            for name, do in UNKNOWN.items()
            for side in (ZOHO, FXIAOKE)
        ),
        *(pytest.param(FXIAOKE, do, id=f"fxiaoke, {name}") for name, do in TIMEOUTS.items()),
    ],
)
def test_a_write_whose_answer_is_lost_is_settled_by_reading_back(
    side: Side, do: Mapping[str, Any], planned: Project, crms: Crms
) -> None:
    crms.faults((side.match(nth=2), do))

    planned.run("push", "apply").expect(0)

    assert crms.fired() == [1]
    assert set.union(*outcomes(planned, side).values()) == {"applied"}
    assert_live_as_planned(planned, crms, side)
    had_effect = do.get("when") == "after"
    values_written = [
        (record["id"], record["field"])
        for one in crms.writes(side.system)
        if one["path"] == side.write["path"]
        for record in one["records"]
    ]
    assert len(values_written) == len(set(values_written)), "a value that had arrived was sent again"
    assert len(values_written) == len(items(planned, side)), f"effect: {had_effect}"


@SIDES
def test_a_write_that_never_gets_through_is_unknown_and_the_next_apply_goes_on(
    side: Side, planned: Project, crms: Crms
) -> None:
    crms.faults((side.match(), {"disconnect": "before"}))
    planned.run("push", "apply").expect(3)
    assert side.live(crms)[items(planned, side)[0]["source_id"]].get(side.tier) in {None, ""}
    assert "applied" not in set.union(*outcomes(planned, side).values())

    crms.faults()
    planned.run("push", "apply").expect(0)

    assert set.union(*outcomes(planned, side).values()) == {"applied"}
    assert_live_as_planned(planned, crms, side)


@pytest.mark.parametrize(
    ("side", "do"),
    [
        pytest.param(
            ZOHO, {"error_code": "TOO_MANY_REQUESTS", "status": 429, "headers": {"Retry-After": "1"}}, id="429"
        ),
        pytest.param(FXIAOKE, {"error_code": 14001, "headers": {"Retry-After": "1"}}, id="14001"),
        pytest.param(FXIAOKE, {"error_code": 30004, "headers": {"Retry-After": "1"}}, id="30004"),
    ],
)
def test_a_crm_that_wants_a_pause_gets_it_and_the_push_goes_on(
    side: Side, do: Mapping[str, Any], planned: Project, crms: Crms
) -> None:
    crms.faults((side.match(nth=2, times=2), do))
    begun = time.monotonic()

    planned.run("push", "apply").expect(0)

    assert crms.fired() == [2]
    assert time.monotonic() - begun >= 2, "the CRM asked for a second, twice"
    assert set.union(*outcomes(planned, side).values()) == {"applied"}
    assert_live_as_planned(planned, crms, side)


def test_the_first_push_triggers_no_automation_and_a_second_plan_has_nothing(planned: Project, crms: Crms) -> None:
    planned.run("push", "apply").expect(0)
    writes = crms.writes()
    assert {one["system"] for one in writes} == {"zoho", "fxiaoke"}
    assert [one for one in writes if one["automation"]] == []

    again = planned.run("push", "plan", "--json").expect(0).document

    assert [(one["source"], one["planned"]) for one in again["plan"]] == [("zoho", 0), ("fxiaoke", 0)]
    assert all(one["compared"] > 0 for one in again["plan"])
    assert len(crms.writes()) == len(writes)


def test_planning_and_showing_write_nothing_into_a_crm(planned: Project, crms: Crms) -> None:
    shown = planned.run("push", "show", "--limit", "10000", "--json").expect(0).document["plans"]

    assert crms.writes() == []
    assert {one["plan"]["source"] for one in shown} == {"zoho", "fxiaoke"}
    records = {record["source_id"]: record for one in shown for record in one["records"]}
    for side in (ZOHO, FXIAOKE):
        for item in items(planned, side):
            shown_item = next(i for i in records[item["source_id"]]["items"] if i["field"] == item["field"])
            assert shown_item["new_value"] == item["new_value"]


def test_a_settled_plan_is_not_applied_twice(planned: Project, crms: Crms) -> None:
    planned.run("push", "apply").expect(0)
    count = len(crms.writes())

    result = planned.run("push", "apply", "1").expect(2)

    assert "push plan 1 is settled" in result.err
    assert len(crms.writes()) == count


def test_a_pushed_value_that_a_person_changes_later_is_planned_again_with_theirs_as_the_old_value(
    planned: Project, crms: Crms
) -> None:
    planned.run("push", "apply").expect(0)
    chosen = next(item for item in items(planned, ZOHO) if item["field"] == ZOHO.tier)
    theirs = another(chosen["new_value"])
    crms.edit("zoho", "Accounts", "update", chosen["source_id"], {ZOHO.tier: theirs})

    found = planned.run("push", "plan", "--json").expect(0).document

    assert [(one["source"], one["planned"]) for one in found["plan"]] == [("zoho", 1), ("fxiaoke", 0)]
    newest = [item for item in items(planned, ZOHO) if item["outcome"] == "pending"]
    assert [(one["source_id"], one["old_value"], one["new_value"]) for one in newest] == [
        (chosen["source_id"], theirs, chosen["new_value"])
    ]


def test_of_two_applies_at_once_one_writes_and_the_other_says_who_holds_the_source(
    planned: Project, crms: Crms
) -> None:
    crms.faults((ZOHO.match(nth=1), {"delay_ms": 6000}))
    first = planned.start("push", "apply")
    until = time.monotonic() + 30
    while crms.fired() == [0]:
        assert time.monotonic() < until
        time.sleep(0.05)

    second = planned.run("push", "apply").expect(3)

    assert "zoho is held by run" in second.out
    assert f"process {first.pid} on" in second.out
    assert "crmsync push apply" in second.out
    assert finish(first).code == 0  # that the second one did fxiaoke meanwhile is no fault
    assert_live_as_planned(planned, crms, ZOHO)
    assert_live_as_planned(planned, crms, FXIAOKE)
    written = [(record["id"], record["field"]) for one in crms.writes() for record in one["records"]]
    assert len(written) == len(set(written))


def test_auto_apply_false_keeps_the_daily_run_from_writing(computed: Project, crms: Crms) -> None:
    computed.change("auto_apply: true", "auto_apply: false")

    computed.run("run", "daily").expect(0)

    assert crms.writes() == []
    assert [plan["state"] for plan in computed.rows("ops_push_plan")] == ["open", "open"]


def test_results_of_a_source_that_was_never_read_to_its_end_are_not_planned(fresh: Project) -> None:
    fresh.run("sync", "--stream", "users", "--stream", "accounts").expect(0)
    fresh.run("compute").expect(0)

    result = fresh.run("push", "plan").expect(3)

    assert "zoho: teams, contacts, leads, deals never read to the end" in result.words
    assert fresh.rows("ops_push_plan") == []


def test_a_terminal_without_the_yuan_sign_shows_a_plan_all_the_same(planned: Project) -> None:
    config = ("--config", str(planned.config))
    shown = installed("push", "show", *config, env={"PYTHONIOENCODING": "ascii"}).expect(0)
    assert "Traceback" not in shown.words
