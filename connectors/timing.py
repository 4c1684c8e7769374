"""The clocks that connectors use, in one value, so that tests never sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Two clocks and a way to wait.

    Attributes:
        monotonic: Seconds that never go back, for rate limits.
        now: Seconds since 1970, for a token's life, which outlasts a process.
        sleep: Waits that many seconds.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


SYSTEM = Timing()
