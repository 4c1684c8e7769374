"""Claim from a pool, return to it, take out of it (docs/vendor/fxiaoke.md §5.3).

The object is named by `apiName` here. A record in a pool has no owner; who claims it becomes the owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.changes import NOW, owned_by, stamp, unless
from sandbox.fxiaoke.lifecycle import id_list, refuse_locked
from sandbox.fxiaoke.query import vanished, visible
from sandbox.fxiaoke.schema import OTHER
from sandbox.fxiaoke.writelog import Writes, written

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table
    from sandbox.world import RecordWrite


@dataclass(frozen=True, slots=True)
class Pool:
    """How an object lies in its pools: the pools' object, the link to them, and the marks of a claim and a return."""

    object: str
    link: str
    claimed: str
    unassigned: str


POOLS = {
    "LeadsObj": Pool("LeadsPoolObj", "leads_pool_id", "assigned_time", "un_assigned"),
    "AccountObj": Pool("HighSeasObj", "high_seas_id", "claimed_time", "1"),
}
REASONS = frozenset({"0", "1", "2", OTHER})


def choose(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """Claim records that nobody owns; the call names no pool."""
    pool = _pool(table)
    rows = []
    for record_id in id_list(body["data"], "objectIds"):
        row = table.get(record_id)
        if row is None:
            raise vanished(state)
        if table.value(row, "owner") is not None:
            raise FxiaokeError(50009, "不能进行[领取]操作，数据已被领取。")
        refuse_locked(table, row, "领取")
        rows.append(row)
    for row in rows:
        values = {**owned_by(state, table, row, caller.user), pool.claimed: NOW}
        log.append(_moved(state, caller, table, row, values))
    return {}


def give_back(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """Return records to a pool, with a reason."""
    pool, data = _pool(table), body["data"]
    pool_id = _pool_id(state, pool, data)
    reason = str(data.get("backReason", ""))
    if reason not in REASONS:
        raise FxiaokeError(32000, "backReason must be 0, 1, 2 or other")
    text = data.get("backReason__o")
    values = {
        "owner": None,
        "data_own_department": None,
        pool.link: pool_id,
        "biz_status": pool.unassigned,
        "back_reason": reason,
        "back_reason__o": text[:200] if reason == OTHER and isinstance(text, str) else None,
        "returned_time": NOW,
    }
    for row in _movable(state, caller, table, id_list(data, "objectIds"), "退回"):
        log.append(_moved(state, caller, table, row, values))
    return {}


def remove(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """Take records out of a pool, with the owner they have or another one (`objectIDs`, with capitals)."""
    pool, data = _pool(table), body["data"]
    pool_id = _pool_id(state, pool, data)
    keeps = data.get("isKeepOwner") is True
    given = data.get("owner")
    owner = state.plain_id(caller)(str(given)) if given else caller.user
    if state.directory.person(owner) is None:
        raise FxiaokeError(30027)
    rows = _movable(state, caller, table, id_list(data, "objectIDs"), "移除")
    if any(table.value(row, pool.link) != pool_id for row in rows):
        raise FxiaokeError(50009, "不能进行[移除]操作，数据不在该公海中。")
    for row in rows:
        owned = {} if keeps else owned_by(state, table, row, owner)
        log.append(_moved(state, caller, table, row, {**owned, pool.link: None}))
    return {}


def _pool(table: Table) -> Pool:
    pool = POOLS.get(table.spec.api_name)
    if pool is None:
        raise FxiaokeError(32000, f"对象 {table.spec.api_name} 没有公海")
    return pool


def _pool_id(state: State, pool: Pool, data: dict[str, Any]) -> str:
    given = data.get("objectPoolId")
    if not isinstance(given, str) or not given:
        raise FxiaokeError(32000, "objectPoolId is missing")
    if state.tables[pool.object].get(given) is None:
        raise FxiaokeError(201112011)
    return given


def _movable(state: State, caller: Caller, table: Table, ids: list[str], deed: str) -> list[Row]:
    rows = [visible(state, caller, table, record_id) for record_id in ids]
    for row in rows:
        refuse_locked(table, row, deed)
    return rows


def _moved(state: State, caller: Caller, table: Table, row: Row, values: dict[str, Any]) -> RecordWrite:
    """Do the move; whether it counts as a change is a guess (§4.3)."""
    after = unless(state.switches.pool_moves_bump, table, row, stamp(state, table, row, values, caller.user))
    table.put(after)
    return written(table, "owner", row, after)
