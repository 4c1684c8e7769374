"""The criteria of a bulk read: a tree of groups and conditions, checked and made a test of records (§4).

The section is that of docs/vendor/zoho.md. An empty field meets no condition but those that name `${EMPTY}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.bulk import columns
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.bulk.columns import Column
    from sandbox.zoho.fields import Module
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row

Test = Callable[["Row"], bool]

MOST_CONDITIONS, MOST_VALUES, MOST_CHARACTERS, MOST_DIGITS = 25, 200, 255, 19
EMPTY = "${EMPTY}"
_OPERATORS = ("and", "or")
_LISTS = ("in", "not_in")
_RANGES = ("between", "not_between")
_SAME = ("equal", "not_equal", *_LISTS)
_ORDER = ("less_than", "less_equal", "greater_than", "greater_equal")
_NUMBER = (*_SAME, *_ORDER)
_TEXT = (*_SAME, "contains", "not_contains", "starts_with", "ends_with")
_DATE = (*_SAME, *_RANGES, *_ORDER)
# The comparators of each data type; a type that is not here is not supported in criteria.
COMPARATORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("integer", "bigint", "double", "currency", "percent"), _NUMBER),
    **dict.fromkeys(
        ("text", "textarea", "email", "phone", "website", "picklist", "multiselectpicklist", "autonumber"), _TEXT
    ),
    **dict.fromkeys(("date", "datetime"), _DATE),
    "boolean": ("equal",),
    **dict.fromkeys(columns.LOOKUPS, _SAME),
}
_MEANINGS: dict[str, Callable[[Any, Any], bool]] = {
    "equal": lambda cell, value: cell == value,
    "in": lambda cell, values: cell in values,
    "less_than": lambda cell, value: cell < value,
    "less_equal": lambda cell, value: cell <= value,
    "greater_than": lambda cell, value: cell > value,
    "greater_equal": lambda cell, value: cell >= value,
    "between": lambda cell, ends: ends[0] <= cell <= ends[1],
    "contains": lambda cell, value: value in cell,
    "starts_with": lambda cell, value: cell.startswith(value),
    "ends_with": lambda cell, value: cell.endswith(value),
}
_NEGATED = {"not_equal": "equal", "not_in": "in", "not_between": "between", "not_contains": "contains"}


class Criteria:
    """Reads one tree for one module."""

    def __init__(self, state: State, module: Module) -> None:
        self._state, self._module = state, module
        self._conditions = 0

    def test(self, node: Any, depth: int = 1) -> Test:
        """What a record must meet.

        Raises:
            ZohoError: As §4's table of codes says.
        """
        if not isinstance(node, dict):
            raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
        if depth > MOST_CONDITIONS:
            raise ZohoError("CRITERIA_LIMIT_EXCEEDED", {"max_limit": MOST_CONDITIONS})
        grouped = not {"group", "group_operator"}.isdisjoint(node)
        if grouped and not {"field", "api_name", "comparator", "value"}.isdisjoint(node):
            raise ZohoError("AMBIGUOUS_CRITERIA", node)
        return self._group(node, depth) if grouped else self._condition(node)

    def _group(self, node: dict[str, Any], depth: int) -> Test:
        operator, members = node.get("group_operator"), node.get("group")
        if operator is None or not isinstance(members, list) or not members:
            raise ZohoError("AMBIGUOUS_GROUP_IN_CRITERIA", node)
        if operator not in _OPERATORS:
            raise ZohoError("GROUP_OPERATOR_NOT_SUPPORTED", {"supported": list(_OPERATORS)})
        tests = [self.test(member, depth + 1) for member in members]
        if operator == "and":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

    def _condition(self, node: dict[str, Any]) -> Test:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise ZohoError("CRITERIA_LIMIT_EXCEEDED", {"max_limit": MOST_CONDITIONS})
        name = name_of(node)
        if name is None or not isinstance(node.get("comparator"), str) or "value" not in node:
            raise ZohoError("INVALID_CRITERIA", node)
        if node.get("type", "value") != "value":
            raise ZohoError("VALUE_TYPE_NOT_SUPPORTED", {"api_name": name, "supported": ["value"]})
        column = columns.find(self._state, self._module, name)
        if column is None:
            raise ZohoError("FIELD_IN_CRITERIA_NOT_AVAILABLE", {"api_name": name})
        comparator, value = node["comparator"], node["value"]
        told = {"api_name": name, "comparator": comparator, "value": value, "type": "value"}
        supported = COMPARATORS.get(column.data_type)
        if supported is None:
            raise ZohoError("FIELD_IN_CRITERIA_NOT_SUPPORTED", told)
        if comparator not in supported:
            raise ZohoError(
                "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED", {"api_name": name, "supported": list(supported)}
            )
        return _test(column, comparator, _operand(column.data_type, comparator, value, told))


def name_of(node: dict[str, Any]) -> str | None:
    """The API name of a condition's field, which stands in an object or beside the comparator."""
    field = node.get("field")
    name = field.get("api_name") if isinstance(field, dict) else node.get("api_name")
    return name if isinstance(name, str) else None


