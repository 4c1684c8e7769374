"""Read one stream: finish the slice that a former run left, then read up to the CRM's present second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Table

from models.errors import MappingError
from models.records import Deletion, Page, Raw, Row
from models.spec import Stream
from models.warehouse.core import ENTITIES
from pipeline.sync import checkpoint, dead_letters
from pipeline.sync.checkpoint import Checkpoint
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.echo import count_echoes
from pipeline.sync.load import tombstone, upsert
from pipeline.sync.normalize import Normalizer

LOOKBACK = timedelta(minutes=10)
"""Read again in the next run, so that late-indexed and same-second edits are not lost."""

_WARNINGS = 5
"""Reasons that a result tells; all of them are in the dead letters."""


class StreamReader:
    """Reads one stream of one source into its core table, page by page, each page and its position in one commit."""

    def __init__(
        self, context: SyncContext, stream: Stream, normalizer: Normalizer, result: StreamResult, *, whole: bool
    ) -> None:
        self._context = context
        self._stream = stream
        self._normalizer = normalizer
        self._fields = context.connector.fields(stream.object)
        self._table: Table = ENTITIES[stream.name]
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
        for page in self._context.connector.read(self._stream, since=mark.since, until=until, position=mark.position):
            mark = mark.at(page.position)
            self._commit(page, mark)
        mark = mark.end(until - LOOKBACK)
        self._commit(Page((), {}), mark)
        return mark

    def _commit(self, page: Page, mark: Checkpoint) -> None:
        """Load one page and save where the reading stands, together or not at all."""
        context, result, now = self._context, self._result, self._context.clock()
        rows, gone, rejects = self._sort(page.records)
        with context.warehouse.begin() as connection:
            loaded = upsert(connection, self._table, rows, run_id=context.run_id, now=now)
            marked = tombstone(connection, self._table, context.source, gone, run_id=context.run_id, now=now)
            echoes = count_echoes(connection, context.source, self._stream, loaded.changed, self._fields)
            dead_letters.resolve(connection, context.source, self._stream.name, [row["source_id"] for row in rows])
            dead_letters.keep(connection, context.source, self._stream.name, rejects, run_id=context.run_id, now=now)
            checkpoint.save(connection, mark, run_id=context.run_id, now=now)
        result.rows += len(page.records)
        result.new += loaded.new
        result.unchanged += loaded.unchanged
        result.changed += len(loaded.changed) - echoes
        result.echo += echoes
        result.deleted += marked
        result.rejected += len(rejects)
        result.warnings += [reason for _, _, reason in rejects[: _WARNINGS - len(result.warnings)]]
        if page.records:
            context.progress(f"{context.source} {self._stream.name}", result.rows)

    def _sort(self, records: Sequence[Raw]) -> tuple[list[Row], list[Deletion], list[tuple[str, Raw, str]]]:
        """Rows to load, records that the CRM shows as deleted, and those that cannot be mapped."""
        rows, gone, rejects = [], [], []
        for raw in records:
            key = self._normalizer.key(raw)
            if self.whole:
                self.seen.add(key)
            if self._stream.is_deleted and self._stream.is_deleted(raw):
                gone.append(Deletion(key, None, "invalid"))
                continue
            try:
                rows.append(self._normalizer.row(raw))
            except MappingError as error:
                rejects.append((key, raw, str(error)))
        return rows, gone, rejects
