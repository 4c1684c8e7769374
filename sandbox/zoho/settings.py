"""Metadata: modules, fields, layouts and pipelines (docs/vendor/zoho.md §5.4 to §5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho.directory import ADMIN_PROFILE, STANDARD_PROFILE
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import Call, Reply
from sandbox.zoho.mass_update import NOT_FOR_MANY
from sandbox.zoho.modules import metadata_id
from sandbox.zoho.modules.deals import DEALS, PIPELINE, STAGE_BY_NAME, STAGES, Stage
from sandbox.zoho.render import layout_of

if TYPE_CHECKING:
    from sandbox.zoho.fields import Field, Module
    from sandbox.zoho.state import State

# Tabs that are no modules for the API.
_TABS = (("Home", "Home"), ("Reports", "Reports"), ("Dashboards", "Analytics"))
# Kinds of metadata, which keep their ids apart.
_LAYOUT, _TAB, _FIELD, _OPTION, _PIPELINE = 0, 1, 2, 3, 13
_CATEGORIES = {"Pipeline": "5000000000006817", "Closed": "5000000000006818", "Omitted": "5000000000006816"}


class Settings:
    """The calls that tell what modules and fields there are."""

    def __init__(self, state: State) -> None:
        self._state = state

    def modules(self, _call: Call) -> Reply:
        """`GET /settings/modules`."""
        shown = [_module(found) for found in self._modules()]
        return Reply(
            200,
            {"modules": [*shown, *(_tab(len(shown) + index, *names) for index, names in enumerate(_TABS, start=1))]},
        )

    def module(self, call: Call) -> Reply:
        """`GET /settings/modules/{api_name}`."""
        table = self._state.tables.get(call.args["name"])
        if table is None:
            raise ZohoError("INVALID_MODULE", {"resource_path_index": 2})
        return Reply(200, {"modules": [_module(table.module)]})

    def fields(self, call: Call) -> Reply:
        """`GET /settings/fields?module=…`; every field is in the one layout, so none is unused."""
        found = self._asked(call)
        kind = call.param("type") or "all"
        if kind not in ("all", "unused"):
            raise ZohoError("INVALID_DATA", {"param_name": "type", "supported_values": ["all", "unused"]})
        if kind == "unused":
            return Reply(204)
        shown = _fields(found)
        return Reply(200, {"fields": _with_forecast(shown) if self._tells_probability(found) else shown})

    def layouts(self, call: Call) -> Reply:
        """`GET /settings/layouts?module=…`; here the stages tell their probability."""
        found = self._asked(call)
        shown = _fields(found)
        if found.api_name == "Deals":
            shown = _with_forecast(shown)
        section = {"id": found.id(_LAYOUT, 68), "name": f"{found.singular} Information", "sequence_number": 1}
        layout = {
            **layout_of(found),
            "api_name": "Standard__s",
            "display_label": "Standard",
            "status": "active",
            "visible": True,
            "profiles": [ADMIN_PROFILE, STANDARD_PROFILE],
            "sections": [section | {"fields": shown}],
        }
        return Reply(200, {"layouts": [layout]})

    def pipeline(self, call: Call) -> Reply:
        """`GET /settings/pipeline?layout_id=…`; only deals have one."""
        layout_id = call.param("layout_id")
        if layout_id is None:
            raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "layout_id"})
        found = next((entry for entry in self._modules() if layout_of(entry)["id"] == layout_id), None)
        if found is None:
            raise ZohoError("INVALID_DATA", {"param_name": "layout_id"})
        if found.api_name != "Deals":
            return Reply(204)
        maps = [
            {
                "id": DEALS.id(_PIPELINE, number),
                "display_value": stage.display,
                "actual_value": stage.actual,
                "sequence_number": number,
                "forecast_type": stage.forecast,
                "forecast_category": {"name": stage.category, "id": _CATEGORIES[stage.category]},
                "colour_code": None,
            }
            for number, stage in enumerate(STAGES, start=1)
        ]
        shown = {
            "id": DEALS.id(_PIPELINE, 0),
            "display_value": PIPELINE,
            "actual_value": PIPELINE,
            "default": True,
            "maps": maps,
        }
        return Reply(200, {"pipeline": [shown]})

    def _tells_probability(self, found: Module) -> bool:
        return found.api_name == "Deals" and self._state.switches.stage_probability_in_fields

    def _modules(self) -> list[Module]:
        return [table.module for table in self._state.tables.values()]

    def _asked(self, call: Call) -> Module:
        name = call.param("module")
        if name is None:
            raise ZohoError("REQUIRED_PARAM_MISSING", {"param_name": "module"})
        if name not in self._state.tables:
            raise ZohoError("INVALID_MODULE", {"param_name": "module"})
        return self._state.tables[name].module


def _named(api_name: str) -> dict[str, str]:
    return {"api_name": api_name, "id": metadata_id(api_name)}


def _module(found: Module) -> dict[str, Any]:
    hidden = found.generated_type == "field_tracker"
    return {
        "id": found.tab_id,
        "api_name": found.api_name,
        "module_name": found.module_name or found.api_name,
        "singular_label": found.singular,
        "plural_label": found.plural,
        "generated_type": found.generated_type,
        "api_supported": True,
        "creatable": found.writable,
        "editable": found.writable,
        "deletable": found.writable,
        "viewable": True,
        "convertable": found.convertable,
        "visibility": 2 if hidden else 1,
        "status": "system_hidden" if hidden else "visible",
        "show_as_tab": found.writable,
        "sequence_number": found.number,
        "modified_time": None,
        "modified_by": None,
        "profiles": [ADMIN_PROFILE, STANDARD_PROFILE],
        "parent_module": _named(found.parent) if found.parent else {},
    }


def _tab(number: int, api_name: str, label: str) -> dict[str, Any]:
    off = dict.fromkeys(("api_supported", "creatable", "editable", "deletable", "viewable", "convertable"), False)
    like = _module(DEALS)
    return {
        **like,
        **off,
        "id": DEALS.id(_TAB, 90 + number),
        "api_name": api_name,
        "module_name": api_name,
        "singular_label": label,
        "plural_label": label,
        "sequence_number": number,
    }


def described(found: Module, name: str) -> dict[str, Any]:
    """One field, as `fields` shows it."""
    return next(shown for shown in _fields(found) if shown["api_name"] == name)


def _fields(found: Module) -> list[dict[str, Any]]:
    return [_field(found, index, field) for index, field in enumerate(found.fields, start=1)]


def _field(found: Module, index: int, field: Field) -> dict[str, Any]:
    writable = not field.read_only
    return {
        "id": field.id or found.id(_FIELD, index),
        "api_name": field.api_name,
        "field_label": field.label,
        "display_label": field.label,
        "data_type": field.data_type,
        "json_type": field.json_type,
        "length": field.length,
        "decimal_place": field.decimals,
        "system_mandatory": field.mandatory,
        "custom_field": field.custom,
        "visible": True,
        "read_only": field.read_only,
        "field_read_only": field.read_only,
        "virtual_field": False,
        "pick_list_values": _options(found, index, field),
        **_kinds(field),
        "unique": {"case_sensitive": False} if field.unique else {},
        "currency": {"precision": 2, "rounding_option": "normal"} if field.data_type == "currency" else {},
        "external": None,
        "crypt": None,
        "tooltip": {"name": "info_icon", "value": field.tooltip} if field.tooltip else None,
        "view_type": {"view": True, "edit": writable, "create": writable, "quick_create": False},
        "operation_type": dict.fromkeys(("web_update", "api_create", "web_create", "api_update"), writable),
        "searchable": True,
        "sortable": True,
        "filterable": True,
        "webhook": True,
        "mass_update": writable and field.data_type not in NOT_FOR_MANY,
        "default_value": None if field.structured else field.default,
        "created_source": "default",
        "ui_type": 2,
        "history_tracking": {"module": _named("DealHistory")} if _is_tracked(found, field) else None,
        "created_time": None,
        "modified_time": None,
    }


def _kinds(field: Field) -> dict[str, Any]:
    """The objects that say more of some data types; that of another type is empty (§5.5)."""
    to = {"module": _named(field.to)} if field.to else {}
    known: dict[str, tuple[str, dict[str, Any]]] = {
        "lookup": ("lookup", to),
        "multiselectlookup": ("multiselectlookup", to),
        "multi_module_lookup": ("multi_module_lookup", {"modules": [_named(name) for name in field.targets]}),
        "formula": ("formula", {"return_type": "double"}),
        "rollup_summary": ("rollup_summary", {"return_type": "integer"}),
        "autonumber": ("auto_number", {"prefix": "AN-", "start_number": "1", "suffix": ""}),
    }
    names = ("lookup", "multiselectlookup", "multi_module_lookup", "formula", "rollup_summary", "auto_number")
    name, facts = known.get(field.data_type, ("", {}))
    found = {"associated_module": to["module"]} if field.data_type == "subform" else {}
    return {key: facts if key == name else {} for key in names} | found


def _is_tracked(found: Module, field: Field) -> bool:
    return (found.api_name, field.api_name) == ("Deals", "Stage")


def _options(found: Module, index: int, field: Field) -> list[dict[str, Any]]:
    return [
        {
            "id": str((int(field.id) if field.id else int(found.id(_OPTION, 0)) + index * 100) + number),
            "display_value": label,
            "actual_value": option,
            "reference_value": option,
            "type": "used",
            "sequence_number": number,
            "colour_code": None,
        }
        for number, (option, label) in enumerate(
            zip(field.options, field.labels or field.options, strict=True), start=1
        )
    ]


def _with_forecast(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for field in fields:
        if field["api_name"] == "Stage":
            field["pick_list_values"] = [
                option | _forecast(STAGE_BY_NAME[option["actual_value"]]) for option in field["pick_list_values"]
            ]
    return fields


def _forecast(stage: Stage) -> dict[str, Any]:
    return {
        "probability": stage.probability,
        "forecast_type": stage.forecast,
        "forecast_category": {"name": stage.category, "id": _CATEGORIES[stage.category]},
    }
