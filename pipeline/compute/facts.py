"""Since when there are facts: where the calendar and the periods start."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Column, Table, func, select

from models.wording import counted
from pipeline.compute.context import Context
from pipeline.compute.metrics import METRICS

EARLIEST = date(2000, 1, 1)
"""No CRM holds facts from before this day: such a date is a typing error and is in no period."""


def first_fact(context: Context) -> date:
    """The earliest day on which a record of any metric was created or counts; today if there is none."""
    found = [
        context.connection.execute(
            select(func.min(day)).where(day >= EARLIEST, fact.c.deleted_at.is_(None))
        ).scalar_one()
        for fact, day in _fact_days()
    ]
    return min([day for day in found if day is not None], default=context.today)


def too_early(context: Context) -> list[str]:
    """One line for each kind of record that is in no period because of its date."""
    lines = []
    for fact, day in _fact_days():
        lost = select(func.count()).where(day < EARLIEST, fact.c.deleted_at.is_(None))
        if number := context.connection.execute(lost).scalar_one():
            lines.append(
                f"{fact.name}.{day.name} lies before {EARLIEST} in {counted(number, 'record')}: left out of all figures; "
                "correct it in the CRM"
            )
    return lines


def _fact_days() -> list[tuple[Table, Column[Any]]]:
    """Each fact table with each of its days that the calendar has to hold, once."""
    days = [(metric.fact, day) for metric in METRICS for day in (metric.fact.c.created_on, metric.day)]
    return list(dict.fromkeys(days))
