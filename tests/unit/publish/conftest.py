"""A small warehouse whose every figure can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from models.config import Config
from models.warehouse.core import accounts, people, teams, users
from models.warehouse.engine import Warehouse
from models.warehouse.marts import dim_metric, mart_account_tier, mart_kpi, mart_score
from models.warehouse.ops import ops_checkpoint, ops_dead_letter, ops_push_item, ops_push_plan

MakeConfig = Callable[..., Config]

_NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai, day 55 of the 92 of 2026 Q4
_Q3, _Q4 = (date(2026, 7, 1), date(2026, 9, 30)), (date(2026, 10, 1), date(2026, 12, 31))
_LOADED: dict[str, Any] = {"row_hash": "h", "first_seen_at": _NOW, "synced_at": _NOW, "run_id": "r"}


@pytest.fixture
def now() -> datetime:
    return _NOW


@pytest.fixture
def make_config(tmp_path: Path) -> MakeConfig:
    """A configuration in `tmp_path`: language, channels, secrets, grace days, the page."""

    def make(
        *,
        language: str = "en",
        channels: tuple[str, ...] = (),
        secrets: dict[str, str] | None = None,
        grace_days: int = 30,
        report: str = "report.html",
        report_url: str | None = None,
    ) -> Config:
        return Config.model_validate(
            {
                "connections": {"zoho": {"connector": "zoho"}, "fxiaoke": {"connector": "fxiaoke"}},
                "reporting": {"language": language},
                "compute": {"score": {"grace_days": grace_days}},
                "publish": {"channels": channels, "report": report, "report_url": report_url},
                "folder": tmp_path,
                "secrets": secrets or {},
            }
        )

    return make


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """Two CRMs, four people of whom one is in both, three customers, two metrics' worth of figures and some trouble."""
    with warehouse.begin() as connection:

        def add(table: Any, **values: Any) -> None:
            connection.execute(insert(table).values(**values))

        _add_people(add)
        _add_kpis(add)
        _add_scores(add)
        _add_tiers(add)
        _add_operation(add)
    return warehouse


def _add_people(add: Callable[..., None]) -> None:
    add(teams, source="zoho", source_id="t1", name="North", **_LOADED)
    add(teams, source="fxiaoke", source_id="d1", name="华东区", **_LOADED)
    for source, user, person, name, team in (
        ("fxiaoke", "1001", "p1", "李娜", "d1"),
        ("zoho", "u1", "p1", "Li Na", "t1"),
        ("zoho", "u2", "p2", "<script>alert(1)</script>", "t1"),
        ("zoho", "u3", "p3", "Omar Haddad", None),
        ("zoho", "u4", "p4", "Wang Wei", "t1"),
    ):
        add(users, source=source, source_id=user, name=name, team_id=team, active=True, **_LOADED)
        add(people, source=source, user_id=user, person_id=person)


def _add_kpis(add: Callable[..., None]) -> None:
    for metric, label_zh, unit in (
        ("average_deal_size", "平均客单价", "money"),
        ("bookings", "成交金额", "money"),
        ("lead_conversion_rate", "线索转化率", "ratio"),
        ("win_rate_count", "赢单率", "ratio"),
        ("won_deals", "赢单数", "count"),
    ):
        words = {"definition_en": f"What {metric} counts.", "definition_zh": f"{label_zh}的口径。"}
        label_en = metric.replace("_", " ").capitalize()
        add(dim_metric, metric=metric, label_en=label_en, label_zh=label_zh, unit=unit, direction="up", **words)

    def kpi(metric: str, days: tuple[date, date], value: str | None, *, per: str | None = None, **owner: str) -> None:
        kind = "month" if (days[1] - days[0]).days < 31 else "quarter"
        add(
            mart_kpi,
            metric=metric,
            source=owner.get("source", "*"),
            owner_type=owner.get("owner_type", "company"),
            owner_id=owner.get("owner_id", ""),
            period_type=kind,
            period_start=days[0],
            period_end=days[1],
            denominator=None if per is None else Decimal(per),
            value=None if value is None else Decimal(value),
            mature=days[1] < _NOW.date(),
            as_of=_NOW,
            rule_version="1",
            run_id="r",
        )

    for metric, former, current, per in (
        ("bookings", "5200000", "3224000", None),  # 62 %
        ("won_deals", "50", "25", None),
        ("win_rate_count", "0.384", "0.412", "60"),  # 38 % and 41 %
        ("lead_conversion_rate", "0.131", "0.117", "300"),  # 13 % and 12 %
        ("average_deal_size", "100000", "128960", "25"),  # +29 %
    ):
        kpi(metric, _Q3, former, per=per)
        kpi(metric, _Q4, current, per=per)
    kpi("bookings", _Q4, "999", source="zoho")  # one source's figure is not the company's
    kpi("bookings", _Q4, "1320000", owner_type="user", owner_id="p1")
    kpi("bookings", _Q4, "904000", owner_type="user", owner_id="p2")
    kpi("bookings", (date(2025, 11, 1), date(2025, 11, 30)), "700000")
    kpi("bookings", (date(2026, 10, 1), date(2026, 10, 31)), "1500000")
    kpi("bookings", (date(2026, 11, 1), date(2026, 11, 30)), "1724000")


