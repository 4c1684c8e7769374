"""From a declared metric to the one SELECT that computes it for every source, owner and period, in the warehouse.

facts     what each owner's records of one month add up to
dated     the same, once for the month and once for the quarter
credited  the same, once for each owner of a KPI who is credited with it
spine     zeros for every owner and period that must have a row
sums      credited and spine, added up by key
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    literal,
    null,
    select,
    true,
    union,
    union_all,
)

from models.warehouse.functions import money_sum, ratio
from models.warehouse.marts import dim_date, mart_kpi
from models.warehouse.types import Instant, Money
from pipeline.compute.context import Context
from pipeline.compute.metrics import Metric
from pipeline.compute.owners import credited, expected

UNRATED = "amounts without a rate: "
"""How the reason of a money figure starts that is not known; their number follows."""

_PERIODS = (
    ("month", dim_date.c.month_start, dim_date.c.month_end),
    ("quarter", dim_date.c.quarter_start, dim_date.c.quarter_end),
)
_PERIOD = ("period_type", "period_start", "period_end")
_MEASURES = ("numerator", "denominator", "unrated")


def kpi_rows(metric: Metric, context: Context, since: date) -> Select[Any]:
    """All rows of one metric, with the columns of `mart_kpi` in their order.

    Rows are dense: the company, each team and each user that exists has one for every period from the one that holds
    `since` to the current one. Owners who are unknown or deleted, and '' for nobody, have one where a record counts
    for them.
    """
    dated = _dated(_facts(metric, context), context.today)
    spine = _spine(expected(context), _periods(since, context.today))
    sums = _sums(credited(dated, (*_PERIOD, *_MEASURES)), spine)
    columns = (
        dict(sums.columns)
        | _figures(metric, sums)
        | {
            "metric": literal(metric.name),
            "currency": literal(context.currency) if metric.unit == "money" else null(),
            "mature": sums.c.period_end < context.today,
            "as_of": literal(context.now, Instant),
            "rule_version": literal(metric.version),
            "run_id": literal(context.run_id),
        }
    )
    return select(*(columns[column.name].label(column.name) for column in mart_kpi.columns))


def _figures(metric: Metric, sums: CTE) -> dict[str, ColumnElement[Any]]:
    """Numerator, denominator, value, and the reason why there is no value.

    An amount without a rate makes the figure unknown, a denominator of 0 makes it undefined (docs/metrics §1.0).
    """
    reasons = [(sums.c.unrated > 0, literal(UNRATED) + cast(cast(sums.c.unrated, Integer), String))]
    denominator: ColumnElement[Any] = null()
    value: ColumnElement[Any] = sums.c.numerator
    if metric.denominator is not None:
        denominator, value = sums.c.denominator, ratio(sums.c.numerator, sums.c.denominator)
        reasons.append((sums.c.denominator == 0, literal(metric.empty)))
    return {
        "numerator": sums.c.numerator,
        "denominator": denominator,
        "value": case((sums.c.unrated == 0, value)),
        "reason": case(*reasons),
    }


def _facts(metric: Metric, context: Context) -> CTE:
    fact = metric.fact
    measures: dict[str, ColumnElement[Any]] = {
        "numerator": metric.numerator,
        "denominator": literal(0) if metric.denominator is None else metric.denominator,
        "unrated": _unrated(metric),
    }
    group = (fact.c.source, fact.c.owner_id, *(column for _, *columns in _PERIODS for column in columns))
    return (
        select(*group, *(money_sum(measure).label(name) for name, measure in measures.items()))
        .join_from(fact, dim_date, dim_date.c.day == metric.day)
        .where(metric.counts, context.existing(fact))
        .group_by(*group)
        .cte("facts")
    )


def _unrated(metric: Metric) -> ColumnElement[Any]:
    """1 for a record whose amount could not be converted; an absent amount needs no rate."""
    if metric.unit != "money":
        return literal(0)
    return case((and_(metric.fact.c.amount.is_not(None), metric.fact.c.amount_base.is_(None)), 1), else_=0)


def _dated(facts: CTE, today: date) -> CTE:
    rows = (
        select(
            facts.c.source,
            facts.c.owner_id,
            literal(name, String).label("period_type"),
            facts.c[start.name].label("period_start"),
            facts.c[end.name].label("period_end"),
            *(facts.c[measure] for measure in _MEASURES),
        ).where(facts.c[start.name] <= today)
        for name, start, end in _PERIODS
    )
    return union_all(*rows).cte("dated")


def _periods(since: date, today: date) -> CTE:
    """The periods that hold a day of [since, today]."""
    rows = (
        select(literal(name, String).label("period_type"), start.label("period_start"), end.label("period_end")).where(
            dim_date.c.day.between(since, today)
        )
        for name, start, end in _PERIODS
    )
    return union(*rows).cte("periods")


def _spine(owners: CTE, periods: CTE) -> Select[Any]:
    zeros = (literal(0, Money).label(name) for name in _MEASURES)
    return select(*owners.columns, *periods.columns, *zeros).join_from(owners, periods, true())


def _sums(credits_: CompoundSelect[Any], spine: Select[Any]) -> CTE:
    parts = union_all(*credits_.selects, spine).cte("parts")
    key = [column for column in parts.columns if column.name not in _MEASURES]
    sums = (money_sum(parts.c[name]).label(name) for name in _MEASURES)
    return select(*key, *sums).group_by(*key).cte("sums")
