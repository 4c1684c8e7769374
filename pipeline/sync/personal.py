"""What was kept in plain words before it was named as personal data: taken out, before all records are read again."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, select, update

from models.errors import ConfigError
from models.spec import Stream
from models.warehouse.core import moments
from models.warehouse.functions import json_without
from models.warehouse.history import hist_change
from models.warehouse.kept import raw_page
from models.warehouse.ops import ops_dead_letter, ops_push_item
from pipeline.sync import checkpoint
from pipeline.sync.context import SyncContext
from pipeline.sync.presence import own

_HASH = "hmac:%"
_TARGETS = {"accounts": "tier", "users": "score"}
"""What is pushed of them, as the ledger calls it."""


def take_out(context: SyncContext, stream: Stream, basis: str) -> bool:
    """Take it out of all the stream's rows, deleted ones included, of their history, and of what is kept as it was fetched.

    So are the names that plans show. Nothing is done if the same list was in force when the records were read last. A
    stream that was never synced may have rows of a backfill.

    Args:
        basis: Of the rows as they will be made now.

    Returns:
        Whether there was anything.
    """
    if not stream.personal or _list_of(context, stream) == _part(basis):
        return False
    kept = (ops_dead_letter, raw_page)
    with context.warehouse.begin() as connection:
        found = sum(part(connection, context.source, stream) for part in (_from_rows, _from_history, _from_labels))
        for table in kept:
            ours = (table.c.source == context.source, table.c.stream == stream.name)
            found += connection.execute(delete(table).where(*ours)).rowcount
    return found > 0


def refuse_plain(context: SyncContext, stream: Stream, basis: str) -> None:
    """Make sure that what was kept as it was fetched is without what is personal today.

    Args:
        basis: Of the rows as they would be made now.

    Raises:
        ConfigError: Another list was in force when it was fetched.
    """
    if _list_of(context, stream) != _part(basis):
        raise ConfigError(
            f"{context.source}/{stream.name}: personal_data has changed since the records were read; "
            f"run: crmsync sync --source {context.source} --stream {stream.name}, which reads them again"
        )


def _list_of(context: SyncContext, stream: Stream) -> str:
    """Hash of the list that was in force when the stream was synced last; '' for none."""
    with context.warehouse.read() as connection:
        return _part(checkpoint.load(connection, context.source, stream.name, "modified").basis or "")


def _part(basis: str) -> str:
    return basis.partition("-")[2]


def _from_rows(connection: Connection, source: str, stream: Stream) -> int:
    found, table = 0, stream.table
    for name in stream.personal:
        columns = _columns(stream, name)
        for column in (table.c[to] for to in columns):
            plain = _is_plain(stream, name, column)
            cleared = update(table).where(own(stream, source), plain).values({column: None})
            found += connection.execute(cleared).rowcount
        if not columns:
            smaller = {"custom": json_without(table.c.custom, name.partition(".")[0])}
            cleared = update(table).where(own(stream, source), table.c.custom.is_not(None)).values(smaller)
            found += connection.execute(cleared).rowcount
    return found


def _columns(stream: Stream, name: str) -> list[str]:
    """All that a field fills, and what follows from them: of an instant the day."""
    filled = [field.to for field in stream.fields if field.api_name == name]
    others = {field.to for field in stream.fields} - set(filled)
    pairs = [pair for at, on in moments(stream.table) for pair in ((at, on), (on, at))]
    return filled + [to for of, to in pairs if of in filled and to not in {*filled, *others}]


def _from_labels(connection: Connection, source: str, stream: Stream) -> int:
    """The names of records that plans show to people."""
    t, found = ops_push_item.c, 0
    for name in stream.personal:
        if "name" in _columns(stream, name):
            ours = (t.source == source, t.target == _TARGETS.get(stream.entity), _is_plain(stream, name, t.label))
            found += connection.execute(update(ops_push_item).where(*ours).values(label=None)).rowcount
    return found


def _is_plain(stream: Stream, name: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    return ~column.like(_HASH) if stream.personal[name] == "hash" else column.is_not(None)


def _from_history(connection: Connection, source: str, stream: Stream) -> int:
    t = hist_change.c
    names = [column for name in stream.personal for column in _columns(stream, name)]
    heads = {name.partition(".")[0] for name in stream.personal}  # as `custom` calls them, or called them once
    names += heads - set(stream.table.c.keys())
    ids = select(stream.table.c.source_id).where(own(stream, source))
    ours = (t.source == source, t.entity == stream.entity, t.field.in_(names), t.source_id.in_(ids))
    return connection.execute(delete(hist_change).where(*ours)).rowcount
