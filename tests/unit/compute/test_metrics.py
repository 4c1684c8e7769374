"""mart_kpi against hand-computed figures; test_second_opinion.py compares it with a second implementation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert

from models.errors import ConfigError
from models.warehouse.core import people
from models.warehouse.marts import dim_metric, mart_kpi
from pipeline.compute.metrics import METRICS

OCTOBER = date(2026, 10, 1)
Q4 = OCTOBER
DELETED: Any = {"deleted_at": datetime(2026, 11, 1, tzinfo=UTC)}


def won(
    source_id: str, amount: int | None, *, day: date = date(2026, 10, 5), owner: str | None = "u1", **more: Any
) -> Any:
    return {
        "source_id": source_id,
        "amount": None if amount is None else Decimal(amount),
        "stage_status": "won",
        "closed_on": day,
        "owner_id": owner,
        **more,
    }


@pytest.fixture
def kpi(run: Any, rows: Any) -> Callable[..., Any]:
    """Compute once, then `kpi(metric, owner_type, owner_id)` is the row of the quarter, or of another period."""

    def one(metric: str, owner_type: str = "company", owner_id: str = "", **other: Any) -> Any:
        if not rows(mart_kpi):
            run("fx", "dates", "metrics")
        key = {"source": "zoho", "period_type": "quarter", "period_start": Q4, **other}
        key |= {"metric": metric, "owner_type": owner_type, "owner_id": owner_id}
        found = rows(mart_kpi, *(mart_kpi.c[name] == value for name, value in key.items()))
        return found[0] if found else None

    return one


def test_bookings_add_up_for_user_team_and_company(put: Any, kpi: Any) -> None:
    put("users", {"source_id": "u1", "team_id": "t1"}, {"source_id": "u2", "team_id": "t1"})
    put("teams", {"source_id": "t1"})
    put("deals", won("1", 100), won("2", 50, owner="u2"), won("3", 7, day=date(2026, 12, 31)), won("4", 9, owner=None))
    assert kpi("bookings", "user", "u1").value == 107
    assert kpi("bookings", "team", "t1").value == 157
    assert kpi("bookings", "user", "").value == 9
    company = kpi("bookings")
    assert (company.numerator, company.denominator, company.value) == (166, None, 166)
    assert (company.currency, company.reason, company.period_end) == ("CNY", None, date(2026, 12, 31))


def test_cents_add_up_exactly(put: Any, kpi: Any) -> None:
    put("deals", *(won(str(n), None, currency="CNY") | {"amount": Decimal("0.1")} for n in range(10)))
    assert kpi("bookings").value == 1


def test_deleted_and_void_deals_count_nowhere(put: Any, kpi: Any) -> None:
    put("deals", won("1", 100), won("2", 50, **DELETED), won("3", 20) | {"stage_status": "void"})
    assert [kpi(name).value for name in ("bookings", "won_deals", "win_rate_count")] == [100, 1, 1]


def test_the_win_rate_of_nothing_closed_has_no_value_but_a_reason(put: Any, kpi: Any) -> None:
    put("users", {"source_id": "u1"}, {"source_id": "u2"})
    put("deals", won("1", 1), won("2", 1), won("3", 1) | {"stage_status": "lost"})
    mine, none = kpi("win_rate_count", "user", "u1"), kpi("win_rate_count", "user", "u2")
    assert (mine.numerator, mine.denominator, mine.value, mine.currency) == (2, 3, Decimal("0.666667"), None)
    assert (none.numerator, none.denominator, none.value, none.reason) == (0, 0, None, "no closed deals")


def test_the_average_deal_leaves_out_deals_of_no_amount(put: Any, kpi: Any) -> None:
    put("deals", won("1", 100), won("2", 50), won("3", 0), won("4", None), won("5", -30))
    row = kpi("average_deal_size")
    assert (row.numerator, row.denominator, row.value, row.currency) == (150, 2, 75, "CNY")


def test_an_amount_without_a_rate_makes_money_unknown_but_not_the_counts(put: Any, kpi: Any) -> None:
    put("deals", won("1", 100), won("2", 50, currency="USD"), won("3", None, currency="USD"))
    for metric in ("bookings", "average_deal_size"):
        row = kpi(metric)
        assert (row.numerator, row.value, row.reason) == (100, None, "amounts without a rate: 1")
    assert kpi("won_deals").value == 3


def test_lead_conversion_goes_by_the_day_of_creation(put: Any, kpi: Any) -> None:
    later = {"converted_at": datetime(2026, 11, 20, tzinfo=UTC)}
    put(
        "leads",
        {"source_id": "1", "created_on": date(2026, 9, 30), **later},
        {"source_id": "2", "created_on": date(2026, 10, 1), **later},
        {"source_id": "3", "created_on": date(2026, 10, 1)},
        {"source_id": "4", "created_on": date(2026, 10, 1)},
        {"source_id": "5", "created_on": date(2026, 10, 1)},
    )
    assert kpi("lead_conversion_rate").value == Decimal("0.25")
    assert kpi("lead_conversion_rate", period_start=date(2026, 7, 1)).value == 1
    assert kpi("lead_conversion_rate", period_type="month", period_start=date(2026, 11, 1)).reason == "no leads"


def test_the_edges_of_a_quarter(put: Any, kpi: Any) -> None:
    put("deals", *(won(str(day), 1, day=day) for day in (date(2026, 9, 30), OCTOBER, date(2026, 12, 31))))
    assert kpi("won_deals", period_start=date(2026, 7, 1)).value == 1
    assert kpi("won_deals").value == 2


def test_periods_are_dense_from_the_first_fact_to_the_current_one(put: Any, kpi: Any, rows: Any) -> None:
    put("users", {"source_id": "u1"}, {"source_id": "gone", **DELETED})
    put("deals", won("1", 5, day=date(2026, 6, 30)), won("2", 5, day=date(2027, 1, 1)))
    kpi("bookings")
    of_user = [
        (r.period_type, r.period_start.month, r.value)
        for r in rows(
            mart_kpi, mart_kpi.c.owner_id == "u1", mart_kpi.c.source == "zoho", mart_kpi.c.metric == "bookings"
        )
    ]
    assert of_user == [
        *(("month", month, 5 if month == 6 else 0) for month in range(6, 12)),
        *(("quarter", month, 5 if month == 4 else 0) for month in (4, 7, 10)),
    ]
    assert not rows(mart_kpi, mart_kpi.c.owner_id == "gone")


def test_a_quarter_counts_from_its_first_day(put: Any, run: Any, rows: Any) -> None:
    put("deals", won("1", 5, day=OCTOBER))
    run("fx", "dates", "metrics", now=datetime(2026, 9, 30, 16, tzinfo=UTC))  # midnight in Shanghai
    found = rows(
        mart_kpi, mart_kpi.c.metric == "won_deals", mart_kpi.c.source == "*", mart_kpi.c.owner_type == "company"
    )
    assert [(row.period_type, row.period_start, row.value) for row in found] == [
        ("month", OCTOBER, 1),
        ("quarter", OCTOBER, 1),
    ]


def test_a_period_is_mature_once_it_is_over(put: Any, run: Any, rows: Any) -> None:
    put("deals", won("1", 5))
    over, last = datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 10, 31, 15, 59, tzinfo=UTC)
    for now, mature in ((over, True), (last, False)):  # midnight in Shanghai, and the minute before
        run("dates", "metrics", now=now)
        october = rows(mart_kpi, mart_kpi.c.period_type == "month", mart_kpi.c.period_start == OCTOBER)
        assert {row.mature for row in october} == {mature}


def test_owners_who_are_unknown_or_deleted_keep_their_facts(put: Any, kpi: Any) -> None:
    put("users", {"source_id": "gone", "team_id": "t9", **DELETED})
    put("deals", won("1", 5, owner="ghost"), won("2", 6, owner="gone"))
    assert kpi("bookings", "user", "ghost").value == 5
    assert kpi("bookings", "user", "gone").value == 6
    assert kpi("bookings", "team", "t9").value == 6
    assert kpi("bookings").value == 11
    assert kpi("bookings", "user", "ghost", period_type="month", period_start=date(2026, 11, 1)) is None
    assert kpi("bookings", "user", "zoho:ghost", source="*").value == 5


def test_all_sources_together_count_persons_and_no_teams(warehouse: Any, put: Any, kpi: Any, rows: Any) -> None:
    put("users", {"source_id": "u1", "team_id": "t1"}, {"source": "fxiaoke", "source_id": "1001"})
    with warehouse.begin() as connection:
        for source, user in (("zoho", "u1"), ("fxiaoke", "1001")):
            connection.execute(insert(people).values(source=source, user_id=user, person_id="p1"))
    put("deals", won("1", 5), won("1", 6, owner="1001", source="fxiaoke"), won("2", 7, owner=None))
    assert kpi("bookings", "user", "p1", source="*").value == 11
    assert kpi("bookings", "user", "", source="*").value == 7
    assert kpi("bookings", source="*").value == 18
    assert kpi("bookings", source="fxiaoke").value == 6
    assert not rows(mart_kpi, mart_kpi.c.source == "*", mart_kpi.c.owner_type == "team")


def test_without_facts_the_current_period_is_all_zero(kpi: Any) -> None:
    assert [kpi("bookings", source=source).value for source in ("zoho", "fxiaoke", "*")] == [0, 0, 0]


def test_the_metrics_are_described(run: Any, rows: Any) -> None:
    run("dates", "metrics")
    assert {row.metric for row in rows(dim_metric)} == {metric.name for metric in METRICS}
    assert all(row.label_zh and row.definition_zh for row in rows(dim_metric))


def test_a_second_run_changes_no_row_but_says_when_it_looked(put: Any, run: Any, rows: Any) -> None:
    put("deals", won("1", 5))
    first = run("fx", "dates", "metrics")[-1]
    again = run("metrics", run_id="r2", now=datetime(2026, 11, 24, 3, tzinfo=UTC))[0]
    assert first.changed == first.rows == again.rows == len(rows(mart_kpi))
    assert again.changed == 0
    assert {(row.run_id, row.as_of.hour) for row in rows(mart_kpi)} == {("r2", 3)}


def test_without_a_calendar_it_says_what_to_run(run: Any) -> None:
    with pytest.raises(ConfigError, match="run: crmsync compute dates metrics"):
        run("metrics")
