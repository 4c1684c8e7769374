"""PostgreSQL by changing the URL alone: the same tables, marts, plans and page as on SQLite."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.e2e.harness import KEPT, MARTS, OF_THE_RUN, Crms, Project, Row, make_project, without

COMMANDS = (["sync"], ["compute"], ["push", "plan"], ["push", "apply"], ["publish"], ["sync"], ["compute"])
OF_THE_MOMENT = OF_THE_RUN | {"as_of", "valid_from", "valid_to"}
"""Columns that say when something was computed."""

LEDGER = ("ops_push_item", "ops_push_plan")
LEDGER_TIMES = {"sent_at", "settled_at", "created_at", "run_id"}


CONVERT: dict[type, Callable[[Any], Any]] = {
    bool: bool,
    datetime: lambda text: datetime.fromisoformat(f"{text}+00:00"),
    date: date.fromisoformat,
    dict: json.loads,
    list: json.loads,
}


def as_postgresql_has_it(value: Any, like: Any) -> Any:
    """SQLite's value in the Python type that PostgreSQL's driver gives for it."""
    if value is None or like is None:
        return value
    if isinstance(like, Decimal):
        return Decimal(repr(value)).quantize(like)
    return CONVERT.get(type(like), lambda same: same)(value)


def key(row: Row) -> str:
    return json.dumps(
        {
            name: value
            for name, value in row.items()
            if name.endswith(("source", "_id", "metric", "type", "start", "day", "stage", "pipeline", "field"))
        },
        default=str,
        sort_keys=True,
    )


def assert_same_rows(table: str, sqlite: list[Row], postgresql: list[Row]) -> None:
    assert postgresql, f"{table} is empty"
    assert len(sqlite) == len(postgresql), table
    for mine, theirs in zip(sorted(sqlite, key=key), sorted(postgresql, key=key), strict=True):
        assert mine.keys() == theirs.keys()
        differing = {
            name: (mine[name], value)
            for name, value in theirs.items()
            if as_postgresql_has_it(mine[name], value) != value
        }
        assert differing == {}, f"{table} {key(theirs)}: {differing}"


def _decoded(row: Row) -> Row:
    """JSON values, which are text on SQLite even where they hold a single text."""
    return {name: json.loads(value) if value and name.endswith("_value") else value for name, value in row.items()}


@pytest.fixture(scope="module")
def both(
    _small_crms: Crms, _computed: Project, _postgres_server: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, Project]:
    """The same commands on the same CRMs, on each database."""
    with psycopg.connect(_postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE twin")
    folder = tmp_path_factory.mktemp("both")
    projects = []
    for name, url in (("sqlite", None), ("postgresql", _postgres_server.get_uri(database="twin", driver="psycopg"))):
        _small_crms.restore()
        project = make_project(folder / name, _small_crms.url, url)
        project.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
        for command in COMMANDS:
            project.run(*command).expect(0)
        projects.append(project)
    return projects[0], projects[1]


def test_every_table_is_the_same_on_both_databases(both: tuple[Project, Project]) -> None:
    sqlite, postgresql = both
    first, second = sqlite.config.read_text().splitlines(), postgresql.config.read_text().splitlines()
    assert [line for line in first if line not in second] == ["  url: sqlite:///warehouse.db"]

    for table in (*KEPT, *MARTS):
        ignored = OF_THE_MOMENT | (
            {"modified_at", "last_activity_at", "row_hash", "custom"} if table != "people" else set()
        )
        mine = [without(row, ignored) for row in sqlite.rows(table)]
        theirs = [without(row, ignored) for row in postgresql.rows(table)]
        assert_same_rows(table, mine, theirs)
    for table in LEDGER:
        mine = [_decoded(without(row, LEDGER_TIMES)) for row in sqlite.rows(table)]
        theirs = [without(row, LEDGER_TIMES) for row in postgresql.rows(table)]
        assert_same_rows(table, mine, theirs)


def test_records_that_no_push_touched_are_the_same_to_the_last_column_and_hash(
    both: tuple[Project, Project],
) -> None:
    sqlite, postgresql = both
    for table in ("users", "teams", "contacts", "leads", "deals"):
        mine = [without(row) for row in sqlite.rows(table)]
        theirs = [without(row) for row in postgresql.rows(table)]
        assert_same_rows(table, mine, theirs)


def test_the_history_of_runs_and_messages_is_the_same(both: tuple[Project, Project]) -> None:
    told = [
        [
            (row["command"], row["state"])
            for row in sorted(project.rows("ops_run"), key=lambda row: str(row["started_at"]))
        ]
        for project in both
    ]
    assert told[0] == told[1]
    assert [state for _, state in told[1]] == ["done"] * len(COMMANDS)
    sent = [[(row["channel"], row["kind"], row["state"]) for row in project.rows("ops_message")] for project in both]
    assert sorted(sent[0]) == sorted(sent[1])
    assert len(sent[1]) == 2
    assert (both[1].folder / "report.html").stat().st_size > 10_000


def test_a_second_warehouse_in_another_schema_of_the_same_database_stays_apart(
    crms: Crms, computed: Project, postgres_url: str
) -> None:
    one = computed.with_warehouse("one", postgres_url, "eins")
    two = computed.with_warehouse("two", postgres_url, "Zwei Häuser")
    for project in (one, two):
        project.config.write_text(
            project.config.read_text().replace(f"schema: {project.schema}", f"schema: {json.dumps(project.schema)}")
        )
        project.run("migrate").expect(0)

    one.run("sync", "--source", "fxiaoke").expect(0)

    assert len(one.rows("leads")) > 0
    with psycopg.connect(postgres_url.replace("postgresql+psycopg", "postgresql")) as connection:
        counted = connection.execute("SELECT schemaname, n_live_tup FROM pg_stat_user_tables WHERE relname = 'leads'")
        assert {name for name, _ in counted} == {"eins", "Zwei Häuser"}
        empty = connection.execute('SELECT count(*) FROM "Zwei Häuser".leads').fetchone()
    assert empty == (0,)


def test_the_password_of_the_database_is_shown_nowhere(computed: Project) -> None:
    secret = "canary-7f3a9c51"  # noqa: S105 - the point of the test
    project = computed.with_warehouse("wrong", f"postgresql+psycopg://somebody:{secret}@127.0.0.1:1/nothing")

    for command in (["sync"], ["migrate"], ["status", "--json"]):
        result = project.run(*command)
        assert result.code == 1
        assert secret not in result.words
        assert "somebody" in result.words
