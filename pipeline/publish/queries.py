"""Read the marts and the operation tables into `Facts`: the only SQL on the data that publish tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, func, select

from connectors import registry
from models.config import Config
from models.periods import Period, month_of, months_before, pushed_quarter
from models.warehouse.core import accounts, people, teams, users
from models.warehouse.engine import Warehouse
from models.warehouse.freshness import freshness
from models.warehouse.functions import money_sum
from models.warehouse.marts import ALL_SOURCES, dim_metric, mart_account_tier, mart_kpi, mart_score
from models.warehouse.ops import ops_dead_letter, ops_push_item, ops_push_plan
from pipeline.publish.facts import (
    HEADLINE_METRICS,
    Bilingual,
    Facts,
    Kpi,
    MonthBookings,
    Standing,
    TierChange,
    TierShare,
    Unread,
    Unwritten,
)

_MONTHS = 24


def read_facts(warehouse: Warehouse, config: Config, *, now: datetime, changes_since: datetime) -> Facts:
    """Everything there is to tell, in one consistent view of the warehouse.

    `now` decides which quarter is shown; tier changes up to `changes_since` are old news. Both are aware.
    """
    local = now.astimezone(ZoneInfo(config.reporting.timezone))
    quarter = pushed_quarter(local.date(), config.compute.score.grace_days)
    order = tuple(dict.fromkeys(tier for row in config.compute.tier.matrix for tier in row))
    with warehouse.read() as connection:
        return Facts(
            now=local,
            quarter=quarter,
            currency=config.reporting.base_currency,
            tier_order=order,
            standings=_standings(connection, quarter),
            kpis=_kpis(connection, quarter),
            changes_since=changes_since,
            tier_changes=_tier_changes(connection, changes_since),
            months=_months(connection, local.date()),
            tiers=_tiers(connection, order),
            freshness=tuple(freshness(connection, registry.streams(config, needed=True))),
            unread=_unread(connection, tuple(config.connections)),
            unwritten=_unwritten(connection, tuple(config.connections)),
        )


def read_tier_changes(warehouse: Warehouse, *, since: datetime) -> tuple[TierChange, ...]:
    """Customers whose tier is another one than at `since`, those that concern the most money first."""
    with warehouse.read() as connection:
        return _tier_changes(connection, since)


def _standings(connection: Connection, quarter: Period) -> tuple[Standing, ...]:
    """The leaderboard: ranked people first. A person who is in two CRMs may have two teams."""
    score, kpi = mart_score, mart_kpi
    bookings = and_(
        kpi.c.metric == "bookings",
        kpi.c.source == score.c.source,
        kpi.c.owner_type == "user",
        kpi.c.owner_id == score.c.user_id,
        kpi.c.period_type == score.c.period_type,
        kpi.c.period_start == score.c.period_start,
    )
    rows = connection.execute(
        select(score, kpi.c.value.label("bookings"))
        .select_from(score.outerjoin(kpi, bookings))
        .where(
            score.c.source == ALL_SOURCES,
            score.c.period_type == quarter.type,
            score.c.period_start == quarter.start,
        )
    ).all()
    names, team_names = _people(connection)
    found = [
        Standing(
            person_id=row.user_id,
            name=names.get(row.user_id) or row.user_id,
            teams=tuple(team_names[row.user_id]),
            rank=row.rank,
            score=row.score,
            bookings=row.bookings,
            reason=Bilingual(row.reason_en, row.reason_zh),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda s: (s.rank is None, s.rank or 0, -(s.score or 0), s.name, s.person_id)))


def _people(connection: Connection) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Name and team names by person_id; where the CRMs differ about a name, the first source says it."""
    rows = connection.execute(
        select(people.c.person_id, users.c.name, teams.c.name.label("team"))
        .join(users, and_(users.c.source == people.c.source, users.c.source_id == people.c.user_id))
        .outerjoin(teams, and_(teams.c.source == users.c.source, teams.c.source_id == users.c.team_id))
        .order_by(people.c.source, people.c.user_id)
    )
    names: dict[str, str] = {}
    team_names: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.name:
            names.setdefault(row.person_id, row.name)
        if row.team and row.team not in team_names[row.person_id]:
            team_names[row.person_id].append(row.team)
    return names, team_names


def _company(period_type: str, starts: Iterable[date]) -> Select[tuple[object, ...]]:
    return select(mart_kpi).where(
        mart_kpi.c.source == ALL_SOURCES,
        mart_kpi.c.owner_type == "company",
        mart_kpi.c.period_type == period_type,
        mart_kpi.c.period_start.in_(list(starts)),
    )


