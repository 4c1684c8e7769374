"""`data/query`, `data/get`, `findSimple` and `findOne` (docs/vendor/fxiaoke.md §4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.details import details_of
from sandbox.fxiaoke.extras import dressed
from sandbox.fxiaoke.filters import Condition, read_condition
from sandbox.fxiaoke.render import HIDDEN_FROM_OTHERS
from sandbox.fxiaoke.search import Order, Search, page

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.schema import Field
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

MAX_LIMIT, MAX_OFFSET = 100, 10_000
TELLS_INVALID = frozenset({"life_status", "is_deleted"})


def query(state: State, caller: Caller, body: dict[str, Any], table: Table) -> dict[str, Any]:
    """The content of an answer to `data/query`."""
    info = _info(body["data"])
    return {"data": _page(state, body, table, Reading(caller, info, _names(info.get("fieldProjection"))))}


def find_simple(state: State, caller: Caller, body: dict[str, Any], table: Table) -> dict[str, Any]:
    """`findSimple`: the projection stands in `data`; formulas, rollups and quotes are not worked out (§4.6)."""
    data = body["data"]
    light = replace(caller, style=replace(caller.style, light=True))
    return {"data": _page(state, body, table, Reading(light, _info(data), _names(data.get("field_projection"))))}


def find_one(state: State, caller: Caller, body: dict[str, Any], table: Table) -> dict[str, Any]:
    """`findOne`: the first record found, or null."""
    data = body["data"]
    info = {**_info(data), "limit": 1, "offset": 0}
    reading = Reading(caller, info, _names(data.get("field_projection")))
    return {"data": {"objectData": next(iter(_page(state, body, table, reading)["dataList"]), None)}}


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads what: the `search_query_info` as it arrived, and the fields wanted."""

    caller: Caller
    info: dict[str, Any]
    projection: tuple[str, ...]


def _page(state: State, body: dict[str, Any], table: Table, reading: Reading) -> dict[str, Any]:
    table, rows, total = _rows(state, table, reading)
    records = state.renderer.page(table, rows, reading.caller.style, reading.projection)
    return {
        "total": total if _counts(state, body) else 0,
        "offset": _offset(reading.info),
        "limit": _limit(state, reading.info),
        "dataList": dressed(state, table, records, total),
    }


def _rows(state: State, table: Table, reading: Reading) -> tuple[Table, list[Row], int]:
    """The table that is read in the end, the page's rows, and how many match in all."""
    info, caller = reading.info, reading.caller
    limit, offset = _limit(state, info), _offset(info)
    conditions = _conditions(state, caller, info, table)
    if state.switches.find_invalid and any(item.field in TELLS_INVALID for item in conditions):
        table = table.everything()
    table = readable(state, table)
    if state.switches.index_lag_s:
        indexed = state.now_ms() - 1000 * state.switches.index_lag_s
        conditions = (*conditions, Condition("last_modified_time", "LTE", (indexed,)))
    search = Search(conditions, _orders(info, fields_for(caller, table)), _owner(state, caller, table))
    ids, total = page(table, search, offset, limit)
    return table, [row for record_id in ids if (row := table.get(record_id)) is not None], total


def _counts(state: State, body: dict[str, Any]) -> bool:
    """Whether the total is wanted: `find_explicit_total_num` in `data`, or `returnTotalNum` at the top, where 3 is no."""
    explicit = body["data"].get("find_explicit_total_num")
    if isinstance(explicit, bool):
        return explicit
    wanted = body.get("returnTotalNum")
    return wanted in (1, 2) if wanted is not None else state.switches.total_by_default


def _info(data: dict[str, Any]) -> dict[str, Any]:
    info = data.get("search_query_info")
    if not isinstance(info, dict):
        raise FxiaokeError(32000, "search_query_info is missing or illegal")
    return info


def get(state: State, caller: Caller, body: dict[str, Any], table: Table) -> dict[str, Any]:
    """The record itself, without a wrapper (§4.5)."""
    table = readable(state, table)
    row = visible(state, caller, table, body["data"].get("objectDataId"))
    [record] = dressed(state, table, [state.renderer.record(table, row, caller.style)])
    return {"data": {**record, **details_of(state, caller, table, row)}}


