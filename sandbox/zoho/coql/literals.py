"""Which operators a type takes, and how its literals are read (docs/vendor/zoho.md §3, table of types)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times

if TYPE_CHECKING:
    from sandbox.zoho.coql.tokens import Token

_NULL_TESTS = frozenset(("is null", "is not null"))
_SETS = frozenset(("=", "!=", "in", "not in")) | _NULL_TESTS
OPERATORS = {
    "text": _SETS | {"like", "not like"},
    "lookup": _SETS,
    "number": _SETS | {">", ">=", "<", "<=", "between", "not between"},
    "boolean": frozenset("="),
}
_TEXTS = ("text", "email", "phone", "picklist", "website", "autonumber", "multiselectpicklist", "profileimage")
_LOOKUPS = ("lookup", "ownerlookup", "userlookup", "multi_module_lookup")
_NUMBERS = ("integer", "bigint", "currency", "double", "percent", "formula", "rollup_summary", "date", "datetime")
# Types that are in none have no place in criteria, orders and groups.
FAMILIES = (
    dict.fromkeys(_TEXTS, "text")
    | dict.fromkeys(_LOOKUPS, "lookup")
    | dict.fromkeys(_NUMBERS, "number")
    | {"boolean": "boolean"}
)
# Not even to be selected: links and rows of their own, and pictures.
UNSUPPORTED = frozenset(("multiselectlookup", "multiuserlookup", "subform", "imageupload", "fileupload"))
# Quantities, which can be summed up.
SUMMABLE = frozenset(_NUMBERS) - {"date", "datetime", "bigint"}

_ID, _NUMBER = re.compile("[0-9]{1,20}"), re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_TRUTHS = {"true": True, "false": False}


def _id(text: str) -> int | None:
    return int(text) if _ID.fullmatch(text) else None


def _number(text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "text": str,
    "lookup": _id,
    "number": _number,
    "boolean": lambda text: _TRUTHS.get(text.lower()),
    "bigint": _id,
    "date": lambda text: text if times.is_date(text) else None,
    "datetime": times.parse_datetime,
}


def read(token: Token, data_type: str) -> Any:
    """A literal as records hold such values, or None if it is no value of the type."""
    return (_READERS.get(data_type) or _READERS[FAMILIES[data_type]])(token.text)
