"""From normal to invalid (作废) to gone, changes of owner and locks (docs/vendor/fxiaoke.md §4.4, §5.3).

A call that names several records does all of them or, if one cannot be, none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.changes import invalidated, owned_by, recovered, stamp, unless
from sandbox.fxiaoke.query import check_right, may_see, visible, writable
from sandbox.fxiaoke.writelog import Writes, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

MOST_IDS = 500


def invalid(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """Put one record, named by `object_data_id`, into the recycle bin."""
    return _invalidate(state, caller, table, [body["data"].get("object_data_id")], log)


def invalid_any(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """The path without v2 takes a list as well."""
    data = body["data"]
    if "idList" not in data:
        return invalid(state, caller, body, table, log)
    return _invalidate(state, caller, table, id_list(data, "idList"), log)


def delete(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """Remove records for good; only those that are invalid already (§4.4)."""
    rows = [_discarded(state, caller, table, record_id) for record_id in id_list(body["data"], "idList")]
    for row in rows:
        table.remove_invalid(table.value(row, "_id"))
        log.append(written(table, "life_status", row, row, "deleted"))
    return {}


def recover(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    rows = [_discarded(state, caller, table, record_id) for record_id in id_list(body["data"], "idList")]
    for row in rows:
        after = recovered(state, table, row, caller.user)
        table.put(after)
        log.append(written(table, "life_status", row, after))
    return {}


def change_owner(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """`Data` is a list of `{objectDataId, ownerId}`, with a capital D."""
    orders = body["data"].get("Data")
    if not isinstance(orders, list) or not 0 < len(orders) <= MOST_IDS:
        raise FxiaokeError(32000, "Data must be a list of objects")
    changes = []
    for order in orders:
        if not isinstance(order, dict):
            raise FxiaokeError(32000, "Data must be a list of objects")
        row = writable(state, caller, table, order.get("objectDataId"))
        refuse_locked(table, row, "更换负责人")
        changes.append((row, _owner(state, caller, order.get("ownerId"))))
    for row, owner in changes:
        after = stamp(state, table, row, owned_by(state, table, row, owner), caller.user)
        after = unless(state.switches.owner_change_bumps, table, row, after)
        table.put(after)
        log.append(written(table, "owner", row, after))
    return {}


def id_list(data: dict[str, Any], key: str) -> list[str]:
    """The ids that a call names, each once."""
    ids = data.get(key)
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_IDS or not all(isinstance(item, str) for item in ids):
        raise FxiaokeError(32000, f"{key} must be a list of ids")
    return list(dict.fromkeys(ids))


def refuse_locked(table: Table, row: Row, deed: str) -> None:
    if table.value(row, "lock_status") == "1":
        raise FxiaokeError(50009, f"不能进行[{deed}]操作，以下这些数据已被锁定。")


def _invalidate(state: State, caller: Caller, table: Table, ids: list[Any], log: Writes) -> dict[str, Any]:
    rows = [writable(state, caller, table, record_id) for record_id in ids]
    for row in rows:
        refuse_locked(table, row, "作废")
    for row in rows:
        after = invalidated(state, table, row, caller.user)
        table.put_invalid(after)
        log.append(written(table, "life_status", row, after))
    return {}


def _discarded(state: State, caller: Caller, table: Table, record_id: str) -> Row:
    """The row in the recycle bin; a live one is told apart from one that is not there."""
    row = table.get_invalid(record_id)
    if row is not None and may_see(state, caller, table, row):
        check_right(state, caller, table, row)
        return row
    visible(state, caller, table, record_id)
    raise FxiaokeError(50009, "不能进行该操作，数据未作废。")


def _owner(state: State, caller: Caller, given: Any) -> str:
    """A list of one id; the page of preset objects shows the text "[1000]"."""
    ids = given.strip("[]").split(",") if isinstance(given, str) else given
    if not isinstance(ids, list) or len(ids) != 1 or not isinstance(ids[0], str) or not ids[0]:
        raise FxiaokeError(32000, "ownerId must be a list of one id")
    owner = state.plain_id(caller)(ids[0].strip(' "'))
    if state.directory.person(owner) is None:
        raise FxiaokeError(30027)
    return owner


def _lock_setter(status: str) -> Callable[[State, Caller, dict[str, Any], Table, Writes], dict[str, Any]]:
    """Details are locked with their master or not, as `detailObjStrategy` says: here only masters can be locked."""

    def set_lock(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
        values = {"lock_status": status, "lock_user": caller.user if status == "1" else None}
        rows = [writable(state, caller, table, record_id) for record_id in id_list(body["data"], "dataIds")]
        for row in rows:
            after = stamp(state, table, row, values, caller.user)
            table.put(after)
            log.append(written(table, "lock_status", row, after))
        return {}

    return set_lock


lock = _lock_setter("1")
unlock = _lock_setter("0")