def readable(state: State, table: Table) -> Table:
    """Invalid rows are hidden from reads (§4.4), unless the tenant is of the other kind."""
    return table.everything() if state.switches.show_invalid else table


def visible(state: State, caller: Caller, table: Table, record_id: Any) -> Row:
    """The row of an id.

    Raises:
        FxiaokeError: For an id that is unknown, invalid or somebody else's: the caller cannot tell them apart.
    """
    if not isinstance(record_id, str) or not record_id:
        raise FxiaokeError(32000, "the id of the record is missing")
    row = table.get(record_id)
    if row is None or not may_see(state, caller, table, row):
        raise vanished(state)
    return row


def writable(state: State, caller: Caller, table: Table, record_id: Any) -> Row:
    """The row of an id that the caller may change; what everybody sees is still its owner's (§5.1, §7).

    Raises:
        FxiaokeError: As `visible`, or for a missing right.
    """
    row = visible(state, caller, table, record_id)
    check_right(state, caller, table, row)
    return row


def check_right(state: State, caller: Caller, table: Table, row: Row) -> None:
    if caller.only_owner not in (None, table.value(row, "owner")):
        raise no_right(state, "无此操作的数据权限")


def no_right(state: State, text: str) -> FxiaokeError:
    """The page gives the texts of a missing right, no code (§7)."""
    return FxiaokeError(state.switches.no_right_code, text)


def fields_for(caller: Caller, table: Table) -> dict[str, Field]:
    """The fields that the caller may see, and so may ask for and set (§2.1)."""
    if caller.style.admin:
        return table.spec.fields
    return {name: field for name, field in table.spec.fields.items() if name not in HIDDEN_FROM_OTHERS}


def may_see(state: State, caller: Caller, table: Table, row: Row) -> bool:
    owner = _owner(state, caller, table)
    return owner is None or table.value(row, "owner") == owner


def vanished(state: State) -> FxiaokeError:
    """The refusal for a record that is not there; its code is a guess (§4.4)."""
    return FxiaokeError(state.switches.vanished_code, "数据不存在或已作废、已删除")


def _owner(state: State, caller: Caller, table: Table) -> str | None:
    """Whose rows alone are visible; people may be hidden even from an administrator (§2.3)."""
    if table.spec.everyone:
        return None
    hidden = state.switches.personnel_hidden and table.spec.api_name == "PersonnelObj"
    return caller.user if hidden else caller.only_owner


def _limit(state: State, info: dict[str, Any]) -> int:
    limit = _whole(info.get("limit", state.switches.default_limit), "limit", least=1)
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
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or value < least:
        raise FxiaokeError(32000, f"parameter {name} illegal: {value}")
    return int(value)


def _names(projection: Any) -> tuple[str, ...]:
    if projection is None:
        return ()
    if not isinstance(projection, list) or not all(isinstance(name, str) for name in projection):
        raise FxiaokeError(32000, "fieldProjection must be a list of field names")
    return tuple(dict.fromkeys(projection))


def _list(info: dict[str, Any], name: str) -> list[Any]:
    """A list that may be left out or null."""
    value = info.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise FxiaokeError(32000, f"{name} must be a list")
    return value


def _conditions(state: State, caller: Caller, info: dict[str, Any], table: Table) -> tuple[Condition, ...]:
    """A field that the caller may not see cannot be asked for either: else its values could be guessed."""
    fields = fields_for(caller, table)
    filters = _list(info, "filters")
    return tuple(read_condition(raw, fields, state.plain_id(caller), state.switches) for raw in filters)


def _orders(info: dict[str, Any], fields: dict[str, Field]) -> tuple[Order, ...]:
    """The orders that are well formed, the first of each field; others are passed over in silence (§10.4)."""
    directions: dict[str, bool] = {}
    for order in _list(info, "orders"):
        name, ascending = (order.get("fieldName"), order.get("isAsc")) if isinstance(order, dict) else (None, None)
        if isinstance(ascending, bool) and isinstance(name, str) and name in fields and fields[name].indexed:
            directions.setdefault(name, ascending)
    return tuple(directions.items())
