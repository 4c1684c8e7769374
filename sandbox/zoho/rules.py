"""What follows from a write within the record itself, whoever writes (docs/vendor/zoho.md §9, §9A.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.zoho.currencies import CURRENCIES
from sandbox.zoho.errors import problem
from sandbox.zoho.modules.deals import STAGE_BY_NAME, UNKNOWN_STAGE_PROBABILITY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.fields import Field, Module

Values = dict[str, Any]

# Taken when the record is made, and passed over later.
_LASTING = {"Notes": ("Owner", "Parent_Id"), "Calls": ("Call_Type",)}
_DURATION = re.compile(r"(\d{1,6}):([0-5]\d)")
_CALLED_ABOUT = ("Who_Id", "What_Id")
_CALL_STATUS = {"Inbound": "Received", "Missed": "Missed"}


def required(module: Module, item: Values) -> list[Field]:
    """The mandatory fields that a new record lacks."""
    missing = [field for field in module.mandatory if field.api_name not in item]
    if module.api_name == "Calls" and item.get("Outgoing_Call_Status") == "Scheduled":
        # A call to come has no duration yet.
        return [field for field in missing if field.api_name != "Call_Duration"]
    return missing


def unmet(module: Module, values: Values, now: int, place: str) -> list[dict[str, Any]]:
    """What is wrong with a call to come: it needs somebody or something to call about, and a start that is still to come."""
    if module.api_name != "Calls" or values.get("Outgoing_Call_Status") != "Scheduled":
        return []
    found, start = [], values.get("Call_Start_Time")
    if all(values.get(name) is None for name in _CALLED_ABOUT):
        expected = [{"api_name": name, "json_path": f"{place}.{name}"} for name in _CALLED_ABOUT]
        found.append(problem("EXPECTED_FIELD_MISSING", {"expected_fields": expected}))
    if start is not None and start <= now:
        where = {"api_name": "Call_Start_Time", "json_path": f"{place}.Call_Start_Time"}
        found.append(problem("INVALID_DATA", where))
    return found


def follow(module: Module, before: Values, values: Values, now: int) -> Values:
    """The values with those that follow; `before` is empty for a new record."""
    if before:
        values = {name: value for name, value in values.items() if name not in _LASTING.get(module.api_name, ())}
    rule = _RULES.get(module.api_name)
    found = values if rule is None else values | rule(before, values, now)
    return found | _currency(found) if "Currency" in module.position else found


def _currency(values: Values) -> Values:
    """The rate is the org's, unless it is sent as well."""
    known = CURRENCIES.get(values.get("Currency") or "")
    return {} if known is None or "Exchange_Rate" in values else {"Exchange_Rate": known.rate}


def _deal(before: Values, values: Values, _now: int) -> Values:
    """Probability from Stage, unless it is sent as well."""
    if "Stage" not in values or "Probability" in values:
        return {}
    stage = STAGE_BY_NAME.get(values["Stage"])
    if stage is not None:
        return {"Probability": stage.probability}
    kept = before.get("Probability")
    return {"Probability": UNKNOWN_STAGE_PROBABILITY if kept is None else kept}


def _task(before: Values, values: Values, now: int) -> Values:
    if "Status" not in values:
        return {}
    if values["Status"] != "Completed":
        return {"Closed_Time": None}
    return {"Closed_Time": before.get("Closed_Time") or now}


def _call(before: Values, values: Values, _now: int) -> Values:
    """The duration in both notations: `mm:ss`, beyond an hour as well."""
    found: Values = {}
    if "Call_Duration" in values:
        parts = _DURATION.fullmatch(values["Call_Duration"] or "")
        found["Call_Duration_in_seconds"] = int(parts[1]) * 60 + int(parts[2]) if parts else None
    elif values.get("Call_Duration_in_seconds") is not None:
        found["Call_Duration"] = duration(values["Call_Duration_in_seconds"])
    merged = before | values
    if merged.get("Call_Type") == "Outbound":
        waiting = merged.get("Outgoing_Call_Status") == "Scheduled"
        found["Call_Status"] = "Scheduled" if waiting else "Attended Dialled"
    else:
        found["Call_Status"] = _CALL_STATUS.get(merged.get("Call_Type") or "")
    return found


def duration(seconds: int) -> str:
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


_RULES: dict[str, Callable[[Values, Values, int], Values]] = {"Deals": _deal, "Tasks": _task, "Calls": _call}
