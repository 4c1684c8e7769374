"""Amounts in the base currency, the first step of compute: everything that adds money reads `amount_base`."""

from __future__ import annotations

from sqlalchemy import and_, case, func, literal, or_, select, update

from models.errors import ConfigError
from models.warehouse.core import deals
from models.warehouse.types import Ratio
from models.wording import counted
from pipeline.compute.context import Context, Outcome


def fx(context: Context) -> Outcome:
    """Fill amount_base, fx_rate and fx_date of the deals; NULL where no rate is known, never a rate of 1.

    The date of a rate is the closing day of a closed deal and today for an open one (docs/metrics §1.0). Only rows
    that differ are written; row_hash and history are not concerned.

    Raises:
        ConfigError: No amount at all has a rate: the base currency is wrong, and every tier would fall to the lowest.
    """
    known = and_(deals.c.currency == context.currency, deals.c.amount.is_not(None))
    wanted = {
        deals.c.amount_base: case((known, deals.c.amount)),
        deals.c.fx_rate: case((known, literal(1, Ratio))),
        deals.c.fx_date: case((known, func.coalesce(deals.c.closed_on, context.today))),
    }
    differs = or_(*(column.is_distinct_from(value) for column, value in wanted.items()))
    changed = context.connection.execute(update(deals).where(differs).values(wanted)).rowcount
    rows = context.connection.execute(select(func.count()).select_from(deals)).scalar_one()
    _check_base(context)
    return Outcome(rows=rows, changed=changed, warnings=[*_left_out(context), *_without_rate(context)])


def _check_base(context: Context) -> None:
    amounts = and_(deals.c.amount.is_not(None), context.existing(deals))
    query = select(func.count(), func.count(deals.c.amount_base), func.min(deals.c.currency)).where(amounts)
    found, rated, currency = context.connection.execute(query).one()
    if found and not rated:
        raise ConfigError(
            f"reporting.base_currency is {context.currency}, but none of {counted(found, 'deal')} with an amount is in it "
            f"(there is {currency or 'no currency at all'}); set it to the currency of the deals"
        )


def _left_out(context: Context) -> list[str]:
    """One line for each source that is no connection any more."""
    query = select(deals.c.source, func.count()).where(deals.c.source.not_in(context.sources)).group_by(deals.c.source)
    return [
        f"{counted(number, 'deal')} of {source} left out of all figures: no connection has this name (any more)"
        for source, number in context.connection.execute(query.order_by(deals.c.source))
    ]


def _without_rate(context: Context) -> list[str]:
    """One line for each currency that cannot be converted; an absent amount needs no rate."""
    lacking = (
        select(deals.c.currency, func.count().label("deals"))
        .where(
            deals.c.amount.is_not(None),
            deals.c.amount_base.is_(None),
            context.existing(deals),
        )
        .group_by(deals.c.currency)
        .order_by(deals.c.currency)
    )
    return [
        f"{counted(number, 'deal')} {f'in {currency}' if currency else 'of no currency'} without a rate to "
        f"{context.currency}: left out of all sums of money"
        for currency, number in context.connection.execute(lacking)
    ]
