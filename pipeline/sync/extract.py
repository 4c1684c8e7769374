"""Read one stream: finish the slice that a former run left, then read up to the CRM's present second.

The next pages are fetched while a batch is loaded; each batch and its position are one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Table

from models.records import Deletion, Raw
from models.spec import Stream
from models.warehouse.core import ENTITIES, deals
from pipeline.sync import checkpoint, dead_letters, history
from pipeline.sync.checkpoint import Checkpoint
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.load import Loader
from pipeline.sync.normalize import Normalizer
from pipeline.sync.pages import Ahead
from pipeline.sync.presence import tombstone

LOOKBACK = timedelta(minutes=10)
"""Read again in the next run, so that late-indexed and same-second edits are not lost."""

_WARNINGS = 5
"""Reasons that a result tells; all of them are in the dead letters."""


class StreamReader:
    """Reads one stream of one source into its core table, batch by batch."""

    def __init__(
        self, context: SyncContext, stream: Stream, normalizer: Normalizer, result: StreamResult, *, whole: bool
    ) -> None:
        self._context = context
        self._stream = stream
        self._normalizer = normalizer
        self._fields = context.connector.fields(stream.object)
        self._table: Table = ENTITIES[stream.name]
        self._loader = Loader(self._table, context.source, normalizer.columns)
        self._result = result
        self.whole = whole
        """All records are read, whatever was read before."""
        self.seen: set[str] = set()
        """The ids that a whole read brought in this run."""
        self.first = False
        """Nothing of the stream was here before this run, so nothing here can be gone."""

    def read(self, *, now: datetime) -> None:
        """Read everything modified up to `now`, the end of the second that the CRM's clock showed at the start."""
        mark = self._load_checkpoint()
        basis = self._normalizer.basis
        self.first = mark.watermark is None and not mark.reading
        if mark.watermark and mark.basis != basis:
            self.whole = True
            self._result.notes.append(
                f"{self._context.source}/{self._stream.name}: the mapping, time zone or currency has changed, "
                "so all records were read again"
            )
        again = self.whole
        resumable = mark.reading and self._stream.incremental and mark.basis == basis
        if resumable and (mark.since is None or not again):
            mark, again = self._slice(mark), False
        self._slice(mark.begin(None if again else mark.watermark, now, basis))

    def _load_checkpoint(self) -> Checkpoint:
        with self._context.warehouse.read() as connection:
            return checkpoint.load(connection, self._context.source, self._stream.name, "modified")

    def _slice(self, mark: Checkpoint) -> Checkpoint:
        until = mark.until
        assert until is not None  # noqa: S101 - `begin` set it
        pages = self._context.connector.read(self._stream, since=mark.since, until=until, position=mark.position)
        with Ahead(pages) as batches:
            for batch in batches:
                mark = mark.at(batch.position)
                self._commit(batch.records, mark)
        mark = mark.end(until - LOOKBACK)
        self._commit((), mark)
        return mark

    def _commit(self, records: Sequence[Raw], mark: Checkpoint) -> None:
        """Load a batch and save where the reading stands, together or not at all."""
        context, result, now = self._context, self._result, self._context.clock()
        source, name, run_id = context.source, self._stream.name, context.run_id
        present, gone = self._sort(records)
        rows, rejects = self._normalizer.rows(present)
        with context.warehouse.begin() as connection:
            loaded = self._loader.load(connection, rows, run_id=run_id, now=now)
            marked = tombstone(connection, self._table, source, gone, run_id=run_id, now=now)
            changes = history.compare(connection, source, self._stream, loaded.changed, self._fields)
            history.keep_changes(connection, source, name, changes, run_id=run_id, now=now)
            if self._table is deals and loaded.written:
                history.keep_deal_states(connection, source, loaded.written)
            settled = [row[0] for row in rows] + [item.source_id for item in gone]
            dead_letters.resolve(connection, source, name, settled)
            dead_letters.keep(connection, source, name, rejects, run_id=run_id, now=now)
            checkpoint.save(connection, mark, run_id=run_id, now=now)
        echoes = sum(change.is_echo for change in changes)
        result.rows += len(records)
        result.new += loaded.new
        result.unchanged += loaded.unchanged
        result.changed += len(loaded.changed) - echoes
        result.echo += echoes
        result.deleted += marked
        result.rejected += len(rejects)
        result.warnings += [reject.reason for reject in rejects[: _WARNINGS - len(result.warnings)]]
        if records:
            context.progress(f"{context.source} {self._stream.name}", result.rows)

    def _sort(self, records: Sequence[Raw]) -> tuple[Sequence[Raw], list[Deletion]]:
        """Records to load, and those that the CRM shows as deleted.

        A batch holds a record twice if it was edited while we read: the later one is newer, be it bad or deleted.
        """
        key = self._normalizer.key
        latest = {key(raw) or number: raw for number, raw in enumerate(records)}
        if len(latest) < len(records):
            records = list(latest.values())
        if self.whole:
            self.seen.update(map(key, records))
        is_deleted = self._stream.is_deleted
        if is_deleted is None:
            return records, []
        gone = [Deletion(key(raw), None, "invalid") for raw in records if is_deleted(raw)]
        return ([raw for raw in records if not is_deleted(raw)] if gone else records), gone
