"""Applying writes what is planned, where the CRM still holds what the plan was made on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from models.errors import ConfigError
from pipeline.push.apply import apply_plan

if TYPE_CHECKING:
    from tests.unit.push.conftest import World

TIER, REASON = "Customer_Tier", "Tier_Reason"


def outcome_counts(summary: Any, field: str = TIER) -> dict[str, int]:
    line = next(line for line in summary.lines if line.field == field)
    names = ("planned", "applied", "unchanged", "conflict", "rejected", "unknown", "pending")
    return {name: getattr(line, name) for name in names if getattr(line, name)}


def test_differences_are_written_and_the_plan_is_settled(world: World) -> None:
    for key in ("1", "2", "3", "4"):
        world.customer(key, "B", "A", live_reason="why")
    plan = world.plan()
    summary = world.apply(plan.plan_id)
    assert [world.live(key) for key in ("1", "2", "3", "4")] == ["A"] * 4
    assert outcome_counts(summary) == {"planned": 4, "applied": 4}
    assert (summary.settled, summary.stopped, world.state(plan.plan_id)) == (True, None, "settled")
    # Looks at 1 2 3 and 4; writes 1 2, then 3, then 4: each write call costs a credit in this CRM.
    assert (summary.calls, summary.credits) == (5, 3)


def test_second_plan_has_nothing(world: World) -> None:
    world.customer("1", None, "VIP", reason="a long reason, cut")
    world.apply(world.plan().plan_id)
    assert world.live("1", REASON) == "a long reas…"
    again = world.plan()
    assert (again.compared, again.planned, again.state) == (2, 0, "settled")


def test_value_that_somebody_set_already_is_left_alone(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.records["Accounts"]["1"][TIER] = "A"
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 1, "unchanged": 1}
    assert world.crm.written == []


def test_conflict_takes_the_whole_record_with_it(world: World) -> None:
    world.customer("1", "B", "A")
    world.customer("2", "B", "A")
    plan = world.plan()
    world.crm.records["Accounts"]["1"][TIER] = "C"
    world.apply(plan.plan_id)
    assert world.items(plan.plan_id, "outcome", "message") == [
        ("1", TIER, "conflict", "the CRM has 'C', the plan was made on 'B'"),
        ("1", REASON, "conflict", f"not written, because {TIER} of the same record changed"),
        ("2", TIER, "applied", None),
        ("2", REASON, "applied", None),
    ]
    assert (world.live("1"), world.live("1", REASON)) == ("C", "")


def test_deleted_record_is_a_conflict(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    del world.crm.records["Accounts"]["1"]
    world.apply(plan.plan_id)
    assert world.items(plan.plan_id, "outcome", "message") == [
        ("1", TIER, "conflict", "the record does not exist in the CRM any more")
    ]


def test_field_that_is_gone_from_the_crm_is_a_conflict(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    monkeypatch.setattr(world.crm, "fields", lambda _: {})
    world.apply(plan.plan_id)
    message = "the field does not exist in the CRM any more"
    assert world.items(plan.plan_id, "outcome", "message") == [("1", TIER, "conflict", message)]


def test_progress_tells_the_records_that_are_done(world: World) -> None:
    world.crm.write_batch = 1
    for key in ("1", "2", "3", "4"):
        world.customer(key, "B", "A", live_reason="why")
    told: list[tuple[str, int, int | None]] = []
    plan = world.plan()
    apply_plan(
        world.warehouse,
        world.crm,
        plan.plan_id,
        now=world.clock,
        progress=lambda label, done, total=None: told.append((label, done, total)),
    )
    assert told == [("zoho Accounts", done, 4) for done in (1, 2, 3, 4)]


def test_refused_record_does_not_harm_its_neighbours(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    world.customer("2", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.locked.add("1")
    world.apply(plan.plan_id)
    assert world.items(plan.plan_id, "outcome", "message") == [
        ("1", TIER, "rejected", "RECORD_LOCKED the record is locked"),
        ("2", TIER, "applied", None),
    ]


@pytest.mark.parametrize(
    ("faults", "effective_writes"),
    [(["late"], 1), (["lost"], 1), (["lost", "late"], 1), (["lost", "lost"], 1)],
)
def test_lost_answer_is_settled_by_reading_back(world: World, faults: list[str], effective_writes: int) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.faults = faults
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 1, "applied": 1}
    assert len(world.crm.written) == effective_writes


def test_after_three_lost_writes_the_item_stays_pending_and_unknown(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    world.customer("5", "B", "A", live_reason="why")
    world.crm.write_batch = 1
    plan = world.plan()
    world.crm.faults = ["lost"] * 3
    summary = world.apply(plan.plan_id)
    assert outcome_counts(summary) == {"planned": 2, "applied": 1, "unknown": 1}
    assert (summary.settled, world.state(plan.plan_id)) == (False, "open")
    message = "zoho: the answer was lost; after 3 writes the CRM still holds the old value"
    assert world.items(plan.plan_id, "outcome", "message", "settled_at") == [
        ("1", TIER, "pending", message, None),
        ("5", TIER, "applied", None, world.clock.time),
    ]
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 2, "applied": 2}
    assert world.items(plan.plan_id, "message")[0] == ("1", TIER, None)


def test_edit_between_a_lost_answer_and_the_reading_back_is_a_conflict(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.faults = ["lost"]
    world.crm.on_write = lambda: world.crm.records["Accounts"]["1"].update({TIER: "C"})
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 1, "conflict": 1}
    assert world.live("1") == "C"


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        # Neither had an effect: of a write that may have had one the connector says that its outcome is unknown.
        ("limited", {"planned": 4, "applied": 2, "pending": 2}),
        ("unavailable", {"planned": 4, "applied": 2, "pending": 2}),
    ],
)
def test_apply_stops_when_the_crm_does_and_goes_on_later(world: World, fault: str, left: dict[str, int]) -> None:
    for key in ("1", "2", "3", "4"):
        world.customer(key, "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.faults = ["ok", fault]
    summary = world.apply(plan.plan_id)
    assert outcome_counts(summary) == left
    assert summary.stopped is not None
    assert summary.stopped.startswith("zoho: ")
    assert not summary.settled
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 4, "applied": 4}


def test_write_refused_for_its_rate_is_sent_again_after_the_pause(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.faults = ["busy", "busy"]
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 1, "applied": 1}
    assert len(world.crm.written) == 1


def test_edit_during_a_pause_for_the_limits_is_seen_before_the_write(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()

    def pause() -> None:
        world.clock.advance(20)
        world.crm.records["Accounts"]["1"][TIER] = "C"

    world.crm.on_ready = pause
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 1, "conflict": 1}
    assert (world.live("1"), world.crm.written) == ("C", [])


def test_crm_that_refuses_every_write_for_its_rate_ends_the_apply(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.faults = ["busy"] * 10
    summary = world.apply(plan.plan_id)
    assert (outcome_counts(summary), summary.stopped) == ({"planned": 1, "pending": 1}, "zoho: too many calls")


def test_rest_of_a_batch_is_looked_at_again_when_the_look_is_old(world: World) -> None:
    world.crm.write_batch, world.crm.read_batch = 1, 10
    for key in ("1", "2", "3", "4", "5"):
        world.customer(key, "B", "A", live_reason="why")
    plan = world.plan()

    def wait_then_edit() -> None:
        world.clock.advance(3)
        if len(world.crm.written) == 1:  # before the second write, 3 to 6 seconds after the look
            world.crm.records["Accounts"]["4"][TIER] = "C"

    world.crm.on_write = wait_then_edit
    summary = world.apply(plan.plan_id)
    assert outcome_counts(summary) == {"planned": 5, "applied": 4, "conflict": 1}
    assert world.live("4") == "C"
    # One look at 0 s, before 1 and 2; one at 6 s, before 3 and 5.
    assert summary.calls - len(world.crm.written) == 2


def test_slow_clock_never_keeps_a_write_from_happening(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    world.crm.on_get = lambda: world.clock.advance(60)
    assert outcome_counts(world.apply(plan.plan_id)) == {"planned": 1, "applied": 1}


def test_item_is_recorded_as_sent_before_the_call(world: World) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan = world.plan()
    seen = []
    world.crm.on_write = lambda: seen.append(world.items(plan.plan_id, "outcome", "sent_at"))
    world.apply(plan.plan_id)
    assert seen == [[("1", TIER, "sent", world.clock.time)]]


@pytest.mark.parametrize("make_it", ["settled", "superseded"])
def test_plan_that_is_not_open_is_refused(world: World, make_it: str) -> None:
    world.customer("1", "B", "A", live_reason="why")
    plan_id = world.plan().plan_id
    finish: dict[str, Callable[[], Any]] = {"settled": lambda: world.apply(plan_id), "superseded": world.plan}
    finish[make_it]()
    calls = world.crm.usage.calls
    with pytest.raises(ConfigError, match=f"zoho: push plan {plan_id} is {make_it} and cannot be applied; make a new"):
        world.apply(plan_id)
    assert world.crm.usage.calls == calls


def test_unknown_plan_is_refused(world: World) -> None:
    with pytest.raises(ConfigError, match="there is no push plan 99"):
        world.apply(99)
