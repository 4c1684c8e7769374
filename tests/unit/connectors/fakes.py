"""What the connector tests share: clocks that only move when asked, and a client to a host that does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.timing import Timing


@dataclass
class FakeTime:
    """Time that passes by sleeping only; `slept` lists the pauses in seconds."""

    seconds: float = 1_790_000_000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def read(self) -> float:
        return self.seconds

    @property
    def timing(self) -> Timing:
        return Timing(self.read, self.read, self.sleep)
