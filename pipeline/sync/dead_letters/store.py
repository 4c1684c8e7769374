"""Records that could not be mapped: kept with their raw text and the reason, one row per record."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from models.records import Reject
from models.warehouse.functions import one_of
from models.warehouse.ops import ops_dead_letter
from pipeline.sync.raw import dumps

OPEN, RESOLVED, GIVEN_UP = "open", "resolved", "given up"
_t = ops_dead_letter


def keep(
    connection: Connection, source: str, stream: str, rejects: Sequence[Reject], *, run_id: str, now: datetime
) -> dict[int, Reject]:
    """Store them; a record that was refused before keeps its number and its first date.

    Returns:
        By number those that somebody should look at: not those that a person gave up and that have not changed since.
    """
    counted = {}
    for reject in rejects:
        text = dumps(reject.raw).decode()
        key = {
            "source": source,
            "stream": stream,
            "source_id": reject.source_id,
            "raw_hash": "" if reject.source_id else hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
        }
        same = [_t.c[name] == value for name, value in key.items()]
        known = connection.execute(select(_t.c.id, _t.c.state, _t.c.raw).where(*same)).one_or_none()
        seen: dict[str, Any] = {"last_seen_at": now, "run_id": run_id}
        if known and known.state == GIVEN_UP and known.raw == text:
            connection.execute(update(_t).where(*same).values(seen))
            continue
        values = seen | {"reason": reject.reason, "raw": text, "state": OPEN, "settled_at": None, "note": None}
        if known:
            connection.execute(update(_t).where(*same).values(values))
            counted[known.id] = reject
        else:
            new = insert(_t).values(key | values | {"first_seen_at": now}).returning(_t.c.id)
            counted[connection.scalars(new).one()] = reject
    return counted


def resolve(connection: Connection, source: str, stream: str, ids: Sequence[str], *, now: datetime) -> None:
    """These records could be read now, or are gone."""
    if ids:
        _resolve(connection, source, stream, one_of(_t.c.source_id, ids), now=now)


def resolve_unseen(connection: Connection, source: str, stream: str, *, run_id: str, now: datetime) -> None:
    """All records were read in this run: one without an id that was not among them was mended or is gone."""
    _resolve(connection, source, stream, _t.c.source_id == "", _t.c.run_id != run_id, now=now)


def _resolve(connection: Connection, source: str, stream: str, *which: ColumnElement[bool], now: datetime) -> None:
    ours = (_t.c.source == source, _t.c.stream == stream, _t.c.state != RESOLVED)
    if connection.scalar(select(exists().where(*ours))):  # nearly always there are none
        connection.execute(update(_t).where(*ours, *which).values(state=RESOLVED, settled_at=now))