def _kpis(connection: Connection, quarter: Period) -> tuple[Kpi, ...]:
    """Every metric that compute declares, the headline metrics first."""
    former = quarter.before()
    rows = connection.execute(_company(quarter.type, (quarter.start, former.start))).all()
    shown = {row.metric: row for row in rows if row.period_start == quarter.start}
    before = {row.metric: row for row in rows if row.period_start == former.start}
    declared = connection.execute(select(dim_metric)).all()
    found = [
        Kpi(
            metric=metric.metric,
            label=Bilingual(metric.label_en, metric.label_zh),
            definition=Bilingual(metric.definition_en, metric.definition_zh),
            unit=metric.unit,
            value=row.value,
            former=before[metric.metric].value if metric.metric in before else None,
            adds_up=metric.unit != "ratio" and row.denominator is None,
            mature=row.mature,
        )
        for metric in declared
        if (row := shown.get(metric.metric)) is not None
    ]
    return tuple(sorted(found, key=lambda kpi: (_place(kpi.metric, HEADLINE_METRICS), kpi.metric)))


def _place(item: str, order: Sequence[str]) -> int:
    """The place of `item` in `order`; after all others if it is not in it."""
    return order.index(item) if item in order else len(order)


def _tier_changes(connection: Connection, since: datetime) -> tuple[TierChange, ...]:
    """From the tier before the window to the tier of now, per account; there and back again is no change."""
    new, old = mart_account_tier.alias("new"), mart_account_tier.alias("old")
    same_account = and_(new.c.source == old.c.source, new.c.account_id == old.c.account_id)
    of_account = and_(accounts.c.source == new.c.source, accounts.c.source_id == new.c.account_id)
    rows = connection.execute(
        select(new, old.c.tier.label("old_tier"), accounts.c.name)
        .join(old, and_(same_account, old.c.valid_to == new.c.valid_from))
        .join(accounts, of_account)
        .where(new.c.valid_from > since, new.c.tier != old.c.tier, accounts.c.deleted_at.is_(None))
        .order_by(new.c.valid_from)
    )
    changes: dict[tuple[str, str], TierChange] = {}
    for row in rows:
        earlier = changes.get((row.source, row.account_id))
        changes[row.source, row.account_id] = TierChange(
            source=row.source,
            account_id=row.account_id,
            name=row.name or row.account_id,
            old=earlier.old if earlier else row.old_tier,
            new=row.tier,
            at=row.valid_from,
            weight=row.value_amount + row.need_amount,
            reason=Bilingual(row.reason_en, row.reason_zh),
        )
    net = (change for change in changes.values() if change.old != change.new)
    return tuple(sorted(net, key=lambda c: (-c.weight, c.source, c.account_id)))


def _months(connection: Connection, today: date) -> tuple[MonthBookings, ...]:
    starts = [months_before(month_of(today).start, back) for back in range(_MONTHS - 1, -1, -1)]
    rows = connection.execute(_company("month", starts).where(mart_kpi.c.metric == "bookings"))
    values: dict[date, Decimal | None] = {row.period_start: row.value for row in rows}
    return tuple(MonthBookings(start, values.get(start)) for start in starts)


def _tiers(connection: Connection, order: tuple[str, ...]) -> tuple[TierShare, ...]:
    """Tiers of today, the best first; one that the configuration no longer knows comes last."""
    t = mart_account_tier
    rows = connection.execute(
        select(t.c.tier, func.count().label("customers"), money_sum(t.c.value_amount).label("won"))
        .join(accounts, and_(accounts.c.source == t.c.source, accounts.c.source_id == t.c.account_id))
        .where(t.c.valid_to.is_(None), accounts.c.deleted_at.is_(None))
        .group_by(t.c.tier)
    )
    shares = [TierShare(row.tier, row.customers, row.won) for row in rows]
    return tuple(sorted(shares, key=lambda share: (_place(share.tier, order), share.tier)))


def _unread(connection: Connection, sources: Sequence[str]) -> tuple[Unread, ...]:
    t = ops_dead_letter
    rows = connection.execute(
        select(t.c.source, t.c.stream, func.count().label("count"))
        .where(t.c.state == "open", t.c.source.in_(sources))
        .group_by(t.c.source, t.c.stream)
        .order_by(t.c.source, t.c.stream)
    )
    return tuple(Unread(row.source, row.stream, row[2]) for row in rows)


def _unwritten(connection: Connection, sources: Sequence[str]) -> tuple[Unwritten, ...]:
    """Of each source's newest settled plan only: it compared everything anew, so older troubles are in it or over."""
    plan, item = ops_push_plan, ops_push_item
    newest = (
        select(func.max(plan.c.plan_id))
        .where(plan.c.state == "settled", plan.c.source.in_(sources))
        .group_by(plan.c.source)
    )
    rows = connection.execute(
        select(item.c.source, item.c.outcome, func.count().label("count"))
        .where(item.c.plan_id.in_(newest), item.c.outcome.in_(["conflict", "rejected"]))
        .group_by(item.c.source, item.c.outcome)
        .order_by(item.c.source, item.c.outcome)
    )
    return tuple(Unwritten(row.source, row.outcome, row[2]) for row in rows)
