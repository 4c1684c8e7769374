"""API credits, which the whole org shares, in a rolling day (docs/vendor/zoho.md §8)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from sandbox.zoho import limits
from sandbox.zoho.times import DAY_S

if TYPE_CHECKING:
    from sandbox.world import World
    from sandbox.zoho.switches import Switches

WRITE_ITEMS_PER_CREDIT = 10
_BUCKET_S = 60


class Budget:
    """Counts credits by the minute, so that a day is 1,440 numbers however many the calls."""

    def __init__(self, world: World, switches: Switches) -> None:
        self._world, self._switches = world, switches
        self._minutes: deque[list[int]] = deque()
        self._used = 0

    def used(self) -> int:
        oldest = int(self._world.now().timestamp()) // _BUCKET_S - DAY_S // _BUCKET_S
        while self._minutes and self._minutes[0][0] <= oldest:
            self._used -= self._minutes.popleft()[1]
        return self._used

    def require(self, path: str) -> None:
        daily = limits.daily_credits(self._switches)
        if self.used() >= daily:
            raise limits.exceeded(path, self._switches, daily, "24 hours")

    def spend(self, credits_spent: int) -> None:
        minute = int(self._world.now().timestamp()) // _BUCKET_S
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += credits_spent
        self._used += credits_spent
        self._world.credits["zoho"] += credits_spent

    def headers(self) -> dict[str, str]:
        """What is left is told once half of it is used (§8.3)."""
        used, daily = self.used(), limits.daily_credits(self._switches)
        return {"X-API-CREDITS-REMAINING": str(max(0, daily - used))} if used * 2 >= daily else {}

    def dump(self) -> list[list[int]]:
        return list(self._minutes)

    def load(self, state: list[list[int]]) -> None:
        self._minutes = deque(list(entry) for entry in state)
        self._used = sum(spent for _, spent in self._minutes)


def write_credits(items: int) -> int:
    return credits_for(items, WRITE_ITEMS_PER_CREDIT)


def credits_for(items: int, per_credit: int) -> int:
    return max(1, -(-items // per_credit))
