"""From the quote to the money: each won deal has an order, most have an invoice, and all are paid by a plan."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.modules.catalogue import PRODUCTS
from sandbox.zoho.modules.orders import INVOICES, ORDER_STATES, QUOTES, SALES_ORDERS
from sandbox.zoho.modules.payments import PAYMENT_PLANS, PAYMENTS
from sandbox.zoho.seed.catalogue import GOODS
from sandbox.zoho.seed.frame import as_row, number, stamps

if TYPE_CHECKING:
    import random

    from sandbox.zoho.fields import Module
    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Table

Draft = dict[str, Any]

_QUOTED = {"Proposal/Price Quote": "Delivered", "Negotiation/Review": "Negotiation", "Closed Won": "Confirmed"}
_LOST_WITH_QUOTE = 0.3
_METHODS = ("Bank Transfer", "Bank Transfer", "Bank Transfer", "WeChat Pay", "Alipay", "Card")
_TERMS = "Net 30"


def fill(tables: dict[str, Table], frame: Frame, business: list[Deal]) -> None:
    rng = frame.rng("orders")
    quotes = number(QUOTES, [draft for deal in business if (draft := _quote(rng, deal))])
    quote_of = {draft["Deal_Name"]: draft["id"] for draft in quotes}
    won = [deal for deal in business if deal.stage == "Closed Won"]
    orders = number(SALES_ORDERS, [_order(rng, frame, deal, quote_of.get(deal.id)) for deal in won])
    invoices = number(INVOICES, [_invoice(rng, frame, order) for order in orders if rng.random() < 0.9])
    plans = number(PAYMENT_PLANS, [plan for order in orders for plan in _plans(rng, frame, order)])
    payments = number(PAYMENTS, [_payment(rng, frame, plan) for plan in plans if plan["Status"] == "Paid"])
    for module, drafts, prefix in ((PAYMENT_PLANS, plans, "PP"), (PAYMENTS, payments, "PAY")):
        for draft in drafts:
            draft["Name"] = f"{prefix}-{draft['id'] % 100_000:05d}"
        tables[module.api_name].fill(as_row(module, draft) for draft in drafts)
    for module, drafts in ((QUOTES, quotes), (SALES_ORDERS, orders), (INVOICES, invoices)):
        _with_lines(rng, tables, module, drafts)


def _with_lines(rng: random.Random, tables: dict[str, Table], module: Module, drafts: list[Draft]) -> None:
    lines = tables[module.subforms[0].api_name]
    found = [line for draft in drafts for line in _lines(rng, draft)]
    lines.fill(as_row(lines.module, line) for line in number(lines.module, found))
    tables[module.api_name].fill(as_row(module, draft) for draft in drafts)


def _lines(rng: random.Random, draft: Draft) -> list[Draft]:
    """One to three lines that add up to the total, in hundreds."""
    total, count = draft["Grand_Total"], rng.choice((1, 2, 2, 3))
    hundreds = total // 100
    cuts = sorted(rng.randrange(1, hundreds) for _ in range(count - 1)) if hundreds > count else []
    edges = [0, *(cut * 100 for cut in dict.fromkeys(cuts)), total]
    found = []
    for low, high in pairwise(edges):
        product = rng.randrange(len(GOODS))
        quantity = _quantity(high - low, GOODS[product][3])
        found.append(
            {
                "Created_By": draft["Created_By"],
                "Created_Time": draft["Created_Time"],
                "Modified_By": draft["Created_By"],
                "Modified_Time": draft["Created_Time"],
                "Parent_Id": draft["id"],
                "Product_Name": PRODUCTS.first_record_id + product,
                "Quantity": quantity,
                "List_Price": (high - low) // quantity,
                "Total": high - low,
                "Tax": 0,
                "Net_Total": high - low,
            }
        )
    return found


def _quantity(total: int, price: int) -> int:
    """Among those that divide hundreds, the one that makes the price most like the product's."""
    return min((1, 2, 4, 5, 10, 20, 25, 50, 100), key=lambda quantity: abs(total / quantity - price))


