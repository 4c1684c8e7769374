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
from models.warehouse.core import ENTITIES, accounts, deals, users
from models.warehouse.engine import Warehouse
from models.warehouse.marts import dim_stage
from models.warehouse.migrate import migrate

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
STAMP = {"row_hash": "-", "first_seen_at": NOON, "synced_at": NOON, "run_id": "r"}
CHOSEN = {
    "deals": {
        "region": BiColumn(fields=("Region", "region__c")),
        "discount": BiColumn(fields=("Discount",), type="number"),
        "urgent": BiColumn(fields=("Urgent",)),
        "tags": BiColumn(fields=("Tags",)),
    }
}


def deal(source: str, key: str, custom: Any, **more: Any) -> tuple[Table, dict[str, Any]]:
    row = {"owner_id": "1", "account_id": "7", "stage": "s1", "pipeline": "Standard", "amount": Decimal("12.5")}
    return deals, {"source": source, "source_id": key, "custom": custom, **row, **STAMP, **more}


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
        for table, row in ROWS:
            connection.execute(insert(table).values(row))
    yield warehouse
    warehouse.close()


def shown(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    with warehouse.read() as connection:
        found = connection.execute(text(f"SELECT {columns} FROM bi_deals ORDER BY source, source_id"))  # noqa: S608
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
    ],
)
def test_a_view_that_cannot_be_made_so_leaves_all_as_it_was(filled: Warehouse, chosen: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        migrate(filled, chosen)
    assert len(shown(filled, "region")) == 4
