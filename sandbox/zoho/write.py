"""Insert, update and upsert (docs/vendor/zoho.md §6.1 to §6.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.zoho import envelope, times
from sandbox.zoho.budget import write_credits
from sandbox.zoho.change import Changes, Outcome
from sandbox.zoho.errors import ZohoError, problem, unknown_id_in_path
from sandbox.zoho.fields import ID
from sandbox.zoho.records import shown
from sandbox.zoho.unique import system_field, unique_fields

if TYPE_CHECKING:
    from sandbox.world import RecordWrite
    from sandbox.zoho.http import Call, Reply
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

NOTES = "Notes"
_NOT_SUPPORTED = "the given module is not supported in api"


@dataclass(slots=True)
class Batch:
    """A writing call whose body is well formed; `since` is the instant of If-Unmodified-Since."""

    table: Table
    body: dict[str, Any]
    since: int | None


# Does one item, which stands at a JSON path.
Act = Callable[[dict[str, Any], str], Outcome]


class Writes:
    """The calls that insert and update."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._changes = Changes(state)

    def insert(self, call: Call) -> Reply:
        """`POST /{Module}`."""
        return self._each(call, envelope.MOST_ITEMS, self._inserting, good=201)

    def update(self, call: Call) -> Reply:
        """`PUT /{Module}`: each item names its record."""
        return self._each(call, envelope.MOST_ITEMS, self._updating, good=200)

    def update_one(self, call: Call) -> Reply:
        """`PUT /{Module}/{id}`: the path names the record."""

        def start(batch: Batch) -> Act:
            act = self._updating(batch)
            return lambda item, place: act(item | {"id": call.args["id"]}, place)

        return self._each(call, 1, start, good=200)

    def upsert(self, call: Call) -> Reply:
        """`POST /{Module}/upsert`."""
        return self._each(call, envelope.MOST_ITEMS, self._upserting, good=200)

    def note(self, call: Call) -> Reply:
        """`POST /{Module}/{id}/Notes`: the path names the parent."""
        module, parent = call.args["module"], call.args["id"]
        if call.args["list"] != NOTES:
            raise ZohoError("INVALID_REQUEST_METHOD")
        if module not in self._state.tables:
            raise ZohoError("INVALID_MODULE", {"resource_path_index": 0})
        if self._state.tables[module].get(int(parent)) is None:
            raise unknown_id_in_path(1)
        call.args = {"module": NOTES}
        named = {"Parent_Id": {"id": parent, "module": {"api_name": module}}}

        def start(batch: Batch) -> Act:
            act = self._inserting(batch)
            return lambda item, place: act(item | named, place)

        return self._each(call, envelope.MOST_ITEMS, start, good=201)

    def _each(self, call: Call, most: int, start: Callable[[Batch], Act], *, good: int) -> Reply:
        try:
            table = self._state.table(call)
            body, since = call.json(), _unmodified_since(call)
            automation, items = envelope.automation_of(body), envelope.items_of(body, most)
            envelope.check_features(body, upsert=call.path.endswith("/upsert"))
            act = start(Batch(table, body, since))
        except ZohoError as error:
            self._log(call, error.status, [], automation=False)
            raise
        call.credits = write_credits(len(items))
        outcomes = [
            act(item, f"$.data[{index}]") if isinstance(item, dict) else (_no_object(index), [])
            for index, item in enumerate(items)
        ]
        results = [result for result, _ in outcomes]
        reply = envelope.answer(results, good, self._state.switches.all_failed_status)
        done = any(result["status"] == "success" for result in results)
        writes = [write for _, found in outcomes for write in found]
        self._log(call, reply.status, writes, automation=automation and done)
        return reply

    def _log(self, call: Call, status: int, writes: list[RecordWrite], *, automation: bool) -> None:
        self._state.world.log_write(
            "zoho", call.method, call.path, status=status, records=writes, automation=automation
        )

    def _inserting(self, batch: Batch) -> Act:
        return lambda item, place: self._changes.insert(batch.table, item, place)

    def _updating(self, batch: Batch) -> Act:
        return lambda item, place: self._changes.update(batch.table, item, place, batch.since)

    def _upserting(self, batch: Batch) -> Act:
        table, names = batch.table, _checked_fields(batch)

        def act(item: dict[str, Any], place: str) -> Outcome:
            known = item.get("id") is not None
            duplicate_field, row = (None, None) if known else self._match(table, item, names)
            if known or row is not None:
                named = item if row is None else item | {"id": str(row[ID])}
                result, writes = self._changes.update(table, named, place, batch.since)
            else:
                result, writes = self._changes.insert(table, item, place)
            if result["status"] == "success":
                result["action"] = "update" if known or row is not None else "insert"
                result["duplicate_field"] = duplicate_field
            return result, writes

        return act

    def _match(self, table: Table, item: dict[str, Any], names: list[str]) -> tuple[str | None, Row | None]:
        """The oldest record that has the item's value in the first field that finds one; never a converted lead."""
        for name in names:
            value = self._changes.cleaned(table, name, item.get(name))
            if value is not None:
                row = next(shown(table, table.with_value(name, value), converted="false", approved="both"), None)
                if row is not None:
                    return name, row
        return None, None


def _checked_fields(batch: Batch) -> list[str]:
    """Fields by which an upsert looks, in order (§6.5)."""
    module = batch.table.module
    system, unique = system_field(module), unique_fields(module)
    if system is None:
        raise ZohoError("INVALID_MODULE", {"resource_path_index": 0}, message=_NOT_SUPPORTED)
    given = batch.body.get("duplicate_check_fields")
    if given is None:
        return [system, *unique]
    where = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
    if not isinstance(given, list):
        raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonarray", **where})
    for index, name in enumerate(given):
        if name not in (system, *unique):
            at = {"json_path": f"$.duplicate_check_fields[{index}]"}
            raise ZohoError("INVALID_DATA", where | at | {"supported_values": [system, *unique]})
    return list(dict.fromkeys((*given, *unique))) if given else [system, *unique]


def _no_object(index: int) -> dict[str, Any]:
    details = {"expected_data_type": "jsonobject", "api_name": "data", "json_path": f"$.data[{index}]"}
    return problem("INVALID_DATA", details)


def _unmodified_since(call: Call) -> int | None:
    text = call.headers.get("if-unmodified-since")
    if not text:
        return None
    instant = times.parse_header(text)
    if instant is None:
        raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": "If-Unmodified-Since"})
    return instant
