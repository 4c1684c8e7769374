"""Insert and update (docs/vendor/zoho.md §6.1 to §6.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.world import RecordWrite
from sandbox.zoho import envelope, rules, times
from sandbox.zoho.budget import write_credits
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import ZohoError, problem, unknown_id
from sandbox.zoho.fields import CREATED, CREATED_BY, ID, LOCKED, MODIFIED, MODIFIED_BY
from sandbox.zoho.validate import Validator, parse_id

if TYPE_CHECKING:
    from sandbox.zoho.http import Call, Reply
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

Outcome = tuple[dict[str, Any], list[RecordWrite]]
Act = Callable[["Table", dict[str, Any], int, int | None], Outcome]


class Writes:
    """The calls that insert and update."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._validator = Validator(state)

    def insert(self, call: Call) -> Reply:
        """`POST /{Module}`."""
        return self._each(call, envelope.MOST_ITEMS, self._insert, good=201)

    def update(self, call: Call) -> Reply:
        """`PUT /{Module}`: each item names its record."""
        return self._each(call, envelope.MOST_ITEMS, self._update, good=200)

    def update_one(self, call: Call) -> Reply:
        """`PUT /{Module}/{id}`: the path names the record."""

        def act(table: Table, item: dict[str, Any], index: int, since: int | None) -> Outcome:
            return self._update(table, item | {"id": call.args["id"]}, index, since)

        return self._each(call, 1, act, good=200)

    def _each(self, call: Call, most: int, act: Act, *, good: int) -> Reply:
        try:
            table = self._state.table(call)
            body, since = call.json(), _unmodified_since(call)
            automation, items = envelope.automation_of(body), envelope.items_of(body, most)
        except ZohoError as error:
            self._log(call, error.status, [], automation=False)
            raise
        call.credits = write_credits(len(items))
        outcomes = [
            act(table, item, index, since) if isinstance(item, dict) else (_no_object(index), [])
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

    def _insert(self, table: Table, item: dict[str, Any], index: int, _since: int | None) -> Outcome:
        module, place = table.module, f"$.data[{index}]"
        values, problems = self._validator.clean(module, item, place)
        for field in module.mandatory:
            if field.api_name not in item:
                where = {"api_name": field.api_name, "json_path": f"{place}.{field.api_name}"}
                problems.append(problem("MANDATORY_NOT_FOUND", where))
        if problems:
            return _several(problems), self._attempts(table, None, "", item, _several(problems)["code"])
        row = self.new_row(table, values, ADMIN_ID)
        table.put(row)
        writes = [
            RecordWrite(str(row[ID]), name, None, self._state.renderer.cell(module, name, row), "SUCCESS")
            for name in values
        ]
        return self._done(row, "record added"), writes

    def new_row(self, table: Table, values: dict[str, Any], user: int) -> Row:
        """A record that `user` creates now; not stored yet."""
        now = self._state.now()
        columns = table.blank() | {
            "id": self._state.new_id(),
            "Owner": user,
            "Created_By": user,
            "Created_Time": now,
            "Modified_By": user,
            "Modified_Time": now,
            "Last_Activity_Time": now,
        }
        return tuple((columns | rules.follow(table.module.api_name, {}, values)).values())

    def _update(self, table: Table, item: dict[str, Any], index: int, since: int | None) -> Outcome:
        given_id = item.get("id")
        where = {"api_name": "id", "json_path": f"$.data[{index}].id"}
        if given_id is None:
            return problem("MANDATORY_NOT_FOUND", where), []
        row = table.get(parse_id(given_id) or 0)
        if row is None:
            return unknown_id(where), self._attempts(table, None, str(given_id), item, "INVALID_DATA")
        values, problems = self._validator.clean(table.module, item, f"$.data[{index}]")
        if row[LOCKED]:
            problems = [problem("RECORD_LOCKED", where | {"action": "record_locking"})]
        elif since is not None and row[MODIFIED] > since:
            problems = [problem("ALREADY_MODIFIED")]
        if problems:
            return _several(problems), self._attempts(table, row, str(row[ID]), item, _several(problems)["code"])
        after = self.changed(table, row, values, ADMIN_ID)
        table.put(after)
        return self._done(after, "record updated"), self._changes(table, row, after, values)

    def changed(self, table: Table, row: Row, values: dict[str, Any], user: int) -> Row:
        """The record as `user` changes it now; not stored yet."""
        now = self._state.now()
        before = dict(zip(table.module.columns, row, strict=True))
        stamps = {"Modified_By": user, "Modified_Time": now, "Last_Activity_Time": now}
        return table.change(row, rules.follow(table.module.api_name, before, values) | stamps)

    def _changes(self, table: Table, row: Row, after: Row, values: dict[str, Any]) -> list[RecordWrite]:
        cell = self._state.renderer.cell
        return [
            RecordWrite(str(row[ID]), name, cell(table.module, name, row), cell(table.module, name, after), "SUCCESS")
            for name in values
        ]

    def _attempts(
        self, table: Table, row: Row | None, record_id: str, item: dict[str, Any], code: str
    ) -> list[RecordWrite]:
        """What a refused item asked for: the value stays what it was."""
        writes = []
        for name in item:
            if name != "id" and not name.startswith("$"):
                value = None if row is None else self._state.renderer.cell(table.module, name, row)
                writes.append(RecordWrite(record_id, name, value, value, code))
        return writes

    def _done(self, row: Row, message: str) -> dict[str, Any]:
        details = {
            "Modified_Time": times.show(row[MODIFIED]),
            "Modified_By": self._state.directory.name(row[MODIFIED_BY]),
            "Created_Time": times.show(row[CREATED]),
            "id": str(row[ID]),
            "Created_By": self._state.directory.name(row[CREATED_BY]),
            "$approval_state": "approved",
        }
        return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def _no_object(index: int) -> dict[str, Any]:
    details = {"expected_data_type": "jsonobject", "api_name": "data", "json_path": f"$.data[{index}]"}
    return problem("INVALID_DATA", details)


def _several(problems: list[dict[str, Any]]) -> dict[str, Any]:
    return problems[0] if len(problems) == 1 else problem("MULTIPLE_OR_MULTI_ERRORS", {"errors": problems})


def _unmodified_since(call: Call) -> int | None:
    text = call.headers.get("if-unmodified-since")
    if not text:
        return None
    instant = times.parse_header(text)
    if instant is None:
        raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": "If-Unmodified-Since"})
    return instant
