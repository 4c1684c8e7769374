"""What must not be twice in a module, and how an upsert finds its record (docs/vendor/zoho.md §6.3, §6.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho.errors import problem
from sandbox.zoho.fields import ID, OWNER

if TYPE_CHECKING:
    from sandbox.zoho.fields import Module
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

# By these an upsert looks first; an insert may repeat them.
SYSTEM_FIELDS = {
    "Leads": "Email",
    "Contacts": "Email",
    "Accounts": "Account_Name",
    "Deals": "Deal_Name",
    "Campaigns": "Campaign_Name",
    "Cases": "Subject",
    "Products": "Product_Name",
    "Vendors": "Vendor_Name",
    "Quotes": "Subject",
    "Sales_Orders": "Subject",
    "Purchase_Orders": "Subject",
    "Invoices": "Subject",
}


def system_field(module: Module) -> str | None:
    """None where the module takes no upsert."""
    return "Name" if module.generated_type == "custom" else SYSTEM_FIELDS.get(module.api_name)


def unique_fields(module: Module) -> list[str]:
    return [field.api_name for field in module.fields if field.unique]


def clashes(state: State, table: Table, values: dict[str, Any], own_id: int | None, place: str) -> list[dict[str, Any]]:
    """A problem for each unique field whose value another record has already."""
    problems = []
    for name in unique_fields(table.module):
        if values.get(name) is None:
            continue
        others = [row for row in table.with_value(name, values[name]) if row[ID] != own_id]
        if others:
            where = {"api_name": name, "json_path": f"{place}.{name}"}
            problems.append(problem("DUPLICATE_DATA", where | _duplicate(state, table, others)))
    return problems


def _duplicate(state: State, table: Table, others: list[Row]) -> dict[str, Any]:
    row, module = others[0], table.module
    owner = state.directory.users.get(row[OWNER])
    return {
        "id": str(row[ID]),
        "more_records": len(others) > 1,
        "duplicate_record": {
            "id": str(row[ID]),
            "module": {"api_name": module.api_name, "id": module.tab_id},
            "Owner": owner and {"id": str(owner.id), "name": owner.full_name, "zuid": str(owner.zuid)},
        },
    }
