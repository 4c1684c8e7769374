"""Compare a stream's rows with what the CRM has: which records differ, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import select

from models.errors import FatalSyncError
from models.records import Deletion, Raw
from models.spec import Stream
from models.warehouse.functions import one_of
from models.warehouse.ops import ops_dead_letter
from pipeline.sync import checkpoint
from pipeline.sync.context import SyncContext
from pipeline.sync.dead_letters import store as dead_letters
from pipeline.sync.verify.sides import Entry, Kept, Side, order_of, own_side

LATE, UNLISTED, GIVEN_UP = "late", "unlisted", "given up"
INVISIBLE, DELETED, REJECTED, CHANGED, UNKNOWN = "invisible", "deleted", "rejected", "changed", "unknown"
NO_DIFFERENCE = frozenset({LATE, UNLISTED, GIVEN_UP})
"""Causes that need no repair: the next sync brings it, our row is right, or a person has settled it."""

KEPT_FINDINGS = 1_000
"""Records that are told by id; beyond that they are only counted."""

_FOUR = Decimal(0).quantize(Decimal("0.0001"))

Pair = tuple[Entry | None, Kept | None]
Mend = Callable[[Sequence[Raw], Sequence[Deletion]], None]
"""Loads records, and marks others as gone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One record that is not the same on both sides, and why."""

    source_id: str
    cause: str
    detail: str


@dataclass(slots=True)
class Tally:
    """What a comparison found.

    Attributes:
        listed: Records that the CRM lists, and `amount` the sum of theirs.
        here: Rows of ours that are not marked as gone, and the sum of their amounts.
        missing: Records that we ought to have, and have not.
        extra: Rows that we ought not to have.
        changed: Records that are there on both sides and differ.
        gap: By how much amounts differ, as far as nothing excuses it.
        causes: Cause → records.
        findings: The first of them, those that are no difference too.
    """

    listed: int = 0
    here: int = 0
    listed_amount: Decimal = _FOUR
    here_amount: Decimal = _FOUR
    missing: int = 0
    extra: int = 0
    changed: int = 0
    compared: int = 0
    gap: Decimal = _FOUR
    causes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    mended: int = 0

    @property
    def differences(self) -> int:
        return self.missing + self.extra + self.changed


class Audit:
    """One comparison of one stream. The caller holds the source's lock, so that our side stands still.

    Args:
        context: Of the source.
        stream: What to compare.
        crm: The CRM's side.
        mend: Puts differences right as they are found; None: only look.
    """

    def __init__(self, context: SyncContext, stream: Stream, crm: Side, mend: Mend | None) -> None:
        self._context, self._stream, self._crm, self._mend = context, stream, crm, mend
        self._tally = Tally()
        with context.warehouse.read() as connection:
            load = [checkpoint.load(connection, context.source, stream.name, name) for name in ("modified", "deleted")]
        self._read_to, self._deletes_to = (mark.watermark for mark in load)

    def run(self) -> Tally:
        """Both sides in one pass, a batch of differing records at a time: nothing grows with the number of records.

        Raises:
            FatalSyncError: The CRM lists none at all, which is no news of deletes but a fault; nothing was mended.
        """
        entries = self._crm.entries()
        first = next(entries, None)
        with closing(own_side(self._context, self._stream)) as ours:
            if first is None and self._mend:
                self._refuse_emptiness(ours)
            waiting: list[Pair] = []
            for pair in _merged(chain([first] if first else (), entries), ours, order_of(self._context)):
                if not self._count(*pair):
                    waiting.append(pair)
                if len(waiting) == self._context.connector.read_batch:
                    self._settle(waiting)
                    waiting = []
            self._settle(waiting)
        return self._tally

    def _refuse_emptiness(self, ours: Iterator[Kept]) -> None:
        name = self._stream.name
        if any(not row.is_gone for row in ours):
            raise FatalSyncError(
                f"{self._context.source}/{name}: the CRM lists no {name} at all, so none was marked as deleted; check "
                "what the connection's user may see"
            )

    def _count(self, theirs: Entry | None, ours: Kept | None) -> bool:
        """Add a pair up; True if it agrees."""
        tally = self._tally
        alive = ours is not None and not ours.is_gone
        if theirs:
            tally.listed += 1
            tally.listed_amount += theirs.amount or 0
            if tally.listed % 1_000 == 0:
                self._context.progress(f"{self._context.source} {self._stream.name}", tally.listed)
        if ours and alive:
            tally.here += 1
            tally.here_amount += ours.amount or 0
        if theirs is None or ours is None or not alive:
            return theirs is None and (not alive or self._stream.deletes == "never")
        tally.compared += 1
        return (theirs.modified_at, theirs.amount) == (ours.modified_at, ours.amount)

    def _settle(self, pairs: Sequence[Pair]) -> None:
        """Find the cause of each, and mend what is to be mended."""
        if not pairs:
            return
        letters = self._letters([_id(pair) for pair in pairs])
        told = {_id(pair): self._told(pair[0], letters) for pair in pairs}
        asked = [pair for pair in pairs if self._must_ask(told[_id(pair)])]
        shown = self._crm.shown([_id(pair) for pair in asked])
        hidden = [theirs for theirs, _ in asked if theirs and theirs.id not in shown]
        listed = self._crm.still_listed(hidden) if hidden else set()
        records, gone = [], []
        for pair in pairs:
            key = _id(pair)
            raw = shown.get(key)
            finding = told[key] or self._found(pair, raw, is_listed=key in listed)
            self._note(pair, finding)
            if finding.cause in NO_DIFFERENCE or finding.cause == INVISIBLE:
                continue
            if raw is not None:
                records.append(raw)
            elif pair[0] is None:
                gone.append(Deletion(key, None, "not found"))
        if self._mend and (records or gone):
            self._mend(records, gone)
            self._tally.mended += len(records) + len(gone)

    def _told(self, theirs: Entry | None, letters: Mapping[str, str]) -> Finding | None:
        """What is known without asking for the record."""
        if theirs is None:
            return None
        if theirs.id in letters:
            if letters[theirs.id] == dead_letters.GIVEN_UP:
                return Finding(theirs.id, GIVEN_UP, "it could not be read, and a person gave it up")
            return Finding(theirs.id, REJECTED, "it could not be read, see: crmsync dead-letters list")
        if self._is_late(theirs):
            return Finding(theirs.id, LATE, f"changed in the CRM at {_time(theirs.at)}; the next sync brings it")
        return None

    def _must_ask(self, told: Finding | None) -> bool:
        return told is None or (self._mend is not None and told.cause == REJECTED)

    def _found(self, pair: Pair, raw: Raw | None, *, is_listed: bool) -> Finding:
        """What follows from the record as the CRM shows it when it is asked for."""
        theirs, ours = pair
        if theirs is None:
            cause, detail = self._of_unlisted(_id(pair), raw)
        elif raw is None:
            cause, detail = self._of_hidden(theirs.id, is_listed=is_listed)
        else:
            cause, detail = self._of_shown(self._crm.entry(raw), ours)
        return Finding(_id(pair), cause, detail)

    def _of_unlisted(self, key: str, raw: Raw | None) -> tuple[str, str]:
        if raw is not None:
            return UNLISTED, "the CRM shows it, but does not list it"
        if key in self._deleted_since:
            return LATE, "deleted in the CRM; the next sync marks it"
        return DELETED, "the CRM has it no more"

    def _of_hidden(self, key: str, *, is_listed: bool) -> tuple[str, str]:
        if not is_listed or key in self._deleted_since:
            return LATE, "deleted in the CRM while we looked"
        return INVISIBLE, "the CRM lists it, but does not show it"

    def _of_shown(self, now: Entry, ours: Kept | None) -> tuple[str, str]:
        if self._is_late(now):
            return LATE, f"changed in the CRM at {_time(now.at)}, while we looked"
        if ours is None:
            return UNKNOWN, f"not here, though last changed at {_time(now.at)}"
        if ours.is_gone:
            return DELETED, "marked as gone here, but the CRM has it"
        if (now.modified_at, now.amount) == (ours.modified_at, ours.amount):
            return LATE, "the CRM's list lags behind the record"
        return CHANGED, _change(now, ours)

    def _is_late(self, entry: Entry) -> bool:
        """Changed after what the last sync has certainly read, so that the next one reads it."""
        return self._read_to is not None and entry.at is not None and entry.at >= self._read_to

    def _note(self, pair: Pair, finding: Finding) -> None:
        theirs, ours = pair
        tally = self._tally
        tally.causes[finding.cause] += 1
        if len(tally.findings) < KEPT_FINDINGS:
            tally.findings.append(finding)
        if finding.cause in NO_DIFFERENCE:
            return
        alive = ours is not None and not ours.is_gone
        tally.missing += not alive
        tally.extra += theirs is None
        tally.changed += alive and theirs is not None
        tally.gap += (theirs.amount or 0) if theirs else 0
        tally.gap -= (ours.amount or 0) if ours and alive else 0

    def _letters(self, ids: Sequence[str]) -> dict[str, str]:
        """Id → state of its dead letter, if that is not resolved."""
        t = ops_dead_letter
        query = select(t.c.source_id, t.c.state).where(
            t.c.source == self._context.source,
            t.c.stream == self._stream.name,
            t.c.state != dead_letters.RESOLVED,
            one_of(t.c.source_id, ids),
        )
        with self._context.warehouse.read() as connection:
            return {row.source_id: row.state for row in connection.execute(query)}

    @cached_property
    def _deleted_since(self) -> frozenset[str]:
        """What the CRM lists as deleted since the last sync looked there."""
        if self._stream.deletes != "feed":
            return frozenset()
        pages = self._context.connector.deleted(self._stream, since=self._deletes_to)
        return frozenset(item.source_id for page in pages for item in page)


def _merged(
    theirs: Iterator[Entry], ours: Iterator[Kept], order: Callable[[str], Any]
) -> Iterator[tuple[Entry | None, Kept | None]]:
    """Pairs of the same id; one of the two is None where the other stands alone."""
    left, right = next(theirs, None), next(ours, None)
    while left or right:
        if left and right and left.id == right.id:
            yield left, right
            left, right = next(theirs, None), next(ours, None)
        elif right is None or (left and order(left.id) < order(right.id)):
            yield left, None
            left = next(theirs, None)
        else:
            yield None, right
            right = next(ours, None)


def _id(pair: Pair) -> str:
    found = pair[0] or pair[1]
    assert found is not None  # noqa: S101 - one side has it
    return found.id


def _time(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC" if instant else "an unknown time"


def _change(there: Entry, here: Kept) -> str:
    if there.modified_at != here.modified_at:
        return f"modified at {_time(there.modified_at)} there, {_time(here.modified_at)} here"
    return f"amount {there.amount} there, {here.amount} here"
