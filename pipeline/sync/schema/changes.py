"""What changed in a CRM's fields and picklists since they were last asked for: kept, told, and waited for if so wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from models.errors import ConfigError
from models.records import FieldInfo
from models.spec import Stream
from models.warehouse.engine import Warehouse
from models.warehouse.kept import ops_metadata, ops_schema_change
from models.warehouse.marts import dim_picklist

NEW, RENAMED, RELABELLED, RETYPED, VANISHED = "new", "renamed", "relabelled", "retyped", "vanished"
_t = ops_schema_change
_p = dim_picklist


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change of one field, or of one option of it. `old` and `new` are API names, labels, types, or `code (label)`."""

    field_id: str
    field: str
    change: str
    old: str | None
    new: str | None

    def words(self, stream: Stream) -> str:
        """`Deals.Region: retyped, text → picklist`, and what becomes of a column."""
        moved = {
            (True, True): f", {self.old} → {self.new}",
            (True, False): f", {self.old}",
            (False, True): f", {self.new}",
        }
        told = moved.get((self.old is not None, self.new is not None), "")
        former = {VANISHED: self.field, RENAMED: self.old}.get(self.change)
        columns = [field.to for field in stream.fields if field.api_name == former]
        kept = f"; {stream.entity}.{columns[0]} keeps its last values" if columns else ""
        return f"{stream.object}.{self.field}: {self.change}{told}{kept}"


def compare(before: Sequence[FieldInfo], now: Sequence[FieldInfo]) -> list[SchemaChange]:
    """What is different now; fields are the same by their id, or by their API name where the CRM tells no id."""
    old = {field.id or field.api_name: field for field in before}
    new = {field.id or field.api_name: field for field in now}
    found = [
        SchemaChange(field.id, field.api_name, VANISHED, field.type, None)
        for key, field in old.items()
        if key not in new
    ]
    for key, field in new.items():
        if key not in old:
            found.append(SchemaChange(field.id, field.api_name, NEW, None, field.type))
        else:
            found += _differences(old[key], field)
    return found


def _differences(old: FieldInfo, new: FieldInfo) -> Iterator[SchemaChange]:
    for change, before, after in (
        (RENAMED, old.api_name, new.api_name),
        (RELABELLED, old.label, new.label),
        (RETYPED, old.type, new.type),
    ):
        if before != after:
            yield SchemaChange(new.id, new.api_name, change, before, after)
    before_, after_ = _labels(old), _labels(new)
    for code in [*before_, *(code for code in after_ if code not in before_)]:
        was, is_ = before_.get(code), after_.get(code)
        if was != is_:
            change = "option added" if was is None else "option removed" if is_ is None else "option relabelled"
            shown = [None if label is None else code if label == code else f"{code} ({label})" for label in (was, is_)]
            yield SchemaChange(new.id, new.api_name, change, shown[0], shown[1])


def _labels(field: FieldInfo) -> dict[str, str]:
    """Code → label, in the CRM's order."""
    return {code: label for label, code in field.codes.items()}


def note(
    connection: Connection,
    source: str,
    stream: Stream,
    fields: Mapping[str, FieldInfo],
    *,
    run_id: str,
    now: datetime,
) -> list[SchemaChange]:
    """Keep what changed in the fields of a stream's object since the last time, and the options of today.

    Returns:
        The changes; none where nothing was known before.
    """
    key = f"fields {stream.object}"
    columns = {field.api_name: field.to for field in stream.fields}
    text = orjson.dumps({"fields": [asdict(field) for field in fields.values()], "columns": columns}).decode()
    kept = connection.scalar(select(ops_metadata.c.answer).where(*_kept(source, key)))
    if kept == text:
        return []
    connection.execute(delete(ops_metadata).where(*_kept(source, key)))
    row = {"source": source, "key": key, "answer": text, "asked_at": now, "run_id": run_id}
    connection.execute(insert(ops_metadata), row)
    _keep_options(connection, source, stream, fields, now=now)
    if kept is None:
        return []
    found = compare([FieldInfo(**field) for field in orjson.loads(kept)["fields"]], list(fields.values()))
    common = {"source": source, "object": stream.object, "seen_at": now, "run_id": run_id}
    if found:
        connection.execute(insert(_t), [common | asdict(change) for change in found])
    return found


