"""Subqueries in WHERE, from the inside out: each becomes the literals that it finds (docs/vendor/zoho.md §3)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.zoho.coql import problems
from sandbox.zoho.coql.check import check
from sandbox.zoho.coql.criteria import MOST_VALUES
from sandbox.zoho.coql.run import run
from sandbox.zoho.coql.tokens import Token
from sandbox.zoho.coql.tree import Condition, Criteria, Pair, Statement
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.state import State

MOST = 5
# What a comparison with nothing comes to.
_OF_NOTHING = {"!=": "not in", "not in": "not in"}


class Subqueries:
    """Those of one query; `touched` are the modules that they read."""

    def __init__(self, state: State) -> None:
        self._state, self._count = state, 0
        self.touched: frozenset[str] = frozenset()

    def resolve(self, statement: Statement) -> Statement:
        """The statement without subqueries.

        Raises:
            ZohoError: One of them is wrong; its number, from 0, is in the details.
        """
        return replace(statement, where=self._criteria(statement.where))

    def _criteria(self, criteria: Criteria) -> Criteria:
        if isinstance(criteria, Pair):
            return Pair(criteria.word, self._criteria(criteria.left), self._criteria(criteria.right))
        return criteria if criteria.subquery is None else self._condition(criteria, criteria.subquery)

    def _condition(self, condition: Condition, inner: Statement) -> Condition:
        number = self._count
        self._count += 1
        if self._count > MOST:
            raise problems.too_many(MOST, "too many subqueries")
        try:
            values = self._values(inner)
        except ZohoError as error:
            error.details = {"sub_query_sequence": number} | error.details
            raise
        operator = condition.operator
        if len(values) > 1 and operator not in ("in", "not in"):
            raise problems.many_values(number, operator)
        if not values:
            operator = _OF_NOTHING.get(operator, "in")
        return Condition(condition.name, operator, values)

    def _values(self, inner: Statement) -> tuple[Token, ...]:
        query = check(self._state, self.resolve(inner))
        if len(query.selected) != 1:
            raise problems.many_columns(list(query.selected))
        self.touched |= query.touched
        rows, _ = run(replace(query, limit=min(query.limit, MOST_VALUES)), self._state.switches)
        (key,) = query.selected
        return tuple(_literal(row[key]) for row in rows if row[key] is not None)


def _literal(value: Any) -> Token:
    """A lookup stands for its id."""
    text = str(value["id"] if isinstance(value, dict) else value)
    return Token("text", text, text, 0, 0)
