"""What people do in the pages of both CRMs, each with how often it happens."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

Values = dict[str, Any]
SALES = {
    "zoho": ("Leads", "Accounts", "Contacts", "Deals"),
    "fxiaoke": ("LeadsObj", "AccountObj", "ContactObj", "NewOpportunityObj"),
}
WORK = {
    "zoho": (
        *("Tasks", "Calls", "Events", "Notes", "Sales_Orders"),
        *("Cases", "Payment_Plans", "Payments", "Customer_Feedback"),
    ),
    "fxiaoke": (
        *("ActiveRecordObj", "TelesalesRecordObj", "CheckinsObj", "ScheduleObj", "TaskObj"),
        *("SalesOrderObj", "PaymentPlanObj", "PaymentObj", "CasesObj", "object_f7B2k__c"),
    ),
}
OBJECTS = {system: (*SALES[system], *WORK[system]) for system in SALES}


@dataclass(frozen=True, slots=True)
class Pick:
    """Some record of a module: a share, from 0 to below 1, of the list of those that are there."""

    module: str
    share: float


class Habit(NamedTuple):
    share: int
    system: str
    module: str
    action: str
    values: Callable[[random.Random], Values] = lambda _: {}


def _some(*choices: tuple[str, Callable[[random.Random], Any]]) -> Callable[[random.Random], Values]:
    """One to three of these fields, each with a value of its kind."""

    def values(rng: random.Random) -> Values:
        return {name: make(rng) for name, make in rng.sample(choices, rng.randint(1, min(3, len(choices))))}

    return values


def _with(**fixed: Callable[[random.Random], Any]) -> Callable[[random.Random], Values]:
    return lambda rng: {name: make(rng) for name, make in fixed.items()}


_WORDS = ("Zeta", "更名有限公司", 'O\'Neil "&" <b>', "=cmd|' /C calc'!A0", "emoji 😀 𠮷", "a\\b\tc", "ÄÖÜ-" * 20)


def _word(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)} {rng.randrange(100)}"


def _or_none(make: Callable[[random.Random], Any]) -> Callable[[random.Random], Any]:
    return lambda rng: make(rng) if rng.random() < 0.8 else None


def _one(*choices: Any) -> Callable[[random.Random], Any]:
    return lambda rng: rng.choice(choices)


def _of(module: str) -> Callable[[random.Random], Pick]:
    return lambda rng: Pick(module, rng.random())


def _day(rng: random.Random) -> str:
    return f"{rng.randrange(2024, 2032)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


def _midnight_ms(rng: random.Random) -> int:
    return (rng.randrange(19_000, 22_000) * 24 - 8) * 3_600_000


def _mail(rng: random.Random) -> str:
    return f"someone{rng.randrange(1000)}@example.com"


_maybe_word, _maybe_mail = _or_none(_word), _or_none(_mail)
_STAGES = ("Qualification", "Needs Analysis", "Negotiation/Review", "Closed Won", "Closed Lost")
_amount = _or_none(lambda rng: rng.choice((0, 1, 99.99, 1234567.5, rng.randrange(10**6))))

_LEAD = _some(
    ("Last_Name", _word),
    ("Company", _word),
    ("Email", _maybe_mail),
    ("Lead_Status", _one("Contacted", "Not Contacted", "Lost Lead", None)),
    ("Description", _maybe_word),
    ("Owner", _of("users")),
)
_ACCOUNT = _some(
    ("Account_Name", _word),
    ("Industry", _one("Technology", "Manufacturing", None)),
    ("Billing_City", _maybe_word),
    ("Customer_Tier", _one("VIP", "A", None)),
    ("Owner", _of("users")),
)
_CONTACT = _some(
    ("Last_Name", _word),
    ("Title", _maybe_word),
    ("Account_Name", _of("Accounts")),
    ("Email_Opt_Out", lambda rng: rng.random() < 0.5),
    ("Date_of_Birth", _or_none(lambda rng: f"19{rng.randrange(50, 99)}-05-04")),
)
_DEAL = _some(
    ("Stage", _one(*_STAGES)),
    ("Amount", _amount),
    ("Closing_Date", _day),
    ("Account_Name", _of("Accounts")),
    ("Owner", _of("users")),
    ("Next_Step", _maybe_word),
)
_NEW_DEAL = _with(
    Deal_Name=_word, Stage=_one(*_STAGES), Amount=_amount, Closing_Date=_day, Account_Name=_of("Accounts")
)
_F_LEAD = _some(
    ("name", _word),
    ("company", _maybe_word),
    ("mobile", _or_none(_one("13800138000", "021-555"))),
    ("remark", _maybe_word),
)
_F_ACCOUNT = _some(("name", _word), ("tel", _maybe_word), ("customer_tier__c", _one("VIP", "B", None)))
_F_CONTACT = _some(
    ("name", _word), ("job_title", _maybe_word), ("email", _maybe_mail), ("account_id", _of("AccountObj"))
)
_F_DEAL = _some(
    ("sales_stage", _one("1", "2", "3", "5", "6", "7")),
    ("amount", _or_none(_one("0", "0.01", "1234567.50", "88"))),
    ("close_date", _midnight_ms),
    ("account_id", _of("AccountObj")),
)
_CONVERSION = _with(Deals=lambda rng: {"Deal_Name": _word(rng), "Stage": "Qualification", "Closing_Date": _day(rng)})

_MINUTE = _with(
    Start_DateTime=lambda rng: f"{_day(rng)}T23:5{rng.randrange(10)}:00+08:00",
    End_DateTime=lambda _: "2032-01-01T00:00:00+08:00",
)
_UPDATES: dict[str, Callable[[random.Random], Values]] = {
    "Tasks": _some(
        ("Status", _one("Not Started", "Completed", "Deferred")),
        ("Due_Date", _or_none(_day)),
        ("Subject", _word),
        ("What_Id", _of("Deals")),
        ("Owner", _of("users")),
    ),
    "Calls": _some(("Subject", _word), ("Call_Duration_in_seconds", _one(0, 61, 3600)), ("Who_Id", _of("Contacts"))),
    "Events": _MINUTE,
    "Notes": _some(("Note_Title", _maybe_word), ("Note_Content", _word)),
    "Sales_Orders": _some(("Status", _one("Created", "Cancelled")), ("Subject", _word)),
    "Cases": _some(
        ("Subject", _word),
        ("Status", _one("New", "Closed")),
        ("Type", _one("Problem", "Feature Request", "Question")),
        ("Account_Name", _of("Accounts")),
    ),
    "Payment_Plans": _some(("Amount", _one(0, 12.34)), ("Due_Date", _day), ("Deal", _of("Deals"))),
    "Payments": _some(("Status", _one("Refunded")), ("Paid_On", _day), ("Payment_Plan", _of("Payment_Plans"))),
    "Customer_Feedback": _some(("Kind", _one("Complaint", "NPS")), ("Score", _one(0, 1, 10)), ("Comment", _word)),
    "ActiveRecordObj": _some(("active_record_type", _one("1", "2", "5")), ("active_record_content", _word)),
    "TelesalesRecordObj": _with(record_content=_word),
    "CheckinsObj": _with(communicate_record=_word),
    "ScheduleObj": _some(("begin_time", _midnight_ms), ("content", _word)),
    "TaskObj": _some(("status", _one("1", "3")), ("dead_line", _midnight_ms), ("name", _word)),
    "SalesOrderObj": _some(("order_amount", _one("0", "12345.67")), ("order_status", _one("5", "7"))),
    "PaymentPlanObj": _some(("plan_payment_amount", _one("0.01", "9")), ("plan_payment_time", _midnight_ms)),
    "PaymentObj": _some(
        ("amount", _one("99.5", "1")), ("payment_term", _one("1", "3")), ("account_id", _of("AccountObj"))
    ),
    "CasesObj": _some(("case_status", _one("1", "4")), ("subject", _word), ("contact_id", _of("ContactObj"))),
    "object_f7B2k__c": _some(("score__c", _one("0", "10")), ("comment__c", _maybe_word)),
}
_CREATES = {
    "Tasks": _with(Subject=_word, What_Id=_of("Accounts")),
    "Notes": _with(Note_Content=_word, Parent_Id=_of("Deals")),
    "Payments": _with(Name=_word, Paid_On=_day, Amount=_one(5), Account=_of("Accounts")),
    "PaymentObj": _with(
        account_id=_of("AccountObj"), order_id=_of("SalesOrderObj"), amount=_one("7"), payment_time=_midnight_ms
    ),
}


def _work() -> tuple[Habit, ...]:
    """What people do to the other objects; the CRMs' words for the way back out of the bin differ."""
    back = {"zoho": "restore", "fxiaoke": "recover"}
    of_all = [(system, module) for system, modules in WORK.items() for module in modules]
    return (
        *(Habit(2, system, module, "update", _UPDATES[module]) for system, module in of_all),
        *(Habit(1, system, module, "create", _CREATES[module]) for system, module in of_all if module in _CREATES),
        *(Habit(1, system, module, action) for system, module in of_all for action in ("delete", back[system])),
    )


