"""What a person does in Zoho's pages: the acts of the sandbox's `edit` control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import conversion, locks, merging, rules, times
from sandbox.zoho.change import Changes
from sandbox.zoho.deleted import BIN_DAYS
from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.fields import ID, LOCKED, OWNER
from sandbox.zoho.modules.deals import PIPELINE, STAGE_BY_NAME
from sandbox.zoho.state import PERMISSIONS, State
from sandbox.zoho.store import HOLDS
from sandbox.zoho.validate import Validator

if TYPE_CHECKING:
    from sandbox.zoho.store import Row, Table

# Written without braces in an edit, for short.
_LOOKUPS = ("lookup", "ownerlookup", "userlookup")


def permit(state: State, action: str, values: dict[str, Any]) -> dict[str, Any]:
    """Withdraw permissions of the API's user (false), or give them back (true); returns those that are withdrawn.

    Raises:
        ValueError: Another action than update, or no permission of that name.
    """
    if action != "update":
        raise ValueError(f"unknown action {action!r} of permissions, there is update")
    names = [f"Crm_Implied_{kind}_{module}" for kind in PERMISSIONS.values() for module in state.tables]
    for name, given in values.items():
        if name not in names or not isinstance(given, bool):
            raise ValueError(f"permissions takes true or false for names like {names[0]}, not {name!r}")
    for name, given in values.items():
        (state.withdrawn.discard if given else state.withdrawn.add)(name)
    return dict.fromkeys(sorted(state.withdrawn), False)


def actor(row: Row) -> int:
    """The record's owner; the administrator for a record without one."""
    return row[OWNER] or ADMIN_ID


