"""What a change of a record brings about, whether a person or a call makes it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.objects_sales import PROBABILITY_OF_STAGE, SALES_PROCESS, STATUS_OF_STAGE
from sandbox.world import CHINA

if TYPE_CHECKING:
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

WON, LOST = "2", "3"
# Stands for the instant of the change, so that all its marks are of one millisecond.
NOW = object()


def stamp(state: State, table: Table, row: Row, values: dict[str, Any], user: str | None) -> Row:
    """The row with new values, and the marks that every change leaves (§4.3): time, person, version."""
    now = state.now_ms()
    return table.changed(
        row,
        {
            **_dated(values, now),
            "last_modified_time": now,
            "last_modified_by": user,
            "version": str(int(table.value(row, "version")) + 1),
        },
    )


def unless(bumps: bool, table: Table, before: Row, after: Row) -> Row:  # noqa: FBT001 - a switch
    """The changed row, with its old modified time where the tenant does not count the change (§4.3)."""
    if bumps:
        return after
    return table.changed(after, {"last_modified_time": table.value(before, "last_modified_time")})


def consequences(state: State, table: Table, row: Row | None, values: dict[str, Any]) -> dict[str, Any]:
    """What follows from the new values: of an opportunity's stage its status, probability and day of closing (§6.5)."""
    stage = values.get("sales_stage")
    # A stage that the tenant made has no known status (§6.5).
    if table.spec.api_name != "NewOpportunityObj" or stage not in STATUS_OF_STAGE:
        return {}
    if row is not None and table.value(row, "sales_stage") == stage:
        return {}
    follows: dict[str, Any] = {
        "sales_status": STATUS_OF_STAGE[stage],
        "stg_changed_time": NOW,
    }
    if values.get("probability") is None:
        follows["probability"] = PROBABILITY_OF_STAGE[stage]
    if values.get("close_date") is None and state.switches.close_date_follows:
        planned = None if row is None else table.value(row, "close_date")
        # Of a loss the page says nothing: it does not stay ahead.
        ahead = planned is None or planned > state.now_ms()
        if follows["sales_status"] == WON or (follows["sales_status"] == LOST and ahead):
            follows["close_date"] = today_ms(state)
    return follows


def new_values(state: State, table: Table, values: dict[str, Any], user: str) -> dict[str, Any]:
    """A complete new record from the values given."""
    owner = values.get("owner")
    now = state.now_ms()
    base: dict[str, Any] = {
        "_id": state.new_id(),
        "data_own_department": state.directory.main_departments.get(owner or ""),
        "created_by": user,
        "last_modified_by": user,
        "create_time": now,
        "last_modified_time": now,
        "version": "1",
        "life_status": "normal",
        "lock_status": "0",
        "record_type": "default__c",
        **_numbers(state, table),
        **_DEFAULTS.get(table.spec.api_name, {}),
    }
    given = {name: value for name, value in values.items() if value is not None}
    return _dated({**base, **consequences(state, table, None, {**base, **given}), **given}, now)


def _numbers(state: State, table: Table) -> dict[str, str]:
    """What the CRM counts by itself: the day and a number within it, as in the sample of an activity (§6.7)."""
    names = [name for name, field in table.spec.fields.items() if field.type == "auto_number"]
    today = f"{state.world.now().astimezone(CHINA):%Y%m%d}-"
    numbers = {}
    for name in names:
        taken = (table.value(row, name) or "" for row in (*table.rows(), *table.invalid_rows()))
        ends = [text.removeprefix(today) for text in taken if text.startswith(today)]
        last = max((int(end) for end in ends if end.isascii() and end.isdigit()), default=0)
        numbers[name] = f"{today}{last + 1:04d}"
    return numbers


def _dated(values: dict[str, Any], now: int) -> dict[str, Any]:
    return {name: now if value is NOW else value for name, value in values.items()}


_DEFAULTS: dict[str, dict[str, Any]] = {
    "LeadsObj": {"biz_status": "un_processed", "leads_stage": "Lead", "is_duplicated": False},
    "AccountObj": {"deal_status": "1", "biz_status": "2", "transfer_count": "0"},
    "NewOpportunityObj": {"sales_stage": "1", "sales_process_id": SALES_PROCESS},
}
# When a record gets a new owner, this field takes the time.
OWNER_CHANGED = {"LeadsObj": "owner_change_time", "AccountObj": "owner_modified_time"}
# §6.2, §6.3: the state of what has just been taken out of a pool.
WAITING = {"LeadsObj": "un_processed", "AccountObj": "2"}


def owned_by(state: State, table: Table, row: Row, owner: str) -> dict[str, Any]:
    """What a record takes over with a new owner; one that lay in a pool leaves its first state."""
    values: dict[str, Any] = {"owner": owner, "data_own_department": state.directory.main_departments.get(owner)}
    name = table.spec.api_name
    if name in OWNER_CHANGED:
        values[OWNER_CHANGED[name]] = NOW
    if table.value(row, "owner") is None and name in WAITING:
        values["biz_status"] = WAITING[name]
    return values


def invalidated(state: State, table: Table, row: Row, user: str | None) -> Row:
    before = table.value(row, "life_status")
    return stamp(state, table, row, {"life_status": "invalid", "life_status_before_invalid": before}, user)


def recovered(state: State, table: Table, row: Row, user: str | None) -> Row:
    before = table.value(row, "life_status_before_invalid") or "normal"
    return stamp(state, table, row, {"life_status": before, "life_status_before_invalid": None}, user)


def today_ms(state: State) -> int:
    """Midnight in China at which the current day began, the form of a date (§3.3)."""
    local = state.world.now().astimezone(CHINA)
    return int(datetime(local.year, local.month, local.day, tzinfo=CHINA).timestamp() * 1000)
