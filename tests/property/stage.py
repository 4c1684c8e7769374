"""Plays a sequence of acts: edits through the sandbox's control, syncs in this process."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.registry import load_config
from flows import steps
from flows.run import Run, Step
from models.config import Config
from models.warehouse.engine import Warehouse
from pipeline.sync.backfill.slices import Span
from tests.e2e.harness import Crms, Json, Project, Row
from tests.e2e.held import assert_mirrors
from tests.e2e.moves import moves_of, zoho_moves
from tests.property.acts import Edit, Life, Sync, Wait
from tests.property.checks import (
    ENTITIES,
    assert_at_rest,
    assert_changes_chain,
    assert_deal_history,
    assert_mirror,
    states_of,
    tables,
)
from tests.property.habits import OBJECTS
from tests.property.holds import Holds, Rows
from tests.property.people import People

BEGIN = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)
AT_REST_S = 1_000
"""Longer than any index is late, and than what each run reads again."""

_LATE = [f"/crm/v8/{module}" for module in OBJECTS["zoho"]]


class Clock:
    """Both CRMs'. It stands still unless it is moved, so that a sequence is the same each time, to the millisecond."""

    now = BEGIN


@dataclass
class Stage:
    """Both CRMs, and a project whose warehouse holds what they hold.

    Attributes:
        fresh: Makes a copy of the project, its warehouse included, under another name.
        before: The rows of that warehouse; `states` those of its deals.
    """

    crms: Crms
    clock: Clock
    holds: Holds
    before: Rows
    states: dict[str, list[Row]]
    fresh: Callable[[str, str], Project]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def play(self, life: Life, database: str) -> None:
        """All acts, then what brings everything to rest, then the comparison."""
        self.crms.restore()
        self.clock.now = BEGIN
        for system, switches in life.switches.items():
            self.crms.edit(system, "switches", "update", None, switches)
        project = self.fresh(database, f"s{life.seed}_{next(self._numbers)}")
        player = _Player(self, project)
        try:
            for act in life.acts:
                player.act(act)
            player.act(Wait(AT_REST_S))
            player.act(Sync(full=life.silent))
            if life.silent:  # that one may have gone on with a whole read which began before the last silent change
                player.act(Sync(full=True))
            player.check()
        finally:
            player.close()


class _Player:
    def __init__(self, stage: Stage, project: Project) -> None:
        self._stage, self._crms, self._project = stage, stage.crms, project
        self._config: Config = load_config(project.config)
        self._people = People(self._crms)
        self._warehouse = Warehouse(self._config.warehouse_url(), self._config.warehouse.schema_name)

    def close(self) -> None:
        self._warehouse.close()

    def act(self, act: Edit | Wait | Sync) -> None:
        if isinstance(act, Wait):
            self._stage.clock.now += timedelta(seconds=act.seconds)
        elif isinstance(act, Edit):
            self._people.do(act)
        else:
            self.sync(act)

    def sync(self, sync: Sync) -> list[Any]:
        self._break(sync)
        clock, begun = self._stage.clock, itertools.count(1)

        def progress(label: str, done: int, total: int | None = None) -> None:
            if next(begun) == sync.stop_after:
                raise KeyboardInterrupt

        run = Run(
            self._config,
            self._warehouse,
            "sync",
            progress,
            clock=lambda: clock.now + timedelta(seconds=sync.skew_s),
        )
        with suppress(KeyboardInterrupt), run:
            run.do(self._steps(run, sync))
        _wait_for_fetching()
        assert sync.stop_after or sync.fault or run.state == "done", run.problems
        self._mend()
        return run.results.get("sync", [])

    def _steps(self, run: Run, sync: Sync) -> Iterator[Step]:
        if sync.backfill is None:
            return steps.sync(run, sync.sources, sync.streams, full=sync.full)
        how, today = sync.backfill, self._stage.clock.now.date()
        span = Span(how.by, today - timedelta(days=how.days), today + timedelta(days=1), UTC)
        return steps.backfill(run, span, ENTITIES, sync.sources, newest_first=how.newest_first, parallel=how.parallel)

    def _break(self, sync: Sync) -> None:
        faults: list[tuple[Json, Json]] = []
        for path, number, edit in sync.meanwhile:
            match = {"system": edit.system, "path": path, "nth": number}
            faults.append((match, {"when": "after", "edit": self._people.order(edit)}))
        if sync.their_skew_s:
            faults += [({"system": system}, {"skew_s": sync.their_skew_s}) for system in OBJECTS]
        if sync.fault:
            faults.append(sync.fault)
        if sync.late_s:
            self._crms.edit("fxiaoke", "switches", "update", None, {"index_lag_s": sync.late_s})
            late = {"alter": {"which": {"younger_s": sync.late_s}, "drop": True}}
            faults += [({"system": "zoho", "path": path}, late) for path in _LATE]
        self._crms.faults(*faults)

    def _mend(self) -> None:
        self._crms.faults()
        self._crms.edit("fxiaoke", "switches", "update", None, {"index_lag_s": 0})

    def check(self) -> None:
        assert self._people.refused <= self._people.edits / 2
        found = tables(self._project)
        assert_mirror(found, self._stage.holds)
        for source in OBJECTS:
            assert_mirrors(self._project, self._crms, source)
        live = {row["source_id"] for row in found["deals"].values() if row["deleted_at"] is None}
        moves = {deal: moves for deal, moves in moves_of(self._project, "zoho").items() if deal in live}
        assert moves == zoho_moves(self._crms)
        assert_at_rest(self._project)
        assert_changes_chain(self._stage.before, found, self._project.rows("hist_change"))
        assert_deal_history(found["deals"], self._stage.states, states_of(self._project))
        again = self.sync(Sync())
        assert [(one.new, one.changed, one.deleted) for one in again] == [(0, 0, 0)] * len(again)


def _wait_for_fetching() -> None:
    """Whoever still fetches pages for a run that was interrupted."""
    for thread in threading.enumerate():
        if thread.name.split()[0] in {"fetch", "map", "read"}:
            thread.join(10)
            assert not thread.is_alive()


def told(acts: Sequence[object]) -> str:
    return "\n".join(f"  {act}" for act in acts)
