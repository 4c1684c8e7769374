"""The views for BI tools show what exists, with names beside ids and the chosen custom fields, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Table, insert, text

from models.config import BiColumn
from models.errors import ConfigError
from models.warehouse.core import ENTITIES, accounts, deals, leads, tasks, users
from models.warehouse.engine import Warehouse
from models.warehouse.marts import dim_picklist, dim_stage
from models.warehouse.migrate import migrate

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
STAMP = {"row_hash": "-", "first_seen_at": NOON, "synced_at": NOON, "run_id": "r"}
CHOSEN = {
    "deals": {
        "region": BiColumn(fields=("Region", "region__c")),
        "discount": BiColumn(fields=("Discount",), type="number"),
        "urgent": BiColumn(fields=("Urgent",)),
        "tags": BiColumn(fields=("Tags",)),
    },
    "leads": {
        "status_label": BiColumn(fields=("status",), type="label"),
        "level_label": BiColumn(fields=("Level", "level__c"), type="label"),
    },
    "tasks": {"priority_label": BiColumn(fields=("priority",), type="label")},
}


def deal(source: str, key: str, custom: Any, **more: Any) -> tuple[Table, dict[str, Any]]:
    row = {"owner_id": "1", "account_id": "7", "stage": "s1", "pipeline": "Standard", "amount": Decimal("12.5")}
    return deals, {"source": source, "source_id": key, "custom": custom, **row, **STAMP, **more}


def option(
    source: str,
    code: str,
    label: str,
    *,
    field: str = "biz_status",
    column: str | None = "status",
    entity: str = "leads",
    object_name: str = "LeadsObj",
    since: int = 1,
    until: int | None = None,
) -> tuple[Table, dict[str, Any]]:
    """Of a picklist, valid from one day of November on and until another one."""
    days = {name: day and NOON.replace(day=day) for name, day in (("valid_from", since), ("valid_to", until))}
    row = {"source": source, "object": object_name, "field": field, "code": code, "label": label, "position": 1}
    return dim_picklist, {**row, "entity": entity, "column_name": column, **days}


def lead(source: str, key: str, status: str | None, custom: Any) -> tuple[Table, dict[str, Any]]:
    return leads, {"source": source, "source_id": key, "status": status, "custom": custom, **STAMP}


def task(key: str, object_name: str) -> tuple[Table, dict[str, Any]]:
    return tasks, {"source": "fxiaoke", "source_id": key, "object": object_name, "priority": "1", **STAMP}


LABELLED = [
    # One that holds, one that was called otherwise before, one that is gone, one that is of another field.
    option("fxiaoke", "1", "未处理"),
    option("fxiaoke", "2", "转换", until=5),
    option("fxiaoke", "2", "已转换", since=5),
    option("fxiaoke", "3", "无效", until=6),
    option("fxiaoke", "1", "高", field="level__c", column=None),
    option("zoho", "New", "Brand new", field="Lead_Status", object_name="Leads"),
    option("fxiaoke", "1", "客户状态", entity="accounts", object_name="AccountObj"),
    lead("fxiaoke", "a", "1", {"level__c": "1"}),
    lead("fxiaoke", "b", "2", None),
    lead("fxiaoke", "c", "3", {"level__c": "7"}),
    lead("zoho", "a", "New", {"Level": "1"}),
    lead("zoho", "b", None, None),
    # Two objects fill one table, each with options of its own.
    option("fxiaoke", "1", "紧急", field="priority", column="priority", entity="tasks", object_name="TaskObj"),
    option("fxiaoke", "1", "普通", field="level", column="priority", entity="tasks", object_name="job__c"),
    task("a", "TaskObj"),
    task("b", "job__c"),
    task("c", "other__c"),
]  # fmt: skip


ROWS = [
    (users, {"source": "zoho", "source_id": "1", "name": "Anna", **STAMP}),
    (users, {"source": "fxiaoke", "source_id": "1", "name": "王伟", **STAMP}),
    (accounts, {"source": "zoho", "source_id": "7", "name": "Acme", **STAMP}),
    (dim_stage, stage := {"source": "zoho", "pipeline": "Standard", "stage": "s1", "label": "First", "position": 1,
                          "status": "open"}),
    (dim_stage, stage | {"source": "fxiaoke", "pipeline": "", "label": "初步"}),
    deal("zoho", "a", {"Region": "North", "Discount": 7.25, "Urgent": True, "Tags": [{"id": 1}]}),
    deal("zoho", "b", {"Discount": "seven", "Urgent": False}),
    deal("zoho", "c", {"Region": "gone"}, deleted_at=NOON, deleted_reason="recycle"),
    deal("fxiaoke", "a", {"region__c": "北"}, pipeline=None),
    deal("fxiaoke", "b", None, owner_id=None, stage=None),
]  # fmt: skip


@pytest.fixture
def filled(warehouse_url: str) -> Iterator[Warehouse]:
    warehouse = Warehouse(warehouse_url)
    migrate(warehouse, CHOSEN)
    with warehouse.begin() as connection:
        for table, row in [*ROWS, *LABELLED]:
            connection.execute(insert(table).values(row))
    yield warehouse
    warehouse.close()


def shown(warehouse: Warehouse, columns: str, view: str = "bi_deals") -> list[tuple[Any, ...]]:
    with warehouse.read() as connection:
        found = connection.execute(text(f"SELECT {columns} FROM {view} ORDER BY source, source_id"))  # noqa: S608
        return [tuple(row) for row in found]


def test_deals_are_shown_with_names_labels_and_custom_fields_and_deleted_ones_are_not(filled: Warehouse) -> None:
    assert shown(filled, "source, source_id, owner, account, stage_label, region, urgent") == [
        ("fxiaoke", "a", "王伟", None, "初步", "北", None),
        ("fxiaoke", "b", None, None, None, None, None),
        ("zoho", "a", "Anna", "Acme", "First", "North", "true"),
        ("zoho", "b", "Anna", "Acme", "First", None, "false"),
    ]


def test_a_number_is_one_and_what_is_none_is_not_shown_as_one(filled: Warehouse) -> None:
    numbers = [None if value is None else Decimal(str(value)) for (value,) in shown(filled, "discount")]
    assert numbers == [None, None, Decimal("7.25"), None]
    (tags,) = {value for (value,) in shown(filled, "tags")} - {None}
    assert tags.replace(" ", "") == '[{"id":1}]'


def test_a_code_is_shown_by_the_label_that_it_has_now_or_had_last_else_as_it_is(filled: Warehouse) -> None:
    assert shown(filled, "source, source_id, status, status_label, level_label", "bi_leads") == [
        ("fxiaoke", "a", "1", "未处理", "高"),
        ("fxiaoke", "b", "2", "已转换", None),
        ("fxiaoke", "c", "3", "无效", "7"),
        ("zoho", "a", "New", "Brand new", "1"),
        ("zoho", "b", None, None, None),
    ]


def test_where_several_objects_fill_a_table_each_has_its_own_labels(filled: Warehouse) -> None:
    assert shown(filled, "object, priority_label", "bi_tasks") == [
        ("TaskObj", "紧急"),
        ("job__c", "普通"),
        ("other__c", "1"),
    ]


def test_every_entity_has_its_view(filled: Warehouse) -> None:
    with filled.read() as connection:
        for name in ENTITIES:
            connection.execute(text(f"SELECT * FROM bi_{name}"))  # noqa: S608


def test_another_migration_makes_the_views_anew(filled: Warehouse) -> None:
    migrate(filled, {"deals": {"area": BiColumn(fields=("Region",))}})
    assert ("North",) in shown(filled, "area")
    migrate(filled)
    with filled.read() as connection:
        names = connection.execute(text("SELECT * FROM bi_deals")).keys()
    assert not {"area", "region", "custom", "row_hash"} & set(names)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"deal": {}}, "bi.deal: there is no such table; there are: users, teams"),
        ({"deals": {"owner": BiColumn(fields=("Region",))}}, "bi.deals.owner: bi_deals has a column of that name"),
        (
            {"deals": {"sum": BiColumn(fields=("amount",), type="label")}},
            "bi.deals.sum: the column amount holds no text",
        ),
    ],
)
def test_a_view_that_cannot_be_made_so_leaves_all_as_it_was(filled: Warehouse, chosen: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        migrate(filled, chosen)
    assert len(shown(filled, "region")) == 4