def _sums(deal: Deal) -> Draft:
    company = deal.account.company
    return {
        "Account_Name": deal.account.id,
        "Contact_Name": deal.contact.id if deal.contact else None,
        "Sub_Total": deal.amount,
        "Grand_Total": deal.amount,
        "Terms_and_Conditions": _TERMS,
        "Billing_City": company.city,
        "Billing_State": company.province,
        "Billing_Country": company.country,
    }


def _quote(rng: random.Random, deal: Deal) -> Draft | None:
    stage = _QUOTED.get(deal.stage)
    if stage is None and deal.closed and rng.random() < _LOST_WITH_QUOTE:
        stage = "Closed Lost"
    if stage is None:
        return None
    end = deal.closing if deal.closed else deal.touched
    created = deal.created + int((end - deal.created) * rng.uniform(0.4, 0.9))
    return {
        **stamps(deal.seller.id, created, end),
        **_sums(deal),
        "Subject": f"{deal.account.company.name} {deal.product}",
        "Quote_Stage": stage,
        "Valid_Till": times.local_date(created + 30 * times.DAY_S),
        "Deal_Name": deal.id,
    }


def _order(rng: random.Random, frame: Frame, deal: Deal, quote: int | None) -> Draft:
    """Made when the deal is won."""
    due = deal.closing + rng.randrange(15, 60) * times.DAY_S
    delivered = due < frame.end
    state = rng.choices(ORDER_STATES[1:], (20, 75, 5))[0] if delivered else rng.choice(ORDER_STATES[:2])
    return {
        **stamps(deal.seller.id, deal.closing, min(due, frame.end - 1) if delivered else None),
        **_sums(deal),
        "Subject": f"{deal.account.company.name} {deal.product}",
        "Status": state,
        "Due_Date": times.local_date(due),
        "Deal_Name": deal.id,
        "Quote_Name": quote,
    }


def _invoice(rng: random.Random, frame: Frame, order: Draft) -> Draft:
    created = min(order["Created_Time"] + rng.randrange(1, 10) * times.DAY_S, frame.end - 1)
    shared = ("Subject", "Account_Name", "Contact_Name", "Sub_Total", "Grand_Total", "Terms_and_Conditions")
    address = ("Billing_City", "Billing_State", "Billing_Country")
    return {
        **stamps(order["Owner"], created),
        **{name: order[name] for name in (*shared, *address)},
        "Status": "Cancelled" if order["Status"] == "Cancelled" else "Approved",
        "Invoice_Date": times.local_date(created),
        "Due_Date": times.local_date(created + 30 * times.DAY_S),
        "Sales_Order": order["id"],
    }


def _plans(rng: random.Random, frame: Frame, order: Draft) -> list[Draft]:
    """Instalments a month apart; some of those that are due have not been paid."""
    count = rng.choice((1, 2, 3, 4)) if order["Grand_Total"] >= 50_000 else 1
    part = order["Grand_Total"] // count // 100 * 100
    amounts = [part] * (count - 1) + [order["Grand_Total"] - part * (count - 1)]
    found = []
    for index, amount in enumerate(amounts):
        due = order["Created_Time"] + (index + 1) * 30 * times.DAY_S
        paid = due + int(rng.gauss(2, 8) * times.DAY_S)
        settled = order["Created_Time"] < paid < frame.end and rng.random() < 0.93
        status = "Cancelled" if order["Status"] == "Cancelled" else "Paid" if settled else "Open"
        found.append(
            {
                **stamps(order["Owner"], order["Created_Time"], paid if status == "Paid" else None),
                "Account": order["Account_Name"],
                "Deal": order["Deal_Name"],
                "Sales_Order": order["id"],
                "Installment": index + 1,
                "Due_Date": times.local_date(due),
                "Amount": amount,
                "Status": status,
            }
        )
    return found


def _payment(rng: random.Random, frame: Frame, plan: Draft) -> Draft:
    paid = plan["Modified_Time"]
    return {
        **stamps(plan["Owner"], min(paid, frame.end - 1)),
        **{name: plan[name] for name in ("Account", "Deal", "Sales_Order", "Amount")},
        "Payment_Plan": plan["id"],
        "Paid_On": times.local_date(paid),
        "Method": rng.choice(_METHODS),
    }
