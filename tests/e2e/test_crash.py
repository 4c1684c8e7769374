"""`kill -9` at any instant, then the same command: all tables are as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.server import Sandbox
from tests.e2e import old
from tests.e2e.copies import Copies, Make
from tests.e2e.harness import Crms, Project, kill_after, make_project, moments, thin_out
from tests.e2e.whole import Tables, assert_same, differs, whole
from tests.property.acts import some_edit
from tests.property.people import People

AT_ONCE = 3
"""Trials side by side: each has a warehouse of its own, and waits for the CRM for most of its time."""

EVERY, EDITS = 12, 100
READ, WORKED, AHEAD = timedelta(hours=3), timedelta(hours=1), timedelta(minutes=30)
"""By so much the CRMs' clock goes behind when the warehouses are read first, and when people work after that; and ahead
during the trials, so that whatever a run says of its own time is later than when they began."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command that is killed.

    Attributes:
        command: What is run, killed, and run again.
        begin: The state of the warehouse before it: empty, `read` before people did their day's work, the same read
            with the local days of `elsewhere`, or of the first `version`.
        kills: By database, in `make test`; ten times as many in `make nightly`.
        commits: It writes in more than one transaction.
        anywhere: Share of the kills that come at any moment; the others come at a commit.
    """

    command: tuple[str, ...]
    begin: str
    kills: dict[str, int]
    commits: bool = True
    anywhere: float = 0.5


_TODAY = datetime.now(UTC).date()
_RANGE = ("--from", str(_TODAY - timedelta(days=200)), "--to", str(_TODAY), "--parallel", "2")
JOBS = {
    "first sync": Job(("sync",), "empty", {"sqlite": 7, "postgresql": 4}),
    "increment": Job(("sync",), "read", {"sqlite": 6, "postgresql": 4}),
    "whole sync": Job(("sync", "--full"), "read", {"sqlite": 2, "postgresql": 2}),
    "backfill": Job(
        ("backfill", "--stream", "leads", "--stream", "deals", *_RANGE),
        "read",
        {"sqlite": 3, "postgresql": 3},
        anywhere=0.0,
    ),
    "replay": Job(("replay",), "elsewhere", {"sqlite": 3, "postgresql": 3}, anywhere=0.0),
    "migration": Job(("migrate",), "version", {"sqlite": 3, "postgresql": 2}, commits=False),
}


class Commits:
    """Counts the commits of a warehouse while others work on it, as far as a look each few milliseconds can."""

    def __init__(self, project: Project) -> None:
        self.count = 0
        self._schema = project.schema
        self._connection: Any
        if project.url.startswith("sqlite"):
            self._connection, self._mark = sqlite3.connect(project.database), self._version
        else:
            dsn = project.url.replace("postgresql+psycopg", "postgresql")
            self._connection, self._mark = psycopg.connect(dsn, autocommit=True), self._rows
        self._last = self._mark()

    def look(self) -> int:
        mark = self._mark()
        self.count += mark != self._last
        self._last = mark
        return self.count

    def close(self) -> None:
        """To be done before a kill: the last one to leave a SQLite file mends it."""
        self._connection.close()

    def _version(self) -> Any:
        return self._connection.execute("PRAGMA data_version").fetchone()

    def _rows(self) -> Any:
        return self._connection.execute(
            f'SELECT count(*), max(xmin::text::bigint) FROM "{self._schema}".ops_checkpoint'  # noqa: S608 - ours
        ).fetchone()


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: so long after the process began, or after its so manieth commit."""

    after_s: float
    commits: int = 0


def kill_at(moment: Moment, trial: Project, job: Job) -> bool:
    """Start the command and kill it then; False if it had ended before."""
    counting = Commits(trial) if moment.commits else None
    process = trial.start(*job.command)
    if counting:
        while process.poll() is None and counting.look() < moment.commits:
            time.sleep(0.003)
        counting.close()
    return kill_after(process, moment.after_s)


@dataclass(slots=True)
class Undisturbed:
    """What the command does when nobody kills it."""

    length_s: float
    commits: int
    before: Tables
    after: Tables


def undisturbed(project: Project, job: Job, since: datetime) -> Undisturbed:
    before, counting = whole(project, since), Commits(project) if job.commits else None
    begun = time.monotonic()
    process = project.start(*job.command)
    while process.poll() is None:
        if counting:
            counting.look()
        time.sleep(0.003)
    length_s = time.monotonic() - begun
    assert process.returncode == 0, process.communicate()
    if counting:
        counting.close()
    return Undisturbed(length_s, counting.count if counting else 0, before, whole(project, since))


