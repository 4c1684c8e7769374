"""Leads: assigned, followed, converted, given up, or waiting in the pool."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, cycle, islice
from typing import TYPE_CHECKING, Any

from sandbox.cast import companies
from sandbox.fxiaoke.generate.customers import ACCOUNTS, JOBS, names_for_leads
from sandbox.fxiaoke.generate.org import LEAVER
from sandbox.fxiaoke.generate.record import Record, Regular, base, discard
from sandbox.fxiaoke.generate.timeline import DAY_MS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from sandbox.cast import ContactName
    from sandbox.fxiaoke.generate.org import Seller
    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row
    from sandbox.world import Scale

LEADS: dict[Scale, int] = {"demo": 1_500, "awkward": 10_001, "100k": 100_000, "1m": 1_000_000}
DISCARDED_LEADS, LEAVERS_LEADS = 15, 12
POOL_SHARE = 0.05
MOST_COMPANIES = 40_000
POOL = "0123456789abcdef0123456789abcdef"
REMARKS = ("官网留言，想了解报价", "展会上交换名片", "老客户介绍", "下载了白皮书", "Asked for a demo", None, None, None)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What leads are made of."""

    names: Iterator[ContactName]
    companies: Iterator[str]
    sellers: list[Seller]
    shares: list[float]  # cumulative
    converts: dict[str, Regular]
    accounts: dict[str, list[Record]]
    contacts: dict[str, list[Record]]


def make_leads(
    state: State,
    timeline: Timeline,
    *,
    sellers: list[Seller],
    accounts: list[Record],
    contacts: list[Record],
    deals: list[Record],
) -> None:
    """Fill LeadsObj; accounts, contacts and deals that came from leads point back."""
    rng = state.world.rng("fxiaoke/leads")
    total = LEADS[state.world.scale]
    sources = _sources(state, rng, sellers=sellers, accounts=accounts, contacts=contacts, total=total)
    table = state.tables["LeadsObj"]
    deals_of = _deals_to_come_from_leads(rng, deals)
    rows: list[Row] = [table.make(_lead(rng, timeline, sources, deals_of)) for _ in range(total)]
    discarded = [table.make(discard(_lead(rng, timeline, sources, {}))) for _ in range(DISCARDED_LEADS)]
    table.fill(_with_leaver(state, rows), discarded)


