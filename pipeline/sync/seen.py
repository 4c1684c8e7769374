"""The ids that a whole read brings, kept until what it did not bring is looked for: in the database, however many they are."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, Select, delete, exists, insert, select, true

from models.spec import Stream
from models.warehouse.functions import json_items
from models.warehouse.kept import ops_seen
from pipeline.sync.context import SyncContext

_t = ops_seen


class Seen:
    """What the whole read of one stream has brought, in however many runs.

    Attributes:
        is_begun: There is a list, and what it lacks has not been looked for yet.
    """

    def __init__(self, context: SyncContext, stream: Stream) -> None:
        self._ours = (_t.c.source == context.source, _t.c.stream == stream.name)
        self._stamps = {"source": context.source, "stream": stream.name}
        self._is_wanted = stream.deletes in {"feed", "absence"}  # else there are other ways to tell what is gone
        with context.warehouse.read() as connection:
            self.is_begun = bool(connection.scalar(select(exists().where(*self._ours))))

    def begin(self, connection: Connection) -> None:
        """Everything is read from the start: nothing has been brought, which is not the same as no list."""
        if self._is_wanted:
            self.drop(connection)
            self.is_begun = True
            self.add(connection, ())

    def add(self, connection: Connection, ids: Sequence[str]) -> None:
        if self.is_begun:
            connection.execute(insert(_t).values(**self._stamps, ids=orjson.dumps(list(ids)).decode()))

    def drop(self, connection: Connection) -> None:
        connection.execute(delete(_t).where(*self._ours))
        self.is_begun = False

    def all(self) -> Select[tuple[str]]:
        """The query for them; one may come twice."""
        item = json_items(_t.c.ids).table_valued("value")
        return select(item.c.value).select_from(_t).join(item, true()).where(*self._ours)
