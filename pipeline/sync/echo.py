"""Tell a person's change from the echo of our own write, by the push ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, select

from models.records import FieldInfo, Row
from models.spec import Stream
from models.warehouse.ops import ops_push_item

_ROW_FIELDS = {"row_hash", "modified_at", "custom"}


def count_echoes(
    connection: Connection,
    source: str,
    stream: Stream,
    changed: Sequence[tuple[Row, Row]],
    fields: Mapping[str, FieldInfo],
) -> int:
    """How many of the changed rows differ from before in nothing but values that we wrote (and who wrote last).

    The ledger holds labels of picklists, records hold their codes: `fields`, the CRM's metadata, tells one by the other.
    """
    if not changed:
        return 0
    ledger = _written(connection, source, stream.object, [new["source_id"] for _, new in changed])
    for values in ledger.values():
        for name, value in values.items():
            values[name] = fields[name].codes.get(value, value) if name in fields else value
    return sum(_is_echo(old, new, stream, ledger.get(new["source_id"], {})) for old, new in changed)


def _written(connection: Connection, source: str, object_name: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Record → field → the last value that we wrote into it."""
    t = ops_push_item
    query = (
        select(t.c.source_id, t.c.field, t.c.new_value)
        .where(
            t.c.source == source,
            t.c.object == object_name,
            t.c.source_id.in_(ids),
            t.c.outcome.in_(["applied", "sent"]),
        )
        .order_by(t.c.plan_id)
    )
    found: dict[str, dict[str, Any]] = {}
    for source_id, field, value in connection.execute(query):
        found.setdefault(source_id, {})[field] = value
    return found


def _is_echo(old: Row, new: Row, stream: Stream, written: dict[str, Any]) -> bool:
    if not written or old["deleted_at"] is not None:
        return False
    api_names = {field.to: field.api_name for field in stream.fields}
    differing: dict[str, Any] = {
        api_names.get(column, column): value
        for column, value in new.items()
        if column not in _ROW_FIELDS and old[column] != value
    }
    before, after = old["custom"] or {}, new["custom"] or {}
    differing |= {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return all(
        name in stream.bookkeeping or (name in written and _same(value, written[name]))
        for name, value in differing.items()
    )


def _same(left: Any, right: Any) -> bool:
    if left == right:
        return True
    try:
        return Decimal(str(left)) == Decimal(str(right))
    except InvalidOperation:
        return False
