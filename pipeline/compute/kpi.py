"""`dim_metric` and `mart_kpi`: every declared metric, for every source, owner and period."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Table, func, insert, select

from models.errors import ConfigError
from models.periods import quarter_of
from models.warehouse.marts import dim_date, dim_metric, mart_kpi
from pipeline.compute.compile import kpi_rows
from pipeline.compute.context import Context, Outcome
from pipeline.compute.facts import first_fact
from pipeline.compute.metrics import METRICS
from pipeline.compute.replace import replace


def metrics(context: Context) -> Outcome:
    """Describe the metrics and compute them. A fact after the current period counts once its period has come.

    Raises:
        ConfigError: dim_date does not hold all days from the first fact on.
    """
    since = first_fact(context)
    _need_calendar(context, since)
    replace(context.connection, dim_metric, lambda staged: _describe(context, staged))
    return replace(context.connection, mart_kpi, lambda staged: _compute(context, staged, since))


def _describe(context: Context, staged: Table) -> None:
    described = [column.name for column in staged.columns if column.name != "metric"]
    rows = [{"metric": each.name, **{name: getattr(each, name) for name in described}} for each in METRICS]
    context.connection.execute(insert(staged), rows)


def _compute(context: Context, staged: Table, since: date) -> None:
    for metric in METRICS:
        rows = kpi_rows(metric, context, since)
        context.connection.execute(insert(staged).from_select(staged.columns.keys(), rows))


def _need_calendar(context: Context, since: date) -> None:
    first, last = context.connection.execute(select(func.min(dim_date.c.day), func.max(dim_date.c.day))).one()
    if first is None or first > since or last < quarter_of(context.today).end:
        raise ConfigError(
            f"metrics: the calendar dim_date does not hold all days from {since} to today; "
            "run: crmsync compute dates metrics"
        )
