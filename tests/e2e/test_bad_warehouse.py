"""What can go wrong with the warehouse's database ends in one clear line and a safe state, on either kind."""

from __future__ import annotations

import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.e2e.copies import Copies
from tests.e2e.harness import CRMSYNC, Crms, Project, Result, environment, execute, finish, without
from tests.e2e.starter import Started
from tests.e2e.whole import Tables, assert_same, whole

KINDS = ("sqlite", "postgresql")
SYNC = ("sync", *(word for name in ("users", "contacts", "leads", "deals") for word in ("--stream", name)))
SINCE = datetime.now(UTC) - timedelta(hours=1)
"""What runs say of their own time is later, also by the lookback."""


def _migrate(project: Project) -> None:
    project.run("migrate").expect(0)


class Trials:
    """Warehouses of one kind that are migrated and hold nothing, and what a calm sync leaves in one."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._origin = copies.make("origin", _migrate)
        self._number = 0
        calm = self.fresh()
        calm.run(*SYNC).expect(0)
        self.calm = whole(calm, SINCE)

    def fresh(self) -> Project:
        self._number += 1
        return self._copies.copy(self._origin, f"trial_{self._number}")


@pytest.fixture(scope="module")
def _trials(
    _small_crms: Crms, _computed: Project, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[[str], Trials]:
    folder, made = tmp_path_factory.mktemp("bad"), {}

    def of(kind: str) -> Trials:
        if kind not in made:
            server = lambda: request.getfixturevalue("_postgres_server")  # noqa: E731 - asked for where it is needed
            made[kind] = Trials(Copies(_computed, kind, folder / kind, server))
        return made[kind]

    return of


@pytest.fixture(params=KINDS)
def trials(request: pytest.FixtureRequest, crms: Crms, _trials: Callable[[str], Trials]) -> Trials:
    return _trials(str(request.param))


@pytest.fixture
def sqlite_trials(crms: Crms, _trials: Callable[[str], Trials]) -> Trials:
    return _trials("sqlite")


@pytest.fixture
def postgresql_trials(crms: Crms, _trials: Callable[[str], Trials]) -> Trials:
    return _trials("postgresql")


def assert_one_line(result: Result, code: int, *names: str) -> None:
    result.expect(code)
    lines = result.err.splitlines()
    told = [line for line in lines if not re.fullmatch(r"\w+ \w+: [\d,]+", line)]  # progress is no fault
    assert len(told) == 1, result.err
    assert [name for name in names if name not in told[0]] == [], told[0]
    assert "Traceback" not in result.words


def assert_whole_after_another(trial: Project, calm: Tables, told: str) -> None:
    """The same command makes it good."""
    trial.run(*SYNC).expect(0)
    assert_same(whole(trial, SINCE), calm, told)
    assert trial.rows("ops_run", "state = 'running'") == [], told


# --- the version, and alterations


@pytest.mark.parametrize("command", [("sync",), ("migrate",), ("backfill", "--stream", "leads"), ("status",)])
def test_a_warehouse_of_a_newer_version_is_left_alone(command: tuple[str, ...], trials: Trials) -> None:
    trial = trials.fresh()
    execute(trial, "UPDATE alembic_version SET version_num = '9999'")
    before = whole(trial, SINCE)
    days = ("--from", "2026-01-01", "--to", "2026-01-02") if command[0] == "backfill" else ()

    assert_one_line(trial.run(*command, *days), 2, "version 9999", "install a newer crmsync")

    assert whole(trial, SINCE) == before
    assert trial.rows("ops_run") == []


def test_an_altered_warehouse_is_refused_before_anything_is_done_and_works_when_mended(trials: Trials) -> None:
    trial = trials.fresh()
    execute(trial, "ALTER TABLE leads RENAME COLUMN company TO firm")

    assert_one_line(trial.run(*SYNC), 2, "leads has no column company", "altered by hand", "take that back")
    assert trial.rows("ops_run") == []
    assert trial.rows("users") == []

    execute(trial, "ALTER TABLE leads RENAME COLUMN firm TO company")
    assert_whole_after_another(trial, trials.calm, "mended")


def test_a_column_of_ones_own_does_no_harm_even_if_it_comes_while_a_sync_runs(trials: Trials, crms: Crms) -> None:
    trial = trials.fresh()
    execute(trial, "ALTER TABLE leads ADD COLUMN mine TEXT")
    crms.faults(({"system": "zoho", "path": "/crm/v8/Leads", "nth": 1}, {"delay_ms": 1_500}))
    process = trial.start(*SYNC)
    wait_for(lambda: crms.fired() == [1], process)
    execute(trial, "ALTER TABLE leads ADD COLUMN ours TEXT", "ALTER TABLE deals ADD COLUMN ours TEXT")
    finish(process).expect(0)

    execute(trial, "UPDATE leads SET mine = 'note', ours = 'note'")
    crms.faults()
    trial.run(*SYNC, "--full").expect(0)
    rows = trial.rows("leads")
    assert {(row.pop("mine"), row.pop("ours")) for row in rows} == {("note", "note")}
    assert len(rows) == len(trials.calm["leads"])


def wait_for(condition: Callable[[], bool], process: Started | subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


# --- the disk


def test_a_disk_that_takes_no_more_bytes_ends_the_sync_and_leaves_what_was_committed(sqlite_trials: Trials) -> None:
    trial, limit = sqlite_trials.fresh(), 800_000
    process = trial.start(*SYNC)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))

    assert_one_line(finish(process), 1, "warehouse", "disk I/O error", "run the same command to go on")

    assert_same_or_part(trial, sqlite_trials.calm)
    assert_whole_after_another(trial, sqlite_trials.calm, f"{limit} bytes")


def assert_same_or_part(trial: Project, calm: Tables) -> None:
    """Rows are missing, none is another one."""
    with closing(sqlite3.connect(trial.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for table in ("users", "contacts", "leads", "deals"):
        assert [row for row in whole(trial, SINCE)[table] if row not in calm[table]] == []


def test_a_full_disk_is_named_and_mended_by_room(sqlite_trials: Trials, tmp_path: Path) -> None:
    """In a file system of 1 MB of the command's own, which ends with it."""
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets no user mount a file system of his own")
    trial, kept = sqlite_trials.fresh(), tmp_path / "kept"
    small = tmp_path / "small"
    small.mkdir()
    config = trial.folder / "small.yaml"
    config.write_text(trial.config.read_text().replace(str(trial.database), str(small / trial.database.name)))
    script = (
        'mount -t tmpfs -o size=1m tmpfs "$1" && cp "$2"* "$1"/ && "$3" $6 --config "$4"; code=$?; '
        'cp -r "$1" "$5"; exit $code'
    )
    words = ["sh", str(small), str(trial.database), CRMSYNC, str(config), str(kept), " ".join(SYNC)]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, *words],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
        check=False,
    )

    assert_one_line(
        Result(done.returncode, done.stdout, done.stderr), 1, "warehouse", "full", "run the same command to go on"
    )
    for file in kept.iterdir():
        shutil.copy(file, trial.database.parent)
    assert_same_or_part(trial, sqlite_trials.calm)
    assert_whole_after_another(trial, sqlite_trials.calm, "1 MB")


