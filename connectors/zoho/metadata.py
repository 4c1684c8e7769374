"""Zoho's settings calls: fields and their types, and the stages of deals (docs/vendor/zoho.md §5.3 to §5.6, §6.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.api import Request
from connectors.client import Client
from connectors.convert import boolean, day_iso, instant_iso, labelled, lookup, number, text
from connectors.metadata import TypeTable, codes_of
from models.records import FieldInfo
from models.spec import Converter, Stage, Tenant

UNLISTED_TYPES = frozenset({"subform", "multiselectlookup", "multiuserlookup"})
"""Field types that only the call for a single record returns (§2)."""

_STATUS = {"Open": "open", "Closed Won": "won", "Closed Lost": "lost"}
_ANY_TEXT = frozenset({"text", "textarea", "picklist"})
_MAX_DECIMALS = 9  # of a number whose field names none (§6.6)
_DECIMALS = {"integer": 0, "bigint": 0, "double": _MAX_DECIMALS, "currency": _MAX_DECIMALS, "percent": _MAX_DECIMALS}


def _json_number(info: FieldInfo) -> Converter:
    """Numbers go out as JSON numbers, whole ones without a point."""

    def write(value: Any) -> int | float | None:
        if value is None:
            return None
        exact = Decimal(value)
        return float(exact) if info.decimals else int(exact)

    return Converter(info.type, number.read, write)


TYPES: TypeTable = {
    **{kind: lambda _: text for kind in ("text", "textarea", "email", "phone", "website", "autonumber")},
    **{kind: lambda _: lookup for kind in ("lookup", "ownerlookup", "userlookup")},
    "picklist": lambda info: labelled(info.codes),
    **dict.fromkeys(("integer", "double", "currency", "percent"), _json_number),
    "bigint": lambda _: number,
    "boolean": lambda _: boolean,
    "date": lambda _: day_iso,
    "datetime": lambda _: instant_iso,
}


def raw_fields(client: Client, module: str) -> list[Mapping[str, Any]]:
    """The fields in use, as the CRM describes them, in its order."""
    answer = client.send(Request("GET", "/crm/v8/settings/fields", module, params={"module": module}))
    return list(answer.body["fields"]) if answer.body else []


def field_info(raw: Mapping[str, Any]) -> FieldInfo:
    kind = raw["data_type"]
    decimals = raw.get("decimal_place")
    codes = codes_of((one["actual_value"], one["display_value"]) for one in raw.get("pick_list_values") or ())
    return FieldInfo(
        api_name=raw["api_name"],
        label=raw.get("display_label") or raw.get("field_label") or raw["api_name"],
        type=kind,
        length=raw.get("length"),
        decimals=_DECIMALS.get(kind) if decimals is None else decimals,
        options=tuple(codes),
        codes=codes,
        read_only=bool(raw.get("read_only") or raw.get("field_read_only")),
        takes_text=kind in _ANY_TEXT,
    )


def read_tenant(client: Client, deal_fields: list[Mapping[str, Any]]) -> Tenant:
    """Zone and currency of the organisation, and the stages of its deals."""
    org = client.send(Request("GET", "/crm/v8/org", "org")).body["org"][0]
    return Tenant(_zone(org.get("time_zone")), org.get("iso_code"), tuple(_stages(client, deal_fields)))


def _zone(name: str | None) -> tzinfo:
    """UTC for a name that Python does not know: Zoho's times carry their offset, so nothing depends on it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _stages(client: Client, deal_fields: list[Mapping[str, Any]]) -> list[Stage]:
    """Every stage of every pipeline; of the stage field itself where pipelines are off."""
    options = next((raw.get("pick_list_values") or [] for raw in deal_fields if raw["api_name"] == "Stage"), [])
    probability = {option["actual_value"]: option.get("probability") for option in options}
    found: dict[tuple[str, str], Stage] = {}
    for pipeline in _pipelines(client) or [{"actual_value": "", "maps": options}]:
        for stage in pipeline["maps"]:
            code = stage["actual_value"]
            found[pipeline["actual_value"], code] = Stage(
                pipeline=pipeline["actual_value"],
                stage=code,
                label=stage["display_value"],
                position=stage["sequence_number"],
                status=_STATUS.get(stage.get("forecast_type") or "Open", "open"),
                probability=probability.get(code),
            )
    return list(found.values())


def _pipelines(client: Client) -> list[Mapping[str, Any]]:
    layouts = client.send(Request("GET", "/crm/v8/settings/layouts", "Deals", params={"module": "Deals"})).body
    found: list[Mapping[str, Any]] = []
    for layout in layouts["layouts"] if layouts else ():
        request = Request("GET", "/crm/v8/settings/pipeline", "Deals", params={"layout_id": layout["id"]})
        body = client.send(request).body
        found += body["pipeline"] if body else ()
    return found
