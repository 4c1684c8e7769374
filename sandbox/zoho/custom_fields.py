"""Creating custom fields (docs/vendor/zoho.md §6.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.zoho import envelope
from sandbox.zoho.editions import EDITIONS
from sandbox.zoho.errors import Refused, ZohoError, problem
from sandbox.zoho.fields import JSON_TYPES, Field
from sandbox.zoho.unique import unique_fields

if TYPE_CHECKING:
    from sandbox.zoho.fields import Module
    from sandbox.zoho.http import Call, Reply
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Table

MOST_PER_CALL, CREDITS_PER_FIELD, MOST_UNIQUE = 5, 10, 2
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")


class Kind(NamedTuple):
    """The shortest and longest length that may be asked for; `fixed` ones have just the last."""

    least: int
    most: int
    decimals: int | None = None
    fixed: bool = False


KINDS = {
    "text": Kind(1, 255),
    "textarea": Kind(2000, 50_000),
    "email": Kind(1, 100),
    "phone": Kind(1, 30),
    "website": Kind(1, 450),
    "integer": Kind(1, 9),
    "bigint": Kind(1, 18),
    "double": Kind(1, 18, decimals=2),
    "currency": Kind(1, 16, decimals=2),
    "percent": Kind(1, 5),
    "boolean": Kind(5, 5, fixed=True),
    "date": Kind(20, 20, fixed=True),
    "datetime": Kind(120, 120, fixed=True),
    "picklist": Kind(120, 120, fixed=True),
    "multiselectpicklist": Kind(2000, 2000, fixed=True),
}
_TEXTAREAS = {"small": 2_000, "large": 32_000, "rich_text": 50_000}
MOST_DECIMALS = 9


class CustomFields:
    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, call: Call) -> Reply:
        """`POST /settings/fields?module=…`: each field can be read and written at once."""
        name = call.param("module")
        if name is None:
            raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
        table = self._state.tables.get(name)
        if table is None or not table.module.writable:
            raise ZohoError("INVALID_MODULE", {"param_name": "module"})
        items = envelope.items_of(call.json(), MOST_PER_CALL, "fields")
        call.credits = CREDITS_PER_FIELD * len(items)
        results = [self._one(table, item, f"$.fields[{index}]") for index, item in enumerate(items)]
        return envelope.answer(results, 201, 400, "fields")

    def _one(self, table: Table, item: Any, place: str) -> dict[str, Any]:
        if not isinstance(item, dict):
            details = {"expected_data_type": "jsonobject", "api_name": "fields", "json_path": place}
            return problem("INVALID_DATA", details)
        try:
            field = self._field(_Wish(table.module, item, place))
        except Refused as refused:
            return refused.problem
        table.add_field(field)
        self._state.renderer.forget()
        return {"code": "SUCCESS", "details": {"id": field.id}, "message": "field created", "status": "success"}

    def _field(self, wish: _Wish) -> Field:
        label, data_type = wish.label(), wish.data_type()
        length, decimals, unique, tooltip = wish.length(), wish.decimals(), wish.unique(), wish.tooltip()
        options = wish.options()
        most = EDITIONS[self._state.switches.edition].custom_fields
        if sum(field.custom for field in wish.module.fields) >= most:
            raise Refused("LIMIT_EXCEEDED", wish.place, "field_label", limit=most)
        field_id = self._state.new_id()
        for _ in options:
            # The ids after the field's are its options'.
            self._state.new_id()
        return Field(
            _api_name(wish.module, label),
            data_type,
            length,
            label,
            custom=True,
            decimals=decimals,
            options=tuple(options),
            labels=tuple(options.values()),
            json_type=JSON_TYPES[data_type],
            default=False if data_type == "boolean" else None,
            unique=unique,
            rich=wish.rich(),
            tooltip=tooltip,
            id=str(field_id),
        )


@dataclass(frozen=True, slots=True)
class _Wish:
    """One item of `fields[]`, whose parts are read one by one.

    Each reader raises `Refused` where its part is missing or wrong.
    """

    module: Module
    item: dict[str, Any]
    place: str

    def label(self) -> str:
        label = self._text("field_label")
        if any(label.casefold() == field.label.casefold() for field in self.module.fields):
            raise Refused("DUPLICATE_DATA", self.place, "field_label")
        return label

    def data_type(self) -> str:
        data_type = self._text("data_type")
        if data_type not in KINDS:
            raise Refused("INVALID_DATA", self.place, "data_type", supported_values=list(KINDS))
        return data_type

    def _text(self, name: str) -> str:
        if name not in self.item:
            raise Refused("MANDATORY_NOT_FOUND", self.place, name)
        value = self.item[name]
        if not isinstance(value, str) or not value.strip():
            raise Refused("INVALID_DATA", self.place, name, expected_data_type="string")
        return value.strip()

    def length(self) -> int:
        kind = KINDS[self.item["data_type"]]
        if self.item["data_type"] == "textarea":
            return _TEXTAREAS[self._textarea()]
        return kind.most if kind.fixed else self._number("length", kind.least, kind.most, kind.most)

    def _textarea(self) -> str:
        given = self.item.get("textarea")
        if not isinstance(given, dict):
            raise Refused("DEPENDENT_FIELD_MISSING", self.place, "textarea")
        if given.get("type") not in list(_TEXTAREAS):
            raise Refused("INVALID_DATA", f"{self.place}.textarea", "type", supported_values=list(_TEXTAREAS))
        return str(given["type"])

    def rich(self) -> bool:
        return self.item["data_type"] == "textarea" and self._textarea() == "rich_text"

    def decimals(self) -> int | None:
        default = KINDS[self.item["data_type"]].decimals
        return None if default is None else self._number("decimal_place", 0, MOST_DECIMALS, default)

    def _number(self, name: str, least: int, most: int, default: int) -> int:
        value = self.item.get(name, default)
        if type(value) is not int:
            raise Refused("INVALID_DATA", self.place, name, expected_data_type="integer")
        if not least <= value <= most:
            raise Refused("DEPENDENT_MISMATCH", self.place, name, range={"min": least, "max": most})
        return value

    def options(self) -> dict[str, str]:
        """What is displayed, by the value that is stored."""
        if "picklist" not in self.item["data_type"]:
            return {}
        given, name = self.item.get("pick_list_values"), "pick_list_values"
        if given is None:
            raise Refused("EXPECTED_DEPENDENT_FIELD_MISSING", self.place, name)
        if not isinstance(given, list) or not given:
            raise Refused("INVALID_DATA", self.place, name, expected_data_type="jsonarray")
        texts = [found for option in given if (found := _texts_of(option))]
        if len(texts) < len(given):
            raise Refused("INVALID_DATA", self.place, name, expected_data_type="jsonobject")
        if len(dict(texts)) < len(texts):
            raise Refused("DUPLICATE_DATA", self.place, name)
        return dict(texts)

    def tooltip(self) -> str:
        given = self.item.get("tooltip")
        if given is None:
            return ""
        value = given.get("value") if isinstance(given, dict) else None
        if not isinstance(value, str):
            raise Refused("INVALID_DATA", self.place, "tooltip", expected_data_type="jsonobject")
        return value

    def unique(self) -> bool:
        given = self.item.get("unique") or {}
        if given in ({}, {"case_sensitive": False}):
            if given and len(unique_fields(self.module)) >= MOST_UNIQUE:
                raise Refused("LIMIT_EXCEEDED", self.place, "unique", limit=MOST_UNIQUE)
            return bool(given)
        raise Refused("INVALID_DATA", self.place, "unique", supported_values=[{"case_sensitive": False}])


def _texts_of(option: Any) -> tuple[str, str] | None:
    """What an option stores and what it displays; one of the two stands for both."""
    if not isinstance(option, dict):
        return None
    shown, stored = option.get("display_value"), option.get("actual_value")
    stored = shown if stored is None else stored
    shown = stored if shown is None else shown
    if not (isinstance(stored, str) and isinstance(shown, str) and stored and shown):
        return None
    return stored, shown


def _api_name(module: Module, label: str) -> str:
    """The label with underscores; a number follows if there is such a field already."""
    stem = _NOT_A_NAME.sub("_", label).strip("_")
    if not stem[:1].isalpha():
        stem = f"Field_{stem}".rstrip("_")
    name, number = stem, 0
    while name in module.by_name:
        number += 1
        name = f"{stem}{number}"
    return name