@dataclass(slots=True)
class Proof:
    """Trials of one job on one database."""

    name: str
    job: Job
    copies: Copies
    origin: Project
    since: datetime
    seen: Path

    def amid(self, count: int, seed: int) -> int:
        """Kill it `count` times; how often that was between the first and the last commit."""
        begun = f"{self.name.replace(' ', '_')}_{count}"
        calm = undisturbed(self.copies.copy(self.origin, f"{begun}_calm"), self.job, self.since)
        anywhere = int(count * self.job.anywhere) if self.job.commits else count
        when = [Moment(after_s=seconds) for seconds in moments(anywhere, 0, calm.length_s, seed)]
        between_s = calm.length_s / max(1, calm.commits)
        when += [
            Moment(after_s=(point % 1) * between_s * (number % 2), commits=int(point))
            for number, point in enumerate(moments(count - anywhere, 1, calm.commits, seed))
        ]
        trials = [self.copies.copy(self.origin, f"{begun}_{number}") for number in range(count)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return sum(pool.map(partial(self._trial, calm=calm), trials, when))

    def _trial(self, trial: Project, moment: Moment, *, calm: Undisturbed) -> bool:
        told = f"{self.name} killed at {moment}:"
        killed = kill_at(moment, trial, self.job)
        left = self._left(trial)
        begun, unfinished = (differs(left, self.since, tables) for tables in (calm.before, calm.after))
        trial.run(*self.job.command).expect(0)
        assert_same(whole(trial, self.since), calm.after, told)
        assert trial.rows("ops_run", "state = 'running'") == [], told
        if not self.job.commits:
            assert not (begun and unfinished), f"{told} half of it was there"
            return killed and not begun
        return killed and begun and unfinished

    def _left(self, trial: Project) -> Project:
        """What a killed process left. A SQLite file is looked at in a copy, since to open it is to mend it."""
        if not trial.url.startswith("sqlite"):
            return trial
        scratch = self.seen / trial.config.stem
        scratch.mkdir(parents=True)
        for file in trial.database.parent.glob(f"{trial.database.name}*"):
            if not file.name.endswith((".lock", "-shm")):
                shutil.copy(file, scratch)
        return Project(trial.config, f"sqlite:///{scratch / trial.database.name}")


# --- the CRMs and the states of the warehouse


@pytest.fixture(scope="module")
def slow_crms() -> Iterator[tuple[Crms, Crms]]:
    """Before and after people's work; each answer comes a little late, so that there is something to interrupt."""
    with Sandbox(seed=7, fxiaoke_limit=1_000_000, latency_ms=20) as running:
        thin_out(running, EVERY)
        before, after = Crms(running), Crms(running)
        before.keep()
        running.world.clock_offset = -WORKED
        people, rng = People(after), random.Random(3)  # noqa: S311 - repeatable, not secret
        for _ in range(EDITS):
            people.do(some_edit(rng))
        after.keep()
        yield before, after


@pytest.fixture(scope="module")
def proofs(
    slow_crms: tuple[Crms, Crms], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[tuple[str, str], Proof]:
    """By database and job."""
    before, after = slow_crms
    world, folder = before.sandbox.world, tmp_path_factory.mktemp("crash")
    before.restore()
    world.clock_offset = -READ
    project = make_project(folder / "project", before.url)
    project.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
    origins: dict[tuple[str, str], Project] = {}
    copies = {
        kind: Copies(project, kind, folder / kind, lambda: request.getfixturevalue("_postgres_server"))
        for kind in ("sqlite", "postgresql")
    }
    for kind, warehouses in copies.items():
        for name, begin in BEGINNINGS.items():
            origins[kind, name] = warehouses.make(name, begin)
        old.pour(origins[kind, "read"], origins[kind, "version"])
    after.restore()
    world.clock_offset = AHEAD
    since = datetime.now(UTC)
    return {
        (kind, name): Proof(name, job, warehouses, origins[kind, job.begin], since, folder)
        for kind, warehouses in copies.items()
        for name, job in JOBS.items()
    }


def _migrate(project: Project) -> None:
    project.run("migrate").expect(0)


def _read(project: Project) -> None:
    for command in ("migrate", "sync", "compute"):
        project.run(command).expect(0)


def _read_elsewhere(project: Project) -> None:
    project.change("timezone: Asia/Shanghai", "timezone: America/New_York")
    _read(project)


BEGINNINGS: dict[str, Make] = {
    "empty": _migrate,
    "read": _read,
    "elsewhere": _read_elsewhere,
    "version": partial(old.build, version="0001"),
}


# --- the proof


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_command_killed_at_any_moment_and_run_again_leaves_what_an_undisturbed_one_does(
    kind: str, name: str, proofs: dict[tuple[str, str], Proof]
) -> None:
    count = JOBS[name].kills[kind]
    amid = proofs[kind, name].amid(count, seed=20)
    assert amid >= count / 3, f"only {amid} of {count} kills fell between the first and the last commit"


@pytest.mark.nightly
@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nine_times_as_many_kills_leave_no_trace(kind: str, name: str, proofs: dict[tuple[str, str], Proof]) -> None:
    count = 9 * JOBS[name].kills[kind]
    amid = proofs[kind, name].amid(count, seed=200)
    assert amid >= count / 3, f"only {amid} of {count} kills fell between the first and the last commit"


def test_forty_kills_are_made_in_each_test_run() -> None:
    assert sum(sum(job.kills.values()) for job in JOBS.values()) >= 40
