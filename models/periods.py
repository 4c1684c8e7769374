"""Calendar periods. A period is [start, end], both days inclusive, as the marts store it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True, order=True)
class Period:
    start: date
    end: date
    type: str  # month or quarter

    @property
    def name(self) -> str:
        """`2026Q4` or `2026-11`."""
        if self.type == "quarter":
            return f"{self.start.year}Q{(self.start.month + 2) // 3}"
        return f"{self.start.year}-{self.start.month:02}"

    def before(self) -> Period:
        """The period of the same type that ends where this one starts."""
        of = quarter_of if self.type == "quarter" else month_of
        return of(self.start - timedelta(days=1))


def midnight(day: date, zone: tzinfo) -> datetime:
    """The instant in which a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_of(day: date) -> Period:
    return Period(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]), "month")


def quarter_of(day: date) -> Period:
    first = (day.month - 1) // 3 * 3 + 1
    return Period(date(day.year, first, 1), month_of(date(day.year, first + 2, 1)).end, "quarter")


def pushed_quarter(today: date, grace_days: int) -> Period:
    """The quarter whose scores are shown: the current one, but the last one during the first `grace_days` days."""
    current = quarter_of(today)
    return current.before() if (today - current.start).days < grace_days else current


def months_before(day: date, months: int) -> date:
    """The same day of the month, `months` earlier; the last day of a shorter month (31 May − 3 = 28 or 29 February)."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