def _operand(data_type: str, comparator: str, value: Any, told: dict[str, Any]) -> Any:
    if comparator not in (*_LISTS, *_RANGES):
        if isinstance(value, (list, dict)):
            raise ZohoError("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", told)
        return _clean(data_type, value, told)
    if not isinstance(value, list) or not value or (comparator in _RANGES and len(value) != 2):
        raise ZohoError("COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", told)
    if len(value) > MOST_VALUES:
        raise ZohoError("VALUE_LIMIT_EXCEEDED_IN_CRITERIA", {"max_limit": MOST_VALUES})
    return [_clean(data_type, one, told) for one in value]


def _clean(data_type: str, value: Any, told: dict[str, Any]) -> Any:
    """A value as the column's own values are; None for `${EMPTY}`, which only equality takes."""
    if value == EMPTY and told["comparator"] in _SAME:
        return None
    found = _typed(data_type, value)
    if found is None:
        raise ZohoError("FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE", told)
    if isinstance(value, str) and len(value) > MOST_CHARACTERS:
        raise ZohoError("VALUE_IN_CRITERIA_NOT_SUPPORTED", told)
    return found


def _typed(data_type: str, value: Any) -> Any:
    """The value of a column's type, or None."""
    if isinstance(value, bool) and data_type != "boolean":
        return None
    read: Callable[[Any], Any] = _TYPES.get(data_type, _text)
    return read(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())


def _date(value: Any) -> str | None:
    return value if times.is_date(value) else None


def _id(value: Any) -> int | None:
    text = str(value) if isinstance(value, int) else value
    whole = isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if whole else None


def _number(value: Any) -> float | None:
    """A JSON number, or one in a string of plain digits."""
    if isinstance(value, str) and len(value) <= MOST_DIGITS and value.replace(".", "", 1).lstrip("-").isdecimal():
        try:
            return float(value)
        except ValueError:
            return None
    return value if isinstance(value, (int, float)) else None


_TYPES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("integer", "double", "currency", "percent"), _number),
    **dict.fromkeys(("bigint", *columns.LOOKUPS), _id),
    "boolean": _flag,
    "date": _date,
    "datetime": times.parse_datetime,
}


def _test(column: Column, comparator: str, operand: Any) -> Test:
    value, wanted = column.value, _NEGATED.get(comparator) is None
    meaning = _MEANINGS[_NEGATED.get(comparator, comparator)]
    empty_meant = operand is None or (comparator in _LISTS and None in operand)

    def test(row: Row) -> bool:
        cell = value(row)
        if cell is None:
            return wanted and empty_meant
        if isinstance(cell, list):
            return any(meaning(one, operand) for one in cell) is wanted
        return meaning(cell, operand) is wanted

    return test
