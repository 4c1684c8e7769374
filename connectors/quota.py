"""Rate limits kept on our side, so that the CRM need not refuse: so many calls in any window, for each path."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` calls in any `per_s` seconds."""

    calls: int
    per_s: float


class SlidingWindow:
    """Gives each call the earliest moment at which it breaks no limit."""

    def __init__(self, limit: Limit, monotonic: Callable[[], float]) -> None:
        self._limit, self._monotonic = limit, monotonic
        self._moments: deque[float] = deque(maxlen=limit.calls)
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Book the next call. Returns the seconds to wait before it."""
        with self._lock:
            now = self._monotonic()
            moment = self._next(now)
            self._moments.append(moment)
            return moment - now

    def wait_s(self) -> float:
        """Seconds until a call would break no limit. Books nothing."""
        with self._lock:
            now = self._monotonic()
            return self._next(now) - now

    def _next(self, now: float) -> float:
        full = len(self._moments) == self._limit.calls
        return max(now, self._moments[0] + self._limit.per_s) if full else now


class Quota:
    """One window for each path.

    Args:
        usual: For paths that have no limit of their own.
        special: Path → limit.
        monotonic: The clock.
    """

    def __init__(self, usual: Limit, special: Mapping[str, Limit], monotonic: Callable[[], float]) -> None:
        self._usual, self._special, self._monotonic = usual, special, monotonic
        self._windows: dict[str, SlidingWindow] = {}
        self._lock = threading.Lock()

    def of(self, path: str) -> SlidingWindow:
        with self._lock:
            if path not in self._windows:
                self._windows[path] = SlidingWindow(self._special.get(path, self._usual), self._monotonic)
        return self._windows[path]
