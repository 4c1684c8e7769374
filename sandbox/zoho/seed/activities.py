"""What the salespeople did about their deals, leads and accounts: tasks, calls, meetings and notes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from sandbox.zoho import times
from sandbox.zoho.fields import CREATED, ID, MODIFIED, OWNER
from sandbox.zoho.modules.activities import CALLS, EVENTS, TASKS
from sandbox.zoho.modules.notes import NOTES
from sandbox.zoho.render import full_name
from sandbox.zoho.rules import duration
from sandbox.zoho.seed.frame import as_row, number, stamps

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from sandbox.zoho.seed.accounts import Account
    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row, Table

_TASKS, _CALLS, _EVENTS, _NOTES = 2_500, 3_200, 900, 1_500
_MOST_LEADS = 2_000
_TODO = ("发送报价", "回访客户", "准备合同", "Follow up", "Send proposal", "Prepare contract", "Check requirements")
_TALK = ("电话沟通", "需求确认", "报价说明", "Intro call", "Pricing call", "Follow-up call")
_MEET = ("产品演示", "现场拜访", "合同谈判", "Product demo", "On-site visit", "Contract review")
_WROTE = (
    ("客户反馈", "客户对价格有顾虑，下周再联系。"),
    ("会议纪要", "确认了需求范围，等待内部审批。"),
    ("Budget", "Budget approved for next quarter."),
    ("Decision", "Decision maker is on leave until the end of the month."),
)


class Parent(NamedTuple):
    """What an activity is about, and the time in which it can have happened."""

    what: int
    who: int | None
    owner: int
    begin: int
    end: int
    still_open: bool


def parents(business: list[Deal], customers: list[Account], leads: Table) -> list[Parent]:
    """Deals by number, a sample of the leads, and the accounts."""
    found = [
        Parent(
            deal.id,
            deal.contact.id if deal.contact else None,
            deal.seller.id,
            deal.created,
            deal.closing if deal.closed else deal.touched,
            not deal.closed,
        )
        for deal in business
    ]
    place = leads.module.position
    # The newest ones, however many there are.
    for row in islice(leads.by_id.walk(leads.rows, None, back=True), _MOST_LEADS):
        still_open = not row[place["Converted__s"]]
        found.append(Parent(row[ID], None, row[OWNER], row[CREATED], row[MODIFIED], still_open))
    found += [
        Parent(entry.id, None, entry.owner, entry.created, entry.touched, still_open=False) for entry in customers[::2]
    ]
    return found


def moment(frame: Frame, rng: random.Random, begin: int, end: int) -> int:
    at = frame.at_work(rng, begin + rng.random() * max(0, end - begin))
    return min(max(at, begin), max(begin, end))


def tasks(frame: Frame, about: list[Parent]) -> Iterator[Row]:
    rng = frame.rng("tasks")
    found = []
    for parent in rng.choices(about, k=_TASKS):
        created = moment(frame, rng, parent.begin, parent.end)
        due = created + rng.randrange(1, 21) * times.DAY_S
        done = not parent.still_open or rng.random() < 0.6
        closed = max(created, min(due - rng.randrange(-3, 3) * times.DAY_S, parent.end)) if done else None
        found.append(
            {
                **stamps(parent.owner, created, closed),
                "Subject": rng.choice(_TODO),
                "Status": "Completed" if done else rng.choice(TASKS.by_name["Status"].options[:3]),
                "Priority": rng.choice(("High", "Normal", "Normal", "Low", "Highest")),
                "Due_Date": times.local_date(due),
                "Closed_Time": closed,
                "What_Id": parent.what,
                "Who_Id": parent.who,
            }
        )
    return (as_row(TASKS, draft) for draft in number(TASKS, found))


def calls(frame: Frame, about: list[Parent]) -> Iterator[Row]:
    rng = frame.rng("calls")
    found = []
    for parent in rng.choices(about, k=_CALLS):
        begin = moment(frame, rng, parent.begin, parent.end)
        kind = rng.choices(("Outbound", "Inbound", "Missed"), (70, 22, 8))[0]
        seconds = 0 if kind == "Missed" else min(5_400, int(rng.lognormvariate(5.6, 0.8)))
        status = {"Outbound": "Attended Dialled", "Inbound": "Received", "Missed": "Missed"}[kind]
        found.append(
            {
                **stamps(parent.owner, min(begin + seconds, max(begin, parent.end))),
                "Subject": rng.choice(_TALK),
                "Call_Type": kind,
                "Call_Start_Time": begin,
                "Call_Duration": duration(seconds),
                "Call_Duration_in_seconds": seconds,
                "Call_Purpose": rng.choice((None, "Prospecting", "Negotiation", "Demo")),
                "Call_Result": rng.choice((None, "Interested", "Requested call back")) if seconds else None,
                "Call_Status": status,
                "Outgoing_Call_Status": "Completed" if kind == "Outbound" else None,
                "What_Id": parent.what,
                "Who_Id": parent.who,
            }
        )
    return (as_row(CALLS, draft) for draft in number(CALLS, found))


def events(frame: Frame, about: list[Parent], contacts: Table) -> Iterator[Row]:
    """Meetings begin on an hour of the working day; they were put into the calendar some days before."""
    rng = frame.rng("events")
    found = []
    for parent in rng.choices(about, k=_EVENTS):
        created = moment(frame, rng, parent.begin, parent.end)
        midnight = created - (created - frame.end) % times.DAY_S
        begin = midnight + rng.randrange(1, 11) * times.DAY_S + rng.randrange(9, 18) * 3600
        invited = contacts.get(parent.who) if parent.who else None
        found.append(
            {
                **stamps(parent.owner, created),
                "Event_Title": rng.choice(_MEET),
                "Start_DateTime": begin,
                "End_DateTime": begin + rng.choice((1, 1, 2)) * 3600,
                "Venue": rng.choice((None, "客户现场", "Video call", "Office")),
                "Participants": _participants(contacts, invited),
                "What_Id": parent.what,
                "Who_Id": parent.who,
            }
        )
    return (as_row(EVENTS, draft) for draft in number(EVENTS, found))


def _participants(contacts: Table, invited: Row | None) -> str:
    if invited is None:
        return "[]"
    first, last, email = (invited[contacts.module.position[name]] for name in ("First_Name", "Last_Name", "Email"))
    contact = str(invited[ID])
    guest = {"id": contact, "type": "contact", "participant": contact, "name": full_name(None, first, last)}
    return orjson.dumps([guest | {"Email": email, "invited": True, "status": "not_known"}]).decode()


def notes(frame: Frame, about: list[Parent]) -> Iterator[Row]:
    rng = frame.rng("notes")
    found: list[dict[str, Any]] = []
    for parent in rng.choices(about, k=_NOTES):
        title, content = rng.choice(_WROTE)
        on_contact = parent.who if rng.random() < 0.2 else None
        at = moment(frame, rng, parent.begin, parent.end)
        draft = {"Note_Title": title, "Note_Content": content, "Parent_Id": on_contact or parent.what}
        found.append(stamps(parent.owner, at) | draft)
    return (as_row(NOTES, draft) for draft in number(NOTES, found))
