"""Upsert inserts what it does not find and updates what it finds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

ADMIN = {"name": "CRM Admin", "id": "5000000000000201"}


def upserted(zoho: Zoho, module: str, *items: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    answer = zoho.post(f"/{module}/upsert", {"data": list(items), "trigger": [], **body})
    results: list[dict[str, Any]] = answer.json()["data"]
    return results


def test_an_upsert_adds_first_and_updates_then(zoho: Zoho) -> None:
    item = {"Last_Name": "Upton", "Email": "upton@upsert.example", "Company": "Zeta"}
    first = zoho.post("/Leads/upsert", {"data": [item], "duplicate_check_fields": ["Email"], "trigger": []})
    lead = first.json()["data"][0]["details"]["id"]
    shown = zoho.read("Leads", lead, "Created_Time")
    assert (first.status_code, first.json()) == (
        200,
        {
            "data": [
                {
                    "code": "SUCCESS",
                    "details": {
                        "Modified_Time": shown["Created_Time"],
                        "Modified_By": ADMIN,
                        "Created_Time": shown["Created_Time"],
                        "id": lead,
                        "Created_By": ADMIN,
                        "$approval_state": "approved",
                    },
                    "message": "record added",
                    "status": "success",
                    "action": "insert",
                    "duplicate_field": None,
                }
            ]
        },
    )
    again = upserted(zoho, "Leads", item | {"Email": "UPTON@upsert.example", "Company": "Omega"})[0]
    assert (again["details"]["id"], again["message"], again["action"], again["duplicate_field"]) == (
        lead,
        "record updated",
        "update",
        "Email",
    )
    assert zoho.read("Leads", lead, "Company")["Company"] == "Omega"


@pytest.mark.parametrize(
    ("module", "field", "more"),
    [
        ("Accounts", "Account_Name", {}),
        ("Deals", "Deal_Name", {"Stage": "Qualification", "Pipeline": "Standard"}),
        ("Sales_Performance", "Name", {}),
        ("Contacts", "Email", {"Last_Name": "Upton"}),
    ],
)
def test_each_module_has_its_own_system_field(zoho: Zoho, module: str, field: str, more: dict[str, Any]) -> None:
    item = {field: "matched@upsert.example"} | more
    results = upserted(zoho, module, item, item)
    assert [(result["action"], result["duplicate_field"]) for result in results] == [
        ("insert", None),
        ("update", field),
    ]
    assert results[0]["details"]["id"] == results[1]["details"]["id"]


def test_an_item_with_an_id_is_an_update(zoho: Zoho) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Named", Email="named@upsert.example")["id"]
    results = upserted(
        zoho,
        "Leads",
        {"id": lead, "Company": "By id"},
        {"id": "42", "Last_Name": "Nobody"},
        {"Company": "No name"},
        7,  # type: ignore[arg-type]  # no object
    )
    assert (results[0]["action"], results[0]["duplicate_field"]) == ("update", None)
    assert results[1] == {
        "code": "INVALID_DATA",
        "details": {"api_name": "id", "json_path": "$.data[1].id"},
        "message": "the id given seems to be invalid",
        "status": "error",
    }
    assert (results[2]["code"], results[2]["details"]) == (
        "MANDATORY_NOT_FOUND",
        {"api_name": "Last_Name", "json_path": "$.data[2].Last_Name"},
    )
    assert results[3]["details"]["json_path"] == "$.data[3]"
    assert zoho.read("Leads", lead, "Company")["Company"] == "By id"
    assert zoho.writes()[-1]["status"] == 207


def test_of_several_matches_the_oldest_is_updated_and_a_converted_lead_never(zoho: Zoho) -> None:
    twins = [zoho.edit("Leads", "create", Last_Name="Twin", Email="twin@upsert.example")["id"] for _ in range(3)]
    assert upserted(zoho, "Leads", {"Email": "twin@upsert.example"})[0]["details"]["id"] == twins[0]
    zoho.edit("Leads", "convert", twins[0])
    assert upserted(zoho, "Leads", {"Email": "twin@upsert.example"})[0]["details"]["id"] == twins[1]
    zoho.edit("Leads", "delete", twins[1])
    assert upserted(zoho, "Leads", {"Email": "twin@upsert.example"})[0]["details"]["id"] == twins[2]
    zoho.edit("Leads", "update", twins[2], Email="single@upsert.example")
    new = upserted(zoho, "Leads", {"Email": "twin@upsert.example", "Last_Name": "Twin"})[0]
    assert (new["action"], new["details"]["id"] not in twins) == ("insert", True)


def test_a_locked_or_stale_match_is_refused(zoho: Zoho) -> None:
    record = zoho.edit("Leads", "create", Last_Name="Locke", Email="locke@upsert.example")
    item = {"Email": "locke@upsert.example"}
    before = datetime.fromisoformat(record["Modified_Time"]) - timedelta(seconds=1)
    stale = zoho.post("/Leads/upsert", {"data": [item]}, headers={"If-Unmodified-Since": before.isoformat()})
    assert (stale.status_code, stale.json()["data"][0]["code"]) == (412, "ALREADY_MODIFIED")
    zoho.edit("Leads", "lock", record["id"])
    assert upserted(zoho, "Leads", item)[0]["code"] == "RECORD_LOCKED"


@pytest.mark.parametrize(
    ("key", "code", "message"),
    [
        ("$approved", "NOT_APPROVED", "the record is waiting for approval"),
        ("$reviewed", "NOT_REVIEWED", "the record is waiting for review"),
        ("$editable", "AUTHORIZATION_FAILED", "User does not have sufficient privilege to perform this operation"),
    ],
)
def test_a_record_that_waits_or_is_not_ours_cannot_be_written(zoho: Zoho, key: str, code: str, message: str) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Waits")["id"]
    zoho.edit("Leads", "update", lead, **{key: False})
    answer = zoho.put(f"/Leads/{lead}", {"data": [{"Company": "Zeta"}]})
    assert (answer.status_code, answer.json()["data"][0]) == (
        400,
        {
            "code": code,
            "details": {"api_name": "id", "json_path": "$.data[0].id"},
            "message": message,
            "status": "error",
        },
    )
    assert zoho.read("Leads", lead, "$editable")["$editable"] is (key != "$editable")
    zoho.edit("Leads", "update", lead, **{key: True})
    assert zoho.put(f"/Leads/{lead}", {"data": [{"Company": "Zeta"}]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        (
            {"duplicate_check_fields": "Email"},
            "INVALID_DATA",
            {"expected_data_type": "jsonarray", "json_path": "$.duplicate_check_fields"},
        ),
        (
            {"duplicate_check_fields": ["Email", "Company"]},
            "INVALID_DATA",
            {"json_path": "$.duplicate_check_fields[1]", "supported_values": ["Email"]},
        ),
        ({"duplicate_check_fields": [[]]}, "INVALID_DATA", {"json_path": "$.duplicate_check_fields[0]"}),
        ({"skip_feature_execution": {}}, "INVALID_DATA", {"json_path": "$.skip_feature_execution"}),
        ({"skip_feature_execution": [{"name": "x"}]}, "INVALID_DATA", {"supported_values": ["cadences"]}),
        (
            {"skip_feature_execution": [{"name": "cadences"}]},
            "INVALID_DATA",
            {"json_path": "$.skip_feature_execution[0].action", "supported_values": ["insert", "update"]},
        ),
        ({"apply_feature_execution": ["layout_rules"]}, "INVALID_DATA", {"supported_values": ["layout_rules"]}),
    ],
)
def test_wrong_wishes_refuse_the_call(zoho: Zoho, body: dict[str, Any], code: str, details: dict[str, Any]) -> None:
    answer = zoho.post("/Leads/upsert", {"data": [{"Last_Name": "x"}], **body})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["details"].items() >= details.items()


def test_features_can_be_skipped(zoho: Zoho) -> None:
    skip = {"skip_feature_execution": [{"name": "cadences"}], "apply_feature_execution": [{"name": "layout_rules"}]}
    assert zoho.post("/Leads", {"data": [{"Last_Name": "x"}], **skip}).status_code == 201
    named = {"skip_feature_execution": [{"name": "cadences", "action": "insert"}]}
    assert zoho.post("/Leads/upsert", {"data": [{"Last_Name": "x"}], **named}).status_code == 200


def test_too_many_items_and_unknown_modules_are_told_inside_data(zoho: Zoho) -> None:
    many = zoho.post("/Leads/upsert", {"data": [{"Last_Name": "x"}] * 101})
    assert (many.status_code, many.json()["data"][0]["code"], many.json()["data"][0]["details"]) == (
        400,
        "LIMIT_EXCEEDED",
        {"maximum_length": 100, "api_name": "data"},
    )
    assert zoho.post("/Nothing/upsert", {"data": [{}]}).json()["data"][0]["code"] == "INVALID_MODULE"
    assert zoho.put("/Leads/upsert", {"data": [{}]}).json()["data"][0]["code"] == "INVALID_REQUEST_METHOD"
    before = zoho.sandbox.world.credits["zoho"]
    assert zoho.post("/Leads/upsert", {"data": [{"Last_Name": "x", "Email": 5}] * 100}).status_code == 400
    assert zoho.sandbox.world.credits["zoho"] - before == 10
