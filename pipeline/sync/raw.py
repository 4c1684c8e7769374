"""Records as they were fetched: packed small, kept in the transaction of their rows, for as long as the user says."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, delete, exists, insert, select

from models.records import Raw
from models.warehouse.engine import Warehouse
from models.warehouse.kept import raw_page

_LEVEL = 1
"""Of zstd: a tenth of the size at a third of the price of what comes after it (bench/README.md)."""

_AT_ONCE = 50
"""Pages that one transaction deletes."""

_t = raw_page


def pack(records: Sequence[Raw]) -> bytes:
    """Some records as bytes. Packed parts may be joined: together they are the packed whole.

    Made where they are fetched, since compressing leaves the interpreter to other threads.
    """
    if not records:
        return b""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(dumps(records) + b"\n")


def unpack(body: bytes) -> list[Raw]:
    """The records, in the order in which they came."""
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
        lines = reader.readall().split(b"\n")
    return [record for line in lines if line for record in loads(line)]


def dumps(value: Any) -> bytes:
    """JSON in one line, from which exactly the same comes back."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # half of a surrogate pair, or a whole number of more than 64 bits
        return json.dumps(value, default=str).encode()


def loads(text: bytes | str) -> Any:
    """What `dumps` was given.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def keep(
    connection: Connection, source: str, stream: str, body: bytes, *, count: int, run_id: str, now: datetime
) -> None:
    """Store a batch as the newest of its stream."""
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    connection.execute(delete(_t).where(_t.c.source == source, _t.c.stream == stream, _t.c.digest == digest))
    row = {"source": source, "stream": stream, "digest": digest, "records": count, "body": body}
    connection.execute(insert(_t).values(**row, fetched_at=now, run_id=run_id))


def purge(warehouse: Warehouse, before: datetime | None) -> None:
    """Delete what was fetched before; None: everything. A few at a time, so that nobody waits long.

    Of all sources and streams: those that are synced no more have nobody else to do it.
    """
    query = select(_t.c.id).order_by(_t.c.fetched_at).limit(_AT_ONCE)
    if before is not None:
        query = query.where(_t.c.fetched_at < before)
    while True:
        with warehouse.read() as connection:
            ids = connection.scalars(query).all()
        if not ids:
            return
        with warehouse.begin() as connection:
            connection.execute(delete(_t).where(_t.c.id.in_(ids)))


def is_kept(warehouse: Warehouse, source: str, stream: str) -> bool:
    """Whether there is any batch of a stream."""
    with warehouse.read() as connection:
        return bool(connection.scalar(select(exists().where(_t.c.source == source, _t.c.stream == stream))))


@dataclass(frozen=True, slots=True)
class RawPage:
    id: int
    fetched_at: datetime
    records: list[Raw]


def newest_first(warehouse: Warehouse, source: str, stream: str) -> Iterator[RawPage]:
    """The batches of a stream, one in memory at a time."""
    query = select(_t.c.id, _t.c.fetched_at, _t.c.body).where(_t.c.source == source, _t.c.stream == stream)
    query = query.order_by(_t.c.id.desc()).limit(1)
    last: int | None = None
    while True:
        with warehouse.read() as connection:
            found = connection.execute(query if last is None else query.where(_t.c.id < last)).one_or_none()
        if found is None:
            return
        last = found.id
        yield RawPage(found.id, found.fetched_at, unpack(found.body))
