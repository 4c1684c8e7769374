"""A step that breaks in a way nobody foresaw: the run is failed, by Prefect or without it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.e2e.harness import Project


@pytest.mark.parametrize("options", [(), ("--prefect",)])
def test_a_run_that_breaks_is_failed_and_says_why(computed: Project, options: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(computed.database)) as connection, connection:
        connection.execute("DROP TABLE contacts")
    result = computed.run("run", "daily", *options)
    assert result.code == 1
    assert "no such table: contacts" in result.err
    (run,) = computed.rows("ops_run", "command = 'run daily'")
    assert run["state"] == "failed"
    assert "no such table: contacts" in run["error"]
