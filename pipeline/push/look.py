"""A look at the live values of planned records, and what it means for each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.protocols import Connector
from models.records import FieldInfo
from models.warehouse.engine import Warehouse
from pipeline.push import ledger
from pipeline.push.ledger import Item, Verdict
from pipeline.push.values import text_form


def look(
    warehouse: Warehouse, connector: Connector, plan_id: int, object_name: str, ids: Sequence[str]
) -> list[Verdict]:
    """Read up to `read_batch` records and judge their outstanding items; `pending` is what may be written."""
    planned = ledger.outstanding(warehouse, plan_id, object_name, ids)
    known = connector.fields(object_name)
    names = sorted({item.field for items in planned.values() for item in items} & set(known))
    live = connector.get(object_name, list(planned), names) if names else {source_id: {} for source_id in planned}
    return [verdict for source_id, items in planned.items() for verdict in judge(items, live.get(source_id), known)]


def judge(items: Sequence[Item], live: Mapping[str, Any] | None, known: Mapping[str, FieldInfo]) -> list[Verdict]:
    """Judge the outstanding items of one record by its live values; None: the record does not exist.

    A value that is there already was `applied` if it was ever sent, else `unchanged`. One that is neither the new
    value nor the planned old one is a `conflict`, and takes those of the same record with it that were to be written.
    """
    if live is None:
        return [Verdict(item, "conflict", "the record does not exist in the CRM any more") for item in items]
    verdicts = [_judge_one(item, live, known) for item in items]
    changed = [verdict.item.field for verdict in verdicts if verdict.outcome == "conflict"]
    if not changed:
        return verdicts
    message = f"not written, because {', '.join(changed)} of the same record changed"
    return [
        Verdict(verdict.item, "conflict", message) if verdict.outcome == "pending" else verdict for verdict in verdicts
    ]


def _judge_one(item: Item, live: Mapping[str, Any], known: Mapping[str, FieldInfo]) -> Verdict:
    if item.field not in known:
        return Verdict(item, "conflict", "the field does not exist in the CRM any more")
    value = text_form(live.get(item.field), known[item.field])
    if value == item.new_value:
        return Verdict(item, "applied" if item.sent_at else "unchanged")
    if value == item.old_value:
        return Verdict(item, "pending")
    return Verdict(item, "conflict", f"the CRM has {_shown(value)}, the plan was made on {_shown(item.old_value)}")


def _shown(value: str | None) -> str:
    return "nothing" if value is None else repr(value)
