"""`dim_date`: one row per day, with the Chinese working calendar and the fiscal year.

Which days are worked in China is announced in November for the next year only (docs/metrics §6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from models.periods import midnight, month_of, quarter_of
from models.warehouse.marts import dim_date
from pipeline.compute.context import Context, Outcome
from pipeline.compute.facts import first_fact, in_no_period
from pipeline.compute.replace import replace

_SATURDAY = 6
_DECEMBER = 12


@dataclass(frozen=True, slots=True)
class WorkDay:
    """What the Chinese calendar says about one day. A make-up workday is worked and has no holiday's name."""

    is_workday: bool
    holiday_en: str | None = None
    holiday_zh: str | None = None


Calendar = Callable[[date], WorkDay]


def dates(context: Context) -> Outcome:
    """Fill dim_date from 1 January of the year of the earliest fact to 31 December of next year."""
    years = range(first_fact(context).year, context.today.year + 2)
    calendars, warnings = _calendars(years, context.today)
    zone = ZoneInfo(context.config.reporting.timezone)
    rows = [
        {
            "ends_at": _end(day, zone),
            **day_row(day, calendars[day.year](day), context.config.reporting.fiscal_year_start),
        }
        for day in _days(date(years[0], 1, 1), date(years[-1], 12, 31))
    ]
    outcome = replace(context.connection, dim_date, lambda staged: context.connection.execute(insert(staged), rows))
    return Outcome(outcome.rows, outcome.changed, [*warnings, *in_no_period(context)])


def _end(day: date, zone: tzinfo) -> datetime:
    return midnight(day + timedelta(days=1), zone)


def day_row(day: date, china: WorkDay, fiscal_year_start: int) -> dict[str, Any]:
    """One row of dim_date. A fiscal year is named after the calendar year in which it ends."""
    month, quarter = month_of(day), quarter_of(day)
    months_in = (day.month - fiscal_year_start) % 12
    return {
        "day": day,
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "iso_week": day.isocalendar().week,
        "weekday": day.isoweekday(),
        "month_start": month.start,
        "month_end": month.end,
        "quarter_start": quarter.start,
        "quarter_end": quarter.end,
        "fiscal_year": day.year + (fiscal_year_start > 1 and day.month >= fiscal_year_start),
        "fiscal_quarter": months_in // 3 + 1,
        "is_workday": china.is_workday,
        "holiday_en": china.holiday_en,
        "holiday_zh": china.holiday_zh,
    }


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _calendars(years: Iterable[int], today: date) -> tuple[dict[int, Calendar], list[str]]:
    """The calendar of each year, and a warning where the working days of this year or, in December, the next lack."""
    calendars: dict[int, Calendar] = {}
    warnings = []
    for year in years:
        try:
            _announced(date(year, 1, 1))
            calendars[year] = _announced
        except NotImplementedError:
            calendars[year] = _statutory(year)
            if not today.year <= year <= (today.year if today.month < _DECEMBER else today.year + 1):
                continue
            warnings.append(
                f"{year}: the working calendar of China is not known yet, so make-up workdays are missing; "
                "upgrade the package chinesecalendar once it is announced"
            )
    return calendars, warnings


def _announced(day: date) -> WorkDay:
    """As the State Council announced it.

    Raises:
        NotImplementedError: Not for this year.
    """
    import chinese_calendar  # noqa: PLC0415 - only compute needs its tables

    is_holiday, name = chinese_calendar.get_holiday_detail(day)
    if not is_holiday:
        return WorkDay(is_workday=True)
    return WorkDay(
        is_workday=False, holiday_en=name, holiday_zh=chinese_calendar.Holiday(name).chinese if name else None
    )


def _statutory(year: int) -> Calendar:
    """Weekdays but for the days off that the law names."""
    from holidays import country_holidays  # noqa: PLC0415 - takes a quarter of a second

    en, zh = (country_holidays("CN", years=year, language=language) for language in ("en_US", "zh_CN"))

    def work_day(day: date) -> WorkDay:
        return WorkDay(day.isoweekday() < _SATURDAY and day not in zh, en.get(day), zh.get(day))

    return work_day
