"""Converters: a value of a CRM's JSON to ours, and back. All pure.

`read` is never given None or an empty value, and raises ValueError with the cause. `write` takes what `read` returned,
or None, which becomes the JSON null unless `cleared_by` says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import orjson

from models.periods import midnight
from models.spec import Converter

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What the CRMs send for nothing (docs/vendor/fxiaoke.md §6.1)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SHOWN = 40
IN_A_KEY = 255
"""Characters of an id or a stage; PostgreSQL keeps no row whose part of an index has more than 2,704 bytes."""

_INTEGER_LIMIT = 2**31
_MS_LIMIT = 60_000_000_000_000  # the year 3871; both ends are days in any zone


def _converter(name: str, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> Converter:
    return Converter(name, read, lambda value: None if value is None else write(value))


def _shown(value: Any) -> str:
    """The value for a message, cut."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _read_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise ValueError(f"{_shown(value)} is not a text")


def _read_currency(value: Any) -> str:
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():  # noqa: PLR2004 - ISO 4217
        return value.upper()
    raise ValueError(f"{_shown(value)} is not a currency of three letters")


def _read_number(value: Any) -> Decimal:
    """Binary fractions are read as they print: 0.1 is 0.1."""
    plain = isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)
    try:
        number = Decimal(str(value).strip() if plain else "NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{_shown(value)} is not a number")
    return number


def _read_rounded(value: Any) -> int:
    return _integer(_read_number(value).to_integral_value(ROUND_HALF_UP), value)


def _integer(number: Decimal, value: Any) -> int:
    """An INTEGER of the warehouse; looked at before it is made, since 1E+999999 would be a long one."""
    if abs(number) >= _INTEGER_LIMIT:
        raise ValueError(f"{_shown(value)} is too large")
    return int(number)


def _read_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"{_shown(value)} is neither true nor false")


def _read_instant_iso(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is None:
            raise ValueError(f"{_shown(value)} has no time zone")
        return instant.astimezone(UTC)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"{_shown(value)} is not a time") from error


def _read_day_iso(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except TypeError as error:
        raise ValueError(f"{_shown(value)} is not a day") from error


def _read_instant_ms(value: Any) -> datetime:
    milliseconds = _read_number(value)
    if not -_MS_LIMIT < milliseconds < _MS_LIMIT:
        raise ValueError(f"{_shown(value)} is not a time in milliseconds")
    return _EPOCH + timedelta(milliseconds=int(milliseconds))


def to_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970, the fraction cut."""
    return (instant - _EPOCH) // _MILLISECOND


def _read_id(value: Any) -> str:
    plain = value.get("id") if isinstance(value, dict) else value
    if plain and type(plain) is str:  # nearly always
        return plain
    if isinstance(plain, bool) or not isinstance(plain, str | int) or plain == "":
        raise ValueError(f"{_shown(value)} holds no id")
    return str(plain)


def derived(name: str, read: Callable[[Any], Any], knows: Callable[[Any], bool] | None = None) -> Converter:
    """What only follows from the CRM's value, so that it cannot be written."""

    def write(value: Any) -> Any:
        raise ValueError(f"{name} {value!r} follows from another value and is not written")

    return Converter(name, read, write, knows)


text = _converter("text", _read_text, str)
small_text = derived("small_text", lambda value: _read_text(value).lower())
"""A word of the CRM's in small letters, as ours are: NPS is nps."""
currency = _converter("currency", _read_currency, str)
boolean = _converter("boolean", _read_boolean, bool)
number = _converter("number", _read_number, str)
"""Decimal, written as text so that no digit is lost."""
rounded = _converter("rounded", _read_rounded, str)
"""A number as the nearest whole one, halves up."""
instant_iso = _converter("instant_iso", _read_instant_iso, lambda value: value.isoformat(timespec="seconds"))
day_iso = _converter("day_iso", _read_day_iso, date.isoformat)
instant_ms = _converter("instant_ms", _read_instant_ms, to_ms)
plain_id = _converter("plain_id", _read_id, str)
"""An id as text, whether the CRM sends it as text, as a number or in an object."""
lookup = _converter("lookup", _read_id, lambda value: {"id": value})
as_it_is = _converter("as_it_is", lambda value: value, lambda value: value)


def day_ms(zone: tzinfo) -> Converter:
    """A day as the milliseconds of its midnight in the tenant's zone."""

    def write(day: date) -> int:
        return to_ms(midnight(day, zone))

    return _converter("day_ms", lambda value: _read_instant_ms(value).astimezone(zone).date(), write)


def first_of(inner: Converter) -> Converter:
    """The first item of a list that holds at most one that matters; empty ones do not."""

    def read(value: Any) -> Any:
        items = value if isinstance(value, list) else [value]
        found = next((item for item in items if item not in EMPTY), None)
        return None if found is None else inner.read(found)

    return _converter(f"first_of({inner.name})", read, lambda value: [inner.write(value)])


def unless(absent: str, inner: Converter) -> Converter:
    """`inner`, but one value of the CRM stands for nothing."""

    def read(value: Any) -> Any:
        return None if str(value) == absent else inner.read(value)

    return _converter(f"{inner.name} unless {absent}", read, inner.write)


def choice(words: Mapping[str, Any]) -> Converter:
    """The CRM's codes, each for one word of ours."""
    codes = {word: code for code, word in words.items()}

    def read(value: Any) -> Any:
        if str(value) not in words:
            raise ValueError(f"{_shown(value)} is none of {', '.join(words)}")
        return words[str(value)]

    return replace(_converter("choice", read, codes.__getitem__), knows=lambda value: str(value) in words)


def links(pairs: Iterable[tuple[str, str]]) -> str | None:
    """Pairs of an entity and an id as `activities.links` holds them; None for none.

    Raises:
        ValueError: One of them is none that a key can hold.
    """
    found = sorted(set(pairs))
    if any(len(part) > IN_A_KEY or "\x00" in part for pair in found for part in pair):
        raise ValueError(f"an id has more than {IN_A_KEY} characters, or one that no database takes")
    return orjson.dumps(found).decode() if found else None


def cleared_by(blank: Any, inner: Converter) -> Converter:
    """`inner`, where the CRM wants `blank` and not null to clear the field."""
    return Converter(inner.name, inner.read, lambda value: blank if value is None else inner.write(value))


def labelled(codes: Mapping[str, str]) -> Converter:
    """A picklist's value by its label. What has no label, such as a retired option, passes as it is.

    Args:
        codes: Label → code; each code once.
    """
    labels = {code: label for label, code in codes.items()}
    return Converter(
        "labelled",
        lambda value: labels.get(str(value), str(value)),
        lambda value: None if value is None else codes.get(value, value),
    )
