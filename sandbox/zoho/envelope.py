"""The body of a writing call around its items, and the answer around their results (docs/vendor/zoho.md §6)."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import Reply

MOST_ITEMS = 100
_FEATURES = {"skip_feature_execution": "cadences", "apply_feature_execution": "layout_rules"}
_ACTIONS = ("insert", "update")
TRIGGERS = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")


def items_of(body: dict[str, Any], most: int, key: str = "data") -> list[Any]:
    """`data[]`, or what the call's list is called.

    Raises:
        ZohoError: It is missing, no list, empty or too long.
    """
    where = {"api_name": key, "json_path": f"$.{key}"}
    if key not in body:
        raise ZohoError("MANDATORY_NOT_FOUND", where)
    items = body[key]
    if not isinstance(items, list):
        raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonarray", **where})
    if not items:
        raise ZohoError("INVALID_DATA", {"minimum_length": 1, **where})
    if len(items) > most:
        raise ZohoError("LIMIT_EXCEEDED", {"maximum_length": most, "api_name": key})
    return items


def automation_of(body: dict[str, Any]) -> bool:
    """Whether workflows and the like would run: yes if `trigger` is absent, no if it is empty."""
    if "trigger" not in body:
        return True
    trigger = body["trigger"]
    if not isinstance(trigger, list):
        raise ZohoError(
            "INVALID_DATA", {"expected_data_type": "jsonarray", "api_name": "trigger", "json_path": "$.trigger"}
        )
    for index, name in enumerate(trigger):
        if name not in TRIGGERS:
            where = {"api_name": "trigger", "json_path": f"$.trigger[{index}]"}
            raise ZohoError("INVALID_DATA", {"supported_values": list(TRIGGERS), **where})
    return bool(trigger)


def check_features(body: dict[str, Any], *, upsert: bool) -> None:
    """Nothing here follows from cadences and layout rules; yet a malformed wish is refused (§6.1)."""
    for key, name in _FEATURES.items():
        wishes = body.get(key, [])
        if not isinstance(wishes, list):
            where = {"api_name": key, "json_path": f"$.{key}"}
            raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonarray", **where})
        for index, wish in enumerate(wishes):
            place = f"$.{key}[{index}]"
            if not isinstance(wish, dict) or wish.get("name") != name:
                where = {"api_name": "name", "json_path": f"{place}.name"}
                raise ZohoError("INVALID_DATA", {"supported_values": [name], **where})
            if upsert and key == "skip_feature_execution" and wish.get("action") not in _ACTIONS:
                where = {"api_name": "action", "json_path": f"{place}.action"}
                raise ZohoError("INVALID_DATA", {"supported_values": list(_ACTIONS), **where})


def answer(results: list[dict[str, Any]], good: int, bad: int, key: str = "data") -> Reply:
    """All good: `good`; some: 207; none: `bad`, or 412 where If-Unmodified-Since stopped every item (§6.2)."""
    failed = [result["code"] for result in results if result["status"] == "error"]
    if not failed:
        status = good
    elif len(failed) < len(results):
        status = 207
    else:
        status = 412 if set(failed) == {"ALREADY_MODIFIED"} else bad
    return Reply(status, {key: results})
