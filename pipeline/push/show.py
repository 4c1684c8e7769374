"""Show: what a plan would write, or has written, record by record with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from models.warehouse.engine import Warehouse
from pipeline.push import ledger
from pipeline.push.ledger import Item, Plan


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record of a plan: its items (field, old_value → new_value, outcome, message), and why."""

    object: str
    source_id: str
    label: str | None
    target: str
    reason_en: str
    reason_zh: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """A plan and its first records; `total` is how many it has."""

    plan: Plan
    records: tuple[ShownRecord, ...]
    total: int


def describe_plan(warehouse: Warehouse, which: int | str, limit: int | None = None) -> ShownPlan:
    """A plan by its number, or the newest one of a source by the source's name.

    Args:
        warehouse: Only what is shown is read from it.
        which: Number or source.
        limit: Records to show; None: all.

    Raises:
        ConfigError: There is none.
    """
    plan = ledger.find_plan(warehouse, which) if isinstance(which, int) else ledger.newest_plan(warehouse, which)
    items = ledger.first_items(warehouse, plan.plan_id, limit)
    by_record = groupby(items, lambda item: (item.object, item.source_id, item.target))
    records = tuple(_record(tuple(of_record)) for _, of_record in by_record)
    return ShownPlan(plan, records, ledger.count_records(warehouse, plan.plan_id))


def _record(items: tuple[Item, ...]) -> ShownRecord:
    first = items[0]
    return ShownRecord(
        first.object, first.source_id, first.label, first.target, first.reason_en, first.reason_zh, items
    )
