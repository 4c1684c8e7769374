"""The rows that belong to a record, as `data/get` shows them (docs/vendor/fxiaoke.md §4.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.directory import TENANT_ID

if TYPE_CHECKING:
    import msgspec

    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

# Master, its detail object, and the detail's field that names the master.
DETAILS = {"PaymentObj": ("OrderPaymentObj", "payment_id")}


def details_of(state: State, caller: Caller, table: Table, row: Row) -> dict[str, Any]:
    """The key `details`, or nothing for an object that has none."""
    if table.spec.api_name not in DETAILS:
        return {}
    name, link = DETAILS[table.spec.api_name]
    detail = state.tables[name]
    record_id = table.value(row, "_id")
    rows = [item for item in detail.rows() if detail.value(item, link) == record_id]
    records = state.renderer.page(detail, rows, caller.style)
    wrapped = [_wrapped(name, detail, item, record) for item, record in zip(rows, records, strict=True)]
    return {"details": {name: wrapped}}


def _wrapped(name: str, table: Table, row: Row, record: msgspec.Struct) -> dict[str, Any]:
    return {
        "tenantId": TENANT_ID,
        "describeApiName": name,
        "id": table.value(row, "_id"),
        "deleted": False,
        "createTime": table.value(row, "create_time"),
        "containerDocument": record,
    }
