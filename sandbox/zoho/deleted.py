"""The feed of deleted records (docs/vendor/zoho.md §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import query, times
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.fields import CREATED_BY, ID
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Deleted, Table

BIN_DAYS = 60
# The sheet's two figures leave open from when the 120 days count; from the deletion is the stricter reading.
LISTED_DAYS = 120
_TYPES = {"all": ("recycle", "permanent"), "recycle": ("recycle",), "permanent": ("permanent",)}


class DeletedFeed:
    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, call: Call) -> Reply:
        """`GET /{Module}/deleted`, by time of deletion."""
        call.credits = self._state.switches.deleted_credits
        table = self._state.table(call)
        wanted = _TYPES.get(call.param("type") or "all")
        if wanted is None:
            raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": "type"})
        page = query.number(call, "page", 1)
        per_page = query.number(call, "per_page", query.MOST_PER_PAGE, query.MOST_PER_PAGE)
        since, now = query.since(call, self._state.switches), self._state.now()
        found = [
            entry
            for entry in sorted(table.bin.values(), key=lambda entry: (entry.at, entry.row[ID]))
            if entry.at > now - LISTED_DAYS * times.DAY_S
            and kind(entry, now) in wanted
            and (since is None or entry.at >= since)
        ]
        start = (page - 1) * per_page
        shown = [self._show(table, entry, now) for entry in found[start : start + per_page]]
        if not shown:
            return Reply(304 if since is not None else 204)
        more = len(found) > start + per_page
        info = {"per_page": per_page, "count": len(shown), "page": page, "more_records": more}
        return Reply(200, {"data": shown, "info": info})

    def _show(self, table: Table, entry: Deleted, now: int) -> dict[str, Any]:
        directory = self._state.directory
        return {
            "deleted_by": directory.name(entry.by),
            "id": str(entry.row[ID]),
            "display_name": self._state.renderer.name_of(table.module, entry.row),
            "type": kind(entry, now),
            "created_by": directory.name(entry.row[CREATED_BY]),
            "deleted_time": times.show(entry.at),
        }


def kind(entry: Deleted, now: int) -> str:
    """The recycle bin keeps a record for 60 days."""
    return "recycle" if now - entry.at < BIN_DAYS * times.DAY_S else "permanent"
