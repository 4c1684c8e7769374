"""Replacing a mart as a whole, and telling how much of it is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Column, Connection, MetaData, Table, delete, except_, func, insert, select

from pipeline.compute.context import Outcome

_STAMPS = frozenset({"as_of", "run_id"})


@contextmanager
def staging(connection: Connection, table: Table) -> Iterator[Table]:
    """An empty temporary table with the columns and the key of `table`, gone afterwards."""
    columns = [Column(column.name, column.type, primary_key=column.primary_key) for column in table.columns]
    staged = Table(f"staging_{table.name}", MetaData(), *columns, prefixes=["TEMPORARY"])
    staged.create(connection, checkfirst=False)
    yield staged
    staged.drop(connection, checkfirst=False)  # after an error the rollback does it


def replace(connection: Connection, table: Table, fill: Callable[[Table], object]) -> Outcome:
    """Put what `fill` inserts into the table it is given in the place of all rows of `table`.

    A table that does not say as of when it holds is left alone if nothing would differ.
    """
    with staging(connection, table) as staged:
        fill(staged)
        changed = _differing(connection, staged, table)
        if changed or "as_of" in table.columns:
            connection.execute(delete(table))
            connection.execute(insert(table).from_select(table.columns.keys(), select(staged)))
        return Outcome(rows=count(connection, staged), changed=changed)


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _differing(connection: Connection, new: Table, old: Table) -> int:
    """Rows of `new` that `old` has not, and keys of `old` that `new` has not. EXCEPT takes NULLs as equal."""
    content = [name for name in old.columns.keys() if name not in _STAMPS]  # noqa: SIM118 - a collection of columns
    key = old.primary_key.columns.keys()
    fresh = except_(select(*(new.c[name] for name in content)), select(*(old.c[name] for name in content)))
    gone = except_(select(*(old.c[name] for name in key)), select(*(new.c[name] for name in key)))
    return sum(
        connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one() for rows in (fresh, gone)
    )
