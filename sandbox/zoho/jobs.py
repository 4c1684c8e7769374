"""Scheduled work: its effect is there at once, its status follows the clock (docs/vendor/zoho.md §6.9, §9A.6)."""

from __future__ import annotations

from typing import NamedTuple

# How old a job is when it begins to run, and when it is done.
RUNS_FROM_S, DONE_AT_S = 2, 4


class Job(NamedTuple):
    """One job; `path` is that of the call that ordered it, `done` how many of `total` records were written."""

    path: str
    at: int
    total: int
    done: int

    def status(self, now: int) -> str:
        age = now - self.at
        if age < RUNS_FROM_S:
            return "SCHEDULED"
        return "RUNNING" if age < DONE_AT_S else "COMPLETED"