def test_a_full_disk_of_the_server_is_named_and_leaves_what_was_committed(postgresql_trials: Trials) -> None:
    """The server's own error, raised where it would be: in the midst of a batch."""
    trial = postgresql_trials.fresh()
    full = "RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device'"
    _at(trial, "leads", 30, full)

    assert_one_line(trial.run(*SYNC), 1, "warehouse", "No space left on device", "run the same command to go on")

    assert trial.rows("leads") == []
    assert trial.rows("users") != []
    execute(trial, "DROP TRIGGER it ON leads", "DROP FUNCTION it", "DROP SEQUENCE its")
    assert_whole_after_another(trial, postgresql_trials.calm, "room was made")


@pytest.mark.parametrize(("beside", "code"), [("-wal", 1), (".source-zoho.lock", 2)])
def test_a_folder_in_which_nothing_can_be_made_beside_the_file_is_named(
    beside: str, code: int, sqlite_trials: Trials
) -> None:
    trial = sqlite_trials.fresh()
    place = Path(f"{trial.database}{beside}")
    place.unlink(missing_ok=True)
    place.mkdir()

    assert_one_line(trial.run(*SYNC, "--source", "zoho"), code, str(trial.database), "open" if code == 1 else "writ")

    place.rmdir()
    assert_whole_after_another(trial, sqlite_trials.calm, beside)


# --- the line to the server

LOST = {
    "in the first batch": ("users", "INSERT", 3, "BEFORE"),
    "while leads are loaded": ("leads", "INSERT", 300, "BEFORE"),
    "when leads are committed": ("leads", "INSERT", 300, "COMMIT"),
    "with a checkpoint": ("ops_checkpoint", "INSERT", 5, "BEFORE"),
    "when a checkpoint is committed": ("ops_checkpoint", "INSERT", 5, "COMMIT"),
    "while people are linked": ("people", "INSERT", 5, "BEFORE"),
    "when the run is over": ("ops_run", "UPDATE", 1, "BEFORE"),
}


def _at(trial: Project, table: str, number: int, act: str, *, event: str = "INSERT", kind: str = "BEFORE") -> None:
    """Do something in the server when it writes the so manieth row; once, even if that is rolled back."""
    when = "CONSTRAINT TRIGGER" if kind == "COMMIT" else "TRIGGER"
    time_ = "AFTER" if kind == "COMMIT" else "BEFORE"
    later = "DEFERRABLE INITIALLY DEFERRED" if kind == "COMMIT" else ""
    execute(
        trial,
        "CREATE SEQUENCE its",
        f"CREATE FUNCTION it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('{trial.schema}.its') = {number} "
        f"THEN {act}; END IF; RETURN NEW; END $$",
        f"CREATE {when} it {time_} {event} ON {table} {later} FOR EACH ROW EXECUTE FUNCTION it()",
    )


