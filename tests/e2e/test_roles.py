"""The three roles of docs/how-to/postgresql.md: each can do its work, and nothing beyond it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.e2e.harness import Crms, Project, call, make_project, read_rows

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
FENCE = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROLES = ("crmsync_owner", "crmsync_loader", "crmsync_reader")


def statements(page: str) -> list[str]:
    return FENCE.findall((HOW_TO / page).read_text(encoding="utf-8"))


def test_both_languages_show_the_same_statements() -> None:
    assert len(statements("postgresql.md")) == 2
    assert statements("postgresql.zh.md") == statements("postgresql.md")


@pytest.fixture
def places(_postgres_server: Any) -> Iterator[dict[str, str]]:
    """The URL of a database with the page's roles in it, by role; nobody may do more there than the page grants."""
    setting, _ = statements("postgresql.md")
    with psycopg.connect(_postgres_server.get_uri(), autocommit=True) as server:
        server.execute("CREATE DATABASE roles")
        with psycopg.connect(_postgres_server.get_uri(database="roles")) as connection:
            connection.execute(setting)
            connection.execute("REVOKE ALL ON DATABASE roles FROM PUBLIC")
            connection.execute(f"GRANT CONNECT ON DATABASE roles TO {', '.join(ROLES)}")
            connection.execute("GRANT TEMPORARY ON DATABASE roles TO crmsync_loader")
        url = str(_postgres_server.get_uri(database="roles", driver="psycopg"))
        yield {role: url.replace("postgres:@", f"{role}@") for role in ROLES}
        server.execute("DROP DATABASE roles WITH (FORCE)")
        server.execute(f"DROP ROLE {', '.join(ROLES)}")


def connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("+psycopg", ""), options="-c search_path=crmsync", autocommit=True)


def test_the_owner_migrates_the_loader_works_and_the_reader_reads(
    crms: Crms, places: dict[str, str], tmp_path: Path
) -> None:
    owner = make_project(tmp_path / "project", crms.url, places["crmsync_owner"])  # which migrates, too
    owner.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
    loader: Project = owner.with_warehouse("loader", places["crmsync_loader"])
    for command in (["sync"], ["compute"], ["push", "plan"], ["push", "apply"], ["publish"], ["sync"], ["status"]):
        loader.run(*command).expect(0)
    with connect(places["crmsync_owner"]) as connection:
        connection.execute(statements("postgresql.md")[1])

    deals = read_rows(places["crmsync_reader"], "deals")
    counts = call(f"{crms.url}/_sandbox/state")["counts"]
    assert len(deals) == counts["zoho"]["Deals"] + counts["fxiaoke"]["NewOpportunityObj"]
    with connect(places["crmsync_reader"]) as connection:
        for view in ("mart_score", "hist_change", "deal_snapshot_daily"):
            assert connection.execute(f"SELECT count(*) FROM {view}").fetchone() != (0,), view  # noqa: S608 - names above
        for refused in ("SELECT raw FROM ops_dead_letter", "DELETE FROM deals", "CREATE TABLE mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)
    with connect(places["crmsync_loader"]) as connection:
        for refused in ("DROP TABLE deals", "CREATE TABLE mine (id int)", "ALTER TABLE deals ADD mine int"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused)


def test_the_loader_that_would_have_to_migrate_is_told_so_in_one_line(
    crms: Crms, places: dict[str, str], tmp_path: Path
) -> None:
    owner = make_project(tmp_path / "project", crms.url, places["crmsync_owner"])
    with connect(places["crmsync_owner"]) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    loader = owner.with_warehouse("loader", places["crmsync_loader"])
    answer = loader.run("sync").expect(2)
    assert answer.err.count("\n") == 1
    assert "has version 0001" in answer.err
    assert "crmsync migrate" in answer.err
