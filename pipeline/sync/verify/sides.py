"""The two sides that an audit compares, record by record in the same order: what a CRM has, and what we have."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from sqlalchemy import func, null, select

from connectors.convert import EMPTY
from models.errors import FatalSyncError
from models.records import Raw
from models.spec import Converter, Stream
from pipeline.sync.context import SyncContext
from pipeline.sync.normalize import money
from pipeline.sync.presence import own

_ROWS = 2_000


class Entry(NamedTuple):
    """One record of the CRM.

    Attributes:
        at: When it was changed last; when it was created, if the CRM does not tell that.
        page: The id after which the page begins that listed it; None: the first page.
    """

    id: str
    modified_at: datetime | None
    amount: Decimal | None
    at: datetime | None
    page: str | None


class Kept(NamedTuple):
    """One row of ours."""

    id: str
    modified_at: datetime | None
    amount: Decimal | None
    is_gone: bool


class Side(Protocol):
    """What a CRM has."""

    def entries(self) -> Iterator[Entry]:
        """Every record that it lists, by ascending id."""
        ...

    def shown(self, ids: Sequence[str]) -> Mapping[str, Raw]:
        """Those that it shows when it is asked for them."""
        ...

    def still_listed(self, entries: Sequence[Entry]) -> set[str]:
        """Ids of those that it would list again."""
        ...

    def entry(self, raw: Raw, page: str | None = None) -> Entry: ...


def order_of(context: SyncContext) -> Callable[[str], Any]:
    """A key that puts ids into the CRM's order."""
    return (lambda key: (len(key), key)) if context.connector.numeric_ids else (lambda key: key)


def own_side(context: SyncContext, stream: Stream) -> Generator[Kept]:
    """Our rows, those of records that are gone too, in the CRM's order of ids; one consistent view of them."""
    t = stream.table
    amount = t.c.amount if "amount" in compared(context, stream) else null()
    query = select(t.c.source_id, t.c.modified_at, amount, t.c.deleted_at).where(own(stream, context.source))
    ids = [func.length(t.c.source_id), t.c.source_id] if context.connector.numeric_ids else [t.c.source_id]
    with (
        context.warehouse.read() as connection,
        connection.execution_options(yield_per=_ROWS).execute(query.order_by(*ids)) as rows,
    ):
        for source_id, modified_at, sum_, deleted_at in rows:
            yield Kept(source_id, modified_at, sum_, deleted_at is not None)


def compared(context: SyncContext, stream: Stream) -> dict[str, tuple[str, Converter]]:
    """Column → the field that fills it and how it is read, of what the CRM has today."""
    known = context.connector.fields(stream.object)
    return {
        field.to: (field.api_name, field.convert)
        for field in stream.fields
        if isinstance(field.convert, Converter) and (field.api_name in known or not field.optional)
    }


class _Reader:
    """Reads out of a raw record what is compared."""

    def __init__(self, context: SyncContext, stream: Stream) -> None:
        self._key = stream.key
        converters = compared(context, stream)
        self._modified, self._created, self._amount = map(converters.get, ("modified_at", "created_at", "amount"))
        self.fields = [found[0] for found in (self._modified or self._created, self._amount) if found]

    def entry(self, raw: Raw, page: str | None = None) -> Entry:
        modified = _value(raw, self._modified)
        at = modified if self._modified else _value(raw, self._created)
        return Entry(str(raw[self._key]), modified, _value(raw, self._amount, money), at, page)


def _value(raw: Raw, field: tuple[str, Converter] | None, finish: Callable[[Any], Any] = lambda value: value) -> Any:
    """None for what cannot be loaded: then the record differs, and its dead letter says why."""
    value = raw.get(field[0]) if field else None
    if field is None or value in EMPTY:
        return None
    try:
        return finish(field[1].read(value))
    except (ValueError, ArithmeticError, TypeError, KeyError):
        return None


class Listed(_Reader):
    """An incremental stream: listed by few fields, asked for by id."""

    def __init__(self, context: SyncContext, stream: Stream) -> None:
        super().__init__(context, stream)
        self._connector, self._stream, self._order = context.connector, stream, order_of(context)

    def entries(self) -> Iterator[Entry]:
        last, order = "", self._order
        page: str | None = None
        for records in self._connector.listing(self._stream, self.fields, after=None):
            for raw in records:
                entry = self.entry(raw, page)
                if order(entry.id) < order(last):
                    raise FatalSyncError(
                        f"{self._connector.name}/{self._stream.name}: the CRM lists {entry.id} after {last}; run again, "
                        "and report it if it stays"
                    )
                if entry.id != last:
                    last = entry.id
                    yield entry
            page = last

    def shown(self, ids: Sequence[str]) -> Mapping[str, Raw]:
        return {str(raw[self._key]): raw for raw in self._connector.fetch(self._stream, ids)} if ids else {}

    def still_listed(self, entries: Sequence[Entry]) -> set[str]:
        found: set[str] = set()
        for page in {entry.page for entry in entries}:
            last = max((entry.id for entry in entries if entry.page == page), key=self._order)
            for records in self._connector.listing(self._stream, self.fields, after=page):
                found.update(str(raw[self._key]) for raw in records)
                if self._order(str(records[-1][self._key])) >= self._order(last):
                    break
        return found


class Whole(_Reader):
    """A short list, which can only be read as a whole."""

    def __init__(self, context: SyncContext, stream: Stream, now: datetime) -> None:
        super().__init__(context, stream)
        pages = context.connector.read(stream, since=None, until=now, position=None)
        found = {str(raw.get(self._key) or ""): raw for page in pages for raw in page.records}
        found.pop("", None)  # without an id it has a dead letter, and no row
        self._records = {key: found[key] for key in sorted(found, key=order_of(context))}

    def entries(self) -> Iterator[Entry]:
        return map(self.entry, self._records.values())

    def shown(self, ids: Sequence[str]) -> Mapping[str, Raw]:
        return {key: self._records[key] for key in ids if key in self._records}

    def still_listed(self, entries: Sequence[Entry]) -> set[str]:
        return {entry.id for entry in entries}
