"""JSON as callers send it, which may be nested without end."""

from __future__ import annotations

from typing import Any

import orjson

# Of what is kept or told again: far above what any call needs, and below the 254 levels that orjson writes.
DEEPEST = 100
# Of what is only looked at: below the 1,000 levels at which Python gives up. Orjson reads 1,024.
DEEPEST_LOOKED_AT = 920


def read(text: bytes, deepest: int = DEEPEST) -> Any:
    """What it holds.

    Raises:
        orjson.JSONDecodeError: It is not JSON, or nested too deeply.
    """
    found = orjson.loads(text)
    if text.count(b"[") + text.count(b"{") > deepest and is_deep(found, deepest):
        raise orjson.JSONDecodeError(f"nested more than {deepest} deep", "", 0)
    return found


def is_deep(found: Any, deepest: int = DEEPEST) -> bool:
    """Whether it is nested more than so many levels."""
    level: list[Any] = [[found]]
    for _ in range(deepest + 1):
        parts = (part for whole in level for part in (whole.values() if isinstance(whole, dict) else whole))
        level = [part for part in parts if isinstance(part, dict | list)]
        if not level:
            return False
    return True
