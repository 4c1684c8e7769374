"""What a write call did to which field, for the sandbox's log of writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.values import wire_value
from sandbox.world import RecordWrite

if TYPE_CHECKING:
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

ADDRESS = frozenset({"_id", "dataObjectApiName"})
# Where calls other than create and update name their records (docs/vendor/fxiaoke.md §5.3).
_ID_LISTS = ("idList", "dataIds", "objectIds", "objectIDs")

Writes = list[RecordWrite]


def written(table: Table, name: str, before: Row | None, after: Row, outcome: str = "applied") -> RecordWrite:
    old = None if before is None else _shown(table, name, before)
    return RecordWrite(table.value(after, "_id"), name, old, _shown(table, name, after), outcome)


def refused(state: State, body: dict[str, Any], outcome: str) -> Writes:
    """What a refused write would have touched: before and after are the same."""
    data = body.get("data")
    if not isinstance(data, dict):
        return []
    given = data.get("object_data")
    if not isinstance(given, dict):
        return [RecordWrite(record_id, "life_status", None, None, outcome) for record_id in _ids(data)]
    record_id, name = given.get("_id"), given.get("dataObjectApiName")
    table = state.tables.get(name) if isinstance(name, str) else None
    row = table.get(record_id) if table is not None and isinstance(record_id, str) else None
    writes = []
    for field in sorted(given.keys() - ADDRESS):
        now = None if table is None or row is None else _shown(table, field, row)
        writes.append(RecordWrite(str(record_id or ""), field, now, now, outcome))
    return writes


def _ids(data: dict[str, Any]) -> list[str]:
    listed = next((data[key] for key in _ID_LISTS if isinstance(data.get(key), list)), [data.get("object_data_id")])
    return [record_id for record_id in listed if isinstance(record_id, str)]


def _shown(table: Table, name: str, row: Row) -> Any:
    field = table.spec.fields.get(name)
    return None if field is None or not field.stored else wire_value(field, table.value(row, name))
