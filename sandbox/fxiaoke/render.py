"""Turns rows into the records of an answer (docs/vendor/fxiaoke.md §2.1, §3.3, §3.4, §6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.fxiaoke.areas import AREA_TYPES, LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.fxiaoke.directory import Directory
    from sandbox.fxiaoke.schema import Field, Kind
    from sandbox.fxiaoke.store import Row, Table

    Record = dict[str, Any]
    Step = Callable[[Row, Record], None]

# Objects that are only pointed at.
OUTSIDE_NAMES = {
    "64e0c0ffee00000000000001": "预设流程",
}
# §3.4: labels of options do not always come. Here they stay away from records whose id ends so.
UNLABELLED = frozenset("05af")
PHONES = frozenset({"mobile", "mobile1", "mobile2", "mobile3", "tel", "tel1", "tel2", "phone", "ship_to_tel"})
COMPUTED_LIVE = frozenset({"formula", "count", "quote"})
HIDDEN_FROM_OTHERS = frozenset({"uniform_social_credit_code"})
# §6.1: what legacy answers hold where a field is empty; the new style leaves the field out.
LISTED = frozenset({"ids", "many", "options", "links", "files"})
EXPANDED_TYPES = AREA_TYPES | {"html_rich_text"}
LEGACY_EMPTY: dict[Kind, Any] = {
    "time": None,
    "bool": None,
    "ids": [],
    "options": [],
    "many": [],
    "links": [],
    "files": [],
    "other": [],
}


@dataclass(frozen=True, slots=True)
class Style:
    """How the caller wants ids and empty fields, and whether the caller sees everything."""

    fsuids: bool = False
    empties: bool = False
    include_null: bool = False
    admin: bool = True
    expand: bool = True
    light: bool = False  # without what is computed while reading (§4.6)


class Renderer:
    """Compiles, for each object, projection and style, the steps that make a record out of a row."""

    def __init__(self, tables: Mapping[str, Table], directory: Directory) -> None:
        self._tables, self._directory = tables, directory
        self._plans: dict[tuple[str, tuple[str, ...], Style], list[Step]] = {}

    def record(self, table: Table, row: Row, style: Style, projection: tuple[str, ...] = ()) -> Record:
        """One record.

        Args:
            table: Where the row comes from.
            row: Its values.
            style: The caller's.
            projection: Names of the fields wanted, all if empty; unknown ones are passed over.
        """
        return self.records(table, [row], style, projection)[0]

    def records(self, table: Table, rows: list[Row], style: Style, projection: tuple[str, ...] = ()) -> list[Record]:
        steps = self._plan(table, projection, style)
        records = []
        for row in rows:
            record: Record = {}
            for step in steps:
                step(row, record)
            records.append(record)
        return records

    def _plan(self, table: Table, projection: tuple[str, ...], style: Style) -> list[Step]:
        key = (table.spec.api_name, projection, style)
        if key not in self._plans:
            if len(self._plans) > 200:
                self._plans.clear()
            wanted = [
                field
                for name, field in table.spec.fields.items()
                if field.active
                and (not projection or name in projection or (field.companion and name[:-3] in projection))
                and (not style.light or field.type not in COMPUTED_LIVE)
                and (style.admin or name not in HIDDEN_FROM_OTHERS)
            ]
            self._plans[key] = self._compile(table, wanted, style)
        return self._plans[key]

    def _compile(self, table: Table, fields: list[Field], style: Style) -> list[Step]:
        plain = {field.api_name: field for field in fields if self._is_plain(field, style)}
        chosen = [field for field in fields if style.expand and field.kind == "option"]
        same = [field.api_name for field in fields if field.api_name in table.constants]
        rest = [
            field
            for field in fields
            if field.api_name not in plain and field.api_name not in same and field not in chosen
        ]
        steps = [_plain_fields(table, plain, same), _options(table, chosen)]
        steps += [self._step(table, field, style) for field in rest]
        if any(field.api_name == "owner_department" for field in fields):
            steps.append(self._owner_department_id(table))
        if style.include_null or style.empties:
            steps.append(_filler(fields, style))
        return steps

    @staticmethod
    def _is_plain(field: Field, style: Style) -> bool:
        """Whether a field is copied as it is stored: most are, and these together in one step."""
        if not field.stored or field.kind in LISTED or (field.api_name in PHONES and not style.admin):
            return False
        return not style.expand or (field.kind not in ("ref", "option") and field.type not in EXPANDED_TYPES)

    def _step(self, table: Table, field: Field, style: Style) -> Step:
        name, read = field.api_name, table.reader(field.api_name)
        step = self._of_lists(table, field, style) or (self._expanded(table, field) if style.expand else None)
        return step or _plain(name, read if style.admin or name not in PHONES else _masked(read))

    def _of_lists(self, table: Table, field: Field, style: Style) -> Step | None:
        """Fields that hold a list on the wire: people, departments, the team, related records."""
        name, read = field.api_name, table.reader(field.api_name)
        if name == "relevant_team":
            return self._team(table, style)
        if field.type in ("employee", "department"):
            make = self._employee if field.type == "employee" else self._department
            return make(name, read, style)
        if field.type in ("employee_many", "department_many"):
            return self._several(field, read, style)
        return self._links(name, read) if field.kind == "links" else None

    def _expanded(self, table: Table, field: Field) -> Step | None:
        """Fields that bring a second key with what a person reads (§3.4)."""
        name, read = field.api_name, table.reader(field.api_name)
        if field.type == "html_rich_text":
            return _rich_text(name, read)
        if field.type in AREA_TYPES:
            return _area(field, read)
        if field.kind == "ref":
            return self._reference(field, read)
        return None

    def _employee(self, name: str, read: Callable[[Row], Any], style: Style) -> Step:
        fsuid, person_map, shown, listed = (
            self._directory.fsuid,
            self._directory.person_maps.get,
            f"{name}__r",
            f"{name}__l",
        )

        def step(row: Row, record: Record) -> None:
            value = read(row)
            if value is None:
                return
            record[name] = [fsuid(value) if style.fsuids else value]
            person = person_map(value) if style.expand else None
            if person is not None:
                record[shown] = person
                record[listed] = [person]

        return step

    def _department(self, name: str, read: Callable[[Row], Any], style: Style) -> Step:
        department_map, shown, listed = self._directory.department_maps.get, f"{name}__r", f"{name}__l"

        def step(row: Row, record: Record) -> None:
            value = read(row)
            if value is None:
                return
            record[name] = [value]
            department = department_map(value) if style.expand else None
            if department is not None:
                record[shown] = department
                record[listed] = [department]

        return step

    def _several(self, field: Field, read: Callable[[Row], Any], style: Style) -> Step:
        """Lists of people or departments: `__l` has their maps, `__r` is for a single one (§3.4)."""
        people = field.type == "employee_many"
        maps = self._directory.person_maps if people else self._directory.department_maps
        spell = self._directory.fsuid if people and style.fsuids else str
        name, listed = field.api_name, f"{field.api_name}__l"

        def step(row: Row, record: Record) -> None:
            value = read(row)
            if not value:
                return
            record[name] = list(map(spell, value))
            known = [maps[item] for item in value if item in maps] if style.expand else []
            if known:
                record[listed] = known

        return step

    def _links(self, name: str, read: Callable[[Row], Any]) -> Step:
        """What an activity is about, with the names of today (§6.7)."""
        tables = self._tables

        def linked(link: str) -> Record:
            module, _, record_id = link.partition(":")
            table = tables.get(module)
            row = None if table is None else table.get(record_id)
            label = "" if table is None or row is None else table.value(row, "name")
            return {"describe_api_name": module, "id": record_id, "name": label}

        def step(row: Row, record: Record) -> None:
            value = read(row)
            if value:
                record[name] = list(map(linked, value))

        return step

    def _reference(self, field: Field, read: Callable[[Row], Any]) -> Step:
        name, shown, target = field.api_name, f"{field.api_name}__r", self._tables.get(field.target)
        label = None if target is None else target.reader("name")

        def step(row: Row, record: Record) -> None:
            value = read(row)
            if value is None:
                return
            record[name] = value
            other = None if target is None else target.get(value)
            text = OUTSIDE_NAMES.get(value) if other is None or label is None else label(other)
            if text is not None:
                record[shown] = text

        return step

    def _team(self, table: Table, style: Style) -> Step:
        """The owner alone is in each record's team."""
        owner, fsuid, name_of = table.spec.columns["owner"], self._directory.fsuid, self._directory.names.get
        teams: dict[str, orjson.Fragment] = {}

        def step(row: Row, record: Record) -> None:
            value = row[owner]
            if value is None:
                return
            if value not in teams:
                teams[value] = _team_of(fsuid(value) if style.fsuids else value)
            record["relevant_team"] = teams[value]
            name = name_of(value) if style.expand else None
            if name is not None:
                record["relevant_team__r"] = name

        return step

    def _owner_department_id(self, table: Table) -> Step:
        owner, department_of = table.spec.columns["owner"], self._directory.main_departments.get

        def step(row: Row, record: Record) -> None:
            department = department_of(row[owner])
            if department is not None:
                record["owner_department_id"] = department

        return step


