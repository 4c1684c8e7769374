"""What the demo tells at its end: pulled, computed, written back, where it all is, what to try next."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cli.output import Output, duration
from flows.run import Run
from models.config import Config
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_push_item
from pipeline.publish.facts import Facts
from pipeline.push.apply import ApplySummary
from pipeline.push.plan import PlanSummary
from pipeline.sync.context import StreamResult

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that the demo shows.

    Attributes:
        first, second: The two daily runs; between them the `edits` (source → what was done → ids).
        again: One more comparison at the end, which should find nothing to write.
        facts: What the page tells, with the tier changes since the first run.
        written: Values that the second run changed in a CRM, old → new.
        writes: The sandbox's own record of what was written into it.
    """

    folder: Path
    url: str
    config: Config
    first: Run
    second: Run
    again: Run
    edits: dict[str, dict[str, list[str]]]
    facts: Facts
    written: Sequence[dict[str, Any]]
    writes: Sequence[dict[str, Any]]


def written_by(warehouse: Warehouse, run: Run) -> list[dict[str, Any]]:
    """The values that a run's plans changed in the CRMs."""
    t = ops_push_item
    names = ("source", "object", "source_id", "label", "field", "old_value", "new_value")
    plans = [plan.plan_id for plan in run.results.get("plan", [])]
    query = select(*(t.c[name] for name in names)).where(t.c.plan_id.in_(plans), t.c.outcome == "applied")
    with warehouse.read() as connection:
        return [dict(row) for row in connection.execute(query.order_by(t.c.source, t.c.object)).mappings()]


def tell(story: Story, out: Output, seconds: float) -> None:
    out.line()
    _pulled(story, out)
    _leaderboard(story, out)
    _tiers(story, out)
    _written_back(story, out)
    for problem in dict.fromkeys([*story.first.problems, *story.second.problems]):
        out.line(f"Note: {problem}")
    config = story.folder / "config.yaml"
    command = _command()
    report = story.folder / story.config.publish.report
    out.line(f"\nWarehouse {story.folder / 'warehouse.db'} · page {report} · {duration(seconds)} in all")
    out.line("Next:")
    out.line(f"  {command} status --config {config}")
    out.line(f"  {command} push show --config {config}")
    port = story.url.rpartition(":")[2]
    out.line(f"  {command} sandbox --port {port} --state {story.folder / 'sandbox.state'}")
    out.line(f"  (while it runs, in another terminal: {command} run daily --config {config})")


def document(story: Story, seconds: float) -> dict[str, Any]:
    """The same for programs."""
    return {
        "folder": str(story.folder),
        "seconds": round(seconds, 1),
        "first": story.first.document(),
        "edits": story.edits,
        "second": story.second.document(),
        "again": story.again.document(),
        "quarter": story.facts.quarter.name,
        "leaderboard": [asdict(one) for one in story.facts.standings],
        "tier_changes": [asdict(one) for one in story.facts.tier_changes],
        "written": list(story.written),
        "automation_fired": any(call["automation"] for call in story.writes),
        "problems": list(dict.fromkeys([*story.first.problems, *story.second.problems, *story.again.problems])),
    }


def _pulled(story: Story, out: Output) -> None:
    columns = ("source", "stream", "rows", "calls", "s", "changed", "new", "deleted", "echo", "calls", "s")
    first: Sequence[StreamResult] = story.first.results["sync"]
    second = {(one.source, one.stream): one for one in story.second.results["sync"]}
    rows = []
    for one in first:
        two: StreamResult = second[one.source, one.stream]
        later = (two.changed, two.new, two.deleted, two.echo, two.calls, two.seconds)
        rows.append((one.source, one.stream, one.rows, one.calls, one.seconds, *later))
    out.table("Pulled: first run, then after the edits (echo = our own writes read back)", columns, rows)
    for source, acts in story.edits.items():
        done = ", ".join(f"{len(ids)} {words}" for words, ids in acts.items())
        out.line(f"Edits in {source}: {done}.")


def _leaderboard(story: Story, out: Output) -> None:
    language = story.config.reporting.language
    rows = [
        (str(one.rank or "–"), one.name, str(one.score), one.reason.of(language))
        for one in story.facts.standings[:_SHOWN]
    ]
    out.line()
    out.table(f"Leaderboard {story.facts.quarter.name} · all sources", ("", "name", "score", "reason"), rows)


def _tiers(story: Story, out: Output) -> None:
    changes, language = story.facts.tier_changes, story.config.reporting.language
    rows = [(one.name, f"{one.old} → {one.new}", one.reason.of(language)) for one in changes[:_SHOWN]]
    out.line()
    out.table(f"Tiers · {len(changes):,} changed after the edits", ("customer", "tier", "reason"), rows)


def _written_back(story: Story, out: Output) -> None:
    columns = ("source", "field", "planned", "applied", "conflict", "rejected", "then planned", "applied")
    second = {(source, line.object, line.field): line for source, line in _lines(story.second)}
    rows = []
    for source, line in _lines(story.first):
        later = second.get((source, line.object, line.field))
        then = (later.planned, later.applied) if later else (0, 0)
        figures = (line.planned, line.applied, line.conflict, line.rejected)
        rows.append((source, f"{line.object}.{line.field}", *figures, *then))
    out.line()
    out.table("Written back: first run, then after the edits", columns, rows)
    shown = [one for one in story.written if len(one["new_value"] or "") < 40]  # noqa: PLR2004 - a reason is longer
    for one in _one_per_field(shown):
        change = f"{one['old_value'] or '–'} → {one['new_value']}"
        out.line(f"For example {one['source']} {one['object']} {one['label']}: {one['field']} {change}")
    fired = sum(call["automation"] for call in story.writes)
    out.line(f"The sandbox counts {len(story.writes):,} write calls; automation fired in {fired} of them.")
    plans: Sequence[PlanSummary] = story.again.results["plan"]
    differ, compared = sum(plan.planned for plan in plans), sum(plan.compared for plan in plans)
    nothing = "" if differ else ", nothing to write"
    out.line(f"Compared again: {differ} of {compared:,} values differ{nothing}.")


def _lines(run: Run) -> Iterator[tuple[str, Any]]:
    applied: Sequence[ApplySummary] = run.results.get("apply", [])
    for one in applied:
        for line in one.lines:
            yield one.source, line


def _one_per_field(written: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for one in written:
        first.setdefault((one["source"], one["field"]), one)
    return list(first.values())


def _command() -> str:
    """How this very command can be called again from here."""
    if shutil.which("crmsync"):
        return "crmsync"
    return os.path.relpath(Path(sys.executable).parent / "crmsync")
