"""A plan holds what differs between results and CRM, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from models.errors import ServiceUnavailableError
from pipeline.push.ledger import newest_open_plans

if TYPE_CHECKING:
    from tests.unit.push.conftest import World

TIER, REASON = "Customer_Tier", "Tier_Reason"


def test_only_differences_are_planned_with_their_reasons(world: World) -> None:
    world.customer("1", "A", "A", live_reason="why")
    world.customer("2", "B", "A", live_reason="why")
    world.customer("3", None, "C", live_reason="why", reason="another reason")
    summary = world.plan()
    assert world.items(
        summary.plan_id, "object", "target", "label", "old_value", "new_value", "reason_en", "outcome"
    ) == [
        ("2", TIER, "Accounts", "tier", "Account 2", "B", "A", "why", "pending"),
        ("3", TIER, "Accounts", "tier", "Account 3", None, "C", "another reason", "pending"),
        ("3", REASON, "Accounts", "tier", "Account 3", "why", "another rea…", "another reason", "pending"),
    ]
    assert [(line.field, line.compared, line.planned) for line in summary.lines[:2]] == [(TIER, 3, 2), (REASON, 3, 1)]
    assert (summary.compared, summary.planned, summary.state) == (6, 3, "open")
    assert newest_open_plans(world.warehouse) == {"zoho": summary.plan_id}
    assert world.crm.written == []


def test_where_nothing_differs_no_plan_stays_open(world: World) -> None:
    world.customer("1", "A", "A", live_reason="why")
    summary = world.plan()
    assert (summary.compared, summary.planned, summary.state) == (2, 0, "settled")
    assert world.state(summary.plan_id) == "settled"
    assert newest_open_plans(world.warehouse) == {}


def test_scores_go_to_the_record_that_names_the_salesperson(world: World) -> None:
    for key in ("7", "8", "9"):
        world.add_user(key)
        world.add_score(key, Decimal("87.505"), 1)
    world.crm.records["Sales_Performance"] = {
        "p7": {"Salesperson": "7", "Period": "2026Q4", "Score": Decimal("87.51"), "Rank": Decimal(2)},
        "p8": {"Salesperson": "8"},
        "p8b": {"Salesperson": "8"},
        "p0": {"Salesperson": None},
    }
    summary = world.plan()
    assert world.items(summary.plan_id, "old_value", "new_value") == [("p7", "Rank", "2", "1")]
    assert {(line.compared, line.missing) for line in summary.lines if line.result == "score"} == {(1, 2)}
    assert summary.notes == (
        "zoho/Sales_Performance: Salesperson 8 is named by 2 records (p8, p8b); none was planned, delete all but one",
        "zoho/Sales_Performance: 1 of 3 score results have no record whose Salesperson names them (User 9); create it in the CRM",
    )


def test_records_of_people_without_a_result_are_reported_if_they_hold_anything(world: World) -> None:
    for key in ("7", "8", "9"):
        world.add_user(key)
    world.add_score("7", Decimal(50), 1)
    former = date(2026, 7, 1)
    world.add_score("8", Decimal(90), 1, period_start=former, period_end=date(2026, 9, 30))
    world.crm.records["Sales_Performance"] = {
        "p7": {"Salesperson": "7", "Period": "2026Q3", "Score": Decimal(40), "Rank": Decimal(2)},
        "p8": {"Salesperson": "8", "Period": "2026Q3", "Score": Decimal(90), "Rank": Decimal(1)},
        "p9": {"Salesperson": "9", "Period": "", "Score": None},
        "p0": {"Salesperson": None, "Score": Decimal(3)},
    }
    summary = world.plan()
    assert summary.notes == (
        "zoho/Sales_Performance: 1 record belongs to a person without a score in 2026Q4 and keeps what it holds",
    )
    world.crm.records["Sales_Performance"]["p9"]["Rank"] = Decimal(1)
    assert world.plan().notes == (
        "zoho/Sales_Performance: 2 records belong to people without a score in 2026Q4 and keep what they hold",
    )
    assert {key for key, _ in world.items(summary.plan_id)} == {"p7"}


def test_score_that_is_not_defined_any_more_is_cleared(world: World) -> None:
    world.add_user("7")
    world.add_score("7", None, None)
    old = {"Salesperson": "7", "Period": "2026Q4", "Score": Decimal("50.00"), "Rank": Decimal(3)}
    world.crm.records["Sales_Performance"] = {"p7": old}
    plan = world.plan()
    assert world.items(plan.plan_id, "old_value", "new_value") == [
        ("p7", "Rank", "3", None),
        ("p7", "Score", "50.00", None),
    ]
    world.apply(plan.plan_id)
    assert (world.live("p7", "Score", "Sales_Performance"), world.plan().planned) == (None, 0)


def test_local_day_decides_the_quarter(sqlite_world: World) -> None:
    """17:00 UTC on 30 October is 01:00 on the 31st in Shanghai, where the days of grace are over."""
    world = sqlite_world
    world.add_user("7")
    world.add_score("7", Decimal(1), 1)
    world.crm.records["Sales_Performance"] = {"p7": {"Salesperson": "7"}}
    evening = world.clock.time.replace(month=10, day=30, hour=17)
    assert world.plan(evening - timedelta(hours=2)).planned == 0
    assert world.plan(evening).planned == 3


def test_record_that_the_crm_no_longer_has_is_counted_as_deleted(sqlite_world: World) -> None:
    sqlite_world.customer("1", "B", "A")
    sqlite_world.customer("2", "B", "A")
    del sqlite_world.crm.records["Accounts"]["1"]
    summary = sqlite_world.plan()
    assert [(line.compared, line.planned, line.deleted) for line in summary.lines[:2]] == [(1, 1, 1)] * 2


def test_new_plan_supersedes_the_open_one(world: World) -> None:
    world.customer("1", "B", "A")
    first, second = world.plan(), world.plan()
    assert (world.state(first.plan_id), world.state(second.plan_id)) == ("superseded", "open")
    assert newest_open_plans(world.warehouse) == {"zoho": second.plan_id}


def test_plans_of_other_sources_are_left_alone(sqlite_world: World) -> None:
    world = sqlite_world
    world.customer("1", "B", "A")
    first = world.plan()
    world.crm.name = "other"
    world.add_account("1", source="other")
    world.add_tier("1", "A", source="other")
    second = world.plan()
    assert newest_open_plans(world.warehouse) == {"zoho": first.plan_id, "other": second.plan_id}


@pytest.mark.parametrize(("fault", "outcome"), [("late", "applied"), ("lost", "pending")])
def test_lost_answers_of_the_old_plan_are_settled_first(sqlite_world: World, fault: str, outcome: str) -> None:
    world = sqlite_world
    world.customer("1", "B", "A", live_reason="why")
    first = world.plan()

    def offline() -> None:
        raise ServiceUnavailableError("zoho: no answer")

    world.crm.faults = [fault]
    world.crm.on_write = lambda: setattr(world.crm, "on_get", offline)
    assert world.apply(first.plan_id).stopped == "zoho: no answer"
    assert world.outcomes(first.plan_id) == {("1", TIER): "sent"}
    world.crm.on_get = lambda: None
    world.plan()
    assert world.outcomes(first.plan_id) == {("1", TIER): outcome}


def test_nothing_is_stored_when_the_crm_cannot_be_read(sqlite_world: World) -> None:
    world = sqlite_world
    world.customer("1", "B", "A")
    first = world.plan()

    def offline() -> None:
        raise ServiceUnavailableError("zoho: no answer")

    world.crm.on_get = offline
    with pytest.raises(ServiceUnavailableError):
        world.plan()
    assert newest_open_plans(world.warehouse) == {"zoho": first.plan_id}
