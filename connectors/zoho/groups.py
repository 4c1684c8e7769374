"""Records with more fields than one call takes (docs/vendor/zoho.md §2); why in this way: docs/adr/0010."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.api import Request
from connectors.client import Client
from connectors.zoho.reading import MODIFIED, OF_PAGES
from models.batches import batches
from models.errors import FatalSyncError
from models.records import Page, Raw

MOST_FIELDS = 50
IDS = 100
"""Records that are asked for by their ids in one call."""

_TRIES = 3
_DIGITS = 19  # of an id, at the most (§9)
_MISSES = 10


def grouped(fields: Sequence[str]) -> list[list[str]]:
    """The fields, as many in a group as one call takes; the time of the last edit is in each group.

    Args:
        fields: That time is one of the first of them.
    """
    further = batches(fields[MOST_FIELDS:], MOST_FIELDS - 1)
    return [list(fields[:MOST_FIELDS]), *([MODIFIED, *group] for group in further)]


def by_ids(client: Client, request: Request, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Raw]:
    """Id → record, without those that do not exist, in the order of the ids.

    What a list by ids leaves out is asked for alone: no page says that such a list minds `converted` and `approved` (§2).

    Args:
        client: Calls the API.
        request: Of pages of the same records.
        ids: As many as are wanted.
        fields: Of one call.
    """
    params = {name: value for name, value in request.params.items() if name not in OF_PAGES}
    found: dict[str, Raw] = {}
    for batch in batches(possible(ids), IDS):
        call = replace(request, params={**params, "fields": ",".join(fields), "ids": ",".join(batch)})
        shown: list[Raw] = client.ask_list(call, "data")
        found |= {record["id"]: record for record in shown}
        found |= _alone(client, request, [key for key in batch if key not in found], fields)
    return {key: found[key] for key in ids if key in found}


def possible(ids: Sequence[str]) -> list[str]:
    """Those that an id of Zoho's can be: for one that is none the others that a call asks for would be refused."""
    return [key for key in ids if key.isascii() and key.isdecimal() and len(key) <= _DIGITS]


def _alone(client: Client, request: Request, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Raw]:
    """Id → record, by a call for each: converted leads too, deleted records not (§2).

    Where `_MISSES` in a row do not exist the others are not asked for, so that a mass delete costs few calls.
    """
    found: dict[str, Raw] = {}
    misses = 0
    for key in ids:
        call = replace(request, record=key, params={"fields": ",".join(fields)})
        shown: list[Raw] = client.ask_list(call, "data")
        found |= {record["id"]: record for record in shown}
        misses = 0 if shown else misses + 1
        if misses == _MISSES:
            break
    return found


def whole_pages(
    client: Client, request: Request, groups: Sequence[Sequence[str]], pages: Iterator[Page]
) -> Iterator[Page]:
    """The pages, of which each record has the fields of the first group, with all fields (`whole`)."""
    for page in pages:
        yield Page(whole(client, request, groups, page.records), page.position)


def whole(client: Client, request: Request, groups: Sequence[Sequence[str]], records: Sequence[Raw]) -> Sequence[Raw]:
    """The records with the fields of all groups, no record of two versions.

    One that was edited between two calls is read again. Left out are those that have vanished meanwhile, and those that
    are edited each time: that edit is later than the watermark will be, so the next run reads it.

    Args:
        client: Calls the API.
        request: Of pages of these records.
        groups: What `grouped` made.
        records: With the fields of the first group.

    Raises:
        FatalSyncError: All of them have vanished, which no user has done: taken for deletes they would be lost without a word.
    """
    if len(groups) == 1:
        return records
    done: dict[str, Raw] = {}
    waiting = {record["id"]: record for record in records}
    order = list(waiting)
    for attempt in range(_TRIES):
        if attempt and waiting:
            waiting = by_ids(client, request, list(waiting), groups[0])
        parts = [by_ids(client, request, list(waiting), group) for group in groups[1:]]
        if len(waiting) > 1 and not all(parts):
            raise FatalSyncError(
                f"{client.connection}/{request.subject}: of {len(waiting)} records that were listed Zoho shows none by their "
                f"ids, {next(iter(waiting))} among them; run again, and report it if it stays"
            )
        waiting = {key: record for key, record in waiting.items() if all(key in part for part in parts)}
        for key, record in list(waiting.items()):
            if all(part[key][MODIFIED] == record[MODIFIED] for part in parts):
                done[key] = record
                for part in parts:
                    done[key] = {**done[key], **part[key]}
                del waiting[key]
    return [done[key] for key in order if key in done]
