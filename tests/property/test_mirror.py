"""Whatever people do and whatever breaks between random syncs, in the end the warehouse holds what the CRMs hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.fxiaoke.state import State as FxiaokeState
from sandbox.server import Sandbox
from sandbox.world import World
from tests.e2e.harness import Crms, Project, make_project, thin_out
from tests.property.acts import Edit, Life, Sync, Wait, plan, shrunk, with_backfills
from tests.property.checks import states_of, tables
from tests.property.habits import HABITS, OBJECTS, SALES
from tests.property.holds import Holds
from tests.property.stage import BEGIN, Clock, Stage, told

QUICK, ALL = 20, 500
QUICK_BACKFILLS, BACKFILLS = 1, 60
EVERY = 20
"""Of the demo's accounts one in so many, with what belongs to it: some pages of each object."""

ON_POSTGRESQL = 5
"""One sequence in so many runs there."""

TRIALS = 40
"""Of a sequence that fails, to find the acts that it needs to fail."""


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    """Both CRMs' clock, and ids that are the same each time."""
    clock, patch, ids = Clock(), pytest.MonkeyPatch(), random.Random(1)  # noqa: S311 - repeatable, not secret
    patch.setattr(World, "now", lambda _: clock.now)
    patch.setattr(FxiaokeState, "new_id", lambda state: f"{state.now_ms() // 1000:08x}{ids.getrandbits(64):016x}")
    yield clock
    patch.undo()


@pytest.fixture(scope="module")
def stage(clock: Clock, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("property")
    with Sandbox(seed=7, fxiaoke_limit=1_000_000, started_at=BEGIN) as sandbox:
        thin_out(sandbox, EVERY)
        _leave_out_the_rest(sandbox)
        crms = Crms(sandbox)
        crms.edit("fxiaoke", "switches", "update", None, {"task_object": True})
        projects = _Projects(crms.url, folder, request)
        holds = Holds(crms.url)
        crms.keep()  # with the tokens of the project and of ours
        yield Stage(crms, clock, holds, tables(projects.first), states_of(projects.first), projects.fresh)


def _leave_out_the_rest(sandbox: Sandbox) -> None:
    """What no stream reads only makes it slow to go back to the start."""
    zoho, fxiaoke = sandbox.zoho.state.tables, sandbox.fxiaoke.state.tables
    for name in zoho.keys() - set(OBJECTS["zoho"]) - {"Sales_Performance", "DealHistory"}:
        zoho[name].fill([])
    kept = {*OBJECTS["fxiaoke"], "PersonnelObj", "DepartmentObj"}
    for name in fxiaoke.keys() - kept:
        fxiaoke[name].fill([])


class _Projects:
    """Copies of a project that has been synced once, on either database."""

    def __init__(self, url: str, folder: Path, request: pytest.FixtureRequest) -> None:
        self._folder, self._request = folder, request
        self.first = make_project(folder / "first", url)
        self.first.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
        self.first.run("sync").expect(0)
        self._template = ""

    def fresh(self, database: str, name: str) -> Project:
        copied = self.first.copy_to(self._folder / name)
        if database == "sqlite":
            return copied
        server = self._request.getfixturevalue("_postgres_server")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            if not self._template:
                self._template = f"{self._folder.name}_template".replace("-", "_")
                connection.execute(f"CREATE DATABASE {self._template}")
                url = server.get_uri(database=self._template, driver="psycopg")
                made = self.first.with_warehouse("postgresql", url)
                made.run("migrate").expect(0)
                made.run("sync").expect(0)
            connection.execute(f"CREATE DATABASE {self._template}_{name} TEMPLATE {self._template}")
        return copied.with_warehouse(name, server.get_uri(database=f"{self._template}_{name}", driver="psycopg"))


def _database(seed: int) -> str:
    return "postgresql" if seed % ON_POSTGRESQL == ON_POSTGRESQL - 1 else "sqlite"


@pytest.mark.parametrize(
    "seed", [*range(QUICK), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(QUICK, ALL))]
)
def test_after_random_edits_and_syncs_the_tables_are_the_crms(seed: int, stage: Stage) -> None:
    _hold(plan(seed), stage)


@pytest.mark.parametrize(
    "seed",
    [
        *range(ALL, ALL + QUICK_BACKFILLS),
        *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(ALL + QUICK_BACKFILLS, ALL + BACKFILLS)),
    ],
)
def test_days_that_are_read_again_among_them_change_nothing_of_that(seed: int, stage: Stage) -> None:
    _hold(with_backfills(plan(seed)), stage)


def _hold(life: Life, stage: Stage) -> None:
    database = _database(life.seed)
    try:
        stage.play(life, database)
    except AssertionError as error:
        first = error
    else:
        return

    def fails(trial: Life) -> bool:
        try:
            stage.play(trial, database)
        except AssertionError:
            return True
        return False

    needed = shrunk(life, fails, TRIALS)
    pytest.fail(f"seed {life.seed} on {database}: {first}\nIt takes no more than {needed} and\n{told(needed.acts)}")


def test_the_lives_of_every_test_run_hold_all_kinds_of_acts() -> None:
    lives = [plan(seed) for seed in range(QUICK)]
    syncs = [act for life in lives for act in life.acts if isinstance(act, Sync)]
    done = {(edit.system, edit.module, edit.action) for life in lives for edit in _edits(life)}

    assert {kind[:2] for kind in done} == {habit[1:3] for habit in HABITS}
    of_sales = {habit[1:4] for habit in HABITS if habit.module in SALES[habit.system]}
    assert of_sales <= done
    for kind in ("sources", "streams", "full", "late_s", "meanwhile", "fault", "stop_after", "skew_s", "their_skew_s"):
        assert sum(bool(getattr(sync, kind)) for sync in syncs) >= QUICK / 4, kind
    assert {life.silent for life in lives} == {True, False}
    assert {_database(seed) for seed in range(QUICK)} == {"sqlite", "postgresql"}


def test_most_lives_have_edits_at_the_same_time_and_some_that_the_next_sync_does_not_find_yet() -> None:
    lives = [plan(seed) for seed in range(QUICK)]

    assert sum(_at_one_time(life) >= 3 for life in lives) >= QUICK * 3 / 4
    assert sum(_late(life) >= 1 for life in lives) >= QUICK / 2


def test_all_lives_together_hold_each_habit() -> None:
    done = {(edit.system, edit.module, edit.action) for seed in range(ALL) for edit in _edits(plan(seed))}
    assert done == {habit[1:4] for habit in HABITS}


def _edits(life: Life) -> list[Edit]:
    during = [edit for act in life.acts if isinstance(act, Sync) for *_, edit in act.meanwhile]
    return [act for act in life.acts if isinstance(act, Edit)] + during


def _at_one_time(life: Life) -> int:
    """Pairs of edits of one CRM's module with no time between them: their records have equal modified times."""
    found, since = 0, list[Edit]()
    for act in life.acts:
        if isinstance(act, Edit):
            found += any((one.system, one.module) == (act.system, act.module) for one in since)
            since.append(act)
        elif isinstance(act, Wait) and act.seconds:
            since = []
    return found


def _late(life: Life) -> int:
    """Edits so short before a sync of their CRM that its index does not show them yet."""
    found, ages = 0, list[tuple[Edit, int]]()
    for act in life.acts:
        if isinstance(act, Edit):
            ages.append((act, 0))
        elif isinstance(act, Wait):
            ages = [(edit, age + act.seconds) for edit, age in ages]
        else:
            found += sum(age < act.late_s and edit.system in (act.sources or SALES) for edit, age in ages)
    return found
