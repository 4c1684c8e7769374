"""Opportunities: most of them closed, the open ones in all stages, some of them stale."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.generate.org import LEAVER
from sandbox.fxiaoke.generate.record import Record, Regular, base, discard
from sandbox.fxiaoke.generate.timeline import DAY_MS
from sandbox.fxiaoke.objects_sales import PROBABILITY_OF_STAGE, SALES_PROCESS, STATUS_OF_STAGE

if TYPE_CHECKING:
    import random

    from sandbox.fxiaoke.generate.org import Seller
    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State

DEALS, DISCARDED_DEALS = 1000, 8
OPEN_SHARE, VOID_SHARE, STALE_SHARE = 0.14, 0.03, 0.2
LEAVERS_DEALS = 5
SUBJECTS = ("年度采购", "系统升级", "一期项目", "二期项目", "设备更新", "续约", "服务合同", "增购", "试点项目")


@dataclass(frozen=True, slots=True)
class Weight:
    """How much business an account of this rank does."""

    until: float  # share of the accounts, the largest first
    deals: float
    amount: float
    spread: float


# Few accounts win more than a million a year, some a few hundred thousand, many little and many nothing.
WEIGHTS = (Weight(0.04, 4.5, 330_000, 0.5), Weight(0.16, 2.4, 140_000, 0.5), Weight(1.0, 1.0, 22_000, 0.8))
WITHOUT_DEALS = 0.2


@dataclass(frozen=True, slots=True)
class _Book:
    """A seller's accounts that buy, and their weights; `people` are all contacts by account."""

    accounts: list[Record]
    weights: list[Weight]
    people: dict[str, list[str]]


def make_deals(
    state: State, timeline: Timeline, sellers: list[Seller], accounts: list[Record], contacts: list[Record]
) -> list[Record]:
    """Opportunities; accounts learn of their first and last deal."""
    rng = state.world.rng("fxiaoke/deals")
    live = [account for account in accounts if account["life_status"] != "invalid"]
    people: dict[str, list[str]] = {}
    for contact in contacts:
        if contact["life_status"] != "invalid":
            people.setdefault(contact["account_id"], []).append(contact["_id"])
    books = _books(rng, live, sellers, people)
    records = [
        _deal(rng, timeline, seller, books[seller.user_id], times)
        for seller, number in zip(sellers, _apportion(sellers, DEALS), strict=True)
        for times in _fates(rng, timeline, seller, number)
    ]
    for seller in rng.sample(sellers, DISCARDED_DEALS):
        times = _closed(rng, timeline, "7", rng.random())
        records.append(discard(_deal(rng, timeline, seller, books[seller.user_id], times)))
    _hand_to_leaver(records)
    _tell_accounts(timeline, accounts, records)
    return records


def _books(
    rng: random.Random, accounts: list[Record], sellers: list[Seller], people: dict[str, list[str]]
) -> dict[str, _Book]:
    """Who sells to which accounts; the largest companies (by level, then chance) do the most business."""
    ranked = sorted(accounts, key=lambda account: (account["account_level"], rng.random()))
    books = {seller.user_id: _Book([], [], people) for seller in sellers}
    for place, account in enumerate(ranked):
        weight = next(item for item in WEIGHTS if place < item.until * len(ranked))
        buys = weight is not WEIGHTS[-1] or rng.random() >= WITHOUT_DEALS
        if buys:
            book = books[account["owner"]]
            book.accounts.append(account)
            book.weights.append(weight)
    for seller in sellers:
        if not books[seller.user_id].accounts:
            books[seller.user_id].accounts.append(rng.choice(ranked))
            books[seller.user_id].weights.append(WEIGHTS[-1])
    return books


def _apportion(sellers: list[Seller], total: int) -> list[int]:
    """How many deals each seller gets, by activity."""
    shares = list(accumulate(seller.activity for seller in sellers))
    ends = [round(total * share / shares[-1]) for share in shares]
    return [end - start for start, end in pairwise([0, *ends])]


def _fates(rng: random.Random, timeline: Timeline, seller: Seller, number: int) -> list[dict[str, Any]]:
    """When a seller's deals began and how they ended: regular enough that each quarter shows the seller's habits."""
    opened = round(number * OPEN_SHARE)
    closed = number - opened
    wins, voids = Regular(rng, seller.win_rate), Regular(rng, VOID_SHARE)
    places = rng.sample(range(closed), closed)
    fates = [
        _closed(rng, timeline, "7" if voids() else "5" if wins() else "6", (place + rng.random()) / closed)
        for place in places
    ]
    return [*fates, *(_open(rng, timeline) for _ in range(opened))]


