"""Tasks, activities, orders, payments, feedback and the moves of deals are what the CRMs hold, whatever people do."""

from __future__ import annotations

import pytest

from tests.e2e.harness import Crms, Fxiaoke, Project, Row
from tests.e2e.held import HOLDS, TABLES, assert_mirrors, moment, ms
from tests.e2e.moves import moves_of, zoho_moves


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
    assert all(HOLDS[source](crms).values())


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


def test_zoho_s_own_list_of_stages_makes_the_moves_of_its_deals(synced: Project, crms: Crms) -> None:
    [first, second, *_] = [
        row["source_id"] for row in synced.rows("deals", "source = 'zoho' AND stage_status = 'open'")
    ]
    crms.edit("zoho", "Deals", "update", first, {"Stage": "Closed Won", "Amount": 777})
    crms.edit("zoho", "Deals", "delete", second)
    synced.run("sync", "--source", "zoho").expect(0)

    found = moves_of(synced, "zoho")
    assert found.pop(second), "the moves of a deleted deal stay"
    assert found == zoho_moves(crms)
    assert found[first][-1]["to_stage"] == "Closed Won"


def test_moves_of_a_crm_that_keeps_none_are_observed_between_two_syncs(synced: Project, crms: Crms) -> None:
    assert moves_of(synced, "fxiaoke") == {}
    chosen = synced.rows("deals", "source = 'fxiaoke' AND stage = '1' AND deleted_at IS NULL")[:2]
    moved, raised = (row["source_id"] for row in chosen)
    crms.edit("fxiaoke", "NewOpportunityObj", "update", moved, {"sales_stage": "3", "amount": "500"})
    crms.edit("fxiaoke", "NewOpportunityObj", "update", raised, {"amount": "500"})
    synced.run("sync", "--source", "fxiaoke").expect(0)
    crms.edit("fxiaoke", "NewOpportunityObj", "update", moved, {"sales_stage": "1"})
    synced.run("sync", "--source", "fxiaoke").expect(0)

    found = moves_of(synced, "fxiaoke")

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
    compared = fresh.run("verify", "--source", "fxiaoke", "--stream", "tasks").expect(0)
    assert "fxiaoke/tasks: nothing to compare, since the last sync found that the CRM lacks it" in compared.words
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
