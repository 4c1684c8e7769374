"""What an object and a field are, and which field types travel in which form."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["text", "number", "time", "bool", "ids", "many", "option", "options", "ref", "links", "files", "other"]

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
    "town": "text",
    "tree_path": "text",
    "select_one": "option",
    "record_type": "option",
    "select_many": "options",
    "number": "number",
    "currency": "number",
    "percentile": "number",
    "formula": "number",
    "count": "number",
    "integer": "time",
    "date": "time",
    "date_time": "time",
    "time": "time",
    "true_or_false": "bool",
    "employee": "ids",
    "department": "ids",
    "employee_many": "many",
    "department_many": "many",
    "out_employee": "many",
    "object_reference_many": "many",
    "tag": "many",
    "array": "many",
    "object_reference": "ref",
    "master_detail": "ref",
    "embedded_object_list": "other",
    "related_objects": "links",
    "image": "files",
    "signature": "files",
    "file_attachment": "files",
}
# Their ids are FSUIDs in the legacy style (§2.1).
EMPLOYEE_TYPES = frozenset({"employee", "employee_many"})
# What a describe calls the types of the sandbox's own making: the links of an activity (§6.7), and the numbers that the
# samples show as JSON numbers (§6.5, §6.6).
SHOWN_TYPES = {"related_objects": "embedded_object_list", "integer": "number"}

# Types whose values the system works out by itself: a write of them is ignored (§5.1).
COMPUTED_TYPES = frozenset({"formula", "count", "quote", "auto_number", "embedded_object_list"})

DefineType = Literal["package", "system", "custom"]
Options = tuple[tuple[str, str], ...]
OTHER = "other"


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
    companion: bool = False  # stands in data only: `X__o`, the words behind the option "other" (§3.4)

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def indexed(self) -> bool:
        """Whether records can be sorted by it."""
        return self.kind not in ("files", "other")

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


def make_object(
    api_name: str, display_name: str, own: tuple[Field, ...], common: tuple[Field, ...], *, everyone: bool = False
) -> ObjectSpec:
    """Join an object's own fields and the common ones; an own field replaces the common one of its name."""
    fields = {item.api_name: item for item in (*common, *own)}
    spec = ObjectSpec(
        api_name=api_name,
        display_name=display_name,
        fields={},
        define_type="custom" if api_name.endswith("__c") else "package",
        table_name=f"biz_{api_name.removesuffix('Obj').lower()}",
        everyone=everyone,
    )
    return with_fields(spec, (*fields.values(), *_companions(fields.values())))


def with_fields(spec: ObjectSpec, fields: Iterable[Field]) -> ObjectSpec:
    """The object with other fields; the stored ones lie in a row in their order."""
    by_name = {item.api_name: item for item in fields}
    stored = [name for name, item in by_name.items() if item.stored]
    return replace(spec, fields=by_name, columns={name: place for place, name in enumerate(stored)})


def _companions(fields: Iterable[Field]) -> list[Field]:
    """Fields for the words of whoever chooses the option "other"."""
    return [
        Field(f"{item.api_name}__o", item.label, writable=item.writable, companion=True)
        for item in fields
        if item.type == "select_one" and OTHER in dict(item.options)
    ]
