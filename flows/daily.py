"""The daily flow on Prefect: the steps of `crmsync run daily`, each as a task, with artifacts to look at.

Importing this module imports Prefect: call `flows.prefect_server.prepare` first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.logging.handlers import APILogWorker
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed

from connectors import registry
from flows.run import Run, Step
from flows.steps import daily as daily_steps
from models.config import Config
from models.errors import RetriableError
from models.warehouse.engine import Warehouse
from models.warehouse.migrate import check_version
from pipeline.publish.queries import read_facts

FLOW = "crmsync daily"
_RETRIES = 2
_RETRY_DELAY_S = 30
"""Prefect repeats a whole step; the client has repeated the single request before."""


@flow(name=FLOW)
def daily(config: str) -> State[Any]:
    """One daily run of a configuration file; for schedules and deployments.

    Ends as `Partial` where something needs a look, and as failed where something did not happen.
    """
    loaded = registry.load_config(Path(config))
    warehouse = Warehouse(loaded.warehouse_url(), loaded.warehouse.schema_name)
    try:
        check_version(warehouse)
        with Run(loaded, warehouse, "run daily") as run:
            _walk(run)
        return _state(run)
    finally:
        warehouse.close()


def run_here(run: Run) -> None:
    """Walk a run's steps through Prefect in this process; the caller enters and leaves the run.

    Raises:
        Exception: Whatever the steps raised.
    """
    raised: list[Exception] = []

    @flow(name=FLOW)
    def here() -> State[Any]:
        try:
            _walk(run)
        except Exception as error:  # noqa: BLE001 - raised again below, as if Prefect were not between
            raised.append(error)
            return Failed(message=str(error))
        return _state(run)

    # A flow in this very process needs no heartbeat, whose thread would cost it a second at its end.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        here(return_state=True)
    APILogWorker.drain_all(timeout=10)  # the server may be stopped next
    if raised:
        raise raised[0]


def serve(path: Path, config: Config) -> None:
    """Run the flow on its schedule; Prefect's runner returns when SIGTERM stops it.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    runner = Runner(name="crmsync")
    schedule = Cron(config.schedule.daily, timezone=config.reporting.timezone)
    runner.add_flow(daily, name="daily", schedule=schedule, parameters={"config": str(path.absolute())})
    asyncio.run(runner.start())


def _walk(run: Run) -> None:
    run.do(daily_steps(run), through=_as_task)
    create_table_artifact(key="run-summary", table=_summary(run), description=f"Run {run.run_id}: {run.state}")
    now = run.clock()
    board = read_facts(run.warehouse, run.config, now=now, changes_since=now).standings
    rows = [
        {
            "rank": one.rank,
            "name": one.name,
            "score": str(one.score),
            "reason": one.reason.of(run.config.reporting.language),
        }
        for one in board
    ]
    create_table_artifact(key="leaderboard", table=rows, description="Performance scores, all sources together")


def _as_task(step: Step) -> Sequence[Any]:
    def act() -> Sequence[Any]:
        return step.act()

    as_task = task(
        name=step.name,
        retries=_RETRIES,
        retry_delay_seconds=_RETRY_DELAY_S,
        retry_condition_fn=_may_help,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(act)
    return as_task()


async def _may_help(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Whether to repeat a step: only what can pass by itself."""
    try:
        await state.aresult()
    except RetriableError:
        return True
    except Exception:  # noqa: BLE001 - whatever else it is, repeating does not help
        return False
    return False


def _summary(run: Run) -> list[dict[str, Any]]:
    """Every step's figures, one row each."""
    rows = []
    for verb, results in run.document().items():
        if isinstance(results, list):
            rows += [{"verb": verb} | _flat(result) for result in results if isinstance(result, dict)]
    return rows + [{"verb": "problem", "detail": problem} for problem in run.problems]


def _flat(result: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in result.items() if isinstance(value, str | int | float)}


def _state(run: Run) -> State[Any]:
    message = "; ".join(run.problems) or f"run {run.run_id}"
    if run.state == "failed":
        return Failed(message=message)
    return Completed(name="Partial", message=message) if run.state == "partial" else Completed(message=message)
