"""Faults that a test orders for calls to come: which calls they meet, and what happens to those.

`match` (all that is given must hold): `system` (a CRM or a chat channel), `method`, `path` (below the system's prefix; a
glob in which `*` also crosses `/`, or a regular expression if it starts with `^`), `contains` (text in the query
string or the body). Of the calls that match, the fault meets those from number `nth` on (default 1), at most `times`
of them (default: one if `nth` is given, else all), each with `probability` drawn from `seed`.

`do`: `status`, `body`, `headers` make an answer; `error_code` makes the vendor's own with that code; `delay_ms` waits;
`disconnect` closes the connection `before` the CRM has seen the call, or `after` it has done its work; `truncate` keeps
only that many bytes of the body: with a matching Content-Length, or, together with `disconnect`, torn off in mid-body.
`when: "after"` lets the CRM do its work before the delay and the other answer, whose outcome the caller then cannot know.
`alter` changes what a page of records or a file of bulk read holds (`sandbox.alter`); `edit` is a person's act in the CRM,
before the call is served or, with `when: "after"`, after it (`sandbox.meanwhile`); `skew_s` sets the `Date` header off by
so many seconds.
"""

from __future__ import annotations

import random
import re
from dataclasses import asdict, dataclass, field, fields
from fnmatch import translate
from typing import Any, get_args

from sandbox import meanwhile
from sandbox.alter import Entry, problem_of
from sandbox.world import SystemName

CHANNELS = ("slack", "teams", "wecom", "dingtalk", "feishu")
SYSTEMS = (*get_args(SystemName), *CHANNELS)
# They follow from the answer; the server would not send what belies it.
_OUR_HEADERS = ("content-length", "date", "transfer-encoding")
MAX_SKEW_S = 10 * 365 * 86400


class WrongInputError(ValueError):
    """What is wrong with an order to the control, in one line."""


@dataclass(frozen=True, slots=True)
class Match:
    system: str | None = None
    method: str | None = None
    path: str | None = None
    contains: str | None = None
    nth: int | None = None
    times: int | None = None
    probability: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Do:
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    error_code: str | int | None = None
    delay_ms: int = 0
    disconnect: str | None = None
    truncate: int | None = None
    when: str = "before"
    alter: dict[str, Any] | None = None
    edit: dict[str, Any] | None = None
    skew_s: int | None = None

    @property
    def answers(self) -> bool:
        """Whether it brings an answer of its own."""
        return self.status is not None or self.body is not None or self.error_code is not None


@dataclass(frozen=True, slots=True)
class Call:
    """What a fault can look at; `path` is below the system's prefix."""

    system: str
    method: str
    path: str
    query: str
    body: bytes


def _is_header(item: tuple[str, Any]) -> bool:
    name, value = item
    known = bool(re.fullmatch(r"[A-Za-z0-9-]+", name)) and name.lower() not in _OUR_HEADERS
    return known and isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()


# Key → what it must be, and the words for that.
_TEXT = (lambda value: isinstance(value, str), "text")
_COUNT = (lambda value: type(value) is int and value >= 1, "a whole number from 1 on")
_SIZE = (lambda value: type(value) is int and value >= 0, "a whole number from 0 on")
_HEADERS = (lambda value: isinstance(value, dict) and all(map(_is_header, value.items())), "an object of plain texts")
_SHAPES: dict[str, tuple[Any, str]] = {
    "system": (lambda value: value in SYSTEMS, "one of " + ", ".join(SYSTEMS)),
    "method": _TEXT,
    "path": _TEXT,
    "contains": _TEXT,
    "nth": _COUNT,
    "times": _COUNT,
    "probability": (lambda value: type(value) in (int, float) and 0 <= value <= 1, "a number from 0 to 1"),
    "seed": (lambda value: type(value) is int, "a whole number"),
    "status": (lambda value: type(value) is int and 200 <= value <= 599, "an HTTP status from 200 to 599"),
    "body": (lambda _: True, "anything"),
    "headers": _HEADERS,
    "error_code": (lambda value: type(value) in (int, str), "the vendor's code"),
    "delay_ms": _SIZE,
    "disconnect": (lambda value: value in ("before", "after"), '"before" or "after"'),
    "truncate": _SIZE,
    "when": (lambda value: value in ("before", "after"), '"before" or "after"'),
    "alter": (lambda value: isinstance(value, dict), "an object"),
    "edit": (lambda value: isinstance(value, dict), "an object"),
    "skew_s": (lambda value: type(value) is int and abs(value) <= MAX_SKEW_S, f"a whole number up to ±{MAX_SKEW_S}"),
}


