"""People, org and metadata have Zoho's shapes and say what the records hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


def field(zoho: Zoho, module: str, name: str) -> dict[str, Any]:
    fields = zoho.get("/settings/fields", module=module).json()["fields"]
    found: dict[str, Any] = next(entry for entry in fields if entry["api_name"] == name)
    return found


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("AllUsers", 22),
        ("ActiveUsers", 21),
        ("DeactiveUsers", 1),
        ("ConfirmedUsers", 22),
        ("ActiveConfirmedUsers", 21),
        ("AdminUsers", 1),
        ("ActiveConfirmedAdmins", 1),
        ("CurrentUser", 1),
    ],
)
def test_users_are_chosen_by_type(zoho: Zoho, kind: str, count: int) -> None:
    body = zoho.get("/users", type=kind).json()
    assert body["info"] == {"per_page": 200, "count": count, "page": 1, "more_records": False}
    assert len(body["users"]) == count


def test_the_current_user_is_the_administrator(zoho: Zoho) -> None:
    user = zoho.get("/users", type="CurrentUser").json()["users"][0]
    assert user["role"] == {"name": "CEO", "id": "5000000000000026"}
    assert user["profile"] == {"name": "Administrator", "id": "5000000000000029"}
    assert (user["email"], user["status"], user["time_zone"], user["offset"]) == (
        "crm.admin@lanting.example",
        "active",
        "Asia/Shanghai",
        28800000,
    )
    # Zoho mixes the cases of these four.
    assert {"created_time", "created_by", "Modified_Time", "Modified_By"} <= user.keys()
    assert user["created_time"].endswith("T00:00:00+08:00")


def test_users_page_and_are_asked_for_by_id(zoho: Zoho) -> None:
    first = zoho.get("/users", per_page=20).json()
    second = zoho.get("/users", per_page=20, page=2).json()
    assert (first["info"]["more_records"], len(second["users"])) == (True, 2)
    ids = f"{first['users'][3]['id']},{second['users'][0]['id']}"
    assert [user["id"] for user in zoho.get("/users", ids=ids).json()["users"]] == ids.split(",")
    assert zoho.get(f"/users/{first['users'][3]['id']}").json()["users"] == [first["users"][3]]
    assert zoho.get("/users", type="DeletedUsers").status_code == 204


def test_an_unknown_type_of_user_is_told_with_the_known_ones(zoho: Zoho) -> None:
    answer = zoho.get("/users", type="Heroes")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_DATA")
    assert answer.json()["details"]["param_name"] == "type"
    assert "DeactiveUsers" in answer.json()["details"]["supported_values"]


def test_roles_are_a_tree_with_four_teams(zoho: Zoho) -> None:
    roles = zoho.get("/settings/roles").json()["roles"]
    assert [role["name"] for role in roles] == ["CEO", "华东 East", "华南 South", "华北 North", "海外 Overseas"]
    assert roles[0] == {
        "id": "5000000000000026",
        "name": "CEO",
        "display_label": "CEO",
        "reporting_to": None,
        "forecast_manager": None,
        "share_with_peers": True,
        "description": None,
        "created_by__s": None,
        "modified_by__s": None,
        "created_time__s": None,
        "modified_time__s": None,
    }
    assert all(role["reporting_to"] == {"name": "CEO", "id": "5000000000000026"} for role in roles[1:])
    teams = {user["role"]["id"] for user in zoho.get("/users", type="ActiveUsers").json()["users"]}
    assert teams == {role["id"] for role in roles}


def test_the_org_is_in_shanghai_and_pays_in_yuan(zoho: Zoho) -> None:
    org = zoho.get("/org").json()["org"][0]
    assert {key: org[key] for key in ("iso_code", "currency_symbol", "time_zone", "country_code", "mc_status")} == {
        "iso_code": "CNY",
        "currency_symbol": "¥",
        "time_zone": "Asia/Shanghai",
        "country_code": "CN",
        "mc_status": False,
    }
    assert org["license_details"]["paid_type"] == "enterprise"
    refused = zoho.get("/org/currencies")
    assert (refused.status_code, refused.json()["code"]) == (403, "CURRENCIES_NOT_ENABLED")
    zoho.edit("switches", "update", edition="free")
    refused = zoho.get("/org/currencies")
    assert (refused.status_code, refused.json()["code"]) == (403, "FEATURE_NOT_SUPPORTED")
    zoho.edit("switches", "update", edition="enterprise")


def test_modules_tell_which_the_api_serves(zoho: Zoho) -> None:
    modules = zoho.get("/settings/modules").json()["modules"]
    served = {found["api_name"]: found["generated_type"] for found in modules if found["api_supported"]}
    assert served == {
        "Leads": "default",
        "Accounts": "default",
        "Contacts": "default",
        "Deals": "default",
        "Sales_Performance": "custom",
        "Tasks": "default",
        "Calls": "default",
        "Events": "default",
        "Notes": "default",
        "Cases": "default",
        "Products": "default",
        "Campaigns": "default",
        "Quotes": "default",
        "Quoted_Items": "subform",
        "Sales_Orders": "default",
        "Ordered_Items": "subform",
        "Invoices": "default",
        "Invoiced_Items": "subform",
        "DealHistory": "field_tracker",
        "Payment_Plans": "custom",
        "Payments": "custom",
        "Customer_Feedback": "custom",
        "Vendors": "default",
        "Price_Books": "default",
    }
    assert any(not found["api_supported"] for found in modules)
    assert zoho.get("/settings/modules/Deals").json()["modules"][0]["module_name"] == "Potentials"
    assert zoho.get("/settings/modules/Nothing").json()["code"] == "INVALID_MODULE"


def test_the_tier_field_is_a_custom_picklist(zoho: Zoho) -> None:
    tier = field(zoho, "Accounts", "Customer_Tier")
    assert (tier["data_type"], tier["json_type"], tier["custom_field"], tier["read_only"]) == (
        "picklist",
        "string",
        True,
        False,
    )
    assert [option["actual_value"] for option in tier["pick_list_values"]] == ["VIP", "A", "B", "C"]
    assert tier["pick_list_values"][0] == {
        "id": tier["pick_list_values"][0]["id"],
        "display_value": "VIP",
        "actual_value": "VIP",
        "reference_value": "VIP",
        "type": "used",
        "sequence_number": 1,
        "colour_code": None,
    }
    # What does not apply is an empty object.
    assert (tier["lookup"], tier["formula"], tier["unique"]) == ({}, {}, {})
    assert tier["operation_type"] == {"web_update": True, "api_create": True, "web_create": True, "api_update": True}


@pytest.mark.parametrize(
    ("module", "name", "facts"),
    [
        ("Accounts", "Tier_Reason", ("text", "string", 255, None, False)),
        ("Sales_Performance", "Name", ("text", "string", 120, None, True)),
        ("Sales_Performance", "Salesperson", ("userlookup", "jsonobject", 120, None, False)),
        ("Sales_Performance", "Score", ("double", "double", 16, 2, False)),
        ("Sales_Performance", "Rank", ("integer", "integer", 9, None, False)),
        ("Leads", "Last_Name", ("text", "string", 80, None, True)),
        ("Leads", "Company", ("text", "string", 200, None, False)),
        ("Leads", "Email", ("email", "string", 100, None, False)),
        ("Leads", "Description", ("textarea", "string", 32000, None, False)),
        ("Leads", "Converted__s", ("boolean", "boolean", 5, None, False)),
        ("Leads", "Converted_Date_Time", ("datetime", "string", 120, None, False)),
        ("Deals", "Amount", ("currency", "double", 16, 2, False)),
        ("Deals", "Closing_Date", ("date", "string", 20, None, False)),
        ("Deals", "Account_Name", ("lookup", "jsonobject", 120, None, False)),
        ("Deals", "Owner", ("ownerlookup", "jsonobject", 120, None, False)),
        ("Contacts", "Tag", ("text", "jsonarray", 2000, None, False)),
        ("Contacts", "id", ("bigint", "string", 20, None, False)),
    ],
)
def test_fields_have_their_types_and_lengths(zoho: Zoho, module: str, name: str, facts: tuple[Any, ...]) -> None:
    found = field(zoho, module, name)
    keys = ("data_type", "json_type", "length", "decimal_place", "system_mandatory")
    assert tuple(found[key] for key in keys) == facts


def test_every_field_that_is_told_can_be_read(zoho: Zoho) -> None:
    for module in ("Leads", "Accounts", "Contacts", "Deals", "Sales_Performance"):
        names = [entry["api_name"] for entry in zoho.get("/settings/fields", module=module).json()["fields"]]
        read: set[str] = set()
        for start in range(0, len(names), 50):
            params = {"fields": ",".join(names[start : start + 50]), "per_page": 1, "converted": "both"}
            read |= zoho.get(f"/{module}", **params).json()["data"][0].keys()
        assert read == set(names)


def test_stages_are_stored_otherwise_than_they_are_shown(zoho: Zoho) -> None:
    options = field(zoho, "Deals", "Stage")["pick_list_values"]
    assert [option["actual_value"] for option in options] == [
        "Qualification",
        "Needs Analysis",
        "Value Proposition",
        "Id. Decision Makers",
        "Proposal/Price Quote",
        "Negotiation/Review",
        "Closed Won",
        "Closed Lost",
        "Closed Lost to Competition",
    ]
    assert [option["display_value"] for option in options if option["display_value"] != option["actual_value"]] == [
        "Identify Decision Makers",
        "Closed-Lost to Competition",
    ]


def test_layout_and_pipeline_tell_probability_and_forecast(zoho: Zoho) -> None:
    layout = zoho.get("/settings/layouts", module="Deals").json()["layouts"][0]
    fields = {entry["api_name"]: entry for section in layout["sections"] for entry in section["fields"]}
    stages = {option["actual_value"]: option["probability"] for option in fields["Stage"]["pick_list_values"]}
    assert list(stages.values()) == [10, 20, 40, 60, 75, 90, 100, 0, 0]
    pipeline = zoho.get("/settings/pipeline", layout_id=layout["id"]).json()["pipeline"]
    assert [(entry["display_value"], entry["default"], len(entry["maps"])) for entry in pipeline] == [
        ("Standard", True, 9)
    ]
    last = pipeline[0]["maps"][8]
    assert {key: last[key] for key in ("actual_value", "display_value", "sequence_number", "forecast_type")} == {
        "actual_value": "Closed Lost to Competition",
        "display_value": "Closed-Lost to Competition",
        "sequence_number": 9,
        "forecast_type": "Closed Lost",
    }
    assert last["forecast_category"]["name"] == "Omitted"
    leads = zoho.get("/settings/layouts", module="Leads").json()["layouts"][0]
    assert zoho.get("/settings/pipeline", layout_id=leads["id"]).status_code == 204


@pytest.mark.parametrize(
    ("path", "params", "code", "details"),
    [
        ("/settings/fields", {}, "REQUIRED_PARAM_MISSING", {"param_name": "module"}),
        ("/settings/fields", {"module": "Nothing"}, "INVALID_MODULE", {"param_name": "module"}),
        ("/settings/pipeline", {}, "REQUIRED_PARAM_MISSING", {"param_name": "layout_id"}),
        ("/settings/pipeline", {"layout_id": "1"}, "INVALID_DATA", {"param_name": "layout_id"}),
    ],
)
def test_metadata_without_its_parameter_is_refused(
    zoho: Zoho, path: str, params: dict[str, str], code: str, details: dict[str, str]
) -> None:
    answer = zoho.get(path, **params)
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == (400, code, details)
