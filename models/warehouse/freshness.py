"""How far each stream is read, from its checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from models.warehouse.ops import ops_checkpoint


@dataclass(frozen=True, slots=True)
class Freshness:
    """Everything modified in the CRM up to `watermark` is in; None: the stream was not yet read to its end.

    `state` is reading, done, or `not read` for a stream of which nothing was read.
    """

    source: str
    stream: str
    state: str
    watermark: datetime | None


def freshness(connection: Connection, configured: Sequence[tuple[str, str]]) -> list[Freshness]:
    """Every (source, stream) that is configured, read or not."""
    t = ops_checkpoint
    query = select(t.c.source, t.c.stream, t.c.state, t.c.watermark).where(t.c.slice == "modified")
    found = {(row.source, row.stream): Freshness(*row) for row in connection.execute(query)}
    return [found.get(key) or Freshness(*key, "not read", None) for key in configured]
