"""Writing calls answer per record, change Modified_Time, cost credits and are logged."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

ADMIN = {"name": "CRM Admin", "id": "5000000000000201"}


def some(zoho: Zoho, module: str, count: int) -> list[str]:
    """The newest records' ids."""
    return [record["id"] for record in zoho.get(f"/{module}", fields="id", per_page=count).json()["data"]]


def first_error(answer: requests.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["data"][0]
    return found


def test_an_update_changes_sent_fields_and_stamps_the_record(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    before = zoho.read("Accounts", account, "Created_Time", "Created_By", "Modified_Time", "Phone", "Owner")
    zoho.control("clock", {"advance_s": 5})
    body = {"data": [{"id": account, "Customer_Tier": "A", "Tier_Reason": "won 1.2M"}], "trigger": []}
    answer = zoho.put("/Accounts", body)
    after = zoho.read("Accounts", account, "Customer_Tier", "Tier_Reason", "Modified_Time", "Modified_By", "Phone")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "data": [
                {
                    "code": "SUCCESS",
                    "details": {
                        "Modified_Time": after["Modified_Time"],
                        "Modified_By": ADMIN,
                        "Created_Time": before["Created_Time"],
                        "id": account,
                        "Created_By": {key: before["Created_By"][key] for key in ("name", "id")},
                        "$approval_state": "approved",
                    },
                    "message": "record updated",
                    "status": "success",
                }
            ]
        },
    )
    assert (after["Customer_Tier"], after["Tier_Reason"], after["Phone"]) == ("A", "won 1.2M", before["Phone"])
    assert after["Modified_By"] == ADMIN | {"email": "crm.admin@lanting.example"}
    assert after["Modified_Time"] > before["Modified_Time"]
    changed = zoho.get(
        "/Accounts", fields="id", headers={"If-Modified-Since": after["Modified_Time"]}, sort_by="Modified_Time"
    )
    assert account in [record["id"] for record in changed.json()["data"]]


def test_the_log_has_each_record_and_field(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 2)[1]
    zoho.put("/Accounts", {"data": [{"id": account, "Customer_Tier": "B"}], "trigger": []})
    body = {"data": [{"id": account, "Customer_Tier": "C"}, {"id": "42", "Customer_Tier": "C"}]}
    zoho.put("/Accounts", body)
    first, second = zoho.writes()[-2:]
    assert {key: first[key] for key in ("system", "method", "path", "status", "automation", "records")} == {
        "system": "zoho",
        "method": "PUT",
        "path": "/crm/v8/Accounts",
        "status": 200,
        "automation": False,
        "records": [
            {"id": account, "field": "Customer_Tier", "before": None, "after": "B", "outcome": "SUCCESS"},
        ],
    }
    assert (second["n"], second["status"], second["automation"]) == (first["n"] + 1, 207, True)
    assert second["records"] == [
        {"id": account, "field": "Customer_Tier", "before": "B", "after": "C", "outcome": "SUCCESS"},
        {"id": "42", "field": "Customer_Tier", "before": None, "after": None, "outcome": "INVALID_DATA"},
    ]


@pytest.mark.parametrize(
    ("body", "automation"),
    [({}, True), ({"trigger": []}, False), ({"trigger": ["workflow"]}, True), ({"trigger": ["approval"]}, True)],
)
def test_automation_runs_unless_the_trigger_list_is_empty(zoho: Zoho, body: dict[str, Any], automation: bool) -> None:  # noqa: FBT001 - a table's column
    account = some(zoho, "Accounts", 1)[0]
    assert zoho.put("/Accounts", body | {"data": [{"id": account, "Rating": "Active"}]}).status_code == 200
    assert zoho.writes()[-1]["automation"] is automation
    assert zoho.put("/Accounts", body | {"data": [{"id": "42", "Rating": "Active"}]}).status_code == 400
    assert zoho.writes()[-1]["automation"] is False


