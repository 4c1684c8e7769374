"""A person's acts in the web client, for the sandbox's control."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.changes import NOW, consequences, invalidated, new_values, owned_by, recovered, stamp, unless
from sandbox.fxiaoke.directory import ADMIN
from sandbox.fxiaoke.filters import IllegalValueError
from sandbox.fxiaoke.render import Style
from sandbox.fxiaoke.values import stored_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

    Values = dict[str, Any]
    Action = Callable[[State, Table, str, Values], Row]

PLAIN = Style(expand=False)


def edit(state: State, module: str, action: str, record_id: str | None, values: Values) -> Values:
    """Do what a person does; see `System.edit`.

    Raises:
        ValueError: An unknown module, action, record, field or value, or a locked record.
    """
    if module == "switches":
        return _switch(state, action, values)
    table = state.tables.get(module)
    if table is None:
        raise ValueError(f"unknown module {module!r}, there are {', '.join(state.tables)}")
    act = ACTIONS.get(action)
    if act is None:
        raise ValueError(f"unknown action {action!r}, there are {', '.join(ACTIONS)}")
    row = act(state, table, record_id or "", values)
    return state.renderer.record(table, row, PLAIN)


def _switch(state: State, action: str, values: Values) -> Values:
    if action == "expire_tokens":
        state.gateway.oauth.expire()
        state.gateway.legacy.expire()
    elif action == "update":
        state.switches.change(values)
    else:
        raise ValueError(f"unknown action {action!r} of switches, there are update, expire_tokens")
    return asdict(state.switches)


def _create(state: State, table: Table, _record_id: str, values: Values) -> Row:
    values = read_values(state, table, values)
    owner = values.setdefault("owner", ADMIN)
    row = table.make(new_values(state, table, values, owner or ADMIN))
    table.put(row)
    return row


def _update(state: State, table: Table, record_id: str, values: Values) -> Row:
    row = _unlocked(table, record_id)
    values = read_values(state, table, values)
    return _store(state, table, row, {**values, **consequences(state, table, row, values)})


def _delete(state: State, table: Table, record_id: str, _values: Values) -> Row:
    row = _unlocked(table, record_id)
    row = invalidated(state, table, row, _actor(table, row))
    table.put_invalid(row)
    return row


def _recover(state: State, table: Table, record_id: str, _values: Values) -> Row:
    row = table.get_invalid(record_id)
    if row is None:
        raise ValueError(f"{table.spec.api_name} {record_id!r} is not in the recycle bin")
    row = recovered(state, table, row, _actor(table, row))
    table.put(row)
    return row


def _lock(state: State, table: Table, record_id: str, _values: Values) -> Row:
    row = _unlocked(table, record_id)
    return _store(state, table, row, {"lock_status": "1", "lock_user": _actor(table, row)})


def _unlock(state: State, table: Table, record_id: str, _values: Values) -> Row:
    return _store(state, table, _row(table, record_id), {"lock_status": "0", "lock_user": None})


def _change_owner(state: State, table: Table, record_id: str, values: Values) -> Row:
    row = _unlocked(table, record_id)
    owner = read_values(state, table, values).get("owner")
    if owner is None:
        raise ValueError("changeOwner takes the value owner")
    after = stamp(state, table, row, owned_by(state, table, row, owner), _actor(table, row))
    after = unless(state.switches.owner_change_bumps, table, row, after)
    table.put(after)
    return after


def _convert(state: State, table: Table, record_id: str, values: Values) -> Row:
    """Turn a lead into an account, a contact and, unless `NewOpportunityObj` is null, an opportunity.

    `values` may hold values of the three under their object names, or an `account_id` to join.
    """
    if table.spec.api_name != "LeadsObj":
        raise ValueError("only LeadsObj can be converted")
    lead = _unlocked(table, record_id)
    if table.value(lead, "biz_status") == "transformed":
        raise ValueError(f"LeadsObj {record_id!r} is converted already")
    owner = table.value(lead, "owner") or ADMIN
    shared = {"owner": [owner], "leads_id": record_id}
    account_id = values.get("account_id") or _made(
        state, "AccountObj", {"name": table.value(lead, "company"), **shared}, values
    )
    person = {
        "name": table.value(lead, "name"),
        "mobile1": table.value(lead, "mobile"),
        "email": table.value(lead, "email"),
    }
    contact_id = _made(state, "ContactObj", {**person, **shared, "account_id": account_id}, values)
    links = {"account_id": account_id, "contact_id": contact_id}
    if values.get("NewOpportunityObj", {}) is not None:
        deal = {"name": f"{table.value(lead, 'company')}-新商机", **shared, **links, "close_date": state.now_ms()}
        links["new_opportunity_id"] = _made(state, "NewOpportunityObj", deal, values)
    after = stamp(state, table, lead, {"biz_status": "transformed", "transform_time": NOW, **links}, owner)
    after = unless(state.switches.conversion_bumps, table, lead, after)
    table.put(after)
    return after


def _made(state: State, module: str, values: Values, asked: Values) -> str:
    table = state.tables[module]
    row = _create(state, table, "", {**values, **(asked.get(module) or {})})
    return str(table.value(row, "_id"))


ACTIONS: dict[str, Action] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "recover": _recover,
    "convert": _convert,
    "lock": _lock,
    "unlock": _unlock,
    "changeOwner": _change_owner,
}


def _row(table: Table, record_id: str) -> Row:
    row = table.get(record_id)
    if row is None:
        raise ValueError(f"{table.spec.api_name} has no record {record_id!r}")
    return row


def _unlocked(table: Table, record_id: str) -> Row:
    row = _row(table, record_id)
    if table.value(row, "lock_status") == "1":
        raise ValueError(f"{table.spec.api_name} {record_id!r} is locked")
    return row


def _store(state: State, table: Table, row: Row, values: Values) -> Row:
    row = stamp(state, table, row, values, _actor(table, row))
    table.put(row)
    return row


def _actor(table: Table, row: Row) -> str:
    """The owner acts on a record, the administrator on one without."""
    return table.value(row, "owner") or ADMIN


def read_values(state: State, table: Table, values: Values) -> Values:
    """Values by API name in the wire form; a person in the client may set more fields than a call.

    Raises:
        ValueError: An unknown field, or a value that does not fit.
    """
    read: Values = {}
    for name, value in values.items():
        field = table.spec.fields.get(name)
        if field is None or not field.stored or name == "_id":
            raise ValueError(f"{table.spec.api_name} has no field {name!r} to set")
        given = [value] if field.kind == "ids" and isinstance(value, str) and value else value
        try:
            read[name] = stored_value(field, given, state.directory.plain, state.switches)
        except IllegalValueError as error:
            raise ValueError(f"{table.spec.api_name}.{name}: {error}") from None
    return read
