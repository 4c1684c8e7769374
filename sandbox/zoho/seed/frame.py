"""The window of time, the salespeople with their habits, and how columns become rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox import cast
from sandbox.zoho import times
from sandbox.zoho.directory import FIRST_PERSON_ID

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.world import World
    from sandbox.zoho.fields import Module
    from sandbox.zoho.store import Row

WINDOW_DAYS = 730
# January to December: the Chinese New Year is quiet, ends of halves and years are busy.
SEASON = (0.85, 0.65, 1.05, 0.95, 1.0, 1.2, 0.9, 0.9, 1.05, 0.95, 1.15, 1.35)
GROWTH = 0.35


class Size(NamedTuple):
    accounts: int
    contacts: int
    deals: int
    leads: int


_DEMO = Size(2_000, 3_000, 3_000, 5_000)
SIZES = {
    "demo": _DEMO,
    # Five accounts of these are merged into others, which leaves 2,001.
    "awkward": Size(2_006, 3_001, 3_000, 10_001),
    "100k": _DEMO._replace(leads=100_000),
    "1m": _DEMO._replace(leads=1_000_000),
}


@dataclass(frozen=True, slots=True)
class Seller:
    """A salesperson's habits: shares of deals won and leads converted, and how busy they are."""

    id: int
    team: int
    skill: float
    win_rate: float
    conversion: float
    activity: float


class Frame:
    """What every generator of this data needs. Instants are seconds; the end is outside."""

    def __init__(self, world: World) -> None:
        self.world = world
        today = world.started_at.astimezone(times.ZONE).date()
        self.end = int(datetime.combine(today, time(), times.ZONE).timestamp())
        self.start = self.end - WINDOW_DAYS * times.DAY_S
        self.sellers = self._sellers()

    def rng(self, topic: str) -> random.Random:
        return self.world.rng(f"zoho/{topic}")

    def busyness(self, instant: int) -> float:
        """How much happens at a time of the year, with growth over the window."""
        month = datetime.fromtimestamp(instant, times.ZONE).month
        progress = (instant - self.start) / (self.end - self.start)
        return SEASON[month - 1] * (1 - GROWTH / 2 + GROWTH * progress)

    def at_work(self, rng: random.Random, instant: float) -> int:
        """A moment in working hours on a working day not after the one given, within the window."""
        midnight = int(instant) - (int(instant) - self.end) % times.DAY_S
        weekday = datetime.fromtimestamp(midnight, times.ZONE).weekday()
        moment = midnight - max(0, weekday - 4) * times.DAY_S + rng.randrange(9 * 3600, 19 * 3600)
        return min(max(moment, self.start + rng.randrange(3600)), self.end - 1)

    def _sellers(self) -> list[Seller]:
        rng = self.rng("sellers")
        found = []
        for person in cast.salespeople(self.world, "zoho"):
            level = min(1.0, max(0.0, (person.skill - 0.6) / 0.9))
            found.append(
                Seller(
                    id=FIRST_PERSON_ID + person.key,
                    team=person.team,
                    skill=person.skill,
                    win_rate=0.25 + 0.25 * level + rng.uniform(-0.02, 0.03),
                    conversion=0.095 + 0.12 * level + rng.uniform(-0.01, 0.02),
                    activity=rng.uniform(0.88, 1.14),
                )
            )
        return found


def as_rows(module: Module, count: int, columns: Mapping[str, Iterable[Any]]) -> Iterator[Row]:
    """Rows from columns; those that are not given hold the field's default."""
    unknown = columns.keys() - module.position.keys()
    if unknown:
        raise KeyError(f"{module.api_name} has no columns {sorted(unknown)}")
    filled = (columns[name] if name in columns else repeat(module.defaults[name], count) for name in module.columns)
    return zip(*filled, strict=True)


def stamps(owner: int | None, created: int, touched: int | None = None) -> dict[str, Any]:
    """The audit columns of a record that its owner made and last changed."""
    modified = created if touched is None else touched
    return {
        "Owner": owner,
        "Created_By": owner,
        "Created_Time": created,
        "Modified_By": owner,
        "Modified_Time": modified,
        "Last_Activity_Time": modified,
    }


def number(module: Module, drafts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put records in order of creation and give them ids; Zoho's own numbers are as long as ids."""
    drafts.sort(key=lambda draft: int(draft["Created_Time"]))
    for index, draft in enumerate(drafts):
        draft["id"] = module.first_record_id + index
        for name in module.numbers:
            draft[name] = draft["id"]
    return drafts


def as_row(module: Module, values: dict[str, Any]) -> Row:
    if not values.keys() <= module.defaults.keys():
        raise KeyError(f"{module.api_name} has no columns {sorted(values.keys() - module.defaults.keys())}")
    return tuple({**module.defaults, **values}.values())
