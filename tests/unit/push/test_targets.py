"""A target that does not fit the CRM is refused by its key in the configuration, with the cause and a near name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from models.config import ConnectionConfig
from models.errors import ConfigError

if TYPE_CHECKING:
    from tests.unit.push.conftest import World


def connection(**push: dict[str, Any]) -> ConnectionConfig:
    return ConnectionConfig.model_validate({"connector": "zoho", "push": push})


@pytest.mark.parametrize(
    ("push", "message"),
    [
        (
            {"tear": {"object": "Accounts", "fields": {"tier": "Customer_Tier"}}},
            "connections.zoho.push.tear: no result is called 'tear'; did you mean tier?",
        ),
        (
            {"tier": {"object": "Acounts", "fields": {"tier": "Customer_Tier"}}},
            "connections.zoho.push.tier.object: zoho: there is no module Acounts",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"teir": "Customer_Tier"}}},
            "connections.zoho.push.tier.fields.teir: the result tier has no value 'teir'; did you mean tier?",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"tier": "Customer_Teir"}}},
            "connections.zoho.push.tier.fields.tier: Accounts has no field 'Customer_Teir'; did you mean Customer_Tier?",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"tier": "zzz"}}},
            "connections.zoho.push.tier.fields.tier: Accounts has no field 'zzz'; create it in the CRM, or name another",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"tier": "Locked"}}},
            "connections.zoho.push.tier.fields.tier: Accounts.Locked is read-only; name another field",
        ),
        (
            {"score": {"object": "Sales_Performance", "match": "Salesman", "fields": {"score": "Score"}}},
            "connections.zoho.push.score.match: Sales_Performance has no field 'Salesman'; did you mean Salesperson?",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"tier": "Tier_Reason", "reason": "Tier_Reason"}}},
            "connections.zoho.push.tier.fields.reason: Accounts.Tier_Reason is filled by connections.zoho.push.tier.",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"tier": "Employees"}}},
            "connections.zoho.push.tier.fields.tier: Accounts.Employees is of type integer and takes no text; change",
        ),
        *(
            (
                {"tier": {"object": "Accounts", "fields": {"reason": name}}},
                f"connections.zoho.push.tier.fields.reason: Accounts.{name} is of type {kind} and takes neither text ",
            )
            for name, kind in (("Owner", "ownerlookup"), ("Reviewed", "boolean"), ("Reviewed_On", "date"))
        ),
        (
            {"score": {"object": "Sales_Performance", "fields": {"score": "Score"}}},
            "connections.zoho.push.score.match is missing: name the lookup field of Sales_Performance",
        ),
        (
            {"score": {"object": "Sales_Performance", "match": "Period", "fields": {"period": "Period"}}},
            "connections.zoho.push.score.fields.period: Sales_Performance.Period is what connections.zoho.push.score.m",
        ),
        (
            {"tier": {"object": "Accounts", "fields": {"tier": "Customer_Tier"}}},
            "connections.zoho.push.tier.fields.tier: Accounts.Customer_Tier has no option D, E (it has VIP, A, B, C)",
        ),
    ],
)
def test_refusal_names_key_cause_and_remedy(sqlite_world: World, push: dict[str, Any], message: str) -> None:
    for key, tier in (("1", "A"), ("2", "E"), ("3", "D")):
        sqlite_world.customer(key, "A", tier)
    world = replace(sqlite_world, connection=connection(**push))
    with pytest.raises(ConfigError) as caught:
        world.plan()
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
