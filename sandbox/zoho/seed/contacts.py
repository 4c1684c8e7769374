"""People at the accounts: one at least for each, more where there is business."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox import cast
from sandbox.zoho import times
from sandbox.zoho.modules.contacts import CONTACTS
from sandbox.zoho.seed.contact import Contact
from sandbox.zoho.seed.frame import as_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.zoho.seed.accounts import Account
    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row

FIRST_ID = 5_000_000_300_000_001
TITLES_ZH = ("总经理", "采购经理", "技术总监", "财务总监", "运营主管", "信息部主任", "销售总监")
TITLES_EN = ("CEO", "CTO", "Purchasing Manager", "Head of Operations", "IT Manager", "Finance Director", "VP Sales")


def draw(frame: Frame, customers: list[Account], business: list[Deal], count: int) -> list[Contact]:
    """`count` contacts in order of creation; each deal gets one of its account's."""
    rng = frame.rng("contacts")
    weights = [0.3 + min(4, account.deals) for account in customers]
    hosts = [*customers, *rng.choices(customers, weights, k=count - len(customers))][:count]
    year = date.fromisoformat(times.local_date(frame.end)).year
    found = []
    for account, name in zip(hosts, islice(cast.contact_names(frame.world, "zoho"), count), strict=True):
        created = min(account.created + int(rng.random() * 40 * times.DAY_S), frame.end - 1)
        born = date(year - rng.randrange(24, 60), rng.randrange(1, 13), rng.randrange(1, 29)).isoformat()
        title = rng.choice(TITLES_ZH if name.chinese else TITLES_EN)
        found.append(Contact(account, name, title, born if rng.random() < 0.3 else None, None, created, created))
    _introduce(frame, found, business)
    found.sort(key=lambda contact: (contact.created, contact.name.email))
    for index, contact in enumerate(found):
        contact.id = FIRST_ID + index
    return found


def _introduce(frame: Frame, found: list[Contact], business: list[Deal]) -> None:
    rng = frame.rng("contacts/deals")
    of_account: dict[int, list[Contact]] = defaultdict(list)
    for contact in found:
        of_account[contact.account.id].append(contact)
    for deal in business:
        contact = rng.choice(of_account[deal.account.id])
        deal.contact = contact
        contact.source = contact.source or deal.source
        contact.created = min(contact.created, deal.created)
        if rng.random() < 0.5:
            contact.touched = max(contact.touched, deal.touched)
    for contact in found:
        contact.touched = max(contact.touched, contact.created)


def rows(found: list[Contact]) -> Iterator[Row]:
    owners = [contact.account.owner for contact in found]
    columns: dict[str, Sequence[Any]] = {
        "id": [contact.id for contact in found],
        "Owner": owners,
        "Created_By": owners,
        "Created_Time": [contact.created for contact in found],
        "Modified_By": owners,
        "Modified_Time": [contact.touched for contact in found],
        "Last_Activity_Time": [contact.touched for contact in found],
        "First_Name": [contact.name.first_name for contact in found],
        "Last_Name": [contact.name.last_name for contact in found],
        "Account_Name": [contact.account.id for contact in found],
        "Email": [contact.name.email for contact in found],
        "Title": [contact.title for contact in found],
        "Mobile": [contact.name.phone for contact in found],
        "Phone": [contact.account.company.phone for contact in found],
        "Date_of_Birth": [contact.born for contact in found],
        "Lead_Source": [contact.source for contact in found],
        "Mailing_City": [contact.account.company.city for contact in found],
        "Mailing_State": [contact.account.company.province for contact in found],
        "Mailing_Country": [contact.account.company.country for contact in found],
    }
    return as_rows(CONTACTS, len(found), columns)
