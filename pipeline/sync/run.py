"""Sync one source: every stream in turn, then what is gone, then who is who."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import delete, insert

from models.config import near_names
from models.errors import ConfigError
from models.spec import Stream, Tenant
from models.warehouse.marts import dim_stage
from pipeline.sync import deletes
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.extract import StreamReader
from pipeline.sync.normalize import Normalizer
from pipeline.sync.people import link_people


def choose_streams(context: SyncContext, names: Sequence[str]) -> list[Stream]:
    """The streams of those names in the connector's order; all if none is named.

    Raises:
        ConfigError: A name that the connector does not have.
    """
    known = tuple(stream.name for stream in context.connector.streams)
    for name in names:
        if name not in known:
            near = near_names(name, known) or f"; there are: {', '.join(known)}"
            raise ConfigError(f"{context.source} has no stream {name!r}{near}")
    return [stream for stream in context.connector.streams if not names or stream.name in names]


def sync_source(context: SyncContext, streams: Sequence[Stream], *, full: bool = False) -> Iterator[StreamResult]:
    """Sync the streams; yields each one's result when it is committed. The caller holds the source's lock."""
    now = context.connector.clock().replace(microsecond=999_999)  # an edit in this very second is part of the run
    tenant = context.connector.tenant()
    _store_stages(context, tenant)
    swept = [stream for stream in streams if stream.deletes == "sweep"]
    for stream in streams:
        reader = _reader(context, stream, tenant)
        with _measured(context, reader.result):
            reader.read(now=now, full=full)
            if stream.deletes == "feed":
                reader.result.deleted += deletes.by_feed(context, stream, now)
            elif stream.deletes == "absence":
                reader.result.deleted += deletes.by_absence(context, stream, reader.seen)
            elif stream.deletes == "sweep":
                calls = deletes.sweep_budgets(context, swept)[stream.name]
                reader.result.deleted += deletes.by_sweep(context, stream, now, calls)
        if stream.name == "users":
            link_people(context.warehouse)
        yield reader.result


def _reader(context: SyncContext, stream: Stream, tenant: Tenant) -> StreamReader:
    known = set(context.connector.fields(stream.object))
    normalizer = Normalizer(
        context.source, stream, tenant, known=known, timezone=context.timezone, currency=context.currency
    )
    return StreamReader(context, stream, normalizer)


@contextmanager
def _measured(context: SyncContext, result: StreamResult) -> Iterator[None]:
    usage = context.connector.usage
    calls, credit, started = usage.calls, usage.credits, time.monotonic()
    yield
    result.calls, result.credits = usage.calls - calls, usage.credits - credit
    result.seconds = time.monotonic() - started


def _store_stages(context: SyncContext, tenant: Tenant) -> None:
    rows = [
        {
            "source": context.source,
            "pipeline": stage.pipeline,
            "stage": stage.stage,
            "label": stage.label,
            "position": stage.position,
            "status": stage.status,
            "probability": stage.probability,
        }
        for stage in tenant.stages
    ]
    with context.warehouse.begin() as connection:
        connection.execute(delete(dim_stage).where(dim_stage.c.source == context.source))
        if rows:
            connection.execute(insert(dim_stage), rows)
