"""Fields whose value follows from others, so that no row stores them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.directory import TENANT_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.directory import Directory
    from sandbox.fxiaoke.store import Row, Table

CENT = Decimal("0.01")


def attach(table: Table, directory: Directory) -> None:
    """Give a table the readers of its derived fields."""
    api_name, columns = table.spec.api_name, table.spec.columns
    owner, life_status = columns["owner"], columns["life_status"]

    def owner_department(row: Row) -> str | None:
        return directory.department_name(directory.main_departments.get(row[owner]))

    table.derived.update(
        {
            "object_describe_api_name": _always(api_name),
            "object_describe_id": _always(f"describe_{api_name}"),
            "tenant_id": _always(TENANT_ID),
            "package": _always("CRM"),
            "extend_obj_data_id": _always(None),
            "lock_rule": _always("default_lock_rule"),
            "out_owner": _always(None),
            "relevant_team": _always(None),
            "is_deleted": lambda row: row[life_status] == "invalid",
            "owner_department": owner_department,
        }
    )
    if "probability_amount" in table.spec.fields:
        table.derived["probability_amount"] = _probability_amount(columns["amount"], columns["probability"])


def _always(value: Any) -> Callable[[Row], Any]:
    return lambda _row: value


def _probability_amount(amount: int, probability: int) -> Callable[[Row], str | None]:
    def read(row: Row) -> str | None:
        if row[amount] is None or row[probability] is None:
            return None
        product = Decimal(row[amount]) * Decimal(row[probability]) / 100
        return str(product.quantize(CENT, ROUND_HALF_UP))

    return read
