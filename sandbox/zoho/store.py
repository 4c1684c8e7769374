"""The records of one module in memory, and their orders.

A record is a tuple in the order of the module's columns, holding only atoms: a million of them stay small and cost
the garbage collector nothing. Every change replaces the tuple. Only this file knows how records are kept.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from copy import deepcopy
from dataclasses import asdict, replace
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.zoho.extras import Lock, Tags
from sandbox.zoho.fields import ID, MODIFIED, Field
from sandbox.zoho.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sandbox.zoho.fields import Module

Row = tuple[Any, ...]
# Why the API may not write a record, by the key that a person sets to false to have it so (§6.3).
HOLDS = {"$approved": "NOT_APPROVED", "$reviewed": "NOT_REVIEWED", "$editable": "AUTHORIZATION_FAILED"}
_SHIFT = 64
_ID_MASK = (1 << _SHIFT) - 1


class Deleted(NamedTuple):
    """A record in the recycle bin, or what is left of it."""

    row: Row
    at: int
    by: int


class Kept(NamedTuple):
    """A table at one moment."""

    module: Module
    rows: dict[int, Row]
    bin: dict[int, Deleted]
    held: dict[str, set[int]]
    tags: Tags
    locks: dict[int, Lock]


class Order:
    """Record ids, sorted by one key and then by id.

    An entry whose record has changed or gone stays until such entries are a quarter of all: `alive` tells them apart.
    Entries are whole numbers (key, then id), since a million tuples would cost ten times as much.
    """

    def __init__(self, key: Callable[[Row], int]) -> None:
        self._key = key
        self._entries: list[int] = []
        self._dead = 0

    def fill(self, rows: Iterable[Row]) -> None:
        key = self._key
        self._entries = sorted(key(row) << _SHIFT | row[ID] for row in rows)
        self._dead = 0

    def add(self, row: Row) -> None:
        entry = self._key(row) << _SHIFT | row[ID]
        if not self._entries or entry > self._entries[-1]:
            self._entries.append(entry)
            return
        place = bisect_left(self._entries, entry)
        if self._entries[place] == entry:
            self._dead = max(0, self._dead - 1)
        else:
            insort(self._entries, entry)

    def drop(self, rows: dict[int, Row]) -> None:
        """Note that one entry has died; tidy up when many have."""
        self._dead += 1
        if self._dead > 1000 and self._dead * 4 > len(self._entries):
            self.fill(rows.values())

    def walk(self, rows: dict[int, Row], start: tuple[int, int] | None, *, back: bool) -> Iterator[Row]:
        """Live records after `start` (key, id), or before it; from the end if there is none."""
        entries, key = self._entries, self._key
        if start is None:
            place = len(entries) if back else 0
        else:
            place = bisect_left(entries, (start[0] << _SHIFT | start[1]) + (0 if back else 1))
        for entry in map(entries.__getitem__, range(place - 1, -1, -1) if back else range(place, len(entries))):
            row = rows.get(entry & _ID_MASK)
            if row is not None and key(row) == entry >> _SHIFT:
                yield row

    def near(self, share: float, rows: dict[int, Row]) -> Row | None:
        """A live record at about this share, from 0 to below 1, of the order; None if there is none."""
        if not self._entries:
            return None
        start = divmod(self._entries[int(share * len(self._entries))], 1 << _SHIFT)
        before = (start[0], start[1] - 1)
        return next(chain(self.walk(rows, before, back=False), self.walk(rows, start, back=True)), None)

    def count_from(self, key: int) -> int:
        """About how many records have this key or a later one (dead entries count)."""
        return len(self._entries) - bisect_left(self._entries, key << _SHIFT)

    def position(self, row: Row) -> tuple[int, int]:
        return self._key(row), row[ID]


class Table:
    """Records of one module: by id, in order of id (which is that of creation), and in order of Modified_Time."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.rows: dict[int, Row] = {}
        self.bin: dict[int, Deleted] = {}
        self.held: dict[str, set[int]] = {key: set() for key in HOLDS}
        # Told of each record before and after: None is one that is not there (yet, or any more).
        self.watchers: list[Callable[[Row | None, Row | None], None]] = []
        # Of a subform's rows: their ids by parent.
        self._parent = module.position["Parent_Id"] if module.generated_type == "subform" else None
        self._lines: dict[int, list[int]] = defaultdict(list)
        self.tags = Tags()
        self.locks: dict[int, Lock] = {}
        self._indexes: dict[str, Index] = {}
        # Ids grow with time, so that one order serves Created_Time, too.
        self.by_id = Order(lambda _row: 0)
        self.by_modified = Order(itemgetter(MODIFIED))

    def add_field(self, field: Field) -> None:
        """A column more for each record, at its default."""
        self.module = replace(self.module, made_fields=(*self.module.made_fields, field))
        self.rows = {record_id: (*row, field.default) for record_id, row in self.rows.items()}
        self.bin = {record_id: entry._replace(row=(*entry.row, field.default)) for record_id, entry in self.bin.items()}

    def fill(self, rows: Iterable[Row]) -> None:
        self.rows = {row[ID]: row for row in rows}
        self.by_id.fill(self.rows.values())
        self.by_modified.fill(self.rows.values())
        if self._parent is not None:
            self._lines.clear()
            for row in self.rows.values():
                self._lines[row[self._parent]].append(row[ID])
        self._indexes.clear()

    def lines_of(self, parent: int) -> list[Row]:
        """The rows of a subform that belong to one record."""
        return [self.rows[line] for line in self._lines.get(parent, ())]

    def with_value(self, name: str, value: Any) -> list[Row]:
        """Records that hold this value in a column, the oldest first. The first question makes the column's index."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = Index(self.module.position[name], ID, self.rows.values())
        return [self.rows[record_id] for record_id in index.find(value)]

    def get(self, record_id: int) -> Row | None:
        return self.rows.get(record_id)

    def find(self, record_id: int) -> Row | None:
        """The record, even if it is in the recycle bin."""
        return self.rows.get(record_id) or (self.bin[record_id].row if record_id in self.bin else None)

    def put(self, row: Row) -> None:
        """Insert or replace."""
        former = self.rows.get(row[ID])
        self.rows[row[ID]] = row
        for index in self._indexes.values():
            if former is not None:
                index.drop(former)
            index.add(row)
        if former is None:
            self.by_id.add(row)
            self.by_modified.add(row)
            if self._parent is not None:
                self._lines[row[self._parent]].append(row[ID])
        elif former[MODIFIED] != row[MODIFIED]:
            self.by_modified.add(row)
            self.by_modified.drop(self.rows)
        for watch in self.watchers:
            watch(former, row)

    def delete(self, record_id: int, at: int, by: int) -> Row:
        """Into the recycle bin."""
        # First, so that those who watch can tell it from a record that vanishes.
        self.bin[record_id] = Deleted(self.rows[record_id], at, by)
        return self.vanish(record_id)

    def vanish(self, record_id: int) -> Row:
        """Away without a trace."""
        row = self.rows.pop(record_id)
        self.by_id.drop(self.rows)
        self.by_modified.drop(self.rows)
        if self._parent is not None:
            self._lines[row[self._parent]].remove(record_id)
        for index in self._indexes.values():
            index.drop(row)
        for watch in self.watchers:
            watch(row, None)
        return row

    def restore(self, row: Row) -> None:
        del self.bin[row[ID]]
        self.put(row)

    def change(self, row: Row, values: dict[str, Any]) -> Row:
        """The row with some columns replaced; not stored yet."""
        cells = list(row)
        for name, value in values.items():
            cells[self.module.position[name]] = value
        return tuple(cells)

    def blank(self) -> dict[str, Any]:
        """A new record's columns, at their defaults."""
        return dict(self.module.defaults)

    def keep(self) -> Kept:
        """What `bring_back` needs to undo all that comes after: rows are replaced, never changed, so that this is cheap."""
        held = {key: set(ids) for key, ids in self.held.items()}
        return Kept(self.module, dict(self.rows), dict(self.bin), held, deepcopy(self.tags), dict(self.locks))

    def bring_back(self, kept: Kept) -> None:
        self.module, rows, self.bin, self.held, self.tags, self.locks = kept
        if rows != self.rows:
            self.fill(rows.values())

    def dump(self) -> dict[str, Any]:
        return {
            "made_fields": [asdict(field) for field in self.module.made_fields],
            "columns": self.module.columns,
            "rows": list(self.rows.values()),
            "bin": [[entry.at, entry.by, entry.row] for entry in self.bin.values()],
            "held": {key: sorted(ids) for key, ids in self.held.items()},
            "tags": self.tags.dump(),
            "locks": [[record_id, list(lock)] for record_id, lock in self.locks.items()],
        }

    def load(self, state: dict[str, Any]) -> None:
        self.module = replace(self.module, made_fields=tuple(_field(saved) for saved in state["made_fields"]))
        if tuple(state["columns"]) != self.module.columns:
            raise ValueError(f"{self.module.api_name}: the saved columns are not this version's")
        self.fill(tuple(row) for row in state["rows"])
        self.bin = {row[ID]: Deleted(tuple(row), at, by) for at, by, row in state["bin"]}
        self.held = {key: set(state["held"][key]) for key in HOLDS}
        self.tags.load(state["tags"])
        self.locks = {record_id: Lock(*saved) for record_id, saved in state["locks"]}


def _field(saved: dict[str, Any]) -> Field:
    facts: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in saved.items()}
    return Field(**facts)
