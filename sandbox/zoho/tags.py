"""Tags on records (docs/vendor/zoho.md §6.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.world import RecordWrite
from sandbox.zoho import envelope
from sandbox.zoho.budget import credits_for
from sandbox.zoho.change import Changes, refused
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import BAD_ID, ZohoError, unknown_id, unknown_id_in_path
from sandbox.zoho.fields import ID
from sandbox.zoho.validate import parse_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.http import Call, Reply
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

MOST_IDS, RECORDS_PER_CREDIT = 500, 50


class Tagging:
    """The calls that tag records, one or many."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._changes = Changes(state)

    def add(self, call: Call) -> Reply:
        """`POST /{Module}/actions/add_tags`; a name that is new becomes a tag."""
        body = call.json()
        over_write = body.get("over_write", False)
        if not isinstance(over_write, bool):
            raise _invalid("over_write", "boolean")
        return self._each(call, body, lambda old, given: given if over_write else [*old, *given])

    def remove(self, call: Call) -> Reply:
        """`POST /{Module}/actions/remove_tags`."""
        return self._each(call, call.json(), lambda old, given: [tag for tag in old if tag not in given])

    def _each(self, call: Call, body: dict[str, Any], choose: Callable[[list[int], list[int]], list[int]]) -> Reply:
        table = self._state.table(call)
        ids = self._ids(call, table, body)
        call.credits = credits_for(len(ids), RECORDS_PER_CREDIT)
        tags = [self._tag(table, tag, f"$.tags[{index}]") for index, tag in enumerate(_list(body, "tags"))]
        outcomes = [
            self._one(table, record_id, lambda old: list(dict.fromkeys(choose(old, tags)))) for record_id in ids
        ]
        results = [result for result, _ in outcomes]
        reply = envelope.answer(results, 200, self._state.switches.all_failed_status)
        locked = sum(result["code"] == "RECORD_LOCKED" for result in results)
        shown = reply.body if isinstance(reply.body, dict) else {}
        reply.body = shown | {"locked_count": str(locked)}
        self._state.world.log_write(
            "zoho",
            call.method,
            call.path,
            status=reply.status,
            records=[write for _, write in outcomes],
            automation=any(result["status"] == "success" for result in results),
        )
        return reply

    def _ids(self, call: Call, table: Table, body: dict[str, Any]) -> list[Any]:
        if "id" in call.args:
            if table.get(int(call.args["id"])) is None:
                raise unknown_id_in_path(1)
            return [call.args["id"]]
        ids = _list(body, "ids")
        if len(ids) > MOST_IDS:
            raise ZohoError("LIMIT_EXCEEDED", {"maximum_length": MOST_IDS, "api_name": "ids"})
        return ids

    def _tag(self, table: Table, tag: Any, place: str) -> int:
        """The id of a tag, which goes before the name."""
        if not isinstance(tag, dict):
            raise ZohoError(
                "INVALID_DATA", {"expected_data_type": "jsonobject", "api_name": "tags", "json_path": place}
            )
        if tag.get("id") is not None:
            tag_id = parse_id(tag["id"])
            if tag_id not in table.tags.known:
                details = {"api_name": "id", "json_path": f"{place}.id"}
                raise ZohoError("INVALID_DATA", details, message=BAD_ID)
            return tag_id
        name, colour = tag.get("name"), tag.get("color_code")
        if not isinstance(name, str) or not name.strip():
            raise ZohoError("MANDATORY_NOT_FOUND", {"api_name": "name", "json_path": f"{place}.name"})
        if not isinstance(colour, str | None):
            raise ZohoError("INVALID_DATA", {"api_name": "color_code", "json_path": f"{place}.color_code"})
        return table.tags.named(name.strip(), colour, self._state.new_id)

    def _one(
        self, table: Table, given_id: Any, choose: Callable[[list[int]], list[int]]
    ) -> tuple[dict[str, Any], RecordWrite]:
        row = table.get(parse_id(given_id) or 0)
        if row is None:
            result = unknown_id({"id": str(given_id)})
            return result, RecordWrite(str(given_id), "Tag", None, None, result["code"])
        before = table.tags.shown(row[ID])
        refusal = refused(table, row, {"id": str(row[ID])})
        if refusal is not None:
            result = refusal
        else:
            table.tags.put(row[ID], choose([int(tag["id"]) for tag in before]))
            self._touch(table, row)
            details = {"id": str(row[ID]), "tags": table.tags.shown(row[ID])}
            message = "tags updated successfully"
            result = {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
        return result, RecordWrite(str(row[ID]), "Tag", before, table.tags.shown(row[ID]), result["code"])

    def _touch(self, table: Table, row: Row) -> None:
        if self._state.switches.tags_touch_modified_time:
            self._changes.put(table, row, {}, ADMIN_ID)


def _list(body: dict[str, Any], name: str) -> list[Any]:
    if name not in body:
        raise ZohoError("MANDATORY_NOT_FOUND", {"api_name": name, "json_path": f"$.{name}"})
    if not isinstance(body[name], list) or not body[name]:
        raise _invalid(name, "jsonarray")
    found: list[Any] = body[name]
    return found


def _invalid(name: str, data_type: str) -> ZohoError:
    return ZohoError("INVALID_DATA", {"expected_data_type": data_type, "api_name": name, "json_path": f"$.{name}"})
