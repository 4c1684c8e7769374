"""Sync one source: every stream in turn, then what is gone, then who is who."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property, partial

from sqlalchemy import delete, insert

from connectors.convert import text
from connectors.personal import check_names
from models.config import choose
from models.errors import ObjectUnavailableError, SchemaDriftError
from models.spec import Field, Stream, Tenant
from models.warehouse.marts import dim_stage
from pipeline.sync import checkpoint, deletes, raw
from pipeline.sync.context import Cost, StreamResult, SyncContext
from pipeline.sync.extract import LOOKBACK, StreamReader
from pipeline.sync.metadata import DAY, KeptAnswers, watch
from pipeline.sync.normalize import Normalizer
from pipeline.sync.people import link_people
from pipeline.sync.personal import take_out
from pipeline.sync.schema.drift import Drift, columns_of


def choose_streams(context: SyncContext, names: Sequence[str]) -> list[Stream]:
    """The streams of those names in the connector's order; all if none is named.

    Raises:
        ConfigError: A name that the connector does not have.
    """
    streams = {stream.name: stream for stream in context.connector.streams}
    return [streams[name] for name in choose(names, list(streams), f"{context.source} has no stream")]


class SourceSync:
    """The sync of one source at one instant of its CRM's clock. The caller holds the source's lock.

    Args:
        context: Of the run.
        max_age: Of the metadata that are kept; None: whatever their age, and no call is made for them.
        keeps: Keep what the CRM says of itself; not so for work that only looks.
    """

    def __init__(self, context: SyncContext, *, max_age: timedelta | None = DAY, keeps: bool = True) -> None:
        self.context = context
        self._max_age, self._keeps = max_age, keeps
        self._stored: Tenant | None = None
        self._drift = Drift(context)
        self._notes: list[str] = []
        self._is_purged = False

    @cached_property
    def now(self) -> datetime:
        """The end of the second in which the run began: an edit in that very second is part of it."""
        theirs, ours = self.context.connector.clock(), self.context.clock()
        if abs(theirs - ours) > LOOKBACK:
            self._notes.append(
                f"{self.context.source}: the CRM's clock shows {theirs:%Y-%m-%d %H:%M:%S} UTC and this machine's "
                f"{ours:%Y-%m-%d %H:%M:%S}; nothing is lost, but set the wrong one right"
            )
        return theirs.replace(microsecond=999_999)

    @cached_property
    def _answers(self) -> KeptAnswers:
        context = self.context
        answers = KeptAnswers(
            context.warehouse,
            context.source,
            now=context.clock(),
            run_id=context.run_id,
            max_age=self._max_age,
        )
        context.connector.remember(answers)
        return answers

    def sync(self, stream: Stream, *, full: bool = False) -> StreamResult:
        """Read what changed in one stream, then find what is gone.

        Args:
            full: Read all records again. A CRM's list of deletes that no longer reaches back to the last run asks for
                it too, since then only a whole read tells what is gone. Metadata are asked anew as well.
        """
        context = self.context
        if full:
            self._answers.renew()
        result = StreamResult(context.source, stream.name)
        with measured(context, result):
            try:
                self._sync(stream, result, full=full)
            except ObjectUnavailableError as error:
                if not stream.optional:
                    raise
                self._miss(stream, result, error)
            except SchemaDriftError as error:
                result.stopped = str(error)
        return result

    def _miss(self, stream: Stream, result: StreamResult, error: ObjectUnavailableError) -> None:
        """Say so once, and keep it for `crmsync status`."""
        context = self.context
        with context.warehouse.begin() as connection:
            mark = checkpoint.load(connection, context.source, stream.name, "modified")
            if not mark.missing:
                result.notes.append(f"{context.source}/{stream.name} was passed over: {error}")
                checkpoint.save(connection, mark.miss(), run_id=context.run_id, now=context.clock())

    def _sync(self, stream: Stream, result: StreamResult, *, full: bool) -> None:
        context, declared = self.context, stream
        stream, normalizer = self.mapping(declared)
        taken_out = take_out(context, stream, normalizer.basis)
        if taken_out:
            result.notes.append(
                f"{context.source}/{stream.name}: what personal_data names was taken out of what was here; all records are "
                "read again"
            )
        self._drift.note(stream)
        self._drift.stop(stream)
        whole = full or not stream.incremental or deletes.feed_is_too_short(context, stream, self.now)
        watched = partial(watch, answers=self._answers, anew=partial(self._anew_within, declared))
        reader = StreamReader(context, stream, normalizer, result, whole=whole, told=taken_out, watched=watched)
        try:
            reader.read(now=self.now)
        except SchemaDriftError:  # of the thread that reads
            self._keep_metadata()
            self._drift.note(stream)
            raise
        self._keep_metadata()
        self._drift.note(stream)
        result.notes += [*self._notes, *self._drift.told(stream)]
        self._notes.clear()
        result.deleted += self._find_deleted(stream, reader)
        self._purge_raw()
        if stream.entity == "users":
            link_people(context.warehouse)

    def _purge_raw(self) -> None:
        """Once a run: what is too old is so for all."""
        if self._is_purged:
            return
        context, kept = self.context, timedelta(days=self.context.raw_days)
        raw.purge(context.warehouse, context.clock() - kept if kept else None)
        self._is_purged = True

    def _find_deleted(self, stream: Stream, reader: StreamReader) -> int:
        context = self.context
        if stream.deletes == "sweep" and reader.first:
            deletes.begin_sweeping(context, stream, self.now)
            return 0
        if stream.deletes == "sweep":
            return deletes.by_sweep(context, stream, self.now, self._sweep_budgets[stream.name])
        if stream.deletes == "never":
            return 0
        found = deletes.by_feed(context, stream, self.now) if stream.deletes == "feed" else 0
        return found + (deletes.by_absence(context, stream, self.now, reader.seen) if reader.seen.is_begun else 0)

    @cached_property
    def _sweep_budgets(self) -> dict[str, int]:
        swept = [stream for stream in self.context.connector.streams if stream.deletes == "sweep"]
        return deletes.sweep_budgets(self.context, swept)

    def mapping(self, stream: Stream) -> tuple[Stream, Normalizer]:
        """The stream as this connection reads it, and what maps its records today."""
        normalizer = self._normalizer(stream)
        stream = normalizer.stream
        normalizer.left_alone |= self._drift.left_alone(stream, normalizer.lacking)
        return stream, normalizer

    def admit(self, stream: Stream) -> list[str]:
        """Ask whether records of a stream, as `mapping` gives it, may be loaded by other ways than a sync.

        Returns:
            Changes of its fields that nobody was told yet.

        Raises:
            SchemaDriftError: A person has to look at them first.
        """
        if self._max_age is not None:  # else no CRM was asked, so nothing is new
            self._drift.note(stream)
        self._drift.stop(stream)
        return self._drift.told(stream)

    def fitted(self, stream: Stream) -> Stream:
        """The stream as this tenant has it; the field that the tier is pushed into is read as `accounts.crm_tier`."""
        known = self.context.connector.fields(stream.object)
        check_names(self.context.source, stream, known)
        fields = [field.fit(known) for field in stream.fields]
        tier = self.context.tier_fields.get(stream.object)
        if stream.entity == "accounts" and tier is not None:
            fields.append(Field(tier, "crm_tier", text, optional=True))
        return replace(stream, fields=tuple(fields))

    def _normalizer(self, stream: Stream) -> Normalizer:
        """What maps the stream's records, by kept metadata unless these lack a field that is mapped."""
        answers = self._answers  # from here on the connector looks there
        normalizer = self._by_metadata(stream)
        if self._max_age is None:
            return normalizer
        if answers.is_news(stream.object, normalizer.lacking) and answers.is_used:
            normalizer = self._anew(stream, normalizer)
            answers.is_news(stream.object, normalizer.lacking)
        self._keep_metadata()
        return normalizer

    def _anew(self, stream: Stream, former: Normalizer) -> Normalizer:
        """The same after asking the CRM for its metadata: columns whose field is gone since are left alone."""
        self._answers.renew()
        self.context.connector.remember(self._answers)
        normalizer = self._by_metadata(stream)
        gone = former.known - normalizer.known
        normalizer.left_alone = former.left_alone | columns_of(former.stream, gone)
        return normalizer

    def _anew_within(self, stream: Stream, former: Normalizer) -> Normalizer:
        """The same while records are read.

        Raises:
            SchemaDriftError: What is new waits for a person, and so do the records that brought it to light.
        """
        normalizer = self._anew(stream, former)
        self._drift.stop_within(normalizer.stream)
        return normalizer

    def _by_metadata(self, stream: Stream) -> Normalizer:
        context = self.context
        return Normalizer(
            context.source,
            self.fitted(stream),
            context.connector.tenant(),
            known=set(context.connector.fields(stream.object)),
            timezone=context.timezone,
            currency=context.currency,
        )

    def _keep_metadata(self) -> None:
        if not self._keeps:
            return
        self._answers.save()
        tenant = self.context.connector.tenant()
        if tenant is not self._stored:
            _store_stages(self.context, tenant)
            self._stored = tenant


@contextmanager
def measured(context: SyncContext, result: Cost) -> Iterator[None]:
    """Put into `result` what the block cost."""
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
