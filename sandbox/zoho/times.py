"""Instants as whole seconds since 1970, written in the API user's time zone (docs/vendor/zoho.md §9)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone

# The API user's zone, Asia/Shanghai: without summer time since 1991, so a fixed offset says the same and is faster.
ZONE = timezone(timedelta(hours=8))
DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class _Days(dict[int, str]):
    """By their number since 1970, each written when it is first asked for."""

    def __missing__(self, number: int) -> str:
        text = self[number] = date.fromordinal(_EPOCH + number).isoformat()
        return text


# A page of records shows hundreds of instants: put together from parts they take an eighth of `isoformat`'s time.
_OFFSET_S = 8 * 3600
_DAYS = _Days()
_MINUTES = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(24 * 60)]
_SECONDS = [f"{second:02d}+08:00" for second in range(60)]
# Those that lie in the years 1 to 9999 here and in UTC: no other can be written.
_INSTANTS = range((1 - _EPOCH) * DAY_S, (date.max.toordinal() + 1 - _EPOCH) * DAY_S - _OFFSET_S)


def show(instant: int) -> str:
    local = instant + _OFFSET_S
    return f"{_DAYS[local // DAY_S]}{_MINUTES[local // 60 % 1440]}{_SECONDS[local % 60]}"


def local_date(instant: int) -> str:
    return show(instant)[:10]


def parse_datetime(text: object) -> int | None:
    """Seconds of `yyyy-MM-ddTHH:mm:ss±HH:mm`, or None for any other text (§6.6: no milliseconds, no Z).

    Nor of a moment that is in the year 0 or 10000 elsewhere.
    """
    if not isinstance(text, str) or not _DATETIME.fullmatch(text):
        return None
    try:
        instant = int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None
    return instant if instant in _INSTANTS else None


def parse_header(text: str) -> int | None:
    """Seconds of an ISO-8601 header value with an offset; Z is one, too."""
    try:
        instant = datetime.fromisoformat(text)
        return None if instant.tzinfo is None else int(instant.timestamp())
    except (ValueError, OverflowError):
        return None


def is_date(text: object) -> bool:
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
