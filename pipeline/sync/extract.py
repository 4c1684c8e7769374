"""Read one stream: finish the slice that a former run left, then read up to the CRM's present second.

The next pages are fetched while a batch is loaded; each batch and its position are one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from models.records import Page
from models.spec import Stream
from pipeline.sync import checkpoint
from pipeline.sync.batch import Batch, BatchLoader
from pipeline.sync.checkpoint import Checkpoint
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.dead_letters import store as dead_letters
from pipeline.sync.normalize import Normalizer
from pipeline.sync.pages import Ahead
from pipeline.sync.seen import Seen

LOOKBACK = timedelta(minutes=10)
"""Read again in the next run, so that late-indexed and same-second edits are not lost."""


def read_up_to(until: datetime, ours: datetime) -> datetime:
    """The watermark of what was read at `until` by the CRM's clock, which was `ours` by this machine's.

    By the earlier of the two: a clock that is ahead for a while would have us pass over the edits of that while.
    """
    return min(until, ours) - LOOKBACK


class StreamReader:
    """Reads one stream of one source into its core table, batch by batch."""

    def __init__(
        self,
        context: SyncContext,
        stream: Stream,
        normalizer: Normalizer,
        result: StreamResult,
        *,
        whole: bool,
        told: bool,
        watched: Callable[[Iterator[Page], BatchLoader], Iterator[Page]],
    ) -> None:
        self._context = context
        self._stream = stream
        self._normalizer = normalizer
        self._loader = BatchLoader(context, stream, normalizer, result)
        self._result = result
        self._watched = watched
        self.whole = whole
        """All records are read, whatever was read before."""
        self._told = told
        """Why, if the mapping is another one; `crmsync replay` would not help."""
        self.seen = Seen(context, stream)
        self.first = False
        """Nothing of the stream was here before this run, so nothing here can be gone."""

    def read(self, *, now: datetime) -> None:
        """Read everything modified up to `now`, the end of the second that the CRM's clock showed at the start."""
        mark = self._load_checkpoint()
        basis = self._normalizer.basis
        self.first = mark.watermark is None and not mark.reading
        if mark.watermark and mark.basis != basis:
            told, self.whole = self._told or self.whole, True
            if not told:
                self._result.notes.append(
                    f"{self._context.source}/{self._stream.name}: the mapping, time zone or currency has changed, "
                    "so all records were read again; "
                    "where raw pages are kept, this before the sync saves the calls: "
                    f"crmsync replay --source {self._context.source}"
                )
        again = self.whole
        resumable = mark.reading and self._stream.incremental and mark.basis == basis
        if resumable and (mark.since is None or not again):
            if again:
                self._result.notes.append(
                    f"{self._context.source}/{self._stream.name}: went on with the whole read begun at {mark.until:%Y-%m-%d %H:%M} "
                    "UTC; what has changed since then without a modified time is read by another sync --full"
                )
            mark, again = self._slice(mark, mark.updated_at), False
        ours = self._context.clock()
        mark = self._slice(mark.begin(None if again else mark.watermark, now, basis), ours)
        if mark.since is None:
            self._settle_nameless()

    def _settle_nameless(self) -> None:
        context = self._context
        ours = (context.source, self._stream.name)
        with context.warehouse.begin() as connection:
            dead_letters.resolve_unseen(connection, *ours, run_id=context.run_id, now=context.clock())

    def _load_checkpoint(self) -> Checkpoint:
        with self._context.warehouse.read() as connection:
            return checkpoint.load(connection, self._context.source, self._stream.name, "modified")

    def _slice(self, mark: Checkpoint, ours: datetime | None) -> Checkpoint:
        """Read a slice to its end; `ours` is this machine's time when it was begun, or at the latest a moment later."""
        until = mark.until
        assert until is not None  # noqa: S101 - `begin` set it
        assert ours is not None  # noqa: S101 - it was saved before
        pages = self._context.connector.read(self._stream, since=mark.since, until=until, position=mark.position)
        is_first = mark.position is None
        with Ahead(self._watched(pages, self._loader), self._loader.prepare) as batches:
            for batch, position in batches:
                mark = mark.at(position)
                self._commit(batch, mark, is_first=is_first)
                is_first = False
        mark = mark.end(read_up_to(until, ours))
        self._commit(Batch(), mark, is_first=is_first)
        return mark

    def _commit(self, batch: Batch, mark: Checkpoint, *, is_first: bool) -> None:
        """Load a batch, of the slice the first or not, and save where the reading stands, together or not at all."""
        context = self._context
        may_lack = mark.since is None and (mark.watermark is not None or not self._stream.incremental)

        def save(connection: Connection) -> None:
            checkpoint.save(connection, mark, run_id=context.run_id, now=context.clock())
            if is_first and may_lack:
                self.seen.begin(connection)
            self.seen.add(connection, batch.ids)

        self._loader.load(batch, save)
        if batch.count:
            context.progress(f"{context.source} {self._stream.name}", self._result.rows)
