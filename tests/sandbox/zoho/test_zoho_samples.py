"""Each sample body of docs/vendor/zoho.md stands in the sandbox's answer, key by key and type by type.

The samples are read from the page, which people write; records are written with a sample's values and read back.
"""
# ruff: noqa: S608 - the query is the test's own

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho
from tests.sandbox.zoho.samples import differences, sample

Json = dict[str, Any]
# Not taken from whoever writes a record, or of this org instead of the sample's.
NOT_SENT = ("id", "Owner", "Created_Time", "Created_By", "Modified_Time", "Modified_By", "Last_Activity_Time", "Tag")
OF_THE_ORG = (*NOT_SENT, "$layout_id", "$currency_symbol", "Case_Number", "Overall_Sales_Duration")


def post(zoho: Zoho, path: str, body: Any, status: int = 200) -> Json:
    answer = zoho.post(path, body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


def insert(zoho: Zoho, module: str, **values: Any) -> str:
    record: str = post(zoho, f"/{module}", {"data": [values]}, 201)["data"][0]["details"]["id"]
    return record


@pytest.fixture(scope="module")
def parents(zoho: Zoho) -> dict[str, str]:
    """Ids of the records that the samples point at, by their names there."""
    account = insert(zoho, "Accounts", Account_Name="Zeta Ltd")
    contact = insert(zoho, "Contacts", First_Name="Ravi", Last_Name="Rao", Account_Name={"id": account})
    deal = insert(zoho, "Deals", Deal_Name="Zeta rollout", Stage="Qualification", Pipeline="Standard")
    return {"Zeta Ltd": account, "Ravi Rao": contact, "Zeta rollout": deal}


@pytest.mark.parametrize(
    ("heading", "module"),
    [
        ("Lead", "Leads"),
        ("Deal", "Deals"),
        ("Account", "Accounts"),
        ("Contact", "Contacts"),
        ("Task", "Tasks"),
        ("9A.1", "Cases"),
    ],
)
def test_a_record_like_the_sample_is_read_back_like_it(
    zoho: Zoho, parents: dict[str, str], heading: str, module: str
) -> None:
    due = sample(heading)
    for value in due.values():
        if isinstance(value, dict) and value.get("name") in parents:
            value["id"] = parents[value["name"]]
    sent = {key: value for key, value in due.items() if key not in NOT_SENT and (key[0] != "$" or key == "$se_module")}
    record = insert(zoho, module, **sent)
    if due.get("Tag"):
        post(zoho, f"/{module}/{record}/actions/add_tags", {"tags": due["Tag"][:1] and [{"name": "hot"}]})
    names = [key for key in due if key != "id"]
    shown: Json = {}
    for start in range(0, len(names), 50):
        shown |= zoho.read(module, record, *names[start : start + 50])
    varying = {key: shown.get(key) for key in OF_THE_ORG if key in due}
    if due.get("Last_Activity_Time", "") is None:
        due["Last_Activity_Time"] = due["Modified_Time"]
    if shown.get("Overall_Sales_Duration", "") is None:
        # Only that of a closed deal is known here.
        due["Overall_Sales_Duration"] = None
    assert differences(due, shown) == []
    assert shown == due | varying


def test_the_current_user_has_the_samples_keys(zoho: Zoho) -> None:
    user = zoho.get("/users", type="CurrentUser").json()["users"][0]
    # That of the sample is of ten digits or less.
    assert differences(sample("User"), user) == []
    listed = zoho.get("/users", per_page=1).json()
    assert (set(listed), set(listed["info"])) == ({"users", "info"}, {"per_page", "count", "page", "more_records"})


def test_the_token_call_answers_like_the_sample(zoho: Zoho) -> None:
    bulk.advance(zoho, 601)
    answer = requests.post(f"{zoho.base}/oauth/v2/token", data=CREDENTIALS, timeout=10)
    due = sample("1.2") | {"scope": answer.json()["scope"], "api_domain": zoho.base}
    assert differences(due, answer.json()) == []
    assert answer.json() == due | {"access_token": answer.json()["access_token"]}
    zoho.refresh()


def test_get_records_answers_like_the_sample(zoho: Zoho) -> None:
    order = {"fields": "Last_Name,Owner,Modified_Time", "sort_by": "Modified_Time", "sort_order": "asc"}
    body = zoho.get("/Leads", **order).json()
    due = sample("2.")
    assert differences(due, body) == []
    same = ("call", "per_page", "sort_by", "page", "previous_page_token", "sort_order", "email", "more_records")
    assert [body["info"][key] for key in same] == [due["info"][key] for key in same]


def test_coql_answers_like_the_sample(zoho: Zoho, parents: dict[str, str]) -> None:
    query = f"select Last_Name, Owner, Account_Name.Account_Name from Contacts where id = {parents['Ravi Rao']}"
    body = post(zoho, "/coql", {"select_query": query})
    due = sample("Response")
    assert differences(due, body) == []
    row = body["data"][0]
    assert (row["Last_Name"], row["Account_Name.Account_Name"], body["info"]) == ("Rao", "Zeta Ltd", due["info"])


def test_bulk_read_takes_and_gives_the_samples(zoho: Zoho) -> None:
    created = bulk.create(zoho, sample("Create:"))
    assert created.status_code == 201, created.text
    due = sample("Create:", 2)
    assert differences(due, created.json()) == []
    result, expected = created.json()["data"][0], due["data"][0]
    assert [result[key] for key in ("status", "code", "message")] == [
        "success",
        "ADDED_SUCCESSFULLY",
        "Added successfully.",
    ]
    assert (result["details"]["operation"], result["details"]["state"]) == ("read", expected["details"]["state"])
    bulk.advance(zoho, bulk.DONE_S)
    polled = zoho.session.get(f"{zoho.base}/crm/bulk/v8/read/{result['details']['id']}", timeout=10).json()
    assert differences(sample("Poll:"), polled) == []
    assert polled["data"][0]["result"]["download_url"] == f"/crm/bulk/v8/read/{result['details']['id']}/result"


def test_the_deleted_feed_answers_like_the_sample(zoho: Zoho) -> None:
    gone = insert(zoho, "Leads", Last_Name="Rao")
    zoho.call("DELETE", f"/Leads/{gone}")
    body = zoho.get("/Leads/deleted", type="recycle").json()
    assert differences(sample("5.1"), body) == []
    assert (body["data"][-1]["display_name"], body["data"][-1]["type"]) == ("Rao", "recycle")


def test_the_org_has_the_samples_keys(zoho: Zoho) -> None:
    assert differences(sample("5.3"), zoho.get("/org").json()) == []


def test_a_field_is_described_like_the_sample(zoho: Zoho) -> None:
    fields = zoho.get("/settings/fields", module="Leads").json()["fields"]
    due, shown = sample("5.5"), next(field for field in fields if field["api_name"] == "Lead_Status")
    assert differences(due, shown) == []
    option = next(option for option in shown["pick_list_values"] if option["actual_value"] == "Contacted")
    known = due["pick_list_values"][0]
    assert option == known | {"id": option["id"], "sequence_number": option["sequence_number"]}
    assert shown == due | {"id": shown["id"], "pick_list_values": shown["pick_list_values"]}
    assert {frozenset(field) - {"associated_module"} for field in fields} == {frozenset(due)}


def test_a_pipeline_is_told_like_the_sample(zoho: Zoho) -> None:
    layout = zoho.get("/settings/layouts", module="Deals").json()["layouts"][0]
    keys = ("id", "name", "api_name", "display_label", "status", "visible", "profiles", "sections")
    assert layout.keys() == set(keys)
    due, body = sample("5.6"), zoho.get("/settings/pipeline", layout_id=layout["id"]).json()
    assert differences(due, body) == []
    first, known = body["pipeline"][0]["maps"][0], due["pipeline"][0]["maps"][0]
    assert first | {"id": known["id"], "forecast_category": known["forecast_category"]} == known
    assert first["forecast_category"]["name"] == "Pipeline"


@pytest.fixture(scope="module")
def scored(zoho: Zoho) -> str:
    """A lead, in a module with the sample's two custom fields."""
    score: Json = {"field_label": "Lead Score X", "data_type": "double", "length": 5, "decimal_place": 2}
    made = post(zoho, "/settings/fields?module=Leads", {"fields": [score]}, 201)
    assert made == {
        "fields": [
            {
                "code": "SUCCESS",
                "details": {"id": made["fields"][0]["details"]["id"]},
                "message": "field created",
                "status": "success",
            }
        ]
    }
    label = {"field_label": "Score Updated At", "data_type": "datetime"}
    post(zoho, "/settings/fields?module=Leads", {"fields": [label, *sample("6.8")["fields"]]}, 201)
    return insert(zoho, "Leads", Last_Name="Rao")


def test_an_update_takes_and_gives_the_samples(zoho: Zoho, scored: str) -> None:
    body = sample("6.1")
    body["data"][0]["id"] = scored
    assert zoho.put("/Leads", body).status_code == 200
    written = zoho.read("Leads", scored, "Lead_Score_X", "Score_Updated_At")
    assert written["Lead_Score_X"] == 88.25
    local = datetime.fromisoformat(written["Score_Updated_At"])
    assert (local.isoformat(), local.utcoffset()) == ("2026-10-02T12:45:00+08:00", timedelta(hours=8))
    two = zoho.put("/Leads", {"data": [{"id": scored, "Lead_Score_X": 1}, {"id": scored, "Lead_Score_X": "x"}]})
    due = sample("6.2")
    assert (two.status_code, differences(due["data"][0], two.json()["data"][0])) == (207, [])
    assert two.json()["data"][1] == due["data"][1]


# Samples that stand within the page's text: the keys, written out here.
OWNER = {"name": "A", "id": "5000000000000201", "email": "a@b.example"}
LINK = {"name": "A", "id": "5000000000000201"}
CALL: Json = {
    "id": "5000000000000201", "Subject": "x", "Call_Type": "x", "Call_Start_Time": "2026-10-05T10:00:00+05:30",
    "Call_Duration": "12:30", "Call_Duration_in_seconds": 750, "Call_Purpose": "x", "Call_Result": "x",
    "Call_Agenda": "x", "Call_Status": "x", "Description": "x", "Caller_ID": "x", "Dialled_Number": "x",
    "Reminder": "x", "Who_Id": LINK, "What_Id": LINK, "$se_module": "x",
}  # fmt: skip
EVENT: Json = {
    "id": "5000000000000201", "Event_Title": "x", "Start_DateTime": "2026-10-05T10:00:00+05:30",
    "End_DateTime": "2026-10-05T11:00:00+05:30", "All_day": False, "Venue": "x", "Description": "x",
    "Participants": [{"type": "x", "participant": "x"}], "Remind_At": "2026-10-05T10:00:00+05:30",
    "Recurring_Activity": {"RRULE": "x"}, "Who_Id": LINK, "What_Id": LINK, "$se_module": "x",
    "Check_In_Status": "PLANNED", "Check_In_Time": None, "$event_cancelled": False,
}  # fmt: skip
PARENT: Json = {"module": {"api_name": "x", "id": "5000000000000201"}, "name": "x", "id": "5000000000000201"}
MODULE_KEYS = {
    "id", "api_name", "module_name", "singular_label", "plural_label", "generated_type", "api_supported", "creatable",
    "editable", "deletable", "viewable", "convertable", "visibility", "status", "show_as_tab", "sequence_number",
    "modified_time", "modified_by", "profiles", "parent_module",
}  # fmt: skip
NOTE: Json = {
    "id": "5000000000000201", "Note_Title": "x", "Note_Content": "x", "Parent_Id": PARENT, "Owner": OWNER,
    "$attachments": None, "$voice_note": False, "$size": None, "$editable": True,
}  # fmt: skip


@pytest.mark.parametrize(("module", "due"), [("Calls", CALL), ("Events", EVENT), ("Notes", NOTE)])
def test_a_record_has_the_keys_that_the_text_names(zoho: Zoho, parents: dict[str, str], module: str, due: Json) -> None:
    sent = {key: value for key, value in due.items() if key not in NOT_SENT and key[0] != "$" and value is not None}
    links: Json = {"Who_Id": {"id": parents["Ravi Rao"]}, "What_Id": {"id": parents["Zeta rollout"]}}
    links |= {"Parent_Id": {"id": parents["Zeta rollout"], "module": {"api_name": "Deals"}}}
    sent |= {key: value for key, value in links.items() if key in due} | {"$se_module": "Deals"}
    sent |= {"Call_Type": "Outbound"} if module == "Calls" else {}
    shown = zoho.read(module, insert(zoho, module, **sent), *(key for key in due if key != "id"))
    assert differences(due, shown) == []


def test_modules_roles_and_related_lists_have_the_keys_that_the_text_names(zoho: Zoho) -> None:
    for module in zoho.get("/settings/modules").json()["modules"]:
        assert module.keys() == MODULE_KEYS
    for one in zoho.get("/settings/related_lists", module="Leads").json()["related_lists"]:
        assert {"id", "api_name", "name", "module", "href", "type", "status"} <= one.keys()
        assert one["href"] == f"Leads/{{ENTITYID}}/{one['api_name']}"


def test_stages_of_deals_have_the_fields_that_the_text_names(zoho: Zoho) -> None:
    due: Json = {
        "id": "5000000000000201", "Potential_Name": LINK, "Stage": "x", "Modified_Time": "2026-10-05T10:00:00+05:30",
        "Moved_To__s": "x", "Amount": 1, "Probability": 10, "Expected_Revenue": 1, "Closing_Date": "2026-10-05",
        "Stage_Duration_Calendar_Days": 1, "Created_By": OWNER, "Created_Time": "2026-10-05T10:00:00+05:30",
        "Modified_By": OWNER, "Last_Activity_Time": "2026-10-05T10:00:00+05:30",
    }  # fmt: skip
    names = ",".join(key for key in due if key != "id")
    rows = zoho.get("/DealHistory", fields=names, sort_order="asc", per_page=50).json()["data"]
    left = next(row for row in rows if row["Moved_To__s"] is not None and row["Amount"] is not None)
    assert differences(due, left) == []
