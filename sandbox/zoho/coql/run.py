"""Checked query → rows."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.zoho.coql.check import Order, Part, Query
from sandbox.zoho.coql.columns import Column
from sandbox.zoho.coql.criteria import Checked, Comparison
from sandbox.zoho.coql.groups import Computed, grouped
from sandbox.zoho.coql.match import Match, matcher
from sandbox.zoho.coql.scan import candidates
from sandbox.zoho.coql.sources import then

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.zoho.coql.sources import Get
    from sandbox.zoho.switches import Switches


def run(query: Query, switches: Switches) -> tuple[list[dict[str, Any]], bool]:
    """The page's rows, and whether there are more."""
    match = matcher(query.where, switches)
    if not switches.coql_converted:
        match = _unconverted(query, match)
    found, ordered = candidates(query)
    matching: Iterable[Any] = filter(match, found)
    end = query.offset + query.limit
    if query.groups is not None:
        rows = _of_groups(query, matching, ignores_case=switches.coql_ignores_case)
        return rows[query.offset : end], len(rows) > end
    if not ordered:
        matching = _sorted(list(matching), query.orders, ignores_case=switches.coql_ignores_case)
    page = list(islice(matching, query.offset, end + 1))
    show = _shower(query)
    return [show(record) for record in page[: query.limit]], len(page) > query.limit


def _unconverted(query: Query, match: Match) -> Match:
    """Converted leads are left out, unless a condition is about conversion."""
    converted = query.source.attribute("Converted__s")
    if converted is None or _mentions(query.where, "Converted__s"):
        return match
    read = converted.read
    return lambda record: not read(record) and match(record)


def _mentions(checked: Checked, field: str) -> bool:
    if isinstance(checked, Comparison):
        return checked.column.is_own(field)
    return _mentions(checked.left, field) or _mentions(checked.right, field)


def _of_groups(query: Query, records: Iterable[Any], *, ignores_case: bool) -> list[dict[str, Any]]:
    groups = grouped(records, query.groups or ())
    for order in reversed(query.orders):
        groups.sort(key=_key(_of_group(order.by, ignores_case=ignores_case)), reverse=order.descending)
    return [{key: _group_value(part, group) for key, part in query.selected.items()} for group in groups]


def _of_group(part: Part, *, ignores_case: bool) -> Get:
    if isinstance(part, Computed):
        return part.of
    read = _reader(part, ignores_case=ignores_case)
    return lambda group: read(group[0])


def _group_value(part: Part, group: list[Any]) -> Any:
    return part.shown(part.of(group)) if isinstance(part, Computed) else part.show(group[0])


def _sorted(records: list[Any], orders: tuple[Order, ...], *, ignores_case: bool) -> list[Any]:
    """Candidates come by id, and sorting keeps that among equals."""
    for order in reversed(orders):
        if isinstance(order.by, Column):
            read = _reader(order.by, ignores_case=ignores_case)
            records.sort(key=_key(read), reverse=order.descending)
    return records


def _reader(column: Column, *, ignores_case: bool) -> Get:
    return then(column.read, str.casefold) if ignores_case and column.family == "text" else column.read


def _key(read: Get) -> Callable[[Any], tuple[bool, Any]]:
    """Nulls first."""

    def key(record: Any) -> tuple[bool, Any]:
        value = read(record)
        return value is not None, value

    return key


def _shower(query: Query) -> Callable[[Any], dict[str, Any]]:
    """Shows a record; the id comes in any case."""
    shows = [(key, part.show) for key, part in query.selected.items() if isinstance(part, Column)]
    if "id" not in query.selected:
        shows.append(("id", query.identity.show))
    return lambda record: {key: show(record) for key, show in shows}
