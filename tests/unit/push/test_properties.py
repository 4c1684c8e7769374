"""Whatever people and machines do in between, a push overwrites nobody and ends with every item settled."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.unit.push.conftest import World

KEYS = ("1", "2", "3", "4", "5")
FIELDS = ("Customer_Tier", "Tier_Reason")
tiers = st.sampled_from(["VIP", "A", "B", "C"])
reasons = st.sampled_from(["", "why", "because", "a reason that is cut"])
customers = st.lists(st.tuples(st.none() | tiers, tiers, reasons, reasons), min_size=1, max_size=len(KEYS))
edits = st.dictionaries(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(FIELDS)), st.sampled_from(["", "VIP", "A", "B", "why"]), max_size=4
)
faults = st.lists(st.sampled_from(["ok", "late", "lost", "limited", "busy", "unavailable"]), max_size=6)
slow = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def start(world: World, given_customers: list[tuple[Any, ...]]) -> World:
    world = world.clear()
    for key, (live_tier, tier, live_reason, reason) in zip(KEYS, given_customers, strict=False):
        world.customer(key, live_tier, tier, live_reason=live_reason, reason=reason)
    return world


def edit(world: World, changes: dict[tuple[str, str], str]) -> None:
    for (key, name), value in changes.items():
        if key in world.crm.records["Accounts"]:
            world.crm.records["Accounts"][key][name] = value


def wanted(given_customers: list[tuple[Any, ...]]) -> dict[tuple[str, str], str | None]:
    """What the CRM should hold: written out again, since the field has 12 characters."""
    cut = {"a reason that is cut": "a reason th…", "": None}
    found: dict[tuple[str, str], str | None] = {}
    for key, (_, tier, _, reason) in zip(KEYS, given_customers, strict=False):
        found[key, "Customer_Tier"] = tier
        found[key, "Tier_Reason"] = cut.get(reason, reason)
    return found


def live(world: World) -> dict[tuple[str, str], str | None]:
    records = world.crm.records["Accounts"]
    return {(key, name): records[key][name] or None for key in records for name in FIELDS}


@slow
@given(customers, edits)
def test_edits_between_plan_and_apply_are_never_overwritten(
    fused_world: World, given_customers: list[tuple[Any, ...]], changes: dict[tuple[str, str], str]
) -> None:
    world = start(fused_world, given_customers)
    planned_on, want = live(world), wanted(given_customers)
    plan = world.plan()
    edit(world, changes)
    before = live(world)
    if plan.planned:
        world.apply(plan.plan_id)
    for key in world.crm.records["Accounts"]:
        cells = [(key, name) for name in FIELDS if planned_on[key, name] != want[key, name]]
        touched = any(before[cell] not in {planned_on[cell], want[cell]} for cell in cells)
        for cell in ((key, name) for name in FIELDS):
            expected = want[cell] if cell in cells and not touched else before[cell]
            assert live(world)[cell] == expected
    assert not set(world.outcomes(plan.plan_id).values()) & {"pending", "sent"}


@slow
@given(customers, st.integers(0, 60), st.integers(0, 30), faults)
def test_apply_that_dies_anywhere_can_simply_be_run_again(
    fused_world: World, given_customers: list[tuple[Any, ...]], first: int, second: int, crm_faults: list[str]
) -> None:
    world = start(fused_world, given_customers)
    want = wanted(given_customers)
    plan = world.plan()
    world.crm.faults = list(crm_faults)
    for step in (first, second):
        apply_until_it_dies(world, plan.plan_id, step)
    for _ in range(2 * len(crm_faults) + 1):
        if world.state(plan.plan_id) == "open":
            world.apply(plan.plan_id)
    assert live(world) == want
    assert world.state(plan.plan_id) == "settled"
    assert set(world.outcomes(plan.plan_id).values()) <= {"applied"}
    assert all(count == 1 for count in Counter(key for key, _, _ in world.crm.written).values())
    again = world.plan()
    assert (again.planned, again.compared) == (0, len(want))


@slow
@given(customers, edits, st.integers(0, 40), faults)
def test_edits_after_a_death_are_not_overwritten_either(
    fused_world: World,
    given_customers: list[tuple[Any, ...]],
    changes: dict[tuple[str, str], str],
    step: int,
    crm_faults: list[str],
) -> None:
    world = start(fused_world, given_customers)
    planned_on = live(world)
    plan = world.plan()
    world.crm.faults = list(crm_faults)
    apply_until_it_dies(world, plan.plan_id, step)
    edit(world, changes)
    for _ in range(len(crm_faults) + 1):
        if world.state(plan.plan_id) == "open":
            world.apply(plan.plan_id)
    assert not set(world.outcomes(plan.plan_id).values()) & {"pending", "sent"}
    for key, before, _ in world.crm.written:
        assert {(key, name): value or None for name, value in before.items()}.items() <= planned_on.items()


def apply_until_it_dies(world: World, plan_id: int, steps: int) -> None:
    """Every call to the CRM and every transaction is a step, before and after its effect."""
    from tests.unit.push.conftest import Crash  # noqa: PLC0415

    fuse = world.crm.fuse = type(world.warehouse).fuse  # type: ignore[attr-defined]
    if world.state(plan_id) != "open":
        return
    fuse.left = steps
    try:
        world.apply(plan_id)
    except Crash:
        pass
    finally:
        fuse.left = None
