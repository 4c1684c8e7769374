"""Sync one source: every stream in turn, then what is gone, then who is who."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property

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


class SourceSync:
    """The sync of one source at one instant of its CRM's clock. The caller holds the source's lock."""

    def __init__(self, context: SyncContext) -> None:
        self.context = context

    @cached_property
    def _now(self) -> datetime:
        """The end of the second in which the run began: an edit in that very second is part of it."""
        return self.context.connector.clock().replace(microsecond=999_999)

    @cached_property
    def _tenant(self) -> Tenant:
        tenant = self.context.connector.tenant()
        _store_stages(self.context, tenant)
        return tenant

    def sync(self, stream: Stream, *, full: bool = False) -> StreamResult:
        """Read what changed in one stream, then find what is gone."""
        context = self.context
        reader = StreamReader(context, stream, self._normalizer(stream))
        with _measured(context, reader.result):
            reader.read(now=self._now, full=full)
            reader.result.deleted += self._find_deleted(stream, reader.seen)
        if stream.name == "users":
            link_people(context.warehouse)
        return reader.result

    def _find_deleted(self, stream: Stream, seen: set[str]) -> int:
        context = self.context
        if stream.deletes == "feed":
            return deletes.by_feed(context, stream, self._now)
        if stream.deletes == "absence":
            return deletes.by_absence(context, stream, seen)
        swept = [item for item in context.connector.streams if item.deletes == "sweep"]
        return deletes.by_sweep(context, stream, self._now, deletes.sweep_budgets(context, swept)[stream.name])

    def _normalizer(self, stream: Stream) -> Normalizer:
        context = self.context
        known = set(context.connector.fields(stream.object))
        return Normalizer(
            context.source,
            stream,
            self._tenant,
            known=known,
            timezone=context.timezone,
            currency=context.currency,
        )


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
