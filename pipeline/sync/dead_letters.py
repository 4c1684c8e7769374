"""Records that could not be mapped: kept with their raw text and the reason, one row per record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from models.records import Raw, Reject
from models.warehouse.functions import one_of
from models.warehouse.ops import ops_dead_letter

_t = ops_dead_letter


def keep(
    connection: Connection,
    source: str,
    stream: str,
    rejects: Sequence[Reject],
    *,
    run_id: str,
    now: datetime,
) -> None:
    """Store them; a record that was refused before keeps its first date."""
    for reject in rejects:
        same = (_t.c.source == source, _t.c.stream == stream, _t.c.source_id == reject.source_id)
        first = connection.scalar(select(_t.c.first_seen_at).where(*same))
        connection.execute(delete(_t).where(*same))
        connection.execute(
            insert(_t).values(
                source=source,
                stream=stream,
                source_id=reject.source_id,
                reason=reject.reason,
                raw=_text(reject.raw),
                state="open",
                first_seen_at=first or now,
                last_seen_at=now,
                run_id=run_id,
            )
        )


def resolve(connection: Connection, source: str, stream: str, ids: Sequence[str]) -> None:
    """These records could be read now, or are gone."""
    if not ids:
        return
    connection.execute(
        update(_t)
        .where(_t.c.source == source, _t.c.stream == stream, one_of(_t.c.source_id, ids), _t.c.state == "open")
        .values(state="resolved")
    )


def _text(raw: Raw) -> str:
    try:
        text = orjson.dumps(raw, default=str).decode()
    except TypeError:  # half of a surrogate pair: kept readable, not exact
        text = repr(dict(raw)).encode("utf-8", "backslashreplace").decode()
    return text.replace("\\u0000", "\\\\u0000")
