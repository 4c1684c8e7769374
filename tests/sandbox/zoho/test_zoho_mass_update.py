"""One value for many records, at once by ids or as a job by a custom view."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho
from tests.sandbox.zoho.test_zoho_switches import switched

VIEW = "5000000000221001"


@pytest.fixture(scope="module")
def accounts(zoho: Zoho) -> list[str]:
    return [zoho.edit("Accounts", "create", Account_Name=f"Mass {n}")["id"] for n in range(3)]


def update(zoho: Zoho, module: str, item: Any, **body: Any) -> requests.Response:
    return zoho.post(f"/{module}/actions/mass_update", {"data": [item], **body})


def test_ids_are_updated_at_once_and_answered_each(zoho: Zoho, accounts: list[str]) -> None:
    zoho.edit("Accounts", "lock", accounts[2])
    answer = update(zoho, "Accounts", {"Industry": "ERP"}, ids=[*accounts, "42"])
    first, _, locked, unknown = answer.json()["data"]
    shown = zoho.read("Accounts", accounts[0], "Industry", "Modified_Time")
    assert (answer.status_code, shown["Industry"]) == (207, "ERP")
    assert (first["code"], first["message"], first["details"]["id"]) == ("SUCCESS", "record updated", accounts[0])
    assert first["details"]["Modified_Time"] == shown["Modified_Time"]
    assert locked["code"] == "RECORD_LOCKED"
    assert unknown == {
        "code": "INVALID_DATA",
        "details": {"id": "42"},
        "message": "the id given seems to be invalid",
        "status": "error",
    }
    zoho.edit("Accounts", "unlock", accounts[2])


def test_chosen_values_are_added_unless_overwritten(zoho: Zoho, accounts: list[str]) -> None:
    options = [{"display_value": value} for value in ("Mon", "Tue")]
    wish = {"field_label": "Days", "data_type": "multiselectpicklist", "pick_list_values": options}
    assert zoho.post("/settings/fields?module=Accounts", {"fields": [wish]}).status_code == 201
    shown = []
    for days, body in ((["Mon"], {}), (["Tue"], {}), (["Tue"], {"over_write": True})):
        update(zoho, "Accounts", {"Days": days}, ids=accounts[:1], **body)
        shown.append(zoho.read("Accounts", accounts[0], "Days")["Days"])
    assert shown == [["Mon"], ["Mon", "Tue"], ["Tue"]]


def test_a_view_is_updated_by_a_job(zoho: Zoho) -> None:
    path = "/Accounts/actions/mass_update"
    count = zoho.get("/Accounts/actions/count").json()["count"]
    answer = update(zoho, "Accounts", {"Rating": "Active"}, cvid=VIEW)
    result = answer.json()["data"][0]
    job = result["details"]["job_id"]
    assert (answer.status_code, result["message"]) == (200, "mass update scheduled successfully")
    states = []
    for _ in range(3):
        states.append(zoho.get(path, job_id=job).json()["data"][0])
        zoho.control("clock", {"advance_s": 2})
    waiting = {"Failed_Count": 0, "Updated_Count": 0, "Not_Updated_Count": count, "Total_Count": count}
    assert states == [
        {"Status": "SCHEDULED"} | waiting,
        {"Status": "RUNNING"} | waiting,
        {
            "Status": "COMPLETED",
            "Failed_Count": 0,
            "Updated_Count": count,
            "Not_Updated_Count": 0,
            "Total_Count": count,
        },
    ]
    missing = zoho.get("/Accounts/actions/count", criteria="(Rating:not_equal:Active)").json()
    assert missing == {"count": 0}
    assert zoho.get(path).json()["code"] == "MANDATORY_NOT_FOUND"
    for wrong in ("42", "x"):
        unknown = zoho.get(path, job_id=wrong)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")


def test_a_mass_update_may_start_no_workflows(zoho: Zoho, accounts: list[str]) -> None:
    automation = []
    for setting in (True, False):
        with switched(zoho, mass_update_automation=setting):
            update(zoho, "Accounts", {"Industry": "ERP"}, ids=accounts[:1])
            automation.append(zoho.writes()[-1]["automation"])
    assert automation == [True, False]


@pytest.mark.parametrize(
    ("module", "item", "body", "code", "details"),
    [
        ("Accounts", {"Industry": "ERP"}, {}, "MANDATORY_NOT_FOUND", {"api_name": "ids", "json_path": "$.ids"}),
        ("Accounts", {"Industry": "ERP"}, {"ids": "1"}, "INVALID_DATA", {"expected_data_type": "jsonarray"}),
        ("Accounts", {"Industry": "ERP"}, {"ids": ["1"] * 501}, "LIMIT_EXCEEDED", {"maximum_length": 500}),
        ("Accounts", {"Industry": "ERP"}, {"cvid": "42"}, "INVALID_DATA", {"api_name": "cvid"}),
        ("Accounts", {"Industry": "ERP"}, {"ids": ["1"], "over_write": 1}, "INVALID_DATA", {"api_name": "over_write"}),
        ("Accounts", {"Industry": "ERP", "Rating": "Active"}, {"ids": ["1"]}, "INVALID_DATA", {"limit": 1}),
        (
            "Deals",
            dict.fromkeys(("Type", "Amount", "Stage", "Next_Step")),
            {"ids": ["1"]},
            "INVALID_DATA",
            {"limit": 3},
        ),
        ("Accounts", {}, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "data"}),
        ("Accounts", 7, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "data"}),
        ("Accounts", {"Nope": 1}, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "Nope"}),
        ("Accounts", {"Parent_Account": None}, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "Parent_Account"}),
        ("Accounts", {"Description": "x"}, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "Description"}),
        ("Contacts", {"Email": "a@b.example"}, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "Email"}),
        ("Contacts", {"Created_Time": None}, {"ids": ["1"]}, "INVALID_DATA", {"api_name": "Created_Time"}),
    ],
)
def test_mass_updates_that_are_wrong_are_refused(
    zoho: Zoho, module: str, item: Any, *, body: dict[str, Any], code: str, details: dict[str, Any]
) -> None:
    answer = update(zoho, module, item, **body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["details"].items() >= details.items()


def test_metadata_tell_which_fields_a_mass_update_takes(zoho: Zoho, accounts: list[str]) -> None:
    fields = zoho.get("/settings/fields", module="Accounts").json()["fields"]
    told = {field["api_name"]: field["mass_update"] for field in fields}
    names = ("Industry", "Phone", "Employees", "Parent_Account", "Description", "Created_Time", "Layout")
    assert {name: told[name] for name in names} == {
        "Industry": True,
        "Phone": True,
        "Employees": True,
        "Parent_Account": False,
        "Description": False,
        "Created_Time": False,
        "Layout": False,
    }
    for name, value in (("Industry", "ERP"), ("Phone", "1"), ("Description", "x"), ("Parent_Account", None)):
        answer = update(zoho, "Accounts", {name: value}, ids=accounts[:1])
        assert (answer.status_code == 200) is told[name]


def test_too_many_and_no_records_in_a_view(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.zoho.mass_update.MOST_IN_VIEW", 10)
    many = update(zoho, "Accounts", {"Rating": "Active"}, cvid=VIEW).json()
    assert (many["code"], many["message"]) == ("LIMIT_EXCEEDED", "Record count exceeded")
    view = "5000000000521001"
    ids = [record["id"] for record in zoho.get("/Sales_Performance", fields="id").json()["data"]]
    assert zoho.call("DELETE", "/Sales_Performance", params={"ids": ",".join(ids[:100])}).status_code == 200
    rest = zoho.get("/Sales_Performance", fields="id")
    if rest.content:
        ids = [record["id"] for record in rest.json()["data"]]
        zoho.call("DELETE", "/Sales_Performance", params={"ids": ",".join(ids[:100])})
    none = update(zoho, "Sales_Performance", {"Rank": 1}, cvid=view)
    assert (none.status_code, none.json()["code"]) == (400, "NO_RECORDS_FOUND")


def test_a_mass_update_needs_its_own_scope(zoho: Zoho, accounts: list[str]) -> None:
    reader = Zoho(zoho.sandbox, CREDENTIALS | {"refresh_token": "sandbox-refresh-readonly"})
    answer = update(reader, "Accounts", {"Industry": "ERP"}, ids=accounts[:1])
    assert (answer.status_code, answer.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")
