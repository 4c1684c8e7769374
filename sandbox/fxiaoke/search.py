"""Finds the ids that a query asks for, by the cheapest of the table's orders."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.filters import STORED, Condition, predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.fxiaoke.store import Row, Table

Order = tuple[str, bool]  # field, ascending
BY_ID: tuple[Order, ...] = (("_id", True),)


@dataclass(frozen=True, slots=True)
class Search:
    """A query that was understood; `owner` limits it to one person's rows."""

    conditions: tuple[Condition, ...]
    orders: tuple[Order, ...] = ()
    owner: str | None = None


def page(table: Table, search: Search, offset: int, limit: int) -> tuple[list[str], int]:
    """Ids of one page, and how many rows match in all.

    Bounds on `_id` in a scan by `_id` (the keyset of §4.2) are cut out of the remembered result for the other
    conditions, so that each further page costs two bisections.
    """
    low, high = 0, None
    if search.orders == BY_ID:
        bounds = [item for item in search.conditions if item.field == "_id" and item.operator in _BOUNDS]
        rest = tuple(item for item in search.conditions if item not in bounds)
        search = Search(rest, search.orders, search.owner)
        found = _find(table, search)
        low, high = _cut(found, bounds)
    else:
        found = _find(table, search)
    total = max(0, (len(found) if high is None else high) - low)
    start = low + offset
    return found[start : min(start + limit, low + total)], total


_BOUNDS: dict[str, tuple[str, Callable[[list[str], str], int]]] = {
    "GT": ("low", bisect_right),
    "GTE": ("low", bisect_left),
    "LT": ("high", bisect_left),
    "LTE": ("high", bisect_right),
}


def _cut(ids: list[str], bounds: list[Condition]) -> tuple[int, int]:
    low, high = 0, len(ids)
    for bound in bounds:
        side, bisect = _BOUNDS[bound.operator]
        place = bisect(ids, bound.operands[0])
        if side == "low":
            low = max(low, place)
        else:
            high = min(high, place)
    return low, high


def _find(table: Table, search: Search) -> list[str]:
    if not search.conditions and search.orders == BY_ID and search.owner is None:
        return table.ids()
    return table.remembered(search, lambda: _run(table, search))


def _run(table: Table, search: Search) -> list[str]:
    candidates, left = _candidates(table, search.conditions)
    tests = [(table.reader(item.field), predicate(item, table.spec.fields[item.field].kind)) for item in left]
    if search.owner is not None:
        owner = search.owner
        tests.append((table.reader("owner"), lambda value: value == owner))
    ids = _matching(table, candidates, tests) if tests else list(candidates)
    return _ordered(table, ids, search.orders)


def _candidates(table: Table, conditions: tuple[Condition, ...]) -> tuple[Iterable[str], list[Condition]]:
    """The smallest set of ids at hand, and the conditions that it does not already answer."""
    for item in conditions:
        if item.field == "_id" and item.operator in ("IN", "EQ"):
            known = dict.fromkeys(record_id for record_id in item.operands if table.get(record_id) is not None)
            return known, [other for other in conditions if other is not item]
    timed = [
        item
        for item in conditions
        if item.field == "last_modified_time" and item.operator in _WINDOWS and not item.open_ended
    ]
    low, high = 0, len(table)
    for item in timed:
        start, end = table.window(*_WINDOWS[item.operator](item.operands))
        low, high = max(low, start), min(high, end)
    left = [item for item in conditions if item not in timed]
    if timed and high - low < len(table):
        return table.ids_by_time(low, max(low, high)), left
    return table.ids(), left


# Whole milliseconds: an open end is the next or the last one.
_WINDOWS: dict[str, Callable[[tuple[Any, ...]], tuple[int | None, int | None]]] = {
    "GTE": lambda given: (given[0], None),
    "GT": lambda given: (given[0] + 1, None),
    "LTE": lambda given: (None, given[0]),
    "LT": lambda given: (None, given[0] - 1),
    "BETWEEN": lambda given: (given[0], given[1]),
    "EQ": lambda given: (given[0], given[0]),
}


def _matching(
    table: Table, ids: Iterable[str], tests: list[tuple[Callable[[Row], Any], Callable[[Any], bool]]]
) -> list[str]:
    found = []
    for record_id in ids:
        row = table.get(record_id)
        if row is not None and all(test(read(row)) for read, test in tests):
            found.append(record_id)
    return found


def _ordered(table: Table, ids: list[str], orders: tuple[Order, ...]) -> list[str]:
    if orders == BY_ID:
        return sorted(ids)
    # Without a valid order the newest change comes first, so that pages move while records change (§10.4).
    for name, ascending in reversed(orders or (("last_modified_time", False),)):
        read, convert = table.reader(name), STORED.get(table.spec.fields[name].kind)
        ids = sorted(ids, key=_sort_key(table, read, convert), reverse=not ascending)
    return ids


def _sort_key(
    table: Table, read: Callable[[Row], Any], convert: Callable[[Any], Any] | None
) -> Callable[[str], tuple[bool, Any]]:
    def key(record_id: str) -> tuple[bool, Any]:
        row = table.get(record_id)
        value = None if row is None else read(row)
        if value is None or value in ("", ()):
            return (False, 0)
        return (True, convert(value) if convert else value)

    return key
