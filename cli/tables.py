"""One table per verb, the same in every command that shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cli.output import Output, duration
from flows.run import Run
from models.wording import counted
from pipeline.compute.run import MartResult
from pipeline.publish.result import PublishResult
from pipeline.push.apply import ApplySummary
from pipeline.push.plan import PlanSummary
from pipeline.sync.context import SliceResult, StreamResult
from pipeline.sync.estimate import Estimate
from pipeline.sync.replay import ReplayPlan, ReplayResult
from pipeline.sync.verify.audit import LATE
from pipeline.sync.verify.run import VerifyCost, VerifyResult

_FINDINGS = 20
"""Records of each stream; `ops_verify` and `--json` have more."""


def show(run: Run, out: Output, *, but: str = "") -> None:
    """What each verb of a run did, `but` one that was shown before."""
    for verb, results in run.results.items():
        if verb != but:
            _TABLES[verb](out, results)


def _sync(out: Output, results: Sequence[StreamResult]) -> None:
    columns = ("source", "stream", "rows", "new", "changed", "echo", "deleted", "rejected", "calls", "s")
    rows = [[getattr(r, name) for name in columns[:-1]] + [r.seconds] for r in results]
    out.table("Pulled", columns, rows)


def _replay_plan(out: Output, results: Sequence[ReplayPlan]) -> None:
    columns = ("source", "stream", "records", "rows to alter", "column", "in rows", "new", "kept as is")
    rows = [
        (
            plan.source,
            plan.stream,
            plan.records,
            plan.rows,
            tuple(plan.columns),
            tuple(f"{count:,}" for count in plan.columns.values()),
            plan.new,
            plan.missing,
        )
        for plan in results
    ]
    out.table("Replay would alter", columns, rows)


def _replay(out: Output, results: Sequence[ReplayResult]) -> None:
    columns = ("source", "stream", "records", "changed", "new", "rejected", "missing", "s")
    out.table("Replayed", columns, [[getattr(r, name) for name in columns[:-1]] + [r.seconds] for r in results])


def show_costs(out: Output, costs: Sequence[VerifyCost]) -> None:
    """What `verify` will take."""
    rows = [(one.source, one.stream, one.rows, one.calls, one.credits) for one in costs]
    out.table("What it takes", ("source", "stream", "rows", "calls", "credits"), rows)
    calls, credit = sum(one.calls for one in costs), sum(one.credits for one in costs)
    told = f"About {counted(calls, 'call')} and {counted(credit, 'credit')}"
    out.line(f"{told}; one more for each 100 records that differ.")


def _verify(out: Output, results: Sequence[VerifyResult]) -> None:
    read = [result for result in results if not result.unread and not result.failed]
    columns = ("source", "stream", "in the CRM", "here", "differ", "late", "mended", "calls", "s")
    rows = [
        (
            one.source,
            f"{one.stream}, after repair" if one.after_repair else one.stream,
            one.listed,
            one.here,
            one.differences,
            one.causes.get(LATE, 0),
            one.mended,
            one.calls,
            one.seconds,
        )
        for one in read
    ]
    out.table("Compared", columns, rows)
    findings = [
        (one.source, one.stream, found.source_id, found.cause, found.detail)
        for one in read
        for found in [found for found in one.records if found.cause != LATE][:_FINDINGS]
    ]
    out.table("Records that differ", ("source", "stream", "record", "cause", "detail"), findings)


def _letters(out: Output, results: Sequence[StreamResult]) -> None:
    columns = ("source", "stream", "letters", "new", "changed", "unchanged", "still bad")
    rows = [(r.source, r.stream, r.rows, r.new, r.changed, r.unchanged, r.rejected) for r in results]
    out.table("Mapped again", columns, rows)


def _backfill(out: Output, results: Sequence[SliceResult]) -> None:
    columns = ("rows", "new", "changed", "deleted", "rejected", "calls")
    days = [r.slice.split(" ")[1] for r in results]
    counts = [[getattr(r, name) for name in columns] for r in results]
    rows = [[r.source, r.stream, when, *more, r.seconds] for r, when, more in zip(results, days, counts, strict=True)]
    out.table("Read again", ("source", "stream", "days", *columns, "s"), rows)


def _estimate(out: Output, results: Sequence[Estimate]) -> None:
    columns = ("source", "stream", "slices", "records", "calls", "credits")
    rows = [[getattr(r, name) for name in columns] + [duration(r.seconds)] for r in results]
    out.table("Would read", (*columns, "about"), rows)
    calls, credits_ = sum(r.calls for r in results), sum(r.credits for r in results)
    told = f"Together {counted(calls, 'call')}, {counted(credits_, 'credit')}"
    out.line(f"{told}, about {duration(sum(r.seconds for r in results))}.")
    asked = counted(sum(r.asked for r in results), "call", ("was", "were"))
    out.line(f"{asked} made to find out; no record was read.")


def _compute(out: Output, results: Sequence[MartResult]) -> None:
    out.table("Computed", ("mart", "rows", "changed", "s"), [(r.name, r.rows, r.changed, r.seconds) for r in results])


def _plan(out: Output, results: Sequence[PlanSummary]) -> None:
    columns = ("source", "field", "compared", "differ", "no record")
    rows = [
        (plan.source, f"{line.object}.{line.field}", line.compared, line.planned, line.missing)
        for plan in results
        for line in plan.lines
    ]
    out.table("Planned", columns, rows)
    for plan in results:
        what = f"plan {plan.plan_id}" if plan.planned else "nothing to write"
        out.line(f"{plan.source}: {plan.planned:,} of {plan.compared:,} values differ, {what}.")


def _apply(out: Output, results: Sequence[ApplySummary]) -> None:
    every = ("planned", "applied", "unchanged", "conflict", "rejected", "unknown", "pending")
    lines = [line for one in results for line in one.lines]
    outcomes = [name for name in every if name in every[:2] or any(getattr(line, name) for line in lines)]
    rows = [
        [one.source, f"{line.object}.{line.field}", *(getattr(line, outcome) for outcome in outcomes)]
        for one in results
        for line in one.lines
    ]
    out.table("Written back", ("source", "field", *outcomes), rows)
    for one in results:
        out.line(f"{one.source}: plan {one.plan_id}, {counted(one.calls, 'call')}, {counted(one.credits, 'credit')}.")


def _publish(out: Output, results: Sequence[PublishResult]) -> None:
    out.table("Published", ("what", "where", "outcome"), [(r.kind, r.target, r.state) for r in results])
    for result in results:
        if result.state == "dry run" and result.detail:
            out.line(f"\n{result.target}:\n{result.detail}")


_TABLES: dict[str, Callable[[Output, Sequence[Any]], None]] = {
    "sync": _sync,
    "replay_plan": _replay_plan,
    "replay": _replay,
    "cost": show_costs,
    "verify": _verify,
    "letters": _letters,
    "backfill": _backfill,
    "estimate": _estimate,
    "compute": _compute,
    "plan": _plan,
    "apply": _apply,
    "publish": _publish,
}


def ending(run: Run) -> str:
    """The outcome in words, for the last line but one."""
    words = {
        "done": "Done",
        "partial": "Done in part, look at the lines above",
        "failed": "Failed, look at the lines above",
    }
    return f"{words[run.state]}: run {run.run_id}, {duration(run.seconds)}."
