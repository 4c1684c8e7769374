"""Find the records that are gone: by the CRM's own list, by comparing ids, or by their absence from a whole read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, and_, exists, select, true, union

from models.batches import batches
from models.errors import FatalSyncError
from models.records import Deletion
from models.spec import Stream
from models.warehouse.functions import one_of
from models.warehouse.ops import ops_dead_letter
from pipeline.sync import checkpoint
from pipeline.sync.context import SyncContext
from pipeline.sync.dead_letters import store as dead_letters
from pipeline.sync.extract import read_up_to
from pipeline.sync.presence import count_existing, existing, revive, tombstone
from pipeline.sync.seen import Seen

SWEEP_CALLS = 60
"""Calls that one run may spend on sweeps of one source before they are spread over `SWEEP_EVERY`."""

SWEEP_EVERY = timedelta(hours=24)

_AT_ONCE = 2_000
"""Absent records that are asked for and marked together."""


def by_feed(context: SyncContext, stream: Stream, now: datetime) -> int:
    """Mark what the CRM lists as deleted since the last run. Returns how many."""
    with context.warehouse.read() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "deleted")
    marked, ours = 0, context.clock()
    for listed in context.connector.deleted(stream, since=mark.watermark):
        marked += _confirm(context, stream, listed, mark)
    with context.warehouse.begin() as connection:
        done = mark.begin(mark.watermark, now).end(read_up_to(now, ours))
        checkpoint.save(connection, done, run_id=context.run_id, now=context.clock())
    return marked


def feed_is_too_short(context: SyncContext, stream: Stream, now: datetime) -> bool:
    """Whether the CRM's list of deletes may have forgotten some since the last run."""
    if stream.deletes != "feed":
        return False
    with context.warehouse.read() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "deleted")
    return mark.watermark is not None and now - mark.watermark > stream.feed_reach


def by_absence(context: SyncContext, stream: Stream, now: datetime, seen: Seen) -> int:
    """Mark what a whole read did not bring as gone `now`; each is asked for by id first, if the CRM can be asked.

    Raises:
        FatalSyncError: The CRM lists none at all, which is no news of deletes but a fault.
    """
    here = _alive(context, stream).subquery()
    with context.warehouse.read() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "deleted")
        lists_none = not connection.scalar(select(exists(seen.all())))
        if lists_none and connection.scalar(select(exists(here.select()))):
            _drop(context, seen)
            raise FatalSyncError(
                f"{context.source}/{stream.name}: the CRM lists no {stream.name} at all, so none was marked as deleted; "
                "check what the connection's user may see"
            )
        marked, absent = 0, select(here.c.source_id).except_(seen.all())
        for keys in connection.execution_options(yield_per=_AT_ONCE).scalars(absent).partitions():
            gone = [Deletion(key, now, "not found") for key in keys]
            if stream.deletes == "feed":
                marked += _confirm(context, stream, gone, mark)
                continue
            with context.warehouse.begin() as writing:
                marked += bury(context, writing, stream, gone)
    _drop(context, seen)
    return marked


def _drop(context: SyncContext, seen: Seen) -> None:
    with context.warehouse.begin() as connection:
        seen.drop(connection)


def by_sweep(context: SyncContext, stream: Stream, now: datetime, calls: int) -> int:
    """Compare ids in ascending ranges, as far as `calls` reach; the next run goes on there. Returns how many are gone."""
    with context.warehouse.read() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "deleted")
    if not mark.reading:
        mark = mark.begin(None, now)
    after = mark.position["after"] if mark.position else ""
    marked = 0
    pages = context.connector.ids(stream, after=after or None)
    for ids in pages:
        last = ids[-1]
        mark = mark.at({"after": last})
        marked += _confirm(context, stream, _missing(context, stream, now, ids, (after, last)), mark, listed=ids)
        after = last
        calls -= 1
        if calls <= 0:
            return marked
    assert mark.until is not None  # noqa: S101 - `begin` set it
    marked += _confirm(context, stream, _missing(context, stream, now, (), (after, None)), mark.end(mark.until))
    return marked


def begin_sweeping(context: SyncContext, stream: Stream, now: datetime) -> None:
    """After a first read: the next sweep is due in `SWEEP_EVERY`, or in the next run where it is cheap."""
    with context.warehouse.begin() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "deleted")
        checkpoint.save(connection, mark.begin(None, now).end(now), run_id=context.run_id, now=context.clock())


