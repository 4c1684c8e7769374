"""Criteria as search and count take them: `((Company:equals:Zeta)and(…))` (docs/vendor/zoho.md §2, "Search")."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.zoho import times
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.fields import Field, Module
    from sandbox.zoho.render import Renderer
    from sandbox.zoho.store import Row

Test = Callable[["Row"], bool]

MOST_CONDITIONS, MOST_VALUES = 10, 100
# More parentheses than ten conditions can need.
_MOST_NESTED = 50
_EQUAL = ("equals", "not_equal")
_LISTED = (*_EQUAL, "in")
_TEXT = (*_LISTED, "starts_with")
_ORDERED = (*_LISTED, "greater_equal", "greater_than", "less_equal", "less_than", "between")
OPERATORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("text", "email", "phone", "website", "multiselectpicklist"), _TEXT),
    **dict.fromkeys(("picklist", "autonumber", "lookup", "ownerlookup", "userlookup"), _LISTED),
    **dict.fromkeys(("date", "datetime", "integer", "bigint", "double", "currency", "percent"), _ORDERED),
    "textarea": (*_EQUAL, "starts_with"),
    "boolean": _EQUAL,
}
_LOOKUPS = ("lookup", "ownerlookup", "userlookup")
# Made from the record, yet searchable.
_DERIVED = ("Full_Name", "Expected_Revenue")
_FOLDED = ("text", "email", "phone", "website", "textarea", "picklist", "autonumber", "multiselectpicklist")
# For these, `equals` behaves like contains.
_CONTAINED = ("text", "email", "phone", "website", "textarea", *_LOOKUPS)
_TESTS: dict[str, Callable[[Any, list[Any]], bool]] = {
    "equals": lambda cell, values: bool(cell == values[0]),
    "not_equal": lambda cell, values: bool(cell != values[0]),
    "contains": lambda cell, values: values[0] in cell,
    "starts_with": lambda cell, values: bool(cell.startswith(values[0])),
    "in": lambda cell, values: cell in values,
    "greater_equal": lambda cell, values: bool(cell >= values[0]),
    "greater_than": lambda cell, values: bool(cell > values[0]),
    "less_equal": lambda cell, values: bool(cell <= values[0]),
    "less_than": lambda cell, values: bool(cell < values[0]),
    "between": lambda cell, values: bool(values[0] <= cell <= values[1]),
}


def parse(text: str, module: Module, renderer: Renderer) -> Test:
    """A test of a record.

    Raises:
        ZohoError: Not in the grammar, too long, or a field, operator or value that does not fit.
    """
    reader = _Reader(text, _Conditions(module, renderer))
    test = reader.expression(0)
    if reader.rest():
        raise _invalid("criteria cannot be read")
    return test


def _invalid(reason: str, **details: Any) -> ZohoError:
    return ZohoError("INVALID_QUERY", {"reason": reason, **details})


@dataclass(slots=True)
class _Reader:
    """Reads from left to right; `and` binds before `or`."""

    text: str
    conditions: _Conditions
    at: int = 0
    count: int = 0

    def rest(self) -> str:
        return self.text[self.at :].strip()

    def expression(self, depth: int) -> Test:
        return self._joined("or", depth)

    def _joined(self, joint: str, depth: int) -> Test:
        tests = [self._part(joint, depth)]
        while self._skip(joint):
            tests.append(self._part(joint, depth))
        if len(tests) == 1:
            return tests[0]
        of_all = all if joint == "and" else any
        return lambda row: of_all(test(row) for test in tests)

    def _part(self, joint: str, depth: int) -> Test:
        return self._joined("and", depth) if joint == "or" else self._unit(depth)

    def _unit(self, depth: int) -> Test:
        if not self._skip("("):
            return self._condition()
        if depth >= _MOST_NESTED:
            raise _invalid("too many parentheses")
        test = self.expression(depth + 1)
        if not self._skip(")"):
            raise _invalid("criteria cannot be read")
        return test

    def _skip(self, word: str) -> bool:
        start = len(self.text) - len(self.text[self.at :].lstrip())
        found = self.text[start : start + len(word)].lower() == word
        if found:
            self.at = start + len(word)
        return found

    def _condition(self) -> Test:
        self.count += 1
        if self.count > MOST_CONDITIONS:
            raise _invalid("too many conditions", limit=MOST_CONDITIONS)
        name, sep1, rest = self.text[self.at :].partition(":")
        word, sep2, _ = rest.partition(":")
        if not (sep1 and sep2) or "(" in name + word or ")" in name + word:
            raise _invalid("criteria cannot be read")
        self.at += len(name) + len(word) + 2
        return self.conditions.test(name.strip(), word.strip(), self._values())

    def _values(self) -> list[str]:
        """What stands before the closing parenthesis, cut at commas; a backslash takes away a character's meaning."""
        values = [""]
        while self.at < len(self.text) and self.text[self.at] != ")":
            char = self.text[self.at]
            escaped = char == "\\" and self.text[self.at + 1 : self.at + 2] in ("(", ")", ",", "\\")
            if char == ",":
                values.append("")
            elif escaped:
                values[-1] += self.text[self.at + 1]
            else:
                values[-1] += char
            self.at += 2 if escaped else 1
        return values


