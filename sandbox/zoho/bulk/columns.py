"""The fields that a bulk read may ask for, by name or by a dot through a lookup (docs/vendor/zoho.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.fields import Module

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.directory import User
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row

LOOKUPS = ("lookup", "ownerlookup", "userlookup")
_USERS = ("ownerlookup", "userlookup")
# Lists of records leave these out, and so does a job (§2).
_LEFT_OUT = ("subform", "multiselectlookup", "multiuserlookup")
# System state that a job can be asked for.
_SYSTEM = {"$converted": "boolean"}
# Compared as they are stored; the value of any other type is what the API shows.
_TEXTS = ("email", "phone", "picklist", "text", "textarea", "website")
_NUMBERS = ("bigint", "currency", "double", "integer", "percent")
_PLAIN = frozenset((*_TEXTS, *_NUMBERS, *LOOKUPS, "boolean", "date", "datetime"))
# Written to a file as they are.
BARE = _PLAIN - {"boolean", "datetime"}
# From what the API shows of a field that is not stored.
_AS_STORED: dict[str, Callable[[Any], Any]] = {
    "datetime": times.parse_datetime,
    "bigint": int,
    **dict.fromkeys(LOOKUPS, lambda shown: int(shown["id"])),
}
# Of a user, behind the dot of an owner.
_USER_FIELDS: dict[str, Callable[[User], str | None]] = {
    "id": lambda user: str(user.id),
    "full_name": lambda user: user.full_name,
    "first_name": lambda user: user.first_name,
    "last_name": lambda user: user.last_name,
    "email": lambda user: user.email,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A field as asked for; the value of a record is an id for a lookup, seconds for a datetime."""

    name: str
    data_type: str
    value: Callable[[Row], Any]


def all_of(state: State, module: Module) -> list[Column]:
    found = (find(state, module, name) for name in module.by_name)
    return [column for column in found if column is not None]


def find(state: State, module: Module, name: str) -> Column | None:
    """The column of a name, or None if there is none; only one dot is followed."""
    base, dot, inner = name.partition(".")
    column = _own(state, module, base)
    if column is None or not dot:
        return column
    if column.data_type in _USERS:
        return _of_user(state, column, name, inner)
    to = module.by_name[base].to if column.data_type == "lookup" else None
    target = None if to is None else _own(state, state.tables[to].module, inner)
    return None if to is None or target is None else _of_parent(state, column, name, to, target)


def _own(state: State, module: Module, name: str) -> Column | None:
    if name in _SYSTEM and "Converted__s" in module.position:
        return Column(name, _SYSTEM[name], itemgetter(module.position["Converted__s"]))
    field = module.by_name.get(name)
    if field is None or field.data_type in _LEFT_OUT:
        return None
    if not field.derived and field.data_type in _PLAIN:
        return Column(name, field.data_type, itemgetter(module.position[name]))
    show, read = state.renderer.plan(module, name).show, _AS_STORED.get(field.data_type, _same)
    # Tags are of type text, but a list of objects.
    data_type = "jsonarray" if (field.data_type, field.json_type) == ("text", "jsonarray") else field.data_type
    return Column(name, data_type, lambda row: None if (cell := show(row).get(name)) is None else read(cell))


def _same(shown: Any) -> Any:
    return shown


def _of_user(state: State, column: Column, name: str, inner: str) -> Column | None:
    shown = _USER_FIELDS.get(inner)
    if shown is None:
        return None

    def value(row: Row) -> str | None:
        user = state.directory.users.get(column.value(row))
        return None if user is None else shown(user)

    return Column(name, "text", value)


def _of_parent(state: State, column: Column, name: str, to: str, target: Column) -> Column:
    table = state.tables[to]

    def value(row: Row) -> Any:
        parent_id = column.value(row)
        parent = None if parent_id is None else table.find(parent_id)
        return None if parent is None else target.value(parent)

    return Column(name, target.data_type, value)
