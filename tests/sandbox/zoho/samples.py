"""The JSON samples of docs/vendor/zoho.md, and how an answer is compared with one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[3] / "docs"
PAGE, REFERENCE = DOCS / "vendor" / "zoho.md", DOCS / "reference" / "sandbox.md"
_HEADING, _FENCE = re.compile(r"#{2,4} (.*)"), "```"
# Texts whose form tells what they are; the first that fits counts.
_FORMS = {
    "an instant": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"),
    "a day": re.compile(r"\d{4}-\d\d-\d\d"),
    "an id": re.compile(r"[0-9]{16,19}"),
}


def sample(heading: str, number: int = 1) -> Any:
    """The n-th JSON block below the heading that begins so."""
    found, below = [], False
    lines = iter(PAGE.read_text("utf-8").splitlines())
    for line in lines:
        if title := _HEADING.fullmatch(line):
            below = title[1].startswith(heading)
        elif line.startswith(_FENCE) and line != _FENCE:
            block = "".join(iter(lambda: next(lines), _FENCE))
            if below:
                found.append(json.loads(block))
    return found[number - 1]


def differences(due: Any, shown: Any) -> list[str]:
    """Where an answer has other keys than the sample, or a value of another type; a null of the sample fits any value."""
    return list(_differences(due, shown, "$"))


def _differences(due: Any, shown: Any, place: str) -> Iterator[str]:
    if isinstance(due, dict) and isinstance(shown, dict):
        if due and due.keys() != shown.keys():
            yield f"{place}: {sorted(due.keys() ^ shown.keys())} in one alone"
        for key in due.keys() & shown.keys():
            yield from _differences(due[key], shown[key], f"{place}.{key}")
    elif isinstance(due, list) and isinstance(shown, list) and (shown or not due):
        for at, item in enumerate(shown if due else ()):
            yield from _differences(due[0], item, f"{place}[{at}]")
    elif due is not None and _kind(due) != _kind(shown):
        yield f"{place}: {_kind(shown)}, not {_kind(due)}"


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return next((form for form, pattern in _FORMS.items() if pattern.fullmatch(value)), "a text")
    return "a number" if type(value) in (int, float) else type(value).__name__
