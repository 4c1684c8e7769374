"""What follows from a write within the record itself, whoever writes (docs/vendor/zoho.md §9, "Deal")."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.modules.deals import STAGE_BY_NAME, UNKNOWN_STAGE_PROBABILITY


def follow(module: str, before: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The values with those that follow: Probability from Stage, unless it is sent as well."""
    if module != "Deals" or "Stage" not in values or "Probability" in values:
        return values
    stage = STAGE_BY_NAME.get(values["Stage"])
    if stage is not None:
        return values | {"Probability": stage.probability}
    kept = before.get("Probability")
    return values | {"Probability": UNKNOWN_STAGE_PROBABILITY if kept is None else kept}
