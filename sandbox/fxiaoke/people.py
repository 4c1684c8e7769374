"""The user and department calls: flat answers, no `data` (docs/vendor/fxiaoke.md §2.2)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.directory import ROOT_DEPARTMENT
from sandbox.world import CHINA

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State

    Person = dict[str, Any]

MOST_USERS = 1000


def user_list(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    return {"userList": [_full(state, caller, person) for person in _members(state, body)]}


def user_simple_list(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "userList": [
            {"openUserId": _id(state, caller, person), "name": person["full_name"], "nickName": person["name"]}
            for person in _members(state, body)
        ]
    }


def user_get(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("openUserId")
    if not isinstance(given, str):
        raise FxiaokeError(10010 if given is None else 11008)
    if not given:
        raise FxiaokeError(10010)
    person = state.directory.person(state.directory.plain(given))
    if person is None:
        raise FxiaokeError(20012)
    return _full(state, caller, person)


def user_by_mobile(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    mobile = body.get("mobile")
    if not isinstance(mobile, str) or not mobile:
        raise FxiaokeError(32000, "mobile is missing")
    found = [person for person in state.directory.people() if person["phone"] == mobile]
    return {"empList": [_by_mobile(state, caller, person) for person in found]}


def users_by_time(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """`user/get/batchByUpdTime`: who changed in [startTime, endTime], by pages from 1 on."""
    start, end = _number(body, "startTime", None), _number(body, "endTime", None)
    size, number = _number(body, "pageSize", 20), _number(body, "pageNumber", 1)
    if not 1 <= size <= MOST_USERS or number < 1:
        raise FxiaokeError(32000, "parameter pageSize or pageNumber illegal")
    people = [person for person in state.directory.people() if start <= person["last_modified_time"] <= end]
    people.sort(key=lambda person: (person["last_modified_time"], int(person["user_id"])))
    shown = people[(number - 1) * size : number * size]
    return {
        "pageNumber": number,
        "pageCount": -(-len(people) // size),
        "totalCount": len(people),
        "lastChangedTime": max((person["last_modified_time"] for person in shown), default=0),
        "employees": [_full(state, caller, person) for person in shown],
    }


def _number(body: dict[str, Any], key: str, default: int | None) -> int:
    value = body.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise FxiaokeError(32000, f"parameter {key} missing or illegal")
    return value


def department_list(state: State, _caller: Caller, _body: dict[str, Any]) -> dict[str, Any]:
    return {
        "departments": [
            {
                "id": int(item["_id"]),
                "name": item["name"],
                "parentId": int(item["parent_id"] or 0),
                "isStop": item["status"] != "0",
                "order": place,
            }
            for place, item in enumerate(state.directory.departments(), start=1)
        ]
    }


def department_detail(state: State, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    item = state.directory.department(_department_id(body))
    if item is None:
        raise FxiaokeError(30007)
    principal = item["manager_id"]
    shown = {"name": item["name"], "principalId": _style_id(state, caller, principal) if principal else ""}
    return {"department": shown}


def _members(state: State, body: dict[str, Any]) -> list[Person]:
    """People whose main department is the one asked for, or below it with `fetchChild`."""
    asked = _department_id(body)
    if state.directory.department(asked) is None:
        raise FxiaokeError(30007)
    below = body.get("fetchChild") is True
    return [
        person
        for person in state.directory.people()
        if person["main_department"] == asked
        or (below and asked in state.directory.ancestors(person["main_department"]))
    ]


def _department_id(body: dict[str, Any]) -> str:
    given = body.get("departmentId")
    if given is None:
        raise FxiaokeError(32000, "departmentId is missing")
    if isinstance(given, bool) or not isinstance(given, (int, str)) or given == "":
        raise FxiaokeError(11009)
    # Code of 2015 to 2019 names the root 0.
    return ROOT_DEPARTMENT if str(given) == "0" else str(given)


def _full(state: State, caller: Caller, person: Person) -> dict[str, Any]:
    main = person["main_department"]
    return {
        "openUserId": _id(state, caller, person),
        "account": person["user_name"],
        "name": person["full_name"],
        "nickName": person["name"],
        "isStop": person["status"] != "0",
        "email": person["email"] or "",
        "mobile": person["phone"] or "",
        "gender": person["sex"] or "",
        "position": person["position"] or "",
        "profileImageUrl": "",
        "departmentIds": [int(item) for item in state.directory.ancestors(main)],
        "mainDepartmentId": int(main or 0),
        "attachingDepartmentIds": [],
        "employeeNumber": person["employee_number"] or "",
        "hireDate": _day(person["date_of_joining"]),
        "birthDate": _day(person["birthday"]),
        "startWorkDate": "",
        "createTime": person["create_time"],
        "leaderId": _style_id(state, caller, person["leader"]) if person["leader"] else "",
    }


def _by_mobile(state: State, caller: Caller, person: Person) -> dict[str, Any]:
    main = int(person["main_department"] or 0)
    return {
        "openUserId": _id(state, caller, person),
        "name": person["full_name"],
        "nickName": person["name"],
        "mobile": person["phone"],
        "departmentIds": [main],
        "mainDepartmentIds": [main],
        "leaderId": _style_id(state, caller, person["leader"]) if person["leader"] else "",
        "status": "NORMAL" if person["status"] == "0" else "STOP",
        "gender": person["sex"] or "",
        "position": person["position"] or "",
        "email": person["email"] or "",
    }


def _id(state: State, caller: Caller, person: Person) -> str:
    return _style_id(state, caller, person["user_id"])


def _style_id(state: State, caller: Caller, user_id: str) -> str:
    return state.directory.fsuid(user_id) if caller.style.fsuids else user_id


def _day(millis: int | None) -> str:
    return "" if millis is None else datetime.fromtimestamp(millis / 1000, CHINA).date().isoformat()
