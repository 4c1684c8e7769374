"""Paging through Zoho's Get Records and its list of deleted records (docs/vendor/zoho.md §2 and §5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from connectors.api import Request
from connectors.client import Client
from connectors.convert import instant_iso
from models.errors import CheckpointConflictError, FatalSyncError
from models.records import Deletion, Page

PER_PAGE = 200
MODIFIED = "Modified_Time"
EVERY = {"approved": "both"}
"""Get Records leaves out what awaits approval unless asked (§2)."""

# Whether If-Modified-Since takes in its own second is not confirmed (§12.4).
_INCLUSIVE = timedelta(seconds=1)


def records_request(subject: str, module: str, fields: Sequence[str], params: Mapping[str, str]) -> Request:
    """The call for the first page of a module's records, in the order in which they were modified.

    Args:
        subject: Stream or object, for messages.
        module: Zoho's name of the object.
        fields: At most 50, `Modified_Time` among them.
        params: Further parameters.
    """
    paging = {"per_page": str(PER_PAGE), "sort_by": MODIFIED, "sort_order": "asc"}
    return Request("GET", f"/crm/v8/{module}", subject, {**EVERY, **params, "fields": ",".join(fields), **paging})


def record_pages(client: Client, request: Request, since: datetime | None) -> Iterator[Page]:
    """Records modified from `since` on, aware UTC and inclusive; all if it is None.

    A page token lives for a day and reaches 100,000 records. Where one ends, the reading starts again at the last time
    it saw, without a token; so a page's position is that time, and good for ever. Some records come twice then.
    """
    while True:
        reached = since
        try:
            for records in _run(client, replace(request, headers=_modified_since(since))):
                reached = instant_iso.read(records[-1][MODIFIED])
                yield Page(records, {"from": records[-1][MODIFIED]})
        except CheckpointConflictError as error:
            if reached == since:
                raise FatalSyncError(f"{error}; the reading cannot get past {reached or 'its start'}") from error
            since = reached
        else:
            return


def _run(client: Client, request: Request) -> Iterator[list[Mapping[str, Any]]]:
    """Pages as far as page tokens reach.

    Raises:
        CheckpointConflictError: The token is too old, or the cap is reached.
    """
    while body := client.send(request).body:  # none: 204 for nothing at all, 304 for nothing newer
        yield body["data"]
        if not body["info"].get("more_records"):
            return
        token = body["info"].get("next_page_token")
        if not token:
            raise CheckpointConflictError(f"{client.connection}/{request.subject}: more records, but no page token")
        request = replace(request, params={**request.params, "page_token": token})


def deletion_pages(client: Client, subject: str, module: str, since: datetime | None) -> Iterator[list[Deletion]]:
    """What Zoho lists as deleted: for 60 days in the recycle bin, for 120 days in all."""
    params = {"type": "all", "per_page": str(PER_PAGE)}
    request = Request("GET", f"/crm/v8/{module}/deleted", subject, params, _modified_since(since))
    for records in numbered_pages(client, request, "data"):
        yield [Deletion(item["id"], instant_iso.read(item["deleted_time"]), item["type"]) for item in records]


def numbered_pages(client: Client, request: Request, key: str) -> Iterator[list[Mapping[str, Any]]]:
    """Pages 1, 2, … of a short list that is in the answer under `key`."""
    number = 1
    while body := client.send(request).body:
        yield body[key]
        if not body.get("info", {}).get("more_records"):
            return
        number += 1
        request = replace(request, params={**request.params, "page": str(number)})


def _modified_since(since: datetime | None) -> dict[str, str]:
    return {"If-Modified-Since": instant_iso.write(since - _INCLUSIVE)} if since else {}
