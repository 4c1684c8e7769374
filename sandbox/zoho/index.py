"""Finding records by one column's value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Index:
    """Record ids by the value of one column, texts without regard to case; a record without a value is left out."""

    def __init__(self, place: int, id_place: int, rows: Iterable[tuple[Any, ...]]) -> None:
        self._place, self._id_place = place, id_place
        self._ids: dict[Any, set[int]] = {}
        for row in rows:
            self.add(row)

    def add(self, row: tuple[Any, ...]) -> None:
        if row[self._place] is not None:
            self._ids.setdefault(_key(row[self._place]), set()).add(row[self._id_place])

    def drop(self, row: tuple[Any, ...]) -> None:
        if row[self._place] is not None:
            self._ids[_key(row[self._place])].discard(row[self._id_place])

    def find(self, value: Any) -> list[int]:
        """In order of id, which is that of creation."""
        return sorted(self._ids.get(_key(value), ()))


def _key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
