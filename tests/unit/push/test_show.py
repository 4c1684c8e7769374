"""A plan is shown record by record."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from models.errors import ConfigError
from pipeline.push import ledger
from pipeline.push.ledger import Item
from pipeline.push.show import describe_plan

if TYPE_CHECKING:
    from tests.unit.push.conftest import World


def test_plan_is_shown_by_number_and_by_source(world: World) -> None:
    world.customer("1", "B", "A")
    world.customer("2", None, "VIP", live_reason="why")
    plan = world.plan()
    shown = describe_plan(world.warehouse, plan.plan_id)
    assert shown == describe_plan(world.warehouse, "zoho")
    assert (shown.plan.source, shown.plan.state, shown.plan.created_at) == ("zoho", "open", world.clock.time)
    found = [
        (record.label, record.reason_zh, [(item.field, item.old_value, item.new_value) for item in record.items])
        for record in shown.records
    ]
    assert found == [
        ("Account 1", "因为why", [("Customer_Tier", "B", "A"), ("Tier_Reason", None, "why")]),
        ("Account 2", "因为why", [("Customer_Tier", None, "VIP")]),
    ]


def test_only_the_records_asked_for_are_read_and_all_are_counted(world: World) -> None:
    for key in ("1", "2", "3"):
        world.customer(key, "B", "A")
    world.add_user("7")
    world.add_score("7", Decimal(50), 1)
    world.crm.records["Sales_Performance"] = {"p7": {"Salesperson": "7"}}
    plan = world.plan()
    shown = describe_plan(world.warehouse, plan.plan_id, limit=2)
    assert [(record.source_id, len(record.items)) for record in shown.records] == [("1", 2), ("2", 2)]
    assert shown.total == 4
    assert [item.source_id for item in ledger.first_items(world.warehouse, plan.plan_id, 2)] == ["1", "1", "2", "2"]
    full = describe_plan(world.warehouse, plan.plan_id, limit=5)
    assert [(record.source_id, len(record.items)) for record in full.records] == [
        ("1", 2),
        ("2", 2),
        ("3", 2),
        ("p7", 3),
    ]
    assert full == describe_plan(world.warehouse, plan.plan_id)


def test_values_of_two_results_for_one_record_are_two_entries(sqlite_world: World) -> None:
    """Their fields are named so that they would interleave."""
    world = sqlite_world
    plan_id = ledger.add_plan(
        world.warehouse,
        "zoho",
        [
            Item("Accounts", "1", field, target, "Account 1", None, "x", "why", "因为", "1")
            for field, target in (("A", "tier"), ("B", "worth"), ("C", "tier"))
        ],
        compared=3,
        run_id="r1",
        now=world.clock.time,
    )
    shown = describe_plan(world.warehouse, plan_id)
    assert [(record.target, [item.field for item in record.items]) for record in shown.records] == [
        ("tier", ["A", "C"]),
        ("worth", ["B"]),
    ]
    assert shown.total == 2


def test_source_without_a_plan_is_told_how_to_make_one(sqlite_world: World) -> None:
    with pytest.raises(ConfigError, match="^zoho has no push plan; make one with: crmsync push plan --source zoho$"):
        describe_plan(sqlite_world.warehouse, "zoho")
