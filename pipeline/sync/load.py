"""Put rows into a core table: upsert by key, write nothing where the hash is equal. Knows the SQL dialects.

Bulk ways are used, since millions of rows pass here: many rows in one INSERT on SQLite, binary COPY on PostgreSQL, by way of
a temporary table where rows are there already. `bench/README.md` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    null,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from models.records import Row
from models.warehouse.core import rows_of
from models.warehouse.functions import one_of
from models.warehouse.types import Exact, Instant

_SQLITE_PARAMETERS = 32_766
"""Of one statement, SQLite's default."""

_STAMPS = ("source", "first_seen_at", "synced_at", "run_id")
_NEVER_UPDATED = {"source", "source_id", "first_seen_at"}
_BACK = {"deleted_at": null(), "deleted_reason": null()}
"""A record that the CRM shows is not gone."""


@dataclass(slots=True)
class Loaded:
    """What a batch did.

    Attributes:
        changed: Pairs by column: the row that was there, and the one that replaces it.
        written: Ids of all rows that are new or changed.
    """

    new: int = 0
    unchanged: int = 0
    written: Sequence[str] = ()
    changed: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)


class Loader:
    """Loads the rows of one stream.

    Args:
        table: Of the warehouse's core.
        source: Connection name.
        columns: What a row holds; the first two are `source_id` and `row_hash`, the last is `custom`, as JSON text.
        left_alone: Columns of them that a row that is there keeps as they are.
        revives: What is loaded exists in the CRM, even if it was marked as gone.
        rewrites: A row of equal hash is written as well, since somebody may have altered it here; it counts as unchanged.
    """

    def __init__(
        self,
        table: Table,
        source: str,
        columns: Sequence[str],
        *,
        left_alone: frozenset[str] = frozenset(),
        revives: bool = True,
        rewrites: bool = False,
    ) -> None:
        self._table, self._source, self._columns = table, source, tuple(columns)
        self.left_alone, self._revives, self._rewrites = left_alone, revives, rewrites
        self._names = (*self._columns, *_STAMPS)
        self._upserts: dict[int, str] = {}

    def load(self, connection: Connection, rows: Sequence[Row], *, run_id: str, now: datetime) -> Loaded:
        """Insert or update a batch, in the caller's transaction, which holds no other batch."""
        latest = {row[0]: row for row in rows}
        if not latest:
            return Loaded()
        known = self._known(connection, list(latest))
        unchanged = {key for key, kept in known.items() if kept == (latest[key][1], None)}
        result = Loaded(new=len(latest) - len(known), unchanged=len(unchanged))
        if not self._rewrites:
            for key in unchanged:
                del latest[key]
        if not latest:
            return result
        result.written = list(latest)
        old = self._rows(connection, [key for key in latest if key in known and key not in unchanged])
        result.changed = [(row, self._by_column(latest[row["source_id"]])) for row in old]
        values = {"source": self._source, "first_seen_at": now, "synced_at": now, "run_id": run_id}
        stamps = [values[name] for name in _STAMPS]
        self._write(connection, [row for key, row in latest.items() if key not in known], stamps, are_new=True)
        self._write(connection, [row for key, row in latest.items() if key in known], stamps, are_new=False)
        return result

    def _by_column(self, row: Row) -> dict[str, Any]:
        values = dict(zip(self._columns, row, strict=True))
        for name in self.left_alone:
            del values[name]
        return values | {"custom": orjson.loads(values["custom"]) if values["custom"] else None}

    def _known(self, connection: Connection, ids: list[str]) -> dict[str, tuple[str, datetime | None]]:
        """Those that are there: id → hash, and when it was marked as gone."""
        t = self._table
        query = select(t.c.source_id, t.c.row_hash, t.c.deleted_at).where(t.c.source == self._source)
        found = connection.execute(query.where(one_of(t.c.source_id, ids)))
        return {key: (row_hash, deleted_at) for key, row_hash, deleted_at in found}

    def _rows(self, connection: Connection, ids: list[str]) -> Sequence[Mapping[str, Any]]:
        if not ids:
            return []
        t = self._table
        query = rows_of(t).where(t.c.source == self._source, one_of(t.c.source_id, ids))
        return [dict(row) for row in connection.execute(query).mappings()]

    def _write(self, connection: Connection, rows: list[Row], stamps: list[Any], *, are_new: bool) -> None:
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            converted = self._for_sqlite(rows, stamps)
            for some in _pieces(converted, _SQLITE_PARAMETERS // len(self._names)):
                connection.exec_driver_sql(self._sqlite_upsert(len(some)), tuple(chain.from_iterable(some)))
        elif are_new:
            self._copy(connection, self._table, rows, stamps)
        else:
            connection.execute(CreateTable(self._incoming, if_not_exists=True))
            self._copy(connection, self._incoming, rows, stamps)
            taken = [self._incoming.c[name] for name in self._names]
            statement = postgresql.insert(self._table).from_select(list(self._names), select(*taken))
            connection.execute(self._on_conflict(statement))

    # --- SQLite

    @cached_property
    def _sqlite_row(self) -> tuple[str, str, list[int]]:
        """The upsert of one row, its place for the values, and their order in it."""
        statement = sqlite.insert(self._table).values({name: bindparam(name) for name in self._names})
        compiled = self._on_conflict(statement).compile(dialect=sqlite.dialect())
        place = f"({', '.join('?' * len(self._names))})"
        return str(compiled), place, [self._names.index(name) for name in compiled.positiontup or ()]

    def _sqlite_upsert(self, count: int) -> str:
        """Of so many rows in one statement.

        The driver takes the interpreter's lock once for each: behind a thread that decodes pages that may last 5 ms.
        """
        if count not in self._upserts:
            one, place, _ = self._sqlite_row
            self._upserts[count] = one.replace(place, ", ".join([place] * count), 1)
        return self._upserts[count]

    def _for_sqlite(self, rows: list[Row], stamps: list[Any]) -> list[tuple[Any, ...]]:
        """Values as SQLAlchemy would store them, in the statement's order."""
        columns: list[list[Any]] = [*map(list, zip(*rows, strict=True)), *([stamp] for stamp in stamps)]
        for index, name in enumerate(self._names):
            convert = _SQLITE.get(type(self._table.c[name].type))
            if convert:
                columns[index] = [None if value is None else convert(value) for value in columns[index]]
        columns[-len(stamps) :] = [column * len(rows) for column in columns[-len(stamps) :]]
        return list(zip(*(columns[index] for index in self._sqlite_row[2]), strict=True))

    # --- PostgreSQL

    @cached_property
    def _incoming(self) -> Table:
        """A temporary table that takes one batch of any source as it is, until the commit."""
        columns = [Column(name, column.type) for name, column in self._table.columns.items()]
        name = f"incoming_{self._table.name}"
        return Table(name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DELETE ROWS")

    def _copy(self, connection: Connection, table: Table, rows: list[Row], stamps: list[Any]) -> None:
        """Add the rows to a table that has none of them."""
        from psycopg.types.json import Jsonb  # noqa: PLC0415 - half a second that SQLite needs not wait for

        quote = connection.dialect.identifier_preparer
        columns = [table.c[name] for name in self._names]
        names = ", ".join(map(quote.format_column, columns))
        command = f"COPY {quote.format_table(table)} ({names}) FROM STDIN (FORMAT BINARY)"
        driver: Any = connection.connection.driver_connection
        base: Any = connection.dialect.loaded_dbapi.Error
        try:
            with driver.cursor() as cursor, cursor.copy(command) as copy:
                copy.set_types([_POSTGRESQL[type(column.type)] for column in columns])
                for *values, custom in rows:
                    copy.write_row((*values, custom and Jsonb(custom, str), *stamps))
        except base as error:  # nobody above knows the driver's
            raise DBAPIError.instance(command, None, error, base, hide_parameters=True) from error

    def _on_conflict(self, statement: Any) -> Any:
        table = self._table
        never = _NEVER_UPDATED | self.left_alone
        updates = {name: statement.excluded[name] for name in self._names if name not in never}
        changed = table.c.row_hash != statement.excluded.row_hash
        if self._revives:
            updates |= _BACK
            changed = or_(changed, table.c.deleted_at.is_not(None))
        where = None if self._rewrites else changed
        return statement.on_conflict_do_update(index_elements=["source", "source_id"], set_=updates, where=where)


def _pieces(rows: Sequence[Row], most: int) -> Iterator[Sequence[Row]]:
    """Of a few lengths only, powers of two, so that SQLite finds the statement for each among those it has compiled."""
    size, start = 1 << (most.bit_length() - 1), 0
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


def _sqlite_instant(value: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS.ffffff` (models.warehouse.types.Instant)."""
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ", "microseconds")[:26]


_SQLITE: dict[type, Callable[[Any], Any]] = {Instant: _sqlite_instant, Date: date.isoformat, Exact: float}
_POSTGRESQL: dict[type, str] = {
    String: "text",
    Text: "text",
    Instant: "timestamptz",
    Date: "date",
    Exact: "numeric",
    Integer: "int4",
    Boolean: "bool",
    JSON: "jsonb",
}
