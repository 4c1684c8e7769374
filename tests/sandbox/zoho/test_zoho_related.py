"""Related lists, tags and locks of records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox.zoho.test_zoho_switches import switched

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

ADMIN = {"name": "CRM Admin", "id": "5000000000000201"}


def new_lead(zoho: Zoho, **values: Any) -> str:
    record: str = zoho.edit("Leads", "create", **({"Last_Name": "Rao"} | values))["id"]
    return record


def tag(zoho: Zoho, action: str, *names: str, **body: Any) -> requests.Response:
    return zoho.post(f"/Leads/actions/{action}_tags", {"tags": [{"name": name} for name in names], **body})


def test_notes_are_added_to_the_record_that_the_path_names(zoho: Zoho) -> None:
    account = zoho.edit("Accounts", "create", Account_Name="Noted")["id"]
    path = f"/Accounts/{account}/Notes"
    answer = zoho.post(path, {"data": [{"Note_Content": "one", "Note_Title": "First"}, {"Note_Title": "empty"}]})
    assert (answer.status_code, [item["code"] for item in answer.json()["data"]]) == (
        207,
        ["SUCCESS", "MANDATORY_NOT_FOUND"],
    )
    assert answer.json()["data"][1]["details"] == {"api_name": "Note_Content", "json_path": "$.data[1].Note_Content"}
    note = answer.json()["data"][0]["details"]["id"]
    modules = {found["api_name"]: found["id"] for found in zoho.get("/settings/modules").json()["modules"]}
    parent = {"module": {"api_name": "Accounts", "id": modules["Accounts"]}, "name": "Noted", "id": account}
    assert zoho.get(path, fields="Note_Title,Parent_Id").json()["data"] == [
        {"id": note, "Note_Title": "First", "Parent_Id": parent}
    ]
    assert zoho.writes()[-1]["path"] == f"/crm/v8{path}"
    many = zoho.post(path, {"data": [{"Note_Content": "x"}] * 101})
    assert (many.status_code, many.json()["data"][0]["code"]) == (400, "LIMIT_EXCEEDED")
    for wrong, code in (
        ("/Accounts/42/Notes", "INVALID_DATA"),
        (f"/Accounts/{account}/Tasks", "INVALID_REQUEST_METHOD"),
    ):
        refused = zoho.post(wrong, {"data": [{"Note_Content": "x"}]}).json()
        assert refused.get("data", [refused])[0]["code"] == code


def test_a_module_tells_its_related_lists(zoho: Zoho) -> None:
    lists = zoho.get("/settings/related_lists", module="Accounts").json()["related_lists"]
    assert {entry["api_name"] for entry in lists} >= {"Child_Accounts", "Contacts", "Deals", "Locking_Information__s"}
    contacts = next(entry for entry in lists if entry["api_name"] == "Contacts")
    assert len({entry["id"] for entry in lists}) == len(lists)
    assert contacts == {
        "id": contacts["id"],
        "sequence_number": "2",
        "display_label": "Contacts",
        "api_name": "Contacts",
        "module": {"api_name": "Contacts", "id": "5000000000301025"},
        "name": "Contacts",
        "action": None,
        "href": "Accounts/{ENTITYID}/Contacts",
        "type": "default",
        "status": "visible",
        "customize_sort": True,
        "customize_fields": True,
        "customize_display_label": False,
    }
    assert zoho.get("/settings/related_lists").json()["code"] == "REQUIRED_PARAM_MISSING"
    assert zoho.get("/settings/related_lists", module="Nothing").json()["code"] == "INVALID_MODULE"
    assert zoho.get("/settings/related_lists", module="Leads", layout_id="1").json()["code"] == "INVALID_DATA"


def test_related_records_are_those_that_point_at_the_record(zoho: Zoho) -> None:
    account = zoho.edit("Accounts", "create", Account_Name="Zeta Ltd")["id"]
    other = zoho.edit("Accounts", "create", Account_Name="Omega Ltd", Parent_Account=account)["id"]
    contacts = [zoho.edit("Contacts", "create", Last_Name=name, Account_Name=account)["id"] for name in "ABC"]
    body = zoho.get(f"/Accounts/{account}/Contacts", fields="Last_Name", sort_order="asc", per_page=2).json()
    assert [record["Last_Name"] for record in body["data"]] == ["A", "B"]
    token = body["info"]["next_page_token"]
    rest = {"fields": "Last_Name", "sort_order": "asc", "per_page": 2, "page_token": token}
    assert [record["id"] for record in zoho.get(f"/Accounts/{account}/Contacts", **rest).json()["data"]] == contacts[2:]
    assert zoho.get(f"/Accounts/{other}/Contacts", **rest).json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    assert zoho.get(f"/Accounts/{other}/Contacts", fields="id").status_code == 204
    zoho.edit("Contacts", "update", contacts[0], Account_Name=other)
    zoho.edit("Contacts", "delete", contacts[1])
    left = zoho.get(f"/Accounts/{account}/Contacts", fields="id", ids=",".join(contacts)).json()["data"]
    assert left == [{"id": contacts[2]}]
    assert zoho.get(f"/Accounts/{account}/Child_Accounts", fields="id").json()["data"] == [{"id": other}]
    assert zoho.get(f"/Accounts/{account}/Contacts").json()["details"] == {"param_name": "fields"}
    assert zoho.get("/Accounts/42/Contacts", fields="id").json()["details"] == {"resource_path_index": 1}
    wrong = zoho.get(f"/Accounts/{account}/Cakes", fields="id").json()
    assert (wrong["code"], wrong["details"]) == ("INVALID_DATA", {"resource_path_index": 2})


def test_the_view_of_all_records_is_a_custom_view(zoho: Zoho) -> None:
    view = "5000000000121001"
    before = zoho.sandbox.world.credits["zoho"]
    assert zoho.get("/Leads", fields="id", cvid=view).json() == zoho.get("/Leads", fields="id").json()
    assert zoho.sandbox.world.credits["zoho"] - before == 4
    assert zoho.get("/Leads/actions/count", cvid=view).json() == zoho.get("/Leads/actions/count").json()


def test_tags_are_added_replaced_and_removed(zoho: Zoho) -> None:
    leads = [new_lead(zoho), new_lead(zoho)]
    answer = tag(zoho, "add", "hot", "trade show", ids=[*leads, "42"])
    first, second, unknown = answer.json()["data"]
    hot, show = first["details"]["tags"]
    assert answer.status_code == 207
    assert (hot["name"], show["name"], hot["color_code"]) == ("hot", "trade show", None)
    assert first == {
        "code": "SUCCESS",
        "details": {"id": leads[0], "tags": [hot, show]},
        "message": "tags updated successfully",
        "status": "success",
    }
    assert second["details"]["tags"] == [hot, show]
    assert (unknown["code"], unknown["details"]) == ("INVALID_DATA", {"id": "42"})
    assert (answer.json()["locked_count"], "success_count" in answer.json()) == ("0", False)
    assert zoho.read("Leads", leads[0], "Tag")["Tag"] == [hot, show]
    again = tag(zoho, "add", "HOT", "cold", ids=[leads[0]]).json()["data"][0]["details"]["tags"]
    assert [one["name"] for one in again] == ["hot", "trade show", "cold"]
    only = zoho.post(f"/Leads/{leads[0]}/actions/add_tags", {"tags": [{"id": show["id"]}], "over_write": True})
    assert only.json()["data"][0]["details"]["tags"] == [show]
    assert tag(zoho, "remove", "trade show", "hot", ids=leads).json()["data"][1]["details"]["tags"] == []
    removed = zoho.post(f"/Leads/{leads[1]}/actions/remove_tags", {"tags": [{"name": "hot"}]})
    assert removed.json()["data"][0]["details"] == {"id": leads[1], "tags": []}
    assert zoho.writes()[-2]["records"][0]["field"] == "Tag"


def test_tagging_may_leave_the_modified_time(zoho: Zoho) -> None:
    lead = new_lead(zoho)
    before = zoho.read("Leads", lead, "Modified_Time", "Modified_By")
    zoho.control("clock", {"advance_s": 5})
    with switched(zoho, tags_touch_modified_time=False):
        tag(zoho, "add", "hot", ids=[lead])
        assert zoho.read("Leads", lead, "Modified_Time", "Modified_By") == before
    tag(zoho, "add", "hot", ids=[lead])
    after = zoho.read("Leads", lead, "Modified_Time", "Modified_By")
    assert (after["Modified_Time"] > before["Modified_Time"], after["Modified_By"]["id"]) == (True, ADMIN["id"])


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        ({"ids": ["1"]}, "MANDATORY_NOT_FOUND", {"api_name": "tags", "json_path": "$.tags"}),
        ({"tags": [{"name": "x"}]}, "MANDATORY_NOT_FOUND", {"api_name": "ids", "json_path": "$.ids"}),
        ({"tags": {}, "ids": ["1"]}, "INVALID_DATA", {"expected_data_type": "jsonarray", "api_name": "tags"}),
        ({"tags": [1], "ids": ["1"]}, "INVALID_DATA", {"json_path": "$.tags[0]"}),
        ({"tags": [{"name": ""}], "ids": ["1"]}, "MANDATORY_NOT_FOUND", {"json_path": "$.tags[0].name"}),
        ({"tags": [{"id": "42"}], "ids": ["1"]}, "INVALID_DATA", {"json_path": "$.tags[0].id"}),
        ({"tags": [{"id": []}], "ids": ["1"]}, "INVALID_DATA", {"json_path": "$.tags[0].id"}),
        ({"tags": [{"name": "x", "color_code": 5}], "ids": ["1"]}, "INVALID_DATA", {"api_name": "color_code"}),
        ({"tags": [{"name": "x"}], "ids": ["1"], "over_write": "yes"}, "INVALID_DATA", {"api_name": "over_write"}),
        (
            {"tags": [{"name": "x"}], "ids": ["1"] * 501},
            "LIMIT_EXCEEDED",
            {"maximum_length": 500, "api_name": "ids"},
        ),
    ],
)
def test_tagging_that_is_wrong_is_refused(zoho: Zoho, body: dict[str, Any], code: str, details: dict[str, Any]) -> None:
    answer = zoho.post("/Leads/actions/add_tags", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["details"].items() >= details.items()


def test_fifty_tagged_records_cost_a_credit(zoho: Zoho) -> None:
    lead = new_lead(zoho)
    before = zoho.sandbox.world.credits["zoho"]
    tag(zoho, "add", "hot", ids=[lead] * 50)
    tag(zoho, "add", "hot", ids=[lead] * 51)
    assert zoho.sandbox.world.credits["zoho"] - before == 3
    assert zoho.post("/Leads/42/actions/add_tags", {"tags": [{"name": "x"}]}).json()["details"] == {
        "resource_path_index": 1
    }


def test_a_lock_is_set_read_and_taken_away(zoho: Zoho) -> None:
    lead = new_lead(zoho, First_Name="Ravi")
    path = f"/Leads/{lead}/Locking_Information__s"
    assert zoho.get(path, fields="Locked_Reason__s").status_code == 204
    answer = zoho.post(path, {"data": [{"Locked_Reason__s": "deal in progress"}]})
    result = answer.json()["data"][0]
    lock = result["details"]["id"]
    assert (answer.status_code, result["message"], result["details"]["Created_By"]) == (201, "record added", ADMIN)
    assert zoho.read("Leads", lead, "Locked__s", "$locked_for_me") == {
        "id": lead,
        "Locked__s": True,
        "$locked_for_me": True,
    }
    shown = zoho.get(path, fields="Locked_Reason__s,Locked_For__s,Nothing").json()
    assert shown["data"] == [
        {
            "id": lock,
            "Locked_Reason__s": "deal in progress",
            "Locked_For__s": {
                "module": {"api_name": "Leads", "id": "5000000000101025"},
                "name": "Ravi Rao",
                "id": lead,
            },
        }
    ]
    assert shown["info"]["count"] == 1
    whole = zoho.get(f"{path}/{lock}").json()["data"][0]
    assert (whole["Locked_By__s"], whole["Lock_Source__s"], whole["Record_Locking_Rule_Id__s"]) == (
        ADMIN,
        "Manual",
        None,
    )
    refused = zoho.put(f"/Leads/{lead}", {"data": [{"Company": "Zeta"}]})
    assert (refused.status_code, refused.json()["data"][0]["code"]) == (400, "RECORD_LOCKED")
    tagged = tag(zoho, "add", "hot", ids=[lead])
    assert (tagged.json()["data"][0]["code"], tagged.json()["locked_count"]) == ("RECORD_LOCKED", "1")
    twice = zoho.post(path, {"data": [{"Locked_Reason__s": "again"}]})
    assert (twice.status_code, twice.json()) == (
        403,
        {"code": "NOT_ALLOWED", "details": {}, "message": "Record is already locked.", "status": "error"},
    )
    assert zoho.call("DELETE", f"{path}/42").json()["details"] == {"resource_path_index": 3}
    gone = zoho.call("DELETE", f"{path}/{lock}")
    assert (gone.status_code, gone.json()["data"]) == (
        200,
        [{"code": "SUCCESS", "details": {"id": lock}, "message": "relation removed", "status": "success"}],
    )
    assert zoho.put(f"/Leads/{lead}", {"data": [{"Company": "Zeta"}]}).status_code == 200


def test_a_persons_lock_is_seen_by_the_call(zoho: Zoho) -> None:
    lead = new_lead(zoho)
    path = f"/Leads/{lead}/Locking_Information__s"
    assert zoho.edit("Leads", "lock", lead)["Locked__s"] is True
    assert zoho.edit("Leads", "lock", lead)["Locked__s"] is True
    assert zoho.get(path, fields="Locked_Reason__s").json()["data"][0]["Locked_Reason__s"] is None
    assert zoho.edit("Leads", "unlock", lead)["Locked__s"] is False
    assert zoho.get(path, fields="Locked_Reason__s").status_code == 204


def test_locks_that_cannot_be_set(zoho: Zoho) -> None:
    path = f"/Leads/{new_lead(zoho)}/Locking_Information__s"
    for item in ({}, {"Locked_Reason__s": ""}, 7):
        answer = zoho.post(path, {"data": [item]})
        assert (answer.status_code, answer.json()["data"][0]["code"]) == (400, "MANDATORY_NOT_FOUND")
    wrong = zoho.post(path, {"data": [{"Locked_Reason__s": 5}]})
    assert wrong.json()["data"][0]["details"]["expected_data_type"] == "text"
    assert zoho.get(path).json()["code"] == "REQUIRED_PARAM_MISSING"
    reason = {"data": [{"Locked_Reason__s": "x"}]}
    assert zoho.post("/Leads/42/Locking_Information__s", reason).json()["details"] == {"resource_path_index": 1}
    with switched(zoho, record_locking=False):
        answer = zoho.post(path, reason)
        assert (answer.status_code, answer.json()["code"]) == (400, "NOT_ALLOWED")
