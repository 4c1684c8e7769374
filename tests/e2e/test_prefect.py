"""Through Prefect the same happens as without it, and it can be looked at there."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from models.warehouse.engine import Warehouse
from tests.e2e.harness import CRMSYNC, Crms, Project, environment


@pytest.fixture(scope="module")
def prefect_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def prefect_url(prefect_folder: Path) -> Iterator[str]:
    """A real Prefect server, started as the product starts its own, in a process that can set its environment."""
    code = (
        "import sys, pathlib; from flows.prefect_server import server\n"
        "with server(pathlib.Path(sys.argv[1])) as ready: print(ready(), flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(prefect_folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment({"NO_PROXY": "127.0.0.1"}),  # as `crmsync` sets it for itself
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.communicate("", timeout=60)


@pytest.fixture
def computed(computed: Project) -> Project:
    return computed.lean()  # each stream is a task, which is many calls to the server


@pytest.fixture
def planned(planned: Project) -> Project:
    return planned.lean()


@pytest.fixture
def seasoned(planned: Project, prefect_url: str, prefect_folder: Path) -> Project:
    """A project that went through Prefect before: its database is there, which takes a server ten seconds to make."""
    assert prefect_url
    home = planned.folder / ".prefect"
    home.mkdir()
    with (
        closing(sqlite3.connect(prefect_folder / ".prefect" / "prefect.db")) as made,
        closing(sqlite3.connect(home / "prefect.db")) as copy,
    ):
        made.backup(copy)
    return planned


def ask(url: str, path: str) -> Any:
    request = urllib.request.Request(f"{url}/{path}", data=b"{}", headers={"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def daily(project: Project, prefect_url: str) -> Any:
    return project.run("run", "daily", "--prefect", "--json", env={"PREFECT_API_URL": prefect_url})


def last_flow_run(prefect_url: str) -> Any:
    runs = ask(prefect_url, "flow_runs/filter")
    return max(runs, key=lambda run: run["start_time"])


def test_each_step_is_a_task_and_the_artifacts_show_the_run_and_the_leaderboard(
    planned: Project, prefect_url: str
) -> None:
    document = daily(planned, prefect_url).expect(0).document
    assert document["state"] == "done"
    flow_run = last_flow_run(prefect_url)
    assert (flow_run["state"]["type"], flow_run["state"]["name"]) == ("COMPLETED", "Completed")
    tasks = {run["name"].rsplit("-", 1)[0] for run in ask(prefect_url, "task_runs/filter")}
    assert {"sync zoho deals", "sync fxiaoke leads", "compute tier", "push plan zoho", "push apply fxiaoke"} <= tasks
    artifacts = {artifact["key"]: json.loads(artifact["data"]) for artifact in ask(prefect_url, "artifacts/filter")}
    board = artifacts["leaderboard"]
    shown = {row["rank"]: row["reason"] for row in board}
    quarters = planned.rows("mart_score", "source = '*' AND rank = 1")
    best = [row for row in quarters if row["reason_zh"] == shown[1]]
    assert best
    assert {row["reason"] for row in board if row["rank"] == 1} == {row["reason_zh"] for row in best}
    summary = artifacts["run-summary"]
    assert {(row["source"], row["stream"]) for row in summary if row["verb"] == "sync"} >= {("zoho", "leads")}


def test_a_record_that_cannot_be_read_shows_as_a_partial_run(planned: Project, crms: Crms, prefect_url: str) -> None:
    record = {"id": "5000000000999999", "Account_Name": "Zeta", "Created_Time": "soon"}
    record["Modified_Time"] = "2026-01-01T00:00:00+08:00"
    page = {"data": [record], "info": {"per_page": 200, "count": 1, "more_records": False}}
    crms.faults(({"system": "zoho", "method": "GET", "path": "/crm/v8/Accounts", "nth": 1}, {"body": page}))
    assert daily(planned, prefect_url).expect(3).document["state"] == "partial"
    flow_run = last_flow_run(prefect_url)
    assert (flow_run["state"]["type"], flow_run["state"]["name"]) == ("COMPLETED", "Partial")


def test_what_ends_a_run_ends_it_with_the_same_code_through_prefect(planned: Project, prefect_url: str) -> None:
    warehouse = Warehouse(planned.url)
    with warehouse.lock("publish messages"):
        through = daily(planned, prefect_url).expect(3)
    warehouse.close()
    assert "another process is sending messages" in through.words
    assert "Traceback" not in through.words
    assert last_flow_run(prefect_url)["state"]["type"] == "FAILED"


@pytest.mark.parametrize("through", ["this process", "Prefect"])
def test_a_run_that_breaks_in_a_way_nobody_foresaw_is_failed_and_says_why(
    through: str, computed: Project, prefect_url: str
) -> None:
    with closing(sqlite3.connect(computed.database)) as connection, connection:
        broken = "BEGIN SELECT RAISE(ABORT, 'the weather is bad'); END"
        connection.execute(f"CREATE TRIGGER broken BEFORE INSERT ON mart_kpi {broken}")
    options = ("--prefect",) if through == "Prefect" else ()
    result = computed.run("run", "daily", *options, env={"PREFECT_API_URL": prefect_url})
    assert result.code == 1
    assert "the weather is bad" in result.err
    (run,) = computed.rows("ops_run", "command = 'run daily'")
    assert run["state"] == "failed"
    assert "the weather is bad" in run["error"]


def test_where_no_server_is_configured_one_runs_beside_and_a_second_run_writes_nothing(
    seasoned: Project, crms: Crms
) -> None:
    seasoned.run("push", "apply").expect(0)
    written = len(crms.writes())
    assert written > 0

    again = seasoned.run("run", "daily", "--prefect", "--json").expect(0).document

    assert again["state"] == "done"
    assert [one["planned"] for one in again["plan"]] == [0, 0]
    assert len(crms.writes()) == written
    assert not _children_of(seasoned.folder)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_the_schedule_ends_with_the_signals_code_and_leaves_nothing_running(
    seasoned: Project, number: int, code: int
) -> None:
    log = seasoned.folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [CRMSYNC, "serve", "--config", str(seasoned.config)], stdout=output, stderr=output, env=environment()
        )
    until = time.monotonic() + 90
    while "stop with Ctrl-C" not in log.read_text() and time.monotonic() < until:
        time.sleep(0.3)
    time.sleep(3)  # the runner has to be up, not only announced
    process.send_signal(number)
    assert process.wait(timeout=60) == code, log.read_text()
    assert "run the same command to go on" in log.read_text()
    assert not _children_of(seasoned.folder)


def _children_of(folder: Path) -> list[str]:
    """Command lines of processes that were started with this Prefect home."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if f"PREFECT_HOME={folder}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().decode())
        except (OSError, ProcessLookupError):
            continue
    return found