class Fault:
    """One ordered fault with its counters."""

    def __init__(self, match: Match, do: Do) -> None:
        self.match, self.do = match, do
        self.matched = self.fired = 0
        self.carried: list[Entry] = []
        self.edit_refused: str | None = None
        self._path = _pattern(match.path)
        self._rng = random.Random(match.seed)  # noqa: S311 - repeatable, not secret
        self._times = match.times if match.times is not None else (1 if match.nth is not None else None)

    def meets(self, call: Call) -> bool:
        """Count the call if it matches, and say whether the fault strikes it."""
        if not self._matches(call):
            return False
        self.matched += 1
        if self.matched < (self.match.nth or 1) or (self._times is not None and self.fired >= self._times):
            return False
        if self.match.probability is not None and self._rng.random() >= self.match.probability:
            return False
        self.fired += 1
        return True

    def _matches(self, call: Call) -> bool:
        match = self.match
        return (
            (match.system is None or match.system == call.system)
            and (match.method is None or match.method.upper() == call.method)
            and (self._path is None or self._path.search(call.path) is not None)
            and (match.contains is None or match.contains in call.query or match.contains.encode() in call.body)
        )

    def report(self) -> dict[str, Any]:
        return {
            "match": _given(self.match),
            "do": _given(self.do),
            "matched": self.matched,
            "fired": self.fired,
            **({} if self.edit_refused is None else {"edit_refused": self.edit_refused}),
        }

    def dump(self) -> dict[str, Any]:
        """The order and how far it is carried out, as JSON-ready data."""
        return {
            "match": asdict(self.match),
            "do": asdict(self.do),
            "matched": self.matched,
            "fired": self.fired,
            "carried": self.carried,
            "edit_refused": self.edit_refused,
            "rng": self._rng.getstate(),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Fault:
        fault = cls(Match(**state["match"]), Do(**state["do"]))
        fault.matched, fault.fired, fault.edit_refused = state["matched"], state["fired"], state["edit_refused"]
        fault.carried = [(name, record) for name, record in state["carried"]]
        version, internal, gauss = state["rng"]
        fault._rng.setstate((version, tuple(internal), gauss))
        return fault


def number_of(code: str | int, otherwise: int) -> int:
    """An ordered code for a vendor whose codes are numbers; `otherwise` if it is none."""
    return int(code) if re.fullmatch(r"-?[0-9]{1,18}", str(code)) else otherwise


def strike(faults: list[Fault], call: Call) -> Fault | None:
    """The first fault that strikes a call; every one before it has counted the call."""
    for fault in faults:
        if fault.meets(call):
            return fault
    return None


def parse(orders: Any) -> list[Fault]:
    """Read the control's list.

    Raises:
        WrongInputError: What is wrong, with the number of the entry and the key.
    """
    if not isinstance(orders, list):
        raise WrongInputError('faults: a list of {"match": …, "do": …} is expected')
    return [_fault(order, number) for number, order in enumerate(orders)]


def _fault(order: Any, number: int) -> Fault:
    if not isinstance(order, dict) or not order.keys() <= {"match", "do"} or not order.get("do"):
        raise WrongInputError(f'faults[{number}]: an object with "match" and a "do" that does something is expected')
    match = _checked(order.get("match") or {}, Match, f"faults[{number}].match")
    do = _checked(order["do"], Do, f"faults[{number}].do")
    if "edit" in do and (problem := meanwhile.problem_of(do["edit"], match.get("system"), do.get("when", "before"))):
        raise WrongInputError(f"faults[{number}].do.edit: {problem}")
    try:
        return Fault(Match(**match), Do(**do))
    except (re.error, OverflowError, RecursionError) as error:
        raise WrongInputError(f"faults[{number}].match.path: {error}") from None


def _checked(given: Any, kind: type, where: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise WrongInputError(f"{where}: an object is expected")
    known = [item.name for item in fields(kind)]
    for key, value in given.items():
        if key not in known:
            raise WrongInputError(f"{where}.{key}: unknown; known are {', '.join(known)}")
        fits, words = _SHAPES[key]
        if not fits(value):
            raise WrongInputError(f"{where}.{key}: {words} is expected")
        if key == "alter" and (problem := problem_of(value)):
            raise WrongInputError(f"{where}.alter: {problem}")
    return given


def _pattern(path: str | None) -> re.Pattern[str] | None:
    if path is None:
        return None
    return re.compile(path if path.startswith("^") else translate(path))


def _given(part: Match | Do) -> dict[str, Any]:
    return {item.name: getattr(part, item.name) for item in fields(part) if getattr(part, item.name) not in (None, {})}
