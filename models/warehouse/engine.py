"""The connection to the warehouse: SQLite in WAL mode or PostgreSQL, its transactions and its locks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from models.errors import ConfigError, FatalSyncError, SourceBusyError
from models.interrupts import unbroken

_BUSY_TIMEOUT_S = 60
_WAL_PAGES = 10_000
"""Of 4 KB, before SQLite moves them into the file: a load writes the same pages of its indexes again and again."""

_OPTIONS: dict[str, Any] = {"hide_parameters": True, "json_deserializer": orjson.loads}
"""JSON is read as the CRM's answers are: PostgreSQL shows 1e23 as a whole number, which is another one to Python."""


class Warehouse:
    """An open warehouse.

    Attributes:
        url: Without its password.
        engine: For SQLAlchemy; on PostgreSQL its search path is the warehouse's schema.
    """

    def __init__(self, url: str, schema: str = "crmsync") -> None:
        try:
            parsed = make_url(url)
            dialect = parsed.get_backend_name()
        except (ArgumentError, ValueError) as error:
            raise ConfigError("warehouse.url is not a database URL; write one like sqlite:///warehouse.db") from error
        if dialect not in _CONNECT:
            raise ConfigError(
                f"warehouse.url: {dialect} is not supported; use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
            )
        if dialect == "sqlite" and (not parsed.database or parsed.drivername != "sqlite"):
            raise ConfigError("warehouse.url names no file of SQLite; write it like sqlite:///warehouse.db")
        self.url = parsed.set(query={}).render_as_string(hide_password=True)  # a query may hold a password too
        self.schema = schema if dialect == "postgresql" else None
        self.path = Path(parsed.database) if dialect == "sqlite" and parsed.database else None
        self._session: Connection | None = None  # on PostgreSQL the one that holds the locks
        self._held: set[str] = set()
        try:
            self.engine: Engine = _CONNECT[dialect](url, schema)
        except (ValueError, TypeError) as error:  # of an option behind the question mark
            raise ConfigError(f"warehouse.url cannot be used: {error}") from error
        except NoSuchModuleError as error:
            raise ConfigError(
                f"warehouse.url: no driver for {parsed.drivername}; use postgresql+psycopg://…"
            ) from error

    @contextmanager
    def begin(self, alone: str | None = None) -> Iterator[Connection]:
        """One write transaction: all of it or nothing. Ctrl-C and SIGTERM wait for its end.

        Args:
            alone: Wait for other transactions of the same name. On SQLite every writer waits for the others anyway.
        """
        with self._writing() as connection:
            if alone and self.schema:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": self._key(alone)})
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction; of the session that holds the locks, if there are any: who has lost them writes no more."""
        if self._session is None:
            with unbroken(), self.engine.begin() as connection:
                yield connection
        elif self._session.invalidated:
            raise FatalSyncError(
                f"warehouse {self.url}: the connection was lost, and with it the locks; run this again"
            )
        else:
            with unbroken(), self._session.begin():
                yield self._session

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that never waits for a writer."""
        options = {"isolation_level": "REPEATABLE READ"} if self.schema else {"crmsync_readonly": True}
        connection: Connection | None = None
        try:
            with unbroken():
                connection = self.engine.connect().execution_options(**options)
                connection.begin()
            yield connection
        finally:
            if connection is not None:
                with unbroken():
                    connection.close()

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold `name` for this process alone; the kernel or the server lets go of it when the process dies.

        Raises:
            SourceBusyError: Somebody else holds it.
        """
        held = self._lock_file(name) if self.path else self._lock_session(name)
        with held:
            yield

    @contextmanager
    def _lock_file(self, name: str) -> Iterator[None]:
        assert self.path is not None  # noqa: S101 - for the type checker; `lock` asked
        path = f"{self.path}.{re.sub(r'[^a-z0-9_]', '-', name)}.lock"
        with self.writable():
            handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise SourceBusyError(name) from error
        try:
            yield
        finally:
            os.close(handle)

    @contextmanager
    def writable(self) -> Iterator[None]:
        """Name the folder of a SQLite file in which nothing can be made."""
        try:
            yield
        except OSError as error:
            raise ConfigError(
                f"warehouse {self.url} cannot be written: {error.strerror} ({error.filename}); "
                "make its folder writable, or choose another one in warehouse.url"
            ) from error

    @contextmanager
    def _lock_session(self, name: str) -> Iterator[None]:
        if name in self._held:  # the session that holds a lock may take it again
            raise SourceBusyError(name)
        key = {"key": self._key(name)}
        self._session = self._session or self.engine.connect()
        try:
            with self._writing() as connection:
                if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
                    raise SourceBusyError(name)
            self._held.add(name)
            try:
                yield
            finally:
                self._held.discard(name)
                with (
                    suppress(DBAPIError, FatalSyncError),
                    self._writing() as connection,
                ):  # a dead session holds nothing
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
        finally:
            if not self._held:
                self._session.close()
                self._session = None

    def _key(self, name: str) -> int:
        digest = hashlib.blake2b(f"crmsync/{self.schema}/{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, signed=True)

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(url: str, _schema: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S}, **_OPTIONS)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to be of use
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        readonly = connection.get_execution_options().get("crmsync_readonly")
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str, schema: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, **_OPTIONS)
    quoted = engine.dialect.identifier_preparer.quote_identifier(schema)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION search_path TO {quoted}")
            cursor.execute("SET SESSION timezone TO 'UTC'")
        connection.commit()  # else a later rollback would take the setting back

    return engine


_CONNECT = {"sqlite": _sqlite, "postgresql": _postgresql}
