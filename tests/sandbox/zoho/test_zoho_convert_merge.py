"""Leads are converted and records merged, by the API and by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox.zoho.test_zoho_switches import switched

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

ADMIN_ID, PERSON_ID = "5000000000000201", "5000000000000212"
DEAL = {"Deal_Name": "Zeta pilot", "Stage": "Qualification", "Pipeline": "Standard", "Closing_Date": "2027-01-31"}


def create(zoho: Zoho, module: str, **values: Any) -> str:
    record: str = zoho.edit(module, "create", **({"Owner": PERSON_ID} | values))["id"]
    return record


def new_lead(zoho: Zoho, **values: Any) -> str:
    return create(zoho, "Leads", **({"Last_Name": "Rao"} | values))


def convert(zoho: Zoho, lead: str, **item: Any) -> requests.Response:
    return zoho.post(f"/Leads/{lead}/actions/convert", {"data": [item]})


def merge(zoho: Zoho, module: str, master: str, *children: Any) -> requests.Response:
    return zoho.post(f"/{module}/{master}/actions/merge", {"merge": [{"data": list(children)}]})


def child(record_id: str, *fields: str) -> dict[str, Any]:
    return {"id": record_id, "_fields": [{"api_name": name} for name in fields]}


def deleted(zoho: Zoho, module: str) -> list[str]:
    answer = zoho.get(f"/{module}/deleted")
    return [entry["id"] for entry in answer.json()["data"]] if answer.content else []


def test_a_call_converts_a_lead_to_new_records(zoho: Zoho) -> None:
    lead = new_lead(zoho, First_Name="Ravi", Company="Converta Ltd", Email="ravi@converta.example", Mobile="138")
    before = zoho.sandbox.world.credits["zoho"]
    answer = convert(zoho, lead, Deals=DEAL, notify_lead_owner=False)
    assert zoho.sandbox.world.credits["zoho"] - before == 5
    details = answer.json()["data"][0]["details"]
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "data": [
                {
                    "code": "SUCCESS",
                    "details": {
                        "Accounts": {"name": "Converta Ltd", "id": details["Accounts"]["id"]},
                        "Contacts": {"name": "Ravi Rao", "id": details["Contacts"]["id"]},
                        "Deals": {"name": "Zeta pilot", "id": details["Deals"]["id"]},
                    },
                    "message": "The record has been converted successfully",
                    "status": "success",
                }
            ]
        },
    )
    names = ("Converted__s", "Converted_Account", "Converted_Contact", "Converted_Deal", "$converted")
    assert zoho.read("Leads", lead, *names) == {
        "id": lead,
        "Converted__s": True,
        "Converted_Account": details["Accounts"],
        "Converted_Contact": details["Contacts"],
        "Converted_Deal": details["Deals"],
        "$converted": True,
    }
    contact = zoho.read("Contacts", details["Contacts"]["id"], "Owner", "Created_By", "Email", "Mobile", "Account_Name")
    assert (contact["Owner"]["id"], contact["Created_By"]["id"]) == (PERSON_ID, ADMIN_ID)
    assert (contact["Email"], contact["Mobile"]) == ("ravi@converta.example", "138")
    assert contact["Account_Name"] == details["Accounts"]
    deal = zoho.read("Deals", details["Deals"]["id"], "Contact_Name", "Account_Name", "Probability")
    assert (deal["Contact_Name"]["id"], deal["Account_Name"], deal["Probability"]) == (
        details["Contacts"]["id"],
        details["Accounts"],
        10,
    )
    again = convert(zoho, lead)
    assert (again.status_code, again.json()["code"]) == (400, "ID_ALREADY_CONVERTED")
    assert lead not in deleted(zoho, "Leads")


def test_without_ids_the_lead_finds_its_account_and_contact(zoho: Zoho) -> None:
    account = create(zoho, "Accounts", Account_Name="Findable Ltd")
    contact = create(zoho, "Contacts", Last_Name="Known", Email="known@findable.example")
    lead = new_lead(zoho, Company="findable ltd", Email="KNOWN@findable.example")
    details = convert(zoho, lead).json()["data"][0]["details"]
    assert (details["Accounts"]["id"], details["Contacts"]["id"], details["Deals"]) == (account, contact, None)
    assert zoho.read("Contacts", contact, "Account_Name")["Account_Name"]["id"] == account


def test_a_lead_without_a_company_makes_no_account(zoho: Zoho) -> None:
    details = convert(zoho, new_lead(zoho)).json()["data"][0]["details"]
    assert (details["Accounts"], details["Contacts"]["name"]) == (None, "Rao")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_given_contact_changes_its_account_only_if_overwritten(zoho: Zoho, overwrite: bool) -> None:  # noqa: FBT001 - a table's column
    former, account = (create(zoho, "Accounts", Account_Name=name) for name in ("Former", "Latter"))
    contact = create(zoho, "Contacts", Last_Name="Known", Account_Name=former)
    ids = {"Accounts": {"id": account}, "Contacts": {"id": contact}}
    answer = convert(zoho, new_lead(zoho), overwrite=overwrite, assign_to={"id": ADMIN_ID}, **ids)
    assert answer.status_code == 200
    shown = zoho.read("Contacts", contact, "Account_Name")["Account_Name"]["id"]
    assert shown == (account if overwrite else former)


def test_tags_of_the_lead_are_carried_over(zoho: Zoho) -> None:
    lead = new_lead(zoho, Company="Tagged Ltd")
    zoho.post(f"/Leads/{lead}/actions/add_tags", {"tags": [{"name": "hot"}, {"name": "cold"}]})
    tags = {"Contacts": ["hot", "none"], "Deals": ["hot", "cold"]}
    details = convert(zoho, lead, Deals=DEAL, carry_over_tags=tags).json()["data"][0]["details"]
    names = {
        module: [tag["name"] for tag in zoho.read(module, details[module]["id"], "Tag")["Tag"]]
        for module in ("Accounts", "Contacts", "Deals")
    }
    assert names == {"Accounts": [], "Contacts": ["hot"], "Deals": ["hot", "cold"]}


@pytest.mark.parametrize(
    ("item", "code", "details"),
    [
        ({"Deals": DEAL | {"Stage": "Nowhere"}}, "MAPPING_MISMATCH", {"json_path": "$.data[0].Deals.Stage"}),
        ({"Deals": {**DEAL, "Amount": "x"}}, "INVALID_DATA", {"json_path": "$.data[0].Deals.Amount"}),
        ({"Deals": {"Deal_Name": "x"}}, "MULTIPLE_OR_MULTI_ERRORS", {}),
        ({"Deals": "yes"}, "INVALID_DATA", {"json_path": "$.data[0].Deals"}),
        ({"Accounts": {"id": "42"}}, "INVALID_DATA", {"json_path": "$.data[0].Accounts.id"}),
        ({"Contacts": {"id": []}}, "INVALID_DATA", {"json_path": "$.data[0].Contacts.id"}),
        ({"Contacts": []}, "INVALID_DATA", {"json_path": "$.data[0].Contacts"}),
        ({"assign_to": {"id": "42"}}, "INVALID_DATA", {"json_path": "$.data[0].assign_to.id"}),
        ({"assign_to": "me"}, "INVALID_DATA", {"json_path": "$.data[0].assign_to.id"}),
        ({"overwrite": "yes"}, "INVALID_DATA", {"json_path": "$.data[0].overwrite"}),
        ({"carry_over_tags": {"Leads": ["x"]}}, "INVALID_DATA", {"json_path": "$.data[0].carry_over_tags"}),
        ({"carry_over_tags": {"Deals": "x"}}, "INVALID_DATA", {"json_path": "$.data[0].carry_over_tags"}),
    ],
)
def test_a_conversion_that_is_wrong_makes_nothing(
    zoho: Zoho, item: dict[str, Any], code: str, details: dict[str, Any]
) -> None:
    lead = new_lead(zoho, Company="Never Ltd")
    answer = convert(zoho, lead, **item)
    error = answer.json()["data"][0]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["details"].items() >= details.items()
    assert zoho.read("Leads", lead, "Converted__s")["Converted__s"] is False
    assert zoho.get("/Accounts/search", criteria="(Account_Name:equals:Never Ltd)").status_code == 204


def test_a_conversion_makes_no_second_record_with_a_unique_value(zoho: Zoho) -> None:
    wish = {"field_label": "Tax Number", "data_type": "text", "unique": {"case_sensitive": False}}
    assert zoho.post("/settings/fields?module=Accounts", {"fields": [wish]}).status_code == 201
    known = zoho.post("/Accounts", {"data": [{"Account_Name": "Known", "Tax_Number": "7"}]}).json()["data"][0]
    lead = new_lead(zoho)
    answer = convert(zoho, lead, Accounts={"Account_Name": "Other", "Tax_Number": "7"})
    error = answer.json()["data"][0]
    assert (answer.status_code, error["code"], error["details"]["id"]) == (
        400,
        "DUPLICATE_DATA",
        known["details"]["id"],
    )
    assert error["details"]["json_path"] == "$.data[0].Accounts.Tax_Number"
    assert zoho.read("Leads", lead, "Converted__s")["Converted__s"] is False


def test_leads_that_cannot_be_converted(zoho: Zoho) -> None:
    locked, waiting = new_lead(zoho), new_lead(zoho)
    zoho.edit("Leads", "lock", locked)
    zoho.edit("Leads", "update", waiting, **{"$approved": False})
    assert convert(zoho, locked).json()["data"][0]["code"] == "RECORD_LOCKED"
    assert convert(zoho, waiting).json()["data"][0]["code"] == "NOT_APPROVED"
    assert convert(zoho, "42").json()["details"] == {"resource_path_index": 1}
    assert zoho.post(f"/Leads/{locked}/actions/convert", {"data": [7]}).json()["code"] == "INVALID_DATA"
    assert zoho.post(f"/Leads/{locked}/actions/convert", {}).json()["code"] == "MANDATORY_NOT_FOUND"
    assert zoho.post("/Deals/1/actions/convert", {"data": [{}]}).json()["code"] == "INVALID_URL_PATTERN"


@pytest.mark.parametrize("by_call", [True, False])
def test_a_conversion_may_leave_the_leads_modified_time(zoho: Zoho, by_call: bool) -> None:  # noqa: FBT001 - a table's column
    leads = [new_lead(zoho), new_lead(zoho)]
    before = zoho.read("Leads", leads[0], "Modified_Time", "Modified_By")
    zoho.control("clock", {"advance_s": 5})
    for lead, touches in zip(leads, (False, True), strict=True):
        with switched(zoho, conversion_touches_modified_time=touches):
            assert convert(zoho, lead).status_code == 200 if by_call else zoho.edit("Leads", "convert", lead)
    after = [zoho.read("Leads", lead, "Modified_Time", "Modified_By", "Converted__s") for lead in leads]
    assert after[0] == before | {"Converted__s": True}
    assert after[1]["Modified_Time"] > before["Modified_Time"]


@pytest.mark.parametrize("by_call", [True, False])
def test_merging_moves_values_and_related_records_and_deletes_the_others(zoho: Zoho, by_call: bool) -> None:  # noqa: FBT001 - a table's column
    master = create(zoho, "Accounts", Account_Name="Zeta", Phone="1", Website="https://zeta.example")
    losers = [create(zoho, "Accounts", Account_Name=name, Phone=name, Industry="ERP") for name in ("2", "3")]
    contact = create(zoho, "Contacts", Last_Name="Of two", Account_Name=losers[0])
    daughter = create(zoho, "Accounts", Account_Name="Daughter", Parent_Account=losers[1])
    if by_call:
        answer = merge(zoho, "Accounts", master, child(losers[0], "Phone"), child(losers[1], "Industry"))
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "merge": [
                    {
                        "code": "SUCCESS",
                        "details": {"id": master},
                        "message": "The records have been merged successfully",
                        "status": "success",
                    }
                ]
            },
        )
        assert [write["id"] for write in zoho.writes()[-1]["records"]] == losers
    else:
        record = zoho.edit("Accounts", "merge", master, **{losers[0]: ["Phone"], losers[1]: ["Industry"]})
        assert record["id"] == master
    shown = zoho.read("Accounts", master, "Account_Name", "Phone", "Website", "Industry")
    assert [shown[name] for name in ("Account_Name", "Phone", "Website", "Industry")] == [
        "Zeta",
        "2",
        "https://zeta.example",
        "ERP",
    ]
    assert zoho.read("Contacts", contact, "Account_Name")["Account_Name"] == {"name": "Zeta", "id": master}
    assert zoho.read("Accounts", daughter, "Parent_Account")["Parent_Account"]["id"] == master
    assert zoho.get("/Accounts", fields="id", ids=",".join(losers)).status_code == 204
    assert set(losers) <= set(deleted(zoho, "Accounts"))
    assert [record["id"] for record in zoho.get(f"/Accounts/{master}/Contacts", fields="id").json()["data"]] == [
        contact
    ]


def test_a_record_that_is_merged_with_its_parent_has_none(zoho: Zoho) -> None:
    parent = create(zoho, "Accounts", Account_Name="Parent")
    master = create(zoho, "Accounts", Account_Name="Daughter", Parent_Account=parent)
    assert merge(zoho, "Accounts", master, child(parent)).status_code == 200
    assert zoho.read("Accounts", master, "Parent_Account")["Parent_Account"] is None


def test_what_a_merge_touches_and_lists_can_be_switched(zoho: Zoho) -> None:
    master, first, second = (create(zoho, "Accounts", Account_Name=name) for name in "ABC")
    contacts = [
        create(zoho, "Contacts", Last_Name=name, Account_Name=loser)
        for name, loser in zip("XY", (first, second), strict=True)
    ]
    times = [zoho.read("Contacts", contact, "Modified_Time") for contact in contacts]
    before = zoho.read("Accounts", master, "Modified_Time")
    zoho.control("clock", {"advance_s": 5})
    with switched(zoho, merge_touches_modified_time=False, merge_losers_listed=False, merge_touches_related=True):
        assert merge(zoho, "Accounts", master, child(first, "Account_Name")).status_code == 200
    assert zoho.read("Accounts", master, "Modified_Time") == before
    assert zoho.read("Accounts", master, "Account_Name")["Account_Name"] == "B"
    assert first not in deleted(zoho, "Accounts")
    assert zoho.read("Contacts", contacts[0], "Modified_Time")["Modified_Time"] > times[0]["Modified_Time"]
    assert merge(zoho, "Accounts", master, child(second)).status_code == 200
    assert zoho.read("Accounts", master, "Modified_Time")["Modified_Time"] > before["Modified_Time"]
    assert second in deleted(zoho, "Accounts")
    assert zoho.read("Contacts", contacts[1], "Modified_Time") == times[1]


def test_a_merge_with_many_related_records_is_a_job(zoho: Zoho) -> None:
    master, loser = (create(zoho, "Accounts", Account_Name=name) for name in ("Big", "Bigger"))
    items = [{"Last_Name": f"C{n}", "Account_Name": {"id": loser}} for n in range(1001)]
    for start in range(0, 1001, 100):
        assert zoho.post("/Contacts", {"data": items[start : start + 100]}).status_code == 201
    path = f"/Accounts/{master}/actions/merge"
    assert zoho.get(path).json()["code"] == "INVALID_DATA"
    answer = merge(zoho, "Accounts", master, child(loser))
    result = answer.json()["merge"][0]
    job = result["details"]["job_id"]
    assert (answer.status_code, result["code"], result["message"]) == (
        202,
        "SCHEDULED",
        "The records have been scheduled for merge",
    )
    statuses = []
    for _ in range(3):
        statuses.append(zoho.get(path, job_id=job).json()["merge"][0])
        zoho.control("clock", {"advance_s": 2})
    assert [status["status"] for status in statuses] == ["SCHEDULED", "RUNNING", "COMPLETED"]
    assert zoho.get(path).json() == {"merge": [{"job_id": job, "status": "COMPLETED"}]}
    assert zoho.get(path, job_id="42").json()["details"] == {"param_name": "job_id"}
    assert zoho.get(f"/Accounts/{master}/Contacts", fields="id").json()["info"]["more_records"] is True


@pytest.mark.parametrize(
    ("children", "code", "details"),
    [
        ([], "INVALID_DATA", {"json_path": "$.merge[0].data", "minimum_length": 1}),
        ([{"id": "1"}] * 3, "INVALID_DATA", {"json_path": "$.merge[0].data", "maximum_length": 2}),
        ([{"_fields": []}], "MANDATORY_NOT_FOUND", {"json_path": "$.merge[0].data[0].id"}),
        ([{"id": "42", "_fields": []}], "INVALID_DATA", {"json_path": "$.merge[0].data[0].id"}),
        ([{"id": "CHILD"}], "MANDATORY_NOT_FOUND", {"json_path": "$.merge[0].data[0]._fields"}),
        ([{"id": "CHILD", "_fields": {}}], "INVALID_DATA", {"expected_data_type": "jsonarray"}),
        ([{"id": "MASTER", "_fields": []}], "DUPLICATE_DATA", {"json_path": "$.merge[0].data[0].id"}),
        ([{"id": "CHILD", "_fields": []}] * 2, "DUPLICATE_DATA", {"json_path": "$.merge[0].data[1].id"}),
        ([{"id": "CHILD", "_fields": [{"api_name": "Type"}] * 2}], "DUPLICATE_DATA", {"api_name": "Type"}),
        ([{"id": "CHILD", "_fields": [{}]}], "MANDATORY_NOT_FOUND", {"api_name": "api_name"}),
        ([{"id": "CHILD", "_fields": [{"api_name": "Nope"}]}], "INVALID_DATA", {"api_name": "api_name"}),
        ([{"id": "CHILD", "_fields": [{"api_name": []}]}], "MANDATORY_NOT_FOUND", {"api_name": "api_name"}),
        ([{"id": "CHILD", "_fields": [{"api_name": ["x"]}]}], "INVALID_DATA", {"api_name": "api_name"}),
        ([{"id": "CHILD", "_fields": [{"api_name": "Owner_"}]}], "INVALID_DATA", {"api_name": "api_name"}),
        ([{"id": "CHILD", "_fields": [{"api_name": "Stage"}]}], "NOT_ALLOWED", {"api_name": "api_name"}),
        ([{"id": "CLOSED", "_fields": []}], "NOT_ALLOWED", {"json_path": "$.merge[0].data[0].id"}),
        ([{"id": "LOCKED", "_fields": []}], "NOT_ALLOWED", {"json_path": "$.merge[0].data[0].id"}),
    ],
)
def test_a_merge_that_is_wrong_changes_nothing(
    zoho: Zoho, children: list[dict[str, Any]], code: str, details: dict[str, Any]
) -> None:
    deal = {"Deal_Name": "x", "Pipeline": "Standard"}
    ids = {name: create(zoho, "Deals", **deal, Stage="Qualification") for name in ("MASTER", "CHILD", "LOCKED")}
    ids["CLOSED"] = create(zoho, "Deals", **deal, Stage="Closed Won")
    zoho.edit("Deals", "lock", ids["LOCKED"])
    named = [one | ({"id": ids.get(one["id"], one["id"])} if "id" in one else {}) for one in children]
    answer = merge(zoho, "Deals", ids["MASTER"], *named)
    error = answer.json()["merge"][0]
    assert (answer.status_code, error["code"]) == (400, code)
    assert error["details"].items() >= details.items()
    kept = zoho.get("/Deals", fields="id", ids=",".join(ids.values())).json()["data"]
    assert len(kept) == 4


def test_merge_calls_that_are_malformed(zoho: Zoho) -> None:
    lead = new_lead(zoho)
    path = f"/Leads/{lead}/actions/merge"
    assert zoho.post(path, {}).json()["details"] == {"api_name": "merge", "json_path": "$.merge"}
    two = zoho.post(path, {"merge": [{}, {}]}).json()
    assert (two["code"], two["details"]) == (
        "INVALID_DATA",
        {"maximum_length": 1, "api_name": "merge", "json_path": "$.merge"},
    )
    items: list[Any] = [7, {}]
    for item in items:
        assert zoho.post(path, {"merge": [item]}).json()["merge"][0]["code"] == "MANDATORY_NOT_FOUND"
    assert merge(zoho, "Leads", "42", child(lead)).json()["details"] == {"resource_path_index": 1}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "one to 2 records"),
        ({"42": []}, "no record '42'"),
        ({"MASTER": []}, "with itself"),
        ({"CHILD": "Phone"}, "a list of fields"),
        ({"CHILD": ["Created_Time"]}, "a list of fields"),
    ],
)
def test_a_persons_merge_is_refused_in_words(zoho: Zoho, values: dict[str, Any], says: str) -> None:
    ids = {name: create(zoho, "Accounts", Account_Name=name) for name in ("MASTER", "CHILD")}
    order = {"system": "zoho", "module": "Accounts", "action": "merge", "id": ids["MASTER"]}
    answer = zoho.control("edit", order | {"values": {ids.get(key, key): value for key, value in values.items()}})
    assert answer.status_code == 400
    assert says in answer.json()["error"]
