"""Checks values that arrive in a write and turns them into what a row stores (docs/vendor/fxiaoke.md §3.3, §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.filters import IllegalValueError, to_bool, to_millis, to_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.schema import Field

MAX_DIGITS = 14
DEFAULT_LENGTH = 200
EMPTIES: tuple[Any, ...] = (None, "", [])


def stored_value(field: Field, value: Any, plain_id: Callable[[str], str]) -> Any:
    """What a row keeps of a value; null, an empty text and an empty list all clear the field.

    Raises:
        IllegalValueError: A value that the field's type does not allow.
    """
    if value in EMPTIES and not isinstance(value, bool):
        return None
    return _READERS[field.kind](field, value, plain_id)


def wire_value(field: Field, value: Any) -> Any:
    """A stored value as a record shows it in the new style."""
    if value is None:
        return None
    if field.kind == "ids":
        return [value]
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
    return to_millis(value)


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


_READERS: dict[str, Callable[[Field, Any, Callable[[str], str]], Any]] = {
    "text": _text,
    "number": _number,
    "time": _time,
    "bool": _bool,
    "option": _option,
    "options": _options,
    "ids": _ids,
    "ref": _reference,
    "other": _text,
}
