"""Paging through Zoho's Get Records and its list of deleted records (docs/vendor/zoho.md §2 and §5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from operator import itemgetter
from typing import Any

import orjson

from connectors.api import Request
from connectors.client import Client
from connectors.convert import instant_iso
from models.errors import CheckpointConflictError, FatalSyncError
from models.records import Deletion, Page

PER_PAGE = 200
MODIFIED = "Modified_Time"
EVERY = {"approved": "both"}
"""Get Records leaves out what awaits approval unless asked (§2)."""
OF_PAGES = frozenset({"per_page", "sort_by", "sort_order"})
"""Parameters that mean nothing where records are asked for by their ids."""

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

    How page tokens behave while records move to the end by being edited is not known (§2): they may be plain offsets,
    which skip a record for each one that left its place. So each page is asked for by the time that the former one
    reached. Tokens lead through a second that fills more than a page, as often as it takes until two ways through it in
    a row agree that nothing has left it. See docs/adr/0002.

    Raises:
        FatalSyncError: One second holds more records than page tokens reach.
    """
    start, told, former = since, _Digests(), None
    while True:
        way = _Way(start)
        is_newer = False
        try:
            for records in way.pages(client, request):
                newer = [
                    record for record in records if (mark := _mark(record)) not in told or told[mark] != _digest(record)
                ]
                told.update((_mark(record), _digest(record)) for record in way.latest(newer))
                if newer:
                    is_newer = True
                    yield Page(newer, {"from": instant_iso.write(way.safe)})
        except CheckpointConflictError as error:
            if not is_newer:
                raise FatalSyncError(f"{error}; the reading cannot get past {start or 'its start'}") from error
            former = None
            continue
        if way.count > 1 and (former is None or not former <= way.marks):
            former = way.marks
            continue
        if way.ends:
            return
        start, former = way.reached, None
        told = _Digests((mark, told[mark]) for mark in way.marks if mark in told)


_Mark = tuple[str, str]
"""Id and modified time: a record where it was when we saw it."""
_Digests = dict[_Mark, int]


_mark: Callable[[Mapping[str, Any]], _Mark] = itemgetter("id", MODIFIED)


def _digest(record: Mapping[str, Any]) -> int:
    """Another one for another edit in the same second."""
    return hash(orjson.dumps(record))


class _Way:
    """One way from `start` on, page by page, until a page reaches a later time.

    Attributes:
        marks: What it came past.
        count: Pages; those after the first were led to by a token.
        reached: Time of the last record so far.
        ends: There is nothing more after it.
    """

    def __init__(self, start: datetime | None) -> None:
        self._start = start
        self.marks: set[_Mark] = set()
        self.count = 0
        self.reached = start
        self.ends = False

    @property
    def safe(self) -> datetime | None:
        """Nothing that was modified before it is missing, whatever tokens may do."""
        return self.reached if self.count == 1 else self._start

    def latest(self, records: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Of a page those that the next way may come past again: all if this one is repeated, else those close by."""
        if self.reached is None or self.count > 1:
            return iter(records)
        close = self.reached - _INCLUSIVE
        return takewhile(lambda record: instant_iso.read(record[MODIFIED]) >= close, reversed(records))

    def pages(self, client: Client, request: Request) -> Iterator[list[Mapping[str, Any]]]:
        """The pages, never an empty one.

        Raises:
            CheckpointConflictError: A token is too old, or the cap is reached.
        """
        request = replace(request, headers=_modified_since(self._start))
        while (body := client.send(request).body) and (records := client.part(request, body, "data")):
            # No body: 204 for nothing, 304 for nothing newer.
            info = body.get("info") or {}
            self.count += 1
            self.marks.update(map(_mark, records))
            self.reached = instant_iso.read(records[-1][MODIFIED])
            self.ends = not info.get("more_records")
            yield records
            if self.ends or self._start is None or self.reached > self._start:
                return
            token = info.get("next_page_token")
            if not token:
                raise CheckpointConflictError(f"{client.connection}/{request.subject}: more records, but no page token")
            request = replace(request, params={**request.params, "page_token": token})
        self.ends = True


def deletion_pages(client: Client, subject: str, module: str, since: datetime | None) -> Iterator[list[Deletion]]:
    """What Zoho lists as deleted: for 60 days in the recycle bin, for 120 days in all.

    A record that is restored while we read leaves its page, and the first one of the next page moves to where we were. So
    several pages are read again until that brings nothing new.
    """
    params = {"type": "all", "per_page": str(PER_PAGE)}
    request = Request("GET", f"/crm/v8/{module}/deleted", subject, params, _modified_since(since))
    told: set[str] = set()
    again = True
    while again:
        again = is_newer = False
        for number, records in enumerate(numbered_pages(client, request, "data"), start=1):
            newer = [item for item in records if item["id"] not in told]
            told.update(item["id"] for item in newer)
            is_newer |= bool(newer)
            again = is_newer and number > 1
            if newer:
                yield [Deletion(item["id"], instant_iso.read(item["deleted_time"]), item["type"]) for item in newer]


def numbered_pages(client: Client, request: Request, key: str) -> Iterator[list[Mapping[str, Any]]]:
    """Pages 1, 2, … of a short list that is in the answer under `key`."""
    number = 1
    while body := client.send(request).body:
        yield client.part(request, body, key)
        if not (body.get("info") or {}).get("more_records"):
            return
        number += 1
        request = replace(request, params={**request.params, "page": str(number)})


def _modified_since(since: datetime | None) -> dict[str, str]:
    return {"If-Modified-Since": instant_iso.write(since - _INCLUSIVE)} if since else {}
