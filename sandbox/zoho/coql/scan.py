"""Which records a query looks at, and in which order: by the module's own orders where WHERE or ORDER BY allow it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sandbox.zoho.coql.sources import Records
from sandbox.zoho.coql.spans import Span, span
from sandbox.zoho.fields import ID, MODIFIED

if TYPE_CHECKING:
    from sandbox.zoho.coql.check import Order, Query
    from sandbox.zoho.store import Row, Table

_BY_ID, _BY_TIME = "id", "Modified_Time"
# Up to this many records of a span of time are rather sorted by id than found among all.
_FEW = 5_000


def candidates(query: Query) -> tuple[Iterable[Any], bool]:
    """Records among which all matching ones are, and whether they come in the query's order; else they come by id."""
    if not isinstance(query.source, Records):
        return query.source.records(), not query.orders
    table, (natural, back) = query.source.table, _natural(query.orders)
    ids, times = span(query.where, _BY_ID), span(query.where, _BY_TIME)
    by_id = natural == _BY_ID and not back
    if ids.points is not None:
        return [row for record_id in sorted(ids.points) if (row := table.get(record_id))], by_id
    if natural == _BY_TIME:
        return _by_time(table, times, back=back), True
    if _is_narrow(table, times):
        return sorted(_by_time(table, times, back=False), key=itemgetter(ID)), by_id
    return _by_id(table, ids, back=back), natural == _BY_ID


def _natural(orders: tuple[Order, ...]) -> tuple[str | None, bool]:
    """The module's order that the query's is, and whether it goes backwards."""
    keys = [(order.by.key, order.descending) for order in orders] or [(_BY_ID, False)]
    first, back = keys[0]
    if first == _BY_ID:
        return _BY_ID, back
    # Without another key records of one second come by id, ascending.
    if first == _BY_TIME and (keys[1:] or [(_BY_ID, False)])[0] == (_BY_ID, back):
        return _BY_TIME, back
    return None, False


def _is_narrow(table: Table, times: Span) -> bool:
    if times.low is None:
        return False
    later = 0 if times.high is None else table.by_modified.count_from(times.high + 1)
    return table.by_modified.count_from(times.low) - later <= _FEW


def _by_time(table: Table, times: Span, *, back: bool) -> Iterator[Row]:
    """Between the bounds; the way starts beside the first record, whose id is above 0."""
    low, high = times.low, times.high
    edge = (high if high is None else (high + 1, 0)) if back else (low if low is None else (low, 0))
    return _until(table.by_modified.walk(table.rows, edge, back=back), MODIFIED, low if back else high, back=back)


def _by_id(table: Table, ids: Span, *, back: bool) -> Iterator[Row]:
    low, high = ids.low, ids.high
    edge = (high if high is None else (0, high + 1)) if back else (low if low is None else (0, low - 1))
    return _until(table.by_id.walk(table.rows, edge, back=back), ID, low if back else high, back=back)


def _until(rows: Iterator[Row], place: int, bound: int | None, *, back: bool) -> Iterator[Row]:
    if bound is None:
        return rows
    return takewhile((lambda row: row[place] >= bound) if back else (lambda row: row[place] <= bound), rows)
