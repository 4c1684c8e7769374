"""The results that can be written into a CRM. One more is one more declaration here; where it goes is configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, literal, select

from models.config import Language
from models.periods import Period
from models.warehouse.core import accounts, users
from models.warehouse.marts import mart_account_tier, mart_score


@dataclass(frozen=True, slots=True)
class Scope:
    """What a result is asked for.

    Attributes:
        source: The connection whose rows are pushed; never `*`.
        language: Of the texts that are written.
        quarter: The one whose scores are shown.
    """

    source: str
    language: Language
    quarter: Period


Expression = Callable[[Table, Scope], ColumnElement[Any]]
"""Builds a column or a condition from the mart and the scope."""


@dataclass(frozen=True, slots=True)
class Result:
    """One kind of computed result, one row of its mart per CRM record.

    Attributes:
        name: As `connections.X.push.<name>` says it.
        description: For people who choose what to push.
        mart: With the columns source, reason_en, reason_zh and rule_version.
        key: Column of the mart that names the record.
        entity: The core table of that record; deleted ones are left out.
        values: What can be written, by the names that the configuration uses.
        current: Which rows of the mart hold now.
        of_quarter: They are those of the quarter that is shown.
        needs_match: No writable record of the CRM has this key: a lookup (`match`) says whose result a record shows.
    """

    name: str
    description: str
    mart: Table
    key: str
    entity: Table
    values: Mapping[str, Expression]
    current: Expression
    of_quarter: bool = False
    needs_match: bool = False


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What one record should hold: value name → text, int, Decimal or None."""

    key: str
    label: str | None
    reason_en: str
    reason_zh: str
    rule_version: str
    values: Mapping[str, Any]


def _column(name: str) -> Expression:
    return lambda mart, _scope: mart.c[name]


def _reason(mart: Table, scope: Scope) -> ColumnElement[Any]:
    return mart.c[f"reason_{scope.language}"]


RESULTS: dict[str, Result] = {
    result.name: result
    for result in (
        Result(
            name="tier",
            description="customer tier of an account, with its reason",
            mart=mart_account_tier,
            key="account_id",
            entity=accounts,
            values={"tier": _column("tier"), "reason": _reason},
            current=lambda mart, _scope: mart.c.valid_to.is_(None),
        ),
        Result(
            name="score",
            description="score and rank of a salesperson in the quarter that is shown",
            mart=mart_score,
            key="user_id",
            entity=users,
            of_quarter=True,
            needs_match=True,
            values={
                "score": _column("score"),
                "rank": _column("rank"),
                "period": lambda _mart, scope: literal(scope.quarter.name),
                "reason": _reason,
            },
            current=lambda mart, scope: and_(
                mart.c.period_type == scope.quarter.type, mart.c.period_start == scope.quarter.start
            ),
        ),
    )
}


def read_rows(connection: Connection, result: Result, scope: Scope) -> list[ResultRow]:
    """The rows of one result, ascending by key, those of deleted records left out."""
    mart, entity = result.mart, result.entity
    values = [value(mart, scope).label(f"value_{name}") for name, value in result.values.items()]
    same_record = and_(entity.c.source == mart.c.source, entity.c.source_id == mart.c[result.key])
    query = (
        select(mart.c[result.key], entity.c.name, mart.c.reason_en, mart.c.reason_zh, mart.c.rule_version, *values)
        .join_from(mart, entity, same_record)
        .where(mart.c.source == scope.source, entity.c.deleted_at.is_(None), result.current(mart, scope))
        .order_by(mart.c[result.key])
    )
    return [
        ResultRow(key, label, reason_en, reason_zh, rule_version, dict(zip(result.values, found, strict=True)))
        for key, label, reason_en, reason_zh, rule_version, *found in connection.execute(query)
    ]
