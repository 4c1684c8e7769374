"""What few records have besides their columns: tags and locks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Lock(NamedTuple):
    """A record's entry under Locking_Information__s."""

    id: int
    reason: str | None
    at: int
    by: int


@dataclass(slots=True)
class Tags:
    """The tags of one module, and which record has which."""

    known: dict[int, tuple[str, str | None]] = field(default_factory=dict)
    of_record: dict[int, list[int]] = field(default_factory=dict)

    def named(self, name: str, colour: str | None, new_id: Callable[[], int]) -> int:
        """The tag with this name, made if there is none."""
        for tag_id, (known, _) in self.known.items():
            if known.casefold() == name.casefold():
                return tag_id
        tag_id = new_id()
        self.known[tag_id] = (name, colour)
        return tag_id

    def shown(self, record_id: int) -> list[dict[str, Any]]:
        if record_id not in self.of_record:
            return []
        tags = [(tag_id, *self.known[tag_id]) for tag_id in self.of_record[record_id]]
        return [{"name": name, "id": str(tag_id), "color_code": colour} for tag_id, name, colour in tags]

    def put(self, record_id: int, tag_ids: list[int]) -> None:
        if tag_ids:
            self.of_record[record_id] = tag_ids
        else:
            self.of_record.pop(record_id, None)

    def dump(self) -> dict[str, Any]:
        return {"known": list(self.known.items()), "of_record": list(self.of_record.items())}

    def load(self, state: dict[str, Any]) -> None:
        self.known = {tag_id: (name, colour) for tag_id, (name, colour) in state["known"]}
        self.of_record = dict(state["of_record"])
