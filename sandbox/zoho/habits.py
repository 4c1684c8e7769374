"""What people do all day in Zoho's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.habits import Habit
from sandbox.zoho.modules.deals import STAGES
from sandbox.zoho.modules.leads import STATUSES
from sandbox.zoho.modules.lists import RATINGS

if TYPE_CHECKING:
    import random

    from sandbox.habits import Pick

Values = dict[str, Any]


def _lead(rng: random.Random, _pick: Pick) -> Values:
    number = rng.randrange(100_000)
    return {"Last_Name": f"Traffic {number}", "Company": f"Traffic {number} Ltd", "Lead_Status": "Not Contacted"}


def _deal(rng: random.Random, pick: Pick) -> Values:
    return {
        "Deal_Name": f"Traffic {rng.randrange(100_000)}",
        "Account_Name": pick("Accounts"),
        "Stage": "Qualification",
        "Amount": rng.randrange(10, 1000) * 100,
    }


def _merged(_rng: random.Random, pick: Pick) -> Values:
    """Another account goes into this one, which takes its phone."""
    return {pick("Accounts") or "": ["Phone"]}


HABITS = (
    Habit(30, "Leads", "update", values=lambda rng, _: {"Lead_Status": rng.choice(STATUSES)}),
    Habit(10, "Accounts", "update", values=lambda rng, _: {"Rating": rng.choice(RATINGS)}),
    Habit(10, "Contacts", "update", values=lambda rng, _: {"Title": f"Title {rng.randrange(100)}"}),
    Habit(12, "Deals", "update", values=lambda rng, _: {"Amount": rng.randrange(10, 1000) * 100}),
    Habit(12, "Deals", "update", values=lambda rng, _: {"Stage": rng.choice(STAGES).actual}),
    Habit(10, "Leads", "create", "new", values=_lead),
    Habit(3, "Deals", "create", "new", values=_deal),
    Habit(5, "Leads", "delete"),
    Habit(2, "Deals", "delete"),
    Habit(4, "Leads", "restore", "deleted"),
    Habit(1, "Leads", "convert"),
    Habit(1, "Accounts", "merge", values=_merged),
)