def _team_of(member: str) -> orjson.Fragment:
    team = {
        "teamMemberEmployee": [member],
        "teamMemberRole": "1",
        "teamMemberRoleList": ["1"],
        "teamMemberPermissionType": "2",
        "teamMemberType": "0",
    }
    return orjson.Fragment(orjson.dumps([team]))


def _plain_fields(table: Table, fields: dict[str, Field], same: list[str]) -> Step:
    """What is copied from the row, and what is the same in each."""
    places = [(name, table.spec.columns[name]) for name in fields]
    constants = {name: table.constants[name] for name in same if table.constants[name] is not None}

    def step(row: Row, record: Record) -> None:
        record.update(constants)
        for name, place in places:
            value = row[place]
            if value is not None:
                record[name] = value

    return step


def _plain(name: str, read: Callable[[Row], Any]) -> Step:
    def step(row: Row, record: Record) -> None:
        value = read(row)
        if value is not None:
            record[name] = list(value) if isinstance(value, tuple) else value

    return step


def _options(table: Table, fields: list[Field]) -> Step:
    """All select fields in one step, since there are many, with their labels."""
    places = [
        (field.api_name, f"{field.api_name}__r", table.spec.columns[field.api_name], dict(field.options))
        for field in fields
    ]
    id_place = table.spec.columns["_id"]

    def step(row: Row, record: Record) -> None:
        labelled = row[id_place][-1] not in UNLABELLED
        for name, shown, place, labels in places:
            value = row[place]
            if value is not None:
                record[name] = value
                if labelled and value in labels:
                    record[shown] = labels[value]

    return step


def _area(field: Field, read: Callable[[Row], Any]) -> Step:
    name, shown, labels = field.api_name, f"{field.api_name}__r", LABELS[field.type]

    def step(row: Row, record: Record) -> None:
        value = read(row)
        if value is not None:
            record[name] = value
            if value in labels:
                record[shown] = labels[value]

    return step


def _rich_text(name: str, read: Callable[[Row], Any]) -> Step:
    """With the plain text beside it (§3.4)."""

    def step(row: Row, record: Record) -> None:
        value = read(row)
        if value is not None:
            record[name] = value
            record[f"{name}__o"] = unescape(_TAG.sub("", value))

    return step


_TAG = re.compile(r"<[^<>]*>")


def _masked(read: Callable[[Row], Any]) -> Callable[[Row], Any]:
    def masked(row: Row) -> str | None:
        value = read(row)
        return f"{value[:3]}****{value[-4:]}" if value else None

    return masked


def _filler(fields: list[Field], style: Style) -> Step:
    empties = {
        field.api_name: None if style.include_null else LEGACY_EMPTY.get(field.kind, "")
        for field in fields
        if not field.companion
    }

    def step(_row: Row, record: Record) -> None:
        for name, empty in empties.items():
            if name not in record:
                record[name] = empty

    return step
