"""What people did and customers said: all of it linked to accounts, contacts, leads and deals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.generate.record import Record, base
from sandbox.fxiaoke.generate.timeline import DAY_MS

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State

COUNTS = {
    "ActiveRecordObj": 3000,
    "TelesalesRecordObj": 150,
    "ScheduleObj": 300,
    "JournalObj": 120,
    "CheckinsObj": 120,
    "TaskObj": 250,
    "CasesObj": 220,
    "object_f7B2k__c": 320,
}
TALKS = (
    "与客户确认预算和时间表",
    "演示产品，客户关注报表",
    "发送报价，等待反馈",
    "讨论合同条款",
    "客户要求延后一个月",
    "回访，使用正常",
    "Sent the proposal; the buyer asks for references",
)
SUBJECTS = ("登录失败", "报表数据不一致", "导入报错", "申请开通模块", "发票问题", "接口超时")
COMMENTS = ("响应很快", "价格偏高", "希望增加移动端功能", "实施团队专业", "Support answers within an hour", None, None)
PLACES = ("客户公司", "展会", "线上")
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class _Customers:
    """Whom records are about: live ones only."""

    accounts: list[Record]
    contacts: dict[str, list[Record]]
    deals: list[Record]


def make_work(
    state: State, timeline: Timeline, accounts: list[Record], contacts: list[Record], deals: list[Record]
) -> None:
    """Fill the objects of `COUNTS`, each from a generator of its own."""
    live = [[record for record in records if record["life_status"] != "invalid"] for records in (accounts, deals)]
    by_account: dict[str, list[Record]] = {}
    for contact in contacts:
        if contact["life_status"] != "invalid":
            by_account.setdefault(contact["account_id"], []).append(contact)
    customers = _Customers(live[0], by_account, live[1])
    for name, number in COUNTS.items():
        rng, table = state.world.rng(f"fxiaoke/work/{name}"), state.tables[name]
        table.fill([table.make(_record(rng, timeline, customers, name, place)) for place in range(number)])


def _record(rng: random.Random, timeline: Timeline, customers: _Customers, name: str, place: int) -> Record:
    """One record about some account, not older than it."""
    account = rng.choice(customers.accounts)
    created = timeline.between(rng, account["create_time"], timeline.end - HOUR_MS)
    created = max(created, min(timeline.instant(rng), timeline.end - HOUR_MS))
    prefix, make = MAKERS[name]
    own = make(rng, timeline, customers, account, created)
    modified = own.pop("last_modified_time", created)
    owner, department = account["owner"], account["data_own_department"]
    return {
        **base(rng, timeline, created=created, modified=modified, owner=owner, department=department),
        "name": f"{prefix}-{place + 1:05d}",
        **own,
    }


def _related(rng: random.Random, customers: _Customers, account: Record) -> tuple[str, ...]:
    """The account, often somebody there, sometimes a deal with it."""
    links = [f"AccountObj:{account['_id']}"]
    people = customers.contacts.get(account["_id"])
    if people and rng.random() < 0.5:
        links.append(f"ContactObj:{rng.choice(people)['_id']}")
    return tuple(links)


def _activity(
    rng: random.Random, _timeline: Timeline, customers: _Customers, account: Record, _created: int
) -> dict[str, Any]:
    links = _related(rng, customers, account)
    deal = rng.choice(customers.deals)
    if deal["account_id"] == account["_id"]:
        links = (*links, f"NewOpportunityObj:{deal['_id']}")
    return {
        "active_record_type": rng.choices("12345", (3, 5, 2, 4, 1))[0],
        "active_record_content": rng.choice(TALKS),
        "related_object_data": links,
    }


def _telesale(
    rng: random.Random, _timeline: Timeline, customers: _Customers, account: Record, _created: int
) -> dict[str, Any]:
    return {"record_content": rng.choice(TALKS), "related_object_data": _related(rng, customers, account)}


def _schedule(
    rng: random.Random, timeline: Timeline, customers: _Customers, account: Record, created: int
) -> dict[str, Any]:
    begins = timeline.midnight(created) + rng.randrange(1, 15) * DAY_MS + rng.randrange(9, 18) * HOUR_MS
    others = {rng.choice(customers.accounts)["owner"] for _ in range(rng.randrange(3))}
    return {
        "content": f"拜访 {account['name']}",
        "begin_time": begins,
        "end_time": begins + rng.choice((1, 2, 3)) * HOUR_MS,
        "participants": tuple(sorted({account["owner"], *others})),
        "related_object_data": _related(rng, customers, account),
    }


def _journal(
    rng: random.Random, timeline: Timeline, _customers: _Customers, account: Record, created: int
) -> dict[str, Any]:
    return {
        "work_summary": f"{rng.choice(TALKS)}（{account['name']}）",
        "work_plan": rng.choice(TALKS),
        "journal_time": timeline.midnight(created),
    }


def _checkin(
    rng: random.Random, timeline: Timeline, _customers: _Customers, account: Record, created: int
) -> dict[str, Any]:
    return {
        "customer_id": account["_id"],
        "communicate_record": rng.choice(TALKS),
        "checkins_scene": rng.choice(PLACES),
        "new_stat_date": timeline.midnight(created),
    }


def _task(
    rng: random.Random, timeline: Timeline, customers: _Customers, account: Record, created: int
) -> dict[str, Any]:
    due = timeline.midnight(created) + rng.randrange(1, 30) * DAY_MS + 18 * HOUR_MS
    done = due < timeline.end and rng.random() < 0.85
    return {
        "name": f"{rng.choice(('跟进', '准备方案', '催款', '回访'))} {account['name']}",
        "status": "3" if done else rng.choice("12"),
        "dead_line": due,
        "last_modified_time": timeline.between(rng, created, min(due, timeline.end)) if done else created,
        "related_object_data": _related(rng, customers, account),
    }


def _case(
    rng: random.Random, timeline: Timeline, customers: _Customers, account: Record, created: int
) -> dict[str, Any]:
    solved = created + int(rng.lognormvariate(3, 1) * HOUR_MS)
    done = solved < timeline.end
    people = customers.contacts.get(account["_id"])
    return {
        "subject": rng.choice(SUBJECTS),
        "account_id": account["_id"],
        "contact_id": rng.choice(people)["_id"] if people else None,
        "case_status": rng.choice("34") if done else rng.choice("12"),
        "priority": rng.choices("1234", (3, 5, 2, 1))[0],
        "source": rng.choice("1234"),
        "description": f"{account['name']}: {rng.choice(SUBJECTS)}",
        "solved_time": solved if done else None,
        "last_modified_time": solved if done else created,
    }


def _feedback(
    rng: random.Random, _timeline: Timeline, customers: _Customers, account: Record, created: int
) -> dict[str, Any]:
    people = customers.contacts.get(account["_id"])
    return {
        "account_id__c": account["_id"],
        "contact_id__c": rng.choice(people)["_id"] if people else None,
        "score__c": str(min(10, max(0, round(rng.gauss(8, 2))))),
        "comment__c": rng.choice(COMMENTS),
        "channel__c": rng.choice("1234"),
        "surveyed_time__c": created,
    }


# Prefix of the numbers, and what is an object's own.
MAKERS: dict[str, tuple[str, Callable[[random.Random, Timeline, _Customers, Record, int], dict[str, Any]]]] = {
    "ActiveRecordObj": ("AR", _activity),
    "TelesalesRecordObj": ("TR", _telesale),
    "ScheduleObj": ("SC", _schedule),
    "JournalObj": ("JN", _journal),
    "CheckinsObj": ("CK", _checkin),
    "TaskObj": ("TK", _task),
    "CasesObj": ("CS", _case),
    "object_f7B2k__c": ("FB", _feedback),
}
