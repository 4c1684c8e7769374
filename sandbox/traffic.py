"""People at work: so many seeded edits a second in both CRMs, while others read.

An edit is done as `POST /_sandbox/edit` does it. The n-th edit is of the same kind for the same seed; since a new record's
id is not the same each time, records are chosen by their place. Where the machine is too slow, edits are left out and
counted, so that none pile up and callers keep at least half of the time.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.habits import Habit
    from sandbox.world import System, SystemName

MOST_PER_SECOND = 1000
# How often it looks what is due, and how much of that time it may take.
TICK_S, WORK_S = 0.02, 0.01
KEPT_EDITS = 1000

log = logging.getLogger("sandbox")


class Traffic:
    """Works in the loop of the server, and ends with it."""

    def __init__(self, systems: Mapping[SystemName, System]) -> None:
        self._systems = systems
        self._task: asyncio.Task[None] | None = None
        self.begin(0, 0)

    def order(self, per_second: int, seed: int) -> None:
        """Work anew at so many edits a second; 0 only ends it, and what was done is still told."""
        self.stop()
        if per_second:
            self.begin(per_second, seed)
            self._task = asyncio.get_running_loop().create_task(self._work())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.per_second = 0

    def report(self) -> dict[str, Any]:
        return {
            "per_second": self.per_second,
            "seed": self.seed,
            "done": self._done,
            "refused": self._refused,
            "skipped": self._skipped,
            "kinds": dict(self._kinds),
            "last_refusal": self._last_refusal,
            "edits": list(self._edits),
        }

    def begin(self, per_second: int, seed: int) -> None:
        """As if nothing had been done yet."""
        self.per_second, self.seed = per_second, seed
        self._rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._done = self._refused = self._skipped = 0
        self._kinds: Counter[str] = Counter()
        self._last_refusal: str | None = None
        self._edits: deque[dict[str, Any]] = deque(maxlen=KEPT_EDITS)
        self._deleted: dict[tuple[str, str], list[str]] = defaultdict(list)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            await asyncio.sleep(max(TICK_S, 1 / self.per_second))
            now = loop.time()
            due = int((now - began) * self.per_second)
            while self._made < due and loop.time() < now + WORK_S:
                self.act()
            self._skipped += max(0, due - self._made)

    @property
    def _made(self) -> int:
        return self._done + self._refused + self._skipped

    def act(self) -> None:
        """Do the next edit; one that the CRM refuses is counted."""
        name = self._rng.choice(list(self._systems))
        system = self._systems[name]
        habit = self._rng.choices(system.habits, [one.share for one in system.habits])[0]
        # Drawn even where they do not matter, so that what comes next does not depend on what is there.
        share = self._rng.random()
        values = habit.values(self._rng, lambda module: system.pick(module, self._rng.random()))
        try:
            record_id = self._record(name, habit, share)
            record = system.edit(habit.module, habit.action, record_id, values)
        except ValueError as refusal:
            self._refuse(str(refusal))
        except Exception:
            log.exception("traffic: %s %s %s failed", name, habit.module, habit.action)
            self._refuse("it failed; the sandbox's own log says why")
        else:
            self._keep(name, habit, str(record.get("id") or record.get("_id")))

    def _record(self, name: SystemName, habit: Habit, share: float) -> str | None:
        if habit.record == "new":
            return None
        if habit.record == "there":
            return self._systems[name].pick(habit.module, share)
        deleted = self._deleted[name, habit.module]
        if not deleted:
            raise ValueError(f"no {habit.module} was deleted yet")
        return deleted.pop(int(share * len(deleted)))

    def _keep(self, name: SystemName, habit: Habit, record_id: str) -> None:
        if habit.action == "delete":
            self._deleted[name, habit.module].append(record_id)
        self._done += 1
        self._kinds[f"{name} {habit.module} {habit.action}"] += 1
        edit = {"n": self._done, "system": name, "module": habit.module, "action": habit.action, "id": record_id}
        self._edits.append(edit)

    def _refuse(self, reason: str) -> None:
        self._refused += 1
        self._last_refusal = reason
