"""How far a source has been read: one row per stream and slice in `ops_checkpoint`.

A checkpoint is saved in the transaction that holds the rows it speaks of, so the two never disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from models.warehouse.freshness import LASTING
from models.warehouse.ops import ops_checkpoint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one slice.

    Attributes:
        reading: The slice was begun and not ended; `position` is where it goes on, with its bounds.
        position: The connector's; None at the start of a slice.
        since: Lower bound of the slice, None for everything.
        until: Upper bound of the slice.
        watermark: Everything up to here has been read; None: nothing yet.
        basis: What the rows read so far depend on beside the CRM (`Normalizer.basis`).
        updated_at: When it was saved, by this machine's clock; None if it never was.
        missing: The CRM did not have the object when it was asked last.
    """

    source: str
    stream: str
    slice: str
    reading: bool = False
    position: dict[str, Any] | None = None
    since: datetime | None = None
    until: datetime | None = None
    watermark: datetime | None = None
    basis: str | None = None
    updated_at: datetime | None = None
    missing: bool = False

    def begin(self, since: datetime | None, until: datetime, basis: str | None = None) -> Checkpoint:
        return replace(self, reading=True, position=None, since=since, until=until, basis=basis, missing=False)

    def miss(self) -> Checkpoint:
        """The CRM lacks the object. A reading of everything that was under way begins anew when it has it again."""
        basis = None if self.reading and self.since is None else self.basis
        return replace(self, reading=False, position=None, basis=basis, missing=True)

    def at(self, position: dict[str, Any]) -> Checkpoint:
        return replace(self, position=position)

    def end(self, watermark: datetime) -> Checkpoint:
        """The slice is read. The watermark never goes back."""
        newest = max(watermark, self.watermark) if self.watermark else watermark
        return replace(self, reading=False, position=None, watermark=newest)


def load(connection: Connection, source: str, stream: str, slice_: str) -> Checkpoint:
    """The slice's checkpoint; one that has read nothing if there is none."""
    t = ops_checkpoint
    found = connection.execute(
        select(t).where(t.c.source == source, t.c.stream == stream, t.c.slice == slice_)
    ).one_or_none()
    return Checkpoint(source, stream, slice_) if found is None else _of(found)


def of_ranges(connection: Connection, source: str, stream: str) -> dict[str, Checkpoint]:
    """Slice → checkpoint of those that a backfill has begun."""
    t = ops_checkpoint
    query = select(t).where(t.c.source == source, t.c.stream == stream, t.c.slice.not_in(LASTING))
    return {row.slice: _of(row) for row in connection.execute(query)}


def drop(connection: Connection, source: str, stream: str, slices: Sequence[str]) -> None:
    t = ops_checkpoint
    connection.execute(delete(t).where(t.c.source == source, t.c.stream == stream, t.c.slice.in_(slices)))


def _of(row: Row[Any]) -> Checkpoint:
    return Checkpoint(
        row.source,
        row.stream,
        row.slice,
        row.state == "reading",
        row.position,
        row.since,
        row.until,
        row.watermark,
        row.basis,
        row.updated_at,
        row.state == "missing",
    )


def save(connection: Connection, checkpoint: Checkpoint, *, run_id: str, now: datetime) -> None:
    t, c = ops_checkpoint, checkpoint
    connection.execute(delete(t).where(t.c.source == c.source, t.c.stream == c.stream, t.c.slice == c.slice))
    connection.execute(
        insert(t).values(
            source=c.source,
            stream=c.stream,
            slice=c.slice,
            state="missing" if c.missing else "reading" if c.reading else "done",
            position=c.position,
            since=c.since,
            until=c.until,
            watermark=c.watermark,
            basis=c.basis,
            updated_at=now,
            run_id=run_id,
        )
    )
