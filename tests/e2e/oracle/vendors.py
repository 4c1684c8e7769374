"""Reads both CRMs through their vendors' APIs, with urllib alone.

Written from docs/vendor/zoho.md §1, §2, §5 and docs/vendor/fxiaoke.md §1, §2, §4, §6; it shares no line with the product.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

SHANGHAI = timezone(timedelta(hours=8))  # China keeps no summer time
Row = dict[str, Any]

# What a record says of when and by whom it was last touched, and what crmsync itself writes into it.
ZOHO_OWN = ("Modified_Time", "Modified_By", "Last_Activity_Time", "Customer_Tier", "Tier_Reason")
FXIAOKE_OWN = (
    "last_modified_time",
    "last_modified_by",
    "last_modified_by__r",
    "last_modified_by__l",
    "version",
    "customer_tier__c",
    "customer_tier__c__r",
    "tier_reason__c",
)


@dataclass(frozen=True)
class User:
    id: str
    name: str
    email: str
    phone: str
    active: bool
    team: str


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    tier: str | None
    reason: str | None


@dataclass(frozen=True)
class Lead:
    id: str
    owner: str
    created_on: date
    converted: bool


@dataclass(frozen=True)
class Deal:
    """`closed_on` is the CRM's close date: the expected one as long as the status is open."""

    id: str
    owner: str
    account: str
    status: str
    amount: Decimal | None
    closed_on: date | None
    created_on: date


@dataclass(frozen=True)
class Result:
    """A salesperson's result record."""

    id: str
    user: str
    score: Decimal | None
    rank: int | None
    period: str | None


@dataclass
class Crm:
    """All that one CRM holds. `rows` has each record whole, but for what moves with every touch: stream → id → record."""

    source: str
    users: list[User] = field(default_factory=list)
    teams: dict[str, str] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)


def call(method: str, url: str, headers: dict[str, str] | None = None, body: object = None) -> Any:
    """The JSON of one answer, its numbers as Decimal; None for an empty one."""
    content = None if body is None else json.dumps(body).encode()
    request = Request(url, content, {"Content-Type": "application/json", **(headers or {})}, method=method)  # noqa: S310 - loopback
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text, parse_float=Decimal) if text else None


def read_zoho(base: str) -> Crm:
    credentials = {
        "refresh_token": "sandbox-refresh",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "grant_type": "refresh_token",
    }
    token = call("POST", f"{base}/oauth/v2/token?{urlencode(credentials)}")["access_token"]
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    crm = Crm("zoho")
    raw = {
        stream: {row["id"]: row for row in _zoho_rows(base, headers, module)}
        for stream, module in {
            "accounts": "Accounts",
            "contacts": "Contacts",
            "leads": "Leads",
            "deals": "Deals",
            "results": "Sales_Performance",
        }.items()
    }
    people = list(_zoho_users(base, headers))
    roles = call("GET", f"{base}/crm/v8/settings/roles", headers)["roles"]
    crm.teams = {role["id"]: role["name"] for role in roles}
    crm.users = [
        User(
            one["id"],
            one["full_name"],
            one["email"] or "",
            one["mobile"] or "",
            one["status"] == "active",
            one["role"]["id"],
        )
        for one in people
    ]
    statuses = _zoho_statuses(base, headers)
    crm.accounts = [
        Account(row["id"], row["Account_Name"], row["Customer_Tier"], row["Tier_Reason"])
        for row in raw["accounts"].values()
    ]
    crm.leads = [
        Lead(row["id"], _id(row["Owner"]), _day(row["Created_Time"]), bool(row["Converted__s"]))
        for row in raw["leads"].values()
    ]
    crm.deals = [
        Deal(
            row["id"],
            _id(row["Owner"]),
            _id(row["Account_Name"]),
            statuses[row["Stage"]],
            None if row["Amount"] is None else Decimal(row["Amount"]),
            date.fromisoformat(row["Closing_Date"]) if row["Closing_Date"] else None,
            _day(row["Created_Time"]),
        )
        for row in raw["deals"].values()
    ]
    crm.results = [
        Result(
            row["id"],
            _id(row["Salesperson"]),
            None if row["Score"] is None else Decimal(row["Score"]),
            row["Rank"],
            row["Period"],
        )
        for row in raw["results"].values()
    ]
    crm.rows = {
        stream: {key: _without(row, ZOHO_OWN) for key, row in rows.items()}
        for stream, rows in raw.items()
        if stream != "results"
    }
    crm.rows["users"] = {one["id"]: one for one in people}
    crm.rows["teams"] = {role["id"]: role for role in roles}
    return crm


def _zoho_rows(base: str, headers: dict[str, str], module: str) -> Iterator[Row]:
    """Every record with every field, page by page; converted leads too."""
    described = call("GET", f"{base}/crm/v8/settings/fields?module={module}", headers)["fields"]
    names = [one["api_name"] for one in described if one["api_name"] != "id"]
    found: dict[str, Row] = {}
    for start in range(0, len(names), 50):
        asked = {"fields": ",".join(names[start : start + 50]), "per_page": "200", "sort_by": "id", "sort_order": "asc"}
        if module == "Leads":
            asked["converted"] = "both"
        page: dict[str, str] = {}
        while True:
            answer = call("GET", f"{base}/crm/v8/{module}?{urlencode({**asked, **page})}", headers)
            for row in answer["data"] if answer else []:
                found.setdefault(row["id"], {}).update(row)
            if not answer or not answer["info"]["more_records"]:
                break
            page = {"page_token": answer["info"]["next_page_token"]}
    yield from found.values()


