"""What was kept in plain words before it was named as personal data: taken out, before all records are read again."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, select, update

from models.spec import Stream
from models.warehouse.functions import json_without
from models.warehouse.history import hist_change
from models.warehouse.kept import raw_page
from models.warehouse.ops import ops_dead_letter
from pipeline.sync.context import SyncContext
from pipeline.sync.presence import own

_HASH = "hmac:%"


def take_out(context: SyncContext, stream: Stream) -> None:
    """Of all the stream's rows, deleted ones included, of their history, of its dead letters and of its raw pages."""
    with context.warehouse.begin() as connection:
        _from_rows(connection, context.source, stream)
        _from_history(connection, context.source, stream)
        letters, pages = ops_dead_letter.c, raw_page.c
        connection.execute(delete(raw_page).where(pages.source == context.source, pages.stream == stream.name))
        connection.execute(
            delete(ops_dead_letter).where(letters.source == context.source, letters.stream == stream.name)
        )


def _from_rows(connection: Connection, source: str, stream: Stream) -> None:
    table, columns = stream.table, {field.api_name: field.to for field in stream.fields}
    for name in stream.personal:
        if name in columns:
            column = table.c[columns[name]]
            plain = _is_plain(stream, name, column)
            connection.execute(update(table).where(own(stream, source), plain).values({column: None}))
        else:
            smaller = {"custom": json_without(table.c.custom, name.partition(".")[0])}
            connection.execute(update(table).where(own(stream, source), table.c.custom.is_not(None)).values(smaller))


def _is_plain(stream: Stream, name: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    return ~column.like(_HASH) if stream.personal[name] == "hash" else column.is_not(None)


def _from_history(connection: Connection, source: str, stream: Stream) -> None:
    t, columns = hist_change.c, {field.api_name: field.to for field in stream.fields}
    names = [columns.get(name, name.partition(".")[0]) for name in stream.personal]
    ids = select(stream.table.c.source_id).where(own(stream, source))
    connection.execute(
        delete(hist_change).where(
            t.source == source, t.entity == stream.entity, t.field.in_(names), t.source_id.in_(ids)
        )
    )
