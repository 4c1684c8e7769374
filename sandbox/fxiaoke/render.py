"""Turns rows into the records of an answer (docs/vendor/fxiaoke.md §2.1, §3.3, §3.4, §6.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import unescape
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.fxiaoke.areas import AREA_TYPES, LABELS
from sandbox.fxiaoke.objects_sales import SALES_PROCESS
from sandbox.fxiaoke.schema import EMPLOYEE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sandbox.fxiaoke.directory import Directory
    from sandbox.fxiaoke.schema import Field, Kind
    from sandbox.fxiaoke.store import Row, Table

    Record = dict[str, Any]
    # What one key holds in each record of a page; None where there is no value.
    Column = Callable[["Page"], Iterable[Any]]

# Objects that are only pointed at.
OUTSIDE_NAMES = {SALES_PROCESS: "预设流程"}
# §3.4: labels of options do not always come. Here they stay away from records whose id ends so.
UNLABELLED = frozenset("05af")
_NUMBERED = (f"{kind}{place}" for kind in ("mobile", "tel") for place in range(1, 6))
PHONES = frozenset({"mobile", "tel", "phone", "ship_to_tel", *_NUMBERED})
COMPUTED_LIVE = frozenset({"formula", "count", "quote"})
HIDDEN_FROM_OTHERS = frozenset({"uniform_social_credit_code"})
# §6.1: what legacy answers hold where a field is empty; the new style leaves the field out.
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

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Style:
    """How the caller wants ids and empty fields, and whether the caller sees everything."""

    fsuids: bool = False
    empties: bool = False
    include_null: bool = False
    admin: bool = True
    expand: bool = True
    light: bool = False  # without what is computed while reading (§4.6)


class Page:
    """Rows, and the same by column."""

    def __init__(self, table: Table, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.columns = tuple(zip(*rows, strict=True))
        self.labelled = [record_id[-1] not in UNLABELLED for record_id in self.columns[table.spec.columns["_id"]]]


class Plan:
    """What records are made of: a column for each key, most of which take no line of Python for each record."""

    def __init__(self, table: Table, columns: dict[str, Column], empties: Record) -> None:
        """Keys in `empties` stand in each record, others in those that have a value."""
        self._table = table
        self._columns = [
            column if empties.get(name) is None else _filled(column, empties[name]) for name, column in columns.items()
        ]
        # A class with a place for each key: made and written in half the time of a dictionary. The default is left out.
        fields = [(name, Any, msgspec.UNSET if name in empties else None) for name in columns]
        self._record = msgspec.defstruct("Record", fields, omit_defaults=True, gc=False)

    def page(self, rows: Sequence[Row]) -> list[msgspec.Struct]:
        if not rows or not self._columns:
            return [self._record() for _ in rows]
        page = Page(self._table, rows)
        return list(map(self._record, *[column(page) for column in self._columns]))


class Renderer:
    """Compiles, for each object, projection and style, the plan by which records are made out of rows."""

    def __init__(self, tables: Mapping[str, Table], directory: Directory) -> None:
        self._tables, self._directory = tables, directory
        self._plans: dict[tuple[str, tuple[str, ...], Style], Plan] = {}

    def page(
        self, table: Table, rows: Sequence[Row], style: Style, projection: tuple[str, ...] = ()
    ) -> list[msgspec.Struct]:
        """Records, to be written into an answer.

        Args:
            table: Where the rows come from.
            rows: Their values.
            style: The caller's.
            projection: Names of the fields wanted, all if empty; unknown ones are passed over.
        """
        return self._plan(table, projection, style).page(rows)

    def record(self, table: Table, row: Row, style: Style) -> Record:
        """One record with all its fields, to be looked at or added to."""
        [shown] = self.page(table, [row], style)
        record: Record = msgspec.json.decode(_encode(shown))
        return record

    def _plan(self, table: Table, projection: tuple[str, ...], style: Style) -> Plan:
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

    def _compile(self, table: Table, fields: list[Field], style: Style) -> Plan:
        columns: dict[str, Column] = {}
        empties = _empties(fields, style)
        never = {name for name, value in table.constants.items() if value is None} - empties.keys()
        for field in fields:
            if field.api_name not in never:
                columns |= self._columns(table, field, style)
        if any(field.api_name == "owner_department" for field in fields):
            columns["owner_department_id"] = _found(_column(table, "owner"), self._directory.main_departments)
        return Plan(table, columns, empties)

    def _columns(self, table: Table, field: Field, style: Style) -> dict[str, Column]:
        """A field's own column, and those of what a person reads beside it (§3.4)."""
        name, column = field.api_name, _column(table, field.api_name)
        if name in table.constants:
            return {name: column}
        if field.type in ("employee", "department", "employee_many", "department_many"):
            return self._named(field, column, style)
        if name == "relevant_team":
            return self._team(table, style)
        if field.kind == "links":
            return {name: _made(column, lambda links: [self._linked(link) for link in links] or None)}
        if name in PHONES and not style.admin:
            return {name: _made(column, _masked)}
        return {name: column, **(self._expansion(field, column) if style.expand else {})}

    def _expansion(self, field: Field, column: Column) -> dict[str, Column]:
        shown = f"{field.api_name}__r"
        if field.type == "html_rich_text":
            return {f"{field.api_name}__o": _made(column, _plain_text)}
        if field.type in AREA_TYPES:
            return {shown: _found(column, LABELS[field.type])}
        if field.kind == "option":
            return {shown: _labels(column, dict(field.options))}
        return {shown: _made(column, self._name_in(field.target))} if field.kind == "ref" else {}

    def _named(self, field: Field, column: Column, style: Style) -> dict[str, Column]:
        """People or departments, of whom `__l` has the maps; `__r` is for a single one."""
        people = field.type in EMPLOYEE_TYPES
        maps = self._directory.person_maps if people else self._directory.department_maps
        spell = self._directory.fsuid if people and style.fsuids else str
        name, shown, listed = field.api_name, f"{field.api_name}__r", f"{field.api_name}__l"
        if field.kind == "many":
            several = {name: _made(column, lambda ids: list(map(spell, ids)) or None)}
            known = _made(column, lambda ids: [maps[one] for one in ids if one in maps] or None)
            return {**several, listed: known} if style.expand else several
        single = {name: _made(column, lambda one: [spell(one)])}
        if not style.expand:
            return single
        alone = _made(column, lambda one: [maps[one]] if one in maps else None)
        return {**single, shown: _found(column, maps), listed: alone}

    def _linked(self, link: str) -> Record:
        """What an activity is about, with the name of today (§6.7)."""
        module, _, record_id = link.partition(":")
        table = self._tables.get(module)
        row = None if table is None else table.get(record_id)
        label = "" if table is None or row is None else table.value(row, "name")
        return {"describe_api_name": module, "id": record_id, "name": label}

    def _name_in(self, object_name: str) -> Callable[[str], str | None]:
        """How to find the name of a record."""
        table = self._tables.get(object_name)
        if table is None:
            return OUTSIDE_NAMES.get
        read = table.reader("name")

        def name(record_id: str) -> str | None:
            row = table.get(record_id)
            return OUTSIDE_NAMES.get(record_id) if row is None else read(row)

        return name

    def _team(self, table: Table, style: Style) -> dict[str, Column]:
        """The owner alone is in each record's team."""
        owner, spell = _column(table, "owner"), self._directory.fsuid if style.fsuids else str
        team = {"relevant_team": _made(owner, cache(lambda user: _team_of(spell(user))))}
        return {**team, "relevant_team__r": _found(owner, self._directory.names)} if style.expand else team


