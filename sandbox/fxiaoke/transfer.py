"""`leads/transfer`: a lead becomes an account, a contact and perhaps an opportunity (docs/vendor/fxiaoke.md §4.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.edit import edit, read_values
from sandbox.fxiaoke.lifecycle import refuse_locked
from sandbox.fxiaoke.query import visible
from sandbox.fxiaoke.writelog import Writes, written

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Table

MADE = ("AccountObj", "ContactObj", "NewOpportunityObj")


def transfer(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """The answer's shape is not known, so it tells nothing: the lead holds the ids of what was made.

    `dataList` has the values of each new record; without `NewOpportunityObj` there is no opportunity.
    """
    data = body["data"]
    lead = visible(state, caller, table, data.get("leadsId"))
    refuse_locked(table, lead, "转换")
    given = data.get("dataList")
    if not isinstance(given, dict) or not all(isinstance(given.get(name, {}), dict) for name in MADE):
        raise FxiaokeError(32000, "dataList must be an object of objects")
    values = {name: given[name] for name in MADE if name in given}
    values.setdefault("NewOpportunityObj", None)
    record_id = table.value(lead, "_id")
    try:
        # All is looked at before anything is made.
        for name, fields in values.items():
            read_values(state, state.tables[name], fields or {})
        edit(state, "LeadsObj", "convert", record_id, values)
    except ValueError as error:
        raise FxiaokeError(500, str(error)) from None
    log.append(written(table, "biz_status", lead, table.get(record_id) or lead))
    return {}
