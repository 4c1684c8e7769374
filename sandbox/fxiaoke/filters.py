"""The filters of a query: operators as a table (docs/vendor/fxiaoke.md §4.1)."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.schema import EMPLOYEE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.schema import Field, Kind
    from sandbox.fxiaoke.switches import Switches

MAX_DIGITS = 15  # of a time in milliseconds
MANY = sys.maxsize  # as many as the tenant allows


class IllegalValueError(ValueError):
    """A value that a field's type does not allow."""


def to_number(value: Any) -> Decimal:
    """A number that arrives as one or as a numeric string.

    Raises:
        IllegalValueError: Anything else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise IllegalValueError(f"not a number: {value!r}")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise IllegalValueError(f"not a number: {value!r}") from None
    if not number.is_finite():
        raise IllegalValueError(f"not a number: {value!r}")
    return number


def to_millis(value: Any) -> int:
    """An instant as epoch milliseconds, a number or (in some clients) a string."""
    number = to_number(value)
    # By its exponent first: arithmetic with "1e999999999" overflows.
    if number.adjusted() >= MAX_DIGITS or number != number.to_integral_value():
        raise IllegalValueError(f"not a time in milliseconds: {value!r}")
    return int(number)


def to_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise IllegalValueError(f"not a text: {value!r}")
    return str(value)


def to_bool(value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise IllegalValueError(f"not a boolean: {value!r}")


OPERAND: dict[Kind, Callable[[Any], Any]] = {
    "text": to_text,
    "option": to_text,
    "options": to_text,
    "ids": to_text,
    "ref": to_text,
    "number": to_number,
    "time": to_millis,
    "bool": to_bool,
    "many": to_text,
    "links": to_text,
    "files": to_text,
    "other": to_text,
}


def _linked_ids(links: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(link.partition(":")[2] for link in links)


# How a stored value compares; kinds left out compare as they are.
STORED: dict[Kind, Callable[[Any], Any]] = {"number": Decimal, "links": _linked_ids}

_ALL: frozenset[Kind] = frozenset(
    {"text", "option", "options", "ids", "ref", "number", "time", "bool", "many", "links", "other"}
)
_ANY: frozenset[Kind] = _ALL | {"files"}
_ORDERED: frozenset[Kind] = frozenset({"text", "option", "ref", "number", "time"})
_TEXTS: frozenset[Kind] = frozenset({"text", "option", "ref"})
_LISTS: frozenset[Kind] = frozenset({"options", "ids", "many", "links"})


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: how many values it takes, on which kinds of field, and its test of (stored value, operands).

    `empty` is its verdict on an empty value, which the test never sees.
    """

    least: int
    most: int
    kinds: frozenset[Kind]
    empty: bool
    test: Callable[[Any, Any], bool]


def _has_any(value: Any, operands: Any) -> bool:
    return any(item in operands for item in value) if isinstance(value, tuple) else value in operands


def _between(value: Any, operands: Any) -> bool:
    return bool(operands[0] <= value <= operands[1])


def _yes(_value: Any, _operands: Any) -> bool:
    return True


def _no(_value: Any, _operands: Any) -> bool:
    return False


# N, not NE; it matches empty values too.
OPERATORS: dict[str, Operator] = {
    "EQ": Operator(1, 1, _ALL, empty=False, test=_has_any),
    "N": Operator(1, 1, _ALL, empty=True, test=lambda value, given: not _has_any(value, given)),
    "GT": Operator(1, 1, _ORDERED, empty=False, test=lambda value, given: value > given[0]),
    "GTE": Operator(1, 1, _ORDERED, empty=False, test=lambda value, given: value >= given[0]),
    "LT": Operator(1, 1, _ORDERED, empty=False, test=lambda value, given: value < given[0]),
    "LTE": Operator(1, 1, _ORDERED, empty=False, test=lambda value, given: value <= given[0]),
    "BETWEEN": Operator(2, 2, _ORDERED, empty=False, test=_between),
    "NBETWEEN": Operator(2, 2, _ORDERED, empty=True, test=lambda value, given: not _between(value, given)),
    "LIKE": Operator(1, 1, _TEXTS, empty=False, test=lambda value, given: given[0] in value),
    "NLIKE": Operator(1, 1, _TEXTS, empty=True, test=lambda value, given: given[0] not in value),
    "STARTWITH": Operator(1, 1, _TEXTS, empty=False, test=lambda value, given: value.startswith(given[0])),
    "ENDWITH": Operator(1, 1, _TEXTS, empty=False, test=lambda value, given: value.endswith(given[0])),
    "IS": Operator(0, 0, _ANY, empty=True, test=_no),
    "ISN": Operator(0, 0, _ANY, empty=False, test=_yes),
    "IN": Operator(1, MANY, _ALL, empty=False, test=_has_any),
    "NIN": Operator(1, MANY, _ALL, empty=True, test=lambda value, given: not _has_any(value, given)),
    "HASANYOF": Operator(1, MANY, _LISTS, empty=False, test=_has_any),
    "NHASANYOF": Operator(1, MANY, _LISTS, empty=True, test=lambda value, given: not _has_any(value, given)),
    "CONTAINS": Operator(1, MANY, _LISTS, empty=False, test=_has_any),
    "EXISTS": Operator(0, 0, _ANY, empty=False, test=_yes),
    "NEXISTS": Operator(0, 0, _ANY, empty=True, test=_no),
}

