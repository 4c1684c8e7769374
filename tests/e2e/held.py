"""What the CRMs hold of tasks, activities, orders, payments and feedback, written from the vendor pages alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.harness import Crms, Fxiaoke, Project, Row, Zoho
from tests.e2e.values import stored

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
            | {"amount": float(raw["amount"]), "method": raw.get("payment_term")}
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
    links, gone = set(), set()
    for name, wanted in HOLDS[source](crms).items():
        rows = [stored(row) for row in project.rows(TABLES[source][name], f"source = '{source}' AND object = '{name}'")]
        live = {row["source_id"]: row for row in rows if row["deleted_at"] is None}
        gone |= {row["source_id"] for row in rows} - live.keys()
        assert live.keys() == wanted.keys(), f"{source} {name}: {set(live) ^ set(wanted)}"
        for key, values in wanted.items():
            if "links" in values:
                values["links"] = sorted(values["links"])
                links |= {(key, entity, entity_id) for entity, entity_id in values["links"]}
            differing = {
                column: (live[key][column], value) for column, value in values.items() if live[key][column] != value
            }
            assert differing == {}, f"{source} {name} {key}, (warehouse, CRM): {differing}"
    rows = project.rows("activity_links", f"source = '{source}'")
    assert {(r["activity_id"], r["entity"], r["entity_id"]) for r in rows if r["activity_id"] not in gone} == links
