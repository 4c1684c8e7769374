"""One run of one command: its connections, its locks, its row in `ops_run`, and what its steps gave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from connectors import registry
from flows.judge import State, judge
from models.config import Config, choose
from models.errors import AuthError, ConfigError, CrmSyncError, SourceBusyError
from models.progress import Progress, silent
from models.protocols import Connector
from models.warehouse import runs, usage
from models.warehouse.engine import Warehouse
from pipeline.sync.context import utc_now

Verb = Literal[
    "sync",
    "backfill",
    "estimate",
    "replay_plan",
    "replay",
    "cost",
    "verify",
    "letters",
    "compute",
    "plan",
    "apply",
    "publish",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of work, which Prefect runs as one task and may repeat: each is safe to run again.

    Attributes:
        act: Does it and returns its results, each a dataclass.
        source: The connection that it talks to; '' for work inside the warehouse.
    """

    verb: Verb
    name: str
    act: Callable[[], Sequence[Any]]
    source: str = ""


@dataclass
class Run:
    """What the steps of one command share. Enter it to record the run; leave it to close everything.

    Attributes:
        results: What the steps returned, by verb.
        problems: What a person should know, one line each; `failures` are those that ended something.
        state: done; partial if something needs a look; failed if something did not happen.
        lost: Sources that failed: nothing more is done with them in this run.
        misconfigured: One of them needs a person to change the configuration or a credential.
    """

    config: Config
    warehouse: Warehouse
    command: str
    progress: Progress = silent
    clock: Callable[[], datetime] = utc_now
    run_id: str = ""
    state: State = "done"
    results: dict[str, list[Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    misconfigured: bool = False
    seconds: float = 0.0
    _stack: ExitStack = field(default_factory=ExitStack)
    _connectors: dict[str, Connector] = field(default_factory=dict)
    _held: dict[str, bool] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self.run_id = runs.start(self.warehouse, self.command)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self.seconds = time.monotonic() - self._started
        if kind is not None:
            self.state = "failed"
        cause = getattr(error, "orig", None) or error  # of a database error the driver's words, without the values
        reason = (str(cause) or kind.__name__) if kind else "; ".join(self.failures) or None
        self._book_usage()
        runs.finish(self.warehouse, self.run_id, self.state, self.document(), error=reason)

    def do(self, steps: Iterator[Step], through: Callable[[Step], Sequence[Any]] | None = None) -> None:
        """Take the steps one by one; a source that fails is left out from there on, the others go on.

        Args:
            steps: Lazily made: what comes later may depend on what happened before.
            through: Runs one step in some other way, for example as a Prefect task.

        Raises:
            CrmSyncError: From a step that concerns no single source: the run cannot go on.
        """
        for step in steps:
            try:
                found = through(step) if through else step.act()
            except CrmSyncError as error:
                if not step.source:
                    raise
                self.note(str(error), "failed")
                self.lost.add(step.source)
                self.misconfigured |= isinstance(error, ConfigError | AuthError)
                continue
            self._book_usage()
            self.results.setdefault(step.verb, []).extend(found)
            for result in found:
                for state, problem in judge(result):
                    self.note(problem, state)

    def _book_usage(self) -> None:
        """After each step, too: a run that is killed then leaves out the calls of the step that it was at, no more."""
        now = self.clock()
        day = now.astimezone(ZoneInfo(self.config.reporting.timezone)).date()
        for source, connector in self._connectors.items():
            usage.add(self.warehouse, source, connector.usage, day=day, now=now)

    def note(self, problem: str, state: State) -> None:
        """Keep what a person should know; the run is as bad as the worst of it."""
        self.problems.append(problem)
        if state == "failed":
            self.failures.append(problem)
        self.state = max(self.state, state, key=("done", "partial", "failed").index)

    def document(self) -> dict[str, Any]:
        """The summary as JSON-ready data: what `--json` prints and `ops_run` keeps."""
        results = {verb: [_plain(asdict(one)) for one in found] for verb, found in self.results.items()}
        return {
            "run_id": self.run_id,
            "command": self.command,
            "state": self.state,
            "seconds": round(self.seconds, 3),
            **results,
            "problems": self.problems,
        }

    def sources(self, names: Sequence[str]) -> list[str]:
        """The connections of those names; all if none is named.

        Raises:
            ConfigError: There is none of that name.
        """
        return choose(names, tuple(self.config.connections), "no connection is called")

    def connector(self, source: str) -> Connector:
        """The connector of one connection, made once and closed at the end."""
        if source not in self._connectors:
            self._connectors[source] = registry.connect(self.config, source)
            self._stack.callback(self._connectors[source].close)
        return self._connectors[source]

    def hold_source(self, source: str) -> bool:
        """Take the lock of a source until the run ends; False if another run has it."""
        return self.hold(f"source {source}")

    def hold(self, name: str) -> bool:
        """Take the lock of something that only one run may work on, until the run ends; False if another has it."""
        if name not in self._held:
            try:
                self._stack.enter_context(self.warehouse.lock(name))
                self._held[name] = True
            except SourceBusyError:
                self._held[name] = False
                who = runs.holder(self.warehouse, self.run_id)
                self.note(f"{name} is held by {who}; wait for it to end and run this again", "partial")
        return self._held[name]


def _plain(value: Any) -> Any:
    """JSON-ready: amounts and instants as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
