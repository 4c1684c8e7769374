"""What the demo tells at its end: pulled, computed, written back, where it all is, what to try next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from cli.demo_phrases import PHRASES
from cli.output import Output, duration
from cli.session import own_name
from flows.run import Run
from models.config import Config
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_push_item
from pipeline.publish.facts import Facts
from pipeline.push.apply import ApplySummary
from pipeline.push.plan import PlanSummary
from pipeline.sync.context import StreamResult

_SHOWN = 5
_LONG = 40


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
    say = PHRASES[story.config.reporting.language]
    for part in (_pulled, _leaderboard, _tiers, _written_back):
        out.line()
        part(story, out, say)
    for problem in dict.fromkeys([*story.first.problems, *story.second.problems]):
        out.line(say["note"].format(problem=problem))
    folder, config, command = story.folder, story.folder / "config.yaml", own_name()
    page = folder / story.config.publish.report
    out.line()
    out.line(
        say["where"].format(
            warehouse=folder / "warehouse.db", page=page, duration=duration(seconds, story.config.reporting.language)
        )
    )
    out.line(say["next"])
    out.line(f"  {command} status --config {config}")
    out.line(f"  {command} push show {_changed_plan(story)} --config {config}")
    out.line(f"  {command} sandbox --port {story.url.rpartition(':')[2]} --state {folder / 'sandbox.state'}")
    out.line(say["daily"].format(command=command, config=config))


def _changed_plan(story: Story) -> int:
    """The plan after the edits with the most to show."""
    plans: list[PlanSummary] = story.second.results["plan"]
    return max(plans, key=lambda plan: plan.planned).plan_id


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


def _pulled(story: Story, out: Output, say: Mapping[str, str]) -> None:
    first: Sequence[StreamResult] = story.first.results["sync"]
    second = {(one.source, one.stream): one for one in story.second.results["sync"]}
    rows = []
    for one in first:
        two: StreamResult = second[one.source, one.stream]
        later = (two.changed, two.new, two.deleted, two.echo, two.calls, two.seconds)
        rows.append((one.source, one.stream, one.rows, one.calls, one.seconds, *later))
    out.table(say["pulled"], say["pulled_columns"].split("|"), rows)
    for source, acts in story.edits.items():
        done = say["comma"].join(say[act].format(count=len(ids)) for act, ids in acts.items())
        out.line(say["edited"].format(source=source, acts=done))


def _leaderboard(story: Story, out: Output, say: Mapping[str, str]) -> None:
    rows = [
        (
            str(one.rank or "–"),
            one.name,
            "–" if one.score is None else f"{one.score:.2f}",
            one.reason.of(story.config.reporting.language),
        )
        for one in story.facts.standings[:_SHOWN]
    ]
    title = say["leaderboard"].format(quarter=story.facts.quarter.name)
    out.table(title, say["leaderboard_columns"].split("|"), rows)


def _tiers(story: Story, out: Output, say: Mapping[str, str]) -> None:
    changes, language = story.facts.tier_changes, story.config.reporting.language
    rows = [(one.name, f"{one.old} → {one.new}", one.reason.of(language)) for one in changes[:_SHOWN]]
    out.table(say["tiers"].format(count=len(changes)), say["tiers_columns"].split("|"), rows)


def _written_back(story: Story, out: Output, say: Mapping[str, str]) -> None:
    second = {(source, line.object, line.field): line for source, line in _lines(story.second)}
    rows = []
    for source, line in _lines(story.first):
        later = second.get((source, line.object, line.field))
        then = (later.planned, later.applied) if later else (0, 0)
        figures = (line.planned, line.applied, line.conflict, line.rejected)
        rows.append((source, f"{line.object}.{line.field}", *figures, *then))
    out.table(say["written"], say["written_columns"].split("|"), rows)
    for one in _one_per_field(story.written):
        change = f"{one['old_value'] or '–'} → {one['new_value']}"
        out.line(say["example"].format(source=one["source"], label=one["label"], field=one["field"], change=change))
    fired = sum(call["automation"] for call in story.writes)
    out.line(say["writes"].format(count=len(story.writes), fired=fired))
    plans: Sequence[PlanSummary] = story.again.results["plan"]
    differ, compared = sum(plan.planned for plan in plans), sum(plan.compared for plan in plans)
    out.line(say["again"].format(differ=differ, compared=compared))


def _lines(run: Run) -> Iterator[tuple[str, Any]]:
    applied: Sequence[ApplySummary] = run.results.get("apply", [])
    for one in applied:
        for line in one.lines:
            yield one.source, line


def _one_per_field(written: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first change of each field; a long text, such as a reason, stands in the tables above already."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for one in written:
        if len(one["new_value"] or "") < _LONG:
            first.setdefault((one["source"], one["field"]), one)
    return list(first.values())
