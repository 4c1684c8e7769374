"""Whom a record counts for, and who has a row although no record does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    select,
    union,
    union_all,
)

from models.warehouse.core import people, teams, users
from models.warehouse.marts import ALL_SOURCES
from pipeline.compute.context import Context

NOBODY = ""


def credited(facts: CTE, carried: Iterable[str]) -> CompoundSelect[Any]:
    """Repeat each row of `facts` (source, owner_id, …) once for every owner of a KPI who is credited with it.

    These are the company, the record owner's team and the owner; and across all sources the company and the owner as a
    person. An owner who is no known person stands for himself.
    """
    user = and_(users.c.source == facts.c.source, users.c.source_id == facts.c.owner_id)
    person = and_(people.c.source == facts.c.source, people.c.user_id == facts.c.owner_id)
    owner: ColumnElement[Any] = func.coalesce(facts.c.owner_id, NOBODY)
    alone = case((facts.c.owner_id == NOBODY, NOBODY), else_=facts.c.source + ":" + facts.c.owner_id)
    everybody = literal(ALL_SOURCES)
    levels: tuple[tuple[ColumnElement[Any], str, ColumnElement[Any]], ...] = (
        (facts.c.source, "company", literal(NOBODY)),
        (facts.c.source, "team", users.c.team_id),
        (facts.c.source, "user", owner),
        (everybody, "company", literal(NOBODY)),
        (everybody, "user", func.coalesce(people.c.person_id, alone, NOBODY)),
    )
    return union_all(
        *(
            _key(source, owner_type, owner_id)
            .add_columns(*(facts.c[name] for name in carried))
            .select_from(facts.outerjoin(users, user).outerjoin(people, person))
            .where(owner_id.is_not(None))
            for source, owner_type, owner_id in levels
        )
    )


def expected(context: Context) -> CTE:
    """Every owner who always has a row: the company of each source, and the teams, users and people that exist."""
    companies = [_key(literal(source), "company", literal(NOBODY)) for source in (*context.sources, ALL_SOURCES)]
    person = and_(people.c.source == users.c.source, people.c.user_id == users.c.source_id)
    exists = context.existing(users)
    return union(
        *companies,
        _key(teams.c.source, "team", teams.c.source_id).where(context.existing(teams)),
        _key(users.c.source, "user", users.c.source_id).where(exists),
        _key(literal(ALL_SOURCES), "user", people.c.person_id).join_from(people, users, person).where(exists),
    ).cte("owners")


def _key(source: ColumnElement[Any], owner_type: str, owner_id: ColumnElement[Any]) -> Select[Any]:
    return select(source.label("source"), literal(owner_type, String).label("owner_type"), owner_id.label("owner_id"))