def _sources(
    state: State,
    rng: random.Random,
    *,
    sellers: list[Seller],
    accounts: list[Record],
    contacts: list[Record],
    total: int,
) -> _Sources:
    live = [account for account in accounts if account["life_status"] != "invalid"]
    wanted = ACCOUNTS + min(total // 2, MOST_COMPANIES)
    strangers = [company.name for company in islice(companies(state.world, "fxiaoke", wanted), ACCOUNTS, None)]
    by_owner: dict[str, list[Record]] = {}
    for account in live:
        by_owner.setdefault(account["owner"], []).append(account)
    by_account: dict[str, list[Record]] = {}
    for contact in contacts:
        if contact["life_status"] != "invalid":
            by_account.setdefault(contact["account_id"], []).append(contact)
    shares = list(accumulate(seller.activity for seller in sellers))
    return _Sources(
        names=names_for_leads(state),
        companies=cycle(strangers),
        sellers=sellers,
        shares=shares,
        converts={seller.user_id: Regular(rng, seller.conversion) for seller in sellers},
        accounts=by_owner,
        contacts=by_account,
    )


def _deals_to_come_from_leads(rng: random.Random, deals: list[Record]) -> dict[str, list[Record]]:
    """Of each seller, deals in random order, each of which one converted lead may claim."""
    waiting: dict[str, list[Record]] = {}
    for deal in rng.sample(deals, len(deals)):
        if deal["life_status"] != "invalid":
            waiting.setdefault(deal["owner"], []).append(deal)
    return waiting


def _lead(rng: random.Random, timeline: Timeline, sources: _Sources, deals_of: dict[str, list[Record]]) -> Record:
    draw = rng.random()
    if draw < POOL_SHARE:
        return _pooled(rng, timeline, sources)
    seller = rng.choices(sources.sellers, cum_weights=sources.shares)[0]
    if sources.converts[seller.user_id]():
        waiting = deals_of.get(seller.user_id)
        deal = waiting.pop() if waiting and rng.random() < 0.85 else None
        return _converted(rng, timeline, sources, seller, deal)
    return _followed(rng, timeline, sources, seller)


def _person(rng: random.Random, sources: _Sources) -> dict[str, Any]:
    name = next(sources.names)
    draw = rng.random
    return {
        "name": name.name,
        "company": next(sources.companies),
        "job_title": JOBS[int(draw() * len(JOBS))],
        "mobile": name.phone,
        "email": name.email if draw() < 0.8 else None,
        "source": "123456"[int(draw() * 6)],
        "remark": REMARKS[int(draw() * len(REMARKS))],
        "is_duplicated": draw() < 0.02,
        "field_q1W2e__c": "option1" if draw() < 0.5 else "aB3dE5fG7",
    }


def _pooled(rng: random.Random, timeline: Timeline, sources: _Sources) -> Record:
    created = timeline.instant(rng)
    return {
        **base(rng, timeline, created=created, modified=created, owner=None, department=None),
        **_person(rng, sources),
        "leads_pool_id": POOL,
        "leads_stage": "Lead",
        "biz_status": "un_assigned",
    }


def _assigned(
    rng: random.Random, timeline: Timeline, seller: Seller, *, created: int, modified: int, status: str, stage: str
) -> Record:
    followed = status != "un_processed"
    return {
        **base(rng, timeline, created=created, modified=modified, owner=seller.user_id, department=seller.department),
        "leads_stage": stage,
        "leads_stage_changed_time": modified if stage != "Lead" else created,
        "biz_status": status,
        "assigned_time": created,
        "assigner_id": "1000",
        "owner_change_time": created,
        "last_follower": seller.user_id if followed else None,
        "last_follow_time": modified if followed else None,
    }


def _followed(rng: random.Random, timeline: Timeline, sources: _Sources, seller: Seller) -> Record:
    created = timeline.instant(rng)
    age = (timeline.end - created) / DAY_MS
    draw = rng.random()
    waiting = 0.7 if age < 3 else 0.25 if age < 30 else 0.06
    status = "un_processed" if draw < waiting else "processed" if draw < waiting + 0.35 or age < 30 else "closed"
    modified = created if status == "un_processed" else timeline.after(rng, created, 12)
    stage = "Lead" if status == "un_processed" else ("Lead", "MQL", "SQL")[int(rng.random() * 3)]
    record = _assigned(rng, timeline, seller, created=created, modified=modified, status=status, stage=stage)
    record.update(_person(rng, sources))
    if status == "closed":
        record["close_reason"] = "预算取消" if rng.random() < 0.5 else "联系不上"
    return record


def _converted(
    rng: random.Random,
    timeline: Timeline,
    sources: _Sources,
    seller: Seller,
    deal: Record | None,
) -> Record:
    """A lead that became a deal is older than it; one that did not still became an account and a contact."""
    if deal is None:
        accounts = sources.accounts[seller.user_id]
        converted, account_id = timeline.instant(rng), accounts[int(rng.random() * len(accounts))]["_id"]
    else:
        converted, account_id = deal["create_time"], deal["account_id"]
    created = max(timeline.start, converted - int(rng.expovariate(1 / 18) * DAY_MS) - 600_000)
    created = min(created, converted - 1)
    record = _assigned(rng, timeline, seller, created=created, modified=converted, status="transformed", stage="SQL")
    record.update(_person(rng, sources))
    people = sources.contacts[account_id]
    contact = people[int(rng.random() * len(people))]
    record.update(transform_time=converted, account_id=account_id, contact_id=contact["_id"])
    if deal is not None:
        record.update(new_opportunity_id=deal["_id"], company=contact["company"])
        deal["leads_id"] = record["_id"]
        if contact.get("leads_id") is None:
            contact["leads_id"] = record["_id"]
            record.update(name=contact["name"], mobile=contact["mobile1"], email=contact["email"])
    return record


def _with_leaver(state: State, rows: list[Row]) -> list[Row]:
    """Hand the oldest leads that were given up to somebody who left."""
    table = state.tables["LeadsObj"]
    columns = table.spec.columns
    status, created, row_id = columns["biz_status"], columns["create_time"], columns["_id"]
    given_up = [place for place, row in enumerate(rows) if row[status] == "closed"]
    given_up.sort(key=lambda place: (rows[place][created], rows[place][row_id]))
    marks = dict.fromkeys(("owner", "created_by", "last_modified_by", "last_follower"), LEAVER)
    for place in given_up[:LEAVERS_LEADS]:
        rows[place] = table.changed(rows[place], marks)
    return rows