def sweep_budgets(context: SyncContext, streams: Sequence[Stream]) -> dict[str, int]:
    """Calls that each sweep may take now.

    All that it needs, stream by stream in their order, as long as `SWEEP_CALLS` reach. A stream that is too large for
    what is left gets as many as the time since its last run is a part of `SWEEP_EVERY`, so that its sweep takes about
    that long, and never less than its share of what the others leave.
    """
    pages = {stream.name: sweep_calls(context, stream) for stream in streams}
    left, budgets = SWEEP_CALLS, {}
    for name, count in pages.items():
        if count <= left:
            left, budgets[name] = left - count, count + 1
    large = {name: count for name, count in pages.items() if name not in budgets}
    with context.warehouse.read() as connection:
        for name, count in large.items():
            mark = checkpoint.load(connection, context.source, name, "deleted")
            idle = context.clock() - mark.updated_at if mark.updated_at else timedelta()
            share = min(1.0, idle / SWEEP_EVERY)
            fair = left * count // sum(large.values())
            budgets[name] = max(int(count * share), fair, 1) + 1
    return budgets


def sweep_calls(context: SyncContext, stream: Stream) -> int:
    """Calls of a whole sweep."""
    return count_existing(context.warehouse, stream, context.source) // context.connector.read_batch + 1


def _missing(
    context: SyncContext, stream: Stream, now: datetime, ids: Sequence[str], between: tuple[str, str | None]
) -> Sequence[Deletion]:
    """Records of the warehouse in (after, last] that the CRM did not list `now`; `last` None: to the end."""
    after, last = between
    query = _alive(context, stream, lambda key: and_(key > after, key <= last) if last is not None else key > after)
    listed = set(ids)
    with context.warehouse.read() as connection:
        return [Deletion(key, now, "not found") for key in connection.scalars(query) if key not in listed]


def _confirm(
    context: SyncContext,
    stream: Stream,
    candidates: Sequence[Deletion],
    mark: checkpoint.Checkpoint,
    *,
    listed: Sequence[str] = (),
) -> int:
    """Ask for each by id; what the CRM still has (restored, or moved while we read) is not gone.

    Args:
        mark: Saved in the same transaction.
        listed: Ids that the CRM does list; one that we hold as gone is back.
    """
    gone: list[Deletion] = []
    for batch in batches(_known(context, stream, candidates), context.connector.read_batch):
        alive = context.connector.get(stream.object, [item.source_id for item in batch], [stream.key])
        gone += [item for item in batch if item.source_id not in alive]
    with context.warehouse.begin() as connection:
        checkpoint.save(connection, mark, run_id=context.run_id, now=context.clock())
        if listed:
            revive(connection, stream, context.source, listed, run_id=context.run_id, now=context.clock())
        return bury(context, connection, stream, gone)


def bury(context: SyncContext, connection: Connection, stream: Stream, gone: Sequence[Deletion]) -> int:
    """Mark the rows; a record that is gone need not be read any more."""
    ids, now = [item.source_id for item in gone], context.clock()
    dead_letters.resolve(connection, context.source, stream.name, ids, now=now)
    return tombstone(connection, stream, context.source, gone, run_id=context.run_id, now=now)


def _alive(
    context: SyncContext, stream: Stream, which: Callable[[ColumnElement[str]], ColumnElement[bool]] = lambda _: true()
) -> CompoundSelect[Any]:
    """Ids of the records that we hold as existing, those among them that could not be read.

    Args:
        which: A condition on the id; asked of both tables, since no database would ask it of them behind a union.
    """
    table, letters = stream.table, ops_dead_letter.c
    return union(
        select(table.c.source_id).where(existing(stream, context.source), which(table.c.source_id)),
        select(letters.source_id).where(
            which(letters.source_id),
            letters.source == context.source,
            letters.stream == stream.name,
            letters.state != dead_letters.RESOLVED,
            letters.source_id != "",
        ),
    )


def _known(context: SyncContext, stream: Stream, candidates: Sequence[Deletion]) -> list[Deletion]:
    """Those that the warehouse holds and does not mark as gone yet: the others need no question."""
    ids = [item.source_id for item in candidates]
    if not ids:
        return []
    with context.warehouse.read() as connection:
        live = set(connection.scalars(_alive(context, stream, lambda key: one_of(key, ids))))
    return [item for item in candidates if item.source_id in live]