def _team_of(member: str) -> msgspec.Raw:
    team = {
        "teamMemberEmployee": [member],
        "teamMemberRole": "1",
        "teamMemberRoleList": ["1"],
        "teamMemberPermissionType": "2",
        "teamMemberType": "0",
        "sourceType": "0",
        "outTenantId": "",
        "teamMemberDeptCascade": "0",
    }
    return msgspec.Raw(_encode([team]))


def _column(table: Table, name: str) -> Column:
    """A field as it is stored or derived."""
    place = table.spec.columns.get(name)
    if place is not None:
        return lambda page: page.columns[place]
    if name in table.constants:
        constant = table.constants[name]
        return lambda page: repeat(constant, len(page.rows))
    derive = table.derived[name]
    return lambda page: map(derive, page.rows)


def _made(column: Column, make: Callable[[Any], Any]) -> Column:
    return lambda page: [None if value is None else make(value) for value in column(page)]


def _filled(column: Column, empty: Any) -> Column:
    return lambda page: [empty if value is None else value for value in column(page)]


def _found(column: Column, shown: Mapping[Any, Any]) -> Column:
    return lambda page: map(shown.get, column(page))


def _labels(column: Column, labels: Mapping[str, str]) -> Column:
    find = labels.get
    return lambda page: [
        find(value) if labelled else None for value, labelled in zip(column(page), page.labelled, strict=True)
    ]


def _plain_text(rich: str) -> str:
    return unescape(_TAG.sub("", rich))


_TAG = re.compile(r"<[^<>]*>")


def _masked(number: str) -> str | None:
    return f"{number[:3]}****{number[-4:]}" if number else None


def _empties(fields: list[Field], style: Style) -> Record:
    """What fields without a value show, if they show anything."""
    if not (style.include_null or style.empties):
        return {}
    return {
        field.api_name: None if style.include_null else LEGACY_EMPTY.get(field.kind, "")
        for field in fields
        if not field.companion
    }
