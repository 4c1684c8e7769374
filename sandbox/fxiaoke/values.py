"""Checks values that arrive in a write and turns them into what a row stores (docs/vendor/fxiaoke.md §3.3, §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.filters import IllegalValueError, to_bool, to_millis, to_number
from sandbox.fxiaoke.schema import EMPLOYEE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.schema import Field
    from sandbox.fxiaoke.switches import Switches

MAX_DIGITS = 14
# The years 1 to 9999, in UTC and in China: some calls write a day out (§2.2).
INSTANTS_MS = range(-62_135_596_800_000, 253_402_272_000_000)
DEFAULT_LENGTH = 200
MOST_ITEMS = 500
EMPTIES: tuple[Any, ...] = (None, "", [])
# The guess of §5.1: what clears a field of a kind; an empty text clears the others.
CLEARS: dict[str, Any] = {
    **dict.fromkeys(("number", "time", "bool")),
    **{key: [] for key in ("options", "ids", "many", "links", "files")},
}


def stored_value(field: Field, value: Any, plain_id: Callable[[str], str], switches: Switches) -> Any:
    """What a row keeps of a value; null, an empty text and an empty list all clear the field.

    Raises:
        IllegalValueError: A value that the field's type does not allow.
    """
    if value in EMPTIES and not isinstance(value, bool):
        return None
    if field.kind == "option" and switches.store_unknown_option and isinstance(value, str):
        return value[:DEFAULT_LENGTH]
    if field.kind == "number" and not switches.numbers_accepted and not isinstance(value, str):
        raise IllegalValueError("must be a number written as text")
    return _READERS[field.kind](field, value, plain_id)


def passed_over(field: Field, value: Any, switches: Switches) -> bool:
    """Whether an empty value leaves the field as it is: nobody knows which of them clears it (§5.1)."""
    if value not in EMPTIES or isinstance(value, bool):
        return False
    if switches.clear_by_type:
        return bool(value != CLEARS.get(field.kind, ""))
    return (value is None and not switches.null_clears) or (value == "" and not switches.blank_clears)


def wire_value(field: Field, value: Any) -> Any:
    """A stored value as a record shows it in the new style."""
    if value is None:
        return None
    if field.kind == "ids":
        return [value]
    if field.kind == "links":
        return [dict(zip(("describe_api_name", "id"), link.split(":", 1), strict=True)) for link in value]
    return list(value) if isinstance(value, tuple) else value


def _text(field: Field, value: Any, _plain_id: Callable[[str], str]) -> str:
    if not isinstance(value, str):
        raise IllegalValueError("must be a text")
    if len(value) > (field.max_length or DEFAULT_LENGTH):
        raise IllegalValueError(f"is longer than {field.max_length or DEFAULT_LENGTH} characters")
    return value


def _number(field: Field, value: Any, _plain_id: Callable[[str], str]) -> str:
    number = to_number(value)
    places = field.decimals or 0
    if number.adjusted() >= MAX_DIGITS:
        raise IllegalValueError(f"has more than {MAX_DIGITS} digits")
    rounded = round(number, places)
    if rounded != number:
        raise IllegalValueError(f"has more than {places} decimal places")
    return f"{rounded:.{places}f}"


def _time(_field: Field, value: Any, _plain_id: Callable[[str], str]) -> int:
    millis = to_millis(value)
    if millis not in INSTANTS_MS:
        raise IllegalValueError("is in no year of four digits")
    return millis


def _bool(_field: Field, value: Any, _plain_id: Callable[[str], str]) -> bool:
    return to_bool(value)


def _option(field: Field, value: Any, _plain_id: Callable[[str], str]) -> str:
    if not isinstance(value, str) or value not in dict(field.options):
        raise IllegalValueError(f"has no option {value!r}")
    return value


def _options(field: Field, value: Any, plain_id: Callable[[str], str]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise IllegalValueError("must be a list of options")
    return tuple(_option(field, item, plain_id) for item in value)


def _ids(_field: Field, value: Any, plain_id: Callable[[str], str]) -> str:
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], str):
        raise IllegalValueError("must be a list of one id")
    return plain_id(value[0])


def _reference(_field: Field, value: Any, _plain_id: Callable[[str], str]) -> str:
    if not isinstance(value, str):
        raise IllegalValueError("must be the id of a record")
    return value


def _many(field: Field, value: Any, plain_id: Callable[[str], str]) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS or not all(isinstance(item, str) for item in value):
        raise IllegalValueError("must be a list of texts")
    return tuple(map(plain_id, value)) if field.type in EMPLOYEE_TYPES else tuple(value)


def _links(_field: Field, value: Any, _plain_id: Callable[[str], str]) -> tuple[str, ...]:
    """Each as `Object:id`."""
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise IllegalValueError("must be a list of related records")
    return tuple(map(_link, value))


def _link(item: Any) -> str:
    module, record_id = (item.get("describe_api_name"), item.get("id")) if isinstance(item, dict) else (None, None)
    if not isinstance(module, str) or not isinstance(record_id, str) or ":" in module:
        raise IllegalValueError("must be a list of objects with describe_api_name and id")
    return f"{module}:{record_id}"


def _files(_field: Field, value: Any, _plain_id: Callable[[str], str]) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise IllegalValueError("must be a list of files")
    if not all(isinstance(item, dict) and isinstance(item.get("path"), str) for item in value):
        raise IllegalValueError("must be a list of files, each with its path")
    return tuple(value)


_READERS: dict[str, Callable[[Field, Any, Callable[[str], str]], Any]] = {
    "text": _text,
    "number": _number,
    "time": _time,
    "bool": _bool,
    "option": _option,
    "options": _options,
    "ids": _ids,
    "ref": _reference,
    "many": _many,
    "links": _links,
    "files": _files,
    "other": _text,
}
