"""What a module's field is, and helpers that let a module read as a list of facts (docs/vendor/zoho.md §5.5, §9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

# Of each data type of §5.5. Which of the rare ones are objects, arrays or texts is not documented: chosen by their names.
JSON_TYPES = {
    "ALARM": "jsonobject",
    "RRULE": "jsonobject",
    "autonumber": "string",
    "bigint": "string",
    "boolean": "boolean",
    "consent_lookup": "jsonobject",
    "currency": "double",
    "date": "string",
    "datetime": "string",
    "double": "double",
    "email": "string",
    "event_reminder": "string",
    "fileupload": "jsonarray",
    "formula": "double",
    "imageupload": "jsonarray",
    "integer": "integer",
    "layout": "jsonobject",
    "linetax": "jsonarray",
    "lookup": "jsonobject",
    "module": "jsonobject",
    "multi_module_lookup": "jsonobject",
    "multireminder": "jsonarray",
    "multiselectlookup": "jsonarray",
    "multiselectpicklist": "jsonarray",
    "multiuserlookup": "jsonarray",
    "ownerlookup": "jsonobject",
    "percent": "double",
    "phone": "string",
    "picklist": "string",
    "profileimage": "string",
    "rollup_summary": "integer",
    "subform": "jsonarray",
    "territories": "jsonarray",
    "text": "string",
    "textarea": "string",
    "time_range": "jsonarray",
    "userlookup": "jsonobject",
    "website": "string",
}
# Objects that the API takes and gives as they are; other objects are links.
_OBJECTS = ("ALARM", "RRULE", "consent_lookup", "module")
# Arrays of links, which only a single-record GET shows (§2).
LINKS = ("multiselectlookup", "multiuserlookup")
SINGLE_ONLY = ("subform", *LINKS)


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        length: In characters or digits.
        read_only: The API takes no value for it; one that is sent is ignored.
        derived: Not stored, but made from the record when it is read; without a way to make it, it is its default.
        options: Actual values of a picklist; `labels` are the displayed ones, in the same order, unless they are the same.
        live: A lookup that is null once its record is deleted, even if that is in the recycle bin.
        to: The module that a lookup points at, or that holds a subform's rows.
        targets: The modules that a multi-module lookup may point at.
        made_of: What a formula (an amount and a percentage of it) or a roll-up (the subform that it counts) comes from.
        rich: Its text is cut in lists.
        tooltip: What the field's info icon tells.
        id: Of a field that was created by a call; others get theirs from their place in the module.
        unique: No two records hold the same value, whatever its case.
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
    labels: tuple[str, ...] = ()
    to: str | None = None
    targets: tuple[str, ...] = ()
    made_of: tuple[str, ...] = ()
    json_type: str = "string"
    default: str | int | bool | None = None
    unique: bool = False
    rich: bool = False
    live: bool = False
    tooltip: str = ""
    id: str = ""

    def points_at(self, module: str) -> bool:
        """Holds the id of a record of the module."""
        return self.data_type in ("lookup", "multi_module_lookup") and module in (self.to, *self.targets)

    @property
    def structured(self) -> bool:
        """Kept as JSON text, since a row holds only atoms (see `store`)."""
        return (self.json_type == "jsonarray" and self.data_type != "subform") or self.data_type in _OBJECTS


def field(api_name: str, data_type: str, length: int, **facts: object) -> Field:
    label = api_name.removesuffix("__s").replace("_", " ").replace("No of ", "No. of ")
    made = Field(api_name, data_type, length, label, json_type=JSON_TYPES[data_type])
    return replace(made, **facts)  # type: ignore[arg-type]  # the facts are Field's own attributes


def texts(**lengths: int) -> tuple[Field, ...]:
    return tuple(field(name, "text", length) for name, length in lengths.items())


def of_type(data_type: str, length: int, *names: str, **facts: object) -> tuple[Field, ...]:
    return tuple(field(name, data_type, length, **facts) for name in names)


def money(*names: str, **facts: object) -> tuple[Field, ...]:
    return tuple(field(name, "currency", 16, decimals=2, **facts) for name in names)


def picklist(api_name: str, *options: str, **facts: object) -> Field:
    return field(api_name, "picklist", 120, options=options, **facts)


def lookup(api_name: str, to: str, **facts: object) -> Field:
    return field(api_name, "lookup", 120, to=to, **facts)


def multi_lookup(api_name: str, *targets: str, **facts: object) -> Field:
    return field(api_name, "multi_module_lookup", 120, targets=targets, **facts)


def subform(api_name: str, **facts: object) -> Field:
    """Its rows are records of a module of the same name (§9A.2)."""
    return field(api_name, "subform", 2000, to=api_name, derived=True, **facts)


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
    """A module: its names, and its fields with the stored ones in the order of a row.

    Attributes:
        generated_type: default, custom, subform or field_tracker; records of the last two are made by others' writes.
        lacks: Common fields that are stored, since all rows begin alike, but that the module does not have.
        parent: The module that a subform or a tracker belongs to.
    """

    api_name: str
    singular: str
    plural: str
    number: int
    name_field: str
    own_fields: tuple[Field, ...]
    module_name: str = ""
    generated_type: str = "default"
    convertable: bool = False
    lacks: tuple[str, ...] = ()
    parent: str | None = None
    made_fields: tuple[Field, ...] = ()

    @property
    def writable(self) -> bool:
        return self.generated_type in ("default", "custom")

    @property
    def _all(self) -> tuple[Field, ...]:
        # Those that were created come last, so that the others keep their places and ids.
        return AUDIT + self.own_fields + COMMON + self.made_fields

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(found for found in self._all if found.api_name not in self.lacks)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {found.api_name: found for found in self.fields}

    @cached_property
    def stored(self) -> tuple[Field, ...]:
        return tuple(found for found in self._all if not found.derived)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(found.api_name for found in self.stored)

    @cached_property
    def defaults(self) -> dict[str, str | int | bool | None]:
        return {found.api_name: found.default for found in self.stored}

    @cached_property
    def position(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.columns)}

    @cached_property
    def mandatory(self) -> tuple[Field, ...]:
        return tuple(found for found in self.fields if found.mandatory)

    @cached_property
    def subforms(self) -> tuple[Field, ...]:
        return tuple(found for found in self.fields if found.data_type == "subform")

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """Fields that Zoho counts up."""
        return tuple(f.api_name for f in self.own_fields if f.read_only and f.data_type in ("autonumber", "bigint"))

    @property
    def tab_id(self) -> str:
        """The id by which others name the module."""
        return self.id(1, 25)

    @property
    def view_id(self) -> str:
        """The id of its custom view, which shows all records."""
        return self.id(21, 1)

    def id(self, kind: int, index: int) -> str:
        """Ids of the module's own metadata: of a `kind` of thing, digits as long as a record's."""
        return str(5_000_000_000_000_000 + self.number * 100_000 + kind * 1_000 + index)

    @property
    def first_record_id(self) -> int:
        """Of the data of the start; each module after the first five has a million ids of its own."""
        return 5_000_000_700_000_001 + self.number * 1_000_000
