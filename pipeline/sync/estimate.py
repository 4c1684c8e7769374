"""What a sync or a backfill would cost. Reads no records: the CRMs are asked how many there are, the rest is arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import select

from models.errors import ConfigError, FatalSyncError, ObjectUnavailableError
from models.records import Price, Usage, Window
from models.spec import Stream
from models.warehouse.ops import ops_run
from pipeline.sync import checkpoint, deletes
from pipeline.sync.backfill.run import Backfill
from pipeline.sync.context import SyncContext
from pipeline.sync.presence import count_existing
from pipeline.sync.run import SourceSync

_USUAL_S = 0.3
"""Seconds of a call where no former run tells."""

_RUNS = 20
"""Former runs that are looked at for the pace."""

_CLOCK = Price(1, 1)
"""Every sync asks for the CRM's clock once."""

_LATER = timedelta(days=1)


@dataclass(slots=True)
class Estimate:
    """What one stream would cost; with stream '' what the source costs, whatever is read.

    Attributes:
        slices: Parts that are read and resumed one by one.
        records: None where it makes no difference.
        seconds: By the pace of former runs and the CRM's limits.
        asked: Calls that were made to find out.
    """

    source: str
    stream: str
    slices: int = 0
    records: int | None = None
    calls: int = 0
    credits: int = 0
    seconds: float = 0.0
    asked: int = 0
    notes: list[str] = field(default_factory=list)

    def add(self, price: Price) -> None:
        self.calls += price.calls
        self.credits += price.credits


def of_sync(work: SourceSync, streams: Sequence[Stream], *, full: bool) -> list[Estimate]:
    """What the sync of these streams would cost now."""
    once = Estimate(work.context.source, "")
    once.add(_CLOCK)
    found = [once, *(_asked(work, stream, once, partial(_sync, work, stream, full=full)) for stream in streams)]
    return _timed(work.context, found, 1)


def of_backfill(work: SourceSync, jobs: Sequence[Backfill], *, parallel: int) -> list[Estimate]:
    """What the backfills of one source would cost now, without the slices that an interrupted run has read."""
    once = Estimate(work.context.source, "")
    found = [once, *(_asked(work, job.declared, once, partial(_backfill, job)) for job in jobs)]
    return _timed(work.context, found, parallel)


def _asked(work: SourceSync, stream: Stream, once: Estimate, ask: Callable[[Estimate], None]) -> Estimate:
    """The estimate of a stream. What the CRM says of itself is asked for first; the run asks the same, so it is in `once`."""
    estimate, usage = Estimate(work.context.source, stream.name), work.context.connector.usage
    calls, credit, logins = usage.calls, usage.credits, _logins(usage)
    try:
        work.mapping(stream)
    except ObjectUnavailableError as error:
        if not stream.optional:
            raise
        estimate.notes.append(f"{work.context.source}/{stream.name} would be passed over: {error}")
    once.asked += usage.calls - calls
    once.add(Price(usage.calls - calls - (_logins(usage) - logins), usage.credits - credit))
    if not estimate.notes:
        calls = usage.calls
        ask(estimate)
        estimate.asked = usage.calls - calls
        estimate.notes += work.context.connector.notes(stream)
    return estimate


def _logins(usage: Usage) -> int:
    """Calls for a token, which is kept: the run need not ask for one again."""
    return sum(calls for (subject, _), (calls, _) in usage.by_call.items() if subject == "login")


def _sync(work: SourceSync, stream: Stream, estimate: Estimate, *, full: bool) -> None:
    context = work.context
    declared, normalizer = work.mapping(stream)
    with context.warehouse.read() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "modified")
    goes_on = mark.reading and mark.basis == normalizer.basis and stream.incremental
    again = full or mark.basis != normalizer.basis or deletes.feed_is_too_short(context, declared, context.clock())
    since = mark.since if goes_on else None if again else mark.watermark
    estimate.slices = 2 if goes_on else 1
    if stream.incremental:
        window = Window("modified", since, context.clock() + _LATER) if since else None
        estimate.records = _count(context, declared, window, estimate)
    records = _known(context, declared, None) if estimate.records is None else estimate.records
    estimate.add(context.connector.price(declared, records))
    if goes_on:  # the slice that was begun, at the most, and one up to now
        estimate.add(context.connector.price(declared, 0))
    if stream.deletes == "feed":
        estimate.add(Price(1, 1))
    if stream.deletes == "sweep" and (mark.watermark or mark.reading):
        swept = [item for item in context.connector.streams if item.deletes == "sweep"]
        calls = min(deletes.sweep_calls(context, declared), deletes.sweep_budgets(context, swept)[stream.name])
        estimate.add(Price(calls, calls))


def _backfill(job: Backfill, estimate: Estimate) -> None:
    left = job.left()
    estimate.records = 0
    for slice_ in job.slices:
        if slice_.name in left:
            records = _count(job.context, job.declared, slice_.window, estimate)
            estimate.slices += 1
            estimate.records += records
            estimate.add(job.context.connector.price(job.declared, records, slice_.window, job.field))


def _count(context: SyncContext, stream: Stream, window: Window | None, estimate: Estimate) -> int:
    """As the CRM counts; the warehouse's own count where the CRM does not let us ask."""
    try:
        return context.connector.count(stream, window)
    except (ConfigError, FatalSyncError) as error:  # a right is missing, or the object cannot be counted
        note = f"{error}; the rows of the warehouse were counted instead"
        if note not in estimate.notes:
            estimate.notes.append(note)
        return _known(context, stream, window)


def _known(context: SyncContext, stream: Stream, window: Window | None) -> int:
    if window is None:
        return count_existing(context.warehouse, stream, context.source)
    moment = stream.table.c[f"{window.by}_at"]
    return count_existing(context.warehouse, stream, context.source, moment >= window.start, moment < window.end)


def _timed(context: SyncContext, found: list[Estimate], parallel: int) -> list[Estimate]:
    """With the seconds of each: its pace, or the CRM's limits where they are slower."""
    paces = _paces(context)
    usual = next(iter(paces.values()), _USUAL_S)
    calls, slowest_s = 0, context.connector.slowest_s
    for one in found:
        limited = slowest_s(calls + one.calls) - slowest_s(calls)
        calls += one.calls
        one.seconds = round(max(paces.get(one.stream, usual) * one.calls / parallel, limited), 1)
    return found


def _paces(context: SyncContext) -> dict[str, float]:
    """Stream → seconds of a call, its loading included, in the last run that read it; the latest first."""
    query = select(ops_run.c.summary).where(ops_run.c.summary.is_not(None)).order_by(ops_run.c.started_at.desc())
    with context.warehouse.read() as connection:
        summaries = connection.scalars(query.limit(_RUNS)).all()
    paces: dict[str, float] = {}
    for one in chain.from_iterable(_results(summary) for summary in summaries):
        if one["source"] == context.source and one["calls"]:
            paces.setdefault(one["stream"], one["seconds"] / one["calls"])
    return paces


def _results(summary: dict[str, list[dict[str, Any]]]) -> Iterable[dict[str, Any]]:
    return chain(summary.get("sync", ()), summary.get("backfill", ()))
