"""Zoho's records of a window of time (docs/vendor/zoho.md §2, §3 and §8.2; why in this way: docs/adr/0006)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.api import Request
from connectors.client import Client
from connectors.convert import instant_iso
from connectors.zoho.coql import CONVERTED_TOO, CREDITS, ROWS, coql, rows_by_id
from connectors.zoho.groups import IDS, by_ids
from connectors.zoho.reading import MODIFIED, PER_PAGE, record_pages
from models.batches import batches
from models.records import Page, Price, Window
from models.spec import Stream

CREATED = "Created_Time"
PLAIN_TYPES = frozenset(
    {
        *("text", "email", "phone", "website", "picklist", "multiselectpicklist", "autonumber"),
        *("integer", "bigint", "double", "currency", "percent", "date", "datetime", "boolean", "lookup"),
    }
)
"""Fields that COQL shows as Get Records does (§3, §9): not users, whose names differ, and nothing of unknown form."""

_FEWEST = 200


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
    fields = request.params["fields"].split(",")
    for rows in rows_by_id(client, request.subject, module, (), criteria(request.params, window), after=after):
        for batch in batches([row["id"] for row in rows], IDS):
            yield Page(list(by_ids(client, request, batch, fields).values()), {"after": batch[-1]})


def field_pages(
    client: Client, stream: Stream, fields: Sequence[str], where: str, position: Mapping[str, Any] | None
) -> Iterator[Page]:
    """Few fields of many records, by COQL alone, in the order of their ids."""
    after = position["after"] if position else None
    for rows in rows_by_id(client, stream.name, stream.object, fields, where, after=after):
        yield Page(rows, {"after": rows[-1]["id"]})


def field_price(records: int) -> Price:
    pages = records // ROWS + 1
    return Price(pages, CREDITS * pages)


def count(client: Client, subject: str, module: str, where: str) -> int:
    """How many records a condition holds for."""
    query = f"select COUNT(id) from {module} where {where}"  # noqa: S608 - COQL, of our own words
    rows = coql(client, subject, query, rows=_FEWEST)
    return int(rows[0]["COUNT(id)"]) if rows else 0


def everything(params: Mapping[str, str]) -> str:
    """COQL's condition for all records, converted leads included."""
    return CONVERTED_TOO if "converted" in params else "id is not null"


def price(records: int, window: Window | None, groups: int) -> Price:
    """What it costs to read so many records, in the window or from some time on (§8.2).

    A page by time begins at the second that the former one reached, so that it brings a known record at the least; more
    where many records have the same time.

    Args:
        records: How many.
        window: None: from some time on.
        groups: Of fields; those beyond the first are asked for by the ids of each page.
    """
    if window is None or window.by == "modified":
        later = -(-max(0, records - PER_PAGE) // (PER_PAGE - 1))
        last = records - PER_PAGE - (later - 1) * (PER_PAGE - 1) if later else records
        pages, shown = 1 + later, 2 * later + -(-last // IDS)
        return Price(pages + (groups - 1) * shown, pages + (groups - 1) * shown)
    full, rest = divmod(records, ROWS)
    shown = groups * (full * -(-ROWS // IDS) + -(-rest // IDS))
    return Price(full + 1 + shown, CREDITS * (full + 1) + shown)


def criteria(params: Mapping[str, str], window: Window) -> str:
    """COQL's condition for a window's records, converted leads included."""
    time = CREATED if window.by == "created" else MODIFIED
    start, end = instant_iso.write(window.start), instant_iso.write(window.end)
    bounds = f"({time} >= '{start}' and {time} < '{end}')"
    return f"({bounds} and {CONVERTED_TOO})" if "converted" in params else bounds
