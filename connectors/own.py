"""The streams of one connection: its connector's, and those that the configuration adds for the tenant's own objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Boolean, Column, Date, Integer

from connectors.personal import with_personal
from models.config import ConnectionConfig, StreamConfig, choose
from models.errors import ConfigError
from models.protocols import ConnectorSpec
from models.spec import Converter, Field, Stream, check_streams
from models.warehouse.core import ENTITIES
from models.warehouse.types import Exact, Instant

_TYPES: tuple[tuple[type, str], ...] = (
    (Instant, "instant"),
    (Date, "day"),
    (Exact, "number"),
    (Integer, "whole"),
    (Boolean, "flag"),
)


def streams_of(spec: ConnectorSpec, name: str, connection: ConnectionConfig) -> tuple[Stream, ...]:
    """What is read from a connection, in this order.

    Raises:
        ConfigError: A stream that is to be skipped and is not there or always read, or a mapping that does not fit.
    """
    optional = [stream.name for stream in spec.streams if stream.optional]
    skipped = choose(connection.skip, optional, f"connections.{name}.skip: no stream that may be left out is called")
    kept = [stream for stream in spec.streams if not connection.skip or stream.name not in skipped]
    for stream, own in connection.streams.items():
        try:
            kept.append(_own(spec, stream, own))
            check_streams(name, kept)
        except ValueError as error:
            raise ConfigError(f"connections.{name}.streams.{stream}: {error}") from None
    personal = with_personal(kept, name, connection.personal_data)
    return tuple(replace(stream, personal=personal.get(stream.name, {})) for stream in kept)


def _own(spec: ConnectorSpec, name: str, own: StreamConfig) -> Stream:
    """The converter of a field follows from the type of its column. Some objects have no owner, so nothing hangs on it."""
    if own.entity not in ENTITIES:
        raise ValueError(f"there is no table {own.entity}; there are: {', '.join(ENTITIES)}")
    columns = ENTITIES[own.entity].columns
    fields = []
    for column, api_name in own.fields.items():
        if column not in columns or column == "links":
            raise ValueError(f"{own.entity} has no column {column!r} to fill")
        fields.append(Field(api_name, column, _converter(spec, columns[column])))
    stream = spec.module(name, own.object, *fields, entity=own.entity, constants=own.constants, optional=False)
    return replace(
        stream,
        fields=tuple(replace(field, optional=True) if field.to == "owner_id" else field for field in stream.fields),
    )


def _converter(spec: ConnectorSpec, column: Column[Any]) -> Converter:
    if column.name == "kind":
        return spec.converters["kind"]
    if column.name.endswith("_id"):
        return spec.converters["id"]
    return spec.converters[next((word for kind, word in _TYPES if isinstance(column.type, kind)), "text")]
