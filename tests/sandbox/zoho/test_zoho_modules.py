"""The modules beside leads, accounts, contacts and deals: their fields, and what their writes accept and follow up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

WRITABLE = (
    *("Tasks", "Calls", "Events", "Notes", "Cases", "Products", "Campaigns", "Vendors", "Price_Books"),
    *("Quotes", "Sales_Orders", "Invoices", "Payment_Plans", "Payments", "Customer_Feedback"),
)
MADE_BY_OTHERS = ("Quoted_Items", "Ordered_Items", "Invoiced_Items", "DealHistory")


def field(zoho: Zoho, module: str, name: str) -> dict[str, Any]:
    fields = zoho.get("/settings/fields", module=module).json()["fields"]
    found: dict[str, Any] = next(entry for entry in fields if entry["api_name"] == name)
    return found


def first(zoho: Zoho, module: str) -> str:
    record: str = zoho.get(f"/{module}", fields="id", per_page=1).json()["data"][0]["id"]
    return record


def insert(zoho: Zoho, module: str, **values: Any) -> str:
    answer = zoho.post(f"/{module}", {"data": [values], "trigger": []})
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["data"][0]["details"]["id"]
    return record


def refused(zoho: Zoho, module: str, **values: Any) -> tuple[str, dict[str, Any]]:
    answer = zoho.post(f"/{module}", {"data": [values], "trigger": []})
    assert answer.status_code == 400, answer.text
    item = answer.json()["data"][0]
    return item["code"], item["details"]


@pytest.mark.parametrize("module", [*WRITABLE, *MADE_BY_OTHERS])
def test_every_field_that_is_told_can_be_read(zoho: Zoho, module: str) -> None:
    names = [entry["api_name"] for entry in zoho.get("/settings/fields", module=module).json()["fields"]]
    assert len(names) <= 50
    assert zoho.get(f"/{module}/{first(zoho, module)}", fields=",".join(names)).json()["data"][0].keys() >= set(names)


@pytest.mark.parametrize("module", [*WRITABLE, *MADE_BY_OTHERS])
def test_a_layout_holds_all_fields(zoho: Zoho, module: str) -> None:
    layout = zoho.get("/settings/layouts", module=module).json()["layouts"][0]
    assert layout["sections"][0]["fields"] == zoho.get("/settings/fields", module=module).json()["fields"]
    assert zoho.get("/settings/pipeline", layout_id=layout["id"]).status_code == 204


@pytest.mark.parametrize(
    ("module", "name", "facts"),
    [
        ("Tasks", "Subject", ("text", "string", 255, True, False)),
        ("Tasks", "What_Id", ("multi_module_lookup", "jsonobject", 120, False, False)),
        ("Tasks", "Remind_At", ("ALARM", "jsonobject", 120, False, False)),
        ("Tasks", "Closed_Time", ("datetime", "string", 120, False, True)),
        ("Calls", "Call_Duration_in_seconds", ("integer", "integer", 9, False, False)),
        ("Events", "Start_DateTime", ("datetime", "string", 120, True, False)),
        ("Notes", "Parent_Id", ("multi_module_lookup", "jsonobject", 120, True, False)),
        ("Cases", "Case_Origin", ("picklist", "string", 120, True, False)),
        ("Cases", "Case_Number", ("bigint", "string", 20, False, True)),
        ("Products", "Unit_Price", ("currency", "double", 16, False, False)),
        ("Campaigns", "Num_sent", ("bigint", "string", 18, False, False)),
        ("Quotes", "Quoted_Items", ("subform", "jsonarray", 2000, True, False)),
        ("Sales_Orders", "Grand_Total", ("currency", "double", 16, False, True)),
        ("Invoices", "Sales_Order", ("lookup", "jsonobject", 120, False, False)),
        ("DealHistory", "Moved_To__s", ("picklist", "string", 120, False, True)),
        ("Payments", "Amount", ("currency", "double", 16, False, False)),
        ("Customer_Feedback", "Score", ("integer", "integer", 2, False, False)),
    ],
)
def test_fields_have_their_types(zoho: Zoho, module: str, name: str, facts: tuple[Any, ...]) -> None:
    found = field(zoho, module, name)
    keys = ("data_type", "json_type", "length", "system_mandatory", "read_only")
    assert tuple(found[key] for key in keys) == facts


def test_a_lookup_to_many_modules_names_them_and_an_invoice_has_no_deal(zoho: Zoho) -> None:
    modules = field(zoho, "Tasks", "What_Id")["multi_module_lookup"]["modules"]
    assert {"api_name": "Deals", "id": "5000000000401025"} in modules
    names = {entry["api_name"] for entry in zoho.get("/settings/fields", module="Invoices").json()["fields"]}
    assert "Deal_Name" not in names
    assert "Deal_Name" in {
        entry["api_name"] for entry in zoho.get("/settings/fields", module="Quotes").json()["fields"]
    }


def test_a_task_hangs_on_a_lead_and_is_closed_when_it_is_completed(zoho: Zoho) -> None:
    lead = first(zoho, "Leads")
    task = insert(zoho, "Tasks", Subject="Call back", What_Id={"id": lead}, **{"$se_module": "Leads"})
    fields = ("Status", "What_Id", "$se_module", "Who_Id", "Closed_Time", "BEST_TIME", "Recurring_Activity")
    name = zoho.read("Leads", lead, "Full_Name")["Full_Name"]
    assert zoho.read("Tasks", task, *fields) == {
        "id": task,
        "Status": "Not Started",
        "What_Id": {"name": name, "id": lead},
        "$se_module": "Leads",
        "Who_Id": None,
        "Closed_Time": None,
        "BEST_TIME": [],
        "Recurring_Activity": None,
    }
    rule = {"RRULE": "FREQ=DAILY;INTERVAL=1"}
    zoho.put("/Tasks", {"data": [{"id": task, "Status": "Completed", "Recurring_Activity": rule}], "trigger": []})
    done = zoho.read("Tasks", task, "Closed_Time", "Modified_Time", "Recurring_Activity")
    assert (done["Closed_Time"], done["Recurring_Activity"]) == (done["Modified_Time"], rule)
    zoho.put("/Tasks", {"data": [{"id": task, "Status": "In Progress"}], "trigger": []})
    assert zoho.read("Tasks", task, "Closed_Time")["Closed_Time"] is None


def test_a_parent_needs_its_module(zoho: Zoho) -> None:
    deal = {"id": first(zoho, "Deals")}
    where = {"api_name": "$se_module", "json_path": "$.data[0].$se_module"}
    assert refused(zoho, "Tasks", Subject="x", What_Id=deal) == ("MANDATORY_NOT_FOUND", where)
    code, details = refused(zoho, "Tasks", Subject="x", What_Id=deal, **{"$se_module": "Users"})
    assert (code, details["api_name"], "Deals" in details["supported_values"]) == ("INVALID_DATA", "$se_module", True)
    wrong = {"api_name": "id", "json_path": "$.data[0].What_Id.id"}
    assert refused(zoho, "Tasks", Subject="x", What_Id=deal, **{"$se_module": "Leads"}) == ("INVALID_DATA", wrong)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"Call_Type": "Inbound", "Call_Duration": "12:30"}, ("12:30", 750, "Received")),
        ({"Call_Type": "Outbound", "Call_Duration": "75:05"}, ("75:05", 4505, "Attended Dialled")),
        ({"Call_Type": "Missed", "Call_Duration": "00:00"}, ("00:00", 0, "Missed")),
    ],
)
def test_a_call_lasts_minutes_and_seconds(zoho: Zoho, values: dict[str, Any], shown: tuple[Any, ...]) -> None:
    call = insert(zoho, "Calls", Subject="Intro", Call_Start_Time="2026-10-05T10:00:00+05:30", **values)
    found = zoho.read("Calls", call, "Call_Duration", "Call_Duration_in_seconds", "Call_Status", "Call_Start_Time")
    assert (found["Call_Duration"], found["Call_Duration_in_seconds"], found["Call_Status"]) == shown
    assert found["Call_Start_Time"] == "2026-10-05T12:30:00+08:00"


def test_a_call_to_come_needs_its_subject_and_a_start_in_the_future(zoho: Zoho) -> None:
    common = {"Subject": "Intro", "Call_Type": "Outbound", "Outgoing_Call_Status": "Scheduled"}
    later, contact = "2999-10-05T10:00:00+08:00", {"id": first(zoho, "Contacts")}
    call = insert(zoho, "Calls", Call_Start_Time=later, Who_Id=contact, **common)
    found = zoho.read("Calls", call, "Call_Duration", "Call_Duration_in_seconds", "Call_Status", "Call_Start_Time")
    assert found == {
        "id": call,
        "Call_Duration": None,
        "Call_Duration_in_seconds": None,
        "Call_Status": "Scheduled",
        "Call_Start_Time": later,
    }
    expected = [{"api_name": name, "json_path": f"$.data[0].{name}"} for name in ("Who_Id", "What_Id")]
    alone = refused(zoho, "Calls", Call_Start_Time=later, **common)
    assert alone == ("EXPECTED_FIELD_MISSING", {"expected_fields": expected})
    past = refused(zoho, "Calls", Call_Start_Time="2026-10-05T10:00:00+08:00", Who_Id=contact, **common)
    assert past == ("INVALID_DATA", {"api_name": "Call_Start_Time", "json_path": "$.data[0].Call_Start_Time"})


def test_a_call_keeps_its_type(zoho: Zoho) -> None:
    begin = "2026-10-05T10:00:00+08:00"
    call = insert(zoho, "Calls", Subject="x", Call_Type="Inbound", Call_Start_Time=begin, Call_Duration="01:00")
    item = {"id": call, "Call_Type": "Missed", "Call_Duration_in_seconds": 61}
    assert zoho.put("/Calls", {"data": [item], "trigger": []}).status_code == 200
    kept = zoho.read("Calls", call, "Call_Type", "Call_Duration")
    assert (kept["Call_Type"], kept["Call_Duration"]) == ("Inbound", "01:01")


def test_a_note_tells_the_module_of_its_parent_and_stays_with_it(zoho: Zoho) -> None:
    account, other = (row["id"] for row in zoho.get("/Accounts", fields="id", per_page=2).json()["data"])
    parent = {"id": account, "module": {"api_name": "Accounts"}}
    note = insert(zoho, "Notes", Note_Title="Hi", Note_Content="There", Parent_Id=parent)
    name = zoho.read("Accounts", account, "Account_Name")["Account_Name"]
    shown = {"module": {"api_name": "Accounts", "id": "5000000000201025"}, "name": name, "id": account}
    assert zoho.read("Notes", note, "Parent_Id")["Parent_Id"] == shown
    moved = {"id": note, "Note_Title": "New", "Parent_Id": {"id": other, "module": {"api_name": "Accounts"}}}
    assert zoho.put("/Notes", {"data": [moved], "trigger": []}).status_code == 200
    assert zoho.read("Notes", note, "Note_Title", "Parent_Id") == {"id": note, "Note_Title": "New", "Parent_Id": shown}
    named = insert(zoho, "Notes", Note_Content="By name", Parent_Id={"id": account}, **{"$se_module": "Accounts"})
    assert zoho.read("Notes", named, "Note_Title", "Parent_Id")["Note_Title"] is None
    assert zoho.call("DELETE", f"/Notes/{named}").status_code == 200
    assert zoho.get("/Notes/deleted").json()["data"][0]["display_name"] is None


def test_an_event_keeps_its_participants(zoho: Zoho) -> None:
    guests = [{"type": "email", "participant": "ravi@example.com", "invited": True}]
    begin, end = "2026-11-02T10:00:00+08:00", "2026-11-02T11:00:00+08:00"
    event = insert(zoho, "Events", Event_Title="Demo", Start_DateTime=begin, End_DateTime=end, Participants=guests)
    found = zoho.read("Events", event, "Participants", "All_day", "Check_In_Status", "What_Id", "$se_module")
    assert found == {
        "id": event,
        "Participants": guests,
        "All_day": False,
        "Check_In_Status": "PLANNED",
        "What_Id": None,
        "$se_module": None,
    }


@pytest.mark.parametrize(
    ("module", "missing"),
    [
        ("Tasks", ["Subject"]),
        ("Calls", ["Subject", "Call_Type", "Call_Start_Time", "Call_Duration"]),
        ("Events", ["Event_Title", "Start_DateTime", "End_DateTime"]),
        ("Notes", ["Note_Content", "Parent_Id"]),
        ("Cases", ["Subject", "Status", "Case_Origin"]),
        ("Quotes", ["Subject", "Quoted_Items"]),
        ("Sales_Orders", ["Subject", "Ordered_Items"]),
        ("Invoices", ["Subject", "Invoiced_Items"]),
        ("Products", ["Product_Name"]),
        ("Campaigns", ["Campaign_Name"]),
        ("Vendors", ["Vendor_Name"]),
        ("Price_Books", ["Price_Book_Name"]),
        ("Payments", ["Name"]),
        ("Customer_Feedback", ["Name"]),
    ],
)
def test_a_new_record_needs_its_mandatory_fields(zoho: Zoho, module: str, missing: list[str]) -> None:
    code, details = refused(zoho, module)
    one: list[dict[str, Any]] = [{"code": code, "details": details}]
    problems = details["errors"] if code == "MULTIPLE_OR_MULTI_ERRORS" else one
    found = [entry["details"]["api_name"] for entry in problems if entry["code"] == "MANDATORY_NOT_FOUND"]
    assert found == missing


@pytest.mark.parametrize(
    ("module", "values", "expected"),
    [
        ("Tasks", {"Subject": "x", "Remind_At": "tomorrow"}, {"expected_data_type": "jsonobject"}),
        ("Tasks", {"Subject": "x", "What_Id": 7, "$se_module": "Deals"}, {"expected_data_type": "jsonobject"}),
        ("Products", {"Product_Name": "x", "Tax": "VAT"}, {"expected_data_type": "jsonarray"}),
        ("Products", {"Product_Name": "x", "Tax": [1]}, {"expected_data_type": "jsonarray"}),
        ("Customer_Feedback", {"Name": "x", "Score": 100}, {"maximum_length": 2}),
        ("Events", {"Event_Title": "x", "Participants": [{}] * 51}, {"maximum_length": 50}),
        ("Campaigns", {"Campaign_Name": "x", "Num_sent": "9" * 19}, {"maximum_length": 18}),
        ("Campaigns", {"Campaign_Name": "x", "Num_sent": "many"}, {"expected_data_type": "bigint"}),
        ("Payments", {"Name": "x", "Amount": "1"}, {"expected_data_type": "currency"}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(
    zoho: Zoho, module: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    code, details = refused(zoho, module, **values)
    one: dict[str, Any] = {"code": code, "details": details}
    problem = details["errors"][0] if code == "MULTIPLE_OR_MULTI_ERRORS" else one
    assert problem["code"] == "INVALID_DATA"
    assert problem["details"].items() >= expected.items()


def test_an_object_nested_without_end_is_refused(zoho: Zoho) -> None:
    deep: Any = {}
    for _ in range(300):
        deep = {"a": deep}
    assert refused(zoho, "Tasks", Subject="x", Remind_At=deep)[0] == "INVALID_DATA"


@pytest.mark.parametrize("module", MADE_BY_OTHERS)
def test_what_others_make_cannot_be_written(zoho: Zoho, module: str) -> None:
    facts = zoho.get(f"/settings/modules/{module}").json()["modules"][0]
    assert [facts[key] for key in ("api_supported", "creatable", "editable", "deletable")] == [
        True,
        False,
        False,
        False,
    ]
    body = {
        "code": "INVALID_MODULE",
        "details": {"resource_path_index": 0},
        "message": "the given module is not supported in api",
        "status": "error",
    }
    record = first(zoho, module)
    for answer in (zoho.post(f"/{module}", {"data": [{}]}), zoho.put(f"/{module}", {"data": [{"id": record}]})):
        assert (answer.status_code, answer.json()) == (400, {"data": [body]})
    assert zoho.call("DELETE", f"/{module}/{record}").json() == body
    order = {"system": "zoho", "module": module, "action": "delete", "id": record}
    assert zoho.control("edit", order).status_code == 400


def test_a_person_gives_a_task_its_parent_by_id_alone(zoho: Zoho) -> None:
    case = first(zoho, "Cases")
    made = zoho.edit("Tasks", "create", Subject="Look into it", What_Id=case)
    assert made["What_Id"]["id"] == case
    assert zoho.read("Tasks", made["id"], "$se_module")["$se_module"] == "Cases"


def test_a_call_beyond_an_hour_may_count_hours(zoho: Zoho) -> None:
    begin = "2026-10-05T10:00:00+08:00"
    call = insert(zoho, "Calls", Subject="x", Call_Type="Inbound", Call_Start_Time=begin, Call_Duration="75:05")
    zoho.edit("switches", "update", call_duration_with_hours=True)
    assert zoho.read("Calls", call, "Call_Duration")["Call_Duration"] == "01:15:05"
    zoho.edit("switches", "update", call_duration_with_hours=False)
    assert zoho.read("Calls", call, "Call_Duration")["Call_Duration"] == "75:05"


def test_fields_may_tell_the_probability_of_stages(zoho: Zoho) -> None:
    assert "probability" not in field(zoho, "Deals", "Stage")["pick_list_values"][0]
    zoho.edit("switches", "update", stage_probability_in_fields=True)
    option = field(zoho, "Deals", "Stage")["pick_list_values"][3]
    zoho.edit("switches", "update", stage_probability_in_fields=False)
    assert (option["actual_value"], option["probability"], option["forecast_type"]) == (
        "Id. Decision Makers",
        60,
        "Open",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=12) | st.just("2026-10-05"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "module", "a"]), inner),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(data=st.data(), module=st.sampled_from(WRITABLE))
def test_no_value_breaks_the_server(zoho: Zoho, data: st.DataObject, module: str) -> None:
    fields = zoho.get("/settings/fields", module=module).json()["fields"]
    names = [entry["api_name"] for entry in fields]
    chosen = data.draw(st.lists(st.sampled_from([*names, "$se_module"]), min_size=1, max_size=8, unique=True))
    item = {name: data.draw(JSON) for name in chosen}
    answer = zoho.post(f"/{module}", {"data": [item], "trigger": []})
    assert answer.status_code in (201, 400)
    record = first(zoho, module)
    answer = zoho.put(f"/{module}/{record}", {"data": [item], "trigger": []})
    assert answer.status_code in (200, 400)
    assert zoho.get(f"/{module}/{record}", fields=",".join(names)).status_code == 200
