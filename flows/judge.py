"""What a person should know of a step's result, and how bad it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from models.wording import counted
from pipeline.compute.run import MartResult
from pipeline.publish.result import PublishResult
from pipeline.push.apply import ApplySummary
from pipeline.push.plan import PlanSummary
from pipeline.sync.context import SliceResult, StreamResult
from pipeline.sync.estimate import Estimate
from pipeline.sync.replay import ReplayPlan, ReplayResult
from pipeline.sync.verify.audit import INVISIBLE, NO_DIFFERENCE, REJECTED
from pipeline.sync.verify.run import VerifyResult

State = Literal["done", "partial", "failed"]
Judgement = tuple[State, str]

_REMEDIES = {
    INVISIBLE: "give the connection's user the right to see it",
    REJECTED: "mend it in the CRM, then: crmsync sync --source {source} --stream {stream}",
}
"""Of what no repair puts right, by its cause."""


def judge(result: Any) -> Iterator[Judgement]:
    """Nothing for a result that needs no look."""
    return _JUDGES[type(result)](result)


def _stream(result: StreamResult | ReplayResult) -> Iterator[Judgement]:
    source, stream = result.source, result.stream
    if result.stopped:
        yield "partial", result.stopped
    for reason in result.warnings:
        yield "partial", reason
    more = result.rejected - len(result.warnings)
    if more:
        see = f"crmsync dead-letters list --source {source} --stream {stream}"
        yield "partial", f"{source}/{stream}: {counted(more, 'more record')} could not be read, see: {see}"
    for note in result.notes:
        yield "done", note


def _verify(result: VerifyResult) -> Iterator[Judgement]:
    if result.stopped:
        yield "partial", result.stopped
    if result.failed:
        yield "failed", result.failed
    source, stream = result.source, result.stream
    if result.missing:
        yield "done", f"{source}/{stream}: nothing to compare, since the last sync found that the CRM lacks it"
    elif result.unread:
        state: State = "done" if result.optional else "partial"
        told = f"{source}/{stream} was never read to its end, so nothing is compared"
        yield state, f"{told}; run: crmsync sync --source {source} --stream {stream}"
    elif result.differences and result.after_repair:
        yield from _left(result)
    elif result.differences and not result.mended:
        causes = ", ".join(f"{n:,} {cause}" for cause, n in result.causes.items() if cause not in NO_DIFFERENCE)
        told = f"{source}/{stream}: {counted(result.differences, 'record', ('differs', 'differ'))} ({causes})"
        yield "partial", f"{told}; mend them: crmsync verify --source {source} --stream {stream} --repair"
    for reason in result.warnings:
        yield "partial", reason
    for note in result.notes:
        yield "done", note


def _left(result: VerifyResult) -> Iterator[Judgement]:
    """What differs after a repair: a line for each cause, with the first record of it, if it is one of those told by id."""
    source, stream = result.source, result.stream
    for cause, count in result.causes.items():
        if cause in NO_DIFFERENCE:
            continue
        example = next((one for one in result.records if one.cause == cause), None)
        told = f"{source}/{stream}: {count:,} {cause} after the repair"
        if example:
            more = f" and {count - 1:,} more" if count > 1 else ""
            told = f"{source}/{stream} {example.source_id}{more}: {cause} after the repair, {example.detail}"
        remedy = _REMEDIES.get(cause, "repair it again, and report it if it stays")
        yield "partial", f"{told}; {remedy.format(source=source, stream=stream)}"


def _estimate(result: Estimate) -> Iterator[Judgement]:
    for note in result.notes:
        yield "done", note


def _mart(result: MartResult) -> Iterator[Judgement]:
    for warning in result.warnings:
        yield "done", f"compute {result.name}: {warning}"


def _plan(result: PlanSummary) -> Iterator[Judgement]:
    for note in result.notes:
        yield "done", note


def _apply(result: ApplySummary) -> Iterator[Judgement]:
    if result.stopped:
        yield "partial", f"{result.stopped}; plan {result.plan_id} stays open, go on with: crmsync push apply"
    for line in result.lines:
        for name in ("conflict", "rejected", "unknown"):
            count = getattr(line, name)
            if count:
                yield (
                    "partial",
                    f"{result.source} {line.object}.{line.field}: {count:,} {name}, see: crmsync push show {result.plan_id}",
                )


def _message(result: PublishResult) -> Iterator[Judgement]:
    if result.state == "refused":
        yield "partial", f"{result.target} refused the {result.kind}: {result.detail}"


_JUDGES: dict[type, Callable[[Any], Iterator[Judgement]]] = {
    StreamResult: _stream,
    ReplayPlan: lambda _: iter(()),
    ReplayResult: _stream,
    VerifyResult: _verify,
    SliceResult: _stream,
    Estimate: _estimate,
    MartResult: _mart,
    PlanSummary: _plan,
    ApplySummary: _apply,
    PublishResult: _message,
}
