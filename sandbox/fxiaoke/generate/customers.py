"""Accounts and their contacts."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.cast import companies, contact_names, industry_zh
from sandbox.fxiaoke.areas import CODES
from sandbox.fxiaoke.generate.record import Record, base, discard
from sandbox.fxiaoke.generate.timeline import DAY_MS
from sandbox.fxiaoke.objects_sales import INDUSTRIES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from sandbox.cast import Company, ContactName
    from sandbox.fxiaoke.generate.org import Seller
    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State

ACCOUNTS, CONTACTS = 200, 400
DISCARDED_ACCOUNTS, DISCARDED_CONTACTS = 3, 6
JOBS = ("采购经理", "总经理", "IT 经理", "运营总监", "财务经理", "技术负责人", "Procurement Manager")
INDUSTRY_CODES = {label: code for code, label in INDUSTRIES}


def make_accounts(state: State, timeline: Timeline, sellers: list[Seller]) -> list[Record]:
    """Accounts, those in the recycle bin at the end of the list."""
    rng = state.world.rng("fxiaoke/accounts")
    wanted = ACCOUNTS + DISCARDED_ACCOUNTS
    owners: list[Seller] = []
    while len(owners) < wanted:
        owners += rng.sample(sellers, len(sellers))
    records = [
        _account(rng, timeline, company, seller)
        for company, seller in zip(companies(state.world, "fxiaoke", wanted), owners, strict=False)
    ]
    return [*records[:ACCOUNTS], *map(discard, records[ACCOUNTS:])]


def _account(rng: random.Random, timeline: Timeline, company: Company, seller: Seller) -> Record:
    created = timeline.instant(rng)
    modified = timeline.after(rng, created, 120)
    return {
        **base(rng, timeline, created=created, modified=modified, owner=seller.user_id, department=seller.department),
        "name": company.name,
        "account_no": f"C-{company.key + 1:05d}",
        "account_type": "1" if rng.random() < 0.85 else "2",
        "account_level": "1" if company.size > 2.5 else "2" if company.size > 0.8 else "3",
        "account_source": rng.choice("123456"),
        "deal_status": "1",
        "biz_status": "2",
        "industry_level1": INDUSTRY_CODES.get(industry_zh(company.industry), "other"),
        "tel": company.phone,
        "email": f"info@{company.website.removeprefix('https://www.')}",
        "url": company.website,
        "country": CODES["country"][company.country],
        "province": CODES["province"][company.province],
        "city": CODES["city"][company.city],
        "address": f"{company.city}中山路{rng.randrange(1, 999)}号" if company.country == "中国" else company.city,
        "claimed_time": created,
        "owner_modified_time": created,
        "last_followed_time": modified,
        "transfer_count": "0",
        **_extras(rng, timeline, company),
    }


def _extras(rng: random.Random, timeline: Timeline, company: Company) -> dict[str, Any]:
    """Custom fields, of which a tenant fills some."""
    draw = rng.random
    return {
        "uniform_social_credit_code": f"91310{rng.randrange(10**13):013d}" if draw() < 0.5 else None,
        "field_a1B2c__c": f"{60 + 40 * draw():.2f}" if draw() < 0.4 else None,
        "field_d4T5e__c": timeline.midnight(timeline.instant(rng)) if draw() < 0.3 else None,
        "field_m2N3y__c": tuple(sorted(rng.sample(("m1", "m2", "m3"), 1 + int(2 * draw())))) if draw() < 0.4 else None,
        "field_b0O1l__c": draw() < 0.5,
        "field_c9U8r__c": f"{round(company.size * 50_000, -3):.2f}" if draw() < 0.3 else None,
        "UDSText2__c": f"OLD-{rng.randrange(10**5):05d}" if draw() < 0.2 else None,
    }


def make_contacts(state: State, timeline: Timeline, accounts: list[Record]) -> list[Record]:
    """Two contacts an account on average and at least one, those in the recycle bin at the end of the list."""
    rng = state.world.rng("fxiaoke/contacts")
    live = [account for account in accounts if account["life_status"] != "invalid"]
    names = contact_names(state.world, "fxiaoke")
    more = CONTACTS + DISCARDED_CONTACTS - len(live)
    owners = [*live, *rng.choices(live, k=more)]
    records = [_contact(rng, timeline, account, name) for account, name in zip(owners, names, strict=False)]
    return [*records[:CONTACTS], *map(discard, records[CONTACTS:])]


def names_for_leads(state: State) -> Iterator[ContactName]:
    """People who are no contacts yet."""
    return islice(contact_names(state.world, "fxiaoke"), CONTACTS + DISCARDED_CONTACTS, None)


def _contact(rng: random.Random, timeline: Timeline, account: Record, name: ContactName) -> Record:
    created = timeline.after(rng, account["create_time"], 60)
    modified = timeline.after(rng, created, 90)
    owner, department = account["owner"], account["data_own_department"]
    birthday = timeline.midnight(timeline.end - 1 - rng.randrange(25 * 365, 58 * 365) * DAY_MS)
    return {
        **base(rng, timeline, created=created, modified=modified, owner=owner, department=department),
        "name": name.name,
        "account_id": account["_id"],
        "company": account["name"],
        "job_title": rng.choice(JOBS),
        "mobile1": name.phone,
        "tel1": account["tel"] if rng.random() < 0.3 else None,
        "email": name.email,
        "date_of_birth": birthday if rng.random() < 0.5 else None,
        "primary_contact": rng.random() < 0.5,
    }
