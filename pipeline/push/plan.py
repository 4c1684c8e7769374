"""Plan: compare the results with what stands in the CRM. What differs goes into the ledger; the CRM is only read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from models.batches import batches
from models.config import ConnectionConfig, ScoreConfig
from models.periods import pushed_quarter
from models.progress import Progress
from models.protocols import Connector
from models.warehouse.engine import Warehouse
from pipeline.push import ledger
from pipeline.push.compare import Comparison, compare
from pipeline.push.look import look
from pipeline.push.results import Scope, read_rows
from pipeline.push.targets import find_targets


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One field of one object.

    Attributes:
        compared: Values that were compared.
        planned: Those that differ.
        missing: Results with no record to match, or with two. Counts records: the same for all fields of a result.
        deleted: Records that the warehouse has and the CRM no longer; counted alike.
    """

    result: str
    object: str
    field: str
    compared: int
    planned: int
    missing: int
    deleted: int


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """`state` is open, or settled if nothing differs. `notes` are for the person at the terminal."""

    plan_id: int
    source: str
    state: str
    compared: int
    planned: int
    lines: tuple[PlanLine, ...]
    notes: tuple[str, ...]


def make_plan(
    warehouse: Warehouse,
    connector: Connector,
    connection: ConnectionConfig,
    *,
    score: ScoreConfig,
    run_id: str,
    now: datetime,
    timezone: tzinfo,
    progress: Progress,
) -> PlanSummary:
    """Compare every configured result of one source with the CRM, and store what differs as its open plan.

    The caller holds the source's lock. An older open plan becomes superseded, its lost answers settled before.

    Args:
        warehouse: With the marts computed.
        connector: Of the source; its name is the source's.
        connection: Its part of the configuration: targets and language.
        score: For the quarter that is shown.
        run_id: Kept with the plan.
        now: Aware; with `timezone` it gives the local day.
        timezone: `reporting.timezone`.
        progress: Called after each batch that was compared.

    Raises:
        ConfigError: A target does not fit the CRM.
        RetriableError: The CRM cannot be read now; no plan was stored.
    """
    quarter = pushed_quarter(now.astimezone(timezone).date(), score.grace_days)
    scope = Scope(connector.name, connection.language, quarter)
    targets = find_targets(connector, connection)
    with warehouse.read() as reading:
        work = [(target, read_rows(reading, target.result, scope)) for target in targets]
    for target, rows in work:
        target.check_values(rows)
    _settle_lost_answers(warehouse, connector, now)
    comparisons = [compare(connector, target, rows, scope, progress) for target, rows in work]
    return _store(warehouse, connector.name, comparisons, run_id=run_id, now=now)


def _settle_lost_answers(warehouse: Warehouse, connector: Connector, now: datetime) -> None:
    """What a killed apply left as `sent` is read back while its plan still counts, so that no write goes unrecorded."""
    plan_id = ledger.newest_open_plans(warehouse).get(connector.name)
    if plan_id is None:
        return
    for object_name, ids in ledger.records(warehouse, plan_id, ("sent",)).items():
        for batch in batches(ids, connector.read_batch):
            verdicts = look(warehouse, connector, plan_id, object_name, batch)
            lost = [verdict for verdict in verdicts if verdict.item.outcome == "sent"]
            ledger.settle(warehouse, plan_id, lost, now)


def _store(
    warehouse: Warehouse, source: str, comparisons: list[Comparison], *, run_id: str, now: datetime
) -> PlanSummary:
    items = [item for comparison in comparisons for item in comparison.items]
    lines = tuple(line for comparison in comparisons for line in _lines(comparison))
    compared = sum(line.compared for line in lines)
    plan_id = ledger.add_plan(warehouse, source, items, compared=compared, run_id=run_id, now=now)
    return PlanSummary(
        plan_id=plan_id,
        source=source,
        state="open" if items else "settled",
        compared=compared,
        planned=len(items),
        lines=lines,
        notes=tuple(note for comparison in comparisons for note in comparison.notes),
    )


def _lines(comparison: Comparison) -> Iterator[PlanLine]:
    target, planned = comparison.target, comparison.planned()
    for name in target.api_names:
        yield PlanLine(
            result=target.result.name,
            object=target.object,
            field=name,
            compared=comparison.records,
            planned=planned.get(name, 0),
            missing=comparison.missing,
            deleted=comparison.deleted,
        )
