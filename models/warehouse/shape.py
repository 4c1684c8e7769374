"""Whether the tables are as the migrations made them: people can alter a warehouse by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Column, Connection, Dialect, Table, text

from models.warehouse import history, kept, marts, ops  # noqa: F401 - they define tables
from models.warehouse.core import metadata

_COLUMNS = {
    "sqlite": """
SELECT t.name, c.name, c.type, c."notnull" AND c.dflt_value IS NULL
FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table'
""",
    "postgresql": """
SELECT t.relname, c.attname, format_type(c.atttypid, c.atttypmod),
       c.attnotnull AND NOT c.atthasdef AND c.attidentity = ''
FROM pg_attribute AS c JOIN pg_class AS t ON t.oid = c.attrelid JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND c.attnum > 0 AND NOT c.attisdropped
""",
}
"""Table, column, type, and whether a new row has to give a value."""

_There = tuple[str, bool]
"""Type of a column, and whether a new row has to give a value."""


def altered(connection: Connection) -> list[str]:
    """What is not as it was made and does harm, a phrase each.

    A column more does none if rows can do without it. A type that differs may: SQLite would turn the text 007 into 7.
    """
    tables: dict[str, dict[str, _There]] = defaultdict(dict)
    for table, column, kind, needed in connection.execute(text(_COLUMNS[connection.dialect.name])):
        tables[table][column] = kind.lower(), bool(needed)
    return [
        phrase
        for table in metadata.tables.values()
        for phrase in _of_table(table, tables[table.name], connection.dialect)
    ]


def _of_table(table: Table, there: dict[str, _There], dialect: Dialect) -> Iterator[str]:
    if not there:
        yield f"table {table.name} is gone"
        return
    for column in table.columns:
        if column.name not in there:
            yield f"{table.name} has no column {column.name}"
            continue
        kind, needed = there[column.name]
        wanted = _kind(column, dialect)
        if kind != wanted:
            yield f"{table.name}.{column.name} is {kind} instead of {wanted}"
        elif needed and column.nullable:
            yield f"{table.name}.{column.name} may not be empty any more"
    for name in there.keys() - {column.name for column in table.columns}:
        if there[name][1]:
            yield f"{table.name} has a column {name} that may not be empty"


def _kind(column: Column[object], dialect: Dialect) -> str:
    """A declared type as the database's catalogue words it."""
    kind = column.type.compile(dialect).lower()
    if dialect.name == "sqlite":
        return kind
    return kind.partition(" collate ")[0].replace("varchar", "character varying").replace(", ", ",")
