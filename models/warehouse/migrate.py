"""Bring a warehouse to the version of this code, and tell where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from models.errors import ConfigError, ServiceUnavailableError
from models.warehouse.engine import Warehouse
from models.warehouse.shape import altered

if TYPE_CHECKING:
    from models.warehouse.views import Chosen

_SHOWN = 3
_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(warehouse: Warehouse, bi: Chosen | None = None) -> tuple[str | None, str]:
    """Create or update all tables, and make the views for BI tools anew, in one transaction.

    Args:
        bi: Custom fields that the views show.

    Returns:
        The version before (None: the warehouse was empty) and after.

    Raises:
        ConfigError: The warehouse is newer than this code, its folder cannot be written, or a view cannot be made so.
        SourceBusyError: Somebody else migrates it.
    """
    from alembic import command  # noqa: PLC0415 - slow to import, rarely needed

    from models.warehouse.views import drop_views, make_views  # noqa: PLC0415

    if warehouse.path:
        with warehouse.writable():
            warehouse.path.parent.mkdir(parents=True, exist_ok=True)
    with _reachable(warehouse), warehouse.lock("migrate"), warehouse.begin() as connection:
        if warehouse.schema and not connection.dialect.has_schema(connection, warehouse.schema):
            quoted = connection.dialect.identifier_preparer.quote_identifier(warehouse.schema)
            connection.execute(text(f"CREATE SCHEMA {quoted}"))
        before = _version(connection)
        _refuse_newer(before)
        drop_views(connection)
        command.upgrade(_alembic(connection), "head")
        make_views(connection, bi or {})
        return before, str(_version(connection))


def check_version(warehouse: Warehouse) -> None:
    """Make sure that this code and the warehouse fit together.

    Raises:
        ConfigError: The warehouse is missing, older, newer or altered; the message says what to do.
        ServiceUnavailableError: The database does not answer.
    """
    if warehouse.path and not warehouse.path.exists():
        raise ConfigError(f"warehouse {warehouse.path} does not exist; run: crmsync migrate")
    with _reachable(warehouse), warehouse.read() as connection:
        found = _version(connection)
        changed = altered(connection) if found == _known()[0] else []
    _refuse_newer(found)
    if found != _known()[0]:
        state = f"has version {found}, this crmsync needs {_known()[0]}" if found else "has no tables yet"
        raise ConfigError(f"warehouse {warehouse.url} {state}; run: crmsync migrate")
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise ConfigError(
            f"warehouse {warehouse.url} was altered by hand: {'; '.join(changed[:_SHOWN])}{more}; take that back, or read "
            "everything into a new warehouse"
        )


class _reachable:  # noqa: N801 - reads as a word in a with statement
    """Turn the driver's error of a database that does not answer into one line."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OperationalError):
            cause = " ".join(str(error.orig).split())
            raise ServiceUnavailableError(
                f"warehouse {self._warehouse.url} cannot be opened: {cause}; check warehouse.url and the server"
            ) from error


def _known() -> list[str]:
    """All versions of this code, the newest first. File names begin with them: no need to import Alembic here."""
    return sorted((path.stem.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")), reverse=True)


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in _known():
        raise ConfigError(
            f"the warehouse has version {found}, which this crmsync does not know; install a newer crmsync"
        )


def _version(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


def _alembic(connection: Connection) -> Any:
    from alembic.config import Config  # noqa: PLC0415 - slow to import, rarely needed

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
