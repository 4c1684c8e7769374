"""Counts the calls of each app that are under way, and refuses one too many (docs/vendor/zoho.md §8.1)."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import orjson

from sandbox.zoho import limits
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.front import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from starlette.responses import Response

    from sandbox.faults import Call
    from sandbox.zoho.oauth import Desk
    from sandbox.zoho.switches import Switches

_API = r"/crm/v[0-9.]+"
# A composite request holds as many places (§5.8).
_COMPOSITE, _OF_COMPOSITE = re.compile(rf"{_API}/__composite_requests"), 5
# Writes of more records than this count as heavy.
_FEW_ITEMS = 10


def _any(_call: Call) -> bool:
    return True


def _is_sorted_or_viewed(call: Call) -> bool:
    return not {"sort_by", "cvid"}.isdisjoint(dict(parse_qsl(call.query)))


def _has_many_items(call: Call) -> bool:
    try:
        body = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        return False
    items = body.get("data") if isinstance(body, dict) else None
    return isinstance(items, list) and len(items) > _FEW_ITEMS


# Calls of which an app may have only ten at a time: method, path, and what else must hold.
_HEAVY: tuple[tuple[str, re.Pattern[str], Callable[[Call], bool]], ...] = (
    ("POST", re.compile(rf"{_API}/coql"), _any),
    ("GET", re.compile(rf"{_API}/[A-Z]\w*"), _is_sorted_or_viewed),
    ("GET", re.compile(rf"{_API}/[A-Z]\w*/search"), _any),
    ("POST", re.compile(rf"{_API}/[A-Z]\w*(/upsert|/\d+/Notes)?"), _has_many_items),
    ("PUT", re.compile(rf"{_API}/[A-Z]\w*"), _has_many_items),
    ("POST", re.compile(rf"{_API}/Leads/\d+/actions/convert"), _any),
)


class Turnstile:
    """Calls without a valid token belong to no app and are not counted: they are refused anyway."""

    def __init__(self, desk: Desk, switches: Switches) -> None:
        self._desk, self._switches = desk, switches
        self._all: Counter[str] = Counter()
        self._heavy: Counter[str] = Counter()

    @contextmanager
    def passing(self, call: Call, authorization: str | None) -> Generator[Response | None]:
        """Hold a place for a call from its arrival until its answer is sent; or give the refusal."""
        try:
            app = self._desk.check(authorization)[0].client
        except ZohoError:
            yield None
            return
        heavy = any(method == call.method and path.fullmatch(call.path) and also(call) for method, path, also in _HEAVY)
        places = _OF_COMPOSITE if _COMPOSITE.fullmatch(call.path) else 1
        error = self._error(call, app, places, heavy=heavy)
        if error is not None:
            yield refused(error, self._switches)
            return
        self._all[app] += places
        self._heavy[app] += heavy
        try:
            yield None
        finally:
            self._all[app] -= places
            self._heavy[app] -= heavy

    def _error(self, call: Call, app: str, places: int, *, heavy: bool) -> ZohoError | None:
        most = limits.concurrent_calls(self._switches)
        if self._all[app] + places > most:
            return limits.exceeded(call.path, self._switches, most, "concurrency")
        if heavy and self._heavy[app] >= limits.SUB_CONCURRENCY:
            return limits.exceeded(call.path, self._switches, limits.SUB_CONCURRENCY, "sub-concurrency")
        return None
