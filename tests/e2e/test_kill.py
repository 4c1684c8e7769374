"""`kill -9` at any instant, then the same command: the tables and the CRMs are as if nothing had happened."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models.warehouse.engine import Warehouse
from models.warehouse.migrate import migrate
from sandbox.server import Sandbox
from tests.e2e.harness import (
    CORE,
    Crms,
    Fxiaoke,
    Project,
    Row,
    Zoho,
    assert_same_tables,
    core_tables,
    kill_after,
    make_project,
    read_rows,
    seconds_of,
    thin_out,
)
from tests.e2e.starter import Started

SYNC_KILLS = {"sqlite": 20, "postgresql": 6}
PUSH_KILLS = 4
DAILY_KILLS = 20
AT_ONCE = 3
"""Trials side by side: each has a warehouse of its own, and waits for the CRM for most of its time."""


@pytest.fixture(scope="module")
def slow_crms() -> Iterator[Crms]:
    """A sixth of the demo's data, each answer a little late, so that there is something to interrupt."""
    with Sandbox(seed=7, fxiaoke_limit=1_000_000, latency_ms=30) as running:
        thin_out(running, 6)
        yield Crms(running)


@pytest.fixture(scope="module")
def project(slow_crms: Crms, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make_project(tmp_path_factory.mktemp("kill") / "project", slow_crms.url)
    made.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
    return made


# --- sync


def moments(count: int, start: float, end: float, seed: int) -> list[float]:
    """One random point in each of `count` equal parts of a stretch, shuffled."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    found = [start + (place + rng.random()) * (end - start) / count for place in range(count)]
    rng.shuffle(found)
    return found


class Warehouses:
    """Fresh warehouses for one project, as many as are asked for."""

    def __init__(self, project: Project, kind: str, folder: Path, postgres_url: Callable[[], str]) -> None:
        self._project, self._kind, self._folder = project, kind, folder
        self._server_url = postgres_url() if kind == "postgresql" else ""

    def fresh(self, name: str) -> Project:
        if self._kind == "sqlite":
            found = self._project.with_warehouse(name, f"sqlite:///{self._folder / name}.db")
        else:
            found = self._project.with_warehouse(name, self._server_url, name)
        opened = Warehouse(found.url, found.schema)
        migrate(opened)
        opened.close()
        return found


def progress(project: Project, scratch: Path) -> tuple[int, list[Row]]:
    """What a killed process left: rows of core tables, and checkpoints. A SQLite file is looked at in a copy, since to open it is to mend it."""
    url = project.url
    if url.startswith("sqlite"):
        scratch.mkdir(parents=True)
        for file in project.database.parent.glob(f"{project.database.name}*"):
            if not file.name.endswith((".lock", "-shm")):
                shutil.copy(file, scratch)
        url = f"sqlite:///{scratch / project.database.name}"
    rows = sum(len(read_rows(url, table, schema=project.schema)) for table in CORE)
    return rows, read_rows(url, "ops_checkpoint", schema=project.schema)


def finished(checkpoints: Sequence[Row]) -> set[tuple[str, str, str]]:
    return {(row["source"], row["stream"], row["slice"]) for row in checkpoints if row["state"] == "done"}


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: so long after the process began or, if any are named, after it has left so many checkpoints."""

    after_s: float
    checkpoints: int = 0


def kill_at(moment: Moment, project: Project) -> bool:
    """Start a sync and kill it then; False if it had ended before."""
    process = project.start("sync")
    while moment.checkpoints and process.poll() is None and len(project.rows("ops_checkpoint")) < moment.checkpoints:
        time.sleep(0.01)
    return kill_after(process, moment.after_s)


def killed_and_run_again(
    trial: Project, moment: Moment, *, expected: dict[str, list[Row]], whole: Any, scratch: Path
) -> bool:
    """One trial; True if the kill fell between the first and the last commit of the sync."""
    killed = kill_at(moment, trial)
    rows, checkpoints = progress(trial, scratch / trial.config.stem)
    trial.run("sync").expect(0)

    told = f"killed at {moment}:"
    assert_same_tables(core_tables(trial.url, trial.schema), expected, told)
    after = trial.rows("ops_checkpoint")
    assert [row for row in after if row["state"] == "reading"] == [], told
    assert finished(after) == whole, told
    assert trial.rows("ops_run", "state = 'running'") == [], told
    return killed and rows > 0 and finished(checkpoints) != whole


def prove_sync(warehouses: Warehouses, count: int, scratch: Path, seed: int) -> None:
    """Half of the kills fall anywhere between the start of the process and its end, half where it writes."""
    undisturbed = warehouses.fresh("undisturbed")
    length_s = seconds_of(undisturbed, "sync")
    expected = core_tables(undisturbed.url, undisturbed.schema)
    whole = finished(undisturbed.rows("ops_checkpoint"))
    assert all(expected.values())
    assert len(whole) >= 12

    anywhere = count // 2
    when: list[Moment] = [Moment(after_s=seconds) for seconds in moments(anywhere, 0, length_s, seed)]
    when += [  # every other one right behind a commit, where a checkpoint ahead of its rows would show
        Moment(after_s=(point % 1) / 5 * (number % 2), checkpoints=int(point))
        for number, point in enumerate(moments(count - anywhere, 1, len(whole) - 1, seed))
    ]
    trials = [warehouses.fresh(f"trial_{number}") for number in range(count)]
    prove = partial(killed_and_run_again, expected=expected, whole=whole, scratch=scratch)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        amid = sum(pool.map(prove, trials, when))
    assert amid >= count / 3, f"only {amid} of {count} kills fell between the first and the last commit"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_sync_killed_at_any_moment_and_run_again_leaves_the_tables_of_an_undisturbed_one(
    kind: str, project: Project, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    warehouses = Warehouses(project, kind, tmp_path, lambda: str(request.getfixturevalue("postgres_url")))
    prove_sync(warehouses, SYNC_KILLS[kind], tmp_path / "seen", seed=20)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_hundred_kills_leave_no_trace(
    kind: str, project: Project, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    warehouses = Warehouses(project, kind, tmp_path, lambda: str(request.getfixturevalue("postgres_url")))
    prove_sync(warehouses, 100, tmp_path / "seen", seed=100)


# --- push


@pytest.fixture(scope="module")
def planned(slow_crms: Crms, project: Project) -> Project:
    """Read, computed and planned; the CRMs hold nothing of it yet."""
    for command in (["sync"], ["compute"], ["push", "plan"]):
        project.run(*command).expect(0)
    slow_crms.keep()
    return project


def written_values(crms: Crms, items: Sequence[Row]) -> dict[tuple[str, str, str], str | None]:
    """What both CRMs hold in the fields of the items, as text."""
    zoho, fxiaoke = Zoho(crms.url), Fxiaoke(crms.url)
    names = {row["object"]: {item["field"] for item in items if item["object"] == row["object"]} for row in items}
    live = {
        name: fxiaoke.records(name) if name.endswith(("Obj", "__c")) else zoho.records(name, fields)
        for name, fields in names.items()
    }
    return {
        (item["object"], item["source_id"], item["field"]): live[item["object"]][item["source_id"]].get(item["field"])
        for item in items
    }


def same_value(live: Any, planned_text: Any) -> bool:
    """Numbers by their value, whatever their form; text as it is."""
    text = json.loads(planned_text)
    if live == text:
        return True
    try:
        return Decimal(str(live)) == Decimal(text)
    except InvalidOperation:
        return False


def assert_all_written(crms: Crms, project: Project) -> None:
    items = project.rows("ops_push_item")
    assert len(items) > 300
    assert Counter(item["outcome"] for item in items) == {"applied": len(items)}
    assert {plan["state"] for plan in project.rows("ops_push_plan")} == {"settled"}
    live = written_values(crms, items)
    wrong = [
        (item["object"], item["source_id"], item["field"], item["new_value"])
        for item in items
        if not same_value(live[item["object"], item["source_id"], item["field"]], item["new_value"])
    ]
    assert wrong == []


def repeated_calls(crms: Crms) -> int:
    """Write calls that hold a record which an earlier call had written."""
    seen: set[tuple[str, str]] = set()
    repeated = 0
    for one in crms.writes():
        records = {(one["path"].split("/")[3], record["id"]) for record in one["records"]}
        if one["system"] == "fxiaoke":
            records = {(one["path"], record["id"]) for record in one["records"]}
        repeated += bool(records & seen)
        seen |= records
    return repeated


def assert_nothing_left_to_plan(project: Project) -> None:
    found = project.run("push", "plan", "--json").expect(0).document
    assert [plan["planned"] for plan in found["plan"]] == [0, 0]


def wait_for(condition: Callable[[], bool], process: Started, within_s: float = 60) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_a_push_killed_at_any_moment_and_applied_again_writes_everything_once(
    planned: Project, slow_crms: Crms, tmp_path: Path
) -> None:
    slow_crms.restore()
    undisturbed = planned.copy_to(tmp_path / "undisturbed")
    undisturbed.run("push", "apply").expect(0)
    assert_all_written(slow_crms, undisturbed)
    needed = len(slow_crms.writes())

    amid = 0
    for number, reached in enumerate(moments(PUSH_KILLS, 0, needed, seed=5)):
        slow_crms.restore()
        trial = planned.copy_to(tmp_path / f"trial_{number}")
        process = trial.start("push", "apply")
        wait_for(lambda reached=reached: len(slow_crms.writes()) >= int(reached), process)  # type: ignore[misc]
        kill_after(process, (reached % 1) / 10)  # the next write may be on its way, or done, or not begun
        amid += 0 < len(slow_crms.writes()) < needed
        trial.run("push", "apply").expect(0)

        assert_all_written(slow_crms, trial)
        assert repeated_calls(slow_crms) <= 1, f"killed after {reached:.2f} writes"
    assert amid > PUSH_KILLS / 2
    assert_nothing_left_to_plan(trial)


@pytest.mark.parametrize(
    "call",
    [("zoho", "PUT", "/crm/v8/Accounts", 2), ("fxiaoke", "POST", "/cgi/crm/v2/data/update", 5)],
    ids=["zoho", "fxiaoke"],
)
def test_a_push_killed_between_the_effect_and_its_answer_reads_back_instead_of_writing_again(
    call: tuple[str, str, str, int], planned: Project, slow_crms: Crms, tmp_path: Path
) -> None:
    slow_crms.restore()
    system, method, path, nth = call
    match = {"system": system, "method": method, "path": path, "nth": nth}
    slow_crms.faults((match, {"delay_ms": 5_000, "when": "after"}))
    trial = planned.copy_to(tmp_path / "trial")
    process = trial.start("push", "apply")
    wait_for(lambda: len([one for one in slow_crms.writes(system) if one["path"] == path]) == nth, process)
    process.kill()
    process.communicate()
    in_flight = trial.rows("ops_push_item", "outcome = 'sent'")
    slow_crms.faults()
    trial.run("push", "apply").expect(0)

    assert in_flight
    assert_all_written(slow_crms, trial)
    assert repeated_calls(slow_crms) == 0


@pytest.mark.nightly
def test_a_daily_run_killed_while_it_pushes_is_made_good_by_the_next_one(
    planned: Project, slow_crms: Crms, tmp_path: Path
) -> None:
    slow_crms.restore()
    planned.copy_to(tmp_path / "undisturbed").run("run", "daily").expect(0)
    needed = len(slow_crms.writes())

    for number, reached in enumerate(moments(DAILY_KILLS, 1, needed, seed=9)):
        slow_crms.restore()
        trial = planned.copy_to(tmp_path / f"daily_{number}")
        process = trial.start("run", "daily")
        wait_for(lambda reached=reached: len(slow_crms.writes()) >= int(reached), process)  # type: ignore[misc]
        assert kill_after(process, (reached % 1) / 20)
        trial.run("run", "daily").expect(0)

        assert repeated_calls(slow_crms) <= 1
        assert trial.rows("ops_push_item", "outcome IN ('sent', 'conflict', 'rejected')") == []
        assert_nothing_left_to_plan(trial)
