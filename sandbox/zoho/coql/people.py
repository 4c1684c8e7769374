"""Users by the names of docs/vendor/zoho.md §9, and their roles and profiles, which only joins reach."""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.coql.sources import USERS, Attribute, Get, Records, Source, then
from sandbox.zoho.directory import ADMIN_PROFILE, STANDARD_PROFILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.zoho.directory import User
    from sandbox.zoho.state import State

_ROLES, _PROFILES = "roles", "profiles"


def source(state: State, name: str) -> Source | None:
    """What a query names after FROM; only for users the case does not matter."""
    if name.lower() == USERS:
        return _users(state)
    return Records(state, state.tables[name]) if name in state.tables else None


def joined(state: State, name: str) -> Source | None:
    """What a lookup leads to."""
    if name == _ROLES:
        return _roles(state)
    return _profiles() if name == _PROFILES else source(state, name)


class _Listed:
    """A few records that are no rows."""

    def __init__(self, name: str, attributes: dict[str, Attribute], records: dict[int, Any]) -> None:
        self.name, self._attributes, self._records = name, attributes, records

    def attribute(self, name: str) -> Attribute | None:
        return self._attributes.get(name)

    def find(self, record_id: int) -> Any:
        return self._records.get(record_id)

    def records(self) -> Iterable[Any]:
        return self._records.values()


def _plain(data_type: str, read: Get) -> Attribute:
    return Attribute(data_type, read, read)


def _id(read: Get) -> Attribute:
    return Attribute("bigint", read, then(read, str))


def _datetime(read: Get) -> Attribute:
    return Attribute("datetime", read, then(read, times.show))


def _users(state: State) -> Source:
    directory = state.directory

    def name_of(user_id: int) -> dict[str, str]:
        return {"name": directory.users[user_id].last_name, "id": str(user_id)}

    def role_of(role_id: int) -> dict[str, str]:
        return {"name": directory.roles[role_id].name, "id": str(role_id)}

    role, boss = attrgetter("role"), attrgetter("reports_to")
    attributes = {
        "id": _id(attrgetter("id")),
        "full_name": _plain("text", attrgetter("full_name")),
        "first_name": _plain("text", attrgetter("first_name")),
        "last_name": _plain("text", attrgetter("last_name")),
        "email": _plain("email", attrgetter("email")),
        "mobile": _plain("phone", attrgetter("phone")),
        "status": _plain("picklist", lambda user: "active" if user.active else "inactive"),
        "confirm": _plain("boolean", lambda _: True),
        "zuid": _plain("text", lambda user: str(user.zuid)),
        "role": Attribute("lookup", role, then(role, role_of), _ROLES),
        "profile": Attribute("lookup", lambda user: int(_profile_of(user)["id"]), _profile_of, _PROFILES),
        "Reporting_To": Attribute("userlookup", boss, then(boss, name_of), USERS),
        "created_time": _datetime(attrgetter("created")),
        "Modified_Time": _datetime(attrgetter("modified")),
    }
    return _Listed(USERS, attributes, dict(directory.users))


def _profile_of(user: User) -> dict[str, str]:
    return ADMIN_PROFILE if user.admin else STANDARD_PROFILE


def _roles(state: State) -> Source:
    attributes = {"id": _id(attrgetter("id")), "name": _plain("text", attrgetter("name"))}
    return _Listed(_ROLES, attributes, dict(state.directory.roles))


def _profiles() -> Source:
    attributes = {
        "id": _id(lambda profile: int(profile["id"])),
        "name": _plain("text", itemgetter("name")),
    }
    return _Listed(_PROFILES, attributes, {int(found["id"]): found for found in (ADMIN_PROFILE, STANDARD_PROFILE)})
