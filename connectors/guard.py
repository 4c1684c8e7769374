"""What stands between the pipeline and every connector: an answer that nobody foresaw ends one source, in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any, TypeVar

from connectors.personal import Mask
from models.errors import FatalSyncError, OutcomeUnknownError
from models.protocols import Answers, Connector
from models.records import Change, Deletion, FieldInfo, Page, Price, Raw, Window, WriteResult
from models.spec import Stream, Tenant

Item = TypeVar("Item")
_ODD = (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What code that reads JSON raises where the JSON is not what the vendor documents."""


class Guard:
    """A connector whose answers cannot end a run in a traceback. Implements `models.protocols.Connector`.

    Args:
        connector: What is guarded.
        streams: Of this connection, if they are not simply the connector's.
        mask: Hides what the streams say is personal, before anybody sees it.
    """

    def __init__(
        self, connector: Connector, streams: tuple[Stream, ...] | None = None, mask: Mask | None = None
    ) -> None:
        self._connector, self._mask = connector, mask
        self.name, self.usage = connector.name, connector.usage
        self.streams = connector.streams if streams is None else streams
        self.write_batch, self.read_batch = connector.write_batch, connector.read_batch
        self.list_batch, self.list_credits = connector.list_batch, connector.list_credits
        self.numeric_ids = connector.numeric_ids

    def clock(self) -> datetime:
        with self._understanding("clock"):
            return self._connector.clock()

    def tenant(self) -> Tenant:
        with self._understanding("organisation"):
            return self._connector.tenant()

    def remember(self, answers: Answers | None) -> None:
        self._connector.remember(answers)

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        with self._understanding(object_name):
            return self._connector.fields(object_name)

    def read(
        self, stream: Stream, *, since: datetime | None, until: datetime, position: Mapping[str, Any] | None
    ) -> Iterator[Page]:
        return self._pages(stream, self._connector.read(stream, since=since, until=until, position=position))

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        return self._pages(stream, self._connector.window(stream, window, position=position, field=field))

    def count(self, stream: Stream, window: Window | None) -> int:
        with self._understanding(stream.name):
            return self._connector.count(stream, window)

    def price(self, stream: Stream, records: int, window: Window | None = None, field: str | None = None) -> Price:
        return self._connector.price(stream, records, window, field)

    def notes(self, stream: Stream) -> Sequence[str]:
        with self._understanding(stream.name):
            return self._connector.notes(stream)

    def slowest_s(self, calls: int) -> float:
        return self._connector.slowest_s(calls)

    def deleted(self, stream: Stream, *, since: datetime | None) -> Iterator[Sequence[Deletion]]:
        return self._each(stream.name, self._connector.deleted(stream, since=since))

    def ids(self, stream: Stream, *, after: str | None) -> Iterator[Sequence[str]]:
        return self._each(stream.name, self._connector.ids(stream, after=after))

    def listing(self, stream: Stream, fields: Sequence[str], *, after: str | None) -> Iterator[Sequence[Raw]]:
        return self._each(stream.name, self._connector.listing(stream, fields, after=after))

    def fetch(self, stream: Stream, ids: Sequence[str]) -> Sequence[Raw]:
        with self._understanding(stream.name):
            return self._shown(stream, self._connector.fetch(stream, ids))

    def get(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        with self._understanding(object_name):
            return self._connector.get(object_name, ids, fields)

    def scan(self, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return self._each(object_name, self._connector.scan(object_name, fields))

    def ready(self, object_name: str) -> None:
        self._connector.ready(object_name)

    def write(self, object_name: str, changes: Sequence[Change]) -> Sequence[WriteResult]:
        try:
            return self._connector.write(object_name, changes)
        except _ODD as error:  # whether before or after the effect cannot be told
            raise OutcomeUnknownError(self._words(object_name, error)) from error

    def close(self) -> None:
        self._connector.close()

    def _pages(self, stream: Stream, pages: Iterator[Page]) -> Iterator[Page]:
        for page in self._each(stream.name, pages):
            with self._understanding(stream.name):
                records = self._shown(stream, page.records)
            yield Page(records, page.position)

    def _shown(self, stream: Stream, records: Sequence[Raw]) -> Sequence[Raw]:
        """What whoever is above may see of them."""
        for record in records:
            if not isinstance(record, dict):
                raise TypeError(f"a record is {type(record).__name__}")
        return self._mask.hidden(stream, records) if stream.personal and self._mask else records

    def _each(self, subject: str, items: Iterator[Item]) -> Iterator[Item]:
        while True:
            with self._understanding(subject):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item

    @contextmanager
    def _understanding(self, subject: str) -> Iterator[None]:
        try:
            yield
        except _ODD as error:
            raise FatalSyncError(self._words(subject, error)) from error

    def _words(self, subject: str, error: Exception) -> str:
        place = extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return (
            f"{self.name}/{subject}: an answer of the CRM cannot be understood ({type(error).__name__}: {error}, "
            f"{where}); run again, and report it if it stays"
        )
