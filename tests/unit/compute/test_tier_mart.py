"""mart_account_tier and its history."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, update

from models.config import Config
from models.warehouse.core import accounts, deals
from models.warehouse.marts import mart_account_tier
from pipeline.compute import tier_mart

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DELETED: Any = {"deleted_at": NOW}


def deal(source_id: str, amount: int, status: str = "won", *, day: date | None = date(2026, 11, 1), **more: Any) -> Any:
    closed = {"closed_on": day} if status in {"won", "lost"} else {}
    return {
        "source_id": source_id,
        "account_id": "a",
        "amount": Decimal(amount),
        "stage_status": status,
        **closed,
        **more,
    }


def test_won_and_open_amounts_make_the_tier(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"})
    put(
        "deals",
        deal("1", 700_000),
        deal("2", 300_000),
        deal("3", 500_000, "open"),
        deal("4", 9_000_000, "lost"),
        deal("5", 9_000_000, "void"),
        deal("6", 9_000_000, **DELETED),
        deal("7", 9_000_000, account_id="other"),
        deal("8", 9_000_000, source="fxiaoke"),
    )
    run("fx", "tier")
    (row,) = rows(mart_account_tier)
    assert (row.tier, row.computed_tier, row.value_score, row.need_score, row.pinned) == ("VIP", "VIP", 2, 2, False)
    assert (row.value_amount, row.need_amount, row.currency) == (1_000_000, 500_000, "CNY")
    assert (row.valid_from, row.valid_to, row.rule_version, row.run_id) == (NOW, None, "1", "r1")
    assert row.reason_en.startswith("VIP: won ¥1M in 12 months")
    assert row.reason_zh.startswith("VIP：近12个月成交¥100万")


def test_an_account_without_deals_has_a_tier_and_a_deleted_one_has_none(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"}, {"source_id": "gone", **DELETED})
    (result,) = run("tier")
    (row,) = rows(mart_account_tier)
    assert (row.account_id, row.tier, row.value_amount, row.need_amount) == ("a", "C", 0, 0)
    assert (result.rows, result.changed) == (1, 1)


def test_the_window_opens_after_the_same_day_of_last_year(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"})
    days = [date(2025, 11, 24), date(2025, 11, 25), date(2026, 11, 24), date(2026, 11, 25)]
    put("deals", *(deal(str(n), 10**n, day=day) for n, day in enumerate(days)))
    run("fx", "tier")
    assert rows(mart_account_tier)[0].value_amount == 110  # the second and the third


def test_the_window_of_a_leap_day(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"})
    put("deals", *(deal(str(n), 10**n, day=date(2027, 2, 27) + timedelta(days=n)) for n in range(3)))
    run("fx", "tier", now=datetime(2028, 2, 29, 2, tzinfo=UTC))
    assert rows(mart_account_tier)[0].value_amount == 100  # 1 March 2027; 28 February is out


def test_a_changed_tier_closes_the_former_and_opens_another(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"}, {"source_id": "b"})
    run("fx", "tier")
    put("deals", deal("1", 300_000))
    assert run("fx", "tier", now=LATER, run_id="r2")[-1].changed == 1
    former, current = rows(mart_account_tier, mart_account_tier.c.account_id == "a")
    assert (former.tier, former.valid_from, former.valid_to, former.run_id) == ("C", NOW, LATER, "r1")
    assert (current.tier, current.valid_from, current.valid_to, current.run_id) == ("B", LATER, None, "r2")


def test_an_unchanged_tier_keeps_its_start_and_takes_new_inputs(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"}, {"source_id": "b"})
    run("fx", "tier")
    put("deals", deal("1", 250_000))
    assert run("fx", "tier", now=LATER, run_id="r2")[-1].changed == 1
    a, b = rows(mart_account_tier)
    assert (a.tier, a.valid_from, a.value_amount, a.run_id) == ("C", NOW, 250_000, "r2")
    assert "¥250K" in a.reason_en
    assert "¥25万" in a.reason_zh
    assert b.run_id == "r1"
    assert run("tier", now=LATER, run_id="r3")[0].changed == 0


def test_a_new_rule_version_is_recorded_without_a_change_of_tier(put: Any, run: Any, rows: Any, config: Config) -> None:
    put("accounts", {"source_id": "a"})
    run("tier")
    tier = config.compute.tier.model_copy(update={"version": "2"})
    rules = config.model_copy(update={"compute": config.compute.model_copy(update={"tier": tier})})
    run("tier", now=LATER, rules=rules)
    (row,) = rows(mart_account_tier)
    assert (row.rule_version, row.valid_from) == ("2", NOW)


def test_the_tier_of_a_deleted_account_is_closed_and_a_restored_one_starts_again(
    warehouse: Any, put: Any, run: Any, rows: Any
) -> None:
    put("accounts", {"source_id": "a"})
    run("tier")
    for deleted_at, now in ((NOW, LATER), (None, LATER + timedelta(days=1))):
        with warehouse.begin() as connection:
            connection.execute(update(accounts).values(deleted_at=deleted_at))
        assert run("tier", now=now)[0].changed == 1
    assert [(row.valid_from, row.valid_to) for row in rows(mart_account_tier)] == [
        (NOW, LATER),
        (LATER + timedelta(days=1), None),
    ]


def test_a_tier_that_held_for_no_time_leaves_no_trace(warehouse: Any, put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"})
    run("tier")
    put("deals", deal("1", 300_000))
    run("fx", "tier")
    assert [(row.tier, row.valid_from, row.valid_to) for row in rows(mart_account_tier)] == [("B", NOW, None)]
    with warehouse.begin() as connection:
        connection.execute(delete(deals))
    run("tier", now=LATER)
    assert [row.tier for row in rows(mart_account_tier)] == ["B", "C"]


def test_more_accounts_than_one_batch(put: Any, run: Any, rows: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(tier_mart, "_BATCH", 3)
    put("accounts", *({"source_id": f"{n}"} for n in range(10)))
    assert run("tier")[0].rows == len(rows(mart_account_tier)) == 10


def test_an_amount_without_a_rate_is_left_out_and_told(put: Any, run: Any, rows: Any) -> None:
    put("accounts", {"source_id": "a"})
    put("deals", deal("1", 5), deal("2", 9_000_000, currency="USD"))
    *_, result = run("fx", "tier")
    assert rows(mart_account_tier)[0].value_amount == 5
    assert result.warnings == ["deals without a rate are left out of the tiers of 1 account"]
