"""What all generated records have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.generate.timeline import DAY_MS

if TYPE_CHECKING:
    import random

    from sandbox.fxiaoke.generate.timeline import Timeline

Record = dict[str, Any]
OLD_IDS_MS = 60 * DAY_MS  # records of the first days may still have ids of 32 digits (§4.2)
VERSIONS = [str(number) for number in range(100)]


def new_id(rng: random.Random, timeline: Timeline, created: int) -> str:
    if created < timeline.start + OLD_IDS_MS and rng.random() < 0.4:
        return f"{rng.getrandbits(128):032x}"
    return f"{created // 1000:08x}{rng.getrandbits(64):016x}"


def base(
    rng: random.Random, timeline: Timeline, *, created: int, modified: int, owner: str | None, department: str | None
) -> Record:
    """The common fields (docs/vendor/fxiaoke.md §6.1)."""
    by = owner or "1000"
    return {
        "_id": new_id(rng, timeline, created),
        "owner": owner,
        "data_own_department": department,
        "created_by": by,
        "last_modified_by": by if rng.random() < 0.93 else "1000",
        "create_time": created,
        "last_modified_time": modified,
        "version": VERSIONS[1 + min(98, int(rng.expovariate(0.25)))],
        "life_status": "normal",
        "lock_status": "0",
        "record_type": "default__c" if rng.random() < 0.88 else "record_k3A9x__c",
    }


class Regular:
    """Says yes to a share of the questions, evenly spread: a small sample shows the rate that was meant."""

    def __init__(self, rng: random.Random, rate: float) -> None:
        self._rate, self._sum = rate, rng.random()

    def __call__(self) -> bool:
        self._sum += self._rate
        if self._sum < 1:
            return False
        self._sum -= 1
        return True


def discard(record: Record) -> Record:
    """The record as it lies in the recycle bin (§4.4)."""
    return {**record, "life_status": "invalid", "life_status_before_invalid": record["life_status"]}
