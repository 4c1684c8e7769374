"""The ledger: every intended write and what became of it. The only code that touches ops_push_plan and ops_push_item.

An item goes pending → sent → applied or rejected; or, without a write, pending → unchanged or conflict. `sent` is
recorded before the call, so what a killed run leaves in that state is what nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, Update, and_, bindparam, func, insert, select, update

from models.batches import batches
from models.errors import ConfigError
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_push_item, ops_push_plan

Outcome = Literal["pending", "sent", "applied", "unchanged", "conflict", "rejected"]
OUTSTANDING: tuple[Outcome, ...] = ("pending", "sent")
_INSERT_SIZE = 1000

_item, _plan = ops_push_item.c, ops_push_plan.c


@dataclass(frozen=True, slots=True)
class Item:
    """One field of one record. Values are in the text form of `values.text_form`; None is empty.

    `sent_at` is the last time that it was sent; None if it never was.
    """

    object: str
    source_id: str
    field: str
    target: str
    label: str | None
    old_value: str | None
    new_value: str | None
    reason_en: str
    reason_zh: str
    rule_version: str
    outcome: Outcome = "pending"
    message: str | None = None
    sent_at: datetime | None = None


_COLUMNS = [_item[name] for name in Item.__slots__]
_RECORD = (_item.object, _item.source_id, _item.target)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one item."""

    item: Item
    outcome: Outcome
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    plan_id: int
    source: str
    state: str  # open, settled or superseded
    created_at: datetime
    settled_at: datetime | None
    compared: int


def add_plan(
    warehouse: Warehouse, source: str, items: Sequence[Item], *, compared: int, run_id: str, now: datetime
) -> int:
    """Write a plan and its items in one transaction; an open plan of the source becomes superseded.

    Without items there is nothing to apply: the plan is settled at once. Returns the new plan's id.
    """
    state, settled_at = ("open", None) if items else ("settled", now)
    with warehouse.begin() as connection:
        connection.execute(
            update(ops_push_plan)
            .where(_plan.source == source, _plan.state == "open")
            .values(state="superseded", settled_at=now)
        )
        row = {"source": source, "state": state, "created_at": now, "settled_at": settled_at}
        query = insert(ops_push_plan).values(**row, compared=compared, run_id=run_id).returning(_plan.plan_id)
        plan_id: int = connection.execute(query).scalar_one()
        for part in batches(items, _INSERT_SIZE):
            rows = [{"plan_id": plan_id, "source": source, **asdict(item)} for item in part]
            connection.execute(insert(ops_push_item), rows)
    return plan_id


def find_plan(warehouse: Warehouse, plan_id: int) -> Plan:
    """One plan.

    Raises:
        ConfigError: There is none of that number.
    """
    with warehouse.read() as connection:
        row = connection.execute(_select_plan().where(_plan.plan_id == plan_id)).one_or_none()
    if row is None:
        raise ConfigError(f"there is no push plan {plan_id}; list what is planned with: crmsync push show")
    return Plan(*row)


def newest_plan(warehouse: Warehouse, source: str) -> Plan:
    """The plan of a source that was made last, whatever became of it.

    Raises:
        ConfigError: The source has none.
    """
    with warehouse.read() as connection:
        query = _select_plan().where(_plan.source == source).order_by(_plan.plan_id.desc()).limit(1)
        row = connection.execute(query).one_or_none()
    if row is None:
        raise ConfigError(f"{source} has no push plan; make one with: crmsync push plan --source {source}")
    return Plan(*row)


def newest_open_plans(warehouse: Warehouse) -> dict[str, int]:
    """Source → its open plan."""
    with warehouse.read() as connection:
        query = select(_plan.source, func.max(_plan.plan_id)).where(_plan.state == "open").group_by(_plan.source)
        return dict(connection.execute(query).all())


def records(warehouse: Warehouse, plan_id: int, outcomes: Sequence[Outcome] = OUTSTANDING) -> dict[str, list[str]]:
    """Object → ids, ascending, of the records that have an item with one of these outcomes."""
    query = (
        select(_item.object, _item.source_id)
        .where(_item.plan_id == plan_id, _item.outcome.in_(outcomes))
        .distinct()
        .order_by(_item.object, _item.source_id)
    )
    found: dict[str, list[str]] = {}
    with warehouse.read() as connection:
        for object_name, source_id in connection.execute(query):
            found.setdefault(object_name, []).append(source_id)
    return found


def outstanding(warehouse: Warehouse, plan_id: int, object_name: str, ids: Sequence[str]) -> dict[str, list[Item]]:
    """Record id → its items that have no outcome yet, for a batch of records."""
    condition = and_(_item.object == object_name, _item.source_id.in_(ids), _item.outcome.in_(OUTSTANDING))
    found: dict[str, list[Item]] = {}
    with warehouse.read() as connection:
        for item in _items(connection, plan_id, condition):
            found.setdefault(item.source_id, []).append(item)
    return found


