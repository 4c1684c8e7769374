"""The call that merges up to three records into one (docs/vendor/zoho.md §9A.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world import RecordWrite
from sandbox.zoho import envelope, merging
from sandbox.zoho.change import refused
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import BAD_ID, Refused, ZohoError, unknown_id_in_path
from sandbox.zoho.fields import ID
from sandbox.zoho.http import Call, Reply
from sandbox.zoho.jobs import Job
from sandbox.zoho.modules.deals import STAGE_BY_NAME
from sandbox.zoho.validate import parse_id

if TYPE_CHECKING:
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

# A child with more related records than that makes a job of it.
MOST_AT_ONCE = 1_000
_NOT_SUPPORTED = "the given module is not supported in api"
# Of a deal these follow from the master or from its stage.
_NOT_TAKEN = ("Closing_Date", "Stage", "Probability", "Expected_Revenue")


class Merge:
    def __init__(self, state: State) -> None:
        self._state = state

    def order(self, call: Call) -> Reply:
        """`POST /{Module}/{master id}/actions/merge`."""
        table, master = self._record(call)
        item, *more = envelope.items_of(call.json(), envelope.MOST_ITEMS, "merge")
        if more:
            raise ZohoError("INVALID_DATA", {"maximum_length": 1, "api_name": "merge", "json_path": "$.merge"})
        try:
            children = self._children(table, master, item)
        except Refused as refused_:
            return self._answer(call, master, (), Reply(400, {"merge": [refused_.problem]}))
        related = max(sum(1 for _ in merging.pointing_at(self._state, table, child)) for child in children)
        merging.carry_out(self._state, table, master, children, ADMIN_ID)
        if related > MOST_AT_ONCE:
            job_id = self._state.new_id()
            self._state.jobs[job_id] = Job(call.path, self._state.now(), len(children), len(children))
            result = _good("SCHEDULED", {"job_id": str(job_id)}, "The records have been scheduled for merge")
            return self._answer(call, master, children, Reply(202, {"merge": [result]}))
        result = _good("SUCCESS", {"id": str(master[ID])}, "The records have been merged successfully")
        return self._answer(call, master, children, Reply(200, {"merge": [result]}))

    def status(self, call: Call) -> Reply:
        """`GET /{Module}/{master id}/actions/merge?job_id=…`; without an id the record's newest job."""
        self._record(call)
        given = call.param("job_id")
        found = {job_id: job for job_id, job in self._state.jobs.items() if job.path == call.path}
        job_id = max(found, default=0) if given is None else parse_id(given) or 0
        if job_id not in found:
            raise ZohoError("INVALID_DATA", {"param_name": "job_id"})
        return Reply(200, {"merge": [{"job_id": str(job_id), "status": found[job_id].status(self._state.now())}]})

    def _record(self, call: Call) -> tuple[Table, Row]:
        table = self._state.table(call)
        if table.module.generated_type != "custom" and table.module.api_name not in merging.MERGEABLE:
            raise ZohoError("INVALID_MODULE", {"resource_path_index": 0}, message=_NOT_SUPPORTED)
        row = table.get(int(call.args["id"]))
        if row is None:
            raise unknown_id_in_path(1)
        return table, row

    def _answer(self, call: Call, master: Row, children: Any, reply: Reply) -> Reply:
        code = reply.body["merge"][0]["code"] if isinstance(reply.body, dict) else ""
        writes = [RecordWrite(str(child), "deleted", before=False, after=True, outcome=code) for child in children]
        writes = writes or [RecordWrite(str(master[ID]), "merge", None, None, code)]
        self._state.world.log_write(
            "zoho", call.method, call.path, status=reply.status, records=writes, automation=bool(children)
        )
        return reply

    def _children(self, table: Table, master: Row, item: Any) -> dict[int, list[str]]:
        """By id of the child, the fields that the master takes from it."""
        place = "$.merge[0]"
        given = item.get("data") if isinstance(item, dict) else None
        if given is None:
            raise Refused("MANDATORY_NOT_FOUND", place, "data")
        if not isinstance(given, list) or not 1 <= len(given) <= merging.MOST_CHILDREN:
            raise Refused("INVALID_DATA", place, "data", minimum_length=1, maximum_length=merging.MOST_CHILDREN)
        self._check(table, master, place)
        children: dict[int, list[str]] = {}
        for index, child in enumerate(given):
            at = f"{place}.data[{index}]"
            row = self._child(table, child, at)
            if row[ID] == master[ID] or row[ID] in children:
                raise Refused("DUPLICATE_DATA", at, "id")
            self._check(table, row, at)
            children[row[ID]] = []
            for name in _names(table, child, at):
                if any(name in names for names in children.values()):
                    raise Refused("DUPLICATE_DATA", f"{at}._fields", name)
                children[row[ID]].append(name)
        return children

    def _child(self, table: Table, child: Any, at: str) -> Row:
        if not isinstance(child, dict) or child.get("id") is None:
            raise Refused("MANDATORY_NOT_FOUND", at, "id")
        row = table.get(parse_id(child["id"]) or 0)
        if row is None:
            raise Refused("INVALID_DATA", at, "id", message=BAD_ID)
        return row

    @staticmethod
    def _check(table: Table, row: Row, at: str) -> None:
        """Only records that could be edited, and open deals, are merged."""
        if refused(table, row, {}) is not None:
            raise Refused("NOT_ALLOWED", at, "id", message="Record is not allowed for merging")
        if table.module.api_name == "Deals":
            stage = STAGE_BY_NAME.get(row[table.module.position["Stage"]])
            if stage is not None and stage.forecast != "Open":
                raise Refused("NOT_ALLOWED", at, "id", message="Only Open Deals can be merged")


def _names(table: Table, child: dict[str, Any], at: str) -> list[str]:
    fields = child.get("_fields")
    if fields is None:
        raise Refused("MANDATORY_NOT_FOUND", at, "_fields")
    if not isinstance(fields, list):
        raise Refused("INVALID_DATA", at, "_fields", expected_data_type="jsonarray")
    names = []
    for index, field in enumerate(fields):
        place = f"{at}._fields[{index}]"
        name = field.get("api_name") if isinstance(field, dict) else None
        if not name:
            raise Refused("MANDATORY_NOT_FOUND", place, "api_name")
        found = table.module.by_name.get(name) if isinstance(name, str) else None
        if table.module.api_name == "Deals" and name in _NOT_TAKEN:
            raise Refused("NOT_ALLOWED", place, "api_name", message=f"{name} will be automatically populated")
        if found is None or found.read_only or found.derived:
            raise Refused("INVALID_DATA", place, "api_name")
        names.append(name)
    return names


def _good(code: str, details: dict[str, Any], message: str) -> dict[str, Any]:
    return {"code": code, "details": details, "message": message, "status": "success"}
