"""A plan is shown record by record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.errors import ConfigError
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


def test_source_without_a_plan_is_told_how_to_make_one(sqlite_world: World) -> None:
    with pytest.raises(ConfigError, match="^zoho has no push plan; make one with: crmsync push plan --source zoho$"):
        describe_plan(sqlite_world.warehouse, "zoho")
