"""The tracker of deals' stages (docs/vendor/zoho.md §5.7): a record for each stage that a deal enters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho.fields import CREATED, ID, MODIFIED, MODIFIED_BY
from sandbox.zoho.times import DAY_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.store import Row, Table

_COPIED = ("Amount", "Probability", "Closing_Date", "Currency", "Exchange_Rate")


class StageHistory:
    """Watches the deals, whoever changes them.

    A record's Modified_Time is the moment of entering the stage; that the deal moved on is added without moving it.
    """

    def __init__(self, tables: dict[str, Table], new_id: Callable[[], int]) -> None:
        self._deals, self._table = tables["Deals"], tables["DealHistory"]
        self._new_id = new_id
        self._open: dict[int, int] = {}
        self._deals.watchers.append(self._note)
        self.learn()

    def learn(self) -> None:
        """Find the latest record of each deal, after the table has been filled."""
        deal = self._table.module.position["Potential_Name"]
        self._open = {row[deal]: row[ID] for row in self._table.by_id.walk(self._table.rows, None, back=False)}

    def _note(self, before: Row | None, after: Row | None) -> None:
        stage = self._deals.module.position["Stage"]
        # A deal that comes back from the recycle bin has a history already.
        if after is None or (before is None and after[ID] in self._open):
            return
        if before is not None and before[stage] == after[stage]:
            return
        self._leave(after, after[stage])
        self._enter(after)

    def _leave(self, deal: Row, stage: str) -> None:
        row = self._table.get(self._open.get(deal[ID], 0))
        if row is not None:
            days = (deal[MODIFIED] - row[CREATED]) // DAY_S
            self._table.put(self._table.change(row, {"Moved_To__s": stage, "Stage_Duration_Calendar_Days": days}))

    def _enter(self, deal: Row) -> None:
        cells = dict(zip(self._deals.module.columns, deal, strict=True))
        columns: dict[str, Any] = self._table.blank() | {
            "id": self._new_id(),
            "Created_By": deal[MODIFIED_BY],
            "Created_Time": deal[MODIFIED],
            "Modified_By": deal[MODIFIED_BY],
            "Modified_Time": deal[MODIFIED],
            "Last_Activity_Time": deal[MODIFIED],
            "Potential_Name": deal[ID],
            "Stage": cells["Stage"],
            **{name: cells[name] for name in _COPIED if name in cells},
        }
        self._open[deal[ID]] = columns["id"]
        self._table.put(tuple(columns.values()))