def test_a_refused_item_does_not_harm_its_neighbours(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    items = [{"id": account, "Tier_Reason": "kept"}, {"id": 42, "Tier_Reason": "x"}, {"Tier_Reason": "x"}, 7]
    answer = zoho.put("/Accounts", {"data": items, "trigger": []})
    results = answer.json()["data"]
    assert (answer.status_code, results[0]["code"]) == (207, "SUCCESS")
    assert results[1:] == [
        {
            "code": "INVALID_DATA",
            "details": {"api_name": "id", "json_path": "$.data[1].id"},
            "message": "the id given seems to be invalid",
            "status": "error",
        },
        {
            "code": "MANDATORY_NOT_FOUND",
            "details": {"api_name": "id", "json_path": "$.data[2].id"},
            "message": "required field not found",
            "status": "error",
        },
        {
            "code": "INVALID_DATA",
            "details": {"expected_data_type": "jsonobject", "api_name": "data", "json_path": "$.data[3]"},
            "message": "invalid data",
            "status": "error",
        },
    ]
    assert zoho.read("Accounts", account, "Tier_Reason")["Tier_Reason"] == "kept"


@pytest.mark.parametrize(
    ("module", "name", "value", "wrong"),
    [
        ("Accounts", "Tier_Reason", "x" * 256, {"maximum_length": 255}),
        ("Accounts", "Tier_Reason", 5, {"expected_data_type": "text"}),
        ("Accounts", "Customer_Tier", ["A"], {"expected_data_type": "picklist"}),
        ("Accounts", "Employees", "12", {"expected_data_type": "integer"}),
        ("Accounts", "Employees", 12.5, {"expected_data_type": "integer"}),
        ("Accounts", "Employees", True, {"expected_data_type": "integer"}),
        ("Accounts", "Employees", 10**9, {"maximum_length": 9}),
        ("Accounts", "Annual_Revenue", 10**16, {"maximum_length": 16}),
        ("Accounts", "Annual_Revenue", "12.50", {"expected_data_type": "currency"}),
        ("Accounts", "Phone", "1" * 31, {"maximum_length": 30}),
        ("Accounts", "Parent_Account", "5000000200000001", {"expected_data_type": "jsonobject"}),
        ("Sales_Performance", "Score", 88.255, {"expected_data_type": "double"}),
        ("Sales_Performance", "Score", "88.25", {"expected_data_type": "double"}),
        ("Sales_Performance", "Rank", 1.5, {"expected_data_type": "integer"}),
        ("Sales_Performance", "Period", "x" * 21, {"maximum_length": 20}),
        ("Contacts", "Email", "nobody", {"expected_data_type": "email"}),
        ("Contacts", "Email_Opt_Out", "true", {"expected_data_type": "boolean"}),
        ("Contacts", "Date_of_Birth", "1990-02-30", {"expected_data_type": "date"}),
        ("Contacts", "Date_of_Birth", "01/02/1990", {"expected_data_type": "date"}),
        ("Deals", "Closing_Date", "2026-12-17T00:00:00+08:00", {"expected_data_type": "date"}),
        # For the API's user that is in the year 10000, and that in the year 0.
        ("Events", "Start_DateTime", "9999-12-31T23:59:59-12:00", {"expected_data_type": "datetime"}),
        ("Events", "Start_DateTime", "0001-01-01T00:00:00+14:00", {"expected_data_type": "datetime"}),
    ],
)
def test_values_that_do_not_fit_are_refused(
    zoho: Zoho, module: str, name: str, value: Any, wrong: dict[str, Any]
) -> None:
    record = some(zoho, module, 1)[0]
    before = zoho.read(module, record, name, "Modified_Time")
    answer = zoho.put(f"/{module}", {"data": [{"id": record, name: value}], "trigger": []})
    assert (answer.status_code, first_error(answer)) == (
        400,
        {
            "code": "INVALID_DATA",
            "details": {**wrong, "api_name": name, "json_path": f"$.data[0].{name}"},
            "message": "invalid data",
            "status": "error",
        },
    )
    assert zoho.read(module, record, name, "Modified_Time") == before


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("Score", 88.25, 88.25),
        ("Score", 88, 88),
        ("Score", 88.0, 88),
        ("Score", -0.5, -0.5),
        ("Rank", 3, 3),
        ("Period", "2026Q4", "2026Q4"),
        ("Period", "", None),
        ("Score", None, None),
        ("Salesperson", {"id": 5000000000000211}, {"name": "李娜", "id": "5000000000000211"}),
    ],
)
def test_values_are_stored_as_zoho_shows_them(zoho: Zoho, name: str, value: Any, stored: Any) -> None:
    record = some(zoho, "Sales_Performance", 20)[-1]
    assert zoho.put(f"/Sales_Performance/{record}", {"data": [{name: value}], "trigger": []}).status_code == 200
    assert zoho.read("Sales_Performance", record, name)[name] == stored


