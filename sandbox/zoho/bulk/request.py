"""The body of a new bulk read job, checked (docs/vendor/zoho.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from sandbox import jsontext
from sandbox.zoho.bulk import columns
from sandbox.zoho.errors import ZohoError

if TYPE_CHECKING:
    from sandbox.zoho.http import Call
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Table

CSV, ICS = "csv", "ics"
ICS_MODULE = "Events"
# Never exported; known by name even where the org has no such module.
_NOT_SUPPORTED = ("Notes", "Attachments", "Emails")
_KEYS = {"callback", "query", "file_type"}
_QUERY_KEYS = {"module", "cvid", "fields", "page", "criteria", "file_type", "page_token"}


@dataclass(frozen=True, slots=True)
class Query:
    """What a job exports; a continuation begins after the record with the id `after`."""

    module: str
    fields: list[str] | None
    criteria: dict[str, Any] | None
    page: int
    file_type: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A new job: a query of its own, or the token of a job whose query goes on."""

    query: Query | None
    token: str | None
    callback: str | None


def parse(call: Call, state: State) -> Asked:
    """All checks but those of the criteria and of a token.

    Raises:
        ZohoError: As §4's table of codes says.
    """
    body = _body(call)
    callback = _callback(body.get("callback"))
    query = body.get("query")
    if not isinstance(query, dict) or not query.keys() <= _QUERY_KEYS or not body.keys() <= _KEYS:
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    file_type = body.get("file_type") or query.get("file_type") or CSV
    token = query.get("page_token")
    if file_type not in (CSV, ICS) or not isinstance(token, str | None):
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    if token is not None:
        # A continuation says nothing else of its query.
        if query.keys() > {"page_token"}:
            raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
        return Asked(None, token, callback)
    if query.get("cvid") is not None:
        # Chosen: a job takes none, not even the one view that each module has.
        raise ZohoError("CVID_NOT_SUPPORTED")
    table = _table(query.get("module"), state)
    fields = _fields(query.get("fields"), state, table)
    if file_type == ICS and table.module.api_name != ICS_MODULE:
        raise ZohoError("MODULE_NOT_SUPPORTED")
    if file_type == ICS and fields is not None:
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    page = _page(query.get("page"), state.switches.bulk_last_page)
    return Asked(Query(table.module.api_name, fields, query.get("criteria"), page, file_type), None, callback)


def is_json(call: Call) -> bool:
    """Whether the body is declared as JSON, which only this call wants (§10.3)."""
    return call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _body(call: Call) -> dict[str, Any]:
    if not call.body.strip():
        raise ZohoError("REQUEST_BODY_IS_EMPTY")
    try:
        body = jsontext.read(call.body, jsontext.DEEPEST_LOOKED_AT)
    except orjson.JSONDecodeError:
        raise ZohoError("REQUEST_BODY_NOT_READABLE") from None
    if not isinstance(body, dict):
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    return body


def _callback(given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    if str(given.get("method")).lower() != "post":
        raise ZohoError("INVALID_CALLBACK_METHOD", {"supported_callback_methods": ["post"]})
    url = given.get("url")
    if not isinstance(url, str) or not _is_url(url):
        raise ZohoError("INVALID_CALLBACK_URL")
    return url


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isascii() and url.isprintable()


def _table(given: Any, state: State) -> Table:
    name = given.get("api_name") if isinstance(given, dict) else None
    if not isinstance(name, str):
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    if name in _NOT_SUPPORTED:
        raise ZohoError("MODULE_NOT_SUPPORTED")
    if name not in state.tables:
        raise ZohoError("MODULE_NOT_AVAILABLE", {"api_name": name})
    return state.tables[name]


def _fields(given: Any, state: State, table: Table) -> list[str] | None:
    """Each once, in the asked order; an empty list asks for all."""
    if given is None or given == []:
        return None
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    names = list(dict.fromkeys(given))
    for name in names:
        if columns.find(state, table.module, name) is None:
            raise ZohoError("FIELD_NOT_AVAILABLE", {"api_name": name})
    return names


def _page(given: Any, last: int) -> int:
    if given is None:
        return 1
    if type(given) is not int or given < 1:
        raise ZohoError("REQUEST_BODY_NOT_SUPPORTED")
    if given > last:
        raise ZohoError("PAGE_RANGE_EXCEEDED", {"max_limit": last})
    return given
