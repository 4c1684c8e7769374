"""Warehouses of former versions, with rows in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import psycopg
from alembic import command
from psycopg.types.json import Jsonb
from sqlalchemy import text

from models.warehouse.engine import Warehouse
from models.warehouse.migrate import _alembic
from tests.e2e.harness import Project, Row, read_rows
from tests.e2e.whole import table_names


def build(project: Project, version: str) -> None:
    """The tables as that version made them, empty."""
    warehouse = Warehouse(project.url, project.schema)
    with warehouse.begin() as connection:
        if warehouse.schema:
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{warehouse.schema}"'))
        command.upgrade(_alembic(connection), version)
    warehouse.close()


def pour(origin: Project, target: Project) -> None:
    """The rows of a newer warehouse, as far as the tables and columns of an older one take them."""
    for table in set(table_names(target)) & set(table_names(origin)) - {"alembic_version"}:
        rows = read_rows(origin.url, table, schema=origin.schema)
        if rows:
            insert(target, table, rows)


def insert(project: Project, table: str, rows: list[Row]) -> None:
    """By the driver alone; what the table has no column for is left out."""
    if project.url.startswith("sqlite"):
        with closing(sqlite3.connect(project.database)) as connection:
            there = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
            names = [name for name in rows[0] if name in there]
            marks = ", ".join("?" * len(names))
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of tables
            connection.executemany(statement, [[row[name] for name in names] for row in rows])
            connection.commit()
        return
    with psycopg.connect(project.url.replace("postgresql+psycopg", "postgresql")) as session:
        answer = session.execute(f'SELECT * FROM "{project.schema}".{table} LIMIT 0')  # noqa: S608
        names = [column.name for column in answer.description or () if column.name in rows[0]]
        marks = ", ".join(["%s"] * len(names))
        place = f'"{project.schema}".{table} ({", ".join(names)})'
        statement = f"INSERT INTO {place} OVERRIDING SYSTEM VALUE VALUES ({marks})"  # noqa: S608
        with session.cursor() as cursor:
            cursor.executemany(statement, [[_adapted(row[name]) for name in names] for row in rows])


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
