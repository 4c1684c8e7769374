"""Fields whose value follows from others, so that no row stores them."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.directory import ROOT_DEPARTMENT, TENANT_ID
from sandbox.fxiaoke.objects_awkward import field_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.fxiaoke.directory import Directory
    from sandbox.fxiaoke.store import Row, Table

CENT = Decimal("0.01")
# Fields of the samples (§6.1 to §6.5) that nothing in this tenant moves, and those that are always empty.
UNMOVED: dict[str, Any] = {
    "biz_reg_name": False,
    "data_own_organization": (ROOT_DEPARTMENT,),
    "is_collected": False,
    "opp_lines_sum": "0.00",
    "resale_count": "0",
    **dict.fromkeys(
        (
            "account_main_data_id",
            "account_path",
            "extend_obj_data_id",
            "opportunity_status",
            "out_owner",
            "out_tenant_id",
            "partner_id",
            "transfer_partner_id",
        )
    ),
}


def attach(table: Table, directory: Directory, tables: Mapping[str, Table]) -> None:
    """Give a table the readers of its derived fields; `tables` are those of all objects."""
    api_name, columns = table.spec.api_name, table.spec.columns
    owner, life_status = columns["owner"], columns["life_status"]

    def owner_department(row: Row) -> str | None:
        return directory.department_name(directory.main_departments.get(row[owner]))

    table.constants.update(
        {
            "object_describe_api_name": api_name,
            "object_describe_id": f"describe_{api_name}",
            "tenant_id": TENANT_ID,
            "package": "CRM",
            "lock_rule": "default_lock_rule",
            **{name: value for name, value in UNMOVED.items() if name in table.spec.fields},
        }
    )
    table.derived.update({name: _always(value) for name, value in table.constants.items()})
    table.derived.update(
        {
            "relevant_team": _always(None),
            "is_deleted": lambda row: row[life_status] == "invalid",
            "owner_department": owner_department,
        }
    )
    if "related_api_names" in table.spec.fields:
        table.derived["related_api_names"] = _related_names(columns["related_object_data"])
    for kind, make in AWKWARD.items():
        if field_name(kind) in table.spec.fields:
            table.derived[field_name(kind)] = make(table, tables)
    if "probability_amount" in table.spec.fields:
        table.derived["probability_amount"] = _probability_amount(columns["amount"], columns["probability"])
    for name in ("mobile", "tel"):
        if f"{name}1" in columns and name in table.spec.fields:
            table.derived[name] = _first([columns[f"{name}{place}"] for place in range(1, 6)])
    if "cost_time" in table.spec.fields:
        table.derived["cost_time"] = _stay(columns["stg_changed_time"], columns["last_modified_time"])


def _formula(table: Table, _tables: Mapping[str, Table]) -> Callable[[Row], str | None]:
    """A hundredth of the number field."""
    place = table.spec.columns[field_name("number")]

    def read(row: Row) -> str | None:
        return None if row[place] is None else str((Decimal(row[place]) / 100).quantize(CENT, ROUND_HALF_UP))

    return read


def _rollup(table: Table, tables: Mapping[str, Table]) -> Callable[[Row], str]:
    """How many deals an account has; it changes without a change of the account (§4.3)."""
    deals, counted = tables["NewOpportunityObj"], Counter[str]()
    record_id = table.spec.columns["_id"]
    stale = [True]

    def forget() -> None:
        stale[0] = True
        table.forget_results()

    def read(row: Row) -> str:
        if stale[0]:
            counted.clear()
            counted.update(deals.value(deal, "account_id") for deal in deals.rows())
            stale[0] = False
        return str(counted[row[record_id]])

    deals.listeners.append(forget)
    return read


def _quote(table: Table, _tables: Mapping[str, Table]) -> Callable[[Row], str | None]:
    """The name of the account above."""
    parent = table.spec.columns["parent_account_id"]

    def read(row: Row) -> str | None:
        above = table.get(row[parent]) if row[parent] else None
        return None if above is None else str(table.value(above, "name"))

    return read


AWKWARD: dict[str, Callable[[Table, Mapping[str, Table]], Callable[[Row], Any]]] = {
    "formula": _formula,
    "count": _rollup,
    "quote": _quote,
}


def _related_names(place: int) -> Callable[[Row], tuple[str, ...] | None]:
    def read(row: Row) -> tuple[str, ...] | None:
        return tuple(dict.fromkeys(link.partition(":")[0] for link in row[place])) if row[place] else None

    return read


def _always(value: Any) -> Callable[[Row], Any]:
    return lambda _row: value


def _probability_amount(amount: int, probability: int) -> Callable[[Row], str | None]:
    def read(row: Row) -> str | None:
        if row[amount] is None or row[probability] is None:
            return None
        product = Decimal(row[amount]) * Decimal(row[probability]) / 100
        return str(product.quantize(CENT, ROUND_HALF_UP))

    return read


def _first(places: list[int]) -> Callable[[Row], Any]:
    return lambda row: next((row[place] for place in places if row[place]), None)


def _stay(since: int, until: int) -> Callable[[Row], int | None]:
    """How long a deal had been in its stage when it was last changed."""

    def read(row: Row) -> int | None:
        return None if row[since] is None else max(0, row[until] - row[since])

    return read
