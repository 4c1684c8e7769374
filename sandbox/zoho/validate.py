"""What values a field takes when it is written (docs/vendor/zoho.md §6.3, §6.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.zoho import times
from sandbox.zoho.errors import problem, unknown_id
from sandbox.zoho.render import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.fields import Field, Module
    from sandbox.zoho.state import State

MOST_DIGITS, MOST_DECIMALS = 16, 9
MOST_ID_DIGITS = 20


class Misfit(Exception):  # noqa: N818 - not an error of ours
    """A value that its field refuses, with what the error's details say besides the place."""

    def __init__(self, **details: Any) -> None:
        super().__init__(details)
        self.details = details


class UnknownTarget(Exception):  # noqa: N818 - not an error of ours
    """A lookup to a record or user that does not exist."""


def parse_id(value: Any) -> int | None:
    """An id may come as a string of digits or as a JSON number (§6.1)."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MOST_ID_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _string(value: Any, field: Field) -> str | None:
    if not isinstance(value, str):
        raise Misfit(expected_data_type=field.data_type)
    if len(value) > field.length:
        raise Misfit(maximum_length=field.length)
    return value or None


def _email(value: Any, field: Field) -> str | None:
    text = _string(value, field)
    if text is not None:
        local, _, domain = text.partition("@")
        if not local or "." not in domain or "@" in domain or " " in text:
            raise Misfit(expected_data_type="email")
    return text


def _whole(value: Any, field: Field) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit(expected_data_type=field.data_type)
    if len(str(abs(value))) > field.length:
        raise Misfit(maximum_length=field.length)
    return value


def _number(value: Any, field: Field) -> float:
    """At most 16 digits, and no more decimals than the field has."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Misfit(expected_data_type=field.data_type)
    exact = Decimal(repr(value))
    # A whole number that arrives as 88.0 has no decimals.
    decimals = 0 if exact == exact.to_integral_value() else -int(exact.as_tuple().exponent)
    if decimals > (MOST_DECIMALS if field.decimals is None else field.decimals):
        raise Misfit(expected_data_type=field.data_type)
    if len(str(abs(int(exact)))) > min(MOST_DIGITS, field.length):
        raise Misfit(maximum_length=field.length)
    return plain(exact)


def _big(value: Any, field: Field) -> int:
    """Whole numbers of up to 18 digits, sent as text."""
    digits = value.removeprefix("-") if isinstance(value, str) else ""
    if not (digits.isascii() and digits.isdigit()):
        raise Misfit(expected_data_type="bigint")
    if len(digits) > field.length:
        raise Misfit(maximum_length=field.length)
    return int(value)


def _choices(value: Any, field: Field) -> str:
    """Several values, as JSON; those that are not in the list are taken."""
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise Misfit(expected_data_type="jsonarray")
    text = orjson.dumps(list(dict.fromkeys(value))).decode()
    if len(text) > field.length:
        raise Misfit(maximum_length=field.length)
    return text


def _boolean(value: Any, _field: Field) -> bool:
    if not isinstance(value, bool):
        raise Misfit(expected_data_type="boolean")
    return value


def _date(value: Any, _field: Field) -> str:
    if not times.is_date(value):
        raise Misfit(expected_data_type="date")
    return str(value)


def _datetime(value: Any, _field: Field) -> int:
    instant = times.parse_datetime(value)
    if instant is None:
        raise Misfit(expected_data_type="datetime")
    return instant


_CHECKS: dict[str, Callable[[Any, Field], Any]] = {
    "bigint": _big,
    "boolean": _boolean,
    "currency": _number,
    "date": _date,
    "datetime": _datetime,
    "double": _number,
    "email": _email,
    "integer": _whole,
    "percent": _number,
    "phone": _string,
    "multiselectpicklist": _choices,
    # Values that are not in the list are taken.
    "picklist": _string,
    "text": _string,
    "textarea": _string,
    "website": _string,
}


class Validator:
    """Turns one item of `data[]` into columns, and says what is wrong with it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def clean(self, module: Module, item: dict[str, Any], place: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Columns to set, and error objects; `place` is the item's JSON path."""
        values: dict[str, Any] = {}
        problems = []
        if not isinstance(item.get("$append_values", {}), dict):
            where = {"api_name": "$append_values", "json_path": f"{place}.$append_values"}
            problems.append(problem("INVALID_DATA", {"expected_data_type": "jsonobject"} | where))
        for name, value in item.items():
            found = module.by_name.get(name)
            where = {"api_name": name, "json_path": f"{place}.{name}"}
            if found is None:
                # `$append_values` and the like direct the call; other unknown keys are refused (§12).
                if not (name.startswith("$") or self._state.switches.ignore_unknown_keys):
                    problems.append(problem("INVALID_DATA", where, message="field api name given seems invalid"))
            elif not found.read_only:
                self._take(found, value, where, values, problems)
        return values, problems

    def _take(
        self, field: Field, value: Any, where: dict[str, Any], values: dict[str, Any], problems: list[dict[str, Any]]
    ) -> None:
        if field.mandatory and value in (None, ""):
            problems.append(problem("MANDATORY_NOT_FOUND", where))
            return
        try:
            values[field.api_name] = self._value(field, value)
        except Misfit as misfit:
            problems.append(problem("INVALID_DATA", misfit.details | where))
        except UnknownTarget:
            problems.append(unknown_id({"api_name": "id", "json_path": where["json_path"] + ".id"}))

    def _value(self, field: Field, value: Any) -> Any:
        if value is None:
            # The owner cannot be cleared, nor can a checkbox be neither.
            if field.data_type in ("ownerlookup", "boolean"):
                raise Misfit(expected_data_type=field.json_type)
            return None
        if field.json_type == "jsonobject":
            return self._target(field, value)
        return _CHECKS[field.data_type](value, field)

    def _target(self, field: Field, value: Any) -> int:
        if not isinstance(value, dict):
            raise Misfit(expected_data_type="jsonobject")
        target = parse_id(value.get("id"))
        known = self._state.tables[field.to].rows if field.to else self._state.directory.users
        if target is None or target not in known:
            raise UnknownTarget
        return target
