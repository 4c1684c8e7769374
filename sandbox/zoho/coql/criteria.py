"""WHERE: its conditions, checked against the types of their columns (docs/vendor/zoho.md §3, table of types)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.zoho.coql import literals, problems
from sandbox.zoho.coql.tree import Condition, Criteria

if TYPE_CHECKING:
    from sandbox.zoho.coql.columns import Column, Columns

MOST_CONDITIONS, MOST_VALUES = 25, 100
# How the vendor writes a null test in an error.
_EMPTY = "${EMPTY}"
_AS_COMPARED = {"is null": "=", "is not null": "!="}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition whose column takes the operator, with values as records hold them."""

    column: Column
    operator: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Two that are joined by `and` or `or`."""

    word: str
    left: Checked
    right: Checked


Checked: TypeAlias = Comparison | Both


def check(criteria: Criteria, columns: Columns) -> Checked:
    """All columns and operators exist, and all values are of their types.

    Raises:
        ZohoError: INVALID_QUERY, LIMIT_EXCEEDED.
    """
    if sum(1 for _ in _conditions(criteria)) > MOST_CONDITIONS:
        raise problems.too_many(MOST_CONDITIONS, "too many conditions in the where clause")
    return _checked(criteria, columns)


def _conditions(criteria: Criteria) -> Iterator[Condition]:
    if isinstance(criteria, Condition):
        yield criteria
    else:
        yield from _conditions(criteria.left)
        yield from _conditions(criteria.right)


def _checked(criteria: Criteria, columns: Columns) -> Checked:
    if isinstance(criteria, Condition):
        return _comparison(criteria, columns)
    return Both(criteria.word, _checked(criteria.left, columns), _checked(criteria.right, columns))


def _comparison(condition: Condition, columns: Columns) -> Comparison:
    column = columns.find(condition.name, "criteria")
    name, operator = condition.name, condition.operator
    if column.family is None:
        value = condition.values[0].text if condition.values else _EMPTY
        raise problems.unsupported_criteria(name, _AS_COMPARED.get(operator, operator), value)
    if operator not in literals.OPERATORS[column.family]:
        raise problems.wrong_operator(name, operator)
    if len(condition.values) > MOST_VALUES:
        raise problems.too_many(MOST_VALUES, "too many values for the in operator")
    values = tuple(literals.read(token, column.data_type) for token in condition.values)
    if None in values:
        raise problems.wrong_value(name, column.data_type)
    if operator == "not like" and not _is_contains(values[0]):
        raise problems.wrong_operator(name, operator)
    return Comparison(column, operator, values)


def _is_contains(pattern: str) -> bool:
    """The only form that `not like` takes."""
    return len(pattern) > 2 and pattern[0] == pattern[-1] == "%" and "%" not in pattern[1:-1]
