"""The generated data: the same each time, and plausible."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from sandbox.fxiaoke.system import FxiaokeSystem
from sandbox.world import World

START = datetime(2026, 11, 24, 3, tzinfo=UTC)
MIDNIGHT_MS = 1_795_449_600_000  # 2026-11-24 in China
DAY_MS = 86_400_000

Records = list[dict[str, Any]]


def system(seed: int = 7, scale: Any = "demo", started_at: datetime = START) -> FxiaokeSystem:
    return FxiaokeSystem(World(seed=seed, scale=scale, started_at=started_at))


def records(of: FxiaokeSystem, name: str) -> Records:
    table = of.dump()["tables"][name]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["live"]]


def state(of: FxiaokeSystem) -> bytes:
    return orjson.dumps(of.dump())


def test_the_same_seed_and_day_give_the_same_state() -> None:
    first = state(system())
    assert state(system(started_at=datetime(2026, 11, 24, 15, 59, tzinfo=UTC))) == first
    assert state(system(seed=8)) != first
    assert state(system(started_at=datetime(2026, 11, 24, 16, 0, tzinfo=UTC))) != first


def test_a_state_that_was_kept_comes_back_whole() -> None:
    changed = system()
    lead = records(changed, "LeadsObj")[0]["_id"]
    changed.edit("LeadsObj", "update", lead, {"remark": "changed"})
    kept = orjson.loads(state(changed))
    other = system(seed=9)
    other.load(kept)
    assert orjson.loads(state(other)) == kept
    assert other.counts() == changed.counts()
    assert other.edit("LeadsObj", "update", lead, {})["remark"] == "changed"


def test_a_hundred_thousand_leads_leave_the_rest_as_it_is() -> None:
    large = system(scale="100k")
    assert large.counts() == {
        "LeadsObj": 100_000,
        "AccountObj": 200,
        "ContactObj": 400,
        "NewOpportunityObj": 1000,
        "performance__c": 20,
        "DepartmentObj": 5,
        "PersonnelObj": 22,
        "LeadsPoolObj": 1,
        "HighSeasObj": 2,
        "MarketingEventObj": 12,
        "OpportunityObj": 0,
        "ProductObj": 10,
        "SalesOrderObj": 295,
        "PaymentObj": 491,
        "OrderPaymentObj": 491,
        "PaymentPlanObj": 594,
        "ActiveRecordObj": 3000,
        "TelesalesRecordObj": 150,
        "ScheduleObj": 300,
        "JournalObj": 120,
        "CheckinsObj": 120,
        "TaskObj": 250,
        "CasesObj": 220,
        "object_f7B2k__c": 320,
    }


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_everything_lies_in_the_past_and_inside_two_years(seed: int) -> None:
    made = system(seed)
    # What is planned may lie ahead, and a day begins before what happens on it.
    other = {"plan_payment_time", "remind_time", "begin_time", "end_time", "order_time", "payment_time", "journal_time"}
    pools = {"LeadsPoolObj", "HighSeasObj", "DepartmentObj", "PersonnelObj"}
    for name in made.counts().keys() - pools:
        for record in records(made, name):
            found = {key: value for key, value in record.items() if key.endswith("_time") and value is not None}
            times = [value for key, value in found.items() if key not in other]
            assert max(times) < MIDNIGHT_MS
            assert record["create_time"] == min(times)
            assert record["create_time"] >= MIDNIGHT_MS - 731 * DAY_MS


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_closed_deals_closed_before_the_first_day_and_open_ones_mostly_later(seed: int) -> None:
    deals = records(system(seed), "NewOpportunityObj")
    closed = [deal for deal in deals if deal["sales_status"] != "1"]
    still_open = [deal for deal in deals if deal["sales_status"] == "1"]
    assert all(deal["close_date"] < MIDNIGHT_MS for deal in closed)
    assert all(deal["close_date"] % DAY_MS == 57_600_000 for deal in deals)
    assert 100 <= len(still_open) <= 180
    assert sum(deal["close_date"] >= MIDNIGHT_MS for deal in still_open) > 0.7 * len(still_open)
    stale = [deal for deal in still_open if deal["last_modified_time"] < MIDNIGHT_MS - 60 * DAY_MS]
    assert stale


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_few_accounts_are_large_and_many_buy_nothing(seed: int) -> None:
    won: dict[str, float] = defaultdict(float)
    deals = records(system(seed), "NewOpportunityObj")
    for deal in deals:
        if deal["sales_status"] == "2" and deal["close_date"] >= MIDNIGHT_MS - 365 * DAY_MS:
            won[deal["account_id"]] += float(deal["amount"])
    with_deals = len({deal["account_id"] for deal in deals})
    assert 0.015 <= sum(value >= 1_000_000 for value in won.values()) / with_deals <= 0.06
    assert 0.08 <= sum(value >= 300_000 for value in won.values()) / with_deals <= 0.18
    assert 60 <= len(won) <= 150


@pytest.mark.parametrize("seed", [1, 2, 3, 7])
def test_salespeople_differ_within_what_is_usual(seed: int) -> None:
    made = system(seed)
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for deal in records(made, "NewOpportunityObj"):
        outcomes[deal["owner"]][deal["sales_status"]] += 1
    leads: dict[str, Counter[bool]] = defaultdict(Counter)
    for lead in records(made, "LeadsObj"):
        if lead["owner"]:
            leads[lead["owner"]][lead["biz_status"] == "transformed"] += 1
    sellers = [str(number) for number in range(1001, 1021)]
    wins = [outcomes[seller]["2"] / (outcomes[seller]["2"] + outcomes[seller]["3"]) for seller in sellers]
    conversions = [leads[seller][True] / leads[seller].total() for seller in sellers]
    assert min(wins) >= 0.18
    assert max(wins) <= 0.56
    assert max(wins) - min(wins) > 0.15
    assert min(conversions) >= 0.08
    assert max(conversions) <= 0.25


def test_links_lead_somewhere() -> None:
    made = system()
    ids = {name: {record["_id"] for record in records(made, name)} for name in made.counts()}
    links = {"account_id": "AccountObj", "contact_id": "ContactObj", "new_opportunity_id": "NewOpportunityObj"}
    links["leads_id"] = "LeadsObj"
    for name in ids:
        for record in records(made, name):
            for field, target in links.items():
                if record.get(field) is not None:
                    assert record[field] in ids[target]
    transformed = [lead for lead in records(made, "LeadsObj") if lead["biz_status"] == "transformed"]
    assert all(lead["account_id"] and lead["contact_id"] and lead["transform_time"] for lead in transformed)


def test_someone_who_left_still_owns_a_few_old_records() -> None:
    made = system()
    assert sum(lead["owner"] == "1021" for lead in records(made, "LeadsObj")) == 12
    assert sum(deal["owner"] == "1021" for deal in records(made, "NewOpportunityObj")) == 5
