"""What people do all day in Fxiaoke's client; it knows no merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.objects_sales import INDUSTRIES, SALES_STAGES
from sandbox.habits import Habit

if TYPE_CHECKING:
    import random

    from sandbox.habits import Pick

Values = dict[str, Any]


def _lead(rng: random.Random, _pick: Pick) -> Values:
    number = rng.randrange(100_000)
    return {"name": f"流量 {number}", "company": f"流量 {number} 有限公司"}


def _deal(rng: random.Random, pick: Pick) -> Values:
    amount = str(rng.randrange(10, 1000) * 100)
    return {"name": f"流量 {rng.randrange(100_000)}", "account_id": pick("AccountObj"), "amount": amount}


HABITS = (
    Habit(30, "LeadsObj", "update", values=lambda rng, _: {"remark": f"电话 {rng.randrange(1000)}"}),
    Habit(10, "AccountObj", "update", values=lambda rng, _: {"industry_level1": rng.choice(INDUSTRIES)[0]}),
    Habit(10, "ContactObj", "update", values=lambda rng, _: {"job_title": f"职务 {rng.randrange(100)}"}),
    Habit(12, "NewOpportunityObj", "update", values=lambda rng, _: {"amount": str(rng.randrange(10, 1000) * 100)}),
    Habit(12, "NewOpportunityObj", "update", values=lambda rng, _: {"sales_stage": rng.choice(SALES_STAGES)[0]}),
    Habit(10, "LeadsObj", "create", "new", values=_lead),
    Habit(3, "NewOpportunityObj", "create", "new", values=_deal),
    Habit(5, "LeadsObj", "delete"),
    Habit(2, "NewOpportunityObj", "delete"),
    Habit(4, "LeadsObj", "recover", "deleted"),
    Habit(2, "AccountObj", "changeOwner", values=lambda _rng, pick: {"owner": pick("PersonnelObj")}),
    Habit(1, "LeadsObj", "convert"),
)
