"""What there is to tell, read from the warehouse once and shared by the digest and the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.config import Language
from models.periods import Period
from models.warehouse.freshness import Freshness

HEADLINE_METRICS = ("bookings", "win_rate_count", "lead_conversion_rate")
"""What the digest tells, and the page first."""

STALE_AFTER = timedelta(hours=36)
"""A daily run that was missed once, not one that is an hour late."""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same said in both languages."""

    en: str
    zh: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's place on the leaderboard. `rank` is None for who is not ranked; `reason` says why."""

    person_id: str
    name: str
    teams: tuple[str, ...]
    rank: int | None
    score: Decimal | None
    bookings: Decimal | None
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class Kpi:
    """One company metric of the shown quarter beside the quarter before it.

    Attributes:
        metric: Key, as in `dim_metric`.
        unit: money, count or ratio.
        value: None if it is not defined.
        former: The whole quarter before; None if there is no figure.
        adds_up: A sum over the period, so that an unfinished quarter is a part of what it will be.
        mature: The shown quarter is over.
    """

    metric: str
    label: Bilingual
    definition: Bilingual
    unit: str
    value: Decimal | None
    former: Decimal | None
    adds_up: bool
    mature: bool


@dataclass(frozen=True, slots=True)
class TierChange:
    """A customer whose tier is another one than before. A first tier is no change."""

    source: str
    account_id: str
    name: str
    old: str
    new: str
    at: datetime
    weight: Decimal  # won in 12 months plus open pipeline, base currency
    reason: Bilingual


@dataclass(frozen=True, slots=True)
class MonthBookings:
    """Bookings of the calendar month that starts on `start`; None if the marts hold no figure."""

    start: date
    bookings: Decimal | None


@dataclass(frozen=True, slots=True)
class TierShare:
    """How many customers hold a tier today, and what they won us in 12 months (base currency)."""

    tier: str
    customers: int
    won: Decimal


@dataclass(frozen=True, slots=True)
class Unread:
    """Records of a stream that could not be read and wait in the dead letters."""

    source: str
    stream: str
    count: int


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Values of the newest settled plan that are not in the CRM: `conflict` or `rejected`."""

    source: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything there is to tell.

    Attributes:
        now: In `reporting.timezone`.
        quarter: The one whose scores are shown (models.periods.pushed_quarter).
        currency: Of every amount.
        tier_order: The best first.
        tier_changes: After `changes_since`, those that concern the most money first.
        months: 24, the current one last.
    """

    now: datetime
    quarter: Period
    currency: str
    tier_order: tuple[str, ...]
    standings: tuple[Standing, ...]
    kpis: tuple[Kpi, ...]
    changes_since: datetime
    tier_changes: tuple[TierChange, ...]
    months: tuple[MonthBookings, ...]
    tiers: tuple[TierShare, ...]
    freshness: tuple[Freshness, ...]
    unread: tuple[Unread, ...]
    unwritten: tuple[Unwritten, ...]

    @property
    def is_last_quarter(self) -> bool:
        """The shown quarter is over: its scores stand while the new one is young."""
        return self.quarter.end < self.now.date()

    @property
    def elapsed(self) -> Decimal:
        """Share of the shown quarter's days that are over, today included; 0 to 1."""
        days = (self.quarter.end - self.quarter.start).days + 1
        return Decimal(min(days, (self.now.date() - self.quarter.start).days + 1)) / days

    @property
    def stale_sources(self) -> tuple[str, ...]:
        """Sources with a stream that was read, but not lately."""
        late = self.now - STALE_AFTER
        return tuple(dict.fromkeys(f.source for f in self.freshness if f.watermark and f.watermark < late))

    @property
    def unfinished(self) -> dict[str, list[str]]:
        """Streams that were never read to their end, by source: the figures lack what is in them."""
        found: dict[str, list[str]] = {}
        for item in self.freshness:
            if item.watermark is None:
                found.setdefault(item.source, []).append(item.stream)
        return found

    @property
    def has_results(self) -> bool:
        """Compute has left something to tell."""
        return bool(self.standings or self.tiers or any(kpi.value is not None for kpi in self.kpis))
