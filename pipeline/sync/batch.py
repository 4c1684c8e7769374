"""Load a batch of raw records: rows, history, tombstones and dead letters, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from models.errors import FatalSyncError
from models.records import Deletion, Raw, Reject, Row
from models.spec import Stream
from pipeline.sync import history, raw
from pipeline.sync.context import StreamResult, SyncContext, count_rejects
from pipeline.sync.dead_letters import store as dead_letters
from pipeline.sync.follow import follow
from pipeline.sync.load import Loaded, Loader
from pipeline.sync.normalize import Normalizer
from pipeline.sync.presence import tombstone


@dataclass(slots=True)
class Batch:
    """Records on their way into the warehouse.

    Attributes:
        found: What each has become, its last version where there are several: a row, or why it is none, or that the CRM
            holds it as deleted. By id; those without one by an object of their own.
        count: Records read, each version.
        raw: The records as they were fetched, packed; empty where none are kept.
    """

    found: dict[object, Row | Reject | Deletion] = field(default_factory=dict)
    count: int = 0
    raw: bytes = b""

    def add(self, later: Batch) -> None:
        self.found.update(later.found)
        self.count += later.count
        self.raw += later.raw

    @property
    def ids(self) -> list[str]:
        return [key for key in self.found if isinstance(key, str)]


class BatchLoader:
    """Loads records of one stream into its core table, and counts them in `result`.

    Args:
        rewrites: Rows that are as the record makes them are written as well (`Loader`).
    """

    def __init__(
        self,
        context: SyncContext,
        stream: Stream,
        normalizer: Normalizer,
        result: StreamResult,
        *,
        rewrites: bool = False,
    ) -> None:
        self._context, self._rewrites = context, rewrites
        self._stream = stream
        self.normalizer = normalizer
        self._fields = context.connector.fields(stream.object)
        self._loader = self._loader_of(normalizer)
        self._result = result

    def prepare(self, records: Sequence[Raw]) -> Batch:
        """Map them; no database is asked, so it may be done in another thread."""
        rules, is_deleted = self.normalizer, self._stream.is_deleted
        found: dict[object, Row | Reject | Deletion] = {}
        latest: Mapping[object, Raw] = {rules.key(record) or object(): record for record in records}
        present = []
        for name, record in latest.items():
            if is_deleted and is_deleted(record):
                found[name] = Deletion(rules.key(record), None, "invalid")
            else:
                present.append(record)
        rows, rejects = rules.rows(present)
        found.update({row[0]: row for row in rows})
        found.update({reject.source_id or object(): reject for reject in rejects})
        return Batch(found, len(records), raw.pack(records) if self._context.raw_days else b"")

    def load(self, batch: Batch, also: Callable[[Connection], None] | None = None) -> None:
        """Load them all or none.

        Args:
            also: Done in the same transaction: how far the reading has come, for example.
        """
        context, result, now = self._context, self._result, self._context.clock()
        source, name, run_id = context.source, self._stream.name, context.run_id
        if self._loader.left_alone != self.normalizer.left_alone:
            self._loader = self._loader_of(self.normalizer)
        rows = [item for item in batch.found.values() if isinstance(item, tuple)]
        gone = [item for item in batch.found.values() if isinstance(item, Deletion)]
        rejects = [item for item in batch.found.values() if isinstance(item, Reject)]
        with context.warehouse.begin() as connection:
            loaded = self._loader.load(connection, rows, run_id=run_id, now=now)
            marked = tombstone(connection, self._stream, source, gone, run_id=run_id, now=now)
            self._refuse_strangers(loaded)
            changes = history.compare(connection, source, self._stream, loaded.changed, self._fields)
            history.keep_changes(connection, source, self._stream.entity, changes, run_id=run_id, now=now)
            former = [old for old, _ in loaded.changed]
            new = set(loaded.written).difference(row["source_id"] for row in former)
            follow(connection, self._stream.table, source, former, new)
            settled = [row[0] for row in rows] + [item.source_id for item in gone]
            dead_letters.resolve(connection, source, name, settled, now=now)
            letters = dead_letters.keep(connection, source, name, rejects, run_id=run_id, now=now)
            if batch.raw:
                raw.keep(connection, source, name, batch.raw, count=batch.count, run_id=run_id, now=now)
            if also:
                also(connection)
        echoes = sum(change.is_echo for change in changes)
        result.rows += batch.count
        result.new += loaded.new
        result.unchanged += loaded.unchanged
        result.changed += len(loaded.changed) - echoes
        result.echo += echoes
        result.deleted += marked
        count_rejects(result, letters)

    def _loader_of(self, rules: Normalizer) -> Loader:
        table, source = self._stream.table, self._context.source
        return Loader(table, source, rules.columns, left_alone=rules.left_alone, rewrites=self._rewrites)

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