def _add_scores(add: Callable[..., None]) -> None:
    for person, rank, score in (("p2", 2, "81.04"), ("p1", 1, "87.46"), ("p4", None, "95"), ("p3", 2, "81.04")):
        add(
            mart_score,
            source="*",
            user_id=person,
            period_type="quarter",
            period_start=_Q4[0],
            period_end=_Q4[1],
            score=Decimal(score),
            rank=rank,
            coverage=Decimal(1),
            eligible=rank is not None,
            components={},
            reason_en=f"reason of {person}",
            reason_zh=f"{person} 的原因",
            rule_version="1",
            as_of=_NOW,
            run_id="r",
        )


def _add_tiers(add: Callable[..., None]) -> None:
    """Zeta rose yesterday, Acme went and came back, Gone is deleted, New has its first tier."""
    history = {
        ("zoho", "zeta", "Zeta Ltd"): [("B", 90), ("A", 1)],
        ("zoho", "acme", "Acme & <!channel> *Co*"): [("A", 90), ("B", 5), ("A", 2)],
        ("fxiaoke", "yun", "云杉科技"): [("VIP", 90), ("A", 3)],
        ("zoho", "gone", "Gone Ltd"): [("B", 90), ("VIP", 1)],
        ("zoho", "new", "New Ltd"): [("C", 1)],
        ("zoho", "long_ago", "Long Ago Ltd"): [("C", 90), ("VIP", 30)],
    }
    amounts = {"zeta": "300000", "yun": "2000000", "acme": "500000", "long_ago": "1200000"}
    for (source, account, name), states in history.items():
        deleted_at = _NOW if account == "gone" else None
        add(accounts, source=source, source_id=account, name=name, deleted_at=deleted_at, **_LOADED)
        ends = [_NOW - timedelta(days=days) for _, days in states[1:]]
        for (tier, days), valid_to in zip(states, [*ends, None], strict=True):
            add(
                mart_account_tier,
                source=source,
                account_id=account,
                valid_from=_NOW - timedelta(days=days),
                valid_to=valid_to,
                tier=tier,
                computed_tier=tier,
                value_score=1,
                need_score=1,
                value_amount=Decimal(amounts.get(account, "0")),
                need_amount=Decimal(0),
                currency="CNY",
                pinned=False,
                reason_en=f"why {account} is {tier}",
                reason_zh=f"{account} 为 {tier} 的原因",
                rule_version="1",
                run_id="r",
            )


def _add_operation(add: Callable[..., None]) -> None:
    streams = ("teams", "users", "accounts", "contacts", "leads", "deals")
    hours = {("zoho", "deals"): 1, ("fxiaoke", "deals"): 72}
    for source, stream in ((source, stream) for source in ("zoho", "fxiaoke") for stream in streams):
        read = {
            "state": "done",
            "watermark": _NOW - timedelta(hours=hours.get((source, stream), 2)),
            "updated_at": _NOW,
            "run_id": "r",
        }
        add(ops_checkpoint, source=source, stream=stream, slice="modified", **read)
        add(ops_checkpoint, source=source, stream=stream, slice="deleted", **{**read, "watermark": None})
    for number, state in ((1, "open"), (2, "open"), (3, "resolved")):
        letter = {"reason": "x", "raw": "{}", "state": state, "first_seen_at": _NOW, "last_seen_at": _NOW}
        add(ops_dead_letter, source="zoho", stream="deals", source_id=str(number), run_id="r", **letter)
    outcomes = {1: ["conflict", "conflict"], 2: ["conflict", "applied", "rejected"], 3: ["pending"]}
    for plan, state in ((1, "settled"), (2, "settled"), (3, "open")):
        add(ops_push_plan, plan_id=plan, source="zoho", state=state, created_at=_NOW, compared=3, run_id="r")
        for number, outcome in enumerate(outcomes[plan]):
            add(
                ops_push_item,
                plan_id=plan,
                source="zoho",
                object="Accounts",
                source_id=str(number),
                field="Customer_Tier",
                target="tier",
                reason_en="",
                reason_zh="",
                rule_version="1",
                outcome=outcome,
            )
