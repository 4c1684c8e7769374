"""Zoho's settings calls: fields and their types, and the stages of deals (docs/vendor/zoho.md §5.3 to §5.6, §6.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.api import Request
from connectors.client import Client
from connectors.convert import boolean, day_iso, instant_iso, labelled, lookup, number, text
from connectors.metadata import TypeTable, codes_of
from models.errors import ConfigError, FatalSyncError
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
    request = Request("GET", "/crm/v8/settings/fields", module, params={"module": module}, lasting=True)
    return client.ask_list(request, "fields")


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
        read_only=bool(
            raw.get("read_only")
            or raw.get("field_read_only")
            or (raw.get("operation_type") or {}).get("api_update") is False
        ),
        takes_text=kind in _ANY_TEXT,
        id=str(raw.get("id") or ""),
    )


def read_tenant(client: Client, deal_fields: list[Mapping[str, Any]]) -> Tenant:
    """Zone and currency of the organisation, and the stages of its deals.

    Raises:
        ConfigError: The CRM does not tell of any stage that it closes a deal.
    """
    org = client.ask(Request("GET", "/crm/v8/org", "org", lasting=True), "org", 0, kind=dict)
    stages = _stages(client, deal_fields)
    if all(stage.status == "open" for stage in stages):
        raise ConfigError(
            f"{client.connection}/deals: of no stage does the CRM say that it closes a deal, so every deal would count as "
            "open; let the user of the refresh token read layouts and pipelines, and set the forecast type of the stages"
        )
    return Tenant(_zone(org.get("time_zone")), org.get("iso_code"), tuple(stages))


def _zone(name: str | None) -> tzinfo:
    """UTC for a name that Python does not know: Zoho's times carry their offset, so nothing depends on it."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _stages(client: Client, deal_fields: list[Mapping[str, Any]]) -> list[Stage]:
    """Every stage of every pipeline, then those that only the stage field lists: all of them where pipelines are off.

    Whether the fields or only the layouts tell probability and forecast type is not confirmed (§5.5), so both are asked.
    """
    request = Request("GET", "/crm/v8/settings/layouts", "Deals", params={"module": "Deals"}, lasting=True)
    layouts = client.ask_list(request, "layouts")
    in_layouts = [
        one for layout in layouts for part in layout.get("sections") or () for one in part.get("fields") or ()
    ]
    options: dict[str, dict[str, Any]] = {}
    for option in _stage_options([*deal_fields, *in_layouts]):
        known = options.setdefault(option["actual_value"], {})
        known.update({key: value for key, value in option.items() if value is not None})
    pipelines = [found for layout in layouts for found in _pipelines(client, layout["id"])]
    mapped = [(pipeline["actual_value"], stage) for pipeline in pipelines for stage in pipeline["maps"]]
    codes = {stage["actual_value"] for _, stage in mapped}
    left = [one for code, one in options.items() if code not in codes and (not mapped or "forecast_type" in one)]
    found = {
        (pipeline, stage["actual_value"]): Stage(
            pipeline=pipeline,
            stage=stage["actual_value"],
            label=stage["display_value"],
            position=stage.get("sequence_number") or 0,
            status=_STATUS.get(stage.get("forecast_type") or "Open", "open"),
            probability=options.get(stage["actual_value"], {}).get("probability"),
        )
        for pipeline, stage in [*mapped, *(("", one) for one in left)]
    }
    return list(found.values())


def _stage_options(fields: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for raw in fields:
        if raw.get("api_name") == "Stage":
            yield from raw.get("pick_list_values") or ()


def _pipelines(client: Client, layout_id: str) -> list[Mapping[str, Any]]:
    """None where pipelines are off, or not for this layout: answers that no page tells apart (§5.6)."""
    request = Request("GET", "/crm/v8/settings/pipeline", "Deals", params={"layout_id": layout_id}, lasting=True)
    try:
        body = client.send(request).body
    except FatalSyncError:  # refused, and neither for the credentials nor for a right that is missing
        body = None
        client.keep(request, body)
    return [] if body is None else client.part(request, body, "pipeline")
