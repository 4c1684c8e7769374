"""Tree → checked query: everything that is named exists and no limit is passed (docs/vendor/zoho.md §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sandbox.zoho.coql import criteria, people, problems
from sandbox.zoho.coql.columns import Column, Columns
from sandbox.zoho.coql.groups import Computed, compute
from sandbox.zoho.coql.tree import Aggregate, Item, Statement, What

if TYPE_CHECKING:
    from sandbox.zoho.coql.criteria import Checked
    from sandbox.zoho.coql.sources import Source
    from sandbox.zoho.state import State

DEFAULT_LIMIT, MOST_ROWS, REACH = 200, 2_000, 100_000
MOST_ORDERS, MOST_GROUPS, MOST_AGGREGATES = 10, 4, 5

_NUMBER = re.compile("-?[0-9]{1,15}")
Part: TypeAlias = Column | Computed


@dataclass(frozen=True, slots=True)
class Order:
    by: Part
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A query that can be run.

    Attributes:
        selected: What the answer shows, by key.
        groups: None if records are not grouped; no columns if all are one group.
        touched: The modules that it reads.
    """

    source: Source
    identity: Column
    selected: dict[str, Part]
    where: Checked
    groups: tuple[Column, ...] | None
    orders: tuple[Order, ...]
    limit: int
    offset: int
    touched: frozenset[str]


def check(state: State, statement: Statement) -> Query:
    """The query that a statement means.

    Raises:
        ZohoError: As §3's table says.
    """
    source = people.source(state, statement.module)
    if source is None:
        raise problems.unknown_module()
    table = state.tables.get(source.name)
    if statement.cvid is not None and (table is None or statement.cvid != table.module.view_id):
        raise problems.unknown_view(statement.cvid)
    columns = Columns(state, source)
    selected = _selected(statement.items, columns, state.switches.coql_most_columns)
    where = criteria.check(statement.where, columns)
    groups = _groups(statement, selected, columns)
    orders = _orders(statement, selected, groups, columns)
    limit, offset = _page(statement)
    identity = columns.find("id", "select")
    return Query(source, identity, selected, where, groups, orders, limit, offset, frozenset(columns.touched))


def _selected(items: tuple[Item, ...], columns: Columns, most: int) -> dict[str, Part]:
    if len(items) > most:
        raise problems.too_many(most, "too many columns in the select clause")
    _require_single(items)
    _require_aliases(items)
    return {item.key: _part(item.what, columns, "select") for item in items}


def _require_single(items: tuple[Item, ...]) -> None:
    seen: set[What] = set()
    for item in items:
        if item.what in seen:
            if isinstance(item.what, Aggregate):
                raise problems.aggregate_twice(item.what.name, item.what.function)
            raise problems.twice(item.what, "duplicate select column")
        seen.add(item.what)
    if sum(isinstance(item.what, Aggregate) for item in items) > MOST_AGGREGATES:
        raise problems.too_many(MOST_AGGREGATES, "too many aggregate functions")


def _require_aliases(items: tuple[Item, ...]) -> None:
    """Each alias is of one column, and no other column's name."""
    bare = {str(item.what) for item in items if item.alias is None}
    meant: dict[str, list[str]] = {}
    for item in items:
        if item.alias is not None:
            meant.setdefault(item.alias, []).append(str(item.what))
            if item.alias in bare:
                raise problems.alias_is_column(str(item.what), item.alias)
    for alias, whats in meant.items():
        if len(whats) > 1:
            raise problems.alias_twice(alias, whats)


def _part(what: What, columns: Columns, place: str) -> Part:
    if isinstance(what, Aggregate):
        return compute(what, columns, place)
    return columns.find(what, place)


def _comparable(path: str, columns: Columns) -> Column:
    column = columns.find(path, "criteria")
    if column.family is None:
        raise problems.unsupported_column(path)
    return column


def _groups(statement: Statement, selected: dict[str, Part], columns: Columns) -> tuple[Column, ...] | None:
    """Beside aggregates and groups there is only what is grouped by."""
    if not statement.group and not any(isinstance(part, Computed) for part in selected.values()):
        return None
    if len(statement.group) > MOST_GROUPS:
        raise problems.too_many(MOST_GROUPS, "too many columns in the group by clause")
    for index, path in enumerate(statement.group):
        if path in statement.group[:index]:
            raise problems.twice(path, "duplicate group by column")
    groups = tuple(_comparable(path, columns) for path in statement.group)
    if any(isinstance(part, Column) and part.path not in statement.group for part in selected.values()):
        raise problems.ungrouped()
    return groups


def _orders(
    statement: Statement, selected: dict[str, Part], groups: tuple[Column, ...] | None, columns: Columns
) -> tuple[Order, ...]:
    if len(statement.order) > MOST_ORDERS:
        raise problems.too_many(MOST_ORDERS, "too many columns in the order by clause")
    orders: list[Order] = []
    for order in statement.order:
        # An alias may stand for its column.
        part = selected.get(order.what) if isinstance(order.what, str) else None
        if part is None:
            part = _part(order.what, columns, "criteria")
        if isinstance(part, Column) and part.family is None:
            raise problems.unsupported_column(part.path)
        if groups is not None and isinstance(part, Column) and part.path not in {group.path for group in groups}:
            raise problems.ungrouped()
        if groups is None and isinstance(part, Computed):
            raise problems.ungrouped()
        if any(part.key == other.by.key for other in orders):
            raise problems.twice(str(order.what), "duplicate order by column")
        orders.append(Order(part, order.descending))
    return tuple(orders)


def _page(statement: Statement) -> tuple[int, int]:
    limit = DEFAULT_LIMIT if statement.limit is None else _number("limit", statement.limit)
    offset = 0 if statement.offset is None else _number("offset", statement.offset)
    if limit <= 0:
        raise problems.limit_too_small()
    if offset < 0:
        raise problems.wrong_number("offset", str(offset))
    if limit > MOST_ROWS:
        raise problems.too_many(MOST_ROWS, "limit exceeded")
    if offset + limit > REACH:
        raise problems.too_many(REACH, "max records limit exceeded")
    return limit, offset


def _number(clause: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise problems.wrong_number(clause, text)
    return int(text)
