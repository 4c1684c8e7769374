"""`mart_score`: the score of every salesperson and quarter, from the quarter rows of `mart_kpi`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, Table, and_, case, func, insert, literal, select, true, union

from models.warehouse.core import people, users
from models.warehouse.marts import ALL_SOURCES, mart_kpi, mart_score
from pipeline.compute.context import Context, Outcome
from pipeline.compute.replace import replace
from pipeline.compute.scorecard import INPUTS, Component, explain, mean_of_peers, rounded, score_all

_SHARE, _POINTS = 6, 4
"""Decimals that are kept of a share and of a component's points."""

_ACTIVITY = ("win_rate_count", "lead_conversion_rate")
"""Their denominators count the deals closed and the leads created: what makes a user a salesperson of the quarter."""


def score(context: Context) -> Outcome:
    """Score everyone who is active, exists, and closed a deal in the quarter or owns a lead created in it.

    Peers are the salespeople of the same source and quarter, oneself included; under `*` they are persons.
    """
    return replace(context.connection, mart_score, lambda staged: _fill(context, staged))


def _fill(context: Context, staged: Table) -> None:
    found = context.connection.execute(_salespeople(context)).all()
    for _, peers in groupby(found, key=lambda row: (row.source, row.period_start)):
        context.connection.execute(insert(staged), list(_rows(context, list(peers))))


def _salespeople(context: Context) -> Select[Any]:
    """One row per salesperson and quarter with value, numerator and denominator of each input, peers side by side."""
    active = _active(context).subquery()
    parts = (mart_kpi.c.value, mart_kpi.c.numerator, mart_kpi.c.denominator)
    inputs = (
        func.max(case((mart_kpi.c.metric == name, part))).label(f"{name}_{part.name}")
        for name in INPUTS
        for part in parts
    )
    facts = func.max(case((mart_kpi.c.metric.in_(_ACTIVITY), mart_kpi.c.denominator)))
    key = (mart_kpi.c.source, mart_kpi.c.period_start, mart_kpi.c.period_end, mart_kpi.c.owner_id)
    return (
        select(*key, *inputs)
        .join(active, and_(active.c.source == mart_kpi.c.source, active.c.user_id == mart_kpi.c.owner_id))
        .where(mart_kpi.c.owner_type == "user", mart_kpi.c.period_type == "quarter")
        .group_by(*key)
        .having(facts > 0)
        .order_by(*key)
    )


def _active(context: Context) -> CompoundSelect[Any]:
    """Users who work, in each source; and the persons behind them under `*`."""
    works = and_(users.c.active.is_(true()), context.existing(users))
    person = and_(people.c.source == users.c.source, people.c.user_id == users.c.source_id)
    return union(
        select(users.c.source, users.c.source_id.label("user_id")).where(works),
        select(literal(ALL_SOURCES), people.c.person_id).join_from(people, users, person).where(works),
    )


def _rows(context: Context, peers: list[Row[Any]]) -> Iterator[dict[str, Any]]:
    rule = context.config.compute.score
    inputs = [{name: _value(row, name) for name in INPUTS} for row in peers]
    mean = mean_of_peers(inputs)
    for row, result in zip(peers, score_all(inputs, rule), strict=True):
        yield {
            "source": row.source,
            "user_id": row.owner_id,
            "period_type": "quarter",
            "period_start": row.period_start,
            "period_end": row.period_end,
            "score": result.score,
            "rank": result.rank,
            "coverage": rounded(result.coverage, _SHARE),
            "eligible": result.eligible,
            "components": {name: _as_json(part) for name, part in result.components.items()},
            "reason_en": explain(result, mean, rule, context.currency, "en"),
            "reason_zh": explain(result, mean, rule, context.currency, "zh"),
            "rule_version": rule.version,
            "as_of": context.now,
            "run_id": context.run_id,
        }


def _value(row: Row[Any], name: str) -> Fraction | None:
    """Exactly, and not as `mart_kpi.value` has it, which is rounded."""
    found = row._mapping  # noqa: SLF001 - public, despite its name
    value, numerator, denominator = (found[f"{name}_{part}"] for part in ("value", "numerator", "denominator"))
    if value is None:
        return None
    return Fraction(numerator) / (1 if denominator is None else Fraction(denominator))


def _as_json(part: Component) -> dict[str, str | None]:
    """Decimals as plain strings: JSON's own numbers are binary."""
    return {"input": _plain(part.input, _SHARE), "score": _plain(part.score, _POINTS), "weight": _text(part.weight)}


def _plain(value: Fraction | None, places: int) -> str | None:
    return None if value is None else _text(rounded(value, places))


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"
