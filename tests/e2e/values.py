"""Values of a warehouse in one form, whichever database gives them: as SQLite does, JSON decoded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.e2e.harness import Row

_JSON: dict[str, Any] = {"custom": {}, "links": []}
"""Columns that hold JSON, and what stands for nothing."""


def plain(value: Any) -> Any:
    """A text or a number; an instant is a text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal | int) else value


def stored(row: Row) -> Row:
    """A row with its values in that form."""
    return {name: _decoded(name, value) if name in _JSON else plain(value) for name, value in row.items()}


def _decoded(name: str, value: Any) -> Any:
    return (json.loads(value) if isinstance(value, str) else value) or _JSON[name]
