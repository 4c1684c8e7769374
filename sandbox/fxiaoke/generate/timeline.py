"""When things happened: two years that end at the start day's midnight in China, with seasons and growth."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from sandbox.world import CHINA

if TYPE_CHECKING:
    import random

DAY_MS = 86_400_000
DAYS = 730
# Quarters end busily; little happens around the Spring Festival.
SEASON = (0.9, 0.55, 1.3, 0.9, 1.0, 1.25, 0.9, 0.9, 1.25, 0.85, 1.05, 1.4)
WEEKDAY = (1.1, 1.1, 1.0, 1.0, 0.9, 0.12, 0.08)
GROWTH = (0.25, 2.0)  # at the first and the last day
OPENS_MS, OPEN_FOR_MS = 9 * 3_600_000, 34_200_000  # 9:00 to 18:30


class Timeline:
    """Draws instants as epoch milliseconds; all of them lie before `end`."""

    def __init__(self, started_at: datetime) -> None:
        local = started_at.astimezone(CHINA)
        midnight = datetime(local.year, local.month, local.day, tzinfo=CHINA)
        self.end = int(midnight.timestamp() * 1000)
        self.start = self.end - DAYS * DAY_MS
        days = [midnight - timedelta(days=DAYS - place) for place in range(DAYS)]
        self._weekday = [day.weekday() for day in days]
        self._busy = list(accumulate(self._weight(place, day) for place, day in enumerate(days)))

    @staticmethod
    def _weight(place: int, day: datetime) -> float:
        growth = GROWTH[0] + (GROWTH[1] - GROWTH[0]) * place / DAYS
        return growth * SEASON[day.month - 1] * WEEKDAY[day.weekday()]

    def instant(self, rng: random.Random, share: float | None = None) -> int:
        """Some moment of a working day; busy times are likelier.

        Args:
            rng: Where chance comes from.
            share: Of all that happens in the two years, how much lies before; left to chance unless given.
        """
        day = bisect_right(self._busy, (rng.random() if share is None else share) * self._busy[-1])
        return self.start + min(day, DAYS - 1) * DAY_MS + OPENS_MS + int(rng.random() * OPEN_FOR_MS)

    def after(self, rng: random.Random, instant: int, mean_days: float) -> int:
        """A later moment, some days on as a rule, and before the end."""
        later = instant + int(rng.expovariate(1 / (mean_days * DAY_MS))) + 60_000
        if later >= self.end:
            return self.between(rng, instant, self.end)
        day = (later - self.start) // DAY_MS
        if self._weekday[max(0, day)] >= 5:
            later += 2 * DAY_MS
        return later if later < self.end else self.between(rng, instant, self.end)

    def between(self, rng: random.Random, low: int, high: int) -> int:
        """A moment in [low, high)."""
        return low + int(rng.random() * max(1, high - low))

    def midnight(self, instant: int) -> int:
        """The local midnight at which the instant's day began: what a date field holds."""
        return instant - (instant - self.end) % DAY_MS
