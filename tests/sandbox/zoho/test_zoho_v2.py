"""API v2 reads all fields unless some are named, pages by number and has the short info."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho

# As docs/vendor/zoho.md §9 lists them.
SYSTEM_KEYS = {
    "$currency_symbol", "$field_states", "$state", "$process_flow", "$locked_for_me", "$approved", "$approval",
    "$editable", "$review", "$review_process", "$zia_owner_assignment", "$layout_id", "$orchestration", "$in_merge",
    "$approval_state", "Locked__s", "Tag",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh(zoho: Zoho) -> Iterator[None]:
    bulk.advance(zoho, 601)
    zoho.refresh()
    return iter([None])


def get(zoho: Zoho, path: str, headers: Any = None, **params: Any) -> requests.Response:
    return zoho.session.get(f"{zoho.base}/crm/v2{path}", params=params, headers=headers, timeout=30)


def test_a_record_shows_all_its_fields_unless_some_are_named(zoho: Zoho) -> None:
    made = zoho.edit("Accounts", "create", Account_Name="Zeta", Employees=7)
    answer = get(zoho, "/Accounts", ids=made["id"])
    assert (answer.status_code, answer.json()["info"]) == (
        200,
        {"per_page": 200, "count": 1, "page": 1, "more_records": False},
    )
    record = answer.json()["data"][0]
    described = zoho.get("/settings/fields", module="Accounts").json()["fields"]
    assert {field["api_name"] for field in described} <= record.keys()
    assert (record["Account_Name"], record["Employees"], record["Rating"]) == ("Zeta", 7, None)
    assert (record["$approved"], record["$editable"], record["$currency_symbol"]) == (True, True, "¥")
    assert get(zoho, f"/Accounts/{made['id']}").json() == {"data": [record]}
    assert get(zoho, f"/Accounts/{made['id']}", fields="Employees").json() == {
        "data": [{"id": made["id"], "Employees": 7}]
    }


def test_leads_tell_their_conversion(zoho: Zoho) -> None:
    lead = get(zoho, "/Leads", per_page=1).json()["data"][0]
    assert (lead["$converted"], lead["$converted_detail"]) == (False, {})
    assert "$converted" not in get(zoho, "/Accounts", per_page=1).json()["data"][0]


def test_tags_and_parents_of_notes_have_their_old_shape(zoho: Zoho) -> None:
    account = zoho.edit("Accounts", "create", Account_Name="Tagged")["id"]
    tagged = zoho.post(f"/Accounts/{account}/actions/add_tags", {"tags": [{"name": "hot", "color_code": "#FF0000"}]})
    tag = tagged.json()["data"][0]["details"]["tags"][0]
    assert zoho.read("Accounts", account, "Tag")["Tag"] == [{"name": "hot", "id": tag["id"], "color_code": "#FF0000"}]
    for answer in (get(zoho, f"/Accounts/{account}"), get(zoho, "/Accounts", ids=account)):
        assert answer.json()["data"][0]["Tag"] == [{"name": "hot", "id": tag["id"]}]
    parent = {"id": account, "module": {"api_name": "Accounts"}}
    note = zoho.post("/Notes", {"data": [{"Note_Content": "x", "Parent_Id": parent}]}).json()["data"][0]["details"][
        "id"
    ]
    shown = get(zoho, f"/Notes/{note}").json()["data"][0]
    assert (shown["Parent_Id"], shown["$se_module"]) == ({"name": "Tagged", "id": account}, "Accounts")


def test_system_state_comes_without_being_asked_for(zoho: Zoho) -> None:
    for module in ("Leads", "Accounts", "Contacts", "Deals", "Tasks"):
        record = get(zoho, f"/{module}", per_page=1).json()["data"][0]
        assert record.keys() >= SYSTEM_KEYS
    # Null for an activity that hangs on nothing.
    task = zoho.post("/Tasks", {"data": [{"Subject": "Alone"}]}).json()["data"][0]["details"]["id"]
    alone = get(zoho, f"/Tasks/{task}").json()["data"][0]
    assert (alone["What_Id"], alone["$se_module"]) == (None, None)


def test_the_info_names_the_order_if_there_is_one(zoho: Zoho) -> None:
    info = get(zoho, "/Leads", per_page=2, page=3, sort_by="Modified_Time", sort_order="asc").json()["info"]
    assert info == {
        "per_page": 2,
        "count": 2,
        "page": 3,
        "more_records": True,
        "sort_by": "Modified_Time",
        "sort_order": "asc",
    }


def test_pages_reach_the_first_2000_records_only(zoho: Zoho) -> None:
    answer = get(zoho, "/Leads", page=10)
    assert (answer.status_code, answer.json()["info"]["more_records"]) == (200, True)
    answer = get(zoho, "/Leads", page=11)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
            "details": {"limit": 2000},
            "message": "You can only get the first 2000 records without using page_token param",
            "status": "error",
        },
    )
    answer = get(zoho, "/Leads", page_token="x")  # noqa: S106 - no password
    assert (answer.status_code, answer.json()["details"]) == (400, {"param_name": "page_token"})


def test_nothing_new_and_nothing_there_have_no_body(zoho: Zoho) -> None:
    answer = get(zoho, "/Leads", {"If-Modified-Since": "2999-01-01T00:00:00+00:00"})
    assert (answer.status_code, answer.content) == (304, b"")
    answer = get(zoho, "/Leads", ids="1")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "path", ["/org", "/users", "/settings/modules", "/settings/modules/Leads", "/settings/fields?module=Leads"]
)
def test_metadata_are_those_of_v8(zoho: Zoho, path: str) -> None:
    answer = get(zoho, path)
    assert (answer.status_code, answer.json()) == (200, zoho.get(path).json())


@pytest.mark.parametrize(("method", "path"), [("POST", "/Leads"), ("PUT", "/Leads"), ("DELETE", "/Leads/1")])
def test_v2_does_not_write(zoho: Zoho, method: str, path: str) -> None:
    answer = zoho.session.request(method, f"{zoho.base}/crm/v2{path}", json={}, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST_METHOD")


def test_unknown_modules_and_paths_are_refused_as_in_v8(zoho: Zoho) -> None:
    answer = get(zoho, "/Nothing")
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_MODULE")
    answer = get(zoho, "/Leads/deleted")
    assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_URL_PATTERN")


def test_the_calls_of_airbytes_source_are_answered_in_turn(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check, discover and read, as section 11 lists them; it drops the path of its base URL."""
    monkeypatch.setattr(zoho, "base", zoho.sandbox.url)
    token = requests.post(f"{zoho.base}/oauth/v2/token", params=CREDENTIALS, data=b"", timeout=10).json()
    zoho.session.headers["Authorization"] = f"Zoho-oauthtoken {token['access_token']}"
    modules = get(zoho, "/settings/modules").json()["modules"]
    assert all({"api_name", "module_name", "api_supported"} <= module.keys() for module in modules)
    assert get(zoho, "/org").json()["org"][0]["license_details"]["paid_type"] == "enterprise"
    for module in (module["api_name"] for module in modules if module["api_supported"]):
        assert get(zoho, f"/settings/modules/{module}").json()["modules"][0]["api_name"] == module
        fields = get(zoho, "/settings/fields", module=module).json()["fields"]
        needed = "json_type length api_name data_type decimal_place system_mandatory display_label auto_number"
        assert all({*needed.split(), "pick_list_values"} <= field.keys() for field in fields)
        values = [value for field in fields for value in field["pick_list_values"]]
        assert all({"display_value", "actual_value"} <= value.keys() for value in values)
        since = {"If-Modified-Since": "2020-01-01T00:00:01+00:00"}
        first = get(zoho, f"/{module}", since)
        assert first.status_code == 200
        if first.json()["info"]["more_records"]:
            assert get(zoho, f"/{module}", since, page=2).json()["data"][0] not in first.json()["data"]
