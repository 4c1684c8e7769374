"""Mark records as gone, or as back: the rows stay, and a deal's history ends or goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from models.records import Deletion, Raw
from models.spec import Stream
from models.warehouse.core import deals
from models.warehouse.engine import Warehouse
from models.warehouse.functions import one_of
from pipeline.sync.history import end_deal_states, keep_deal_states
from pipeline.sync.normalize import Normalizer
from pipeline.sync.stages import keep_stage_changes


def own(stream: Stream, source: str) -> ColumnElement[bool]:
    """The stream's rows of its core table: other objects of the CRM may have theirs in it."""
    table = stream.table
    return and_(table.c.source == source, *([table.c.object == stream.object] if "object" in table.c else []))


def existing(stream: Stream, source: str) -> ColumnElement[bool]:
    """Those of the stream's rows that are not marked as gone."""
    return and_(own(stream, source), stream.table.c.deleted_at.is_(None))


def count_existing(warehouse: Warehouse, stream: Stream, source: str, *which: ColumnElement[bool]) -> int:
    with warehouse.read() as connection:
        return connection.scalar(select(func.count()).where(existing(stream, source), *which)) or 0


def later_here(warehouse: Warehouse, rules: Normalizer, records: Sequence[Raw]) -> set[str]:
    """Ids of those records of which the warehouse holds a version that was modified later."""
    times = {rules.key(raw): rules.modified(raw) for raw in records}
    if not any(times.values()):
        return set()
    t = rules.stream.table
    query = select(t.c.source_id, t.c.modified_at).where(t.c.source == rules.source, one_of(t.c.source_id, list(times)))
    with warehouse.read() as connection:
        here = {row.source_id: row.modified_at for row in connection.execute(query) if row.modified_at}
    return {key for key, time in times.items() if time and key in here and here[key] > time}


def tombstone(
    connection: Connection, stream: Stream, source: str, deletions: Sequence[Deletion], *, run_id: str, now: datetime
) -> int:
    """Mark records as gone. Returns how many were not marked before."""
    table, marked = stream.table, 0
    for gone in deletions:
        marked += connection.execute(
            update(table)
            .where(own(stream, source), table.c.source_id == gone.source_id, table.c.deleted_at.is_(None))
            .values(deleted_at=gone.deleted_at or now, deleted_reason=gone.reason, synced_at=now, run_id=run_id)
        ).rowcount
    if marked and table is deals:
        end_deal_states(connection, source, [gone.source_id for gone in deletions])
    return marked


def revive(
    connection: Connection, stream: Stream, source: str, ids: Sequence[str], *, run_id: str, now: datetime
) -> None:
    """A record that was restored exists again, even if the restoring moved no modified time."""
    table = stream.table
    revived = connection.execute(
        update(table)
        .where(own(stream, source), one_of(table.c.source_id, ids), table.c.deleted_at.is_not(None))
        .values(deleted_at=None, deleted_reason=None, synced_at=now, run_id=run_id)
    ).rowcount
    if revived and table is deals:
        keep_deal_states(connection, source, ids)
        keep_stage_changes(connection, source, ids)
