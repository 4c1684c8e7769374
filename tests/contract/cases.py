"""What the contract needs to know about each CRM: how to reach its fake, and its names for the same few things.

A new connector adds one `Case` here and runs through the whole suite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr


@dataclass(frozen=True)
class Case:
    """One CRM.

    Attributes:
        name: Of the connector, and of the system in the sandbox.
        keys: Settings without the base URL.
        wrong_secrets: Setting → end of the environment variable that it comes from.
        accounts: The object of accounts, with `tier`, a picklist, and `reason`, a text.
        score_object: Custom object with `score`, a number of two decimals, and `rank`, a whole one.
        data_path: Path that accounts are read from, after the base URL.
        write_method, write_path: Call that updates accounts.
        login_path: Path that hands out tokens.
        expired: Code for a token that is not valid any more.
        too_often: Code for too many calls.
    """

    name: str
    keys: Mapping[str, Any]
    wrong_secrets: Mapping[str, str]
    accounts: str
    tier: str
    reason: str
    score_object: str
    score: str
    rank: str
    data_path: str
    write_path: str
    write_method: str
    login_path: str
    expired: Any
    too_often: Any


ZOHO = Case(
    name="zoho",
    keys={
        "client_id": "sandbox-client",
        "client_secret": SecretStr("sandbox-secret"),
        "refresh_token": SecretStr("sandbox-refresh"),
    },
    wrong_secrets={"client_secret": "CLIENT_SECRET", "refresh_token": "REFRESH_TOKEN"},
    accounts="Accounts",
    tier="Customer_Tier",
    reason="Tier_Reason",
    score_object="Sales_Performance",
    score="Score",
    rank="Rank",
    data_path="/crm/v8/Accounts",
    write_path="/crm/v8/Accounts",
    write_method="PUT",
    login_path="/oauth/v2/token",
    expired="INVALID_TOKEN",
    too_often="TOO_MANY_REQUESTS",
)

FXIAOKE = Case(
    name="fxiaoke",
    keys={
        "app_id": "FSAID_sandbox",
        "app_secret": SecretStr("sandbox-secret"),
        "permanent_code": SecretStr("sandbox-code"),
        "calls_per_20_s": 100_000,
    },
    wrong_secrets={"app_secret": "APP_SECRET", "permanent_code": "PERMANENT_CODE"},
    accounts="AccountObj",
    tier="customer_tier__c",
    reason="tier_reason__c",
    score_object="performance__c",
    score="score__c",
    rank="rank__c",
    data_path="/cgi/crm/v2/data/query",
    write_path="/cgi/crm/v2/data/update",
    write_method="POST",
    login_path="/oauth2.0/token",
    expired=20016,
    too_often=14001,
)

CASES = {case.name: case for case in (ZOHO, FXIAOKE)}
