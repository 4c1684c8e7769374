"""Since when there are facts: where the calendar and the periods start."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, func, or_, select

from models.periods import quarter_of
from models.wording import counted
from pipeline.compute.context import Context
from pipeline.compute.metrics import METRICS

EARLIEST = date(2000, 1, 1)
"""No CRM holds facts from before this day: such a date is a typing error and is in no period."""


def first_fact(context: Context) -> date:
    """The earliest day on which a record of any metric was created or counts; today if there is none."""
    found = [
        context.connection.execute(select(func.min(day)).where(day >= EARLIEST, context.existing(fact))).scalar_one()
        for fact, day in _fact_days()
    ]
    return min([day for day in found if day is not None], default=context.today)


def in_no_period(context: Context) -> list[str]:
    """One line for each kind of record that is in no figure because of its date."""
    last = quarter_of(context.today).end
    lines = []
    for fact, day in _fact_days():
        if number := _count(context, fact, day < EARLIEST):
            lines.append(
                f"{fact.name}.{day.name} lies before {EARLIEST} in {counted(number, 'record')}: left out of all figures; "
                "correct it in the CRM"
            )
    for fact, day in dict.fromkeys((metric.fact, metric.day) for metric in METRICS):
        counts = or_(*(metric.counts for metric in METRICS if metric.day is day))
        if number := _count(context, fact, and_(day > last, counts)):
            lines.append(
                f"{fact.name}.{day.name} lies after {last} in {counted(number, 'record')}: in no figure before that "
                "day; correct it in the CRM if it is a mistake"
            )
    return lines


def _count(context: Context, fact: Table, condition: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(fact).where(condition, context.existing(fact))
    return context.connection.execute(query).scalar_one()


def _fact_days() -> list[tuple[Table, Column[Any]]]:
    """Each fact table with each of its days that the calendar has to hold, once."""
    days = [(metric.fact, day) for metric in METRICS for day in (metric.fact.c.created_on, metric.day)]
    return list(dict.fromkeys(days))
