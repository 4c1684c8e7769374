"""Fxiaoke's describe call: fields, their types, and the stages of deals (docs/vendor/fxiaoke.md §3.2, §3.3 and §6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.convert import (
    boolean,
    cleared_by,
    first_of,
    instant_ms,
    labelled,
    number,
    plain_id,
    text,
)
from connectors.fxiaoke.streams import STAGE_STATUS, ZONE, day
from connectors.metadata import TypeTable, codes_of
from models.records import FieldInfo
from models.spec import Converter, Stage, Tenant

_MAX_DECIMALS = 9  # of a number whose field names none
_NUMBERS = ("number", "currency", "percentile")
_TEXTS = ("text", "long_text", "html_rich_text", "email", "url", "phone_number", "auto_number")
_ANY_TEXT = frozenset({"text", "long_text", "html_rich_text", "select_one"})
_CODES = ("record_type", "country", "province", "city", "district", "town")
_READ_ONLY = frozenset({"formula", "count", "quote", "auto_number"})
_STATUS_LABELS = {"进行中": "open", "赢单": "won", "输单": "lost", "无效": "void"}  # confirmed, unlike the codes (§6.5)
_CLOSING_STAGES = {"5": "won", "6": "lost", "7": "void"}  # the rest is open (§6.5)

# What clears a field is not confirmed: an empty text, an empty list, null for numbers and days (§5.1).
_text = cleared_by("", text)
_reference = cleared_by("", plain_id)
_person = cleared_by([], first_of(plain_id))


def _same(converter: Converter, *types: str) -> TypeTable:
    return dict.fromkeys(types, lambda _: converter)


TYPES: TypeTable = {
    **_same(_text, *_TEXTS, *_CODES),
    "select_one": lambda info: cleared_by("", labelled(info.codes)),
    **_same(number, *_NUMBERS),
    **_same(_reference, "object_reference", "master_detail"),
    **_same(_person, "employee", "department", "out_employee"),
    **_same(boolean, "true_or_false"),
    **_same(day, "date"),
    **_same(instant_ms, "date_time"),
}


def fields_of(describe: Mapping[str, Any]) -> dict[str, FieldInfo]:
    """The fields in use."""
    return {name: _field_info(name, raw) for name, raw in describe["fields"].items() if raw.get("is_active", True)}


def _field_info(name: str, raw: Mapping[str, Any]) -> FieldInfo:
    kind = raw["type"]
    options = [(one.get("value", one.get("api_name", "")), one["label"]) for one in raw.get("options") or ()]
    codes = codes_of(options)
    return FieldInfo(
        api_name=name,
        label=raw.get("label") or name,
        type=kind,
        length=None if kind in _NUMBERS else raw.get("max_length"),
        decimals=raw.get("decimal_places", _MAX_DECIMALS) if kind in _NUMBERS else None,
        options=tuple(codes),
        codes=codes,
        read_only=kind in _READ_ONLY,
        takes_text=kind in _ANY_TEXT,
    )


def tenant_of(deal: Mapping[str, Any]) -> Tenant:
    """The zone is the vendor's, a currency is not named anywhere, and stages and statuses are options of fields."""
    stages = tuple(
        Stage(
            pipeline="",
            stage=code,
            label=label,
            position=position,
            status=_STATUS_LABELS.get(label) or _CLOSING_STAGES.get(code, "open"),
            probability=None,
        )
        for position, (code, label) in enumerate(_options(deal, "sales_stage"), start=1)
    )
    labelled_statuses = {
        code: _STATUS_LABELS[label] for code, label in _options(deal, "sales_status") if label in _STATUS_LABELS
    }
    return Tenant(ZONE, None, stages, {**STAGE_STATUS, **labelled_statuses})


def _options(describe: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    return [(one["value"], one["label"]) for one in describe["fields"].get(name, {}).get("options") or ()]
