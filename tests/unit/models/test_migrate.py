"""Migrations build what the table definitions say, once, and refuse what they do not know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from models.errors import ConfigError, ServiceUnavailableError
from models.warehouse import history, kept, marts, ops  # noqa: F401 - they define tables
from models.warehouse import migrate as migrations
from models.warehouse.core import metadata
from models.warehouse.engine import Warehouse
from models.warehouse.migrate import check_version, migrate

_VERSIONS = Path(migrations.__file__).parent / "migrations" / "versions"
NEWEST = max(path.name[:4] for path in _VERSIONS.glob("[0-9]*.py"))


@pytest.fixture
def empty(warehouse_url: str) -> Iterator[Warehouse]:
    warehouse = Warehouse(warehouse_url, schema="客户 仓库")
    yield warehouse
    warehouse.close()


def test_a_migrated_warehouse_is_what_the_table_definitions_say(empty: Warehouse) -> None:
    assert migrate(empty) == (None, NEWEST)
    with empty.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(empty: Warehouse) -> None:
    migrate(empty)
    assert migrate(empty) == (NEWEST, NEWEST)
    check_version(empty)


def test_a_newer_warehouse_is_refused_by_older_code(empty: Warehouse) -> None:
    migrate(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for attempt in (migrate, check_version):
        with pytest.raises(ConfigError, match="version 9999.*install a newer crmsync"):
            attempt(empty)


def test_a_warehouse_without_tables_says_what_to_run(empty: Warehouse) -> None:
    with pytest.raises(ConfigError, match="crmsync migrate"):
        check_version(empty)


def test_a_database_that_does_not_answer_is_one_clear_line(tmp_path: object) -> None:
    warehouse = Warehouse(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    with pytest.raises(ServiceUnavailableError, match=r"cannot be opened.*check warehouse\.url"):
        check_version(warehouse)
    warehouse.close()
