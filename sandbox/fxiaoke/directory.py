"""Who works here: people and departments by the ids that calls use, taken from their objects' rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.fxiaoke.store import Row, Table

ADMIN = "1000"
SYSTEM_USER, SYSTEM_NAME = "-10000", "系统"
ROOT_DEPARTMENT = "999999"
TENANT_ID = "700001"
FSUID = "FSUID_"


class Directory:
    """Looks up people by plain id ("1001") or FSUID, and departments by id.

    Made from the rows of PersonnelObj and DepartmentObj, again whenever those change; they are few. Readers may keep
    the maps, which stay the same objects.
    """

    def __init__(self, personnel: Table, departments: Table) -> None:
        self._personnel, self._departments = personnel, departments
        self._people: dict[str, Row] = {}
        self._plain: dict[str, str] = {}
        self._fsuids: dict[str, str] = {SYSTEM_USER: SYSTEM_USER}
        # The expansion `owner__r`, whose id is plain in both styles (§2.1, §6.1); nothing for somebody unknown.
        self.person_maps: dict[str, msgspec.Raw] = {}
        self.department_maps: dict[str, msgspec.Raw] = {}
        self.main_departments: dict[str, str | None] = {}
        self.names: dict[str, str] = {}
        personnel.listeners.append(self._rebuild)
        departments.listeners.append(self._rebuild)

    def people(self) -> Iterable[dict[str, Any]]:
        """The people's fields by name, in the order of their ids."""
        columns = self._personnel.spec.columns
        return (dict(zip(columns, self._people[key], strict=True)) for key in sorted(self._people, key=int))

    def departments(self) -> Iterable[dict[str, Any]]:
        """The root comes first."""
        columns = self._departments.spec.columns
        rows = sorted(self._departments.rows(), key=lambda row: (row[columns["parent_id"]] or "", row[columns["_id"]]))
        return (dict(zip(columns, row, strict=True)) for row in rows)

    def person(self, user_id: str) -> dict[str, Any] | None:
        row = self._people.get(user_id)
        return None if row is None else dict(zip(self._personnel.spec.columns, row, strict=True))

    def department(self, department_id: str) -> dict[str, Any] | None:
        row = self._departments.get(department_id)
        return None if row is None else dict(zip(self._departments.spec.columns, row, strict=True))

    def ancestors(self, department_id: str | None) -> list[str]:
        """The department and those above it, nearest first."""
        chain: list[str] = []
        while department_id and department_id not in chain:
            row = self.department(department_id)
            if row is None:
                break
            chain.append(department_id)
            department_id = row["parent_id"]
        return chain

    def plain(self, user_id: str) -> str:
        """The plain id behind an FSUID; anything else comes back as it is."""
        return self._plain.get(user_id, user_id)

    def of_style(self, *, fsuids: bool) -> Callable[[str], str]:
        """How to read ids that come in one style alone: an id of the other one is nobody's (§1.1, §4.1)."""
        if fsuids:
            return lambda given: given if given == SYSTEM_USER else self._plain.get(given, f"?{given}")
        return str

    def fsuid(self, user_id: str) -> str:
        """The id in legacy answers; the system user keeps its own (§2.1)."""
        found = self._fsuids.get(user_id)
        if found is None:
            found = FSUID + hashlib.md5(f"sandbox/{user_id}".encode(), usedforsecurity=False).hexdigest()
            self._fsuids[user_id] = found
        return found

    def department_name(self, department_id: str | None) -> str | None:
        row = self._departments.get(department_id) if department_id else None
        return None if row is None else self._departments.value(row, "name")

    def _rebuild(self) -> None:
        value = self._personnel.value
        self._people = {value(row, "user_id"): row for row in self._personnel.rows()}
        self._plain = {self.fsuid(user_id): user_id for user_id in self._people}
        maps = {person["user_id"]: _person_map(person) for person in self.people()}
        maps[SYSTEM_USER] = {"id": SYSTEM_USER, "name": SYSTEM_NAME}
        departments = {item["_id"]: _department_map(item) for item in self.departments()}
        _replace(self.person_maps, {key: msgspec.Raw(msgspec.json.encode(item)) for key, item in maps.items()})
        _replace(
            self.department_maps, {key: msgspec.Raw(msgspec.json.encode(item)) for key, item in departments.items()}
        )
        _replace(self.main_departments, {key: value(row, "main_department") for key, row in self._people.items()})
        names = {key: value(row, "name") for key, row in self._people.items()}
        _replace(self.names, {SYSTEM_USER: SYSTEM_NAME, **names})


def _replace(kept: dict[str, Any], new: dict[str, Any]) -> None:
    kept.clear()
    kept.update(new)


def _person_map(person: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": person["user_id"],
        "tenantId": TENANT_ID,
        "name": person["name"],
        "nickname": person["name"],
        "picAddr": "",
        "email": "",
        "phone": "",
        "description": "",
        "supervisorId": person["leader"] or "",
        "status": int(person["status"]),
        "dept": person["main_department"] or "",
        "post": person["position"] or "",
        "empNum": person["employee_number"] or "",
        "createTime": person["create_time"],
        "modifyTime": person["last_modified_time"],
    }


def _department_map(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "deptName": item["name"],
        "deptId": item["_id"],
        "parentId": item["parent_id"] or "",
        "status": int(item["status"]),
        "deptType": "dept",
        "leaderUserId": item["manager_id"] or "",
    }
