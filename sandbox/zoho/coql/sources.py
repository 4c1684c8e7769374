"""What can be queried and joined: each source gives records, and fields by which to read and show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol

from sandbox.zoho import times

if TYPE_CHECKING:
    from sandbox.zoho.fields import Field
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

Get = Callable[[Any], Any]
USERS = "users"
POLYMORPHIC = "multi_module_lookup"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One field: `read` gives a record's value as criteria compare it, `show` as the answer shows it.

    Attributes:
        to: The source that a lookup leads to.
        targets: The modules that a lookup to many may lead to.
    """

    data_type: str
    read: Get
    show: Get
    to: str | None = None
    targets: tuple[str, ...] = ()


class Source(Protocol):
    """A module, or what stands for one."""

    name: str

    def attribute(self, name: str) -> Attribute | None: ...

    def find(self, record_id: int) -> Any:
        """The record with an id, or None."""
        ...

    def records(self) -> Iterable[Any]:
        """All of them, by id."""
        ...


class Records:
    """A module. Records in the recycle bin are not found."""

    def __init__(self, state: State, table: Table) -> None:
        self._state, self.table, self.name = state, table, table.module.api_name

    def attribute(self, name: str) -> Attribute | None:
        field = self.table.module.by_name.get(name)
        if field is None:
            return None
        to = USERS if field.data_type in ("ownerlookup", "userlookup") else field.to
        # Tags are called texts, but are a list of objects.
        data_type = "tags" if (field.data_type, field.json_type) == ("text", "jsonarray") else field.data_type
        return Attribute(data_type, *self._ways(field), to, field.targets)

    def find(self, record_id: int) -> Row | None:
        return self.table.get(record_id)

    def records(self) -> Iterable[Row]:
        return self.table.by_id.walk(self.table.rows, None, back=False)

    def _ways(self, field: Field) -> tuple[Get, Get]:
        """How to read and to show a field; what is not stored as it is compared is taken from how it is shown."""
        shown = self._state.renderer.plan(self.table.module, field.api_name).only()
        if field.derived:
            return (then(shown, times.parse_datetime) if field.data_type == "datetime" else shown), shown
        if field.live:
            return then(shown, _id_of), shown
        read = itemgetter(self.table.module.position[field.api_name])
        if field.data_type in ("ownerlookup", "userlookup"):
            return read, then(read, self._user)
        if field.data_type == POLYMORPHIC:
            return read, then(read, self._target)
        return then(shown, ";".join) if field.data_type == "multiselectpicklist" else read, shown

    def _user(self, user_id: int) -> dict[str, str]:
        """The name of a user is the last name here."""
        return {"name": self._state.directory.users[user_id].last_name, "id": str(user_id)}

    def _target(self, record_id: int) -> dict[str, Any]:
        """A multi-module lookup tells the module instead of the name."""
        table = next((table for table in self._state.tables.values() if table.find(record_id)), None)
        module = None if table is None else {"api_name": table.module.api_name, "id": table.module.tab_id}
        return {"module": module, "id": str(record_id)}


def _id_of(link: dict[str, str]) -> int:
    return int(link["id"])


def then(first: Get, second: Get) -> Get:
    """One after the other; nothing stays nothing."""

    def both(record: Any) -> Any:
        value = first(record)
        return None if value is None else second(value)

    return both
