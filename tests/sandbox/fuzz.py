"""Making a good body wrong, and hearing what the server complains about."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Log(logging.Handler):
    """Keeps what the server complains about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each part of a body, the whole included."""
    yield path
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for step, value in inner:
        yield from places(value, (*path, step))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the body with another value at a place."""
    if not path:
        return value
    body = copy.deepcopy(body)
    inside = body
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    return body