def _merged(module: str, field_name: str) -> Callable[[random.Random], Values]:
    return lambda rng: {Pick(module, rng.random()): [field_name]}  # type: ignore[dict-item]


HABITS = (
    Habit(8, "zoho", "Leads", "update", _LEAD),
    Habit(6, "zoho", "Accounts", "update", _ACCOUNT),
    Habit(6, "zoho", "Contacts", "update", _CONTACT),
    Habit(14, "zoho", "Deals", "update", _DEAL),
    Habit(3, "zoho", "Leads", "create", _with(Last_Name=_word, Company=_word)),
    Habit(2, "zoho", "Accounts", "create", _with(Account_Name=_word)),
    Habit(2, "zoho", "Contacts", "create", _with(Last_Name=_word, Account_Name=_of("Accounts"))),
    Habit(3, "zoho", "Deals", "create", _NEW_DEAL),
    *(Habit(2, "zoho", module, "delete") for module in ("Leads", "Accounts", "Contacts", "Deals")),
    *(Habit(2, "zoho", module, "restore") for module in ("Leads", "Accounts", "Contacts", "Deals")),
    Habit(4, "zoho", "Leads", "convert", _CONVERSION),
    Habit(1, "zoho", "Leads", "convert", _with(Accounts=lambda rng: {"id": Pick("Accounts", rng.random())})),
    Habit(2, "zoho", "Accounts", "merge", _merged("Accounts", "Phone")),
    Habit(2, "zoho", "Contacts", "merge", _merged("Contacts", "Title")),
    Habit(2, "zoho", "Leads", "merge", _merged("Leads", "Company")),
    Habit(2, "zoho", "Deals", "merge", _merged("Deals", "Amount")),
    Habit(8, "fxiaoke", "LeadsObj", "update", _F_LEAD),
    Habit(4, "fxiaoke", "AccountObj", "update", _F_ACCOUNT),
    Habit(4, "fxiaoke", "ContactObj", "update", _F_CONTACT),
    Habit(12, "fxiaoke", "NewOpportunityObj", "update", _F_DEAL),
    Habit(3, "fxiaoke", "LeadsObj", "create", _with(name=_word, company=_word)),
    Habit(2, "fxiaoke", "AccountObj", "create", _with(name=_word)),
    Habit(2, "fxiaoke", "ContactObj", "create", _with(name=_word, account_id=_of("AccountObj"))),
    Habit(
        3,
        "fxiaoke",
        "NewOpportunityObj",
        "create",
        _with(name=_word, account_id=_of("AccountObj"), amount=_one("1", "9.5")),
    ),
    *(
        Habit(2, "fxiaoke", module, "delete")
        for module in ("LeadsObj", "AccountObj", "ContactObj", "NewOpportunityObj")
    ),
    *(
        Habit(2, "fxiaoke", module, "recover")
        for module in ("LeadsObj", "AccountObj", "ContactObj", "NewOpportunityObj")
    ),
    Habit(4, "fxiaoke", "LeadsObj", "convert"),
    Habit(2, "fxiaoke", "AccountObj", "changeOwner", _with(owner=_of("PersonnelObj"))),
    Habit(2, "fxiaoke", "NewOpportunityObj", "changeOwner", _with(owner=_of("PersonnelObj"))),
    *_work(),
)
