"""The views for BI tools: each entity without what is deleted, with names beside the ids, and the chosen custom fields.

Made anew by every migration, since what they show is chosen in the configuration (`bi`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Numeric,
    Select,
    String,
    Subquery,
    Table,
    and_,
    cast,
    func,
    inspect,
    select,
    text,
)

from models.config import BiColumn
from models.errors import ConfigError
from models.warehouse.core import ENTITIES, accounts, custom_records, users
from models.warehouse.functions import json_number, json_text
from models.warehouse.marts import dim_picklist, dim_stage

Chosen = Mapping[str, Mapping[str, BiColumn]]
"""Entity → column of its view → where it comes from."""

_PREFIX = "bi_"
_INTERNAL = {"row_hash", "run_id", "first_seen_at", "deleted_at", "deleted_reason", "custom"}
_OWNER, _ACCOUNT = users.alias("owner"), accounts.alias("account")
_TYPES: dict[str, tuple[Any, Any]] = {"text": (json_text, String()), "number": (json_number, Numeric(20, 4))}


def drop_views(connection: Connection) -> None:
    """Those that are made here; a view of a person's own may begin with the same letters."""
    made = {_PREFIX + name for name in ENTITIES}
    for name in inspect(connection).get_view_names():
        if name in made:
            connection.execute(text(f"DROP VIEW {_quoted(connection, name)}"))


def make_views(connection: Connection, chosen: Chosen) -> None:
    """Make the view of every entity.

    Raises:
        ConfigError: An entity that is not there, or a column that its view has anyway.
    """
    unknown = chosen.keys() - ENTITIES.keys()
    if unknown:
        raise ConfigError(f"bi.{min(unknown)}: there is no such table; there are: {', '.join(ENTITIES)}")
    for name, table in ENTITIES.items():
        query = _view(table, chosen.get(name, {}))
        shown = query.compile(connection, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(f"CREATE VIEW {_quoted(connection, _PREFIX + name)} AS {shown}".replace("%%", "%"))


def _view(table: Table, chosen: Mapping[str, BiColumn]) -> Select[Any]:
    columns: dict[str, ColumnElement[Any]] = {
        column.name: column for column in table.columns if column.key not in _INTERNAL
    }
    joined: FromClause = table
    if table is not users:
        joined = joined.outerjoin(_OWNER, _same(table, _OWNER, table.c.owner_id))
        columns["owner"] = _OWNER.c.name
    if "account_id" in table.c:
        joined = joined.outerjoin(_ACCOUNT, _same(table, _ACCOUNT, table.c.account_id))
        columns["account"] = _ACCOUNT.c.name
    if "stage" in table.c and "pipeline" in table.c:
        columns["stage_label"] = _stage_label(table)
    if table is custom_records:
        columns["data"] = table.c.custom
    for name, column in chosen.items():
        if name in columns:
            raise ConfigError(f"bi.{table.name}.{name}: bi_{table.name} has a column of that name; choose another one")
        if column.type != "label":
            columns[name] = _custom(table, column)
            continue
        shown: list[ColumnElement[Any]] = []
        for number, field in enumerate(column.fields):
            code, options = _code(table, name, field), _options(table, field, f"{name}_{number}")
            joined = joined.outerjoin(options, _is_option(table, options, code))
            shown += [options.c.label, code]
        columns[name] = func.coalesce(*shown)
    every = [column.label(name) for name, column in columns.items()]
    return select(*every).select_from(joined).where(table.c.deleted_at.is_(None))


def _same(table: Table, other: Any, key: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(other.c.source == table.c.source, other.c.source_id == key)


def _stage_label(table: Table) -> ColumnElement[Any]:
    """A CRM without pipelines lists its stages under none."""
    stage = dim_stage.alias("stage_of")
    matches = and_(
        stage.c.source == table.c.source,
        stage.c.stage == table.c.stage,
        stage.c.pipeline.in_([func.coalesce(table.c.pipeline, ""), ""]),
    )
    return select(func.max(stage.c.label)).where(matches).correlate(table).scalar_subquery()


def _custom(table: Table, column: BiColumn) -> ColumnElement[Any]:
    """The first of the fields that a record has: the same thing has another name in each CRM."""
    make, kind = _TYPES[column.type]
    values = [make(table.c.custom, name) for name in column.fields]
    return cast(func.coalesce(*values) if len(values) > 1 else values[0], kind)


def _code(table: Table, name: str, field: str) -> ColumnElement[Any]:
    if field not in table.c:
        return json_text(table.c.custom, field)
    if not isinstance(table.c[field].type, String):
        raise ConfigError(f"bi.{table.name}.{name}: the column {field} holds no text, so it is no code of a picklist")
    return table.c[field]


def _options(table: Table, field: str, name: str) -> Subquery:
    """Each code that the field, or the field of that column, ever had, with the label that it has now, or had last."""
    t = dim_picklist
    keys = [t.c.source, t.c.code, *([t.c.object] if "object" in table.c else [])]
    latest = func.row_number().over(partition_by=keys, order_by=[t.c.valid_from.desc(), t.c.object, t.c.field])
    of_field = t.c.column_name == field if field in table.c else t.c.field == field
    options = select(*keys, t.c.label, latest.label("place")).where(t.c.entity == table.name, of_field).subquery()
    return select(options).where(options.c.place == 1).subquery(name)


def _is_option(table: Table, options: Subquery, code: ColumnElement[Any]) -> ColumnElement[bool]:
    same = [options.c.source == table.c.source, options.c.code == code]
    return and_(*same, *([options.c.object == table.c.object] if "object" in table.c else []))


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
