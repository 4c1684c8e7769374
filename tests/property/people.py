"""Does what people do, by the sandbox's control."""

from __future__ import annotations

from typing import Any

from tests.e2e.harness import Crms, Json
from tests.property.acts import Edit
from tests.property.habits import OBJECTS, Pick

_NOTHING = "0"
"""The id of a record where there is none."""


class People:
    """At work in both CRMs."""

    def __init__(self, crms: Crms) -> None:
        self._crms = crms
        self.edits = self.refused = 0

    def do(self, edit: Edit) -> None:
        """Make the edit, or have it refused: a merge with itself, a second conversion. Nobody restores where nothing is gone."""
        order = self.order(edit)
        if order.get("id") == _NOTHING:
            return
        self.edits += 1
        try:
            self._crms.edit(edit.system, edit.module, edit.action, order.get("id"), order["values"])
        except AssertionError as error:
            if "answered 400" not in str(error):
                raise
            self.refused += 1

    def order(self, edit: Edit) -> Json:
        """As the control takes it, the places turned into ids."""
        order: Json = {"module": edit.module, "action": edit.action, "values": self._resolved(edit.values)}
        if edit.record is None:
            return order
        deleted = edit.action in {"restore", "recover"}
        return order | {"id": self._id(edit.record, deleted=deleted)}

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Pick):
            return self._id(value)
        if isinstance(value, dict):
            return {self._resolved(key): self._resolved(item) for key, item in value.items()}
        return value

    def _id(self, pick: Pick, *, deleted: bool = False) -> str:
        ids = self._ids(pick.module, deleted=deleted)
        return ids[int(pick.share * len(ids))] if ids else _NOTHING

    def _ids(self, module: str, *, deleted: bool) -> list[str]:
        """Of a module's records, in order."""
        sandbox = self._crms.sandbox
        if module == "users":
            return [str(user) for user in sorted(sandbox.zoho.state.directory.users)]
        if module in OBJECTS["zoho"]:
            zoho = sandbox.zoho.state.tables[module]
            return [str(key) for key in sorted(zoho.bin if deleted else zoho.rows)]
        fxiaoke = sandbox.fxiaoke.state.tables[module]
        if deleted:
            return sorted(str(fxiaoke.value(row, "_id")) for row in fxiaoke.invalid_rows())
        return sorted(fxiaoke.ids())