class Editor:
    """Acts as the record's owner."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._validator, self._changes = Validator(state), Changes(state)

    def act(self, module: str, action: str, record_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
        """Do one act and return the record with all its fields.

        Raises:
            ValueError: An unknown module, action, record, field or value.
        """
        table = self._state.tables.get(module)
        if table is None:
            raise ValueError(f"unknown module {module!r}; known are {', '.join(self._state.tables)}")
        if not table.module.writable:
            raise ValueError(f"the records of {module} are made by others' changes")
        acts = {
            "create": lambda: self._create(table, values),
            "update": lambda: self._update(table, self._row(table, record_id), values),
            "delete": lambda: self._delete(table, self._row(table, record_id)),
            "restore": lambda: self._restore(table, record_id),
            "convert": lambda: self._convert(table, self._row(table, record_id), values),
            "merge": lambda: self._merge(table, self._row(table, record_id), values),
            "lock": lambda: self._lock(table, self._row(table, record_id), locked=True),
            "unlock": lambda: self._lock(table, self._row(table, record_id), locked=False),
        }
        if action not in acts:
            raise ValueError(f"unknown action {action!r}; known are {', '.join(acts)}")
        return self._show(table, acts[action]())

    def _show(self, table: Table, row: Row) -> dict[str, Any]:
        names = ",".join(table.module.by_name)
        return self._state.renderer.plan(table.module, names, single=True).show(row)

    @staticmethod
    def _row(table: Table, record_id: str | None) -> Row:
        row = table.get(int(record_id)) if record_id and record_id.isascii() and record_id.isdigit() else None
        if row is None:
            raise ValueError(f"{table.module.api_name} has no record {record_id!r}")
        return row

    def _clean(self, table: Table, values: dict[str, Any]) -> dict[str, Any]:
        by_name = table.module.by_name
        for name in values:
            if name not in by_name or by_name[name].read_only:
                raise ValueError(f"{table.module.api_name} has no field {name!r} that a person can set")
        whole = {
            name: {"id": value} if by_name[name].data_type in _LOOKUPS and isinstance(value, (str, int)) else value
            for name, value in values.items()
        }
        for name, value in values.items():
            if by_name[name].data_type == "multi_module_lookup" and isinstance(value, str) and value.isascii():
                target = int(value) if value.isdigit() else 0
                whole |= {name: {"id": value}, "$se_module": self._state.renderer.module_of(by_name[name], target)}
        cleaned, problems = self._validator.clean(table.module, whole, "$")
        if problems:
            raise ValueError(f"{table.module.api_name}: {problems[0]['message']} {problems[0]['details']}")
        return cleaned

    def _create(self, table: Table, values: dict[str, Any]) -> Row:
        return self._make(table, self._prepare(table, values))

    def _prepare(self, table: Table, values: dict[str, Any]) -> dict[str, Any]:
        """Columns of a new record, checked."""
        cleaned = self._clean(table, values)
        if table.module.api_name == "Deals":
            cleaned = {"Pipeline": PIPELINE} | cleaned
        missing = [field.api_name for field in rules.required(table.module, cleaned)]
        if missing:
            raise ValueError(f"{table.module.api_name} needs {', '.join(missing)}")
        return cleaned

    def _make(self, table: Table, cleaned: dict[str, Any]) -> Row:
        user = cleaned.get("Owner") or next(u.id for u in self._state.directory.users.values() if not u.admin)
        row = self._changes.new_row(table, {"Owner": user} | cleaned, user)
        table.put(row)
        return row

    def _update(self, table: Table, row: Row, values: dict[str, Any]) -> Row:
        fields = {name: value for name, value in values.items() if name not in HOLDS}
        changed = self._with_closing_date(table, row, self._clean(table, fields))
        after = self._changes.put(table, row, changed, actor(row))
        for key in HOLDS.keys() & values.keys():
            change = table.held[key].discard if values[key] is True else table.held[key].add
            change(row[ID])
        return after

    def _with_closing_date(self, table: Table, row: Row, values: dict[str, Any]) -> dict[str, Any]:
        """Whoever closes a deal before its expected day corrects the day."""
        stage = STAGE_BY_NAME.get(values.get("Stage", "")) if table.module.api_name == "Deals" else None
        if stage is None or stage.forecast == "Open" or "Closing_Date" in values:
            return values
        today = times.local_date(self._state.now())
        planned = row[table.module.position["Closing_Date"]]
        return values | {"Closing_Date": today} if planned is None or planned > today else values

    def _convert(self, table: Table, lead: Row, values: dict[str, Any]) -> Row:
        """`Accounts` and `Contacts` are `{"id": …}` or fields; with `Deals`, fields, there is a deal."""
        if table.module.api_name != "Leads":
            raise ValueError("only Leads can be converted")
        if values.keys() - set(conversion.MODULES) or not all(isinstance(given, dict) for given in values.values()):
            raise ValueError("convert takes Accounts, Contacts and Deals, each an object")
        if lead[table.module.position["Converted__s"]]:
            raise ValueError(f"lead {lead[ID]} is converted already")
        account, contact = (self._part(module, lead, values.get(module, {})) for module in ("Accounts", "Contacts"))
        deal = self._new_part("Deals", lead, values["Deals"]) if values.get("Deals") else None
        return conversion.carry_out(self._state, lead, conversion.Order(account, contact, deal, by=actor(lead)))

    def _part(self, module: str, lead: Row, given: dict[str, Any]) -> int | dict[str, Any]:
        if "id" in given:
            return int(self._row(self._state.tables[module], str(given["id"]))[ID])
        return self._new_part(module, lead, given)

    def _new_part(self, module: str, lead: Row, given: dict[str, Any]) -> dict[str, Any]:
        copied = conversion.handed_on(self._state, lead, module)
        if module == "Accounts":
            copied.setdefault("Account_Name", lead[self._state.tables["Leads"].module.position["Last_Name"]])
        return self._prepare(self._state.tables[module], copied | {"Owner": actor(lead)} | given)

    def _merge(self, table: Table, master: Row, values: dict[str, Any]) -> Row:
        """`values` names the records that are merged into this one: by id, the fields that it takes from each."""
        children = {}
        for record_id, names in values.items():
            child = self._row(table, record_id)[ID]
            if child == master[ID]:
                raise ValueError(f"{record_id} cannot be merged with itself")
            writable = [name for name, field in table.module.by_name.items() if not (field.read_only or field.derived)]
            if not isinstance(names, list) or not all(name in writable for name in names):
                raise ValueError(f"merge takes for {record_id} a list of fields that a person can set")
            children[child] = names
        if not 1 <= len(children) <= merging.MOST_CHILDREN:
            raise ValueError(f"merge takes one to {merging.MOST_CHILDREN} records")
        return merging.carry_out(self._state, table, master, children, actor(master))

    def _delete(self, table: Table, row: Row) -> Row:
        return table.delete(row[ID], self._state.now(), actor(row))

    def _restore(self, table: Table, record_id: str | None) -> Row:
        found = table.bin.get(int(record_id)) if record_id and record_id.isascii() and record_id.isdigit() else None
        if found is None or self._state.now() - found.at >= BIN_DAYS * times.DAY_S:
            raise ValueError(f"{table.module.api_name} has no record {record_id!r} in the recycle bin")
        after = self._changes.changed(table, found.row, {}, actor(found.row))
        table.restore(after)
        return after

    def _lock(self, table: Table, row: Row, *, locked: bool) -> Row:
        if not locked:
            locks.unlock(table, row)
        elif not row[LOCKED]:
            locks.lock(self._state, table, row, None, actor(row))
        return table.rows[row[ID]]
