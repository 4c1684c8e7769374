"""Deals: closed ones by salesperson and month, then the open pipeline, some of it stale."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.modules import lists
from sandbox.zoho.modules.deals import DEALS, LOSS_REASONS, PIPELINE, STAGE_BY_NAME, STAGES
from sandbox.zoho.seed import accounts
from sandbox.zoho.seed.frame import WINDOW_DAYS, as_rows

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

    from sandbox.zoho.seed.accounts import Account
    from sandbox.zoho.seed.contact import Contact
    from sandbox.zoho.seed.frame import Frame, Seller
    from sandbox.zoho.store import Row

FIRST_ID = 5_000_000_400_000_001
MONTHS = 24
_OPEN_SHARE, _STALE_SHARE = 0.19, 0.22
_TYPICAL_AMOUNT, _SPREAD = 84_000, 0.95
_OPEN_STAGES = [stage.actual for stage in STAGES if stage.forecast == "Open"]
_STEPS = (
    "发送报价",
    "约见决策人",
    "产品演示",
    "Send proposal",
    "Schedule demo",
    "Call decision maker",
    None,
    None,
    None,
)
_PRODUCTS = ("年度订阅", "系统升级", "实施服务", "扩容", "annual licence", "rollout", "upgrade", "pilot")


@dataclass(slots=True)
class Deal:
    """A deal while it is drawn."""

    account: Account
    seller: Seller
    stage: str
    amount: int
    created: int
    touched: int
    closing: int
    closed: bool
    source: str
    step: str | None
    reason: str | None
    product: str
    contact: Contact | None = None
    id: int = 0


def draw(frame: Frame, customers: list[Account], count: int) -> list[Deal]:
    """`count` deals in order of creation; the accounts get their ids and ages in passing."""
    rng = frame.rng("deals")
    books: dict[int, list[Account]] = defaultdict(list)
    for account in customers:
        if account.appetite:
            books[account.seller.id].append(account)
    opened = round(count * _OPEN_SHARE)
    found = [_closed(rng, frame, books, *slot) for slot in _slots(rng, frame, count - opened)]
    found += [_open(rng, frame, books, rng.choice(frame.sellers)) for _ in range(opened)]
    found.sort(key=lambda deal: (deal.created, deal.touched, deal.amount, deal.seller.id))
    for index, deal in enumerate(found):
        deal.id = FIRST_ID + index
        _tell_account(deal)
    accounts.settle(frame, customers)
    return found


def _tell_account(deal: Deal) -> None:
    account = deal.account
    account.deals += 1
    account.won += deal.stage == "Closed Won"
    account.created = min(account.created, deal.created - 3600)
    account.touched = max(account.touched, deal.touched)


def _slots(rng: random.Random, frame: Frame, count: int) -> list[tuple[Seller, int]]:
    """A salesperson and a 24th of the window for each closed deal, in proportion to how busy both are."""
    step = WINDOW_DAYS * times.DAY_S // MONTHS
    slots = [(seller, frame.start + month * step) for month in range(MONTHS) for seller in frame.sellers]
    weights = [seller.activity * frame.busyness(begin + step // 2) * rng.uniform(0.85, 1.15) for seller, begin in slots]
    total, carried, chosen = sum(weights), 0.5, []
    for slot, weight in zip(slots, weights, strict=True):
        carried += weight * count / total
        chosen += [slot] * int(carried)
        carried -= int(carried)
    return (chosen + slots)[:count]


def _closed(rng: random.Random, frame: Frame, books: dict[int, list[Account]], seller: Seller, begin: int) -> Deal:
    closed = frame.at_work(rng, begin + rng.random() * WINDOW_DAYS * times.DAY_S / MONTHS)
    won = rng.random() < seller.win_rate
    cycle = max(2.0, rng.lognormvariate(3.7, 0.6)) * (1.0 if won else 1.15) * times.DAY_S
    created = closed - cycle
    if created < frame.start + times.DAY_S:
        created = frame.start + times.DAY_S + rng.random() * 0.8 * max(0, closed - frame.start - times.DAY_S)
    created = min(frame.at_work(rng, created), closed - rng.randrange(3600, 7200))
    stage = "Closed Won" if won else rng.choice(("Closed Lost", "Closed Lost", "Closed Lost to Competition"))
    deal = _deal(rng, books, seller, stage, created)
    deal.closing, deal.closed, deal.touched, deal.step = closed, True, closed, None
    if rng.random() < 0.08:
        deal.touched = min(closed + int(rng.expovariate(1 / (20 * times.DAY_S))), frame.end - 1 - rng.randrange(3600))
        deal.touched = max(deal.touched, closed)
    if stage == "Closed Lost to Competition":
        deal.reason = "Competition"
    elif not won:
        deal.reason = rng.choice([None, *LOSS_REASONS[1:]])
    return deal


def _open(rng: random.Random, frame: Frame, books: dict[int, list[Account]], seller: Seller) -> Deal:
    """Fresh ones close in the months to come; stale ones should have closed a while ago, and nobody cares."""
    stale = rng.random() < _STALE_SHARE
    age = rng.uniform(150, 420) if stale else min(200, rng.lognormvariate(3.2, 0.8))
    created = frame.at_work(rng, frame.end - age * times.DAY_S)
    progress = min(0.99, age / 75) * rng.uniform(0.4, 1.0)
    deal = _deal(rng, books, seller, _OPEN_STAGES[int(progress * len(_OPEN_STAGES))], created)
    if stale:
        deal.closing = frame.end + int(rng.uniform(-75, 12)) * times.DAY_S
        deal.touched = min(frame.end - int(rng.uniform(70, 140) * times.DAY_S), frame.end - 1)
    else:
        deal.closing = frame.end + int(rng.triangular(-6, 120, 25)) * times.DAY_S
        deal.touched = frame.at_work(rng, frame.end - rng.random() * min(age, 21) * times.DAY_S)
    deal.touched = max(deal.touched, created)
    return deal


def _deal(rng: random.Random, books: dict[int, list[Account]], seller: Seller, stage: str, created: int) -> Deal:
    book = books[seller.id]
    account = rng.choices(book, [entry.appetite for entry in book])[0]
    amount = _TYPICAL_AMOUNT * account.company.size**0.8 * seller.skill**0.5 * rng.lognormvariate(0, _SPREAD)
    return Deal(
        account=account,
        seller=seller,
        stage=stage,
        amount=max(2_000, round(int(amount), -2 if amount < 100_000 else -3)),
        created=created,
        touched=created,
        closing=created,
        closed=False,
        source=rng.choice(lists.LEAD_SOURCES[1:]),
        step=rng.choice(_STEPS),
        reason=None,
        product=rng.choice(_PRODUCTS[:4] if account.company.country == "中国" else _PRODUCTS[4:]),
    )


def rows(found: list[Deal]) -> Iterator[Row]:
    seen: dict[int, int] = defaultdict(int)
    kinds = []
    for deal in found:
        kinds.append("Existing Business" if seen[deal.account.id] else "New Business")
        seen[deal.account.id] += 1
    days = [(deal.closing - deal.created) // times.DAY_S if deal.closed else None for deal in found]
    columns: dict[str, Sequence[Any]] = {
        "id": [deal.id for deal in found],
        "Owner": [deal.seller.id for deal in found],
        "Created_By": [deal.seller.id for deal in found],
        "Created_Time": [deal.created for deal in found],
        "Modified_By": [deal.seller.id for deal in found],
        "Modified_Time": [deal.touched for deal in found],
        "Last_Activity_Time": [deal.touched for deal in found],
        "Deal_Name": [f"{deal.account.company.name} {deal.product}" for deal in found],
        "Account_Name": [deal.account.id for deal in found],
        "Contact_Name": [deal.contact.id if deal.contact else None for deal in found],
        "Stage": [deal.stage for deal in found],
        "Pipeline": [PIPELINE for _ in found],
        "Probability": [STAGE_BY_NAME[deal.stage].probability for deal in found],
        "Amount": [deal.amount for deal in found],
        "Closing_Date": [times.local_date(deal.closing) for deal in found],
        "Type": kinds,
        "Lead_Source": [deal.source for deal in found],
        "Next_Step": [deal.step for deal in found],
        "Reason_For_Loss__s": [deal.reason for deal in found],
        "Sales_Cycle_Duration": days,
        "Overall_Sales_Duration": days,
    }
    return as_rows(DEALS, len(found), columns)
