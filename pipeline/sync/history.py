"""Keep what was before: one row per changed field, and one per state of a deal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update

from models.records import FieldInfo
from models.spec import HASHED, Stream
from models.warehouse.core import deals, moments
from models.warehouse.functions import one_of
from models.warehouse.history import DEAL_STATE, deal_history, hist_change
from models.warehouse.ops import ops_push_item

Values = Mapping[str, Any]
"""Column → value."""

CRM = "crm"
_NO_FIELDS = frozenset({"source", "source_id", "row_hash", "modified_at", "modified_by", "custom"})
"""Columns that are no field of their own; nor is what the loader derives from an instant or a day."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a person, or we, changed. `field` is a column, or the CRM's name of a field in `custom`."""

    field: str
    old: Any
    new: Any
    origin: str


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What changed in one record. `is_echo` if it is nothing but our own writes, and who wrote last."""

    source_id: str
    changed_at: datetime | None
    changed_by: str | None
    fields: tuple[FieldChange, ...]
    is_echo: bool


def compare(
    connection: Connection,
    source: str,
    stream: Stream,
    changed: Sequence[tuple[Values, Values]],
    fields: Mapping[str, FieldInfo],
) -> list[RecordChange]:
    """What differs between the rows that were there and those that replace them, and whose doing it is.

    The ledger holds labels of picklists, records hold their codes: `fields`, the CRM's metadata, tells one by the other.
    """
    if not changed:
        return []
    ledger = _written(connection, source, stream.object, [new["source_id"] for _, new in changed])
    for values in ledger.values():
        for name, (plan, value) in values.items():
            values[name] = (plan, fields[name].codes.get(value, value) if name in fields else value)
    derived = {name for pair in moments(stream.table) for name in pair} - {field.to for field in stream.fields}
    columns = [name for name in changed[0][1] if name not in _NO_FIELDS | derived]
    return [_compare(old, new, stream, columns, ledger.get(new["source_id"], {})) for old, new in changed]


def keep_changes(
    connection: Connection, source: str, entity: str, changes: Sequence[RecordChange], *, run_id: str, now: datetime
) -> None:
    rows = [
        {
            "source": source,
            "entity": entity,
            "source_id": record.source_id,
            "field": item.field,
            "old_value": _text(item.old),
            "new_value": _text(item.new),
            "changed_at": record.changed_at,
            "changed_by": record.changed_by,
            "seen_at": now,
            "run_id": run_id,
            "origin": item.origin,
        }
        for record in changes
        for item in record.fields
    ]
    if rows:
        connection.execute(insert(hist_change), rows)


def keep_deal_states(connection: Connection, source: str, ids: Sequence[str]) -> None:
    """Bring the history of these deals up to the rows that stand in `deals` now.

    A state starts when its deal was modified, or comes back from being deleted. One that replaces another of the same
    instant takes its place.
    """
    t, d = deal_history, deals
    here = and_(t.c.source == source, one_of(t.c.deal_id, ids), t.c.valid_to.is_(None), _same_deal())
    differs = or_(*(t.c[name].is_distinct_from(d.c[name]) for name in DEAL_STATE))
    state = {name: d.c[name] for name in DEAL_STATE}
    changed = and_(here, d.c.deleted_at.is_(None), differs)
    connection.execute(update(t).where(changed, d.c.modified_at <= t.c.valid_from).values(state))
    connection.execute(update(t).where(changed).values(valid_to=d.c.modified_at))
    former = select(func.max(t.c.valid_to)).where(_same_deal()).correlate(d).scalar_subquery()
    is_open = select(1).where(_same_deal(), t.c.valid_to.is_(None)).correlate(d).exists()
    began = select(d.c.source, d.c.source_id, _later(former, d.c.modified_at), *state.values()).where(
        d.c.source == source,
        one_of(d.c.source_id, ids),
        d.c.deleted_at.is_(None),
        d.c.modified_at.is_not(None),
        ~is_open,
    )
    connection.execute(insert(t).from_select(["source", "deal_id", "valid_from", *state], began))


def restate_deals(connection: Connection, source: str, ids: Sequence[str]) -> None:
    """Say the present state of these deals as their rows say it, from when it began: the mapping changed, not the CRM."""
    t, d = deal_history, deals
    here = and_(t.c.source == source, one_of(t.c.deal_id, ids), t.c.valid_to.is_(None), _same_deal())
    differs = or_(*(t.c[name].is_distinct_from(d.c[name]) for name in DEAL_STATE))
    connection.execute(update(t).where(here, differs).values({name: d.c[name] for name in DEAL_STATE}))


def end_deal_states(connection: Connection, source: str, ids: Sequence[str]) -> None:
    """These deals may just have been marked as gone: what they were ends then; a state of no time at all goes."""
    t, d = deal_history, deals
    gone = and_(t.c.source == source, one_of(t.c.deal_id, ids), t.c.valid_to.is_(None), _same_deal())
    connection.execute(update(t).where(gone, d.c.deleted_at.is_not(None)).values(valid_to=d.c.deleted_at))
    ours = and_(t.c.source == source, one_of(t.c.deal_id, ids))
    connection.execute(delete(t).where(ours, t.c.valid_to <= t.c.valid_from))


def _same_deal() -> ColumnElement[bool]:
    return and_(deal_history.c.source == deals.c.source, deal_history.c.deal_id == deals.c.source_id)


def _later(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """The later of two instants; `other` if there is no `one`."""
    return case((one > other, one), else_=other)


def _written(
    connection: Connection, source: str, object_name: str, ids: Sequence[str]
) -> dict[str, dict[str, tuple[int, Any]]]:
    """Record → field → the plan and the value that we wrote into it last."""
    t = ops_push_item
    query = (
        select(t.c.source_id, t.c.field, t.c.plan_id, t.c.new_value)
        .where(t.c.source == source, t.c.object == object_name, one_of(t.c.source_id, ids))
        .where(t.c.outcome.in_(["applied", "sent"]))
        .order_by(t.c.plan_id)
    )
    found: dict[str, dict[str, tuple[int, Any]]] = {}
    for source_id, field, plan_id, value in connection.execute(query):
        found.setdefault(source_id, {})[field] = (plan_id, value)
    return found


def _compare(
    old: Values, new: Values, stream: Stream, columns: Sequence[str], written: Mapping[str, tuple[int, Any]]
) -> RecordChange:
    api_names = {field.to: field.api_name for field in stream.fields}
    # What has a column now and was in `custom` before has moved there by a new mapping, not by a change.
    passed = stream.bookkeeping | ((old["custom"] or {}).keys() & api_names.values())
    hidden: dict[str, list[tuple[list[str], str]]] = {}
    for path, how in stream.personal.items():
        head, *parts = path.split(".")
        hidden.setdefault(head, []).append((parts, how))
    fields = tuple(
        FieldChange(name, before, after, _origin(written.get(api_names.get(name, name)), after))
        for name, before, after in _differing(old, new, columns)
        if (field := api_names.get(name, name)) not in passed and _may_be_kept(before, hidden.get(field, ()))
    )
    is_echo = bool(written) and old["deleted_at"] is None and all(item.origin != CRM for item in fields)
    return RecordChange(new["source_id"], new.get("modified_at"), new.get("modified_by"), fields, is_echo)


def _may_be_kept(before: Any, hidden: Sequence[tuple[list[str], str]]) -> bool:
    """Whether an old value shows nothing that is hidden today; what was taken out has only been filled again."""
    return not hidden or (before is not None and all(_is_hidden(before, parts, how) for parts, how in hidden))


def _is_hidden(value: Any, path: Sequence[str], how: str) -> bool:
    if not path:
        return value is None or (how == "hash" and isinstance(value, str) and bool(HASHED.fullmatch(value)))
    if isinstance(value, list):
        return all(_is_hidden(item, path, how) for item in value)
    return not isinstance(value, Mapping) or _is_hidden(value.get(path[0]), path[1:], how)


def _differing(old: Values, new: Values, columns: Sequence[str]) -> Iterator[tuple[str, Any, Any]]:
    for column in columns:
        if old[column] != new[column]:
            yield column, old[column], new[column]
    before, after = old["custom"] or {}, new["custom"] or {}
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _origin(written: tuple[int, Any] | None, value: Any) -> str:
    return f"push:{written[0]}" if written and _same(value, written[1]) else CRM


def _same(left: Any, right: Any) -> bool:
    if left == right:
        return True
    try:
        return Decimal(str(left)) == Decimal(str(right))
    except InvalidOperation:
        return False


_TEXTS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (str, str),
    (bool, lambda value: "true" if value else "false"),
    (Decimal, lambda value: f"{value.normalize():f}"),
    (datetime, lambda value: value.astimezone(UTC).isoformat(timespec="seconds")),
    (date, date.isoformat),
    (int, str),
    (object, lambda value: orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()),  # JSONB has an order of its own
)
"""The first that fits: a bool is an int, too, and a datetime a date."""


def _text(value: Any) -> str | None:
    """As a person would write it: numbers without trailing zeros, instants in UTC, the rest as JSON."""
    if value is None:
        return None
    return next(write(value) for kind, write in _TEXTS if isinstance(value, kind))
