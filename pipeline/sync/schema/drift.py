"""What a sync does about changes of the CRM's fields: notes them, tells them once, and waits for a person if so wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from models.errors import SchemaDriftError
from models.records import FieldInfo
from models.spec import Stream
from models.warehouse.core import moments
from models.wording import counted
from pipeline.sync.context import SyncContext
from pipeline.sync.schema import changes
from pipeline.sync.schema.changes import SchemaChange

_SHOWN = 5
"""Changes that a result tells; all of them are in `ops_schema_change`."""


class Drift:
    """The changes of one source's fields in one run."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context
        self._noted: dict[str, Mapping[str, FieldInfo]] = {}
        self._found: dict[str, list[SchemaChange]] = defaultdict(list)

    def note(self, stream: Stream) -> None:
        """Keep what changed in the fields of the stream's object, by what the connector knows of them now."""
        context, fields = self._context, self._context.connector.fields(stream.object)
        if not fields or fields is self._noted.get(stream.object):
            return
        with context.warehouse.begin() as connection:
            self._found[stream.object] += changes.note(
                connection, context.source, stream, fields, run_id=context.run_id, now=context.clock()
            )
        self._noted[stream.object] = fields

    def told(self, stream: Stream) -> list[str]:
        """What was noted since this was asked last, the first changes in words."""
        found, name = self._found.pop(stream.object, []), f"{self._context.source}/{stream.name}"
        told = [f"{name}: {change.words(stream)}" for change in found[:_SHOWN]]
        more = len(found) - len(told)
        return [*told, f"{name}: {counted(more, 'more change')}, see: crmsync schema-changes"] if more else told

    def stop(self, stream: Stream) -> None:
        """Go no further where changes have to be looked at first.

        Raises:
            SchemaDriftError: Nobody has acknowledged a change of the stream's object.
        """
        context = self._context
        if not context.stops_at_changes:
            return
        with context.warehouse.read() as connection:
            waiting = changes.unacknowledged(connection, context.source, stream.object)
        if waiting:
            raise self._refusal(stream, waiting)

    def stop_within(self, stream: Stream) -> None:
        """The same while the stream is read, by what the connector knows now; asks no database, so any thread may do it.

        Raises:
            SchemaDriftError: The fields of the stream's object are not those that were noted last.
        """
        noted = self._noted.get(stream.object)
        if noted is None or not self._context.stops_at_changes:
            return
        found = changes.compare(list(noted.values()), list(self._context.connector.fields(stream.object).values()))
        if found:
            raise self._refusal(stream, found)

    def _refusal(self, stream: Stream, waiting: Sequence[SchemaChange]) -> SchemaDriftError:
        source, more = self._context.source, f" and {len(waiting) - 1:,} more" if len(waiting) > 1 else ""
        return SchemaDriftError(
            f"{source}/{stream.name} waits for a person: {waiting[0].words(stream)}{more}; look at it, then run: "
            f"crmsync schema-changes acknowledge --source {source}"
        )

    def left_alone(self, stream: Stream, lacking: Collection[str]) -> frozenset[str]:
        """Columns of mapped fields that the object had and lacks now: what they hold is the last that was known."""
        if not lacking:
            return frozenset()
        with self._context.warehouse.read() as connection:
            gone = changes.former(connection, self._context.source, stream.object).intersection(lacking)
        return columns_of(stream, gone)


def columns_of(stream: Stream, names: Collection[str]) -> frozenset[str]:
    """Columns that these fields fill: an instant and its local day are two, where only one of them is mapped."""
    mapped = {field.to for field in stream.fields}
    found = {field.to for field in stream.fields if field.api_name in names}
    for at, on in moments(stream.table):
        if at in found and on not in mapped:
            found.add(on)
        elif on in found and at not in mapped:
            found.add(at)
    return frozenset(found)
