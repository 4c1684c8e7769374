"""What a connector declares: its streams, their fields, and how each value is read and written.

A declaration is checked when its module is imported; a mistake in it names the stream and the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta, tzinfo
from typing import Any

from sqlalchemy import Table

from models.records import FieldInfo
from models.warehouse.core import ENTITIES, NEEDED, common_columns

HASHED = re.compile("hmac:[0-9a-f]{32}")
"""What stands in the place of a text that was hashed as personal data."""


@dataclass(frozen=True, slots=True)
class Converter:
    """A reversible pair: the CRM's JSON value to ours, and back.

    `read` gets the value as decoded JSON, never None or empty (those are None in the warehouse), and raises
    ValueError with the cause. `write` gets what `read` returned, or None to clear. `knows` says of a value whether the
    tenant's metadata tell of it, where they decide what it means.
    """

    name: str
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    knows: Callable[[Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a deal pipeline as the CRM's metadata has it; `probability` in per cent, None if it names none."""

    pipeline: str
    stage: str
    label: str
    position: int
    status: str  # open, won, lost or void
    probability: int | None


@dataclass(frozen=True, slots=True)
class Tenant:
    """What the CRM's metadata says about this customer's CRM, for converters that need it.

    `statuses` gives the CRM's code of a deal's status → open, won, lost or void, where a deal has such a field.
    """

    timezone: tzinfo
    currency: str | None
    stages: tuple[Stage, ...] = ()
    statuses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Labels:
    """Makes the converter of a picklist whose codes are the tenant's own, by the labels that its metadata give them.

    Attributes:
        words: Label → what the column holds.
        other: For a label that is not among them.
    """

    words: Mapping[str, str]
    other: str

    def of(self, info: FieldInfo) -> Converter:
        known = {code: self.words.get(label, self.other) for label, code in info.codes.items()}

        def write(value: Any) -> Any:
            raise ValueError(f"{value!r} stands for more than one option of {info.api_name} and is not written")

        def read(value: Any) -> str:
            return known.get(str(value), self.other)

        return Converter(f"labels {sorted(known.items())}", read, write, lambda value: str(value) in known)


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a record and the column that it fills.

    Attributes:
        api_name: The field as the CRM's metadata names it.
        to: Column of the stream's entity.
        convert: A converter, or what makes one from the metadata of the tenant or of the field.
        optional: The CRM may lack the field (an edition, a switched-off feature): the column is NULL then.
        alias: The name of the same field in other tenants.
    """

    api_name: str
    to: str
    convert: Converter | Labels | Callable[[Tenant], Converter]
    optional: bool = False
    alias: str | None = None

    def fit(self, known: Mapping[str, FieldInfo]) -> Field:
        """As the CRM with these fields has it."""
        name = self.alias if self.alias and self.alias in known and self.api_name not in known else self.api_name
        convert = self.convert
        if isinstance(convert, Labels) and name in known:
            convert = convert.of(known[name])
        return replace(self, api_name=name, convert=convert)

    def bound(self, tenant: Tenant) -> Converter:
        """The converter for a tenant; that of a picklist is known only after `fit`."""
        if isinstance(self.convert, Converter):
            return self.convert
        return self.convert.of(FieldInfo("", "", "")) if isinstance(self.convert, Labels) else self.convert(tenant)


@dataclass(frozen=True, slots=True)
class Stream:
    """One object of the CRM, mapped to one entity (core table) of the warehouse.

    Attributes:
        name: Its own among the streams of a CRM: checkpoints, dead letters and `--stream` go by it.
        object: The CRM's name of the module or object.
        fields: One for each column that the CRM can fill.
        entity: The core table, if it is not called as the stream. Several streams fill one entity where it has a column
            `object`, which keeps apart whose rows they are.
        constants: Column → a value that all rows have, such as the kind of an activity.
        optional: The CRM may lack the object (an edition, a missing permission): the stream is passed over then.
        key: API name of the record's id.
        incremental: Modified times can be asked for; if not, every run reads the whole stream (it is small).
        deletes: How the records that are gone are found: `feed` (the CRM lists them), `sweep` (compare ids),
            `absence` (every run reads all records, so what is missing is gone), or `never`.
        feed_reach: With `feed`: how long the CRM lists a deletion at the least; after a longer pause all is read again.
        bookkeeping: API names of fields that every write moves, ours too, such as who changed the record last.
        is_deleted: True for a raw record that the CRM still shows but holds as deleted.
        options: What the connector's reader needs to know beyond this, by its own keys.
        companions: What the CRM puts behind a field's name in the keys that show the same in other words, which no metadata
            list: a name beside an id, for example. Whoever hides the field hides them, too.
        personal: Field → `hash` or `drop`, which is done before the pipeline sees a record; `Owner.email` is a part of one.
    """

    name: str
    object: str
    fields: tuple[Field, ...]
    entity: str = ""
    constants: Mapping[str, str | int] = field(default_factory=dict)
    optional: bool = False
    key: str = "id"
    incremental: bool = True
    deletes: str = "feed"
    feed_reach: timedelta = timedelta.max
    bookkeeping: frozenset[str] = frozenset()
    is_deleted: Callable[[Mapping[str, Any]], bool] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    companions: tuple[str, ...] = ()
    personal: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entity", self.entity or self.name)
        if self.entity not in ENTITIES:
            raise ValueError(f"stream {self.name}: there is no core table {self.entity}")
        if self.deletes not in {"feed", "sweep", "absence", "never"}:
            raise ValueError(f"stream {self.name}: deletes is feed, sweep, absence or never, not {self.deletes!r}")
        columns = self.table.columns
        if "object" in columns:
            object.__setattr__(self, "constants", {"object": self.object, **self.constants})
        seen: set[str] = set()
        for told, column in [
            *(("constant", column) for column in self.constants),
            *((f"field {item.api_name}", item.to) for item in self.fields),
        ]:
            if column not in columns or column in _LOADER_COLUMNS:
                raise ValueError(f"stream {self.name}, {told}: {self.entity} has no column {column!r} to fill")
            if column in seen:
                raise ValueError(f"stream {self.name}, {told}: column {column!r} is filled twice")
            seen.add(column)

    @property
    def table(self) -> Table:
        """The core table of the entity."""
        return ENTITIES[self.entity]

    @property
    def is_needed(self) -> bool:
        """Whether results are incomplete before it was read."""
        return self.table in NEEDED


def check_streams(owner: str, streams: Sequence[Stream]) -> None:
    """Streams of one source get by with each other.

    Raises:
        ValueError: Two have one name, or would take each other's rows for their own.
    """
    for number, stream in enumerate(streams):
        for other in streams[:number]:
            if other.name == stream.name:
                raise ValueError(f"{owner}: two streams are called {stream.name}")
            if other.table is stream.table and (other.object == stream.object or "object" not in stream.table.c):
                raise ValueError(f"{owner}: {other.name} and {stream.name} would mark each other's rows as gone")


# What the loader fills by itself, whatever a connector declares.
_LOADER_COLUMNS = {column.name for column in common_columns()} - {
    "owner_id",
    "created_at",
    "modified_at",
    "modified_by",
}
