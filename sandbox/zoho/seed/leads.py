"""Leads: those that became deals, then the many that did not (yet), at any scale."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox import cast
from sandbox.zoho import times
from sandbox.zoho.directory import ADMIN_ID, LEAVER_ID
from sandbox.zoho.modules import lists
from sandbox.zoho.modules.leads import LEADS
from sandbox.zoho.seed.contacts import TITLES_EN, TITLES_ZH
from sandbox.zoho.seed.frame import WINDOW_DAYS, Frame, as_rows

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from sandbox.cast import Company, ContactName
    from sandbox.zoho.seed.contact import Contact
    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.store import Row, Table

FIRST_ID = 5_000_000_600_000_001
CORE = 5_000
_SLICES = 24
_DELETED, _LEFT_BEHIND = 24, 30
_WITHOUT_DEAL, _FROM_THE_WEB = 0.1, 0.35
_MOST_COMPANIES = 20_000
_STATUSES = (
    "Not Contacted",
    "Attempted to Contact",
    "Contacted",
    "Contact in Future",
    "Pre-Qualified",
    "Junk Lead",
    "Lost Lead",
    "Not Qualified",
)
# How many of each status there are among leads up to so many days old.
_BY_AGE = (
    (5, (60, 25, 10, 2, 2, 1, 0, 0)),
    (30, (18, 30, 28, 6, 8, 6, 1, 3)),
    (120, (8, 16, 26, 10, 8, 12, 10, 10)),
    (WINDOW_DAYS + 1, (5, 8, 16, 8, 4, 18, 25, 16)),
)
_SHARES_BY_AGE = [(days * times.DAY_S, list(accumulate(shares))) for days, shares in _BY_AGE]


class Draft(NamedTuple):
    """A lead while it is drawn; sorts by creation."""

    created: int
    order: int
    owner: int
    touched: int
    status: str
    source: str
    name: ContactName
    company: Company
    converted: int | None = None
    account: int | None = None
    contact: int | None = None
    deal: int | None = None


def draw_converted(frame: Frame, business: list[Deal], leads: int) -> list[Draft]:
    """For each salesperson, so many deals as they convert leads, told back as the leads that they were."""
    rng = frame.rng("leads/converted")
    own: dict[int, list[Deal]] = defaultdict(list)
    for deal in business:
        if deal.created > frame.start + 2 * times.DAY_S:
            own[deal.seller.id].append(deal)
    total = sum(seller.activity for seller in frame.sellers)
    found: list[Draft] = []
    for seller in frame.sellers:
        count = round(seller.conversion * leads * seller.activity / total)
        deals = own[seller.id]
        for deal in rng.sample(deals, min(count, len(deals))):
            found.append(_from_deal(rng, frame, deal, len(found)))
    return found


def _from_deal(rng: random.Random, frame: Frame, deal: Deal, order: int) -> Draft:
    contact = deal.contact
    if contact is None:
        raise ValueError("deals get their contacts before leads are drawn")
    waited = max(3600.0, rng.lognormvariate(2.5, 0.8) * times.DAY_S)
    return Draft(
        created=max(frame.start, int(deal.created - waited)),
        order=order,
        owner=deal.seller.id,
        touched=deal.created,
        status=rng.choice(("Contacted", "Pre-Qualified")),
        source=deal.source,
        name=contact.name,
        company=deal.account.company,
        converted=deal.created,
        account=deal.account.id,
        contact=contact.id,
        deal=None if rng.random() < _WITHOUT_DEAL else deal.id,
    )


def fill(table: Table, frame: Frame, converted: list[Draft], known: list[Contact], total: int) -> None:
    """`total` live leads, and a few in the recycle bin."""
    others = _others(frame, len(known), total + _DELETED - len(converted), CORE - len(converted))
    drafts = [*converted, *_converting(frame, others, known)]
    drafts.sort()
    drafts = _left_behind(frame, drafts)
    table.fill(_rows(frame, drafts))
    _delete_some(table, frame)


def _others(frame: Frame, names_used: int, count: int, core: int) -> Iterator[tuple[Draft, float]]:
    """Leads of all ages, each with its owner's chance to convert it: none in the core, whose share is drawn above."""
    rng = frame.rng("leads")
    names = islice(cast.contact_names(frame.world, "zoho"), names_used, names_used + count)
    pools = _company_pools(frame, count)
    step = WINDOW_DAYS * times.DAY_S / _SLICES
    begins = [frame.start + index * step for index in range(_SLICES)]
    slices = rng.choices(begins, [frame.busyness(int(begin + step / 2)) for begin in begins], k=count)
    owners = rng.choices(frame.sellers, [seller.activity for seller in frame.sellers], k=count)
    sources = rng.choices(lists.LEAD_SOURCES[1:], k=count)
    draw = rng.random
    for order, (begin, owner, source, name) in enumerate(zip(slices, owners, sources, names, strict=True)):
        created = min(int(begin + draw() * step), frame.end - 1)
        pool = pools[name.chinese]
        status, touched = _worked_on(rng, frame, created)
        company = pool[int(draw() * len(pool))]
        draft = Draft(created, CORE + order, owner.id, touched, status, source, name, company)
        yield draft, 0.0 if order < core + _DELETED else owner.conversion


