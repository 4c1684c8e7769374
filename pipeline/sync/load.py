"""Put rows into a core table: upsert by key, write nothing where the hash is equal. Knows the SQL dialects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models.records import Deletion, Row
from models.warehouse.core import DERIVED_COLUMNS

_KEEP = {"source", "source_id", "first_seen_at"} | DERIVED_COLUMNS
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(slots=True)
class Loaded:
    """What a batch did. `changed` holds pairs: the row that was there, and the one that replaces it."""

    new: int = 0
    unchanged: int = 0
    changed: list[tuple[Row, Row]] = field(default_factory=list)


def upsert(connection: Connection, table: Table, rows: Sequence[Row], *, run_id: str, now: datetime) -> Loaded:
    """Insert or update up to a page of rows of one source, in the caller's transaction."""
    latest = {row["source_id"]: row for row in rows}  # a page may hold a record twice; the later one is newer
    if not latest:
        return Loaded()
    hashes = _hashes(connection, table, rows[0]["source"], list(latest))
    result = Loaded(new=len(latest) - len(hashes))
    for source_id, kept in hashes.items():
        if kept == (latest[source_id]["row_hash"], None):
            result.unchanged += 1
            del latest[source_id]
    if latest:
        old = _rows(connection, table, rows[0]["source"], [source_id for source_id in latest if source_id in hashes])
        result.changed = [(row, latest[row["source_id"]]) for row in old]
        stamp = {"deleted_at": None, "deleted_reason": None, "first_seen_at": now, "synced_at": now, "run_id": run_id}
        _write(connection, table, [row | stamp for row in latest.values()])
    return result


def _hashes(
    connection: Connection, table: Table, source: str, ids: list[str]
) -> dict[str, tuple[str, datetime | None]]:
    query = select(table.c.source_id, table.c.row_hash, table.c.deleted_at)
    query = query.where(table.c.source == source, table.c.source_id.in_(ids))
    return {row.source_id: (row.row_hash, row.deleted_at) for row in connection.execute(query)}


def _rows(connection: Connection, table: Table, source: str, ids: list[str]) -> list[Row]:
    if not ids:
        return []
    query = select(table).where(table.c.source == source, table.c.source_id.in_(ids))
    return [dict(row) for row in connection.execute(query).mappings()]


def _write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    statement = _INSERT[connection.dialect.name](table)
    updates = {name: statement.excluded[name] for name in rows[0] if name not in _KEEP}
    changed = or_(table.c.row_hash != statement.excluded.row_hash, table.c.deleted_at.is_not(None))
    connection.execute(
        statement.on_conflict_do_update(index_elements=["source", "source_id"], set_=updates, where=changed), rows
    )


def tombstone(
    connection: Connection, table: Table, source: str, deletions: Sequence[Deletion], *, run_id: str, now: datetime
) -> int:
    """Mark records as gone; the rows stay. Returns how many were not marked before."""
    marked = 0
    for gone in deletions:
        marked += connection.execute(
            update(table)
            .where(table.c.source == source, table.c.source_id == gone.source_id, table.c.deleted_at.is_(None))
            .values(deleted_at=gone.deleted_at or now, deleted_reason=gone.reason, synced_at=now, run_id=run_id)
        ).rowcount
    return marked