def _zoho_users(base: str, headers: dict[str, str]) -> Iterator[Row]:
    for page in count(1):
        answer = call("GET", f"{base}/crm/v8/users?type=AllUsers&page={page}&per_page=200", headers)
        yield from answer["users"]
        if not answer["info"]["more_records"]:
            return


def _zoho_statuses(base: str, headers: dict[str, str]) -> dict[str, str]:
    """Stage → what it means, from the pipelines' forecast types."""
    words = {"Open": "open", "Closed Won": "won", "Closed Lost": "lost"}
    layouts = call("GET", f"{base}/crm/v8/settings/layouts?module=Deals", headers)["layouts"]
    pipelines = [
        pipeline
        for layout in layouts
        for pipeline in call("GET", f"{base}/crm/v8/settings/pipeline?layout_id={layout['id']}", headers)["pipeline"]
    ]
    return {
        stage["actual_value"]: words[stage["forecast_type"]] for pipeline in pipelines for stage in pipeline["maps"]
    }


def read_fxiaoke(base: str) -> Crm:
    credentials = {
        "appId": "FSAID_sandbox",
        "appSecret": "sandbox-secret",
        "permanentCode": "sandbox-code",
        "grantType": "app_secret",
    }
    traces = count(1)
    token = call("POST", f"{base}/oauth2.0/token?thirdTraceId=oracle-0", body=credentials)
    headers = {"authorization": f"Bearer {token['accessToken']}", "x-fs-ea": token["ea"], "x-fs-userid": "1000"}

    def ask(path: str, body: object) -> Any:
        answer = call("POST", f"{base}{path}?thirdTraceId=oracle-{next(traces)}", headers, body)
        assert answer["errorCode"] == 0, answer
        return answer

    def records(name: str) -> Iterator[Row]:
        path = "/cgi/crm/custom/v2/data/query" if name.endswith("__c") else "/cgi/crm/v2/data/query"
        last: list[Row] = []
        while True:
            filters = [{"field_name": "_id", "operator": "GT", "field_values": [last[-1]["_id"]]}] if last else []
            query = {
                "limit": 100,
                "offset": 0,
                "filters": filters,
                "orders": [{"fieldName": "_id", "isAsc": True}],
            }
            last = ask(path, {"data": {"dataObjectApiName": name, "search_query_info": query}})["data"]["dataList"]
            yield from last
            if len(last) < 100:
                return

    crm = Crm("fxiaoke")
    raw = {
        stream: {row["_id"]: row for row in records(name)}
        for stream, name in {
            "accounts": "AccountObj",
            "contacts": "ContactObj",
            "leads": "LeadsObj",
            "deals": "NewOpportunityObj",
            "results": "performance__c",
        }.items()
    }
    everybody = {"departmentId": 999999, "fetchChild": True, "showDepartmentIdsDetail": True}
    people = ask("/cgi/user/list", everybody)["userList"]
    departments = ask("/cgi/department/list", {})["departments"]
    crm.teams = {str(one["id"]): one["name"] for one in departments}
    crm.users = [
        User(
            one["openUserId"],
            one["name"],
            one["email"],
            one["mobile"],
            not one["isStop"],
            str(one["mainDepartmentId"]),
        )
        for one in people
    ]
    statuses = {"1": "open", "2": "won", "3": "lost", "4": "void"}
    crm.accounts = [
        Account(row["_id"], row["name"], row.get("customer_tier__c"), row.get("tier_reason__c"))
        for row in raw["accounts"].values()
    ]
    crm.leads = [
        Lead(row["_id"], _first(row.get("owner")), _day_ms(row["create_time"]), bool(row.get("transform_time")))
        for row in raw["leads"].values()
    ]
    crm.deals = [
        Deal(
            row["_id"],
            _first(row.get("owner")),
            row.get("account_id") or "",
            statuses[row["sales_status"]],
            Decimal(row["amount"]) if row.get("amount") else None,
            _day_ms(row["close_date"]) if row.get("close_date") else None,
            _day_ms(row["create_time"]),
        )
        for row in raw["deals"].values()
    ]
    crm.results = [
        Result(
            row["_id"],
            _first(row.get("salesperson__c")),
            Decimal(row["score__c"]) if row.get("score__c") is not None else None,
            int(row["rank__c"]) if row.get("rank__c") is not None else None,
            row.get("period__c"),
        )
        for row in raw["results"].values()
    ]
    crm.rows = {
        stream: {key: _without(row, FXIAOKE_OWN) for key, row in rows.items()}
        for stream, rows in raw.items()
        if stream != "results"
    }
    crm.rows["users"] = {one["openUserId"]: one for one in people}
    crm.rows["teams"] = {str(one["id"]): one for one in departments}
    return crm


def _without(row: Row, names: tuple[str, ...]) -> Row:
    return {key: value for key, value in row.items() if key not in names}


def _id(lookup: Row | None) -> str:
    return str(lookup["id"]) if lookup else ""


def _first(ids: list[str] | None) -> str:
    return ids[0] if ids else ""


def _day(instant: str) -> date:
    return datetime.fromisoformat(instant).astimezone(SHANGHAI).date()


def _day_ms(milliseconds: int) -> date:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).astimezone(SHANGHAI).date()
