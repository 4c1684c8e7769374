"""Customers and prospects, each with a size and an owner; a good half of them never get a deal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import cast
from sandbox.zoho import times
from sandbox.zoho.directory import LEAVER_ID
from sandbox.zoho.modules.accounts import ACCOUNTS
from sandbox.zoho.seed.frame import as_rows

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from sandbox.cast import Company
    from sandbox.zoho.seed.frame import Frame, Seller
    from sandbox.zoho.store import Row

FIRST_ID = 5_000_000_200_000_001
OVERSEAS = 3
_OVERSEAS_SHARE, _WITHOUT_DEALS, _OLD_BOOK = 0.45, 0.42, 0.35
_LEFT_BEHIND = 12


@dataclass(slots=True)
class Account:
    """An account while it is drawn: `appetite` weighs how often it gets a deal."""

    company: Company
    seller: Seller
    appetite: float
    created: int
    owner: int
    id: int = 0
    touched: int = 0
    deals: int = 0
    won: int = 0


def draw(frame: Frame, count: int) -> list[Account]:
    rng = frame.rng("accounts")
    return [_account(rng, frame, company) for company in cast.companies(frame.world, "zoho", count)]


def settle(frame: Frame, found: list[Account]) -> None:
    """Give ids in order of creation, once the deals have said how old each account is at least."""
    found.sort(key=lambda account: (account.created, account.company.key))
    left = 0
    for index, account in enumerate(found):
        account.id = FIRST_ID + index
        if left < _LEFT_BEHIND and not account.deals:
            account.owner, left = LEAVER_ID, left + 1
    rng = frame.rng("accounts/touched")
    for account in found:
        base = max(account.touched, account.created)
        later = base + int(rng.expovariate(1 / (60 * times.DAY_S)))
        account.touched = base if rng.random() < 0.4 else min(later, frame.end - 1 - rng.randrange(3600))
        account.touched = max(account.touched, account.created)


def _account(rng: random.Random, frame: Frame, company: Company) -> Account:
    overseas = company.country != "中国" and rng.random() < _OVERSEAS_SHARE
    seller = rng.choice([seller for seller in frame.sellers if (seller.team == OVERSEAS) == overseas])
    appetite = 0.0 if rng.random() < _WITHOUT_DEALS else rng.lognormvariate(0, 0.8) * company.size**0.3
    span = frame.end - frame.start
    if rng.random() < _OLD_BOOK:
        created = frame.at_work(rng, frame.start + rng.random() * 0.06 * span)
    else:
        created = frame.at_work(rng, frame.start + rng.random() ** 0.85 * span)
    return Account(company, seller, appetite, created, seller.id)


def rows(frame: Frame, found: list[Account]) -> Iterator[Row]:
    rng = frame.rng("accounts/details")
    companies = [account.company for account in found]
    employees = [max(5, int(company.size * rng.uniform(30, 220))) for company in companies]
    columns: dict[str, Sequence[Any]] = {
        "id": [account.id for account in found],
        "Owner": [account.owner for account in found],
        "Created_By": [account.owner for account in found],
        "Created_Time": [account.created for account in found],
        "Modified_By": [account.owner for account in found],
        "Modified_Time": [account.touched for account in found],
        "Last_Activity_Time": [account.touched for account in found],
        "Account_Name": [company.name for company in companies],
        "Account_Number": [str(10_000 + account.company.key) for account in found],
        "Account_Type": ["Customer" if account.won else "Prospect" for account in found],
        "Industry": [company.industry for company in companies],
        "Ownership": [rng.choice((None, None, "Private", "Private", "Public", "Subsidiary")) for _ in found],
        "Employees": employees,
        "Annual_Revenue": [count * rng.randrange(200_000, 900_000, 10_000) for count in employees],
        "Phone": [company.phone for company in companies],
        "Website": [company.website for company in companies],
        "Billing_City": [company.city for company in companies],
        "Billing_State": [company.province for company in companies],
        "Billing_Country": [company.country for company in companies],
    }
    return as_rows(ACCOUNTS, len(found), columns)
