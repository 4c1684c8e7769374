"""What people, clocks and breakdowns do to two CRMs and their warehouse: sequences of acts that follow from a seed.

An act names records by their place among those that are there, so that a sequence makes sense with any act left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.property.habits import HABITS, Pick, Values


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's act. `record` is there, deleted, or None for a new one."""

    system: str
    module: str
    action: str
    record: Pick | None
    values: Values


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: int


@dataclass(frozen=True, slots=True)
class Backfill:
    """How a range of days is read again: so many up to now, by which time of a record, and in which way."""

    by: Literal["created", "modified"]
    days: int = 1_000
    newest_first: bool = False
    parallel: int = 1


@dataclass(frozen=True, slots=True)
class Sync:
    """One run.

    Attributes:
        sources: All if none is named; `streams` likewise.
        late_s: What was modified so short a time ago is not found yet.
        meanwhile: After which call, by number, of which path whose edit comes between two pages.
        fault: What happens to which call: `match` and `do` of the sandbox's control.
        stop_after: Batches after whose commit the run is interrupted.
        skew_s: How far this machine's clock is ahead.
        their_skew_s: How far the clock that the CRMs' answers show is ahead.
        backfill: Instead of what changed, a range of days is read.
    """

    sources: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    full: bool = False
    late_s: int = 0
    meanwhile: tuple[tuple[str, int, Edit], ...] = ()
    fault: tuple[Values, Values] | None = None
    stop_after: int | None = None
    skew_s: int = 0
    their_skew_s: int = 0
    backfill: Backfill | None = None


Act = Edit | Wait | Sync


@dataclass(frozen=True, slots=True)
class Life:
    """A life of both CRMs.

    Attributes:
        silent: Some changes move no modified time or are in no list, so that only a full sync can find them.
        switches: What else the vendors leave open, by system.
    """

    seed: int
    silent: bool
    switches: Mapping[str, Values]
    acts: tuple[Act, ...] = field(repr=False)


SALES_STREAMS = ("users", "teams", "accounts", "contacts", "leads", "deals")
STREAMS = (*SALES_STREAMS, "tasks", "meetings", "orders", "payment_plans", "payments", "cases")
"""Those that both CRMs have."""

_ZOHO_PATHS = tuple(
    f"/crm/v8/{module}{end}" for module in ("Leads", "Accounts", "Deals", "Tasks", "Calls") for end in ("", "/deleted")
)
_QUERY = "/cgi/crm/v2/data/query"
_PASSING = {"status": 503, "body": "down", "headers": {"Retry-After": "0"}}


def some_edit(rng: random.Random, system: str | None = None, module: str | None = None) -> Edit:
    """An edit of anything, or of one CRM or module."""
    fitting = [habit for habit in HABITS if system in (None, habit.system) and module in (None, habit.module)]
    habit = rng.choices(fitting, [one.share for one in fitting])[0]
    record = None if habit.action == "create" else Pick(habit.module, rng.random())
    return Edit(habit.system, habit.module, habit.action, record, habit.values(rng))


def _call(rng: random.Random) -> tuple[str, str, int]:
    """System, path and number of a call of a sync."""
    if rng.random() < 0.5:
        return "zoho", rng.choice(_ZOHO_PATHS), rng.randint(1, 2)
    return "fxiaoke", _QUERY, rng.randint(1, 8)


def _sync(rng: random.Random) -> Sync:
    values: Values = {"skew_s": rng.choice((0, 0, 0, 90_000, -90_000, -1_200))}
    if not values["skew_s"]:
        values["their_skew_s"] = rng.choice((0, 0, 3_600, -3_600))
    if rng.random() < 0.35:
        values["sources"] = (rng.choice(("zoho", "fxiaoke")),)
    chosen = rng.random()
    if chosen < 0.25:
        values["streams"] = tuple(rng.sample(STREAMS, rng.randint(1, 3)))
    elif chosen < 0.65:
        values["streams"] = SALES_STREAMS
    values["full"] = rng.random() < 0.15
    if rng.random() < 0.4:
        values["late_s"] = rng.choice((5, 60, 300))
    if rng.random() < 0.4:
        calls = [_call(rng) for _ in range(rng.randint(1, 3))]
        values["meanwhile"] = tuple((path, number, some_edit(rng, system)) for system, path, number in calls)
    trouble = rng.random()
    if trouble < 0.4:
        system, path, number = _call(rng)
        refused = {"error_code": "INVALID_DATA"} if system == "zoho" else {"error_code": 10006}
        do, times = (_PASSING, 2) if trouble < 0.1 else (refused, 3)
        values["fault"] = ({"system": system, "path": path, "nth": number, "times": times}, do)
    elif trouble < 0.6:
        values["stop_after"] = rng.randint(1, 8)
    return Sync(**values)


def plan(seed: int) -> Life:
    """The acts of a seed: three to six times some edits at some distance, then a sync."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    acts: list[Act] = []
    for _ in range(rng.randint(3, 6)):
        for _ in range(rng.randint(2, 9)):
            last = acts[-1] if acts else None
            again = last.module if isinstance(last, Edit) and rng.random() < 0.4 else None
            acts.append(some_edit(rng, module=again))
            if rng.random() < 0.3:
                acts.append(Wait(rng.choice((1, 20, 400))))
        acts.append(Wait(rng.choice((0, 0, 1, 30, 700, 4_000))))
        acts.append(_sync(rng))
        acts.append(Wait(rng.choice((0, 0, 1, 30, 700))))
    silent = rng.random() < 0.3
    touches = {"touches_modified_time": not silent}
    switches = {
        "zoho": {
            **{f"{what}_{name}": on for what in ("conversion", "merge") for name, on in touches.items()},
            "merge_touches_related": not silent,
            "merge_losers_listed": not silent or rng.random() < 0.5,
            "page_token_keeps_place": rng.random() < 0.5,
            "since_inclusive": rng.random() < 0.5,
        },
        "fxiaoke": {
            "owner_change_bumps": not silent,
            "conversion_bumps": not silent,
            "show_invalid": rng.random() < 0.3,
            "find_invalid": rng.random() < 0.5,
        },
    }
    return Life(seed, silent, switches, tuple(acts))


def with_backfills(life: Life) -> Life:
    """The life with days read again before most syncs, under the same troubles; at its end all days, undisturbed."""
    rng = random.Random(life.seed)  # noqa: S311 - repeatable, not secret
    acts: list[Act] = []
    for act in life.acts:
        if isinstance(act, Sync) and rng.random() < 0.8:
            by: Literal["created", "modified"] = "created" if rng.random() < 0.5 else "modified"
            how = Backfill(by, rng.choice((2, 40, 1_000)), rng.random() < 0.5, rng.choice((1, 3)))
            acts.append(replace(act, backfill=how, skew_s=0))
        acts.append(act)
    return replace(life, acts=(*acts, Sync(backfill=Backfill("modified")), Sync(backfill=Backfill("created"))))


def shrunk(failing: Life, fails: Callable[[Life], bool], most: int) -> Life:
    """The sequence without the acts that its failure does not need, after at most so many trials."""
    best, size = failing, max(1, len(failing.acts) // 2)
    while most > 0 and size:
        for start in range(len(best.acts) - size, -1, -size):
            trial = Life(best.seed, best.silent, best.switches, (*best.acts[:start], *best.acts[start + size :]))
            most -= 1
            if fails(trial):
                best = trial
            if most <= 0:
                break
        size //= 2
    return best
