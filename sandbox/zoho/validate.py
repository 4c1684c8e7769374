"""What values a field takes when it is written (docs/vendor/zoho.md §6.3, §6.6)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.zoho import times
from sandbox.zoho.errors import problem, unknown_id
from sandbox.zoho.fields import LINKS
from sandbox.zoho.render import plain
from sandbox.zoho.validate_lines import clean_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.fields import Field, Module
    from sandbox.zoho.state import State

_DIGITS = re.compile("-?[0-9]{1,30}")
MOST_DIGITS, MOST_DECIMALS = 16, 9
MOST_ID_DIGITS = 20
MOST_PARTICIPANTS = 50
# Chosen: no figure is documented.
MOST_LINKS, MOST_STRUCTURED, MOST_PERCENT = 500, 2_000, 1_000


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


def _big(value: Any, field: Field) -> int:
    """Digits in a string, not a JSON number (§6.6)."""
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise Misfit(expected_data_type=field.data_type)
    return _whole(int(value), field)


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


# What an array holds, where that is known.
_INNER: dict[str, type] = {"multiselectpicklist": str, "linetax": dict}
_CHECKS: dict[str, Callable[[Any, Field], Any]] = {
    "bigint": _big,
    "boolean": _boolean,
    "currency": _number,
    "date": _date,
    "datetime": _datetime,
    "double": _number,
    "email": _email,
    "event_reminder": _string,
    "integer": _whole,
    "percent": _number,
    "phone": _string,
    # Values that are not in the list are taken.
    "picklist": _string,
    "text": _string,
    "textarea": _string,
    "website": _string,
}


def _structured(value: Any, field: Field) -> str:
    """Arrays and objects are kept as they are, if they are of the field's kind."""
    kind = list if field.json_type == "jsonarray" else dict
    inner = _INNER.get(field.data_type, object)
    if not isinstance(value, kind) or not all(isinstance(entry, inner) for entry in value):
        raise Misfit(expected_data_type=field.json_type)
    if field.data_type == "linetax" and not all(_is_tax(entry) for entry in value):
        raise Misfit(expected_data_type=field.json_type)
    if field.api_name == "Participants" and len(value) > MOST_PARTICIPANTS:
        raise Misfit(maximum_length=MOST_PARTICIPANTS)
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError as error:
        # Nested deeper than anybody does.
        raise Misfit(expected_data_type=field.json_type) from error
    if len(text) > max(field.length, MOST_STRUCTURED):
        raise Misfit(maximum_length=field.length)
    return text


def _is_tax(entry: Any) -> bool:
    percentage = entry.get("percentage")
    return isinstance(percentage, (int, float)) and not isinstance(percentage, bool) and 0 <= percentage <= MOST_PERCENT


def _kind_of(value: Any, kind: Any) -> str | None:
    """The module of a multi-module lookup: `$se_module`, or within the value, as notes have it (§5.8)."""
    inside = value.get("module") if isinstance(value, dict) else None
    found = inside.get("api_name") if isinstance(inside, dict) else kind
    return found if isinstance(found, str) else None


def _kind_problem(field: Field, value: Any, kind: Any, where: dict[str, Any]) -> dict[str, Any] | None:
    module = _kind_of(value, kind)
    there = {"api_name": "$se_module", "json_path": where["json_path"].rpartition(".")[0] + ".$se_module"}
    if module is None:
        return problem("MANDATORY_NOT_FOUND", there)
    if module not in field.targets:
        return problem("INVALID_DATA", {"supported_values": list(field.targets)} | there)
    return None


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
            elif found.data_type == "subform":
                child, record, path = self._state.tables[found.to or ""], parse_id(item.get("id")), where["json_path"]
                values[name], wrong = clean_lines(self.clean, child, found, value, path=path, parent=record)
                problems += wrong
            elif not found.read_only:
                self._take(found, value, where, values, problems, kind=item.get("$se_module"))
        return values, problems

    def _take(
        self,
        field: Field,
        value: Any,
        where: dict[str, Any],
        values: dict[str, Any],
        problems: list[dict[str, Any]],
        *,
        kind: Any,
    ) -> None:
        if field.mandatory and value in (None, ""):
            problems.append(problem("MANDATORY_NOT_FOUND", where))
            return
        if field.data_type == "multi_module_lookup" and value is not None:
            wrong = _kind_problem(field, value, kind, where)
            if wrong:
                problems.append(wrong)
                return
        try:
            values[field.api_name] = self._value(field, value, kind)
        except Misfit as misfit:
            problems.append(problem("INVALID_DATA", misfit.details | where))
        except UnknownTarget:
            problems.append(unknown_id({"api_name": "id", "json_path": where["json_path"] + ".id"}))

    def _value(self, field: Field, value: Any, kind: Any) -> Any:
        if value is None:
            # The owner cannot be cleared, nor can a checkbox be neither.
            if field.data_type in ("ownerlookup", "boolean"):
                raise Misfit(expected_data_type=field.json_type)
            return None
        if field.data_type in LINKS:
            return self._links(field, value)
        if field.data_type == "bigint" and type(value) is int and self._state.switches.bigint_numbers:
            return _whole(value, field)
        if field.structured:
            return _structured(value, field)
        if field.json_type == "jsonobject":
            module = _kind_of(value, kind) if field.targets else field.to
            return self._target(field, value, module)
        return _CHECKS[field.data_type](value, field)

    def _links(self, field: Field, value: Any) -> str:
        """Links come as rows that hold the target under the field's name."""
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise Misfit(expected_data_type="jsonarray")
        if len(value) > MOST_LINKS:
            raise Misfit(maximum_length=MOST_LINKS)
        targets = [self._target(field, entry.get(field.api_name), field.to) for entry in value]
        return orjson.dumps([[self._state.new_id(), target] for target in targets]).decode()

    def _target(self, field: Field, value: Any, module: str | None) -> int:
        if not isinstance(value, dict):
            raise Misfit(expected_data_type=field.json_type)
        target = parse_id(value.get("id"))
        known = self._state.tables[module].rows if module else self._state.directory.users
        if target is None or target not in known:
            raise UnknownTarget
        return target
