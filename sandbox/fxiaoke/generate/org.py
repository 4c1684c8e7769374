"""Departments, people and their empty performance records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.cast import TEAM_NAMES, manager, salespeople
from sandbox.fxiaoke.directory import ADMIN, ROOT_DEPARTMENT
from sandbox.fxiaoke.generate.timeline import DAY_MS

if TYPE_CHECKING:
    import random

    from sandbox.cast import Person
    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State

FIRST_SELLER = 1001
LEAVER = "1021"
FIRST_TEAM = 1001


@dataclass(frozen=True, slots=True)
class Seller:
    """A salesperson's habits: share of the work, and how much of it succeeds."""

    user_id: str
    department: str
    skill: float
    activity: float

    @property
    def strength(self) -> float:
        """Skill (0.6 to 1.5) on a scale from 0 to 1."""
        return min(1.0, max(0.0, (self.skill - 0.6) / 0.9))

    @property
    def win_rate(self) -> float:
        return 0.22 + 0.30 * self.strength

    @property
    def conversion(self) -> float:
        return 0.10 + 0.12 * self.strength


def make_org(state: State, timeline: Timeline) -> list[Seller]:
    """Fill DepartmentObj, PersonnelObj and performance__c; return those who sell."""
    rng = state.world.rng("fxiaoke/org")
    opened = timeline.start - 400 * DAY_MS
    people = salespeople(state.world, "fxiaoke")
    leads_of = {person.team: str(FIRST_SELLER + person.key) for person in reversed(people)}
    _fill(state, "DepartmentObj", _departments(opened, leads_of))
    records = [
        _person(rng, manager(state.world, "fxiaoke"), ADMIN, department=ROOT_DEPARTMENT, leader=None, opened=opened)
    ]
    sellers = []
    for person in people:
        user_id, department = str(FIRST_SELLER + person.key), str(FIRST_TEAM + person.team)
        leader = ADMIN if leads_of[person.team] == user_id else leads_of[person.team]
        records.append(_person(rng, person, user_id, department=department, leader=leader, opened=opened))
        sellers.append(Seller(user_id, department, person.skill, rng.uniform(0.85, 1.2)))
    records.append(_leaver(rng, opened, timeline))
    _fill(state, "PersonnelObj", records)
    _fill(state, "performance__c", [_performance(rng, record, timeline) for record in records[1:-1]])
    return sellers


def _fill(state: State, name: str, records: list[dict[str, Any]]) -> None:
    table = state.tables[name]
    table.fill(table.make(record) for record in records)


def _common(record_id: str, created: int, owner: str | None, department: str | None) -> dict[str, Any]:
    return {
        "_id": record_id,
        "owner": owner,
        "data_own_department": department,
        "created_by": ADMIN,
        "last_modified_by": ADMIN,
        "create_time": created,
        "last_modified_time": created,
        "version": "1",
        "life_status": "normal",
        "lock_status": "0",
        "record_type": "default__c",
    }


def _departments(opened: int, leads_of: dict[int, str]) -> list[dict[str, Any]]:
    root = {**_common(ROOT_DEPARTMENT, opened, None, None), "name": "全公司", "manager_id": ADMIN, "status": "0"}
    teams = [
        {
            **_common(str(FIRST_TEAM + team), opened, None, None),
            "name": chinese,
            "parent_id": ROOT_DEPARTMENT,
            "manager_id": leads_of[team],
            "status": "0",
        }
        for team, (chinese, _english) in enumerate(TEAM_NAMES)
    ]
    return [root, *teams]


def _person(
    rng: random.Random, person: Person, user_id: str, *, department: str, leader: str | None, opened: int
) -> dict[str, Any]:
    leads_team = leader in (None, ADMIN)
    midnight = opened - opened % DAY_MS - 8 * 3_600_000
    return {
        **_common(f"{opened // 1000:08x}{rng.getrandbits(64):016x}", opened, user_id, department),
        "name": person.name,
        "full_name": person.name,
        "user_id": user_id,
        "user_name": person.email.partition("@")[0],
        "phone": person.phone,
        "email": person.email,
        "sex": rng.choice("MF"),
        "position": "销售总监" if leader is None else "团队经理" if leads_team else "客户经理",
        "employee_number": f"E{user_id}",
        "main_department": department,
        "leader": leader,
        "status": "0",
        "is_active": True,
        "date_of_joining": midnight - rng.randrange(0, 1500) * DAY_MS,
        "birthday": midnight - rng.randrange(24 * 365, 45 * 365) * DAY_MS,
    }


def _leaver(rng: random.Random, opened: int, timeline: Timeline) -> dict[str, Any]:
    """Somebody who left long ago and still owns a few old records."""
    stopped = timeline.start + 200 * DAY_MS + 9 * 3_600_000
    return {
        **_common(f"{opened // 1000:08x}{rng.getrandbits(64):016x}", opened, LEAVER, str(FIRST_TEAM)),
        "last_modified_time": stopped,
        "version": "2",
        "name": "周立新",
        "full_name": "周立新",
        "user_id": LEAVER,
        "user_name": "lixin.zhou.former",
        "phone": "13700000021",
        "email": "lixin.zhou.former@lanting-cn.example",
        "sex": "M",
        "position": "客户经理",
        "employee_number": f"E{LEAVER}",
        "main_department": str(FIRST_TEAM),
        "leader": ADMIN,
        "status": "1",
        "is_active": False,
        "stop_time": stopped,
    }


def _performance(rng: random.Random, person: dict[str, Any], timeline: Timeline) -> dict[str, Any]:
    created = timeline.start + 10 * 3_600_000
    user_id = person["user_id"]
    return {
        **_common(f"{created // 1000:08x}{rng.getrandbits(64):016x}", created, user_id, person["main_department"]),
        "name": person["name"],
        "salesperson__c": user_id,
    }
