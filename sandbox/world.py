"""What the two fake CRMs share: one clock, one log of writes, one count of calls and credits."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from sandbox.habits import Habit

CHINA = timezone(timedelta(hours=8))
SystemName = Literal["zoho", "fxiaoke"]
Scale = Literal["demo", "awkward", "100k", "1m"]


@dataclass(slots=True)
class RecordWrite:
    """What one write call did to one field of one record."""

    id: str
    field: str
    before: Any
    after: Any
    outcome: str


@dataclass(slots=True)
class WriteCall:
    """One call to a vendor's API that could change data, whether or not it did."""

    n: int
    system: SystemName
    method: str
    path: str
    status: int
    records: list[RecordWrite]
    automation: bool


@dataclass
class World:
    """The state outside both CRMs.

    `started_at` is the instant of generation; data end at its local midnight (Asia/Shanghai), so that the same
    seed and the same day give the same state.
    """

    seed: int = 7
    scale: Scale = "demo"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock_offset: timedelta = timedelta()
    writes: list[WriteCall] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    credits: Counter[str] = field(default_factory=Counter)

    def now(self) -> datetime:
        """The CRMs' clock: the machine's plus what the `clock` control added. Aware UTC, with microseconds."""
        return datetime.now(UTC) + self.clock_offset

    def day(self) -> date:
        """The day of generation in China, with seed and scale all that the data follow from."""
        return self.started_at.astimezone(CHINA).date()

    def rng(self, topic: str) -> random.Random:
        """A generator of its own for each topic, so that adding data of one kind leaves the others as they were."""
        return random.Random(f"{self.seed}/{topic}")  # noqa: S311 - plausible data, not secrets

    def log_write(
        self, system: SystemName, method: str, path: str, *, status: int, records: list[RecordWrite], automation: bool
    ) -> None:
        self.writes.append(WriteCall(len(self.writes) + 1, system, method, path, status, records, automation))


class System(Protocol):
    """One fake CRM, mounted under `/<name>`; its paths are those of the vendor below that."""

    name: SystemName
    habits: Sequence[Habit]

    def routes(self) -> list[BaseRoute]: ...

    def error_response(self, code: str | int, status: int | None = None) -> Response:
        """The vendor's own error body for one of its codes; the status is the code's own unless given."""
        ...

    def counts(self) -> dict[str, int]:
        """Records per module, deleted and invalid ones left out."""
        ...

    def edit(self, module: str, action: str, record_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
        """Act as a person in the UI would: create, update, delete, … with modified time. Returns the record.

        Raises:
            ValueError: An unknown module, action, record or field; the control answers 400 with the text.
        """
        ...

    def leave(self) -> None:
        """Another state has taken the place of this one: nothing that was to happen here may still happen."""
        ...

    def pick(self, module: str, share: float) -> str | None:
        """The id of a record that is there, by its place in the order of ids: a share from 0 to below 1 of all."""
        ...

    def dump(self) -> dict[str, Any]:
        """The whole state as JSON-ready data, which changes no more."""
        ...

    def load(self, state: dict[str, Any]) -> None:
        """Become what `dump` told."""
        ...
