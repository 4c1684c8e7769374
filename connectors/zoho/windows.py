"""Zoho's records of a window of time (docs/vendor/zoho.md §2, §3 and §8.2; why in this way: docs/adr/0006)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from connectors.api import Request
from connectors.client import Client
from connectors.convert import instant_iso
from connectors.zoho.reading import MODIFIED, record_pages
from models.batches import batches
from models.records import Page, Raw, Window

CREATED = "Created_Time"
ROWS = 2_000
"""Rows of one COQL call."""
IDS = 100
"""Records that Get Records shows by their ids."""

_COQL = "/crm/v8/coql"
_OF_PAGES = frozenset({"per_page", "sort_by", "sort_order"})
_CONVERTED_TOO = "(Converted__s = 'true' or Converted__s = 'false')"
"""COQL leaves converted leads out unless a condition is about conversion (§3)."""


def window_pages(
    client: Client, module: str, request: Request, window: Window, position: Mapping[str, Any] | None
) -> Iterator[Page]:
    """The records of a window, as Get Records shows them.

    Args:
        client: Calls the API.
        module: Zoho's name of the object.
        request: Of the first page of all its records (`connectors.zoho.reading.records_request`).
        window: Half open.
        position: Of the last page that was committed.
    """
    if window.by == "modified":
        return _modified(client, request, window, position)
    return _created(client, module, request, window, after=position["after"] if position else None)


def _modified(client: Client, request: Request, window: Window, position: Mapping[str, Any] | None) -> Iterator[Page]:
    """In the order in which they were modified, until one of a later time comes."""
    for page in record_pages(client, request, instant_iso.read(position["from"]) if position else window.start):
        times = [instant_iso.read(record[MODIFIED]) for record in page.records]
        inside = [r for r, at in zip(page.records, times, strict=True) if window.start <= at < window.end]
        yield Page(inside, page.position)
        if times[-1] >= window.end:
            return


def _created(client: Client, module: str, request: Request, window: Window, *, after: str | None) -> Iterator[Page]:
    """In the order of their ids."""
    shown = {name: value for name, value in request.params.items() if name not in _OF_PAGES}
    for ids in _ids(client, request.subject, module, criteria(request.params, window), after):
        for batch in batches(ids, IDS):
            records: list[Raw] = client.ask_list(replace(request, params={**shown, "ids": ",".join(batch)}), "data")
            yield Page(records, {"after": batch[-1]})


def _ids(client: Client, subject: str, module: str, where: str, after: str | None) -> Iterator[list[str]]:
    """Ids by pages, ascending; the last one leads on, so that no offset ends it (§3)."""
    while True:
        condition = f"({where} and id > {after})" if after else where
        query = f"select id from {module} where {condition} order by id asc limit {ROWS}"  # noqa: S608 - COQL, of our own words
        ids = [row["id"] for row in client.ask_list(coql(subject, query, rows=ROWS), "data")]
        if ids:
            yield ids
        if len(ids) < ROWS:
            return
        after = ids[-1]


def criteria(params: Mapping[str, str], window: Window) -> str:
    """COQL's condition for a window's records, converted leads included."""
    time = CREATED if window.by == "created" else MODIFIED
    start, end = instant_iso.write(window.start), instant_iso.write(window.end)
    bounds = f"({time} >= '{start}' and {time} < '{end}')"
    return f"({bounds} and {_CONVERTED_TOO})" if "converted" in params else bounds


def coql(subject: str, query: str, *, rows: int) -> Request:
    """The call; what it costs follows from the rows that it may return (§8.2)."""
    return Request("POST", _COQL, subject, body={"select_query": query}, rows=rows)
