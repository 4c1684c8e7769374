"""A warehouse of each former version, with data, keeps all of them when it is brought to the newest one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    select,
    text,
)

from models.warehouse import migrate as migrations
from models.warehouse.engine import Warehouse
from models.warehouse.migrate import migrate
from tests.e2e import old
from tests.e2e.harness import Project

_FILES = Path(migrations.__file__).parent / "migrations" / "versions"
VERSIONS = sorted(path.name[:4] for path in _FILES.glob("[0-9]*.py"))
ROWS = 3
RENAMED = {"custom_records": {"object": "module", "custom": "data"}}
"""Table → what a column was called once → what it is called in the newest version."""


@pytest.fixture
def project(warehouse_url: str, tmp_path: Path) -> Project:
    return Project(tmp_path / "config.yaml", warehouse_url)


_VALUES: tuple[tuple[Any, Callable[[int], Any]], ...] = (
    (Boolean, lambda number: bool(number % 2)),
    (Integer, lambda number: number),
    (Numeric, lambda number: Decimal(f"{number}.25")),
    (JSON, lambda number: {"number": number, "text": "文字"}),
    (DateTime, lambda number: datetime(2026, 1, number, 4, 5, 6, 7, tzinfo=UTC)),
    (Date, lambda number: date(2026, 1, number)),
    (String, lambda number: f"文 {number}"[:3]),
    (LargeBinary, lambda number: bytes([number, 0, 255])),
)
"""By the type of a column; another one in each row."""


def _value(column: Column[Any], number: int) -> Any:
    return next(make(number) for kind, make in _VALUES if isinstance(column.type, kind))


def _tables(connection: Connection, schema: str | None) -> dict[str, Table]:
    found = MetaData()
    found.reflect(connection, schema=schema)
    return {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(select(table).order_by(*table.primary_key.columns))
    return [dict(row) for row in found.mappings()]


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_every_row_of_a_former_version_is_there_in_the_newest(
    version: str, project: Project, request: pytest.FixtureRequest
) -> None:
    old.build(project, version)
    warehouse = Warehouse(project.url, project.schema)
    request.addfinalizer(warehouse.close)
    with warehouse.begin() as connection:
        tables = _tables(connection, warehouse.schema)
        for table in tables.values():
            rows = [{c.name: _value(c, number) for c in table.columns} for number in range(1, ROWS + 1)]
            connection.execute(insert(table), rows)
        before = {name: _rows(connection, table) for name, table in tables.items()}
    assert len(tables) >= 19
    assert {len(rows) for rows in before.values()} == {ROWS}

    assert migrate(warehouse) == (version, VERSIONS[-1])

    with warehouse.begin() as connection:
        now = _tables(connection, warehouse.schema)
        after = {name: _rows(connection, now[name]) for name in tables}
    for name, rows in before.items():
        now_called = {column: column for column in rows[0]}
        now_called |= {old: new for old, new in RENAMED.get(name, {}).items() if old in rows[0]}
        kept = [{column: row[now] for column, now in now_called.items()} for row in after[name]]
        assert kept == rows, name


def test_somebodys_own_view_upon_one_of_ours_hinders_no_migration(tmp_path: Path) -> None:
    project = Project(tmp_path / "config.yaml", f"sqlite:///{tmp_path}/warehouse.db")
    old.build(project, "0013")
    warehouse = Warehouse(project.url)
    with warehouse.begin() as connection:
        view = "CREATE VIEW bi_custom_records AS SELECT object AS module, custom AS data FROM custom_records"
        connection.execute(text(view))
        connection.execute(text("CREATE VIEW mine AS SELECT module, data FROM bi_custom_records"))
    migrate(warehouse)
    with warehouse.begin() as connection:
        assert connection.execute(text("SELECT module, data FROM mine")).all() == []
        assert connection.scalar(text("PRAGMA writable_schema")) == 0
    warehouse.close()
