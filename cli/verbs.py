"""The commands that take steps: sync, compute, push, publish, run daily, serve."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import NoReturn

from sqlalchemy import select

from cli.session import Options, Session, Terminated, end, opened, running
from cli.tables import ending, show
from flows import steps
from flows.prefect_server import server
from flows.run import Run
from models.config import Language
from models.warehouse.ops import ops_push_plan
from models.wording import counted
from pipeline.push.show import ShownPlan, ShownRecord, describe_plan

_SHOWN = 20
_LONG = 60  # characters; a longer value is the reason, which stands in its own column


def sync_command(
    options: Options, sources: Sequence[str], streams: Sequence[str], *, full: bool, plan: bool = False
) -> None:
    with opened(options) as session:
        if plan:
            with running(session, "sync --plan") as run:
                run.do(steps.plan_sync(run, sources, streams, full=full))
            finish(run, session)
        with running(session, "sync") as run:
            run.do(steps.sync(run, sources, streams, full=full))
        finish(run, session, "compute")


def replay_command(options: Options, sources: Sequence[str], streams: Sequence[str], *, plan: bool) -> None:
    with opened(options) as session:
        with running(session, "replay") as run:
            found = steps.replays(run, sources, streams)
            run.do(steps.plan_replays(found))
            show(run, session.out)
            if not plan:
                run.do(steps.replay(run, found))
        if not plan:
            finish(run, session, "compute", but="replay_plan")
        alters = any(one.rows or one.new for one in run.results.get("replay_plan", ()))
        if not alters and run.state != "failed":
            session.out.line("No row would change.")
        finish(run, session, *(("replay",) if alters else ()), but="replay_plan")


def compute_command(options: Options, names: Sequence[str]) -> None:
    with opened(options) as session:
        with running(session, "compute") as run:
            run.do(steps.compute(run, names))
        finish(run, session, "push plan")


def plan_command(options: Options, sources: Sequence[str]) -> None:
    with opened(options) as session:
        with running(session, "push plan") as run:
            run.do(steps.plan(run, sources))
        differ = any(plan.planned for plan in run.results.get("plan", []))
        finish(run, session, *(("push show", "push apply") if differ else ()))


def show_command(options: Options, plan_id: int | None, limit: int | None) -> None:
    limit = limit or (None if options.json else _SHOWN)
    with opened(options) as session:
        plans = [describe_plan(session.warehouse, which, limit) for which in _which(session, plan_id)]
        for shown in plans:
            connection = session.config.connections.get(shown.plan.source)
            _show_plan(session, shown, connection.language if connection else "en")
        if not plans:
            session.out.line(f"There is no plan yet; make one with: {options.command('push plan')}")
        session.out.document({"plans": [asdict(shown) for shown in plans]})


def _which(session: Session, plan_id: int | None) -> Sequence[int | str]:
    """The plan named, or the newest one of each source that has any."""
    if plan_id is not None:
        return [plan_id]
    with session.warehouse.read() as connection:
        return list(connection.scalars(select(ops_push_plan.c.source).distinct().order_by(ops_push_plan.c.source)))


def apply_command(options: Options, plan_id: int | None) -> None:
    with opened(options) as session:
        with running(session, "push apply") as run:
            run.do(steps.apply(run, plan_id))
        if not run.results and run.state == "done":
            session.out.line("No plan is open, nothing to write.")
        finish(run, session)


def publish_command(options: Options, kinds: Sequence[str], *, dry_run: bool) -> None:
    with opened(options) as session:
        with running(session, "publish") as run:
            run.do(steps.publish(run, kinds, dry_run=dry_run))
        finish(run, session)


def daily_command(options: Options, *, prefect: bool) -> None:
    with opened(options) as session:
        with ExitStack() as stack:
            if prefect:
                stack.enter_context(server(session.config.folder))()
            run = stack.enter_context(running(session, "run daily"))
            if prefect:
                from flows.daily import run_here  # noqa: PLC0415 - Prefect takes a second to import

                run_here(run)
            else:
                run.do(steps.daily(run))
        finish(run, session, "status")


def serve_command(options: Options) -> None:
    with opened(options) as session:
        config, out = session.config, session.out
    with server(config.folder) as ready:
        url = ready()
        from flows.daily import serve  # noqa: PLC0415 - Prefect takes a second to import

        out.line(f"Runs at {config.schedule.daily} ({config.reporting.timezone}); Prefect at {url}; stop with Ctrl-C.")
        serve(options.config, config)
        raise Terminated


def finish(run: Run, session: Session, *following: str, but: str = "") -> NoReturn:
    """Tables, what a person should know, the outcome, what to do next."""
    show(run, session.out, but=but)
    for problem in run.problems:
        tell = session.out.error if problem in run.failures else session.out.line
        tell(session.options.advised(problem))
    session.out.line(ending(run))
    if following and run.state != "failed":
        session.out.line(f"Next: {', then '.join(map(session.options.command, following))}")
    end(run, session.out)


def _show_plan(session: Session, shown: ShownPlan, language: Language) -> None:
    out, plan = session.out, shown.plan
    differ = counted(shown.total, "record", ("differs", "differ"))
    out.line(f"Plan {plan.plan_id} · {plan.source} · {plan.state} · {differ}")
    rows = [_row(record, language) for record in shown.records]
    out.table("", ("record", "change", "outcome", "reason"), rows)
    more = shown.total - len(shown.records)
    if more:
        every = session.options.command(f"push show {plan.plan_id} --limit {shown.total}")
        out.line(f"… and {more:,} more: {every}")


def _row(record: ShownRecord, language: Language) -> tuple[object, ...]:
    changes = [f"{item.field}: {item.old_value or '–'} → {item.new_value or '–'}" for item in record.items]
    short = tuple(change for change in changes if len(change) < _LONG) or "only the reason's words"
    outcomes = sorted({f"{item.outcome}{': ' + item.message if item.message else ''}" for item in record.items})
    reason = record.reason_zh if language == "zh" else record.reason_en
    return record.label or record.source_id, short, tuple(outcomes), reason