@pytest.mark.parametrize("when", LOST)
def test_a_connection_that_is_lost_in_mid_transaction_ends_the_sync_and_the_same_command_makes_it_good(
    when: str, postgresql_trials: Trials
) -> None:
    table, event, number, kind = LOST[when]
    trial = postgresql_trials.fresh()
    _at(trial, table, number, "PERFORM pg_terminate_backend(pg_backend_pid())", event=event, kind=kind)

    assert_one_line(trial.run(*SYNC), 1, "warehouse", "run the same command to go on")

    assert_whole_after_another(trial, postgresql_trials.calm, when)


def test_a_lost_connection_is_a_lost_lock_so_nothing_more_is_written(postgresql_trials: Trials, crms: Crms) -> None:
    """The server lets the source go when the session ends: somebody else may have it by now."""
    trial = postgresql_trials.fresh()
    crms.faults(({"system": "zoho", "path": "/crm/v8/Leads", "nth": 1}, {"delay_ms": 2_000}))
    process = trial.start(*SYNC, "--source", "zoho")
    wait_for(lambda: crms.fired() == [1], process)
    execute(
        trial,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    second = trial.run(*SYNC, "--source", "zoho")

    assert_one_line(finish(process), 1, "warehouse", "run")
    second.expect(0)
    crms.faults()
    assert_whole_after_another(trial, postgresql_trials.calm, "terminated")


# --- two at once


@pytest.fixture
def slow_zoho(crms: Crms) -> Iterator[None]:
    crms.faults(({"system": "zoho", "path": "/crm/v8/Contacts", "nth": 1}, {"delay_ms": 3_000}))
    yield
    crms.faults()


DAYS = ("--from", "2026-01-01", "--to", "2026-12-31")
OF_COMPUTE = ("amount_base", "fx_rate", "fx_date")
SECONDS = {
    "sync": ("sync", "--source", "zoho"),
    "backfill": ("backfill", "--stream", "leads", "--source", "zoho", *DAYS),
    "daily run": ("run", "daily"),
}


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.usefixtures("slow_zoho")
def test_while_a_sync_holds_a_source_any_other_command_leaves_it_alone_and_says_who_holds_it(
    name: str, trials: Trials, crms: Crms
) -> None:
    trial = trials.fresh()
    first = trial.start(*SYNC, "--source", "zoho")
    wait_for(lambda: crms.fired() == [1], first)

    second = trial.run(*SECONDS[name]).expect(3)

    assert "source zoho is held by run" in second.out
    assert f"crmsync sync, process {first.pid} on" in second.out
    finish(first).expect(0)
    found = whole(trial, SINCE)
    for table in ("users", "contacts", "leads", "deals", "deal_history"):
        ours = [
            [without(row, OF_COMPUTE) for row in of[table] if row["source"] == "zoho"] for of in (found, trials.calm)
        ]
        assert ours[0] == ours[1], table


@pytest.mark.usefixtures("slow_zoho")
def test_a_migration_while_a_sync_runs_changes_nothing(trials: Trials, crms: Crms) -> None:
    trial = trials.fresh()
    first = trial.start(*SYNC)
    wait_for(lambda: crms.fired() == [1], first)

    trial.run("migrate").expect(0)

    finish(first).expect(0)
    assert_same(whole(trial, SINCE), trials.calm, "migrated meanwhile")


# --- the holder dies, its children do not


@pytest.mark.usefixtures("slow_zoho")
def test_a_child_that_outlives_its_parent_holds_no_lock(trials: Trials, crms: Crms, tmp_path: Path) -> None:
    """Whatever a run starts, in its stead a program that sleeps: it inherits what a program can inherit."""
    trial = trials.fresh()
    code = (
        "import pathlib, subprocess, sys, threading, time\n"
        "from cli.main import run\n"
        "flag = pathlib.Path(sys.argv.pop())\n"
        "def start():\n"
        "    while not flag.exists(): time.sleep(0.02)\n"
        "    print(subprocess.Popen(['sleep', '30'], close_fds=False).pid, flush=True)\n"
        "threading.Thread(target=start, daemon=True).start()\n"
        "run()\n"
    )
    flag = tmp_path / "held"
    words = [sys.executable, "-c", code, *SYNC, "--config", str(trial.config), str(flag)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
    assert process.stdout is not None
    wait_for(lambda: crms.fired() == [1], process)
    flag.touch()
    child = int(process.stdout.readline())
    process.kill()
    process.wait()

    try:
        assert Path(f"/proc/{child}").exists()
        crms.faults()
        assert_whole_after_another(trial, trials.calm, "the parent is dead")
    finally:
        subprocess.run(["kill", str(child)], check=False)
        process.stdout.close()
