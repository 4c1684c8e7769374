"""Related lists: the records that point at a record (docs/vendor/zoho.md §5.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.zoho import query
from sandbox.zoho.errors import ZohoError, unknown_id_in_path
from sandbox.zoho.fields import ID
from sandbox.zoho.http import Call, Reply
from sandbox.zoho.records import Records
from sandbox.zoho.render import layout_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zoho.fields import Module
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Table

# The older clients' name for the tracker of deals (§5.7).
_TRACKER = "Stage_History"
# Lists of a module's own records, which cannot be called like the module.
_OWN_LISTS = {"Parent_Account": ("Child_Accounts", "Member Accounts"), "Reporting_To": ("Reporting_To", "Reports")}
_RELATED = 20
LOCKS = "Locking_Information__s"


class RelatedList(NamedTuple):
    """One list: the records of a module whose lookup holds the record's id."""

    api_name: str
    label: str
    module: Module
    field: str


class Related:
    """The calls that read related lists."""

    def __init__(self, state: State) -> None:
        self._state, self._records = state, Records(state)

    def lists(self, call: Call) -> Reply:
        """`GET /settings/related_lists?module=…`."""
        name = call.param("module")
        if name is None:
            raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
        table = self._state.tables.get(name)
        if table is None:
            raise ZohoError("INVALID_MODULE", {"param_name": "module"})
        if call.param("layout_id") not in (None, layout_of(table.module)["id"]):
            raise ZohoError("INVALID_DATA", {"param_name": "layout_id"})
        found: list[tuple[str, str, Module | None]]
        found = [(one.api_name, one.label, one.module) for one in self._of(table.module)]
        found.append((LOCKS, "Locking Information", None))
        return Reply(200, {"related_lists": [_show(table.module, at, *one) for at, one in enumerate(found, start=1)]})

    def many(self, call: Call) -> Reply:
        """`GET /{Module}/{id}/{list}`, with the parameters of Get Records."""
        table = self._state.table(call)
        chosen = next((one for one in self._of(table.module) if one.api_name == call.args["list"]), None)
        if chosen is None:
            raise ZohoError(
                "INVALID_DATA", {"resource_path_index": 2}, message="the relation name given seems to be invalid"
            )
        record_id = int(call.args["id"])
        if table.get(record_id) is None:
            raise unknown_id_in_path(1)
        related: Table = self._state.tables[chosen.module.api_name]
        asked = query.parse(call, related.module, self._state.switches)
        ids = [row[ID] for row in related.with_value(chosen.field, record_id)]
        if asked.ids is not None:
            ids = [record_id for record_id in ids if record_id in asked.ids]
        return self._records.page(related, replace(asked, ids=tuple(ids)))

    def _of(self, module: Module) -> Iterator[RelatedList]:
        taken = set()
        for table in self._state.tables.values():
            other = table.module
            for field in other.fields:
                if not field.points_at(module.api_name):
                    continue
                if other.generated_type == "field_tracker":
                    yield RelatedList(_TRACKER, other.plural, other, field.api_name)
                if not other.writable or field.read_only:
                    continue
                name, label = other.api_name, other.plural
                if other.api_name == module.api_name:
                    name, label = _OWN_LISTS.get(field.api_name, (f"{name}_{field.api_name}", label))
                elif name in taken:
                    name = f"{name}_{field.api_name}"
                taken.add(name)
                yield RelatedList(name, label, other, field.api_name)


def _show(module: Module, at: int, api_name: str, label: str, other: Module | None) -> dict[str, Any]:
    return {
        "id": module.id(_RELATED, at),
        "sequence_number": str(at),
        "display_label": label,
        "api_name": api_name,
        "module": None if other is None else {"api_name": other.api_name, "id": other.tab_id},
        "name": label,
        "action": None,
        "href": f"{module.api_name}/{{ENTITYID}}/{api_name}",
        "type": "default",
        "status": "visible",
        "customize_sort": True,
        "customize_fields": True,
        "customize_display_label": False,
    }
