"""What a module's field is, and helpers that let a module read as a list of facts (docs/vendor/zoho.md §5.5, §9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

JSON_TYPES = {
    "autonumber": "string",
    "bigint": "string",
    "boolean": "boolean",
    "currency": "double",
    "date": "string",
    "datetime": "string",
    "double": "double",
    "email": "string",
    "integer": "integer",
    "layout": "jsonobject",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "percent": "double",
    "phone": "string",
    "picklist": "string",
    "profileimage": "string",
    "text": "string",
    "textarea": "string",
    "userlookup": "jsonobject",
    "website": "string",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        length: In characters or digits.
        read_only: The API takes no value for it; one that is sent is ignored.
        derived: Not stored, but made from the record when it is read.
        options: Actual values of a picklist; `labels` holds the displayed ones that differ.
        to: The module that a lookup points at.
    """

    api_name: str
    data_type: str
    length: int
    label: str
    mandatory: bool = False
    custom: bool = False
    read_only: bool = False
    derived: bool = False
    decimals: int | None = None
    options: tuple[str, ...] = ()
    to: str | None = None
    json_type: str = "string"
    default: str | bool | None = None


def field(api_name: str, data_type: str, length: int, **facts: object) -> Field:
    label = api_name.removesuffix("__s").replace("_", " ").replace("No of ", "No. of ")
    made = Field(api_name, data_type, length, label, json_type=JSON_TYPES[data_type])
    return replace(made, **facts)  # type: ignore[arg-type]  # the facts are Field's own attributes


def texts(**lengths: int) -> tuple[Field, ...]:
    return tuple(field(name, "text", length) for name, length in lengths.items())


def of_type(data_type: str, length: int, *names: str) -> tuple[Field, ...]:
    return tuple(field(name, data_type, length) for name in names)


def money(*names: str) -> tuple[Field, ...]:
    return tuple(field(name, "currency", 16, decimals=2) for name in names)


def picklist(api_name: str, *options: str, **facts: object) -> Field:
    return field(api_name, "picklist", 120, options=options, **facts)


def lookup(api_name: str, to: str, **facts: object) -> Field:
    return field(api_name, "lookup", 120, to=to, **facts)


def flag(api_name: str, **facts: object) -> Field:
    return field(api_name, "boolean", 5, default=False, **facts)


# Stored in front of every record, in this order, so that code may reach them by position.
AUDIT = (
    field("id", "bigint", 20, read_only=True),
    field("Owner", "ownerlookup", 120),
    field("Created_By", "ownerlookup", 120, read_only=True),
    field("Created_Time", "datetime", 120, read_only=True),
    field("Modified_By", "ownerlookup", 120, read_only=True),
    field("Modified_Time", "datetime", 120, read_only=True),
    field("Last_Activity_Time", "datetime", 120, read_only=True),
    flag("Locked__s", read_only=True),
)
ID, OWNER, CREATED_BY, CREATED, MODIFIED_BY, MODIFIED, ACTIVE, LOCKED = range(len(AUDIT))
RECORD_STATUS = picklist("Record_Status__s", "Available", "Draft", "Trash", read_only=True, derived=True)
COMMON = (
    field("Tag", "text", 2000, json_type="jsonarray", read_only=True, derived=True),
    field("Layout", "layout", 120, read_only=True, derived=True),
    RECORD_STATUS,
)


@dataclass(frozen=True)
class Module:
    """A module: its names, and its fields with the stored ones in the order of a row."""

    api_name: str
    singular: str
    plural: str
    number: int
    name_field: str
    own_fields: tuple[Field, ...]
    module_name: str = ""
    custom: bool = False
    convertable: bool = False

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return AUDIT + self.own_fields + COMMON

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {found.api_name: found for found in self.fields}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(found.api_name for found in self.fields if not found.derived)

    @cached_property
    def position(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.columns)}

    @cached_property
    def mandatory(self) -> tuple[Field, ...]:
        return tuple(found for found in self.fields if found.mandatory)

    @property
    def tab_id(self) -> str:
        """The id by which others name the module."""
        return self.id(1, 25)

    def id(self, kind: int, index: int) -> str:
        """Ids of the module's own metadata: of a `kind` of thing, digits as long as a record's."""
        return str(5_000_000_000_000_000 + self.number * 100_000 + kind * 1_000 + index)
