"""Products; an order for each deal that was won, its payment plans, and the payments that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.directory import ADMIN, ROOT_DEPARTMENT
from sandbox.fxiaoke.generate.record import Record, base
from sandbox.fxiaoke.generate.timeline import DAY_MS

if TYPE_CHECKING:
    import random

    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State

WON = "5"
# Name, category, price, unit.
PRODUCTS = (
    ("标准版许可", "1", 12_000, "2"),
    ("企业版许可", "1", 48_000, "2"),
    ("移动端模块", "1", 6_000, "2"),
    ("数据分析模块", "1", 18_000, "2"),
    ("实施服务", "2", 30_000, "1"),
    ("培训服务", "2", 8_000, "1"),
    ("年度维保", "2", 15_000, "2"),
    ("定制开发", "2", 60_000, "1"),
    ("门店终端", "3", 4_500, "3"),
    ("网关设备", "3", 9_800, "3"),
)
# Shares of an order that are due so many days after it.
PLANS = (((1.0, 30),), ((0.5, 10), (0.5, 60)), ((0.3, 5), (0.5, 45), (0.2, 120)))


@dataclass(slots=True)
class _Books:
    """What is made on the way, by object; `amount` is what PaymentObj calls its amount here (§6.8)."""

    amount: str
    orders: list[Record] = field(default_factory=list)
    plans: list[Record] = field(default_factory=list)
    payments: list[Record] = field(default_factory=list)
    details: list[Record] = field(default_factory=list)


def make_money(state: State, timeline: Timeline, deals: list[Record]) -> None:
    """Fill ProductObj, SalesOrderObj, PaymentPlanObj, PaymentObj and OrderPaymentObj."""
    rng = state.world.rng("fxiaoke/money")
    books = _Books("amount" if "amount" in state.tables["PaymentObj"].spec.fields else "payment_amount")
    won = [deal for deal in deals if deal["sales_stage"] == WON and deal["life_status"] != "invalid"]
    for deal in sorted(won, key=lambda deal: (deal["stg_changed_time"], deal["_id"])):
        _order(rng, timeline, books, deal)
    made = {
        "ProductObj": [_product(rng, timeline, place) for place in range(len(PRODUCTS))],
        "SalesOrderObj": books.orders,
        "PaymentPlanObj": books.plans,
        "PaymentObj": books.payments,
        "OrderPaymentObj": books.details,
    }
    for name, records in made.items():
        table = state.tables[name]
        table.fill(map(table.make, records))


def _product(rng: random.Random, timeline: Timeline, place: int) -> Record:
    name, category, price, unit = PRODUCTS[place]
    created = timeline.start + (9 + place) * 3_600_000
    return {
        **base(rng, timeline, created=created, modified=created, owner=ADMIN, department=ROOT_DEPARTMENT),
        "name": name,
        "product_code": f"P-{place + 1:03d}",
        "category": category,
        "price": f"{price:.2f}",
        "unit": unit,
        "product_status": "1",
    }


def _order(rng: random.Random, timeline: Timeline, books: _Books, deal: Record) -> None:
    won, amount = deal["stg_changed_time"], Decimal(deal["amount"])
    created = min(won + 60_000, timeline.end - 1)
    order = {
        **_common(rng, timeline, deal, created),
        "name": f"SO-{len(books.orders) + 1:05d}",
        "account_id": deal["account_id"],
        "new_opportunity_id": deal["_id"],
        "order_time": timeline.midnight(created),
        "order_amount": deal["amount"],
        "product_amount": deal["amount"],
        "discount": deal["opp_discount"],
        "delivery_date": timeline.midnight(created) + rng.randrange(10, 45) * DAY_MS,
        "ship_to_id": deal.get("contact_id"),
    }
    books.orders.append(order)
    paid = sum((_plan(rng, timeline, books, order, part) for part in _parts(rng, amount)), Decimal(0))
    delivered = order["delivery_date"] < timeline.end
    order["receivable_amount"] = f"{amount - paid:.2f}"
    order["delivered_amount_sum"] = deal["amount"] if delivered else "0.00"
    order["order_status"] = "4" if delivered and paid == amount else "3" if delivered else "2"


def _parts(rng: random.Random, amount: Decimal) -> list[tuple[Decimal, int]]:
    """Amounts that sum up to the whole, to the cent, and after how many days each is due."""
    plan = rng.choice(PLANS)
    parts = [(Decimal(f"{float(amount) * share:.2f}"), days) for share, days in plan[:-1]]
    return [*parts, (amount - sum((part for part, _ in parts), Decimal(0)), plan[-1][1])]


def _plan(rng: random.Random, timeline: Timeline, books: _Books, order: Record, part: tuple[Decimal, int]) -> Decimal:
    """One payment plan; the amount that has come of it: all or nothing."""
    amount, days = part
    due = order["order_time"] + days * DAY_MS
    came = due + int(rng.gauss(3, 8)) * DAY_MS + 10 * 3_600_000
    came = max(came, order["create_time"] + 3_600_000)
    paid = came < timeline.end and rng.random() < 0.93
    plan = {
        **_common(rng, timeline, order, order["create_time"], came if paid else order["create_time"]),
        "name": f"PP-{len(books.plans) + 1:05d}",
        "account_id": order["account_id"],
        "order_id": order["_id"],
        "plan_payment_amount": f"{amount:.2f}",
        "plan_payment_time": due,
        "plan_payment_status": "2" if paid else "3" if due < timeline.end else "1",
        "plan_payment_method": "1",
        "actual_payment_amount": f"{amount if paid else 0:.2f}",
        "remind_time": due - 3 * DAY_MS + 9 * 3_600_000,
    }
    books.plans.append(plan)
    if not paid:
        return Decimal(0)
    payment = {
        **_common(rng, timeline, order, came),
        "name": f"PM-{len(books.payments) + 1:05d}",
        "account_id": order["account_id"],
        "order_id": order["_id"],
        "payment_time": timeline.midnight(came),
        "submit_time": came,
        books.amount: f"{amount:.2f}",
        "payment_term": "1" if rng.random() < 0.9 else "2",
    }
    books.payments.append(payment)
    books.details.append(
        {
            **_common(rng, timeline, order, came),
            "name": f"PD-{len(books.details) + 1:05d}",
            "payment_id": payment["_id"],
            "order_id": order["_id"],
            "payment_amount": f"{amount:.2f}",
            "payment_time": payment["payment_time"],
        }
    )
    return amount


def _common(
    rng: random.Random, timeline: Timeline, of: Record, created: int, modified: int | None = None
) -> dict[str, Any]:
    return base(
        rng,
        timeline,
        created=created,
        modified=created if modified is None else modified,
        owner=of["owner"],
        department=of["data_own_department"],
    )
