"""Amounts in the base currency."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from models.errors import ConfigError
from models.warehouse.core import deals
from models.warehouse.marts import mart_account_tier, mart_kpi, mart_score

WON = {"stage_status": "won", "closed_on": date(2026, 11, 1)}


def test_the_base_currency_has_rate_one_on_the_closing_day(put: Any, run: Any, rows: Any) -> None:
    put("deals", {"source_id": "1", "amount": Decimal("12.5"), **WON})
    assert [(r.rows, r.changed, r.warnings) for r in run("fx")] == [(1, 1, [])]
    (deal,) = rows(deals)
    assert (deal.amount_base, deal.fx_rate, deal.fx_date) == (Decimal("12.5"), Decimal(1), date(2026, 11, 1))


def test_an_open_deal_has_the_rate_of_the_local_today(put: Any, run: Any, rows: Any) -> None:
    put("deals", {"source_id": "1", "amount": Decimal(1), "stage_status": "open"})
    run("fx", now=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))  # midnight in Shanghai
    assert rows(deals)[0].fx_date == date(2026, 11, 24)


def test_another_currency_has_no_rate_and_says_so(put: Any, run: Any, rows: Any) -> None:
    put(
        "deals",
        {"source_id": "1", "amount": Decimal(9), "currency": "USD", **WON},
        {"source_id": "2", "amount": Decimal(9), "currency": "USD", **WON},
        {"source_id": "3", "amount": Decimal(9), "currency": "USD", "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"source_id": "4", "amount": Decimal(9), "currency": None, **WON},
        {"source_id": "5", "amount": None, "currency": "EUR", **WON},
        {"source_id": "6", "amount": Decimal(1), **WON},
    )
    (result,) = run("fx")
    assert all(deal.amount_base is deal.fx_rate is deal.fx_date is None for deal in rows(deals)[:5])
    assert sorted(result.warnings) == [
        "1 deal of no currency without a rate to CNY: left out of all sums of money",
        "2 deals in USD without a rate to CNY: left out of all sums of money",
    ]


def test_a_base_currency_in_which_no_deal_is_is_a_mistake_and_not_a_fall_of_every_tier(put: Any, run: Any) -> None:
    put("deals", {"source_id": "1", "amount": Decimal(9), "currency": "USD", **WON})
    message = r"reporting\.base_currency is CNY, but none of 1 deal with an amount is in it \(there is USD\)"
    with pytest.raises(ConfigError, match=message):
        run("fx")


def test_deals_of_a_connection_that_is_no_more_count_in_nothing_and_are_told(put: Any, run: Any, rows: Any) -> None:
    for source in ("zoho", "former"):
        put("accounts", {"source": source, "source_id": "a"})
        put("users", {"source": source, "source_id": "u", "active": True, "email": f"{source}@example.com"})
        deal = {"source": source, "source_id": "1", "amount": Decimal(10), "owner_id": "u", "account_id": "a", **WON}
        put("deals", {**deal, "created_on": date(2026, 11, 1)})
        put("leads", {"source": source, "source_id": "1", "owner_id": "u", "created_on": date(2001, 5, 6)})
    put("deals", {**deal, "source_id": "2", "currency": "USD"})
    warnings = [warning for result in run() for warning in result.warnings]
    assert warnings == ["2 deals of former left out of all figures: no connection has this name (any more)"]
    figures = [row.value for row in rows(mart_kpi, mart_kpi.c.metric == "bookings", mart_kpi.c.value > 0)]
    assert set(figures) == {Decimal(10)}
    for mart in (mart_kpi, mart_account_tier, mart_score):
        assert {row.source for row in rows(mart)} <= {"zoho", "fxiaoke", "*"}


def test_only_rows_that_differ_are_written(warehouse: Any, put: Any, run: Any, rows: Any) -> None:
    put("deals", *({"source_id": str(n), "amount": Decimal(n), **WON} for n in range(3)))
    run("fx")
    assert run("fx")[0].changed == 0
    with warehouse.begin() as connection:
        connection.execute(update(deals).where(deals.c.source_id == "2").values(currency="USD"))
        connection.execute(update(deals).where(deals.c.source_id == "1").values(amount=Decimal(7)))
    assert run("fx")[0].changed == 2
    assert [deal.amount_base for deal in rows(deals)] == [Decimal(0), Decimal(7), None]
    assert {(deal.row_hash, deal.run_id) for deal in rows(deals)} == {("h", "sync")}