def count_records(warehouse: Warehouse, plan_id: int) -> int:
    """How many records a plan has; one that two results go to counts twice."""
    with warehouse.read() as connection:
        return connection.execute(select(func.count()).select_from(_select_records(plan_id).subquery())).scalar_one()


def first_items(warehouse: Warehouse, plan_id: int, limit: int | None) -> list[Item]:
    """Every item of the first `limit` records of a plan, as they are counted, by object, record, target and field."""
    first = _select_records(plan_id).order_by(*_RECORD).limit(limit).subquery()
    chosen = and_(*(column == first.c[column.name] for column in _RECORD), _item.plan_id == plan_id)
    query = select(*_COLUMNS).join_from(ops_push_item, first, chosen).order_by(*_RECORD, _item.field)
    with warehouse.read() as connection:
        return [Item(*row) for row in connection.execute(query)]


def mark_sent(warehouse: Warehouse, plan_id: int, items: Iterable[Item], at: datetime) -> None:
    """Record that the items are about to be written: before the call."""
    rows = [{**_key(plan_id, item), "to_outcome": "sent", "to_sent_at": at} for item in items]
    with warehouse.begin() as connection:
        connection.execute(_update("outcome", "sent_at"), rows)


def take_back(warehouse: Warehouse, plan_id: int, items: Iterable[Item]) -> None:
    """Undo `mark_sent` for items as they were before it: the call was refused and had no effect."""
    rows = [{**_key(plan_id, item), "to_outcome": "pending", "to_sent_at": item.sent_at} for item in items]
    with warehouse.begin() as connection:
        connection.execute(_update("outcome", "sent_at"), rows)


def settle(warehouse: Warehouse, plan_id: int, verdicts: Iterable[Verdict], at: datetime) -> None:
    """Record what became of items, in one transaction. Those that are pending (again) get no time of settling."""
    rows = [
        {
            **_key(plan_id, verdict.item),
            "to_outcome": verdict.outcome,
            "to_message": verdict.message,
            "to_settled_at": None if verdict.outcome in OUTSTANDING else at,
        }
        for verdict in verdicts
    ]
    if rows:
        with warehouse.begin() as connection:
            connection.execute(_update("outcome", "message", "settled_at"), rows)


def close_if_done(warehouse: Warehouse, plan_id: int, at: datetime) -> bool:
    """Settle the plan if all its items have an outcome; True if so."""
    left = select(_item.plan_id).where(_item.plan_id == plan_id, _item.outcome.in_(OUTSTANDING))
    with warehouse.begin() as connection:
        done = connection.execute(
            update(ops_push_plan).where(_plan.plan_id == plan_id, ~left.exists()).values(state="settled", settled_at=at)
        )
        return done.rowcount > 0


def count_outcomes(warehouse: Warehouse, plan_id: int) -> list[tuple[str, str, str, int]]:
    """(object, field, outcome, items) of a plan; `unknown` stands for what was sent and is not known to have arrived."""
    tried = _item.sent_at.is_not(None)
    query = (
        select(_item.object, _item.field, _item.outcome, tried, func.count())
        .where(_item.plan_id == plan_id)
        .group_by(_item.object, _item.field, _item.outcome, tried)
        .order_by(_item.object, _item.field)
    )
    with warehouse.read() as connection:
        return [
            (object_name, field, "unknown" if outcome in OUTSTANDING and sent else outcome, count)
            for object_name, field, outcome, sent, count in connection.execute(query)
        ]


def _select_plan() -> Any:
    return select(_plan.plan_id, _plan.source, _plan.state, _plan.created_at, _plan.settled_at, _plan.compared)


def _select_records(plan_id: int) -> Select[tuple[str, str, str]]:
    return select(*_RECORD).where(_item.plan_id == plan_id).distinct()


def _items(connection: Connection, plan_id: int, condition: Any) -> list[Item]:
    order = (_item.object, _item.source_id, _item.field)
    query = select(*_COLUMNS).where(_item.plan_id == plan_id, condition).order_by(*order)
    return [Item(*row) for row in connection.execute(query)]


def _key(plan_id: int, item: Item) -> Mapping[str, Any]:
    return {"of_plan": plan_id, "of_object": item.object, "of_record": item.source_id, "of_field": item.field}


def _update(*columns: str) -> Update:
    return (
        update(ops_push_item)
        .where(
            _item.plan_id == bindparam("of_plan"),
            _item.object == bindparam("of_object"),
            _item.source_id == bindparam("of_record"),
            _item.field == bindparam("of_field"),
        )
        .values({column: bindparam(f"to_{column}") for column in columns})
    )
