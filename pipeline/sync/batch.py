"""Load a batch of raw records: rows, history, tombstones and dead letters, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from models.errors import FatalSyncError
from models.records import Deletion, Raw
from models.spec import Stream
from models.warehouse.core import activities, deal_stages, deals
from pipeline.sync import dead_letters, history, raw
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.links import keep_links
from pipeline.sync.load import Loaded, Loader
from pipeline.sync.normalize import Normalizer
from pipeline.sync.presence import tombstone
from pipeline.sync.stages import deals_of, keep_stage_changes

_WARNINGS = 5
"""Reasons that a result tells; all of them are in the dead letters."""


class BatchLoader:
    """Loads records of one stream into its core table, and counts them in `result`."""

    def __init__(self, context: SyncContext, stream: Stream, normalizer: Normalizer, result: StreamResult) -> None:
        self._context = context
        self._stream = stream
        self.normalizer = normalizer
        self._fields = context.connector.fields(stream.object)
        self._loader = self._loader_of(normalizer)
        self._result = result

    def load(self, records: Sequence[Raw], also: Callable[[Connection], None] | None = None) -> None:
        """Load them all or none.

        Args:
            also: Done in the same transaction: how far the reading has come, for example.
        """
        context, result, now = self._context, self._result, self._context.clock()
        source, name, run_id = context.source, self._stream.name, context.run_id
        present, gone = self._sort(records)
        rows, rejects = self.normalizer.rows(present)
        if self._loader.left_alone != self.normalizer.left_alone:
            self._loader = self._loader_of(self.normalizer)
        with context.warehouse.begin() as connection:
            loaded = self._loader.load(connection, rows, run_id=run_id, now=now)
            marked = tombstone(connection, self._stream, source, gone, run_id=run_id, now=now)
            self._refuse_strangers(loaded)
            changes = history.compare(connection, source, self._stream, loaded.changed, self._fields)
            history.keep_changes(connection, source, self._stream.entity, changes, run_id=run_id, now=now)
            self._follow(connection, loaded)
            settled = [row[0] for row in rows] + [item.source_id for item in gone]
            dead_letters.resolve(connection, source, name, settled, now=now)
            rejects = dead_letters.keep(connection, source, name, rejects, run_id=run_id, now=now)
            if records and context.raw_days:
                body = raw.pack(records)
                raw.keep(connection, source, name, body, count=len(records), run_id=run_id, now=now)
            if also:
                also(connection)
        echoes = sum(change.is_echo for change in changes)
        result.rows += len(records)
        result.new += loaded.new
        result.unchanged += loaded.unchanged
        result.changed += len(loaded.changed) - echoes
        result.echo += echoes
        result.deleted += marked
        result.rejected += len(rejects)
        result.warnings += [reject.reason for reject in rejects[: _WARNINGS - len(result.warnings)]]

    def _loader_of(self, rules: Normalizer) -> Loader:
        return Loader(self._stream.table, self._context.source, rules.columns, left_alone=rules.left_alone)

    def _refuse_strangers(self, loaded: Loaded) -> None:
        """Ids are unique in a whole CRM; if not, two objects of one entity would overwrite each other's records.

        Raises:
            FatalSyncError: Naming both.
        """
        ours = self._stream.constants.get("object")
        for old, _ in loaded.changed:
            if old.get("object") != ours:
                raise FatalSyncError(
                    f"{self._context.source}/{self._stream.name} {old['source_id']}: {old['object']} has a record of this "
                    f"id, too, so that {self._stream.entity} cannot hold both; stopped before it was overwritten"
                )

    def _follow(self, connection: Connection, loaded: Loaded) -> None:
        """Bring in line what is made from the rows of some entities."""
        table, source = self._stream.table, self._context.source
        if not loaded.written:
            return
        if table is deals:
            history.keep_deal_states(connection, source, loaded.written)
            keep_stage_changes(connection, source, [new["source_id"] for _, new in loaded.changed])
        elif table is deal_stages:
            keep_stage_changes(connection, source, deals_of(connection, source, loaded.written))
        elif table is activities:
            keep_links(connection, source, loaded.written)

    def _sort(self, records: Sequence[Raw]) -> tuple[Sequence[Raw], list[Deletion]]:
        """Records to load, and those that the CRM shows as deleted.

        A batch holds a record twice if it was edited while we read: the later one is newer, be it bad or deleted.
        """
        key = self.normalizer.key
        latest = {key(record) or number: record for number, record in enumerate(records)}
        if len(latest) < len(records):
            records = list(latest.values())
        is_deleted = self._stream.is_deleted
        if is_deleted is None:
            return records, []
        gone = [Deletion(key(record), None, "invalid") for record in records if is_deleted(record)]
        return ([record for record in records if not is_deleted(record)] if gone else records), gone
