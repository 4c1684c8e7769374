"""The queries of docs/how-to/bi.md answer what they promise, on both databases, over rows that are written out here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, text

from models.warehouse.core import users
from models.warehouse.engine import Warehouse
from models.warehouse.history import deal_history, hist_change
from models.warehouse.marts import dim_date, dim_stage, mart_kpi
from models.warehouse.migrate import migrate

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"
FENCE = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)  # in Shanghai
DEAL = "5000000400000001"


def queries(page: str) -> list[str]:
    return FENCE.findall((HOW_TO / page).read_text(encoding="utf-8"))


@pytest.fixture
def filled(warehouse_url: str) -> Iterator[Warehouse]:
    warehouse = Warehouse(warehouse_url)
    migrate(warehouse)
    stamp = {"row_hash": "-", "first_seen_at": NOON, "synced_at": NOON, "run_id": "r"}
    rows: list[tuple[Table, dict[str, Any]]] = [
        (users, {"source": "zoho", "source_id": "1", "name": "Anna", **stamp}),
        (users, {"source": "zoho", "source_id": "2", "name": "Bo", **stamp}),
        (users, {"source": "fxiaoke", "source_id": "1", "name": "Other", **stamp}),
        *((mart_kpi, row) for row in kpis()),
        *((dim_date, day_row(day)) for day in (date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21))),
        *((dim_stage, row) for row in stages()),
        *((deal_history, row) for row in history()),
        *((hist_change, row) for row in changes()),
    ]
    with warehouse.begin() as connection:
        for table, row in rows:
            connection.execute(insert(table).values(row))
    yield warehouse
    warehouse.close()


def kpis() -> list[dict[str, Any]]:
    same = {"period_type": "month", "mature": True, "as_of": NOON, "rule_version": "1", "run_id": "r"}
    october = {"period_start": date(2026, 10, 1), "period_end": date(2026, 10, 31), **same}
    november = {"period_start": date(2026, 11, 1), "period_end": date(2026, 11, 30), **same}
    anna = {"metric": "win_rate_count", "source": "zoho", "owner_type": "user", "owner_id": "1"}
    return [
        anna | october | {"numerator": Decimal(1), "denominator": Decimal(4), "value": Decimal("0.25")},
        anna | november | {"numerator": Decimal(0), "denominator": Decimal(0), "reason": "nothing closed"},
        anna | november | {"owner_id": "2", "numerator": Decimal(3), "denominator": Decimal(3), "value": Decimal(1)},
        anna | november | {"owner_type": "company", "owner_id": "", "numerator": Decimal(3), "denominator": Decimal(3)},
        anna | november | {"metric": "won_deals", "numerator": Decimal(9), "value": Decimal(9)},
    ]


def day_row(day: date) -> dict[str, Any]:
    ends_at = datetime(day.year, day.month, day.day, 16, tzinfo=UTC)
    numbers = dict.fromkeys(("year", "quarter", "month", "iso_week", "weekday", "fiscal_year", "fiscal_quarter"), 1)
    edges = dict.fromkeys(("month_start", "month_end", "quarter_start", "quarter_end"), day)
    return {"day": day, "ends_at": ends_at, "is_workday": True, **numbers, **edges}


def stages() -> list[dict[str, Any]]:
    same = {"source": "zoho", "pipeline": "", "status": "open"}
    return [
        same | {"stage": "talk", "label": "Talk", "position": 1},
        same | {"stage": "offer", "label": "Offer", "position": 2},
        same | {"stage": "won", "label": "Won", "position": 3, "status": "won"},
    ]


def history() -> list[dict[str, Any]]:
    def state(deal: str, start: datetime, end: datetime | None, stage: str, amount: int) -> dict[str, Any]:
        status = "won" if stage == "won" else "open"
        held = {"stage": stage, "stage_status": status, "amount": Decimal(amount), "currency": "CNY"}
        return {"source": "zoho", "deal_id": deal, "valid_from": start, "valid_to": end, **held}

    midnight = datetime(2026, 11, 20, 16, tzinfo=UTC)  # the 21st begins in Shanghai
    return [
        state("1", NOON - timedelta(days=9), NOON, "talk", 100),
        state("1", NOON, midnight, "offer", 120),
        state("1", midnight, None, "won", 120),
        state("2", NOON - timedelta(days=9), None, "offer", 7),
        state("3", midnight, None, "talk", 1000),
        state("4", NOON - timedelta(days=9), NOON, "talk", 5000),
        state("5", NOON - timedelta(days=9), NOON, "retired", 3),
    ]


def changes() -> list[dict[str, Any]]:
    same = {"source": "zoho", "entity": "deals", "source_id": DEAL, "field": "amount", "seen_at": NOON, "run_id": "r"}
    return [
        same | {"old_value": "100", "new_value": "120", "changed_at": NOON, "changed_by": "2", "origin": "crm"},
        same | {"old_value": "90", "new_value": "100", "changed_at": NOON - timedelta(days=1), "origin": "push:7"},
        same | {"field": "stage", "old_value": "talk", "new_value": "offer", "changed_at": NOON, "origin": "crm"},
        same | {"source_id": "2", "old_value": "1", "new_value": "2", "changed_at": NOON, "origin": "crm"},
    ]


def answer(warehouse: Warehouse, query: str) -> list[tuple[str | None, ...]]:
    """As text, instants and days to the day: the databases hand them out in different forms."""
    with warehouse.read() as connection:
        return [tuple(_plain(value) for value in row) for row in connection.execute(text(query))]


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        return value[:10]
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return value if isinstance(value, str) else f"{Decimal(str(value)).normalize():f}"


def test_both_languages_show_the_same_queries() -> None:
    assert len(queries("bi.md")) == 3
    assert queries("bi.md") == queries("bi.zh.md")


def test_win_rate_by_owner_and_month(filled: Warehouse) -> None:
    assert answer(filled, queries("bi.md")[0]) == [
        ("zoho", "Anna", "2026-10-01", "1", "4", "0.25"),
        ("zoho", "Bo", "2026-11-01", "3", "3", "1"),
    ]


def test_the_pipeline_as_it_stood_at_the_end_of_a_local_day(filled: Warehouse) -> None:
    def on(day: str) -> list[tuple[str | None, ...]]:
        return answer(filled, queries("bi.md")[1].replace("2026-12-01", day))

    assert on("2026-11-20") == [("zoho", "Offer", "CNY", "2", "127")]
    assert on("2026-11-19") == [
        ("zoho", "Talk", "CNY", "2", "5100"),
        ("zoho", "Offer", "CNY", "1", "7"),
        ("zoho", "retired", "CNY", "1", "3"),
    ]
    assert on("2026-11-21") == [
        ("zoho", "Talk", "CNY", "1", "1000"),
        ("zoho", "Offer", "CNY", "1", "7"),
    ]


def test_who_changed_the_amount_of_a_deal_and_when(filled: Warehouse) -> None:
    assert answer(filled, queries("bi.md")[2]) == [
        ("2026-11-19", None, "90", "100", "push:7"),
        ("2026-11-20", "Bo", "100", "120", "crm"),
    ]


def test_a_day_that_has_not_come_has_no_state(filled: Warehouse) -> None:
    far = date(2199, 1, 1)
    with filled.begin() as connection:
        connection.execute(insert(dim_date).values(day_row(far)))
    assert answer(filled, "SELECT count(*) FROM deal_snapshot_daily WHERE day = '2199-01-01'") == [("0",)]
