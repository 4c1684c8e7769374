"""Delete (docs/vendor/zoho.md §6.1, §6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world import RecordWrite
from sandbox.zoho import envelope, query
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import ZohoError, problem, unknown_id, unknown_id_in_path
from sandbox.zoho.fields import LOCKED
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Table


class Removals:
    """The calls that move records to the recycle bin. Nothing is documented that keeps workflows from running."""

    def __init__(self, state: State) -> None:
        self._state = state

    def many(self, call: Call) -> Reply:
        """`DELETE /{Module}?ids=…`."""
        try:
            table, ids = self._state.table(call), _ids(call)
        except ZohoError as error:
            self._log(call, error.status, [])
            raise
        return self._delete(call, table, ids)

    def one(self, call: Call) -> Reply:
        """`DELETE /{Module}/{id}`: what goes wrong with the record refuses the request (§0)."""
        try:
            table = self._state.table(call)
            ids = _id_in_path(call, table)
        except ZohoError as error:
            self._log(call, error.status, [])
            raise
        return self._delete(call, table, ids, bare=True)

    def _delete(self, call: Call, table: Table, ids: tuple[int, ...], *, bare: bool = False) -> Reply:
        results = [self._item(table, record_id) for record_id in ids]
        writes = []
        for record_id, result in zip(ids, results, strict=True):
            gone = result["status"] == "success"
            writes.append(RecordWrite(str(record_id), "deleted", before=False, after=gone, outcome=result["code"]))
        reply = envelope.answer(results, 200, self._state.switches.all_failed_status)
        if bare and results[0]["status"] == "error":
            reply = Reply(400, results[0])
        self._log(call, reply.status, writes)
        return reply

    def _item(self, table: Table, record_id: int) -> dict[str, Any]:
        row = table.get(record_id)
        if row is None:
            return unknown_id({"id": str(record_id)})
        if row[LOCKED]:
            return problem("RECORD_LOCKED", {"id": str(record_id), "action": "record_locking"})
        table.delete(record_id, self._state.now(), ADMIN_ID)
        return {
            "code": "SUCCESS",
            "details": {"id": str(record_id)},
            "message": "record deleted",
            "status": "success",
        }

    def _log(self, call: Call, status: int, writes: list[RecordWrite]) -> None:
        done = any(write.outcome == "SUCCESS" for write in writes)
        self._state.world.log_write("zoho", call.method, call.path, status=status, records=writes, automation=done)


def _ids(call: Call) -> tuple[int, ...]:
    ids = query.id_list(call)
    if ids is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "ids"})
    if len(ids) > envelope.MOST_ITEMS:
        raise ZohoError("LIMIT_EXCEEDED", {"limit": envelope.MOST_ITEMS, "param_name": "ids"})
    return ids


def _id_in_path(call: Call, table: Table) -> tuple[int, ...]:
    record_id = int(call.args["id"])
    if table.get(record_id) is None:
        raise unknown_id_in_path(1)
    return (record_id,)
