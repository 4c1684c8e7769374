"""The slices of a range of days: months, each read and resumed by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta, tzinfo
from typing import Literal

from models.errors import ConfigError
from models.periods import midnight
from models.records import Window

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a range. `name` is its key in `ops_checkpoint`, such as `created 2026-01-01..2026-01-31`."""

    name: str
    window: Window


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a zone, both ends included.

    Attributes:
        by: Which of a record's times decides.
        zone: `reporting.timezone`.
        field: Only this field of the records, if one is named.
    """

    by: Literal["created", "modified"]
    first: date
    last: date
    zone: tzinfo
    field: str | None = None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ConfigError(f"the range ends on {self.last}, before it begins on {self.first}; exchange the two")
        for day in (self.first, self.last):
            if day.year in (MINYEAR, MAXYEAR):  # the midnight before or after it may be none that a clock can show
                raise ConfigError(f"the range reaches to {day}, where no CRM has records; name a day nearer to today")

    @property
    def name(self) -> str:
        return f"{self.by} {self.first}..{self.last}{f' {self.field}' if self.field else ''}"

    @property
    def window(self) -> Window:
        """From the first day's midnight to that after the last day."""
        return Window(self.by, midnight(self.first, self.zone), midnight(self.last + _DAY, self.zone))

    def slices(self) -> list[Slice]:
        """One for each calendar month, the oldest first; those at the ends may be parts of one."""
        return [Slice(part.name, part.window) for part in self._months()]

    def _months(self) -> Iterator[Span]:
        first = self.first
        while first <= self.last:
            following = (first.replace(day=1) + 31 * _DAY).replace(day=1)
            yield Span(self.by, first, min(self.last, following - _DAY), self.zone, self.field)
            first = following
