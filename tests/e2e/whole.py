"""A whole warehouse as data: every table, without what differs between two runs over the same CRMs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import zstandard

from tests.e2e.harness import Project, Row, read_rows

THEN = "then"
"""Stands for any instant since the trials began."""

LOOKBACK = timedelta(minutes=10)
"""So much is a watermark behind the time of its run."""

_OF_A_RUN = frozenset({"run_id", "id"})
_ASIDE = frozenset({"ops_run", "ops_api_usage", "ops_metadata", "alembic_version"})
"""Each command adds a run and its calls, be it killed or not, and keeps answers with the numbers of those calls."""

_TIMES = {"ops_checkpoint": {"since"}}
"""Of whichever run came last: NULL if it was the first."""

Tables = dict[str, list[Row]]


def table_names(project: Project) -> list[str]:
    if project.url.startswith("sqlite"):
        with closing(sqlite3.connect(project.database)) as connection:
            rows = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            return sorted(name for (name,) in rows)
    with psycopg.connect(project.url.replace("postgresql+psycopg", "postgresql")) as connection:
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'",
            [project.schema],
        )
        return sorted(name for (name,) in found)


def whole(project: Project, since: datetime) -> Tables:
    """All tables but those of runs: rows without run ids and numbers, later instants as `THEN`, in order.

    Args:
        project: Nobody is working on its warehouse.
        since: When the trials began.
    """
    return {name: _table(project, name, since) for name in _compared(project)}


def differs(project: Project, since: datetime, other: Tables) -> bool:
    """Whether `whole` would be another one. It reads no more tables than it takes to know."""
    names = _compared(project)
    return names != [*other] or any(_table(project, name, since) != other[name] for name in names)


def _compared(project: Project) -> list[str]:
    """The smallest first: a command that was killed has told neither how far it read, nor all of what it read."""
    return sorted(set(table_names(project)) - _ASIDE, key=lambda name: (name != "ops_checkpoint", name))


def _table(project: Project, name: str, since: datetime) -> list[Row]:
    rows = read_rows(project.url, name, schema=project.schema)
    if name == "raw_page":
        return _newest_records(rows)
    return sorted((_row(name, row, since) for row in rows), key=repr)


def _newest_records(pages: list[Row]) -> list[Row]:
    """The newest version of each record: how many come in one batch depends on how fast they come."""
    newest: dict[tuple[str, str, str], str] = {}
    for page in sorted(pages, key=lambda page: page["id"]):
        with zstandard.ZstdDecompressor().stream_reader(page["body"], read_across_frames=True) as reader:
            lines = reader.read().split(b"\n")
        for record in (record for line in lines if line for record in json.loads(line)):
            key = next(str(record[name]) for name in ("_id", "openUserId", "id") if name in record)
            newest[page["source"], page["stream"], key] = json.dumps(record)
    return [{"stream": stream, "record": newest[source, stream, key]} for source, stream, key in sorted(newest)]


def _row(table: str, row: Row, since: datetime) -> Row:
    aside = _OF_A_RUN | _TIMES.get(table, set())
    return {
        name: _value(value, since - LOOKBACK if name == "watermark" else since)
        for name, value in row.items()
        if name not in aside
    }


def _value(value: Any, since: datetime) -> Any:
    instant = value
    if isinstance(value, str) and len(value) == len("2026-01-01 00:00:00.000000"):
        try:
            instant = datetime.fromisoformat(f"{value}+00:00")
        except ValueError:
            return value
    if not isinstance(instant, datetime):
        return value
    return THEN if since <= instant.astimezone(UTC) < since + timedelta(days=1) else value


def assert_same(found: Tables, expected: Tables, told: str) -> None:
    """Row by row; a difference is named instead of printed with thousands of rows around it."""
    assert found.keys() == expected.keys(), told
    for table, rows in expected.items():
        assert len(found[table]) == len(rows), f"{told} {table}: {len(found[table])} rows instead of {len(rows)}"
        for got, wanted in zip(found[table], rows, strict=True):
            assert got == wanted, f"{told} {table} {wanted}: {_differing(got, wanted)}"


def _differing(got: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {name: (got.get(name), wanted[name]) for name in wanted if got.get(name) != wanted[name]}
