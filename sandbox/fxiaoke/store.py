"""Records of one object, in the orders that reads ask for.

A row is a tuple of stored values, laid out as the object's `columns` say: small, and a change is a new row. Invalid
rows (作废) lie apart, so that a query need not look at them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from sandbox.fxiaoke.schema import ObjectSpec

Row = tuple[Any, ...]
KEPT_RESULTS = 16


class Table:
    """The rows of one object, by id, sorted by id, and sorted by modification time."""

    def __init__(self, spec: ObjectSpec) -> None:
        self.spec = spec
        self.derived: dict[str, Callable[[Row], Any]] = {}
        self.constants: dict[str, Any] = {}  # those of the derived values that are the same in each row
        self.listeners: list[Callable[[], None]] = []
        self.followers: list[Callable[[Row | None, Row | None], None]] = []  # told of one row before and after
        self._id = spec.columns["_id"]
        self._time = spec.columns["last_modified_time"]
        self._live: dict[str, Row] = {}
        self._invalid: dict[str, Row] = {}
        self._ids: list[str] = []
        self._times: list[int] = []
        self._ids_by_time: list[str] = []
        self._everything: Table | None = None
        self._results: OrderedDict[Hashable, list[str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._live)

    def fill(self, live: Iterable[Row], invalid: Iterable[Row] = ()) -> None:
        """Replace the content; sorts once."""
        self._live = {row[self._id]: row for row in live}
        self._invalid = {row[self._id]: row for row in invalid}
        self._ids = sorted(self._live)
        by_time = sorted(self._live.values(), key=lambda row: (row[self._time], row[self._id]))
        self._times = [row[self._time] for row in by_time]
        self._ids_by_time = [row[self._id] for row in by_time]
        self._touch()

    def rows(self) -> Iterable[Row]:
        return self._live.values()

    def invalid_rows(self) -> Iterable[Row]:
        return self._invalid.values()

    def get(self, record_id: str) -> Row | None:
        return self._live.get(record_id)

    def get_invalid(self, record_id: str) -> Row | None:
        return self._invalid.get(record_id)

    def reader(self, name: str) -> Callable[[Row], Any]:
        """How to read a field, stored or derived, from a row."""
        place = self.spec.columns.get(name)
        return itemgetter(place) if place is not None else self.derived[name]

    def value(self, row: Row, name: str) -> Any:
        return row[self.spec.columns[name]]

    def make(self, values: Mapping[str, Any]) -> Row:
        return tuple(map(values.get, self.spec.columns))

    def changed(self, row: Row, values: Mapping[str, Any]) -> Row:
        """A copy of the row with some values replaced."""
        copy = list(row)
        for name, value in values.items():
            copy[self.spec.columns[name]] = value
        return tuple(copy)

    def put(self, row: Row) -> None:
        """Insert a live row or replace the one of its id, which may have been invalid."""
        record_id = row[self._id]
        self._invalid.pop(record_id, None)
        before = self._live.get(record_id)
        if before is None:
            insort(self._ids, record_id)
        else:
            self._forget_time(before)
        self._live[record_id] = row
        place = self._place_in_time(row)
        self._times.insert(place, row[self._time])
        self._ids_by_time.insert(place, record_id)
        self._touch()
        self._tell(before, row)

    def put_invalid(self, row: Row) -> None:
        """Take a row out of sight."""
        record_id = row[self._id]
        before = self._live.pop(record_id, None)
        if before is not None:
            del self._ids[bisect_left(self._ids, record_id)]
            self._forget_time(before)
        self._invalid[record_id] = row
        self._touch()
        self._tell(before, None)

    def remove_invalid(self, record_id: str) -> None:
        del self._invalid[record_id]
        self._touch()

    def everything(self) -> Table:
        """A table that holds the invalid rows too, made again after each change."""
        if self._everything is None:
            self._everything = Table(self.spec)
            self._everything.derived = self.derived
            self._everything.constants = self.constants
            self._everything.fill([*self._live.values(), *self._invalid.values()])
        return self._everything

    def ids(self) -> list[str]:
        """All live ids in order; not to be changed by the caller."""
        return self._ids

    def window(self, start: int | None, end: int | None) -> tuple[int, int]:
        """Places in the order of time of the rows modified in [start, end], both ends included."""
        low = 0 if start is None else bisect_left(self._times, start)
        high = len(self._times) if end is None else bisect_right(self._times, end)
        return low, max(low, high)

    def ids_by_time(self, low: int, high: int) -> list[str]:
        return self._ids_by_time[low:high]

    def remembered(self, key: Hashable, find: Callable[[], list[str]]) -> list[str]:
        """The result of a search, found once as long as nothing changes: the later pages of a scan cost nothing."""
        found = self._results.get(key)
        if found is None:
            found = self._results[key] = find()
            if len(self._results) > KEPT_RESULTS:
                self._results.popitem(last=False)
        return found

    def _place_in_time(self, row: Row) -> int:
        """Rows of one millisecond stand by id, so that their order is the same after a restart."""
        low, high = bisect_left(self._times, row[self._time]), bisect_right(self._times, row[self._time])
        return bisect_left(self._ids_by_time, row[self._id], low, high)

    def _forget_time(self, row: Row) -> None:
        place = self._place_in_time(row)
        del self._times[place]
        del self._ids_by_time[place]

    def forget_results(self) -> None:
        self._results.clear()
        self._everything = None

    def _tell(self, before: Row | None, after: Row | None) -> None:
        for follower in self.followers:
            follower(before, after)

    def _touch(self) -> None:
        self.forget_results()
        for listener in self.listeners:
            listener()


def dump_table(table: Table) -> dict[str, Any]:
    return {"columns": list(table.spec.columns), "live": list(table.rows()), "invalid": list(table.invalid_rows())}


def load_table(table: Table, state: Mapping[str, Any]) -> None:
    """Fill a table from a dump, whatever the order of its columns."""
    places: dict[str, int] = {name: place for place, name in enumerate(state["columns"])}

    def restore(values: Sequence[Any]) -> Row:
        return tuple(_frozen(values[places[name]]) if name in places else None for name in table.spec.columns)

    table.fill(map(restore, state["live"]), map(restore, state["invalid"]))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
