"""`data/query` and `data/get` (docs/vendor/fxiaoke.md §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.filters import Condition, read_condition
from sandbox.fxiaoke.search import Order, Search, page

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET = 20, 100, 10_000


def query(state: State, caller: Caller, body: dict[str, Any], table: Table) -> dict[str, Any]:
    """The content of an answer to `data/query`."""
    data = body["data"]
    info = data.get("search_query_info")
    if not isinstance(info, dict):
        raise FxiaokeError(32000, "search_query_info is missing or illegal")
    limit, offset = _limit(state, info), _offset(info)
    projection = _names(info.get("fieldProjection"))
    table = readable(state, table)
    search = Search(_conditions(state, info, table), _orders(info, table), _owner(caller, table))
    ids, total = page(table, search, offset, limit)
    rows = [row for record_id in ids if (row := table.get(record_id)) is not None]
    records = state.renderer.records(table, rows, caller.style, projection)
    counted = data.get("find_explicit_total_num", True) is not False
    return {"data": {"total": total if counted else 0, "offset": offset, "limit": limit, "dataList": records}}


def get(state: State, caller: Caller, body: dict[str, Any], table: Table) -> dict[str, Any]:
    """The record itself, without a wrapper (§4.5)."""
    table = readable(state, table)
    row = visible(caller, table, body["data"].get("objectDataId"))
    return {"data": state.renderer.record(table, row, caller.style)}


def readable(state: State, table: Table) -> Table:
    """Invalid rows are hidden from reads (§4.4), unless the tenant is of the other kind."""
    return table.everything() if state.switches.show_invalid else table


def visible(caller: Caller, table: Table, record_id: Any) -> Row:
    """The row of an id.

    Raises:
        FxiaokeError: 500 for an id that is unknown, invalid or somebody else's: the caller cannot tell them apart.
    """
    if not isinstance(record_id, str) or not record_id:
        raise FxiaokeError(32000, "the id of the record is missing")
    row = table.get(record_id)
    owner = _owner(caller, table)
    if row is None or (owner is not None and table.value(row, "owner") != owner):
        raise FxiaokeError(500, "数据不存在或已作废、已删除")
    return row


def _owner(caller: Caller, table: Table) -> str | None:
    return None if table.spec.everyone else caller.only_owner


def _limit(state: State, info: dict[str, Any]) -> int:
    limit = _whole(info.get("limit", DEFAULT_LIMIT), "limit", least=1)
    if limit <= MAX_LIMIT:
        return limit
    if state.switches.clamp_limit:
        return MAX_LIMIT
    raise FxiaokeError(10006, f"parameter limit illegal: {limit} is more than {MAX_LIMIT}")


def _offset(info: dict[str, Any]) -> int:
    offset = _whole(info.get("offset", 0), "offset", least=0)
    if offset > MAX_OFFSET:
        raise FxiaokeError(10013, "offset out of range 10000", "offset 不能超过10000")
    return offset


def _whole(value: Any, name: str, *, least: int) -> int:
    """Also a number such as 0.0, which some clients send (§4.1)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < least:
        raise FxiaokeError(32000, f"parameter {name} illegal: {value}")
    return int(value)


def _names(projection: Any) -> tuple[str, ...]:
    if projection is None:
        return ()
    if not isinstance(projection, list) or not all(isinstance(name, str) for name in projection):
        raise FxiaokeError(32000, "fieldProjection must be a list of field names")
    return tuple(projection)


def _list(info: dict[str, Any], name: str) -> list[Any]:
    """A list that may be left out or null."""
    value = info.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FxiaokeError(32000, f"{name} must be a list")
    return value


def _conditions(state: State, info: dict[str, Any], table: Table) -> tuple[Condition, ...]:
    filters = _list(info, "filters")
    return tuple(read_condition(raw, table.spec.fields, state.directory.plain) for raw in filters)


def _orders(info: dict[str, Any], table: Table) -> tuple[Order, ...]:
    """The orders that are well formed; others are passed over in silence, as the product does (§10.4)."""
    orders = _list(info, "orders")
    return tuple(
        (order["fieldName"], order["isAsc"])
        for order in orders
        if isinstance(order, dict)
        and isinstance(order.get("isAsc"), bool)
        and isinstance(order.get("fieldName"), str)
        and order["fieldName"] in table.spec.fields
    )
