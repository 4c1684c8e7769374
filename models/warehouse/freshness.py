"""How far each stream is read, from its checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from models.warehouse.ops import ops_checkpoint

LASTING = ("modified", "deleted")
"""Slices of every sync; the others are parts of a range of days, and are gone when all of it is read."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """Everything modified in the CRM up to `watermark` is in; None: the stream was not yet read to its end.

    `until` is the end of what the last sync read or is reading, `run_id` names that sync. `state` is reading, done, missing
    (the CRM does not have the object), or `not read` for a stream of which nothing was read.
    """

    source: str
    stream: str
    state: str
    watermark: datetime | None
    until: datetime | None = None
    run_id: str | None = None

    @property
    def read_to(self) -> datetime | None:
        """The end of what the last sync read; the next one begins at the watermark, a little before it."""
        return self.until if self.state == "done" and self.until else self.watermark


def freshness(connection: Connection, configured: Sequence[tuple[str, str]]) -> list[Freshness]:
    """Every (source, stream) that is configured, read or not."""
    t = ops_checkpoint
    columns = (t.c.source, t.c.stream, t.c.state, t.c.watermark, t.c.until, t.c.run_id)
    query = select(*columns).where(t.c.slice == "modified")
    found = {(row.source, row.stream): Freshness(*row) for row in connection.execute(query)}
    return [found.get(key) or Freshness(*key, "not read", None) for key in configured]


def unfinished(connection: Connection) -> list[tuple[str, str, str]]:
    """Source, stream and range of each backfill that was begun and is not done, such as `created 2026-01-01..2026-03-31`."""
    t = ops_checkpoint
    query = select(t.c.source, t.c.stream, t.c.basis).where(t.c.slice.not_in(LASTING))
    return sorted({(source, stream, basis.split(" ", 1)[1]) for source, stream, basis in connection.execute(query)})
