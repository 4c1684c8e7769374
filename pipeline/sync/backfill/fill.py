"""Fill one custom field into rows that are there, without a history of a change that nobody made.

The rest of a row stays as it is, so only rows of the version that the CRM shows are filled: a record that was edited since
is read whole by the next sync. What a row is told by, its hash, becomes that of a whole read. Where it cannot be made
again from the row as the database gives it back, it is emptied, and the next read of the record writes the row once more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Update, bindparam, update

from connectors.convert import EMPTY
from models.records import Raw
from models.spec import Stream
from models.warehouse.core import rows_of
from models.warehouse.functions import one_of
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.normalize import Normalizer

NO_HASH = ""
"""Of a row that the next read shall write again, as if it were another."""


class Filler:
    """Fills a field of one stream's rows, and counts them in `result`."""

    def __init__(
        self,
        context: SyncContext,
        normalizer: Normalizer,
        result: StreamResult,
        field: str,
    ) -> None:
        self._context, self._normalizer, self._result, self._field = context, normalizer, result, field
        self._stream: Stream = normalizer.stream
        self.left = 0
        """Records that the next sync has to read: they are not here, or changed since."""

    def load(self, records: Sequence[Raw], also: Callable[[Connection], None]) -> None:
        """Fill them all or none."""
        context, t = self._context, self._stream.table
        is_deleted = self._stream.is_deleted or (lambda _: False)
        raws = {self._normalizer.key(raw): raw for raw in records if not is_deleted(raw)}
        ours = (t.c.source == context.source, one_of(t.c.source_id, list(raws)), t.c.deleted_at.is_(None))
        with context.warehouse.begin() as connection:
            rows = connection.execute(rows_of(t).where(*ours)).mappings().all()
            same = [
                row
                for row in map(dict, rows)
                if row["modified_at"] == self._normalizer.modified(raws[row["source_id"]])
            ]
            filled = [one for row in same if (one := self._filled(row, raws[row["source_id"]]))]
            if filled:
                connection.execute(self._update(), filled)
            also(connection)
        self._result.rows += len(records)
        self._result.changed += len(filled)
        self._result.unchanged += len(same) - len(filled)
        self.left += len(raws) - len(same)

    def _update(self) -> Update:
        t, context = self._stream.table, self._context
        values: dict[str, Any] = {"custom": bindparam("b_custom"), "row_hash": bindparam("b_hash")}
        stamps = {"synced_at": context.clock(), "run_id": context.run_id}
        which = (t.c.source == context.source, t.c.source_id == bindparam("b_id"))
        return update(t).where(*which).values(values | stamps)

    def _filled(self, row: Mapping[str, Any], raw: Raw) -> dict[str, Any] | None:
        """What to write; None if the row holds the value already."""
        before: dict[str, Any] = row["custom"] or {}
        after = {name: value for name, value in before.items() if name != self._field}
        if (value := raw.get(self._field)) not in EMPTY:
            after[self._field] = value
        row_hash, text = self._normalizer.again(row, after)
        custom = orjson.loads(text) if text else None
        if (custom or {}) == before:
            return None
        is_whole = self._normalizer.again(row, before)[0] == row["row_hash"]
        return {"b_id": row["source_id"], "b_custom": custom, "b_hash": row_hash if is_whole else NO_HASH}
