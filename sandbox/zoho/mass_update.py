"""Mass update: one value for many records (docs/vendor/zoho.md §6.1, §6.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import envelope
from sandbox.zoho.change import Changes
from sandbox.zoho.errors import ZohoError, unknown_id
from sandbox.zoho.fields import ID, SINGLE_ONLY
from sandbox.zoho.http import Call, Reply
from sandbox.zoho.jobs import Job
from sandbox.zoho.records import shown
from sandbox.zoho.validate import parse_id

if TYPE_CHECKING:
    from sandbox.world import RecordWrite
    from sandbox.zoho.change import Outcome
    from sandbox.zoho.fields import Module
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Table

MOST_IDS, MOST_IN_VIEW = 500, 50_000
# Only deals may have several fields changed at once.
_MOST_FIELDS = {"Deals": 3}
NOT_FOR_MANY = ("email", "lookup", "multi_module_lookup", "layout", "textarea", *SINGLE_ONLY)


class MassUpdate:
    def __init__(self, state: State) -> None:
        self._state = state
        self._changes = Changes(state)

    def order(self, call: Call) -> Reply:
        """`POST /{Module}/actions/mass_update`: with ids at once, with a custom view as a job."""
        table, body = self._state.table(call), call.json()
        item = _item(table.module, body)
        if body.get("cvid") is not None:
            return self._schedule(call, table, item, body["cvid"])
        ids = body.get("ids")
        if ids is None:
            raise ZohoError("MANDATORY_NOT_FOUND", {"api_name": "ids", "json_path": "$.ids"})
        if not isinstance(ids, list) or not ids:
            raise _invalid("ids", expected_data_type="jsonarray")
        if len(ids) > MOST_IDS:
            raise ZohoError("LIMIT_EXCEEDED", {"maximum_length": MOST_IDS, "api_name": "ids"})
        outcomes = [self._one(table, item, record_id) for record_id in ids]
        reply = envelope.answer([result for result, _ in outcomes], 200, self._state.switches.all_failed_status)
        self._log(call, reply.status, outcomes)
        return reply

    def _one(self, table: Table, item: dict[str, Any], given_id: Any) -> Outcome:
        if table.get(parse_id(given_id) or 0) is None:
            return unknown_id({"id": str(given_id)}), []
        return self._changes.update(table, item | {"id": given_id}, "$.data[0]")

    def _schedule(self, call: Call, table: Table, item: dict[str, Any], view: Any) -> Reply:
        if str(view) != table.module.view_id:
            raise ZohoError("INVALID_DATA", {"api_name": "cvid", "json_path": "$.cvid"})
        rows = list(shown(table, table.rows.values(), converted="false", approved="true"))
        if len(rows) > MOST_IN_VIEW:
            raise ZohoError("LIMIT_EXCEEDED", {"limit": MOST_IN_VIEW}, message="Record count exceeded")
        if not rows:
            raise ZohoError("NO_RECORDS_FOUND")
        outcomes = [self._one(table, item, row[ID]) for row in rows]
        done = sum(result["status"] == "success" for result, _ in outcomes)
        job_id = self._state.new_id()
        self._state.jobs[job_id] = Job(call.path, self._state.now(), len(rows), done)
        self._log(call, 200, outcomes)
        message = "mass update scheduled successfully"
        result = {"code": "SUCCESS", "details": {"job_id": str(job_id)}, "message": message, "status": "success"}
        return Reply(200, {"data": [result]})

    def _log(self, call: Call, status: int, outcomes: list[Outcome]) -> None:
        done = any(result["status"] == "success" for result, _ in outcomes)
        writes: list[RecordWrite] = [write for _, found in outcomes for write in found]
        automation = done and self._state.switches.mass_update_automation
        self._state.world.log_write(
            "zoho", call.method, call.path, status=status, records=writes, automation=automation
        )

    def status(self, call: Call) -> Reply:
        """`GET /{Module}/actions/mass_update?job_id=…`."""
        self._state.table(call)
        given = call.param("job_id")
        if given is None:
            raise ZohoError("MANDATORY_NOT_FOUND", {"param_name": "job_id"})
        job = self._state.jobs.get(parse_id(given) or 0)
        if job is None or job.path != call.path:
            raise ZohoError("NOT_FOUND")
        status = job.status(self._state.now())
        over = status == "COMPLETED"
        counts = {
            "Status": status,
            "Failed_Count": job.total - job.done if over else 0,
            "Updated_Count": job.done if over else 0,
            "Not_Updated_Count": 0 if over else job.total,
            "Total_Count": job.total,
        }
        return Reply(200, {"data": [counts]})


def _item(module: Module, body: dict[str, Any]) -> dict[str, Any]:
    """The fields to change, checked against what one call may change."""
    item, over_write = envelope.items_of(body, 1)[0], body.get("over_write", False)
    if not isinstance(item, dict) or not item:
        raise _invalid("data", expected_data_type="jsonobject")
    if not isinstance(over_write, bool):
        raise _invalid("over_write", expected_data_type="boolean")
    most = _MOST_FIELDS.get(module.api_name, 1)
    if len(item) > most:
        raise ZohoError("INVALID_DATA", {"limit": most, "api_name": "data"}, message="Max field limit exceeded")
    for name in item:
        field = module.by_name.get(name)
        if field is None or field.read_only or field.data_type in NOT_FOR_MANY:
            reason = "No field found" if field is None else "This field cannot be updated in the Mass Update"
            raise ZohoError("INVALID_DATA", {"api_name": name, "json_path": f"$.data[0].{name}"}, message=reason)
    # Here chosen values are added unless told otherwise.
    return item if over_write else item | {"$append_values": dict.fromkeys(item, True)}


def _invalid(name: str, **details: Any) -> ZohoError:
    return ZohoError("INVALID_DATA", details | {"api_name": name, "json_path": f"$.{name}"})