def former(connection: Connection, source: str, object_name: str) -> set[str]:
    """API names that the object had once: those of the last time, and those that vanished before."""
    kept = connection.scalar(select(ops_metadata.c.answer).where(*_kept(source, f"fields {object_name}")))
    return _gone(connection, source, object_name) | {
        field["api_name"] for field in (orjson.loads(kept)["fields"] if kept else ())
    }


def _gone(connection: Connection, source: str, object_name: str) -> set[str]:
    which = (_t.c.source == source, _t.c.object == object_name, _t.c.change.in_([NEW, RENAMED, VANISHED]))
    found: set[str] = set()
    for row in connection.execute(select(_t.c.change, _t.c.field, _t.c.old).where(*which).order_by(_t.c.id)):
        found.discard(row.field)
        if row.change != NEW:
            found.add(row.field if row.change == VANISHED else row.old)
    return found


def listed(
    connection: Connection,
    *,
    sources: Sequence[str] = (),
    waiting: bool = False,
    limit: int | None = None,
) -> tuple[list[dict[str, Any]], int]:
    """Rows of `ops_schema_change`, the newest first, and how many there are in all.

    Args:
        sources: Connection names; none: all.
        waiting: Only those that nobody has acknowledged.
        limit: How many at the most.
    """
    query = select(_t)
    if sources:
        query = query.where(_t.c.source.in_(sources))
    if waiting:
        query = query.where(_t.c.acknowledged_at.is_(None))
    total = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(_t.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(newest).mappings()], total


def unacknowledged(connection: Connection, source: str, object_name: str) -> list[SchemaChange]:
    """Changes of an object that nobody has acknowledged, the oldest first."""
    names = ("field_id", "field", "change", "old", "new")
    query = select(*(_t.c[name] for name in names)).where(
        _t.c.source == source, _t.c.object == object_name, _t.c.acknowledged_at.is_(None)
    )
    return [SchemaChange(*row) for row in connection.execute(query.order_by(_t.c.id))]


def acknowledge(
    warehouse: Warehouse, *, now: datetime, sources: Sequence[str] = (), numbers: Sequence[int] = ()
) -> int:
    """Say that changes are known: those of these numbers, or all of these sources, or all. Returns how many were not yet.

    Raises:
        ConfigError: There is no change of that number.
    """
    with warehouse.begin() as connection:
        known = set(connection.scalars(select(_t.c.id).where(_t.c.id.in_(numbers)))) if numbers else set()
        for number in numbers:
            if number not in known:
                raise ConfigError(f"there is no schema change {number}; see: crmsync schema-changes")
        query = update(_t).where(_t.c.acknowledged_at.is_(None)).values(acknowledged_at=now)
        if numbers:
            query = query.where(_t.c.id.in_(numbers))
        if sources:
            query = query.where(_t.c.source.in_(sources))
        return connection.execute(query).rowcount


def _kept(source: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return ops_metadata.c.source == source, ops_metadata.c.key == key


def _keep_options(
    connection: Connection,
    source: str,
    stream: Stream,
    fields: Mapping[str, FieldInfo],
    *,
    now: datetime,
) -> None:
    """Bring the options that are valid now in line with the fields."""
    columns = {field.api_name: field.to for field in stream.fields}
    wanted = {
        (name, code): {
            "label": label,
            "position": position,
            "entity": stream.entity,
            "column_name": columns.get(name),
        }
        for name, field in fields.items()
        for position, (code, label) in enumerate(_labels(field).items(), start=1)
    }
    ours = and_(_p.c.source == source, _p.c.object == stream.object, _p.c.valid_to.is_(None))
    there = {(row.field, row.code): row for row in connection.execute(select(_p).where(ours))}
    for key, row in there.items():
        same = and_(ours, _p.c.field == row.field, _p.c.code == row.code)
        if key not in wanted or wanted[key]["label"] != row.label:
            connection.execute(update(_p).where(same).values(valid_to=now))
        elif any(wanted[key][name] != getattr(row, name) for name in ("position", "entity", "column_name")):
            connection.execute(update(_p).where(same).values(wanted[key]))
    rows = [
        {"source": source, "object": stream.object, "field": name, "code": code, "valid_from": now, **values}
        for (name, code), values in wanted.items()
        if (name, code) not in there or there[name, code].label != values["label"]
    ]
    if rows:
        connection.execute(insert(_p), rows)
