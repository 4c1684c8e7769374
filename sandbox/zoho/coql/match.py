"""Checked conditions → functions that tell whether a record matches."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.zoho.coql.criteria import Checked, Comparison
from sandbox.zoho.coql.sources import then

if TYPE_CHECKING:
    from sandbox.zoho.coql.sources import Get
    from sandbox.zoho.switches import Switches

Match: TypeAlias = Callable[[Any], bool]

_NEGATED = ("!=", "not in", "not like", "not between")


def matcher(checked: Checked, switches: Switches) -> Match:
    """As in SQL a null matches nothing but `is null`, unless it counts as different from every value."""
    if isinstance(checked, Comparison):
        return _comparison(checked, switches)
    left, right = matcher(checked.left, switches), matcher(checked.right, switches)
    if checked.word == "and":
        return lambda record: left(record) and right(record)
    return lambda record: left(record) or right(record)


def _comparison(checked: Comparison, switches: Switches) -> Match:
    read, values = checked.column.read, checked.values
    if checked.operator == "is null":
        return lambda record: read(record) is None
    if checked.operator == "is not null":
        return lambda record: read(record) is not None
    if switches.coql_ignores_case and checked.column.family == "text":
        read, values = then(read, str.casefold), tuple(value.casefold() for value in values)
    of_null = switches.coql_null_differs and checked.operator in _NEGATED
    return _of_values(read, _TESTS[checked.operator](*values), of_null=of_null)


def _of_values(read: Get, test: Callable[[Any], bool], *, of_null: bool) -> Match:
    def match(record: Any) -> bool:
        value = read(record)
        return of_null if value is None else test(value)

    return match


def _between(low: Any, high: Any) -> Callable[[Any], bool]:
    return lambda value: low <= value <= high


def _not_between(low: Any, high: Any) -> Callable[[Any], bool]:
    return lambda value: not low <= value <= high


def _like(pattern: str) -> Callable[[Any], bool]:
    """The parts around `%` follow each other in the text, the first at its start and the last at its end."""
    if "%" not in pattern:
        return partial(operator.eq, pattern)
    first, *middle, last = pattern.split("%")

    def fits(text: str) -> bool:
        if not text.startswith(first):
            return False
        place = len(first)
        for part in middle:
            found = text.find(part, place)
            if found < 0:
                return False
            place = found + len(part)
        return len(text) - len(last) >= place and text.endswith(last)

    return fits


def _not_like(pattern: str) -> Callable[[Any], bool]:
    fits = _like(pattern)
    return lambda value: not fits(value)


def _not_in(*values: Any) -> Callable[[Any], bool]:
    unwanted = frozenset(values)
    return lambda value: value not in unwanted


# From a condition's values. `partial` puts the condition's value first, hence the mirrored operators.
_TESTS: dict[str, Callable[..., Callable[[Any], bool]]] = {
    "=": lambda wanted: partial(operator.eq, wanted),
    "!=": lambda unwanted: partial(operator.ne, unwanted),
    ">": lambda bound: partial(operator.lt, bound),
    ">=": lambda bound: partial(operator.le, bound),
    "<": lambda bound: partial(operator.gt, bound),
    "<=": lambda bound: partial(operator.ge, bound),
    "between": _between,
    "not between": _not_between,
    "in": lambda *values: frozenset(values).__contains__,
    "not in": _not_in,
    "like": _like,
    "not like": _not_like,
}
