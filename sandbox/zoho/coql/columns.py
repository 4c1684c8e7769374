"""Dotted paths → ways to read and show them (docs/vendor/zoho.md §3: two joins deep, 5 in criteria, 15 in select)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.zoho.coql import people, problems
from sandbox.zoho.coql.literals import FAMILIES, UNSUPPORTED
from sandbox.zoho.coql.sources import POLYMORPHIC, Get, Source

if TYPE_CHECKING:
    from sandbox.zoho.state import State

DEEPEST, MOST_IN_CRITERIA, MOST_IN_SELECT = 2, 5, 15


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a record, or of one that it leads to.

    Attributes:
        source: The module that has the field.
        field: Its name there.
        joins: The paths of the lookups on the way.
    """

    path: str
    source: str
    field: str
    data_type: str
    read: Get
    show: Get
    joins: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.path

    def is_own(self, field: str) -> bool:
        """Whether it is this field of the queried module itself."""
        return self.field == field and not self.joins

    @property
    def family(self) -> str | None:
        return FAMILIES.get(self.data_type)


class Columns:
    """Finds the columns of one query, and remembers which modules they touch and over which joins."""

    def __init__(self, state: State, base: Source) -> None:
        self._state, self._base = state, base
        self.touched = {base.name}
        self._joins: dict[str, set[str]] = {"select": set(), "criteria": set()}

    def find(self, path: str, place: str) -> Column:
        """The column that a path leads to.

        Args:
            path: As it was written; `!Module.` in front names the base once more.
            place: `select`, or `criteria` for all the other clauses.

        Raises:
            ZohoError: No such column, a type that COQL does not have, or too many joins.
        """
        *lookups, name = path.removeprefix(f"!{self._base.name}.").split(".")
        source: Source = self._base
        reach: Get = _itself
        joins: list[str] = []
        for lookup in lookups:
            source, reach = self._follow(source, reach, lookup, path)
            joins.append(".".join([*joins[-1:], lookup]))
        attribute = source.attribute(name)
        if attribute is None:
            raise problems.unknown_column(path)
        if attribute.data_type in UNSUPPORTED:
            raise problems.unsupported_column(path)
        self._count(joins, place)
        read, show = attribute.read, attribute.show
        if joins:
            read, show = _beyond(reach, read), _beyond(reach, show)
        return Column(path, source.name, name, attribute.data_type, read, show, tuple(joins))

    def _follow(self, source: Source, reach: Get, lookup: str, path: str) -> tuple[Source, Get]:
        """One join: by a lookup, or by one to many modules with the module that is meant (`What_Id->Deals`)."""
        name, _, module = lookup.partition("->")
        attribute = source.attribute(name)
        if attribute is None or (attribute.data_type == POLYMORPHIC) != bool(module):
            raise problems.unknown_column(path)
        if module and module not in attribute.targets:
            raise problems.unknown_column(path)
        target = people.joined(self._state, module or attribute.to or "")
        if target is None:
            raise problems.unknown_column(path)
        self.touched.add(target.name)
        return target, _beyond(_beyond(reach, attribute.read), target.find)

    def _count(self, joins: list[str], place: str) -> None:
        if len(joins) > DEEPEST:
            raise problems.too_many(DEEPEST, "more than two relations in a column")
        counted = self._joins[place]
        counted.update(joins)
        most = MOST_IN_SELECT if place == "select" else MOST_IN_CRITERIA
        if len(counted) > most:
            raise problems.too_many(most, f"too many joins in the {place}")


def _itself(record: Any) -> Any:
    return record


def _beyond(reach: Get, get: Get) -> Get:
    """What lies beyond a join that leads nowhere is null."""
    if reach is _itself:
        return get

    def got(record: Any) -> Any:
        found = reach(record)
        return None if found is None else get(found)

    return got