def _deal(rng: random.Random, timeline: Timeline, seller: Seller, book: _Book, times: dict[str, Any]) -> Record:
    place = rng.choices(range(len(book.accounts)), [weight.deals for weight in book.weights])[0]
    account, weight = book.accounts[place], book.weights[place]
    amount = rng.lognormvariate(0, weight.spread) * weight.amount * (0.8 + 0.2 * seller.skill)
    created, modified = times.pop("create_time"), times.pop("last_modified_time")
    contacts = book.people.get(account["_id"])
    stage = times["sales_stage"]
    return {
        **base(rng, timeline, created=created, modified=modified, owner=seller.user_id, department=seller.department),
        "name": f"{account['name']}-{rng.choice(SUBJECTS)}",
        "account_id": account["_id"],
        "contact_id": rng.choice(contacts) if contacts and rng.random() < 0.8 else None,
        "amount": f"{max(500, round(amount, -2)):.2f}",
        "probability": PROBABILITY_OF_STAGE[stage],
        "sales_process_id": SALES_PROCESS,
        "sales_status": STATUS_OF_STAGE[stage],
        "last_followed_time": modified,
        "opp_discount": "100.00" if rng.random() < 0.7 else f"{rng.randrange(80, 100)}.00",
        "opportunity_type": rng.choices("123", (6, 2, 2))[0],
        "lost_reason": rng.choices("12345", (5, 4, 3, 2, 2))[0] if stage == "6" else None,
        **times,
    }


def _open(rng: random.Random, timeline: Timeline) -> dict[str, Any]:
    stale = rng.random() < STALE_SHARE
    age = rng.uniform(90, 300) if stale else min(240.0, rng.expovariate(1 / 40) + 0.3)
    created = timeline.end - int(age * DAY_MS)
    moved = timeline.between(rng, created, created + 20 * DAY_MS if stale else timeline.end)
    expected = rng.randrange(-30, 15) if stale else rng.randrange(-5, 120)
    likely = (1, 3, 3, 2) if age > 30 else (4, 3, 2, 1)
    return {
        "create_time": created,
        "last_modified_time": moved,
        "stg_changed_time": moved,
        "close_date": timeline.end + expected * DAY_MS,
        "sales_stage": rng.choices("1234", likely)[0],
    }


def _closed(rng: random.Random, timeline: Timeline, stage: str, share: float) -> dict[str, Any]:
    closed = timeline.instant(rng, share)
    cycle = int(rng.lognormvariate(3.5, 0.6) * DAY_MS)
    created = max(timeline.start + int(rng.random() * DAY_MS), closed - cycle)
    created = min(created, closed - int(rng.random() * 3_600_000) - 1)
    later = rng.random() < 0.2
    return {
        "create_time": created,
        "last_modified_time": timeline.after(rng, closed, 10) if later else closed,
        "stg_changed_time": closed,
        "close_date": timeline.midnight(closed),
        "sales_stage": stage,
    }


def _hand_to_leaver(records: list[Record]) -> None:
    oldest = sorted(records[:DEALS], key=lambda record: (record["last_modified_time"], record["_id"]))
    for record in oldest[:LEAVERS_DEALS]:
        record.update(owner=LEAVER, created_by=LEAVER, last_modified_by=LEAVER)


def _tell_accounts(timeline: Timeline, accounts: list[Record], deals: list[Record]) -> None:
    """An account is older than its deals; one that bought says so."""
    by_id = {account["_id"]: account for account in accounts}
    for deal in deals[:DEALS]:
        account = by_id[deal["account_id"]]
        early = max(timeline.start, deal["create_time"] - 3_600_000)
        account["create_time"] = min(account["create_time"], early)
        account["claimed_time"] = account["owner_modified_time"] = account["create_time"]
        account["last_modified_time"] = max(account["last_modified_time"], deal["create_time"])
        account["last_followed_time"] = account["last_modified_time"]
        if deal["sales_stage"] == "5":
            account["deal_status"] = "2"
            last = account.get("last_deal_closed_time") or 0
            account["last_deal_closed_time"] = max(last, deal["stg_changed_time"])
            account["last_modified_time"] = max(account["last_modified_time"], deal["stg_changed_time"])
