"""mart_kpi and mart_account_tier over random data, against a second implementation in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from models.warehouse.core import accounts, deals, leads, people, teams, users
from models.warehouse.marts import mart_account_tier, mart_kpi

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
STAMPS = {"row_hash": "h", "first_seen_at": NOW, "synced_at": NOW, "run_id": "sync"}
SOURCES = ("zoho", "fxiaoke")
# What a row adds to numerator and denominator (None: not a ratio), by an independent reading of docs/metrics §1.
Part = tuple[Decimal | int, int | None] | None
Adds = Callable[[dict[str, Any]], Part]

EDGES = (None, date(2026, 3, 31), date(2026, 4, 1), date(2026, 9, 30), TODAY, date(2026, 12, 31), date(2027, 1, 1))
OWNERS = (None, "u1", "u2", "u3", "ghost")


def a_day(draw: Random) -> date | None:
    """All lie within the twelve months before TODAY, or ahead of it."""
    return draw.choice(EDGES) if draw.random() < 0.3 else date(2026, 2, 1) + timedelta(days=draw.randrange(365))


def a_row(draw: Random, number: int, **columns: Any) -> dict[str, Any]:
    gone = NOW if draw.random() < 0.2 else None
    key = {"source": draw.choice(SOURCES), "source_id": f"{number}", "owner_id": draw.choice(OWNERS)}
    return {**key, **columns, "deleted_at": gone, **STAMPS}


def a_deal(draw: Random, number: int) -> dict[str, Any]:
    status = draw.choice(("open", "won", "won", "lost", "void"))
    cents = Decimal(draw.randrange(-(10**5), 10**9)).scaleb(-2)
    return a_row(
        draw,
        number,
        stage_status=status,
        closed_on=a_day(draw) if status in {"won", "lost"} else None,
        amount=draw.choice((None, Decimal(0), cents, cents, cents)),
        currency=draw.choice(("CNY",) * 9 + ("USD",)),
        account_id=draw.choice((None, "a1", "a2")),
    )


def a_lead(draw: Random, number: int) -> dict[str, Any]:
    return a_row(draw, number, created_on=a_day(draw), converted_at=draw.choice((None, NOW)))


def a_staff(draw: Random) -> dict[tuple[str, str], Any]:
    """Users by source and id; two persons in all."""
    return {
        (source, user): {
            "team_id": draw.choice((None, "t1", "t2")),
            "deleted_at": draw.choice((None, None, NOW)),
            "person_id": draw.choice("pq"),
        }
        for source in SOURCES
        for user in ("u1", "u2", "u3")
    }


def bookings(row: dict[str, Any]) -> Part:
    return (row["amount"] or 0, None) if row["stage_status"] == "won" else None


def won_deals(row: dict[str, Any]) -> Part:
    return (1, None) if row["stage_status"] == "won" else None


def win_rate(row: dict[str, Any]) -> Part:
    return (int(row["stage_status"] == "won"), 1) if row["stage_status"] in {"won", "lost"} else None


def deal_size(row: dict[str, Any]) -> Part:
    return (row["amount"], 1) if row["stage_status"] == "won" and (row["amount"] or 0) > 0 else None


def conversion(row: dict[str, Any]) -> Part:
    return (int(row["converted_at"] is not None), 1)


METRICS: dict[str, tuple[Adds, bool, str, str]] = {  # what a row adds, is it money, why it is not defined, its day
    "bookings": (bookings, True, "", "closed_on"),
    "won_deals": (won_deals, False, "", "closed_on"),
    "win_rate_count": (win_rate, False, "no closed deals", "closed_on"),
    "average_deal_size": (deal_size, True, "no won deals", "closed_on"),
    "lead_conversion_rate": (conversion, False, "no leads", "created_on"),
}


def starts_of(day: date) -> tuple[tuple[str, date], tuple[str, date]]:
    return ("month", day.replace(day=1)), ("quarter", date(day.year, 3 * ((day.month - 1) // 3) + 1, 1))


def credited(row: dict[str, Any], staff: dict[tuple[str, str], Any]) -> Iterator[tuple[str, str, str]]:
    source, owner = row["source"], row["owner_id"]
    user = staff.get((source, owner))
    yield from ((source, "company", ""), ("*", "company", ""), (source, "user", owner or ""))
    yield ("*", "user", user["person_id"] if user else f"{source}:{owner}" if owner else "")
    if user and user["team_id"]:
        yield (source, "team", user["team_id"])


def always_there(staff: dict[tuple[str, str], Any]) -> Iterator[tuple[str, str, str]]:
    for source in (*SOURCES, "*"):
        yield (source, "company", "")
    for source in SOURCES:
        yield (source, "team", "t1")  # t2 is not known as a team
    for (source, user), facts in staff.items():
        if not facts["deleted_at"]:
            yield from ((source, "user", user), ("*", "user", facts["person_id"]))


def second_opinion(deal: Any, lead: Any, staff: Any) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    alive = {
        "closed_on": [d for d in deal if not d["deleted_at"]],
        "created_on": [r for r in lead if not r["deleted_at"]],
    }
    first = min((row[day] for day, rows in alive.items() for row in rows if row[day]), default=TODAY)
    span = [first + timedelta(days=n) for n in range((TODAY - first).days + 1)]
    periods = {period for day in span for period in starts_of(day)}
    current = dict(starts_of(TODAY))
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for metric, (adds, money, empty, day) in METRICS.items():
        groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for key in {(*owner, *period) for owner in always_there(staff) for period in periods}:
            groups[key] = []
        for row in alive[day]:
            if row[day] and (part := adds(row)):
                for kind, start in starts_of(row[day]):
                    for owner in credited(row, staff) if start <= current[kind] else ():
                        groups[*owner, kind, start].append((row, part))
        for key, parts in groups.items():
            found[metric, *key] = figure(parts, money=money, empty=empty)
    return found


def figure(parts: list[Any], *, money: bool, empty: str) -> tuple[Any, ...]:
    unrated = sum(money and row["currency"] != "CNY" and row["amount"] is not None for row, _ in parts)
    known = [part for row, part in parts if not (money and row["currency"] != "CNY")]
    numerator = sum((Decimal(over) for over, _ in known), Decimal(0))
    denominator = len(parts) if empty else None
    if unrated:
        return numerator, denominator, None, f"amounts without a rate: {unrated}"
    if denominator is None:
        return numerator, None, numerator, None
    return numerator, denominator, numerator / denominator if denominator else None, None if denominator else empty


def fill(warehouse: Any, deal: Any, lead: Any, staff: Any) -> None:
    with warehouse.begin() as connection:
        for (source, user), facts in staff.items():
            key = {"source": source, "source_id": user, **STAMPS}
            values = {name: facts[name] for name in ("team_id", "deleted_at")}
            connection.execute(insert(users).values(**key, **values, active=True))
            connection.execute(insert(people).values(source=source, user_id=user, person_id=facts["person_id"]))
        for source in SOURCES:
            connection.execute(insert(teams).values(source=source, source_id="t1", **STAMPS))
            for account in ("a1", "a2"):
                connection.execute(insert(accounts).values(source=source, source_id=account, **STAMPS))
        for table, rows in ((deals, deal), (leads, lead)):
            connection.execute(insert(table), rows)


@pytest.mark.parametrize("seed", range(8))
def test_both_come_to_the_same(warehouse: Any, run: Any, rows: Any, seed: int) -> None:
    draw = Random(seed)  # noqa: S311 - repeatable, not secret
    size = draw.choice((1, 20, 200))
    deal, lead, staff = [a_deal(draw, n) for n in range(size)], [a_lead(draw, n) for n in range(size)], a_staff(draw)
    fill(warehouse, deal, lead, staff)
    run("fx", "dates", "metrics", "tier")
    expected = second_opinion(deal, lead, staff)
    computed = {row[:6]: (row.numerator, row.denominator, row.value, row.reason) for row in rows(mart_kpi)}
    assert {key: rounded(*figures) for key, figures in computed.items()} == {
        key: rounded(*figures) for key, figures in expected.items()
    }
    assert {(row.source, row.account_id): (row.value_amount, row.need_amount) for row in rows(mart_account_tier)} == {
        (source, account): account_amounts(deal, source, account) for source in SOURCES for account in ("a1", "a2")
    }


def rounded(numerator: Any, denominator: Any, value: Decimal | None, reason: str | None) -> tuple[Any, ...]:
    """To four decimals of the six: the last may differ where SQLite divides binary numbers."""
    return numerator, denominator, None if value is None else round(value, 4), reason


def account_amounts(deal: Any, source: str, account: str) -> tuple[Decimal, Decimal]:
    own = [d for d in deal if (d["source"], d["account_id"], d["deleted_at"]) == (source, account, None)]
    known = [d for d in own if d["currency"] == "CNY" and d["amount"] is not None]
    won = [d["amount"] for d in known if d["stage_status"] == "won" and d["closed_on"] and d["closed_on"] <= TODAY]
    return sum(won, Decimal(0)), sum((d["amount"] for d in known if d["stage_status"] == "open"), Decimal(0))
