"""Read a range of days of one stream again, slice by slice, and leave the stream's cursor alone.

Each slice has its own row in `ops_checkpoint`, saved with the records that it speaks of. A run that was interrupted is
taken up by the same command; when the whole range is read its rows go, so that the same command later reads it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from sqlalchemy import Connection

from models.config import near_names
from models.errors import ConfigError, ObjectUnavailableError, SchemaDriftError
from models.records import Page, Raw
from models.spec import Stream
from pipeline.sync import checkpoint
from pipeline.sync.backfill.fill import Filler
from pipeline.sync.backfill.slices import Slice, Span
from pipeline.sync.batch import BatchLoader
from pipeline.sync.checkpoint import Checkpoint
from pipeline.sync.context import SliceResult
from pipeline.sync.normalize import Normalizer
from pipeline.sync.presence import later_here
from pipeline.sync.readers import Readers
from pipeline.sync.run import SourceSync, measured


class Backfill:
    """The reading of one range of one stream. The caller holds the source's lock.

    Raises:
        ConfigError: The CRM cannot be asked for the times of this stream's records.
    """

    def __init__(self, sync: SourceSync, stream: Stream, span: Span) -> None:
        if not stream.incremental:
            raise ConfigError(
                f"{sync.context.source}/{stream.name} has no range of days, every sync reads all of it; "
                f"run: crmsync sync --source {sync.context.source} --stream {stream.name}"
            )
        self.sync, self.context, self.declared, self._span = sync, sync.context, stream, span
        self.source, self.stream = sync.context.source, stream.name
        self.field, self.slices = span.field, span.slices()
        self.is_over = False
        """Nothing is read: the CRM lacks the object, or a change of its fields waits for a person."""
        self._told = False

    def read(self, slices: Sequence[Slice], *, parallel: int = 1) -> list[SliceResult]:
        """Read those of the slices that are not read yet. Returns nothing if none is left.

        Args:
            slices: Of this range, in the order in which they are begun.
            parallel: How many are read at the same time; the loading is done by one.
        """
        span = slices[0].name if len(slices) == 1 else self._span.name
        result = SliceResult(self.source, self.stream, slice=span)
        with measured(self.context, result):
            try:
                result.notes += self.sync.admit(self._stream)
                left = [one for one in slices if one.name in self._marks]
            except SchemaDriftError as error:
                self.is_over, result.stopped = True, str(error)
                return [result]
            except ObjectUnavailableError as error:
                if not self.declared.optional:
                    raise
                self.is_over = True
                result.notes.append(f"{self.source}/{self.stream} was passed over: {error}")
                return [result]
            if not left:
                return []
            self._tell_done(result)
            loader = self._loader(result)
            marks = {one.name: self._marks[one.name] for one in left}
            with Readers(left, lambda one: self._pages(one, marks[one.name]), parallel) as items:
                for slice_, batch in items:
                    marks[slice_.name] = self._commit(loader, result, marks[slice_.name], slice_, batch)
            if isinstance(loader, Filler) and loader.left:
                result.notes.append(
                    f"{self.source}/{self.stream}: left to the next sync, which reads them whole, since they are new or were "
                    f"edited after the last one: {loader.left:,} of {span}"
                )
        return [result]

    def _loader(self, result: SliceResult) -> BatchLoader | Filler:
        field, normalizer = self._span.field, self._normalizer
        if field is None:
            return BatchLoader(self.context, self._stream, normalizer, result)
        if normalizer.is_custom(field):
            return Filler(self.context, normalizer, result, field)
        columns = [item.to for item in self._stream.fields if item.api_name == field]
        near = near_names(field, tuple(self.context.connector.fields(self._stream.object)))
        raise ConfigError(
            f"{self.source}/{self.stream}: {field} fills the column {columns[0]}; leave --field out and read whole records"
            if columns
            else f"{self.source}/{self.stream}: the CRM has no field {field!r} that this user may read; choose "
            f"the connections that have it by --source{near}"
        )

    def _tell_done(self, result: SliceResult) -> None:
        """Once: what a run before has done."""
        done = len(self.slices) - len(self._marks)
        if done and not self._told:
            result.notes.append(
                f"{result.source}/{result.stream}: {done} of {len(self.slices)} slices were read by the run that was "
                "interrupted"
            )
        self._told = True

    @cached_property
    def _prepared(self) -> tuple[Stream, Normalizer]:
        return self.sync.mapping(self.declared)

    @property
    def _stream(self) -> Stream:
        return self._prepared[0]

    @property
    def _normalizer(self) -> Normalizer:
        return self._prepared[1]

    def left(self) -> dict[str, Checkpoint]:
        """Where each slice that is not read yet stands."""
        basis = self._basis
        with self.context.warehouse.read() as connection:
            found = checkpoint.of_ranges(connection, self.source, self.stream)
        fresh = {
            one.name: Checkpoint(self.source, self.stream, one.name).begin(one.window.start, one.window.end, basis)
            for one in self.slices
        }
        marks = fresh | {name: mark for name, mark in found.items() if mark.basis == basis}
        return {name: mark for name, mark in marks.items() if mark.reading}

    @property
    def _basis(self) -> str:
        """Of the checkpoints: another range takes nothing over from this one. `crmsync status` shows the latter part."""
        return f"{self._normalizer.basis} {self._span.name}"

    @cached_property
    def _marks(self) -> Mapping[str, Checkpoint]:
        """What is left, when what another backfill of the stream left has been dropped."""
        basis = self._basis  # before the transaction: what the CRM says of itself is kept in one of its own
        with self.context.warehouse.begin() as connection:
            found = checkpoint.of_ranges(connection, self.source, self.stream)
            others = [name for name, mark in found.items() if mark.basis != basis]
            checkpoint.drop(connection, self.source, self.stream, others)
        return self.left()

    def _pages(self, slice_: Slice, mark: Checkpoint) -> Iterator[Page]:
        return self.context.connector.window(
            self._stream, slice_.window, position=mark.position, field=self._span.field
        )

    def _commit(
        self, loader: BatchLoader | Filler, result: SliceResult, mark: Checkpoint, slice_: Slice, batch: Page | None
    ) -> Checkpoint:
        """Load a batch, or end the slice; where it stands is saved with it."""
        context = self.context
        mark = mark.at(batch.position) if batch else mark.end(slice_.window.end)

        def save(connection: Connection) -> None:
            checkpoint.save(connection, mark, run_id=context.run_id, now=context.clock())
            if batch is None:
                self._tidy(connection)

        given = batch.records if batch else ()
        records: Sequence[Raw] = given
        if isinstance(loader, Filler):
            loader.load(given, save)
        else:
            records = self._without_older(given)
            loader.load(loader.prepare(records), save)
        older = len(given) - len(records)
        result.rows += older
        result.unchanged += older
        context.progress(f"{context.source} {self.declared.name}", result.rows)
        return mark

    def _tidy(self, connection: Connection) -> None:
        """When all is read nothing is left of it."""
        found = checkpoint.of_ranges(connection, self.source, self.stream)
        if len(found) == len(self.slices) and not any(mark.reading for mark in found.values()):
            checkpoint.drop(connection, self.source, self.stream, list(found))

    def _without_older(self, records: Sequence[Raw]) -> Sequence[Raw]:
        """The records but those of which the warehouse holds a later version.

        A record that was edited while slices are read side by side can come in both versions, the later one first; and
        an index may show an old one for a while.
        """
        older = later_here(self.context.warehouse, self._normalizer, records)
        return [raw for raw in records if self._normalizer.key(raw) not in older] if older else records
