"""The parameters of Get Records, checked (docs/vendor/zoho.md §2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.zoho import times
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.fields import Module
    from sandbox.zoho.http import Call
    from sandbox.zoho.switches import Switches

_NUMBER, _ID = re.compile("[0-9]{1,9}"), re.compile("[0-9]{1,20}")
CVID_CREDITS = 3
MOST_FIELDS, MOST_PER_PAGE = 50, 200
MOST_BY_PAGE, MOST_BY_TOKEN = 2_000, 100_000
_CHOICES = {
    "sort_by": ("id", "Created_Time", "Modified_Time"),
    "sort_order": ("desc", "asc"),
    "converted": ("false", "true", "both"),
    "approved": ("true", "false", "both"),
}
# Not sent together.
_EXCLUSIVE = (("page", "page_token"), ("cvid", "sort_by"))


@dataclass(frozen=True, slots=True)
class Query:
    """One Get Records call; `binding` is what a page token is bound to."""

    fields: str
    per_page: int
    page: int
    token: str | None
    sort_by: str
    sort_order: str
    converted: str
    approved: str
    ids: tuple[int, ...] | None
    since: int | None
    binding: str


def fields_of(call: Call) -> str:
    fields = call.param("fields")
    if fields is None and call.all_fields is not None:
        return call.all_fields
    if fields is None:
        raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "fields"})
    if fields.count(",") >= MOST_FIELDS:
        raise ZohoError("LIMIT_EXCEEDED", {"limit": MOST_FIELDS, "param_name": "fields"})
    return fields


def number(call: Call, name: str, default: int, most: int | None = None) -> int:
    text = call.param(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": name})
    if most is not None and int(text) > most:
        raise ZohoError("LIMIT_EXCEEDED", {"limit": most, "param_name": name})
    return int(text)


def id_list(call: Call, name: str = "ids") -> tuple[int, ...] | None:
    text = call.param(name)
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(_ID.fullmatch(part) for part in parts):
        raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": name})
    return tuple(int(part) for part in parts)


def since(call: Call, switches: Switches) -> int | None:
    """The first second that If-Modified-Since takes."""
    text = call.headers.get("if-modified-since")
    if not text:
        return None
    instant = times.parse_header(text)
    if instant is None:
        raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": "If-Modified-Since"})
    return instant if switches.since_inclusive else instant + 1


def parse(call: Call, module: Module, switches: Switches) -> Query:
    """All checks that need no record.

    Raises:
        ZohoError: As §2's table says.
    """
    fields = fields_of(call)
    for pair in _EXCLUSIVE:
        if all(call.param(name) for name in pair):
            raise ZohoError(
                "AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": [{"param_name": name} for name in pair]}
            )
    check_view(call, module)
    chosen = {name: choice(call, name, values) for name, values in _CHOICES.items()}
    per_page = number(call, "per_page", MOST_PER_PAGE, MOST_PER_PAGE)
    page = number(call, "page", 1)
    if page * per_page > MOST_BY_PAGE:
        raise ZohoError("DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": MOST_BY_PAGE})
    ids, start = id_list(call), since(call, switches)
    binding = repr((call.user, call.path, fields, per_page, sorted(chosen.items()), ids, start))
    return Query(
        fields=fields,
        per_page=per_page,
        page=page,
        token=call.param("page_token"),
        ids=ids,
        since=start,
        binding=binding,
        **chosen,
    )


def check_view(call: Call, module: Module) -> None:
    """The one custom view of a module shows all its records; there are no territories, so each is a wrong one."""
    view = id_list(call, "cvid")
    if view:
        call.credits = CVID_CREDITS
    if view and view != (int(module.view_id),):
        raise ZohoError("INVALID_DATA", {"param_name": "cvid"})
    if id_list(call, "territory_id"):
        raise ZohoError("INVALID_DATA", {"param_name": "territory_id"})
    choice(call, "include_child", ("false", "true"))


def choice(call: Call, name: str, values: tuple[str, ...]) -> str:
    """One of the values; the first is the default."""
    value = call.param(name) or values[0]
    if value not in values:
        raise ZohoError("INVALID_DATA", {"param_name": name, "supported_values": list(values)})
    return value