@dataclass(frozen=True, slots=True)
class _Conditions:
    """Makes the test of one condition. A record without a value in the field passes none."""

    module: Module
    renderer: Renderer

    def test(self, name: str, word: str, parts: list[str]) -> Test:
        field = self.module.by_name.get(name)
        if field is None or field.data_type not in OPERATORS or (field.derived and name not in _DERIVED):
            raise _invalid("the field is not available for search", api_name=name)
        if word not in OPERATORS[field.data_type]:
            raise _invalid("invalid operator found", api_name=name, operator=word)
        parts = parts if word in ("in", "between") else [",".join(parts)]
        if len(parts) > MOST_VALUES or (word == "between" and len(parts) != 2):
            raise _invalid("the number of values is invalid", api_name=name, operator=word)
        values = [_value(field, part.strip()) for part in parts]
        if len({type(value) for value in values}) > 1:
            raise _invalid("the value does not match the field", api_name=name)
        by_name = field.data_type in _LOOKUPS and isinstance(values[0], str)
        contained = word == "equals" and isinstance(values[0], str) and field.data_type in _CONTAINED
        passes, cell = _TESTS["contains" if contained else word], self._cell(field, by_name=by_name)
        if field.data_type == "multiselectpicklist":
            return _any_of(passes, cell, values, word)
        return lambda row: (found := cell(row)) is not None and passes(found, values)

    def _cell(self, field: Field, *, by_name: bool) -> Callable[[Row], Any]:
        """The value as it is compared: texts without case, lookups by id or by name."""
        if field.derived or by_name:
            show = self.renderer.plan(self.module, field.api_name).only()

            def shown(row: Row) -> Any:
                found = show(row)
                found = found["name"] if isinstance(found, dict) else found
                return found.casefold() if isinstance(found, str) else found

            return shown
        place = self.module.position[field.api_name]
        if field.data_type in _FOLDED:
            return lambda row: None if row[place] is None else row[place].casefold()
        return lambda row: row[place]


def _any_of(passes: Callable[[Any, list[Any]], bool], cell: Callable[[Row], Any], values: list[Any], word: str) -> Test:
    """Of several chosen values one must pass; for `not_equal` all."""
    of_all = all if word == "not_equal" else any
    return lambda row: (found := cell(row)) is not None and of_all(passes(one, values) for one in orjson.loads(found))


def _value(field: Field, text: str) -> Any:
    found: Any = _CONVERT.get(field.data_type, str.casefold)(text)
    if found is None or found == "":
        raise _invalid("the value does not match the field", api_name=field.api_name)
    return found


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _id(text: str) -> int | str | None:
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 20 else None
    return text.casefold()


def _whole(text: str) -> int | None:
    found = _id(text.removeprefix("-"))
    if not isinstance(found, int):
        return None
    return -found if text.startswith("-") else found


_CONVERT: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("double", "currency", "percent"), _number),
    **dict.fromkeys(("integer", "bigint"), _whole),
    **dict.fromkeys(_LOOKUPS, _id),
    "boolean": {"true": True, "false": False}.get,
    "date": lambda text: text if times.is_date(text) else None,
    "datetime": times.parse_header,
}
