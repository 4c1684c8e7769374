"""Tasks, activities, orders, payments, feedback and the moves of deals are what the CRMs hold, whatever people do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.harness import Crms, Fxiaoke, Project, Row, Zoho

Held = dict[str, dict[str, Row]]
"""Object of the CRM → id → what its row must show."""

TABLES = {
    "zoho": {
        "Tasks": "tasks",
        "Calls": "activities",
        "Events": "activities",
        "Notes": "activities",
        "Sales_Orders": "orders",
        "Cases": "feedback",
        "Payment_Plans": "payment_plans",
        "Payments": "payments",
        "Customer_Feedback": "feedback",
    },
    "fxiaoke": {
        "ActiveRecordObj": "activities",
        "TelesalesRecordObj": "activities",
        "CheckinsObj": "activities",
        "ScheduleObj": "activities",
        "TaskObj": "tasks",
        "SalesOrderObj": "orders",
        "PaymentPlanObj": "payment_plans",
        "PaymentObj": "payments",
        "CasesObj": "feedback",
        "object_f7B2k__c": "feedback",
    },
}
ENTITY_OF = {
    "Accounts": "accounts",
    "Contacts": "contacts",
    "Deals": "deals",
    "Leads": "leads",
    "Campaigns": "Campaigns",
}
ENTITY_OF |= {"AccountObj": "accounts", "ContactObj": "contacts", "NewOpportunityObj": "deals", "LeadsObj": "leads"}
NOTHING = (None, None)
SHANGHAI = timedelta(hours=8)
KINDS = {"1": "visit", "2": "call", "3": "email", "4": "message", "5": "meeting"}


def iso(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if value else None


def ms(value: int | None) -> datetime | None:
    return datetime.fromtimestamp(value / 1000, UTC) if value else None


def moment(name: str, at: datetime | None) -> Row:
    """The two columns of an instant as SQLite holds them."""
    local = at and (at + SHANGHAI).date().isoformat()
    return {f"{name}_at": at and at.strftime("%Y-%m-%d %H:%M:%S.%f"), f"{name}_on": local}


def day(name: str, date: str | None) -> Row:
    """The same of a day: its midnight in Shanghai."""
    return moment(name, datetime.fromisoformat(date).replace(tzinfo=UTC) - SHANGHAI if date else None)


def ref(value: Any) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    return (first["id"] if isinstance(first, dict) else first) or None


def about(raw: Mapping[str, Any]) -> list[list[str]]:
    """What a task, call or meeting of Zoho is about."""
    what = [[ENTITY_OF.get(raw["$se_module"], raw["$se_module"]), raw["What_Id"]["id"]]] if raw["What_Id"] else []
    return what + ([["contacts", raw["Who_Id"]["id"]]] if raw["Who_Id"] else [])


def zoho_holds(crms: Crms) -> Held:
    api = Zoho(crms.url)

    def records(module: str, *fields: str) -> dict[str, Row]:
        return api.records(module, [*fields, "Owner", "Created_Time", "Modified_Time"])

    def common(raw: Row) -> Row:
        times = moment("created", iso(raw["Created_Time"])) | {
            "modified_at": moment("m", iso(raw["Modified_Time"]))["m_at"]
        }
        return {"owner_id": ref(raw["Owner"]), **times}

    polymorphic = ("What_Id", "$se_module", "Who_Id")
    return {
        "Tasks": {
            key: common(raw)
            | {"subject": raw["Subject"], "status": raw["Status"], "priority": raw["Priority"]}
            | day("due", raw["Due_Date"])
            | moment("completed", iso(raw["Closed_Time"]))
            | dict(zip(("related_entity", "related_id"), about(raw)[0] if raw["What_Id"] else NOTHING, strict=True))
            for key, raw in records(
                "Tasks", "Subject", "Status", "Priority", "Due_Date", "Closed_Time", *polymorphic
            ).items()
        },
        "Calls": {
            key: common(raw)
            | {"kind": "call", "subject": raw["Subject"], "duration_s": raw["Call_Duration_in_seconds"]}
            | {"direction": "out" if raw["Call_Type"] == "Outbound" else "in", "links": about(raw)}
            | moment("happened", iso(raw["Call_Start_Time"]))
            for key, raw in records(
                "Calls", "Subject", "Call_Type", "Call_Start_Time", "Call_Duration_in_seconds", *polymorphic
            ).items()
        },
        "Events": {
            key: common(raw)
            | {"kind": "meeting", "subject": raw["Event_Title"], "links": about(raw)}
            | moment("happened", iso(raw["Start_DateTime"]))
            for key, raw in records("Events", "Event_Title", "Start_DateTime", *polymorphic).items()
        },
        "Notes": {
            key: common(raw)
            | {"kind": "note", "subject": raw["Note_Title"], "text": raw["Note_Content"]}
            | {"links": [[ENTITY_OF[raw["Parent_Id"]["module"]["api_name"]], raw["Parent_Id"]["id"]]]}
            | moment("happened", iso(raw["Created_Time"]))
            for key, raw in records("Notes", "Note_Title", "Note_Content", "Parent_Id").items()
        },
        "Sales_Orders": {
            key: common(raw)
            | {"name": raw["Subject"], "amount": raw["Grand_Total"], "currency": "CNY", "status": raw["Status"]}
            | {"account_id": ref(raw["Account_Name"]), "deal_id": ref(raw["Deal_Name"])}
            | moment("ordered", iso(raw["Created_Time"]))
            for key, raw in records(
                "Sales_Orders", "Subject", "Grand_Total", "Status", "Account_Name", "Deal_Name"
            ).items()
        },
        "Cases": {
            key: common(raw)
            | {"kind": {"Problem": "complaint", "Feature Request": "suggestion"}.get(raw["Type"], "question")}
            | {"from_kind": "customer", "subject": raw["Subject"], "status": raw["Status"], "case_id": key}
            | {"account_id": ref(raw["Account_Name"]), "contact_id": ref(raw["Related_To"])}
            | moment("happened", iso(raw["Created_Time"]))
            for key, raw in records("Cases", "Subject", "Status", "Type", "Account_Name", "Related_To").items()
        },
        "Payment_Plans": {
            key: common(raw)
            | {"name": raw["Name"], "amount": raw["Amount"], "status": raw["Status"], "currency": "CNY"}
            | {"account_id": ref(raw["Account"]), "deal_id": ref(raw["Deal"]), "order_id": ref(raw["Sales_Order"])}
            | day("due", raw["Due_Date"])
            for key, raw in records(
                "Payment_Plans", "Name", "Amount", "Status", "Account", "Deal", "Sales_Order", "Due_Date"
            ).items()
        },
        "Payments": {
            key: common(raw)
            | {"name": raw["Name"], "amount": raw["Amount"], "status": raw["Status"], "method": raw["Method"]}
            | {"account_id": ref(raw["Account"]), "plan_id": ref(raw["Payment_Plan"])}
            | day("paid", raw["Paid_On"])
            for key, raw in records(
                "Payments", "Name", "Amount", "Status", "Method", "Account", "Payment_Plan", "Paid_On"
            ).items()
        },
        "Customer_Feedback": {
            key: common(raw)
            | {"kind": raw["Kind"].lower(), "rating": raw["Score"], "scale": 10, "from_kind": "customer"}
            | {"account_id": ref(raw["Account"]), "case_id": ref(raw["Case"]), "text": raw["Comment"]}
            | moment("happened", iso(raw["Answered_At"]))
            for key, raw in records(
                "Customer_Feedback", "Kind", "Score", "Account", "Case", "Comment", "Answered_At"
            ).items()
        },
    }


def fxiaoke_holds(crms: Crms) -> Held:
    api = Fxiaoke(crms.url)

    def common(raw: Row) -> Row:
        times = moment("created", ms(raw["create_time"])) | {
            "modified_at": moment("m", ms(raw["last_modified_time"]))["m_at"]
        }
        return {"owner_id": ref(raw.get("owner")), **times}

    def linked(raw: Row) -> list[list[str]]:
        return [[ENTITY_OF[item["describe_api_name"]], item["id"]] for item in raw["related_object_data"]]

    def local_day(name: str, value: int) -> Row:
        return moment(name, ms(value))

    def activities(name: str, values: Any) -> dict[str, Row]:
        return {key: common(raw) | values(raw) for key, raw in api.records(name).items()}

    return {
        "ActiveRecordObj": activities(
            "ActiveRecordObj",
            lambda raw: (
                moment("happened", ms(raw["create_time"]))
                | {"kind": KINDS[raw["active_record_type"]], "text": raw["active_record_content"], "links": linked(raw)}
            ),
        ),
        "TelesalesRecordObj": activities(
            "TelesalesRecordObj",
            lambda raw: {"kind": "call", "direction": "out", "text": raw["record_content"], "links": linked(raw)},
        ),
        "CheckinsObj": activities(
            "CheckinsObj",
            lambda raw: {
                "kind": "visit",
                "text": raw["communicate_record"],
                "links": [["accounts", raw["customer_id"]]],
            },
        ),
        "ScheduleObj": activities(
            "ScheduleObj",
            lambda raw: (
                moment("happened", ms(raw["begin_time"]))
                | {"kind": "meeting", "subject": raw["content"], "links": linked(raw)}
            ),
        ),
        "TaskObj": {
            key: common(raw)
            | {"subject": raw["name"], "status": raw["status"], "related_entity": "accounts"}
            | {"related_id": raw["related_object_data"][0]["id"]}
            | moment("due", ms(raw["dead_line"]))
            for key, raw in api.records("TaskObj").items()
        },
        "SalesOrderObj": {
            key: common(raw)
            | {"name": raw["name"], "account_id": raw["account_id"], "deal_id": raw.get("new_opportunity_id")}
            | {"amount": float(raw["order_amount"]), "currency": "CNY", "status": raw["order_status"]}
            | local_day("ordered", raw["order_time"])
            for key, raw in api.records("SalesOrderObj").items()
        },
        "PaymentPlanObj": {
            key: common(raw)
            | {"name": raw["name"], "account_id": raw["account_id"], "order_id": raw["order_id"]}
            | {"amount": float(raw["plan_payment_amount"]), "status": raw["plan_payment_status"]}
            | {"paid_amount": float(raw["actual_payment_amount"])}
            | local_day("due", raw["plan_payment_time"])
            for key, raw in api.records("PaymentPlanObj").items()
        },
        "PaymentObj": {
            key: common(raw)
            | {"name": raw["name"], "account_id": raw["account_id"], "order_id": raw["order_id"]}
            | {"amount": float(raw["amount"]), "method": raw["payment_term"]}
            | local_day("paid", raw["payment_time"])
            for key, raw in api.records("PaymentObj").items()
        },
        "CasesObj": {
            key: common(raw)
            | {"kind": "complaint", "subject": raw["subject"], "text": raw["description"], "status": raw["case_status"]}
            | {"account_id": raw["account_id"], "contact_id": raw.get("contact_id"), "case_id": key}
            for key, raw in api.records("CasesObj").items()
        },
        "object_f7B2k__c": {
            key: common(raw)
            | {"kind": "nps", "rating": float(raw["score__c"]), "scale": 10, "text": raw.get("comment__c")}
            | {"account_id": raw["account_id__c"], "contact_id": raw.get("contact_id__c")}
            | moment("happened", ms(raw["surveyed_time__c"]))
            for key, raw in api.records("object_f7B2k__c").items()
        },
    }


HOLDS = {"zoho": zoho_holds, "fxiaoke": fxiaoke_holds}


def assert_mirrors(project: Project, crms: Crms, source: str) -> None:
    """Each object's rows are the CRM's records with its values, and `activity_links` says what activities are about."""
    links = set()
    for name, wanted in HOLDS[source](crms).items():
        rows = project.rows(TABLES[source][name], f"source = '{source}' AND object = '{name}'")
        live = {row["source_id"]: row for row in rows if row["deleted_at"] is None}
        assert wanted, name
        assert live.keys() == wanted.keys(), f"{source} {name}: {set(live) ^ set(wanted)}"
        for key, values in wanted.items():
            if "links" in values:
                values["links"] = sorted(values["links"])
                live[key]["links"] = json.loads(live[key]["links"] or "[]")
                links |= {(key, entity, entity_id) for entity, entity_id in values["links"]}
            differing = {
                column: (live[key][column], value) for column, value in values.items() if live[key][column] != value
            }
            assert differing == {}, f"{source} {name} {key}: {differing}"
    gone = {row["source_id"] for row in project.rows("activities", "deleted_at IS NOT NULL")}
    rows = project.rows("activity_links", f"source = '{source}'")
    assert {(r["activity_id"], r["entity"], r["entity_id"]) for r in rows if r["activity_id"] not in gone} == links


@pytest.fixture
def synced(computed: Project, crms: Crms) -> Project:
    """Both tenants with tasks, which not every one of Fxiaoke has."""
    crms.edit("fxiaoke", "switches", "update", None, {"task_object": True})
    computed.run("sync", "--source", "fxiaoke", "--stream", "tasks").expect(0)
    return computed


def ids(project: Project, source: str, name: str) -> list[str]:
    found = project.rows(TABLES[source][name], f"source = '{source}' AND object = '{name}' AND deleted_at IS NULL")
    return [row["source_id"] for row in found]


@pytest.mark.parametrize("source", HOLDS)
def test_after_the_first_sync_every_table_is_the_crm_s(source: str, synced: Project, crms: Crms) -> None:
    assert_mirrors(synced, crms, source)


ZOHO_EDITS: dict[str, tuple[Row, Row]] = {
    "Tasks": (
        {"Status": "Completed", "Due_Date": "2026-11-21"},
        {"Subject": "neu"},
    ),
    "Calls": (
        {"Subject": "改", "Call_Duration_in_seconds": 61},
        {
            "Subject": "c",
            "Call_Type": "Inbound",
            "Call_Start_Time": "2026-11-20T00:10:00+08:00",
            "Call_Duration": "01:00",
        },
    ),
    "Events": (
        {"Start_DateTime": "2026-11-20T23:59:59+08:00", "End_DateTime": "2026-11-21T01:00:00+08:00"},
        {
            "Event_Title": "e",
            "Start_DateTime": "2026-11-20T10:00:00+08:00",
            "End_DateTime": "2026-11-20T11:00:00+08:00",
        },
    ),
    "Notes": ({"Note_Content": "other words"}, {"Note_Content": "n"}),
    "Sales_Orders": ({"Status": "Cancelled"}, {}),
    "Cases": (
        {"Type": "Feature Request", "Status": "Closed", "Subject": "anders"},
        {"Subject": "s", "Status": "New", "Case_Origin": "Email", "Type": "Problem"},
    ),
    "Payment_Plans": ({"Amount": 12.34}, {"Name": "p", "Due_Date": "2026-12-31", "Amount": 5}),
    "Payments": ({"Status": "Refunded"}, {"Name": "p", "Paid_On": "2026-11-20", "Amount": 5}),
    "Customer_Feedback": ({"Kind": "Complaint", "Score": 1}, {"Name": "f", "Kind": "NPS", "Score": 9}),
}
FXIAOKE_EDITS: dict[str, Row] = {
    "ActiveRecordObj": {"active_record_type": "5", "active_record_content": "换了"},
    "TelesalesRecordObj": {"record_content": "换了"},
    "CheckinsObj": {"communicate_record": "换了"},
    "ScheduleObj": {"begin_time": 1795276799000},
    "TaskObj": {"status": "3", "dead_line": 1795276800000},
    "SalesOrderObj": {"order_amount": "12345.67", "order_status": "5"},
    "PaymentPlanObj": {"plan_payment_amount": "0.01"},
    "PaymentObj": {"amount": "99.5", "payment_term": "3"},
    "CasesObj": {"case_status": "4"},
    "object_f7B2k__c": {"score__c": "1", "comment__c": "换了"},
}


def test_edits_creates_and_deletes_in_zoho_arrive_with_the_next_sync(synced: Project, crms: Crms) -> None:
    [contact, *_] = synced.rows("contacts", "source = 'zoho' AND deleted_at IS NULL")
    gone = {}
    for module, (changed, made) in ZOHO_EDITS.items():
        [first, second, *_] = ids(synced, "zoho", module)
        crms.edit("zoho", module, "update", first, changed)
        crms.edit("zoho", module, "delete", second)
        gone[module] = second
        if made:
            link = {"Parent_Id": contact["source_id"]} if module == "Notes" else {}
            crms.edit("zoho", module, "create", None, made | link)
    [_, _, moved, *_] = ids(synced, "zoho", "Calls")
    crms.edit("zoho", "Calls", "update", moved, {"Who_Id": contact["source_id"]})

    synced.run("sync").expect(0)

    assert_mirrors(synced, crms, "zoho")
    for module, key in gone.items():
        [kept] = synced.rows(TABLES["zoho"][module], f"source_id = '{key}'")
        assert kept["deleted_at"], module
    changes = {row["entity"] for row in synced.rows("hist_change", "source = 'zoho'")}
    assert changes >= {"tasks", "activities", "orders", "feedback"}


def test_edits_creates_and_deletes_in_fxiaoke_arrive_with_the_next_sync(synced: Project, crms: Crms) -> None:
    account = synced.rows("accounts", "source = 'fxiaoke' AND deleted_at IS NULL")[0]["source_id"]
    for name, changed in FXIAOKE_EDITS.items():
        [first, second, *_] = ids(synced, "fxiaoke", name)
        crms.edit("fxiaoke", name, "update", first, changed)
        crms.edit("fxiaoke", name, "delete", second)
    crms.edit(
        "fxiaoke",
        "PaymentObj",
        "create",
        None,
        {
            "account_id": account,
            "order_id": ids(synced, "fxiaoke", "SalesOrderObj")[3],
            "amount": "7",
            "payment_term": "1",
        }
        | {"payment_time": 1795276800000},
    )

    found = synced.run("sync", "--source", "fxiaoke", "--json").expect(0).document["sync"]

    assert_mirrors(synced, crms, "fxiaoke")
    assert {one["stream"]: one["deleted"] for one in found if one["deleted"]} == dict.fromkeys(
        (
            *("activities", "telesales", "visits", "meetings", "tasks", "orders", "payment_plans", "payments", "cases"),
            "surveys",
        ),
        1,
    )


BAD: dict[str, dict[str, Row]] = {
    "zoho": {
        "Tasks": {"Due_Date": "someday"},
        "Calls": {"Call_Duration_in_seconds": "long"},
        "Events": {"Start_DateTime": "noon"},
        "Notes": {"Parent_Id": {"module": {"api_name": "Deals"}, "id": None}},
        "Sales_Orders": {"Grand_Total": "a lot"},
        "Cases": {"Created_Time": "long ago"},
        "Payment_Plans": {"Amount": "1,000"},
        "Payments": {"Paid_On": 20261120},
        "Customer_Feedback": {"Score": "good"},
    },
    "fxiaoke": {
        "ActiveRecordObj": {"create_time": "neulich"},
        "TelesalesRecordObj": {"related_object_data": [{"id": "1"}]},
        "CheckinsObj": {"customer_id": {"name": "?"}},
        "ScheduleObj": {"begin_time": "noon"},
        "TaskObj": {"dead_line": "bald"},
        "SalesOrderObj": {"order_amount": "viel"},
        "PaymentPlanObj": {"plan_payment_time": "bald"},
        "PaymentObj": {"amount": "1e99"},
        "CasesObj": {"create_time": "x"},
        "object_f7B2k__c": {"score__c": "gut"},
    },
}


def call_for(source: str, name: str) -> Row:
    """How a fault knows the calls that read an object."""
    return {"path": f"/crm/v8/{name}"} if source == "zoho" else {"contains": f'"{name}"'}


@pytest.mark.parametrize("source", BAD)
def test_a_record_that_cannot_be_read_is_a_dead_letter_and_its_neighbours_are_read(
    source: str, synced: Project, crms: Crms
) -> None:
    key = {"zoho": "id", "fxiaoke": "_id"}[source]
    chosen = {name: ids(synced, source, name)[4] for name in BAD[source]}
    for name, record_id in chosen.items():
        edited = ZOHO_EDITS[name][0] if source == "zoho" else FXIAOKE_EDITS[name]
        crms.edit(source, name, "update", record_id, edited)
    crms.faults(
        *(
            ({"system": source, **call_for(source, name)}, {"alter": {"which": {key: chosen[name]}, "set": bad}})
            for name, bad in BAD[source].items()
        )
    )

    synced.run("sync", "--source", source).expect(3)

    letters = synced.rows("ops_dead_letter", "state = 'open'")
    assert sorted(row["source_id"] for row in letters) == sorted(chosen.values())
    for name, record_id in chosen.items():
        [letter] = [row for row in letters if row["source_id"] == record_id]
        assert f"{source}/{letter['stream']} {record_id}: {next(iter(BAD[source][name]))}" in letter["reason"]

    crms.faults()
    synced.run("sync", "--source", source).expect(0)

    assert synced.rows("ops_dead_letter", "state = 'open'") == []
    assert_mirrors(synced, crms, source)


# --- the moves of deals


def changes_of(project: Project, source: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in sorted(
        project.rows("deal_stage_changes", f"source = '{source}'"), key=lambda row: str(row["changed_at"])
    ):
        found.setdefault(row["deal_id"], []).append({k: v for k, v in row.items() if k not in {"source", "deal_id"}})
    return found


def test_zoho_s_own_list_of_stages_makes_the_moves_of_its_deals(synced: Project, crms: Crms) -> None:
    [first, second, *_] = [
        row["source_id"] for row in synced.rows("deals", "source = 'zoho' AND stage_status = 'open'")
    ]
    crms.edit("zoho", "Deals", "update", first, {"Stage": "Closed Won", "Amount": 777})
    crms.edit("zoho", "Deals", "delete", second)
    synced.run("sync", "--source", "zoho").expect(0)

    fields = ("Potential_Name", "Stage", "Modified_Time", "Amount", "Probability")
    stays: dict[str, list[Row]] = {}
    for _, raw in sorted(Zoho(crms.url).records("DealHistory", fields).items()):
        if raw["Potential_Name"]:
            stays.setdefault(raw["Potential_Name"]["id"], []).append(raw)
    wanted = {}
    for deal, raws in stays.items():
        raws.sort(key=lambda raw: str(iso(raw["Modified_Time"])))
        before = [None, *(raw["Stage"] for raw in raws[:-1])]
        wanted[deal] = [
            {
                "changed_at": moment("c", iso(raw["Modified_Time"]))["c_at"],
                "from_stage": stage,
                "to_stage": raw["Stage"],
            }
            | {"amount": raw["Amount"], "probability": raw["Probability"], "origin": "crm"}
            for stage, raw in zip(before, raws, strict=True)
        ]
    found = changes_of(synced, "zoho")
    assert found.pop(second), "the moves of a deleted deal stay"
    assert found == wanted
    assert found[first][-1]["to_stage"] == "Closed Won"


def test_moves_of_a_crm_that_keeps_none_are_observed_between_two_syncs(synced: Project, crms: Crms) -> None:
    assert changes_of(synced, "fxiaoke") == {}
    chosen = synced.rows("deals", "source = 'fxiaoke' AND stage = '1' AND deleted_at IS NULL")[:2]
    moved, raised = (row["source_id"] for row in chosen)
    crms.edit("fxiaoke", "NewOpportunityObj", "update", moved, {"sales_stage": "3", "amount": "500"})
    crms.edit("fxiaoke", "NewOpportunityObj", "update", raised, {"amount": "500"})
    synced.run("sync", "--source", "fxiaoke").expect(0)
    crms.edit("fxiaoke", "NewOpportunityObj", "update", moved, {"sales_stage": "1"})
    synced.run("sync", "--source", "fxiaoke").expect(0)

    found = changes_of(synced, "fxiaoke")

    assert found.keys() == {moved}
    assert [(row["from_stage"], row["to_stage"], row["amount"], row["origin"]) for row in found[moved]] == [
        ("1", "3", 500, "observed"),
        ("3", "1", 500, "observed"),
    ]
    last = Fxiaoke(crms.url).records("NewOpportunityObj")[moved]["last_modified_time"]
    assert found[moved][-1]["changed_at"] == moment("c", ms(last))["c_at"]


# --- what a CRM lacks


def test_an_object_that_a_tenant_lacks_is_passed_over_and_no_push_waits_for_it(fresh: Project, crms: Crms) -> None:
    crms.faults(
        (
            {"system": "zoho", "path": "/crm/v8/settings/fields", "contains": "module=Cases"},
            {"error_code": "INVALID_MODULE", "status": 400},
        ),
        ({"system": "zoho", "path": "/crm/v8/Notes"}, {"error_code": "NOT_SUPPORTED", "status": 403}),
    )
    result = fresh.run("sync").expect(0)
    assert "zoho/cases was passed over: " in result.words
    assert "zoho/notes was passed over: " in result.words
    assert "fxiaoke/tasks was passed over: fxiaoke/TaskObj: the CRM has no such object" in result.words
    assert fresh.rows("feedback", "object = 'Cases'") == []
    fresh.run("compute").expect(0)
    assert "never read to the end" not in fresh.run("push", "plan").expect(0).words
    fresh.run("publish", "report").expect(0)
    page = (fresh.folder / "report.html").read_text(encoding="utf-8")
    assert "read up to " in page
    assert "not read to its end yet" not in page


def test_a_stream_is_read_from_the_crms_that_have_it(computed: Project) -> None:
    done = computed.run("sync", "--stream", "calls", "--stream", "telesales", "--json").expect(0)
    assert {(one["source"], one["stream"]) for one in done.document["sync"]} == {
        ("zoho", "calls"),
        ("fxiaoke", "telesales"),
    }
    refused = computed.run("sync", "--stream", "telesale").expect(2)
    assert "no connection has a stream 'telesale'; did you mean telesales?" in refused.words
