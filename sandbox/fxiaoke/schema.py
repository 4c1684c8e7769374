"""What an object and a field are, and which field types travel in which form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "number", "time", "bool", "ids", "option", "options", "ref", "other"]

# docs/vendor/fxiaoke.md §3.3: the types a describe names, and how their values are kept and compared here.
KINDS: dict[str, Kind] = {
    "text": "text",
    "long_text": "text",
    "html_rich_text": "text",
    "email": "text",
    "url": "text",
    "phone_number": "text",
    "auto_number": "text",
    "location": "text",
    "quote": "text",
    "country": "text",
    "province": "text",
    "city": "text",
    "district": "text",
    "select_one": "option",
    "record_type": "option",
    "select_many": "options",
    "number": "number",
    "currency": "number",
    "percentile": "number",
    "formula": "number",
    "count": "number",
    "date": "time",
    "date_time": "time",
    "time": "time",
    "true_or_false": "bool",
    "employee": "ids",
    "department": "ids",
    "object_reference": "ref",
    "master_detail": "ref",
    "embedded_object_list": "other",
    "image": "other",
    "file_attachment": "other",
}

# Types whose values the system works out by itself: a write of them is ignored (§5.1).
COMPUTED_TYPES = frozenset({"formula", "count", "quote", "auto_number", "embedded_object_list"})

DefineType = Literal["package", "system", "custom"]
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a describe shows it.

    `stored` is False where the value follows from others (the record keeps no copy); `writable` is False where an
    update leaves the value alone without a word (§5.1).
    """

    api_name: str
    label: str
    type: str = "text"
    define_type: DefineType = "package"
    options: Options = ()
    target: str = ""
    decimals: int | None = None
    max_length: int = 0
    required: bool = False
    unique: bool = False
    active: bool = True
    writable: bool = True
    stored: bool = True

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def settable(self) -> bool:
        """Whether a write of this field has an effect."""
        return self.writable and self.active and self.stored and self.type not in COMPUTED_TYPES


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """One object: `columns` says where in a row a stored field lies."""

    api_name: str
    display_name: str
    fields: dict[str, Field]
    define_type: Literal["package", "custom"] = "package"
    table_name: str = ""
    everyone: bool = False  # visible whoever asks, not only to the owner
    columns: dict[str, int] = field(default_factory=dict)

    @property
    def custom(self) -> bool:
        return self.define_type == "custom"


def make_object(
    api_name: str, display_name: str, own: tuple[Field, ...], common: tuple[Field, ...], *, everyone: bool = False
) -> ObjectSpec:
    """Join an object's own fields and the common ones; an own field replaces the common one of its name."""
    fields = {item.api_name: item for item in (*common, *own)}
    stored = [name for name, item in fields.items() if item.stored]
    return ObjectSpec(
        api_name=api_name,
        display_name=display_name,
        fields=fields,
        define_type="custom" if api_name.endswith("__c") else "package",
        table_name=f"biz_{api_name.removesuffix('Obj').lower()}",
        everyone=everyone,
        columns={name: place for place, name in enumerate(stored)},
    )
