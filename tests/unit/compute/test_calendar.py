"""dim_date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models.warehouse.marts import dim_date
from pipeline.compute.calendar import WorkDay, day_row


def test_it_runs_from_the_january_of_the_first_fact_to_the_end_of_next_year(put: Any, run: Any, rows: Any) -> None:
    put("leads", {"source_id": "1", "created_on": date(2024, 5, 6)})
    put("deals", {"source_id": "1", "created_on": date(2025, 1, 1), "closed_on": date(2025, 2, 1)})
    (result,) = run("dates")
    days = [row.day for row in rows(dim_date)]
    assert days == [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 + 365 + 365)]
    assert result.rows == result.changed == len(days)


@pytest.mark.parametrize(
    ("now", "warned"), [(datetime(2026, 11, 30, 1, tzinfo=UTC), []), (datetime(2026, 12, 1, 1, tzinfo=UTC), ["2027:"])]
)
def test_it_warns_in_december_that_next_years_working_days_lack(run: Any, now: datetime, warned: list[str]) -> None:
    (result,) = run("dates", now=now)
    assert [warning[:5] for warning in result.warnings] == warned


def test_the_lacking_calendar_of_a_year_long_past_is_no_news(put: Any, run: Any) -> None:
    put("leads", {"source_id": "1", "created_on": date(2001, 5, 6)})
    (result,) = run("dates")
    assert result.warnings == []


def test_without_facts_it_starts_this_year(run: Any, rows: Any) -> None:
    run("dates")
    assert [rows(dim_date)[0].day, rows(dim_date)[-1].day] == [date(2026, 1, 1), date(2027, 12, 31)]


def test_nothing_is_written_when_nothing_changes(run: Any) -> None:
    run("dates")
    assert run("dates")[0].changed == 0


def test_a_mistyped_year_is_told_and_does_not_stretch_the_calendar(put: Any, run: Any, rows: Any) -> None:
    put(
        "deals", {"source_id": "1", "created_on": date(2026, 1, 1), "closed_on": date(202, 1, 1), "stage_status": "won"}
    )
    (result,) = run("dates")
    assert rows(dim_date)[0].day == date(2026, 1, 1)
    assert "deals.closed_on lies before 2000-01-01 in 1 record: left out of all figures" in result.warnings[-1]


def test_a_win_that_lies_in_the_future_is_told_but_not_a_plan_for_it(put: Any, run: Any) -> None:
    later = {"created_on": date(2026, 1, 1), "closed_on": date(2062, 1, 1)}
    put(
        "deals",
        {"source_id": "1", "stage_status": "won", **later},
        {"source_id": "2", "stage_status": "lost", **later},
        {"source_id": "3", "stage_status": "open", **later},
        {"source_id": "4", "stage_status": "won", **later, "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"source_id": "5", "stage_status": "won", "created_on": date(2026, 1, 1), "closed_on": date(2026, 12, 31)},
    )
    (result,) = run("dates")
    (warning,) = result.warnings
    assert warning.startswith("deals.closed_on lies after 2026-12-31 in 2 records: in no figure before that day; ")


def test_a_deleted_fact_does_not_stretch_the_calendar(put: Any, run: Any, rows: Any) -> None:
    put("leads", {"source_id": "1", "created_on": date(2010, 1, 1), "deleted_at": datetime(2026, 1, 1, tzinfo=UTC)})
    run("dates")
    assert rows(dim_date)[0].day == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("day", "china"),
    [  # the State Council's notice for 2026; for 2027 the law and the weekday
        (date(2026, 2, 14), WorkDay(is_workday=True)),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 17), WorkDay(is_workday=False, holiday_en="Spring Festival", holiday_zh="春节")),
        (date(2026, 3, 4), WorkDay(is_workday=True)),
        (date(2026, 3, 7), WorkDay(is_workday=False)),
        (date(2026, 10, 1), WorkDay(is_workday=False, holiday_en="National Day", holiday_zh="国庆节")),
        (date(2027, 1, 1), WorkDay(is_workday=False, holiday_en="New Year's Day", holiday_zh="元旦")),
        (date(2027, 1, 4), WorkDay(is_workday=True)),
        (date(2027, 1, 9), WorkDay(is_workday=False)),
    ],
)
def test_the_working_days_of_china(run: Any, rows: Any, day: date, china: WorkDay) -> None:
    run("dates")
    (row,) = rows(dim_date, dim_date.c.day == day)
    assert WorkDay(row.is_workday, row.holiday_en, row.holiday_zh) == china


@pytest.mark.parametrize(
    ("day", "start", "year", "quarter"),
    [
        (date(2026, 1, 1), 1, 2026, 1),
        (date(2026, 12, 31), 1, 2026, 4),
        (date(2026, 3, 31), 4, 2026, 4),
        (date(2026, 4, 1), 4, 2027, 1),
        (date(2026, 12, 31), 4, 2027, 3),
        (date(2026, 12, 1), 12, 2027, 1),
        (date(2026, 11, 30), 12, 2026, 4),
    ],
)
def test_a_fiscal_year_is_named_after_the_year_it_ends_in(day: date, start: int, year: int, quarter: int) -> None:
    row = day_row(day, WorkDay(is_workday=True), start)
    assert (row["fiscal_year"], row["fiscal_quarter"]) == (year, quarter)


def test_the_parts_of_a_leap_day() -> None:
    assert day_row(date(2028, 2, 29), WorkDay(is_workday=True), 1) == {
        "day": date(2028, 2, 29),
        "year": 2028,
        "quarter": 1,
        "month": 2,
        "iso_week": 9,
        "weekday": 2,
        "month_start": date(2028, 2, 1),
        "month_end": date(2028, 2, 29),
        "quarter_start": date(2028, 1, 1),
        "quarter_end": date(2028, 3, 31),
        "fiscal_year": 2028,
        "fiscal_quarter": 1,
        "is_workday": True,
        "holiday_en": None,
        "holiday_zh": None,
    }
