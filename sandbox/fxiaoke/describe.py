"""`object/list` and `object/describe` (docs/vendor/fxiaoke.md §3.1, §3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.extras import shown_field
from sandbox.fxiaoke.query import fields_for
from sandbox.fxiaoke.schema import SHOWN_TYPES

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.schema import Field, ObjectSpec
    from sandbox.fxiaoke.state import State


FIELDS_MADE_MS = 1_577_836_800_000  # 2020-01-01, long before any record
REFERENCES = frozenset({"object_reference", "master_detail", "object_reference_many"})


def object_list(state: State, _caller: Caller, _body: dict[str, Any]) -> dict[str, Any]:
    specs = [table.spec for name, table in state.tables.items() if state.has_object(name)]
    return {"data": {"objects": [_listed(place, spec) for place, spec in enumerate(specs)]}}


def describe(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """The three body forms differ in where `apiName` stands: at the top or below `data`."""
    data = body.get("data")
    name = data.get("apiName") if isinstance(data, dict) else body.get("apiName")
    if not isinstance(name, str) or not name:
        raise FxiaokeError(32000, "apiName is missing")
    if not state.has_object(name):
        raise FxiaokeError(500, f"对象 {name} 不存在")
    table, switches = state.tables[name], state.switches
    shown = table.spec.fields if switches.describe_hidden else fields_for(caller, table)
    fields = [
        shown_field(state, table, field) for field in shown.values() if field.active or switches.inactive_in_describe
    ]
    return {"data": {"describe": _described(table.spec, fields)}}


def _listed(place: int, spec: ObjectSpec) -> dict[str, Any]:
    return {
        "describeApiName": spec.api_name,
        "describeDisplayName": spec.display_name,
        "defineType": spec.define_type,
        "isActive": True,
        "iconPath": "",
        "iconIndex": place,
        "hideButton": False,
        "publicObject": False,
    }


def _described(spec: ObjectSpec, fields: list[Field]) -> dict[str, Any]:
    return {
        "api_name": spec.api_name,
        "display_name": spec.display_name,
        "define_type": spec.define_type,
        "is_active": True,
        "store_table_name": spec.table_name,
        "description": "",
        "icon_index": 1,
        "fields": {field.api_name: _field(spec, field) for field in fields if not field.companion},
    }


def _field(spec: ObjectSpec, field: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "describe_api_name": spec.api_name,
        "api_name": field.api_name,
        "label": field.label,
        "type": SHOWN_TYPES.get(field.type, field.type),
        "define_type": field.define_type,
        "is_required": field.required,
        "is_unique": field.unique,
        "is_active": field.active,
        "is_index": field.indexed,
        "is_extend": field.define_type == "custom",
        "is_need_convert": False,
        "index_name": field.api_name,
        "help_text": "",
        "default_value": "",
        "default_is_expression": False,
        "status": "released",
        "create_time": FIELDS_MADE_MS,
    }
    if field.type == "record_type":
        shown["options"] = [
            {"api_name": value, "label": label, "is_active": True, "description": ""} for value, label in field.options
        ]
    elif field.options:
        shown["options"] = [{"label": label, "value": value} for value, label in field.options]
    return {**shown, **_details(spec, field)}


def _details(spec: ObjectSpec, field: Field) -> dict[str, Any]:
    """The keys that only some types have."""
    shown: dict[str, Any] = {}
    if field.kind in ("ids", "many", "text"):
        shown["is_single"] = field.kind == "ids"
    if field.max_length:
        shown["max_length"] = field.max_length
    if field.target:
        shown["target_api_name"] = field.target
    if field.type in REFERENCES:
        related = {"target_related_list_name": f"{field.api_name}_list", "target_related_list_label": spec.display_name}
        shown.update(related, wheres=[])
    if field.type == "embedded_object_list":
        shown["embedded_fields"] = {}
    if field.kind == "number" or field.type == "integer":
        shown.update(length=14, decimal_places=field.decimals or 0, round_mode=4)
    if field.type == "currency":
        shown["currency_unit"] = "￥"
    if field.kind == "time" and field.type != "integer":
        shown.update(time_zone="GMT+8", date_format="yyyy-MM-dd" if field.type == "date" else "yyyy-MM-dd HH:mm")
    return shown
