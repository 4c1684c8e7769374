"""Aggregates and GROUP BY (docs/vendor/zoho.md §3, "Language")."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.coql import problems
from sandbox.zoho.coql.literals import SUMMABLE
from sandbox.zoho.render import plain

if TYPE_CHECKING:
    from sandbox.zoho.coql.columns import Column, Columns
    from sandbox.zoho.coql.tree import Aggregate


@dataclass(frozen=True, slots=True)
class Computed:
    """An aggregate of a column; `value` makes it from those of a group that are not null."""

    what: Aggregate
    column: Column
    value: Callable[[list[Any]], Any]

    @property
    def key(self) -> str:
        return str(self.what)

    def of(self, records: Iterable[Any]) -> Any:
        read = self.column.read
        return self.value([value for record in records if (value := read(record)) is not None])

    def shown(self, value: Any) -> Any:
        """MIN and MAX are of the column's type, the others are numbers."""
        if value is None or self.what.function not in ("MIN", "MAX"):
            return value
        shows: dict[str, Callable[[Any], Any]] = {"datetime": times.show, "bigint": str}
        return shows.get(self.column.data_type, lambda same: same)(value)


def _total(values: list[Any]) -> Decimal:
    return sum((Decimal(str(value)) for value in values), Decimal())


def _sum(values: list[Any]) -> float | None:
    return plain(_total(values)) if values else None


def _average(values: list[Any]) -> float | None:
    return plain(float(_total(values) / len(values))) if values else None


def _least(values: list[Any]) -> Any:
    return min(values, default=None)


def _greatest(values: list[Any]) -> Any:
    return max(values, default=None)


# Their case matters.
FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "SUM": _sum,
    "AVG": _average,
    "MIN": _least,
    "MAX": _greatest,
}


def compute(what: Aggregate, columns: Columns, place: str) -> Computed:
    """An aggregate that its column's type allows.

    Raises:
        ZohoError: An unknown function, or a column that it does not take.
    """
    value = FUNCTIONS.get(what.function)
    if value is None:
        raise problems.unknown_function(str(what))
    column = columns.find(what.name, place)
    if not _takes(what.function, column):
        raise problems.unsupported_column(what.name)
    return Computed(what, column, value)


def _takes(function: str, column: Column) -> bool:
    if function == "COUNT":
        return column.family in ("number", "lookup") or column.data_type == "picklist"
    return column.family == "number" if function in ("MIN", "MAX") else column.data_type in SUMMABLE


def grouped(records: Iterable[Any], groups: tuple[Column, ...]) -> list[list[Any]]:
    """The records of each group, in the order in which the groups are met; without columns all are one."""
    if not groups:
        return [list(records)]
    reads = [group.read for group in groups]
    found: dict[tuple[Any, ...], list[Any]] = {}
    for record in records:
        found.setdefault(tuple(read(record) for read in reads), []).append(record)
    return list(found.values())
