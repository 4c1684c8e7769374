"""What every step of one source's sync shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Protocol

from models.progress import Progress, silent
from models.protocols import Connector
from models.records import Reject
from models.warehouse.engine import Warehouse

_WARNINGS = 5


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SyncContext:
    """One run over one source.

    Attributes:
        timezone: `reporting.timezone`, of the local days.
        currency: Of a CRM that names none.
        tier_fields: Object → the field that the tier is pushed into.
        stops_at_changes: Of the CRM's fields, until somebody acknowledges them.
        raw_days: Days for which records are kept as they were fetched; 0: they are not.
        clock: This machine's, for the columns that say when we did something. The CRM's clock decides what is read.
    """

    warehouse: Warehouse
    connector: Connector
    run_id: str
    timezone: tzinfo
    currency: str | None = None
    tier_fields: Mapping[str, str] = field(default_factory=dict)
    progress: Progress = silent
    clock: Callable[[], datetime] = utc_now
    raw_days: int = 30
    stops_at_changes: bool = False

    @property
    def source(self) -> str:
        return self.connector.name


class Cost(Protocol):
    """What something took: API calls, credits, seconds."""

    calls: int
    credits: int
    seconds: float


class Rejecting(Protocol):
    """A result that counts the records which could not be mapped."""

    rejected: int
    warnings: list[str]


def count_rejects(result: Rejecting, letters: Mapping[int, Reject]) -> None:
    """Count them, and tell the reasons of the first, each with the number of its dead letter."""
    result.rejected += len(letters)
    for number, reject in islice(letters.items(), _WARNINGS - len(result.warnings)):
        result.warnings.append(f"{reject.reason}; mend it in the CRM, or see: crmsync dead-letters show {number}")


@dataclass(slots=True)
class StreamResult:
    """What one stream's sync did.

    Attributes:
        changed: Without the echoes of our own writes.
        warnings: The first reasons why records were rejected.
        notes: What else a person should know.
        stopped: Why nothing was read, until somebody acts; '' otherwise.
    """

    source: str
    stream: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    echo: int = 0
    deleted: int = 0
    rejected: int = 0
    calls: int = 0
    credits: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: str = ""


@dataclass(slots=True)
class SliceResult(StreamResult):
    """What the reading of some slices of a range of days did."""

    slice: str = ""
