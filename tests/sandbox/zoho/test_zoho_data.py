"""The data of the start are the same for the same seed and day, and look like a sales team's."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.server import Sandbox
from sandbox.world import Scale, World
from sandbox.zoho.system import ZohoSystem
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def zoho() -> Iterator[Zoho]:
    """Of a known day, on which the fate of the deals depends: the shares below are those of its data."""
    with Sandbox(only="zoho", started_at=NOON) as running:
        yield Zoho(running)


def dump(seed: int = 7, started_at: datetime = NOON, scale: Scale = "demo") -> str:
    return json.dumps(ZohoSystem(World(seed=seed, scale=scale, started_at=started_at)).dump())


def everything(zoho: Zoho, module: str, fields: str) -> list[dict[str, Any]]:
    pages = zoho.pages(module, fields=fields, converted="both")
    return [record for page in pages for record in page["data"]]


def test_the_same_seed_and_day_give_the_same_bytes() -> None:
    # 2026-11-24 in Shanghai begins at 16:00 UTC of the day before.
    first = dump()
    assert first == dump(started_at=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert first != dump(started_at=datetime(2026, 11, 23, 15, 59, tzinfo=UTC))
    assert first != dump(seed=8)


def test_a_saved_state_comes_back_whole() -> None:
    world = World(started_at=NOON)
    system = ZohoSystem(world)
    lead = system.edit("Leads", "create", None, {"Last_Name": "Rao"})["id"]
    system.edit("Leads", "delete", lead, {})
    saved = json.loads(json.dumps(system.dump()))
    other = ZohoSystem(World(seed=1, started_at=NOON))
    other.load(saved)
    assert json.dumps(other.dump()) == json.dumps(saved)
    assert other.edit("Leads", "restore", lead, {})["Last_Name"] == "Rao"
    assert other.edit("Leads", "create", None, {"Last_Name": "Next"})["id"] == str(int(lead) + 1)


def test_there_are_as_many_records_as_promised(zoho: Zoho) -> None:
    promised = {
        "Leads": 5000,
        "Accounts": 2000,
        "Contacts": 3000,
        "Deals": 3000,
        "Sales_Performance": 20,
        "Tasks": 2500,
        "Calls": 3200,
        "Events": 900,
        "Notes": 1500,
        "Cases": 500,
        "Products": 12,
        "Customer_Feedback": 600,
        "users": 22,
    }
    # How many orders and stages there are follows from the deals, whose fate depends on the day.
    counts = zoho.sandbox.zoho.counts()
    assert {name: counts[name] for name in promised} == promised


@pytest.mark.parametrize("module", ["Leads", "Accounts", "Contacts", "Deals"])
def test_all_instants_lie_before_the_start_day(zoho: Zoho, module: str) -> None:
    today = (zoho.sandbox.world.started_at + timedelta(hours=8)).date().isoformat()
    for record in everything(zoho, module, "Created_Time,Modified_Time"):
        assert record["Created_Time"] <= record["Modified_Time"] < today


def test_the_result_fields_are_there_and_empty(zoho: Zoho) -> None:
    accounts = everything(zoho, "Accounts", "Customer_Tier,Tier_Reason")
    assert {(record["Customer_Tier"], record["Tier_Reason"]) for record in accounts} == {(None, None)}
    scores = everything(zoho, "Sales_Performance", "Name,Salesperson,Period,Score,Rank")
    users = {user["id"]: user["full_name"] for user in zoho.get("/users").json()["users"]}
    assert len({record["Salesperson"]["id"] for record in scores}) == 20
    assert all(record["Name"] == users[record["Salesperson"]["id"]] for record in scores)
    assert {(record["Period"], record["Score"], record["Rank"]) for record in scores} == {(None, None, None)}


def test_deals_close_in_the_past_or_are_expected_around_now(zoho: Zoho) -> None:
    today = (zoho.sandbox.world.started_at + timedelta(hours=8)).date()
    deals = everything(zoho, "Deals", "Stage,Closing_Date,Account_Name,Contact_Name,Created_Time,Amount")
    for deal in deals:
        closing = date.fromisoformat(deal["Closing_Date"])
        if deal["Stage"].startswith("Closed"):
            assert date.fromisoformat(deal["Created_Time"][:10]) <= closing < today
        else:
            assert today - timedelta(days=90) <= closing <= today + timedelta(days=130)
        assert deal["Amount"] > 0
        assert deal["Account_Name"] is not None
        assert deal["Contact_Name"] is not None
    opened = sum(not deal["Stage"].startswith("Closed") for deal in deals)
    assert 400 < opened < 800


def test_accounts_are_spread_over_tiers(zoho: Zoho) -> None:
    today = (zoho.sandbox.world.started_at + timedelta(hours=8)).date()
    won: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    for deal in everything(zoho, "Deals", "Stage,Closing_Date,Account_Name,Amount"):
        account = deal["Account_Name"]["id"]
        won[account] += 0
        if deal["Stage"] == "Closed Won" and date.fromisoformat(deal["Closing_Date"]) > today - timedelta(days=365):
            won[account] += deal["Amount"]
        elif not deal["Stage"].startswith("Closed"):
            opened[account] += deal["Amount"]
    shares = [sum(amount >= limit for amount in won.values()) / len(won) for limit in (1_000_000, 300_000, 1)]
    assert 0.01 < shares[0] < 0.07
    assert 0.08 < shares[1] < 0.18
    assert 0.2 < shares[2] < 0.6
    assert sum(100_000 <= amount <= 1_000_000 for amount in opened.values()) > 50


def test_salespeople_differ_in_win_rate_and_conversion(zoho: Zoho) -> None:
    won: dict[str, Counter[bool]] = defaultdict(Counter)
    cells: Counter[tuple[str, str]] = Counter()
    for deal in everything(zoho, "Deals", "Stage,Closing_Date,Owner"):
        if deal["Stage"].startswith("Closed"):
            owner, day = deal["Owner"]["id"], date.fromisoformat(deal["Closing_Date"])
            won[owner][deal["Stage"] == "Closed Won"] += 1
            cells[owner, f"{day.year}Q{(day.month + 2) // 3}"] += 1
    rates = sorted(count[True] / count.total() for count in won.values())
    assert len(rates) == 20
    assert 0.15 < rates[0] < 0.32
    assert 0.42 < rates[-1] < 0.6
    quarters = sorted({quarter for _, quarter in cells})[1:-1]
    whole = [count for (_, quarter), count in cells.items() if quarter in quarters]
    assert min(whole) >= 6
    assert max(whole) <= 27
    converted: dict[str, Counter[bool]] = defaultdict(Counter)
    for lead in everything(zoho, "Leads", "Owner,Converted__s"):
        converted[lead["Owner"]["id"]][lead["Converted__s"]] += 1
    # The one who left converted nothing.
    shares = sorted(count[True] / count.total() for count in converted.values())[1:]
    assert 0.07 < shares[0] < 0.13
    assert 0.17 < shares[-1] < 0.26


def test_converted_leads_point_at_what_they_became(zoho: Zoho) -> None:
    deals = {deal["id"]: deal for deal in everything(zoho, "Deals", "Account_Name,Contact_Name,Owner,Created_Time")}
    links = "Converted__s,Converted_Account,Converted_Contact,Converted_Deal,Converted_Date_Time,Owner,Created_Time"
    leads = [lead for lead in everything(zoho, "Leads", links) if lead["Converted__s"]]
    with_deal = [lead for lead in leads if lead["Converted_Deal"]]
    assert 0.8 < len(with_deal) / len(leads) < 1
    for lead in with_deal:
        deal = deals[lead["Converted_Deal"]["id"]]
        assert (deal["Account_Name"], deal["Contact_Name"]) == (lead["Converted_Account"], lead["Converted_Contact"])
        assert deal["Owner"] == lead["Owner"]
        assert lead["Created_Time"] < lead["Converted_Date_Time"] == deal["Created_Time"]


def test_names_are_chinese_and_english_and_one_owner_has_left(zoho: Zoho) -> None:
    names = [record["Account_Name"] for record in everything(zoho, "Accounts", "Account_Name")]
    assert 600 < sum(name.isascii() for name in names) < 1400
    left = [user["id"] for user in zoho.get("/users", type="DeactiveUsers").json()["users"]]
    owned = sum(record["Owner"]["id"] in left for record in everything(zoho, "Leads", "Owner"))
    assert 10 < owned < 100


@pytest.mark.nightly
def test_a_hundred_thousand_leads_are_exactly_that() -> None:
    system = ZohoSystem(World(scale="100k", started_at=NOON))
    assert system.counts()["Leads"] == 100_000
    assert system.counts()["Deals"] == 3000
