"""The small values that pass between connectors and the pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Raw = Mapping[str, Any]
"""One record as the CRM sent it, decoded from JSON."""

Row = tuple[Any, ...]
"""One record as the warehouse will hold it: its values, in an order that whoever made it tells."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that cannot be mapped, and why; `source_id` is '' if it has none."""

    source_id: str
    raw: Raw
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and where the reading goes on after them.

    `position` is JSON-ready and means something only to the connector that made it; with it, `read` continues after
    this page even in another process, days later. Reading a record twice is allowed, missing one is not.
    """

    records: Sequence[Raw]
    position: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """What was created, or last modified, in [start, end), aware UTC."""

    by: Literal["created", "modified"]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """What a reading costs. A CRM without credits has 0 of them."""

    calls: int = 0
    credits: int = 0

    def __add__(self, other: Price) -> Price:
        return Price(self.calls + other.calls, self.credits + other.credits)


@dataclass(frozen=True, slots=True)
class Deletion:
    """A record that the CRM says is gone."""

    source_id: str
    deleted_at: datetime | None
    reason: str  # as the CRM words it: recycle, permanent, invalid, …


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of a CRM object, from the CRM's own metadata.

    `type` is the CRM's word. `decimals` is None for everything but numbers, 0 for whole ones. `options` are the labels
    of a picklist: values of it are read and written by label, and `codes` gives the stored code of each. `takes_text`
    says that any text fits, or any of the options; not so for lookups, dates, yes or no, e-mail addresses. `id` stays when
    a field gets another name; '' where the CRM tells none.
    """

    api_name: str
    label: str
    type: str
    length: int | None = None
    decimals: int | None = None
    options: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    takes_text: bool = True
    id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """New values of some fields of one record; None clears a field."""

    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What the CRM said to one `Change`. `message` holds its code and words when it refused."""

    id: str
    outcome: Literal["applied", "rejected"]
    message: str = ""


@dataclass(slots=True)
class Usage:
    """What a connector has cost so far, in this process.

    Attributes:
        by_call: (stream or object, method and path) → calls and credits.
        quota_left: Credits that the CRM says are left; None if it does not say.
        booked: What the warehouse has of `by_call` already.
    """

    calls: int = 0
    credits: int = 0
    waited_s: float = 0.0
    by_call: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    quota_left: int | None = None
    booked: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def by_path(self) -> dict[str, int]:
        """Method and path → calls."""
        found: dict[str, int] = {}
        for (_, path), (calls, _credits) in self.by_call.items():
            found[path] = found.get(path, 0) + calls
        return found

    def count(self, subject: str, call: str, credit: int) -> None:
        """One more call."""
        calls, credits_ = self.by_call.get((subject, call), (0, 0))
        self.by_call[subject, call] = (calls + 1, credits_ + credit)
        self.calls += 1
        self.credits += credit
