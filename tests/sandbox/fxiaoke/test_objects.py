"""Activities, orders, payments and the other objects: docs/vendor/fxiaoke.md §4.5, §6.6 to §6.9."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sandbox.fxiaoke.test_query import scan

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

ACTIVITY = {
    "dataObjectApiName": "ActiveRecordObj",
    "active_record_content": "电话回访",
    "active_record_type": "2",
    "owner": ["1001"],
}


def described(client: Client, name: str) -> dict[str, Any]:
    answer = client.new("/cgi/crm/v2/object/describe", {"data": {"apiName": name}})
    fields: dict[str, Any] = answer["data"]["describe"]["fields"]
    return fields


def total(records: list[dict[str, Any]], field: str) -> Decimal:
    return sum((Decimal(record[field]) for record in records), Decimal(0))


def test_each_deal_that_was_won_has_one_order_of_its_amount(fxiaoke: Client) -> None:
    won = scan(fxiaoke, "NewOpportunityObj", {"field_name": "sales_status", "operator": "EQ", "field_values": ["2"]})
    orders = {order["new_opportunity_id"]: order for order in scan(fxiaoke, "SalesOrderObj")}
    assert orders.keys() == {deal["_id"] for deal in won}
    for deal in won:
        order = orders[deal["_id"]]
        assert (order["order_amount"], order["account_id"]) == (deal["amount"], deal["account_id"])
        assert order["order_time"] % 86_400_000 == 57_600_000
        assert order["account_id__r"] == deal["account_id__r"]


def test_plans_sum_up_to_their_order_and_payments_to_what_was_paid(fxiaoke: Client) -> None:
    orders = {order["_id"]: order for order in scan(fxiaoke, "SalesOrderObj")}
    plans, payments = scan(fxiaoke, "PaymentPlanObj"), scan(fxiaoke, "PaymentObj")
    planned: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for plan in plans:
        planned[plan["order_id"]].append(plan)
    for order_id, order in orders.items():
        assert total(planned[order_id], "plan_payment_amount") == Decimal(order["order_amount"])
        left = Decimal(order["order_amount"]) - total(planned[order_id], "actual_payment_amount")
        assert left == Decimal(order["receivable_amount"])
    assert total(payments, "amount") == total(plans, "actual_payment_amount")
    assert {plan["plan_payment_status"] for plan in plans} == {"1", "2", "3"}


def test_a_payment_comes_with_its_details_in_camel_case(fxiaoke: Client) -> None:
    payment = fxiaoke.rows("PaymentObj")[0]
    assert "details" not in payment
    whole = fxiaoke.get("PaymentObj", payment["_id"])["data"]
    detail = whole["details"]["OrderPaymentObj"][0]
    assert (detail["tenantId"], detail["describeApiName"], detail["deleted"]) == ("700001", "OrderPaymentObj", False)
    inside = detail["containerDocument"]
    assert (inside["_id"], inside["create_time"]) == (detail["id"], detail["createTime"])
    assert (inside["payment_id"], inside["payment_id__r"]) == (payment["_id"], payment["name"])
    assert inside["payment_amount"] == payment["amount"]
    assert described(fxiaoke, "OrderPaymentObj")["payment_id"]["type"] == "master_detail"


def test_an_activity_names_what_it_is_about(fxiaoke: Client) -> None:
    activity = fxiaoke.rows("ActiveRecordObj")[0]
    assert activity["name"].startswith("AR-")
    account = activity["related_object_data"][0]
    assert account["describe_api_name"] == "AccountObj"
    assert account["name"] == fxiaoke.get("AccountObj", account["id"])["data"]["name"]
    assert activity["related_api_names"][0] == "AccountObj"
    kinds = {
        link["describe_api_name"] for row in scan(fxiaoke, "ActiveRecordObj") for link in row["related_object_data"]
    }
    assert kinds == {"AccountObj", "ContactObj", "NewOpportunityObj"}


def test_an_activity_can_be_written_with_its_links(fxiaoke: Client) -> None:
    account = fxiaoke.rows("AccountObj")[0]
    link = {"describe_api_name": "AccountObj", "id": account["_id"]}
    record = {**ACTIVITY, "related_object_data": [link]}
    made = fxiaoke.new("/cgi/crm/v2/data/create", {"data": {"object_data": record}})["dataId"]
    read = fxiaoke.get("ActiveRecordObj", made)["data"]
    assert read["related_object_data"] == [{**link, "name": account["name"]}]
    assert read["related_api_names"] == ["AccountObj"]
    for wrong in ("AccountObj", [account["_id"]], [{"id": account["_id"]}], [{"describe_api_name": "A:B", "id": "x"}]):
        body = {"data": {"object_data": {**ACTIVITY, "related_object_data": wrong}}}
        assert fxiaoke.new("/cgi/crm/v2/data/create", body)["errorCode"] == 500


def test_activities_are_filtered_by_a_related_record_only_where_the_tenant_can(fxiaoke: Client) -> None:
    account = fxiaoke.rows("ActiveRecordObj")[0]["related_object_data"][0]["id"]
    condition = {"field_name": "related_object_data", "operator": "CONTAINS", "field_values": [account]}
    assert fxiaoke.query("ActiveRecordObj", filters=[condition])["errorCode"] == 32000
    fxiaoke.edit("switches", "update", None, filter_by_related=True)
    found = scan(fxiaoke, "ActiveRecordObj", condition)
    fxiaoke.edit("switches", "update", None, filter_by_related=False)
    assert found
    assert all(account in [link["id"] for link in row["related_object_data"]] for row in found)


def test_a_schedule_lists_its_participants_and_legacy_calls_see_fsuids(fxiaoke: Client) -> None:
    schedule = next(row for row in fxiaoke.rows("ScheduleObj") if len(row["participants"]) > 1)
    assert [person["id"] for person in schedule["participants__l"]] == schedule["participants"]
    assert "participants__r" not in schedule
    assert schedule["begin_time"] < schedule["end_time"]
    body = {"data": {"dataObjectApiName": "ScheduleObj", "objectDataId": schedule["_id"]}}
    legacy = fxiaoke.legacy("/cgi/crm/v2/data/get", body, "1000")["data"]
    assert all(person.startswith("FSUID_") for person in legacy["participants"])
    condition = {"field_name": "participants", "operator": "HASANYOF", "field_values": legacy["participants"][:1]}
    info = {"dataObjectApiName": "ScheduleObj", "search_query_info": {"limit": 100, "filters": [condition]}}
    found = fxiaoke.legacy("/cgi/crm/v2/data/query", {"data": info}, "1000")["data"]["dataList"]
    assert schedule["_id"] in [row["_id"] for row in found]
    fxiaoke.update("ScheduleObj", schedule["_id"], {"participants": ["1002", "1003"]})
    assert fxiaoke.get("ScheduleObj", schedule["_id"])["data"]["participants"] == ["1002", "1003"]
    assert fxiaoke.update("ScheduleObj", schedule["_id"], {"participants": ["4711"]})["errorCode"] == 30027
    assert fxiaoke.update("ScheduleObj", schedule["_id"], {"participants": "1002"})["errorCode"] == 500


def test_feedback_is_a_custom_object_with_a_score_of_zero_to_ten(fxiaoke: Client) -> None:
    feedback = scan(fxiaoke, "object_f7B2k__c")
    assert len(feedback) == 320
    assert {int(row["score__c"]) for row in feedback} <= set(range(11))
    assert len({row["score__c"] for row in feedback}) > 5
    assert all("account_id__c__r" in row for row in feedback)


def test_cases_events_products_and_the_rest_are_filled(fxiaoke: Client) -> None:
    solved = [row for row in scan(fxiaoke, "CasesObj") if "solved_time" in row]
    assert all(row["case_status"] in ("3", "4") for row in solved)
    fairs = {row["_id"] for row in scan(fxiaoke, "MarketingEventObj") if row["event_type"] == "1"}
    leads = scan(fxiaoke, "LeadsObj", {"field_name": "marketing_event_id", "operator": "ISN", "field_values": []})
    assert {lead["marketing_event_id"] for lead in leads} <= fairs
    assert {lead["source"] for lead in leads} == {"4"}
    assert {row["price"].split(".")[1] for row in scan(fxiaoke, "ProductObj")} == {"00"}
    for name in ("TelesalesRecordObj", "JournalObj", "CheckinsObj"):
        assert len(fxiaoke.rows(name)) == 100
    assert fxiaoke.rows("OpportunityObj") == []


def test_tasks_exist_only_in_a_tenant_that_has_them(fxiaoke: Client) -> None:
    assert fxiaoke.query("TaskObj")["errorCode"] == 500
    assert fxiaoke.new("/cgi/crm/v2/object/describe", {"apiName": "TaskObj"})["errorCode"] == 500
    fxiaoke.edit("switches", "update", None, task_object=True)
    task = fxiaoke.rows("TaskObj")[0]
    names = [item["describeApiName"] for item in fxiaoke.new("/cgi/crm/v2/object/list", {})["data"]["objects"]]
    fxiaoke.edit("switches", "update", None, task_object=False)
    assert "TaskObj" in names
    assert {"name", "status", "owner", "dead_line"} <= task.keys()


def test_the_option_other_brings_its_words(fxiaoke: Client) -> None:
    target = fxiaoke.rows("AccountObj")[0]["_id"]
    assert (
        fxiaoke.update("AccountObj", target, {"account_source": "other", "account_source__o": "朋友"})["errorCode"] == 0
    )
    read = fxiaoke.get("AccountObj", target)["data"]
    assert (read["account_source"], read["account_source__o"]) == ("other", "朋友")
    row = fxiaoke.rows("AccountObj", ("_id", "EQ", [target]), fieldProjection=["account_source"])[0]
    assert row["account_source__o"] == "朋友"
    assert "account_source__o" not in described(fxiaoke, "AccountObj")


def test_others_see_only_their_own_orders_and_a_masked_phone(fxiaoke: Client) -> None:
    order = fxiaoke.rows("SalesOrderObj")[0]
    fxiaoke.update("SalesOrderObj", order["_id"], {"ship_to_tel": "13812345678"})
    owner = order["owner"][0]
    seen = fxiaoke.get("SalesOrderObj", order["_id"], user=owner)["data"]
    assert seen["ship_to_tel"] == "138****5678"
    assert {tuple(row["owner"]) for row in scan(fxiaoke, "SalesOrderObj", user=owner)} == {(owner,)}
    assert len(scan(fxiaoke, "ProductObj", user=owner)) == 10
