"""Faults inside a page: what a real answer holds is changed, and nothing in it says so.

A rule names records of the answer and what happens to them. The records are the first list of objects in the body,
however deep; in Fxiaoke's describe, where the fields stand in an object by name, the members of that object.

`which` (default: all): a place in the page, from 0, or from the end with -1; an object of values that a record must
have; or `{"younger_s": N}`, those that were modified less than N seconds ago. And one of
`set`, an object of values; `unset`, a list of keys; `drop`, the record is not there; `repeat`, the record comes again
as the first of the next answer that the same fault meets.

What the page says of itself stays: `more_records`, totals. One that loses its last record is an empty list; where Zoho
answers such a page without a body, since nothing follows it, so does an altered one.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Record = dict[str, Any]
Rule = dict[str, Any]
# A record under its name; in a list it has none.
Entry = tuple[str, Record]

ACTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "set": (lambda value: isinstance(value, dict) and value != {}, "an object of values"),
    "unset": (
        lambda value: isinstance(value, list) and value != [] and all(isinstance(key, str) for key in value),
        "a list of keys",
    ),
    "drop": (lambda value: value is True, "true"),
    "repeat": (lambda value: value is True, "true"),
}
# Field → its moment in seconds since 1970 (docs/vendor/zoho.md §5, docs/vendor/fxiaoke.md §6.1).
MODIFIED: dict[str, Callable[[Any], float]] = {
    "Modified_Time": lambda value: datetime.fromisoformat(value).timestamp(),
    "last_modified_time": lambda value: int(value) / 1000,
}


def problem_of(rule: Any) -> str | None:
    """What is wrong with a rule, in the words of the control; None if nothing is."""
    if not isinstance(rule, dict) or not rule.keys() <= {"which", *ACTIONS}:
        return f"an object with which and one of {', '.join(ACTIONS)} is expected"
    which = rule.get("which", 0)
    if type(which) is not int and not (isinstance(which, dict) and which):
        return 'which: a place, an object of values or {"younger_s": N} is expected'
    if isinstance(which, dict) and "younger_s" in which and (len(which) > 1 or type(which["younger_s"]) is not int):
        return "which.younger_s: a whole number of seconds, alone, is expected"
    chosen = rule.keys() - {"which"}
    if len(chosen) != 1:
        return f"one of {', '.join(ACTIONS)} is expected"
    [action] = chosen
    fits, words = ACTIONS[action]
    return None if fits(rule[action]) else f"{action}: {words} is expected"


def alter(body: bytes, rule: Rule, now: datetime, carried: list[Entry], *, bare: bool = False) -> bytes:
    """The body with the rule carried out; one that is not JSON or holds no records stays as it is.

    Args:
        carried: What a former answer left to be repeated; emptied into this one and filled for the next.
        bare: The vendor answers without a body where nothing is left and nothing follows.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    found = next(pages(document), None)
    if found is None:
        return body
    holder, key = found
    page = holder[key]
    entries: list[Entry] = list(page.items()) if isinstance(page, dict) else [("", record) for record in page]
    entries = carry_out(entries, rule, now, carried)
    holder[key] = dict(entries) if isinstance(page, dict) else [record for _, record in entries]
    info = document.get("info")
    if bare and not entries and not (isinstance(info, dict) and info.get("more_records")):
        return b""
    if isinstance(info, dict) and "count" in info:
        info["count"] = len(entries)
    return orjson.dumps(document)


def carry_out(entries: list[Entry], rule: Rule, now: datetime, carried: list[Entry]) -> list[Entry]:
    """The entries by a rule, some of them changed in place."""
    chosen = _chosen([record for _, record in entries], rule.get("which"), now)
    if "drop" in rule:
        return [entry for place, entry in enumerate(entries) if place not in chosen]
    if "repeat" in rule:
        again, carried[:] = carried[:], [entries[place] for place in sorted(chosen)]
        return [*again, *entries]
    for place in chosen:
        _change(entries[place][1], rule)
    return entries


def _change(record: Record, rule: Rule) -> None:
    record |= rule.get("set", {})
    for name in rule.get("unset", ()):
        record.pop(name, None)


def pages(node: Any) -> Iterator[tuple[Record, str]]:
    """Where records stand in a body, the outermost first."""
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        members = list(value.values()) if key == "fields" and isinstance(value, dict) else value
        if isinstance(members, list) and members and all(isinstance(member, dict) for member in members):
            yield node, key
    for value in node.values():
        yield from pages(value)


def _chosen(records: list[Record], which: Any, now: datetime) -> set[int]:
    if which is None:
        return set(range(len(records)))
    if type(which) is int:
        place = which + len(records) if which < 0 else which
        return {place} & set(range(len(records)))
    if "younger_s" in which:
        return {place for place, record in enumerate(records) if _age_s(record, now) < which["younger_s"]}
    return {place for place, record in enumerate(records) if which.items() <= record.items()}


def _age_s(record: Record, now: datetime) -> float:
    for name, moment in MODIFIED.items():
        if record.get(name):
            return now.timestamp() - moment(record[name])
    return float("inf")