# Where a tenant leaves the ends out (§4.1).
OPEN_ENDED: dict[str, Operator] = {
    "BETWEEN": Operator(2, 2, _ORDERED, empty=False, test=lambda value, given: given[0] < value < given[1]),
    "NBETWEEN": Operator(2, 2, _ORDERED, empty=True, test=lambda value, given: not given[0] < value < given[1]),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter that was understood: hashable, so that results can be remembered by it."""

    field: str
    operator: str
    operands: tuple[Any, ...]
    open_ended: bool = False


def read_condition(
    raw: Any, fields: dict[str, Field], translate_id: Callable[[str], str], switches: Switches
) -> Condition:
    """Check one filter of a request.

    Args:
        raw: As it arrived.
        fields: Those of the object.
        translate_id: From an employee id of the style in force to the plain one.
        switches: What the tenant allows.

    Raises:
        FxiaokeError: 32000, naming what is wrong.
    """
    if not isinstance(raw, dict):
        raise FxiaokeError(32000, "filters must be a list of objects")
    name, operator, values = raw.get("field_name"), raw.get("operator"), raw.get("field_values", [])
    field = fields.get(name) if isinstance(name, str) else None
    if field is None or not field.active:
        raise FxiaokeError(32000, f"field_name {name} does not exist")
    rule = OPERATORS.get(operator) if isinstance(operator, str) else None
    linked = field.kind == "links" and rule is not None and rule.most > 0
    if rule is None or field.kind not in rule.kinds or (linked and not switches.filter_by_related):
        raise FxiaokeError(32000, f"operator {operator} is not supported for {field.api_name}")
    if not isinstance(values, list):
        raise FxiaokeError(32000, f"field_values of {field.api_name} must be an array")
    if rule.most == 0:
        values = _no_operand(field, values, switches.empty_operand)
    if not rule.least <= len(values) <= min(rule.most, max(rule.least, switches.most_in)):
        raise FxiaokeError(32000, f"field_values of {field.api_name}: {len(values)} values for {operator}")
    open_ended = operator in OPEN_ENDED and not switches.between_ends
    return Condition(field.api_name, str(operator), _operands(field, values, translate_id), open_ended)


def _no_operand(field: Field, values: list[Any], allowed: str) -> list[Any]:
    """Operators without a value take [] or [""] (§4.1: nobody knows which)."""
    refused = {"none": values != [], "blank": values != [""]}.get(allowed, False)
    if refused:
        raise FxiaokeError(32000, f"field_values of {field.api_name} illegal")
    return [value for value in values if value not in ("", None)]


def _operands(field: Field, values: list[Any], translate_id: Callable[[str], str]) -> tuple[Any, ...]:
    try:
        operands = tuple(map(OPERAND[field.kind], values))
    except IllegalValueError as error:
        raise FxiaokeError(32000, f"field_values of {field.api_name}: {error}") from None
    return tuple(map(translate_id, operands)) if field.type in EMPLOYEE_TYPES else operands


def predicate(condition: Condition, kind: Kind) -> Callable[[Any], bool]:
    """The test of one stored value; None and an empty text are the same empty."""
    rule = (OPEN_ENDED if condition.open_ended else OPERATORS)[condition.operator]
    test, empty, stored = rule.test, rule.empty, STORED.get(kind)
    operands: Any = condition.operands
    if rule.most == MANY:
        operands = frozenset(operands)

    def check(value: Any) -> bool:
        if value is None or value in ("", ()):
            return empty
        return test(value if stored is None else stored(value), operands)

    return check
