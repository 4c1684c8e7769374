"""What people do with dead letters: look at them, have them mapped again, give them up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from models.errors import ConfigError, SchemaDriftError
from models.records import Raw
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_dead_letter
from pipeline.sync.batch import BatchLoader
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.dead_letters import store as dead_letters
from pipeline.sync.normalize import Normalizer
from pipeline.sync.personal import refuse_plain
from pipeline.sync.presence import later_here
from pipeline.sync.raw import loads
from pipeline.sync.run import SourceSync, choose_streams, measured

Letter = dict[str, Any]
"""Column → value of `ops_dead_letter`."""

_BATCH = 500
_t = ops_dead_letter


def listed(
    warehouse: Warehouse,
    *,
    states: Sequence[str] = (),
    sources: Sequence[str] = (),
    streams: Sequence[str] = (),
    limit: int | None = None,
) -> tuple[list[Letter], int]:
    """The newest first, without their raw text, and how many there are in all; no name: whatever it is."""
    which = _which(states=states, sources=sources, streams=streams)
    columns = [column for column in _t.c if column.name not in {"raw", "raw_hash"}]
    query = select(*columns).where(*which).order_by(_t.c.last_seen_at.desc(), _t.c.id.desc()).limit(limit)
    with warehouse.read() as connection:
        found = [dict(row) for row in connection.execute(query).mappings()]
        return found, connection.scalar(select(func.count()).select_from(_t).where(*which)) or 0


def streams_of(warehouse: Warehouse) -> set[str]:
    """Streams that have letters, be they synced still or not."""
    with warehouse.read() as connection:
        return set(connection.scalars(select(_t.c.stream).distinct()))


def find(warehouse: Warehouse, number: int) -> Letter:
    """One letter, its raw text too.

    Raises:
        ConfigError: There is none of that number.
    """
    with warehouse.read() as connection:
        found = connection.execute(select(_t).where(_t.c.id == number)).mappings().one_or_none()
    if found is None:
        raise ConfigError(f"there is no dead letter {number}; see: crmsync dead-letters list --all")
    return dict(found)


def give_up(warehouse: Warehouse, number: int, reason: str, *, now: datetime) -> Letter:
    """Count it no more, until the record changes; the letter stays.

    Raises:
        ConfigError: There is none of that number, or nothing is left to give up.
    """
    letter = find(warehouse, number)
    if letter["state"] == dead_letters.RESOLVED:
        raise ConfigError(f"dead letter {number} is resolved; there is nothing to give up")
    settled = {"state": dead_letters.GIVEN_UP, "note": reason, "settled_at": now}
    with warehouse.begin() as connection:
        still = (_t.c.id == number, _t.c.state != dead_letters.RESOLVED)
        connection.execute(update(_t).where(*still).values(settled))
    return find(warehouse, number)


def check_replayable(warehouse: Warehouse, number: int, sources: Collection[str]) -> None:
    """Make sure that a letter can be mapped again.

    Raises:
        ConfigError: There is none of that number, it is resolved, or its connection is not configured any more.
    """
    letter = find(warehouse, number)
    if letter["state"] == dead_letters.RESOLVED:
        raise ConfigError(f"dead letter {number} is resolved; there is nothing to replay")
    if letter["source"] not in sources:
        raise ConfigError(f"dead letter {number} is of {letter['source']}, which is no connection any more")


def waiting(warehouse: Warehouse, source: str, numbers: Sequence[int]) -> list[tuple[str, int]]:
    """(stream, letters) of those that `replay` would map again: the open ones, or those of these numbers."""
    query = select(_t.c.stream, func.count()).where(*_to_replay(source, numbers)).group_by(_t.c.stream)
    with warehouse.read() as connection:
        return [(row[0], row[1]) for row in connection.execute(query.order_by(_t.c.stream))]


def replay(work: SourceSync, stream_name: str, numbers: Sequence[int]) -> StreamResult:
    """Map the kept records of one stream again, as today's mapping has it. The caller holds the source's lock.

    A record of which the warehouse holds a newer version by now is not touched: its letter is resolved.
    """
    context = work.context
    [declared] = choose_streams(context, [stream_name])
    result = StreamResult(context.source, stream_name)
    with measured(context, result):
        stream, normalizer = work.mapping(declared)
        try:
            result.notes += work.admit(stream)
        except SchemaDriftError as error:
            result.stopped = str(error)
            return result
        refuse_plain(context, stream, normalizer.basis)
        loader = BatchLoader(context, stream, normalizer, result)
        last = 0
        while batch := _batch(context.warehouse, context.source, stream_name, numbers, last):
            last = batch[-1]["id"]
            _replay(work, loader, normalizer, batch, result)
        result.notes += _still_given_up(context, stream_name, numbers)
    return result


def _still_given_up(context: SyncContext, stream_name: str, numbers: Sequence[int]) -> list[str]:
    """Of letters that were named: nothing counts them, so nothing else would tell that they are as bad as before."""
    which = (_t.c.source == context.source, _t.c.stream == stream_name, _t.c.state == dead_letters.GIVEN_UP)
    query = select(_t.c.id, _t.c.source_id, _t.c.note).where(*which, _t.c.id.in_(numbers)).order_by(_t.c.id)
    with context.warehouse.read() as connection:
        return [
            f"{context.source}/{stream_name} {key}: dead letter {number} stays given up ({note}), since the record can "
            "still not be read; it counts again when the record changes in the CRM"
            for number, key, note in connection.execute(query)
        ]


def _replay(
    work: SourceSync, loader: BatchLoader, normalizer: Normalizer, batch: Sequence[Letter], result: StreamResult
) -> None:
    context = work.context
    records: list[Raw] = []
    for letter in batch:
        try:
            records.append(loads(letter["raw"]))
        except ValueError:
            result.rejected += 1
            result.warnings.append(
                f"{context.source}/{result.stream} {letter['source_id']}: the text of dead letter {letter['id']} is not "
                f"exact; read the record again: crmsync sync --source {context.source} --stream {result.stream} --full"
            )
    newer = later_here(context.warehouse, normalizer, records)
    loader.load(loader.prepare([raw for raw in records if normalizer.key(raw) not in newer]))
    with context.warehouse.begin() as connection:
        dead_letters.resolve(connection, context.source, result.stream, sorted(newer), now=context.clock())
    result.unchanged += len(newer)


def _batch(warehouse: Warehouse, source: str, stream: str, numbers: Sequence[int], after: int) -> list[Letter]:
    which = (*_to_replay(source, numbers), _t.c.stream == stream, _t.c.id > after)
    with warehouse.read() as connection:
        query = select(_t.c.id, _t.c.source_id, _t.c.raw).where(*which).order_by(_t.c.id).limit(_BATCH)
        return [dict(row) for row in connection.execute(query).mappings()]


def _to_replay(source: str, numbers: Sequence[int]) -> list[ColumnElement[bool]]:
    named = (
        [_t.c.id.in_(numbers), _t.c.state != dead_letters.RESOLVED] if numbers else [_t.c.state == dead_letters.OPEN]
    )
    return [_t.c.source == source, *named]


def _which(**names: Sequence[str]) -> list[ColumnElement[bool]]:
    columns = {"states": _t.c.state, "sources": _t.c.source, "streams": _t.c.stream}
    return [columns[name].in_(chosen) for name, chosen in names.items() if chosen]
