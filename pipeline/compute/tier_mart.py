"""`mart_account_tier`: the tier of each account, and the tiers it had before.

Amounts are summed in the warehouse; only the classification streams through Python, in batches of fixed size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, and_, delete, exists, func, insert, not_, or_, select, update

from models.periods import months_before
from models.warehouse.core import accounts, deals
from models.warehouse.functions import money_sum
from models.warehouse.marts import mart_account_tier
from models.wording import counted
from pipeline.compute.context import Context, Outcome
from pipeline.compute.replace import count, staging
from pipeline.compute.tiering import classify, explain

WINDOW_MONTHS = 12
_BATCH = 1000
_KEY = ("source", "account_id")
_HISTORY = ("valid_from", "valid_to", "run_id")
_current = mart_account_tier.c.valid_to.is_(None)


def tier(context: Context) -> Outcome:
    """Give every existing account its tier; a tier that changes is closed and kept.

    An account without deals has won nothing and wants nothing. The tiers of deleted accounts are closed.
    """
    with staging(context.connection, mart_account_tier) as staged:
        for batch in _batches(context):
            context.connection.execute(insert(staged), batch)
        vanished = _close(context, not_(exists().where(_same_account(staged))))
        _close(context, exists().where(_same_account(staged), staged.c.tier != mart_account_tier.c.tier))
        changed = vanished + _update(context, staged) + _open(context, staged)
        return Outcome(count(context.connection, staged), changed, _unrated(context))


def _amounts(context: Context) -> Select[Any]:
    """source, account_id, value and need of every existing account."""
    start = months_before(context.today, WINDOW_MONTHS)
    won = and_(deals.c.stage_status == "won", deals.c.closed_on > start, deals.c.closed_on <= context.today)
    value, need = (
        select(money_sum(deals.c.amount_base)).where(_deals_of_account(), condition).scalar_subquery()
        for condition in (won, deals.c.stage_status == "open")
    )
    return select(
        accounts.c.source, accounts.c.source_id.label("account_id"), value.label("value"), need.label("need")
    ).where(context.existing(accounts))


def _deals_of_account() -> ColumnElement[bool]:
    return and_(
        deals.c.source == accounts.c.source,
        deals.c.account_id == accounts.c.source_id,
        deals.c.deleted_at.is_(None),
    )


def _batches(context: Context) -> Iterator[list[dict[str, Any]]]:
    found = context.connection.execute(_amounts(context), execution_options={"yield_per": _BATCH})
    for rows in found.partitions():
        yield [_row(context, row) for row in rows]


def _row(context: Context, amounts: Row[Any]) -> dict[str, Any]:
    rule = context.config.compute.tier
    result = classify(amounts.value, amounts.need, rule)
    return {
        "source": amounts.source,
        "account_id": amounts.account_id,
        "valid_from": context.now,
        "tier": result.tier,
        "computed_tier": result.tier,
        "value_score": result.value_score,
        "need_score": result.need_score,
        "value_amount": result.value,
        "need_amount": result.need,
        "currency": context.currency,
        "pinned": False,
        "reason_en": explain(result, rule, context.currency, "en"),
        "reason_zh": explain(result, rule, context.currency, "zh"),
        "rule_version": rule.version,
        "run_id": context.run_id,
    }


def _same_account(staged: Table) -> ColumnElement[bool]:
    return and_(*(staged.c[name] == mart_account_tier.c[name] for name in _KEY))


def _close(context: Context, condition: ColumnElement[bool]) -> int:
    """End current tiers now; one that would have held for no time leaves no trace."""
    none = mart_account_tier.c.valid_from >= context.now
    gone = context.connection.execute(delete(mart_account_tier).where(_current, condition, none)).rowcount
    ended = update(mart_account_tier).where(_current, condition).values(valid_to=context.now)
    return gone + context.connection.execute(ended).rowcount


def _update(context: Context, staged: Table) -> int:
    """Where the tier stands and something else differs, write what differs into the current row."""
    content = [column.name for column in mart_account_tier.columns if column.name not in {*_KEY, *_HISTORY}]
    differs = or_(*(mart_account_tier.c[name].is_distinct_from(staged.c[name]) for name in content))
    statement = (
        update(mart_account_tier)
        .where(_same_account(staged), _current, differs)
        .values({name: staged.c[name] for name in (*content, "run_id")})
    )
    return context.connection.execute(statement).rowcount


def _open(context: Context, staged: Table) -> int:
    fresh = select(staged).where(not_(exists().where(_same_account(staged), _current)))
    names = mart_account_tier.columns.keys()
    statement = insert(mart_account_tier).from_select(names, fresh)
    return context.connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _unrated(context: Context) -> list[str]:
    """How many accounts have an amount that could not be converted, and so is in neither sum."""
    lacking = and_(_deals_of_account(), deals.c.amount.is_not(None), deals.c.amount_base.is_(None))
    found = select(func.count()).select_from(accounts).where(context.existing(accounts), exists().where(lacking))
    number = context.connection.execute(found).scalar_one()
    return [f"deals without a rate are left out of the tiers of {counted(number, 'account')}"] if number else []
