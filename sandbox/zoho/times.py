"""Instants as whole seconds since 1970, written in the API user's time zone (docs/vendor/zoho.md §9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from functools import cache

# The API user's zone, Asia/Shanghai: without summer time since 1991, so a fixed offset says the same and is faster.
ZONE = timezone(timedelta(hours=8))
DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


_OFFSET_S = 8 * 3600
_MOST_SHOWN = 5_000


class _Shown(dict[int, str]):
    """Those asked for lately: a page of records shows hundreds of instants, half of which stand twice in a record."""

    def __missing__(self, instant: int) -> str:
        if len(self) >= _MOST_SHOWN:
            self.clear()
        day, second = divmod(instant + _OFFSET_S, DAY_S)
        # From parts, which takes a fifth of the time of `isoformat`.
        text = self[instant] = _day(day) + _clock(second)
        return text


show: Callable[[int], str] = _Shown().__getitem__


@cache
def _day(number: int) -> str:
    return date.fromordinal(_EPOCH + number).isoformat()


@cache
def _clock(second: int) -> str:
    minute, second = divmod(second, 60)
    return f"T{minute // 60:02d}:{minute % 60:02d}:{second:02d}+08:00"


def local_date(instant: int) -> str:
    return show(instant)[:10]


def parse_datetime(text: object) -> int | None:
    """Seconds of `yyyy-MM-ddTHH:mm:ss±HH:mm`, or None for any other text (§6.6: no milliseconds, no Z)."""
    if not isinstance(text, str) or not _DATETIME.fullmatch(text):
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        return None


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
