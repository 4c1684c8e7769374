"""mart_score: who is scored, with what, against whom."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from models.warehouse.core import people
from models.warehouse.marts import mart_score

DELETED: Any = {"deleted_at": datetime(2026, 11, 1, tzinfo=UTC)}
ALL = ("fx", "dates", "metrics", "score")
Q4 = date(2026, 10, 1)


def user(source_id: str, **more: Any) -> Any:
    return {"source_id": source_id, "active": True, **more}


def won(source_id: str, owner: str, amount: int, **more: Any) -> Any:
    day = more.pop("day", date(2026, 10, 5))
    return {
        "source_id": source_id,
        "owner_id": owner,
        "amount": Decimal(amount),
        "stage_status": "won",
        "closed_on": day,
        **more,
    }


def test_a_quarter_by_hand(put: Any, run: Any, rows: Any) -> None:
    put("users", user("u1"), user("u2"))
    put("deals", won("1", "u1", 300), won("2", "u2", 100), won("3", "u2", 9) | {"stage_status": "lost"})
    put("leads", {"source_id": "1", "owner_id": "u1", "created_on": Q4})
    run(*ALL)
    first, second = rows(mart_score, mart_score.c.source == "zoho")
    # mean 200: 1.5 capped at 1.2; 1 of 1 deals won; 0 of 1 leads converted
    assert (first.user_id, first.score, first.rank, first.coverage) == ("u1", 97, 1, 1)
    assert first.components == {
        "bookings": {"input": "300", "score": "120", "weight": "60"},
        "win_rate_count": {"input": "1", "score": "100", "weight": "25"},
        "lead_conversion_rate": {"input": "0", "score": "0", "weight": "15"},
    }
    # 0.5 of the mean; 1 of 2 deals won; no leads: (50·60 + 50·25) ÷ 85
    assert (second.user_id, second.score, second.rank, second.coverage) == ("u2", 50, 2, Decimal("0.85"))
    assert second.components["lead_conversion_rate"] == {"input": None, "score": None, "weight": "15"}
    assert (second.period_type, second.period_start, second.period_end) == ("quarter", Q4, date(2026, 12, 31))
    assert (second.eligible, second.rule_version, second.run_id) == (True, "1", "r1")
    assert second.reason_en == "bookings ¥100 (50 % of peers' mean) · win rate 50 % · lead conversion –"
    assert second.reason_zh == "成交金额¥100（同事均值的50%） · 赢单率50% · 线索转化率–"


def test_only_active_existing_users_with_a_fact_are_scored(put: Any, run: Any, rows: Any) -> None:
    put(
        "users",
        user("u1"),
        user("idle"),
        user("left", active=False),
        user("gone", **DELETED),
        user("unsure", active=None),
    )
    put("deals", *(won(owner, owner, 100) for owner in ("u1", "left", "gone", "ghost", "unsure")))
    put(
        "deals",
        won("open", "idle", 100, closed_on=None) | {"stage_status": "open"},
        won("none", "", 100, owner_id=None),
    )
    run(*ALL)
    assert [row.user_id for row in rows(mart_score, mart_score.c.source == "zoho")] == ["u1"]


def test_the_last_quarter_has_other_peers(put: Any, run: Any, rows: Any) -> None:
    put("users", user("u1"), user("u2"))
    put(
        "deals",
        won("1", "u1", 100, day=date(2026, 9, 30)),
        won("2", "u1", 100),
        won("3", "u2", 300, day=date(2026, 12, 31)),
    )
    run(*ALL)
    found = rows(mart_score, mart_score.c.source == "zoho")
    assert [(row.user_id, row.period_start.month, row.components["bookings"]["score"]) for row in found] == [
        ("u1", 7, "100"),
        ("u1", 10, "50"),
        ("u2", 10, "120"),
    ]


def test_across_sources_a_person_is_scored_once(warehouse: Any, put: Any, run: Any, rows: Any) -> None:
    put("users", user("u1"), user("7", source="fxiaoke"), user("8", source="fxiaoke"))
    with warehouse.begin() as connection:
        for source, user_id, person in (("zoho", "u1", "p"), ("fxiaoke", "7", "p"), ("fxiaoke", "8", "q")):
            connection.execute(insert(people).values(source=source, user_id=user_id, person_id=person))
    put("deals", won("1", "u1", 100), won("1", "7", 200, source="fxiaoke"), won("2", "8", 100, source="fxiaoke"))
    run(*ALL)
    both = rows(mart_score, mart_score.c.source == "*")
    assert [(row.user_id, row.components["bookings"]["input"], row.rank) for row in both] == [
        ("p", "300", 1),
        ("q", "100", 2),
    ]
    assert [(row.source, row.user_id) for row in rows(mart_score)][2:] == [
        ("fxiaoke", "7"),
        ("fxiaoke", "8"),
        ("zoho", "u1"),
    ]


def test_bookings_without_a_rate_drop_out_of_score_and_mean(put: Any, run: Any, rows: Any) -> None:
    put("users", user("u1"), user("u2"))
    put("deals", won("1", "u1", 100), won("2", "u2", 900, currency="USD"))
    run(*ALL)
    first, second = rows(mart_score, mart_score.c.source == "zoho")
    assert first.components["bookings"]["score"] == "100"
    assert (second.components["bookings"]["score"], second.eligible, second.rank) == (None, False, None)


def test_a_second_run_changes_nothing(put: Any, run: Any) -> None:
    put("users", user("u1"))
    put("deals", won("1", "u1", 100))
    assert run(*ALL)[-1].changed == 1
    assert run("score", run_id="r2")[0].changed == 0


def test_nobody_to_score(run: Any, rows: Any) -> None:
    assert run(*ALL)[-1].rows == len(rows(mart_score)) == 0
