"""Get Records, and one record by id (docs/vendor/zoho.md §2)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.zoho import paging, query, times
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.fields import ID, MODIFIED
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.zoho.query import Query
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Order, Row, Table

# Up to this many candidates are sorted for a page; beyond, walking the order finds a page sooner.
_FEW = 1_000


class Records:
    """The reading calls of a module."""

    def __init__(self, state: State) -> None:
        self._state = state

    def one(self, call: Call) -> Reply:
        """`GET /{Module}/{id}`: a converted lead as well, a deleted record not."""
        table = self._state.table(call)
        plan = self._state.renderer.plan(table.module, query.fields_of(call), single=True)
        row = table.get(int(call.args["id"]))
        if row is None:
            return Reply(204)
        since = query.since(call, self._state.switches)
        if since is not None and row[MODIFIED] < since:
            return Reply(304)
        return Reply(200, {"data": [plan.show(row)]})

    def many(self, call: Call) -> Reply:
        """`GET /{Module}`; all notes are for administrators only."""
        table = self._state.table(call)
        if table.module.api_name == "Notes" and not self._state.directory.users[call.user].admin:
            raise ZohoError("NOT_SUPPORTED", {"resource_path_index": 0}, status=403)
        return self.page(table, query.parse(call, table.module, self._state.switches))

    def page(self, table: Table, asked: Query) -> Reply:
        """One page of what was asked."""
        now = self._state.now()
        place = paging.read(asked.token, asked.binding, now) if asked.token else None
        page = place.page if place else asked.page
        if (page - 1) * asked.per_page >= query.MOST_BY_TOKEN:
            raise ZohoError("PAGINATION_LIMIT_EXCEEDED", {"param_name": "page_token"})
        if not self._state.switches.page_token_keeps_place:
            place = None
        back = place is not None and place.back
        skip = 0 if place else (page - 1) * asked.per_page
        matching = _matching(table, asked, place.at if place else None, back=back)
        rows = list(islice(matching, skip, skip + asked.per_page + 1))
        more = back or len(rows) > asked.per_page
        rows = rows[: asked.per_page][:: -1 if back else 1]
        if not rows:
            return Reply(304 if asked.since is not None else 204)
        plan = self._state.renderer.plan(table.module, asked.fields)
        info = _info(asked, page, [_order(table, asked).position(rows[place]) for place in (0, -1)], now, more=more)
        return Reply(200, {"data": plan.page(rows), "info": info | {"count": len(rows)}})


def _order(table: Table, asked: Query) -> Order:
    """The order of ids is that of Created_Time, too."""
    return table.by_modified if asked.sort_by == "Modified_Time" else table.by_id


def _matching(table: Table, asked: Query, at: tuple[int, int] | None, *, back: bool) -> Iterator[Row]:
    order, backwards = _order(table, asked), (asked.sort_order == "desc") != back
    return _filtered(table, asked, _candidates(table, order, asked, at, backwards=backwards))


def _candidates(
    table: Table, order: Order, asked: Query, at: tuple[int, int] | None, *, backwards: bool
) -> Iterable[Row]:
    """Records in the asked order from the page's start, by the way that looks at the fewest."""
    since = asked.since
    if asked.ids is not None:
        chosen = [row for record_id in dict.fromkeys(asked.ids) if (row := table.get(record_id))]
        return _sorted_from(chosen, order, at, backwards=backwards)
    if since is None:
        return order.walk(table.rows, at, back=backwards)
    if order is table.by_modified:
        return _recent(order, table, since, at, backwards=backwards)
    if table.by_modified.count_from(since) <= _FEW:
        recent = list(table.by_modified.walk(table.rows, (since, 0), back=False))
        return _sorted_from(recent, order, at, backwards=backwards)
    return order.walk(table.rows, at, back=backwards)


def _recent(order: Order, table: Table, since: int, at: tuple[int, int] | None, *, backwards: bool) -> Iterator[Row]:
    """In the order of Modified_Time nothing before `since` needs a look."""
    if not backwards:
        yield from order.walk(table.rows, max(at, (since, 0)) if at else (since, 0), back=False)
        return
    for row in order.walk(table.rows, at, back=True):
        if row[MODIFIED] < since:
            return
        yield row


def _sorted_from(rows: list[Row], order: Order, at: tuple[int, int] | None, *, backwards: bool) -> list[Row]:
    rows.sort(key=order.position, reverse=backwards)
    if at is None:
        return rows
    return [row for row in rows if (order.position(row) < at if backwards else order.position(row) > at)]


def _filtered(table: Table, asked: Query, rows: Iterable[Row]) -> Iterator[Row]:
    since = asked.since
    found = rows if since is None else (row for row in rows if row[MODIFIED] >= since)
    return shown(table, found, converted=asked.converted, approved=asked.approved)


def shown(table: Table, rows: Iterable[Row], *, converted: str, approved: str) -> Iterator[Row]:
    """Those records that a list shows with these two parameters."""
    found, place = rows, table.module.position.get("Converted__s")
    if place is not None and converted != "both":
        wanted = converted == "true"
        found = (row for row in found if row[place] is wanted)
    waiting, held = approved == "false", table.held["$approved"]
    if approved != "both" and (held or waiting):
        found = (row for row in found if (row[ID] in held) is waiting)
    return iter(found)


def _info(asked: Query, page: int, ends: list[tuple[int, int]], now: int, *, more: bool) -> dict[str, Any]:
    first, last = ends
    token = paging.make(asked.binding, page + 1, last, now) if more else None
    previous = paging.make(asked.binding, page - 1, first, now, back=True) if more and page > 1 else None
    return {
        "call": False,
        "per_page": asked.per_page,
        "next_page_token": token,
        "count": 0,
        "sort_by": asked.sort_by,
        "page": page,
        "previous_page_token": previous,
        "page_token_expiry": times.show(now + times.DAY_S) if more else None,
        "sort_order": asked.sort_order,
        "email": False,
        "more_records": more,
    }