def _company_pools(frame: Frame, count: int) -> dict[bool, list[Company]]:
    """Companies that are no accounts, Chinese ones and others; a name is shared by several leads at large scales."""
    used = 2_000
    wanted = min(_MOST_COMPANIES, max(200, int(count * 0.8)))
    pools: dict[bool, list[Company]] = {True: [], False: []}
    for company in islice(cast.companies(frame.world, "zoho", used + wanted), used, None):
        pools[company.country == "中国"].append(company)
    return pools


def _worked_on(rng: random.Random, frame: Frame, created: int) -> tuple[str, int]:
    age = frame.end - created
    shares = next(shares for oldest, shares in _SHARES_BY_AGE if age <= oldest)
    status = rng.choices(_STATUSES, cum_weights=shares)[0]
    if status == "Not Contacted":
        return status, created
    return status, created + min(int(rng.expovariate(1 / (9 * times.DAY_S))), int(age * rng.random()))


def _converting(frame: Frame, others: Iterator[tuple[Draft, float]], known: list[Contact]) -> Iterator[Draft]:
    """Beyond the core, leads convert to contacts that were there before, without a deal."""
    rng = frame.rng("leads/to contacts")
    by_owner: dict[int, list[Contact]] = defaultdict(list)
    for contact in known:
        by_owner[contact.account.owner].append(contact)
    for draft, chance in others:
        if not chance or rng.random() >= chance:
            yield draft
            continue
        moment = draft.created + int(rng.lognormvariate(2.5, 0.8) * times.DAY_S)
        contact = rng.choice(by_owner[draft.owner])
        if contact.created <= moment < frame.end:
            yield draft._replace(
                touched=moment, converted=moment, account=contact.account.id, contact=contact.id, status="Contacted"
            )
        else:
            yield draft


def _left_behind(frame: Frame, drafts: list[Draft]) -> list[Draft]:
    """The oldest open leads belong to somebody who has left."""
    limit, left = frame.start + (frame.end - frame.start) // 3, 0
    for index, draft in enumerate(drafts):
        if left == _LEFT_BEHIND:
            break
        if draft.converted is None and draft.touched < limit:
            drafts[index], left = draft._replace(owner=LEAVER_ID), left + 1
    return drafts


def _delete_some(table: Table, frame: Frame) -> None:
    rng = frame.rng("leads/deleted")
    place = table.module.position
    recent = frame.end - 150 * times.DAY_S
    newest = list(table.by_id.walk(table.rows, None, back=True))
    candidates = [row for row in newest if not row[place["Converted__s"]] and row[place["Created_Time"]] > recent]
    for row in rng.sample(candidates, _DELETED):
        earliest = max(row[place["Modified_Time"]], frame.end - 55 * times.DAY_S)
        table.delete(row[place["id"]], rng.randrange(earliest, frame.end), row[place["Owner"]])


def _rows(frame: Frame, drafts: list[Draft]) -> Iterator[Row]:
    rng = frame.rng("leads/details")
    draw = rng.random
    owners = [draft.owner for draft in drafts]
    names = [draft.name for draft in drafts]
    companies = [draft.company for draft in drafts]
    by_hand = [draw() >= _FROM_THE_WEB for _ in drafts]
    touched = [draft.touched for draft in drafts]
    columns: dict[str, Sequence[Any]] = {
        "id": range(FIRST_ID, FIRST_ID + len(drafts)),
        "Owner": owners,
        "Created_By": [owner if hand else ADMIN_ID for owner, hand in zip(owners, by_hand, strict=True)],
        "Created_Time": [draft.created for draft in drafts],
        "Modified_By": owners,
        "Modified_Time": touched,
        "Last_Activity_Time": touched,
        "Company": [company.name for company in companies],
        "First_Name": [name.first_name for name in names],
        "Last_Name": [name.last_name for name in names],
        "Designation": [_title(name, draw()) for name in names],
        "Email": [name.email for name in names],
        "Phone": [company.phone for company in companies],
        "Mobile": [name.phone for name in names],
        "Website": [company.website for company in companies],
        "Lead_Source": [draft.source for draft in drafts],
        "Lead_Status": [draft.status for draft in drafts],
        "Industry": [company.industry for company in companies],
        "No_of_Employees": [max(3, int(company.size * (20 + 180 * draw()))) for company in companies],
        "City": [company.city for company in companies],
        "State": [company.province for company in companies],
        "Country": [company.country for company in companies],
        "Email_Opt_Out": [draw() < 0.04 for _ in drafts],
        "Converted__s": [draft.converted is not None for draft in drafts],
        "Converted_Date_Time": [draft.converted for draft in drafts],
        "Converted_Account": [draft.account for draft in drafts],
        "Converted_Contact": [draft.contact for draft in drafts],
        "Converted_Deal": [draft.deal for draft in drafts],
        "Lead_Conversion_Time": [
            None if draft.converted is None else (draft.converted - draft.created) // times.DAY_S for draft in drafts
        ],
        "Data_Source": ["Manual" if hand else "Web Forms" for hand in by_hand],
    }
    return as_rows(LEADS, len(drafts), columns)


def _title(name: ContactName, chance: float) -> str:
    titles = TITLES_ZH if name.chinese else TITLES_EN
    return titles[int(chance * len(titles))]
