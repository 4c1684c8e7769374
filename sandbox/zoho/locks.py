"""Locks on records, a related list of their own (docs/vendor/zoho.md §6.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world import RecordWrite
from sandbox.zoho import envelope, query, times
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import ZohoError, problem, unknown_id_in_path
from sandbox.zoho.extras import Lock
from sandbox.zoho.fields import ID, LOCKED
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

_REASON = "Locked_Reason__s"
_CONFIGURATION_ID = "5000000000000881"


def lock(state: State, table: Table, row: Row, reason: str | None, by: int) -> Lock:
    """A lock is no edit of the record: its Modified_Time stays."""
    made = table.locks[row[ID]] = Lock(state.new_id(), reason, state.now(), by)
    table.put(table.change(row, {"Locked__s": True}))
    return made


def unlock(table: Table, row: Row) -> None:
    table.locks.pop(row[ID], None)
    table.put(table.change(row, {"Locked__s": False}))


class Locks:
    """The calls on `/{Module}/{id}/Locking_Information__s`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def many(self, call: Call) -> Reply:
        """`GET …`: a record has one lock at most."""
        table, row = self._record(call)
        wanted = [name.strip() for name in query.fields_of(call).split(",")]
        entry = table.locks.get(row[ID])
        if entry is None:
            return Reply(204)
        shown = self._show(table, row, entry)
        info = {
            "per_page": query.MOST_PER_PAGE,
            "next_page_token": None,
            "count": 1,
            "page": 1,
            "previous_page_token": None,
            "page_token_expiry": None,
            "more_records": False,
        }
        return Reply(200, {"data": [{name: shown[name] for name in ("id", *wanted) if name in shown}], "info": info})

    def one(self, call: Call) -> Reply:
        """`GET …/{lock id}`."""
        table, row = self._record(call)
        return Reply(200, {"data": [self._show(table, row, _named(call, table, row))]})

    def lock(self, call: Call) -> Reply:
        """`POST …`: locks the record."""
        table, row = self._record(call)
        item = envelope.items_of(call.json(), 1)[0]
        reason = item.get(_REASON) if isinstance(item, dict) else None
        where = {"api_name": _REASON, "json_path": f"$.data[0].{_REASON}"}
        if reason in (None, ""):
            return self._answer(call, row, envelope.answer([problem("MANDATORY_NOT_FOUND", where)], 201, 400))
        if not isinstance(reason, str):
            wrong = problem("INVALID_DATA", {"expected_data_type": "text", **where})
            return self._answer(call, row, envelope.answer([wrong], 201, 400))
        if row[LOCKED]:
            raise ZohoError("NOT_ALLOWED", message="Record is already locked.", status=403)
        entry = lock(self._state, table, row, reason, ADMIN_ID)
        at, by = times.show(entry.at), self._state.directory.name(entry.by)
        details = {"Modified_Time": at, "Modified_By": by, "Created_Time": at, "id": str(entry.id), "Created_By": by}
        result = {"code": "SUCCESS", "details": details, "message": "record added", "status": "success"}
        return self._answer(call, row, envelope.answer([result], 201, 400))

    def unlock(self, call: Call) -> Reply:
        """`DELETE …/{lock id}`."""
        table, row = self._record(call)
        entry = _named(call, table, row)
        unlock(table, row)
        details = {"id": str(entry.id)}
        result = {"code": "SUCCESS", "details": details, "message": "relation removed", "status": "success"}
        return self._answer(call, row, envelope.answer([result], 200, 400))

    def _answer(self, call: Call, row: Row, reply: Reply) -> Reply:
        """With a line in the log, as a change of Locked__s."""
        done, before = reply.status < 400, bool(row[LOCKED])
        code = reply.body["data"][0]["code"] if isinstance(reply.body, dict) else ""
        write = RecordWrite(str(row[ID]), "Locked__s", before, before != done, code)
        self._state.world.log_write(
            "zoho", call.method, call.path, status=reply.status, records=[write], automation=False
        )
        return reply

    def _record(self, call: Call) -> tuple[Table, Row]:
        table = self._state.table(call)
        row = table.get(int(call.args["id"]))
        if row is None:
            raise unknown_id_in_path(1)
        if not self._state.switches.record_locking:
            raise ZohoError("NOT_ALLOWED", message="Required Record Locking Configuration is not present.")
        return table, row

    def _show(self, table: Table, row: Row, entry: Lock) -> dict[str, Any]:
        module = table.module
        by = self._state.directory.name(entry.by)
        locked = {
            "module": {"api_name": module.api_name, "id": module.tab_id},
            "name": self._state.renderer.name_of(module, row),
            "id": str(row[ID]),
        }
        return {
            "id": str(entry.id),
            "Locked_For__s": locked,
            "Parent_Id": locked,
            "Locked_By__s": by,
            "Owner": by,
            "Locked_Reason__s": entry.reason,
            "Locked_Time__s": times.show(entry.at),
            "Lock_Source__s": "Manual",
            "Record_Locking_Configuration_Id__s": _CONFIGURATION_ID,
            "Record_Locking_Rule_Id__s": None,
        }


def _named(call: Call, table: Table, row: Row) -> Lock:
    entry = table.locks.get(row[ID])
    if entry is None or entry.id != int(call.args["lock"]):
        raise ZohoError("INVALID_DATA", {"resource_path_index": 3}, message="the related id given seems to be invalid")
    return entry