def test_a_picklist_takes_values_that_it_does_not_know(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    zoho.put("/Accounts", {"data": [{"id": account, "Customer_Tier": "Platinum"}], "trigger": []})
    assert zoho.read("Accounts", account, "Customer_Tier")["Customer_Tier"] == "Platinum"


def test_unknown_and_several_wrong_fields_are_told(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    unknown = first_error(zoho.put("/Accounts", {"data": [{"id": account, "Nope": 1, "$append_values": {}}]}))
    assert unknown == {
        "code": "INVALID_DATA",
        "details": {"api_name": "Nope", "json_path": "$.data[0].Nope"},
        "message": "field api name given seems invalid",
        "status": "error",
    }
    several = first_error(zoho.put("/Accounts", {"data": [{"id": account, "Nope": 1, "Account_Name": None}]}))
    assert several["code"] == "MULTIPLE_OR_MULTI_ERRORS"
    assert [(found["code"], found["details"]["api_name"]) for found in several["details"]["errors"]] == [
        ("INVALID_DATA", "Nope"),
        ("MANDATORY_NOT_FOUND", "Account_Name"),
    ]


def test_fields_that_cannot_be_written_are_ignored(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    before = zoho.read("Accounts", account, "Created_Time")
    item = {"id": account, "Created_Time": "2020-01-01T00:00:00+08:00", "Locked__s": True}
    assert zoho.put("/Accounts", {"data": [item]}).status_code == 200
    after = zoho.read("Accounts", account, "Created_Time", "Locked__s")
    assert after == before | {"Locked__s": False}


def test_a_locked_record_is_refused_until_it_is_unlocked(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    zoho.edit("Accounts", "lock", account)
    answer = zoho.put("/Accounts", {"data": [{"id": account, "Rating": None}]})
    assert (answer.status_code, first_error(answer)) == (
        400,
        {
            "code": "RECORD_LOCKED",
            "details": {"api_name": "id", "json_path": "$.data[0].id", "action": "record_locking"},
            "message": "Sorry, you cannot perform this operation as the record is locked.",
            "status": "error",
        },
    )
    # A single record's refusal is bare, those of several stand in data.
    error = {
        "code": "RECORD_LOCKED",
        "details": {"id": account, "action": "record_locking"},
        "message": "Sorry, you cannot perform this operation as the record is locked.",
        "status": "error",
    }
    alone, among = (
        zoho.call("DELETE", f"/Accounts/{account}"),
        zoho.call("DELETE", "/Accounts", params={"ids": account}),
    )
    assert (alone.status_code, alone.json()) == (400, error)
    assert (among.status_code, among.json()) == (400, {"data": [error]})
    assert zoho.writes()[-1]["records"] == zoho.writes()[-2]["records"]
    assert zoho.writes()[-1]["records"][0]["outcome"] == "RECORD_LOCKED"
    zoho.edit("Accounts", "unlock", account)
    assert zoho.put("/Accounts", {"data": [{"id": account, "Rating": None}]}).status_code == 200


def test_if_unmodified_since_stops_a_stale_write(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    seen = datetime.fromisoformat(zoho.read("Accounts", account, "Modified_Time")["Modified_Time"])
    stale = {"If-Unmodified-Since": (seen - timedelta(seconds=1)).isoformat()}
    body = {"data": [{"Rating": "Active"}], "trigger": []}
    answer = zoho.put(f"/Accounts/{account}", body, headers=stale)
    assert (answer.status_code, first_error(answer)["code"]) == (412, "ALREADY_MODIFIED")
    fresh = {"If-Unmodified-Since": seen.isoformat()}
    assert zoho.put(f"/Accounts/{account}", body, headers=fresh).status_code == 200


def test_bodies_need_no_content_type_and_ids_may_be_numbers(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    answer = zoho.call("PUT", "/Accounts", data=b'{"data":[{"id":%s,"Rating":"Acquired"}]}' % account.encode())
    assert answer.json()["data"][0]["details"]["id"] == account


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        (b"not json", "INVALID_DATA", {"expected_data_type": "jsonobject"}),
        (b"", "INVALID_DATA", {"expected_data_type": "jsonobject"}),
        (b"[]", "INVALID_DATA", {"expected_data_type": "jsonobject"}),
        (b"{}", "MANDATORY_NOT_FOUND", {"api_name": "data", "json_path": "$.data"}),
        (
            b'{"data":{}}',
            "INVALID_DATA",
            {"expected_data_type": "jsonarray", "api_name": "data", "json_path": "$.data"},
        ),
        (
            b'{"data":[{}],"trigger":"workflow"}',
            "INVALID_DATA",
            {"expected_data_type": "jsonarray", "api_name": "trigger", "json_path": "$.trigger"},
        ),
    ],
)
def test_a_body_of_the_wrong_form_refuses_the_call(zoho: Zoho, body: bytes, code: str, details: dict[str, Any]) -> None:
    answer = zoho.call("PUT", "/Accounts", data=body)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["details"]) == (code, details)
    last = zoho.writes()[-1]
    assert (last["status"], last["records"], last["automation"]) == (400, [], False)


def test_more_than_a_hundred_records_are_refused_inside_data(zoho: Zoho) -> None:
    answer = zoho.put("/Accounts", {"data": [{"id": "1"}] * 101})
    assert (answer.status_code, first_error(answer)["code"]) == (400, "LIMIT_EXCEEDED")
    assert first_error(answer)["details"] == {"maximum_length": 100, "api_name": "data"}
    module = zoho.post("/Nothing", {"data": [{}]})
    assert (module.status_code, first_error(module)["code"]) == (400, "INVALID_MODULE")


def test_an_insert_gives_an_id_and_belongs_to_the_api_user(zoho: Zoho) -> None:
    answer = zoho.post("/Leads", {"data": [{"Last_Name": "Rao", "First_Name": "Ravi", "Company": "Zeta Ltd"}]})
    result = answer.json()["data"][0]
    assert (answer.status_code, result["code"], result["message"]) == (201, "SUCCESS", "record added")
    lead = zoho.read("Leads", result["details"]["id"], "Full_Name", "Owner", "Created_Time", "Modified_Time")
    assert (lead["Full_Name"], lead["Owner"]["id"]) == ("Ravi Rao", ADMIN["id"])
    assert lead["Created_Time"] == lead["Modified_Time"] == result["details"]["Created_Time"]
    assert zoho.get("/Leads", fields="id", per_page=1).json()["data"] == [{"id": lead["id"]}]


def test_a_deal_needs_name_stage_and_pipeline_and_its_probability_follows(zoho: Zoho) -> None:
    answer = zoho.post("/Deals", {"data": [{"Amount": 60000}]})
    missing = [found["details"]["api_name"] for found in first_error(answer)["details"]["errors"]]
    assert (answer.status_code, missing) == (400, ["Deal_Name", "Stage", "Pipeline"])
    item = {"Deal_Name": "Zeta rollout", "Stage": "Id. Decision Makers", "Pipeline": "Standard", "Amount": 60000.5}
    deal = zoho.post("/Deals", {"data": [item]}).json()["data"][0]["details"]["id"]
    shown = zoho.read("Deals", deal, "Probability", "Amount", "Expected_Revenue")
    assert shown == {"id": deal, "Probability": 60, "Amount": 60000.5, "Expected_Revenue": 36000.3}
    zoho.put("/Deals", {"data": [{"id": deal, "Stage": "Somewhere else"}]})
    assert zoho.read("Deals", deal, "Probability")["Probability"] == 60
    new = zoho.post("/Deals", {"data": [item | {"Stage": "Somewhere else"}]}).json()["data"][0]["details"]["id"]
    assert zoho.read("Deals", new, "Probability")["Probability"] == 10


def test_deleting_answers_per_id(zoho: Zoho) -> None:
    lead = zoho.post("/Leads", {"data": [{"Last_Name": "Gone"}]}).json()["data"][0]["details"]["id"]
    answer = zoho.call("DELETE", "/Leads", params={"ids": f"{lead},42"})
    assert (answer.status_code, answer.json()) == (
        207,
        {
            "data": [
                {"code": "SUCCESS", "details": {"id": lead}, "message": "record deleted", "status": "success"},
                {
                    "code": "INVALID_DATA",
                    "details": {"id": "42"},
                    "message": "the id given seems to be invalid",
                    "status": "error",
                },
            ]
        },
    )
    assert zoho.get(f"/Leads/{lead}", fields="id").status_code == 204
    again = zoho.call("DELETE", f"/Leads/{lead}")
    assert (again.status_code, again.json()["details"]) == (400, {"resource_path_index": 1})
    assert zoho.call("DELETE", "/Leads").json()["code"] == "REQUIRED_PARAM_MISSING"
    deleted = zoho.get("/Leads/deleted", per_page=200).json()["data"][-1]
    assert {key: deleted[key] for key in ("id", "display_name", "type", "deleted_by", "created_by")} == {
        "id": lead,
        "display_name": "Gone",
        "type": "recycle",
        "deleted_by": ADMIN,
        "created_by": ADMIN,
    }


@pytest.mark.parametrize(("records", "credit"), [(1, 1), (10, 1), (11, 2), (100, 10)])
def test_ten_written_records_cost_a_credit(zoho: Zoho, records: int, credit: int) -> None:
    ids = some(zoho, "Accounts", records)
    before = zoho.sandbox.world.credits["zoho"]
    body = {"data": [{"id": found, "Rating": "Active"} for found in ids], "trigger": []}
    assert zoho.put("/Accounts", body).status_code == 200
    assert zoho.sandbox.world.credits["zoho"] - before == credit


@pytest.mark.parametrize("record_id", ["9" * 5000, -1, 1.5, [], {}, True, "", "x", 10**30])
def test_an_id_of_any_form_is_at_worst_unknown(zoho: Zoho, record_id: Any) -> None:
    answer = zoho.put("/Accounts", {"data": [{"id": record_id, "Rating": "Active"}]})
    assert (answer.status_code, first_error(answer)["details"]["api_name"]) == (400, "id")


@pytest.mark.parametrize(
    "value", [None, {}, [], {"id": None}, {"id": "42"}, {"name": "李娜"}, "5000000000000211", 1e308, True]
)
def test_an_owner_of_any_other_form_is_refused(zoho: Zoho, value: Any) -> None:
    account = some(zoho, "Accounts", 1)[0]
    answer = zoho.put("/Accounts", {"data": [{"id": account, "Owner": value}]})
    assert (answer.status_code, first_error(answer)["code"]) == (400, "INVALID_DATA")


def test_a_malformed_if_unmodified_since_refuses_the_call(zoho: Zoho) -> None:
    account = some(zoho, "Accounts", 1)[0]
    answer = zoho.put(f"/Accounts/{account}", {"data": [{"Rating": None}]}, headers={"If-Unmodified-Since": "now"})
    assert (answer.status_code, answer.json()["code"]) == (400, "PATTERN_NOT_MATCHED")
    assert (zoho.writes()[-1]["status"], zoho.writes()[-1]["path"]) == (400, f"/crm/v8/Accounts/{account}")
