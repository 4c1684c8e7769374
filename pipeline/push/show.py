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
    plan: Plan
    records: tuple[ShownRecord, ...]


def describe_plan(warehouse: Warehouse, which: int | str) -> ShownPlan:
    """A plan by its number, or the newest one of a source by the source's name.

    Raises:
        ConfigError: There is none.
    """
    plan = ledger.find_plan(warehouse, which) if isinstance(which, int) else ledger.newest_plan(warehouse, which)
    by_record = groupby(
        ledger.all_items(warehouse, plan.plan_id), lambda item: (item.object, item.source_id, item.target)
    )
    return ShownPlan(plan, tuple(_record(tuple(items)) for _, items in by_record))


def _record(items: tuple[Item, ...]) -> ShownRecord:
    first = items[0]
    return ShownRecord(
        first.object, first.source_id, first.label, first.target, first.reason_en, first.reason_zh, items
    )
