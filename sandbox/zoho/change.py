"""Making and changing one record as the API's user asks: checks, stamps, result (docs/vendor/zoho.md §6.1 to §6.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from sandbox.world import RecordWrite
from sandbox.zoho import rules, times
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import problem, unknown_id
from sandbox.zoho.fields import CREATED, CREATED_BY, ID, LOCKED, MODIFIED, MODIFIED_BY
from sandbox.zoho.store import HOLDS
from sandbox.zoho.unique import clashes
from sandbox.zoho.validate import Validator, parse_id

if TYPE_CHECKING:
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

# An item's result, and what it did to which field.
Outcome = tuple[dict[str, Any], list[RecordWrite]]


class Changes:
    """Inserts and updates single records."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._validator = Validator(state)

    def prepared(
        self, table: Table, item: dict[str, Any], place: str, known: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Columns of a new record, and what is wrong with the item at this JSON path.

        `known` are columns that it has unless the item says otherwise.
        """
        values, problems = self._validator.clean(table.module, item, place)
        values = (known or {}) | values
        for field in rules.required(table.module, item):
            if field.api_name not in values:
                where = {"api_name": field.api_name, "json_path": f"{place}.{field.api_name}"}
                problems.append(problem("MANDATORY_NOT_FOUND", where))
        problems += rules.unmet(table.module, values, self._state.now(), place)
        return values, problems + clashes(self._state, table, values, None, place)

    def cleaned(self, table: Table, name: str, value: Any) -> Any:
        """A field's value as it is stored; None for one that does not fit."""
        return self._validator.clean(table.module, {name: value}, "$")[0].get(name)

    def insert(self, table: Table, item: dict[str, Any], place: str) -> Outcome:
        values, problems = self.prepared(table, item, place)
        if problems:
            return several(problems), self._attempts(table, None, "", item, several(problems)["code"])
        row = self.new_row(table, values, ADMIN_ID)
        table.put(row)
        cell = self._state.renderer.cell
        writes = [RecordWrite(str(row[ID]), name, None, cell(table.module, name, row), "SUCCESS") for name in values]
        return self.done(row, "record added"), writes

    def new_row(self, table: Table, values: dict[str, Any], user: int) -> Row:
        """A record that `user` creates now; not stored yet, but for its lines."""
        now, record_id = self._state.now(), self._state.new_id()
        columns = table.blank() | {
            "id": record_id,
            "Owner": user,
            "Created_By": user,
            "Created_Time": now,
            "Modified_By": user,
            "Modified_Time": now,
            "Last_Activity_Time": now,
        }
        columns |= {name: self._state.new_number(table.module.by_name[name]) for name in table.module.numbers}
        kept = self._state.lines.save(table, record_id, values, user)
        columns |= rules.follow(table.module, {}, kept, now)
        return tuple((columns | self._state.lines.totals(table, record_id, columns)).values())

    def update(self, table: Table, item: dict[str, Any], place: str, since: int | None = None) -> Outcome:
        """`since` is the instant of If-Unmodified-Since."""
        given_id, where = item.get("id"), {"api_name": "id", "json_path": f"{place}.id"}
        if given_id is None:
            return problem("MANDATORY_NOT_FOUND", where), []
        row = table.get(parse_id(given_id) or 0)
        if row is None:
            return unknown_id(where), self._attempts(table, None, str(given_id), item, "INVALID_DATA")
        values, problems = self._validator.clean(table.module, item, place)
        refusal = refused(table, row, where)
        if refusal:
            problems = [refusal]
        elif since is not None and row[MODIFIED] > since:
            problems = [problem("ALREADY_MODIFIED")]
        else:
            problems += clashes(self._state, table, values, row[ID], place)
        if problems:
            return several(problems), self._attempts(table, row, str(row[ID]), item, several(problems)["code"])
        # Shown first: a record's lines change in place.
        before = self._cells(table, row, values)
        after = self.put(table, row, _appended(table, row, item, values), ADMIN_ID)
        changes = zip(values, before, self._cells(table, after, values), strict=True)
        writes = [RecordWrite(str(row[ID]), name, old, new, "SUCCESS") for name, old, new in changes]
        return self.done(after, "record updated"), writes

    def changed(self, table: Table, row: Row, values: dict[str, Any], user: int) -> Row:
        """The record as `user` changes it now; not stored yet, but for its lines."""
        now = self._state.now()
        before = dict(zip(table.module.columns, row, strict=True))
        stamps = {"Modified_By": user, "Modified_Time": now, "Last_Activity_Time": now}
        kept = self._state.lines.save(table, row[ID], values, user)
        changes = rules.follow(table.module, before, kept, now) | stamps
        return table.change(row, changes | self._state.lines.totals(table, row[ID], before | changes))

    def put(self, table: Table, row: Row, values: dict[str, Any], user: int, *, touch: bool = True) -> Row:
        """Store the changed record; without `touch` nothing tells who changed it, nor when."""
        after = self.changed(table, row, values, user) if touch else table.change(row, values)
        table.put(after)
        return after

    def _cells(self, table: Table, row: Row, names: dict[str, Any]) -> list[Any]:
        return [self._state.renderer.cell(table.module, name, row) for name in names]

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

    def done(self, row: Row, message: str) -> dict[str, Any]:
        """The result of an item that was written."""
        details = {
            "Modified_Time": times.show(row[MODIFIED]),
            "Modified_By": self._state.directory.name(row[MODIFIED_BY]),
            "Created_Time": times.show(row[CREATED]),
            "id": str(row[ID]),
            "Created_By": self._state.directory.name(row[CREATED_BY]),
            "$approval_state": "approved",
        }
        return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def refused(table: Table, row: Row, where: dict[str, Any]) -> dict[str, Any] | None:
    """Why nobody may write this record just now, if so."""
    if row[LOCKED]:
        return problem("RECORD_LOCKED", where | {"action": "record_locking"})
    code = next((code for key, code in HOLDS.items() if row[ID] in table.held[key]), None)
    return None if code is None else problem(code, where)


def several(problems: list[dict[str, Any]]) -> dict[str, Any]:
    return problems[0] if len(problems) == 1 else problem("MULTIPLE_OR_MULTI_ERRORS", {"errors": problems})


def _appended(table: Table, row: Row, item: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """`$append_values` names the multi-select fields that keep what they hold."""
    found = dict(values)
    for name, wanted in item.get("$append_values", {}).items():
        field = table.module.by_name.get(name)
        if wanted is True and values.get(name) and field is not None and field.data_type == "multiselectpicklist":
            kept = orjson.loads(row[table.module.position[name]] or "[]")
            chosen = dict.fromkeys((*kept, *orjson.loads(values[name])))
            found[name] = orjson.dumps(list(chosen)).decode()
    return found
