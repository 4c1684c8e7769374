"""The data of the other modules hang together: activities on their parents, money on its orders, cases on customers."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


def everything(zoho: Zoho, module: str, fields: str) -> dict[str, dict[str, Any]]:
    pages = zoho.pages(module, fields=fields, converted="both")
    return {record["id"]: record for page in pages for record in page["data"]}


@pytest.mark.parametrize(
    "module",
    [
        *("Tasks", "Calls", "Events", "Notes", "Cases", "Campaigns", "Quotes", "Quoted_Items", "Sales_Orders"),
        *("Invoices", "DealHistory", "Payment_Plans", "Payments", "Customer_Feedback"),
    ],
)
def test_all_was_made_before_the_start_day_in_the_order_of_ids(zoho: Zoho, module: str) -> None:
    today = (zoho.sandbox.world.started_at + timedelta(hours=8)).date().isoformat()
    records = everything(zoho, module, "Created_Time,Modified_Time")
    made = [records[record]["Created_Time"] for record in sorted(records)]
    assert made == sorted(made)
    assert all(record["Created_Time"] <= record["Modified_Time"] < today for record in records.values())


@pytest.mark.parametrize("module", ["Tasks", "Calls", "Events"])
def test_activities_lie_in_the_life_of_what_they_are_about(zoho: Zoho, module: str) -> None:
    lives = {
        parent: everything(zoho, parent, "Created_Time,Modified_Time,Owner,Contact_Name")
        for parent in ("Deals", "Leads", "Accounts")
    }
    kinds: Counter[str] = Counter()
    for record in everything(zoho, module, "What_Id,$se_module,Who_Id,Created_Time,Owner").values():
        parent = lives[record["$se_module"]][record["What_Id"]["id"]]
        kinds[record["$se_module"]] += 1
        assert parent["Created_Time"] <= record["Created_Time"] <= parent["Modified_Time"]
        assert record["Owner"] == parent["Owner"]
        assert record["Who_Id"] == parent.get("Contact_Name")
    assert min(kinds[parent] for parent in lives) > 50


def test_tasks_are_done_late_or_early_and_some_are_open(zoho: Zoho) -> None:
    tasks = everything(zoho, "Tasks", "Status,Closed_Time,Due_Date").values()
    assert all((task["Status"] == "Completed") == (task["Closed_Time"] is not None) for task in tasks)
    late = [task["Closed_Time"][:10] > task["Due_Date"] for task in tasks if task["Closed_Time"]]
    assert 0.1 < sum(late) / len(late) < 0.7
    assert 200 < sum(task["Closed_Time"] is None for task in tasks) < 1500


def test_every_won_deal_has_an_order_of_its_amount_with_a_plan_that_adds_up(zoho: Zoho) -> None:
    deals = everything(zoho, "Deals", "Stage,Amount,Account_Name,Closing_Date")
    won = {deal: facts for deal, facts in deals.items() if facts["Stage"] == "Closed Won"}
    orders = everything(zoho, "Sales_Orders", "Deal_Name,Account_Name,Grand_Total,Status,Created_Time")
    assert {order["Deal_Name"]["id"] for order in orders.values()} == won.keys()
    for order in orders.values():
        deal = won[order["Deal_Name"]["id"]]
        assert (order["Grand_Total"], order["Account_Name"]) == (deal["Amount"], deal["Account_Name"])
        assert order["Created_Time"][:10] == deal["Closing_Date"]
    plans = everything(zoho, "Payment_Plans", "Sales_Order,Amount,Status,Due_Date")
    planned: dict[str, float] = defaultdict(float)
    for plan in plans.values():
        planned[plan["Sales_Order"]["id"]] += plan["Amount"]
    assert planned == {order: facts["Grand_Total"] for order, facts in orders.items()}
    payments = everything(zoho, "Payments", "Payment_Plan,Amount,Paid_On,Status").values()
    paid = {payment["Payment_Plan"]["id"]: payment for payment in payments}
    assert len(paid) == len(payments)
    assert paid.keys() == {plan for plan, facts in plans.items() if facts["Status"] == "Paid"}
    assert all(paid[plan]["Amount"] == facts["Amount"] for plan, facts in plans.items() if plan in paid)


@pytest.mark.parametrize(
    ("module", "lines"),
    [("Quotes", "Quoted_Items"), ("Sales_Orders", "Ordered_Items"), ("Invoices", "Invoiced_Items")],
)
def test_lines_add_up_to_the_total(zoho: Zoho, module: str, lines: str) -> None:
    totals: dict[str, float] = defaultdict(float)
    for line in everything(zoho, lines, "Parent_Id,Quantity,List_Price,Net_Total").values():
        assert line["Quantity"] * line["List_Price"] == line["Net_Total"] > 0
        totals[line["Parent_Id"]["id"]] += line["Net_Total"]
    assert totals == {record: facts["Grand_Total"] for record, facts in everything(zoho, module, "Grand_Total").items()}


def test_cases_and_answers_belong_to_customers(zoho: Zoho) -> None:
    contacts = everything(zoho, "Contacts", "Account_Name")
    cases = everything(zoho, "Cases", "Account_Name,Related_To,Status,Product_Name")
    for case in cases.values():
        assert contacts[case["Related_To"]["id"]]["Account_Name"] == case["Account_Name"]
        assert case["Product_Name"] is not None
    assert Counter(case["Status"] for case in cases.values()).keys() == {"New", "On Hold", "Escalated", "Closed"}
    answers = everything(zoho, "Customer_Feedback", "Account,Contact,Case,Score,Kind").values()
    assert {answer["Score"] for answer in answers} == set(range(11))
    for answer in answers:
        assert contacts[answer["Contact"]["id"]]["Account_Name"] == answer["Account"]
        assert answer["Case"] is None or cases[answer["Case"]["id"]]["Status"] == "Closed"


def test_deals_name_the_campaign_that_their_source_stands_for(zoho: Zoho) -> None:
    campaigns = everything(zoho, "Campaigns", "Type,Start_Date")
    deals = everything(zoho, "Deals", "Campaign_Source,Lead_Source,Created_Time").values()
    named = [deal for deal in deals if deal["Campaign_Source"]]
    assert 300 < len(named) < 2000
    for deal in named:
        campaign = campaigns[deal["Campaign_Source"]["id"]]
        assert campaign["Start_Date"] <= deal["Created_Time"][:10]
        assert (campaign["Type"] == "Trade Show") == (deal["Lead_Source"] == "Trade Show")
