"""`data/update`, `data/create`, `data/invalid` (docs/vendor/fxiaoke.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.changes import consequences, invalidated, new_values, stamp
from sandbox.fxiaoke.filters import IllegalValueError
from sandbox.fxiaoke.objects_org import OBJECTS
from sandbox.fxiaoke.query import visible
from sandbox.fxiaoke.values import stored_value, wire_value
from sandbox.world import RecordWrite

if TYPE_CHECKING:
    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.schema import Field
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

ADDRESS = frozenset({"_id", "dataObjectApiName"})
LOCKED = "不能进行[编辑]操作，以下这些数据已被锁定。"
# §5.1, §10.12: states in which an edit is refused.
UNEDITABLE_LIFE = frozenset({"under_review", "in_change"})
# Who creates may name the owner, and with the switches of §5.2 the time and the creator.
CREATE_EXTRA = {"owner": None, "create_time": "hasSpecifyTime", "created_by": "hasSpecifyCreatedBy"}

Writes = list[RecordWrite]


def update(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """A partial update of one record; fields that it does not know or may not write it passes over in silence."""
    given = _object_data(body)
    row = visible(caller, table, given.get("_id"))
    _check_editable(table, row, body["data"])
    values = _accepted(state, table, given)
    follows = consequences(state, table, row, values)
    after = stamp(state, table, row, {**values, **follows, **_approval(state, body)}, caller.user)
    table.put(after)
    for name in given.keys() - ADDRESS:
        log.append(_written(table, name, row, after, "applied" if name in values else "ignored"))
    log.sort(key=lambda item: item.field)
    return {}


def create(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    given = _object_data(body)
    values = _accepted(state, table, given)
    for name, switch in CREATE_EXTRA.items():
        if name in given and (switch is None or body.get(switch) is True):
            values[name] = _value(state, table.spec.fields[name], given[name])
    _check_required(table, values)
    row = table.make({**new_values(state, table, values, caller.user), **_approval(state, body)})
    table.put(row)
    log.extend(_written(table, name, None, row, "applied") for name in sorted(values))
    return {"dataId": table.value(row, "_id")}


def invalid(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """Put one record into the recycle bin (作废)."""
    row = visible(caller, table, body["data"].get("object_data_id"))
    if table.value(row, "lock_status") == "1":
        raise FxiaokeError(50009, LOCKED.replace("编辑", "作废"))
    after = invalidated(state, table, row, caller.user)
    table.put_invalid(after)
    log.append(_written(table, "life_status", row, after, "applied"))
    return {}


def refused(state: State, body: dict[str, Any], outcome: str) -> Writes:
    """What a refused write would have touched, for the log: before and after are the same."""
    data = body.get("data")
    given = data.get("object_data") if isinstance(data, dict) else None
    if not isinstance(given, dict):
        record_id = data.get("object_data_id") if isinstance(data, dict) else None
        return [RecordWrite(record_id, "life_status", None, None, outcome)] if isinstance(record_id, str) else []
    record_id, name = given.get("_id"), given.get("dataObjectApiName")
    table = state.tables.get(name) if isinstance(name, str) else None
    row = table.get(record_id) if table is not None and isinstance(record_id, str) else None
    writes = []
    for field in sorted(given.keys() - ADDRESS):
        now = None if table is None or row is None else _shown(table, field, row)
        writes.append(RecordWrite(str(record_id or ""), field, now, now, outcome))
    return writes


def fires_automation(body: dict[str, Any]) -> bool:
    """Both triggers are on unless switched off (§5.1)."""
    return body.get("triggerWorkFlow") is not False or body.get("triggerApprovalFlow") is not False


def _object_data(body: dict[str, Any]) -> dict[str, Any]:
    given = body["data"].get("object_data")
    if not isinstance(given, dict):
        raise FxiaokeError(32000, "object_data is missing")
    return given


def _check_editable(table: Table, row: Row, data: dict[str, Any]) -> None:
    if table.value(row, "lock_status") == "1" and not (
        table.spec.custom and data.get("skipDataStatusValidate") is True
    ):
        raise FxiaokeError(50009, LOCKED)
    if table.value(row, "life_status") in UNEDITABLE_LIFE:
        raise FxiaokeError(50009, "不能进行[编辑]操作，数据正在审批中。")
    if table.value(row, "owner") is None and not table.spec.everyone:
        raise FxiaokeError(50009, "不能进行[编辑]操作，请先领取该数据。")


def _accepted(state: State, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    fields = table.spec.fields
    return {
        name: _value(state, fields[name], value)
        for name, value in given.items()
        if name in fields and fields[name].settable
    }


def _value(state: State, field: Field, given: Any) -> Any:
    try:
        value = stored_value(field, given, state.directory.plain)
    except IllegalValueError as error:
        raise FxiaokeError(500, f"字段[{field.label}]({field.api_name}) {error}") from None
    if value is None and field.required and field.api_name != "owner":
        raise FxiaokeError(500, f"字段[{field.label}]({field.api_name}) 必填")
    if field.kind == "ref" and value is not None and field.target in OBJECTS:
        _check_target(state, field, value)
    if field.type == "employee" and value is not None and state.directory.person(value) is None:
        raise FxiaokeError(30027)
    return value


def _check_target(state: State, field: Field, value: str) -> None:
    if state.tables[field.target].get(value) is None:
        raise FxiaokeError(201112011, f"字段[{field.label}]查找关联的数据不存在")


def _check_required(table: Table, values: dict[str, Any]) -> None:
    # These two come from the caller and the default process.
    optional = {"owner", "sales_process_id", "sales_stage"}
    for name, field in table.spec.fields.items():
        if field.required and name not in optional and values.get(name) is None:
            raise FxiaokeError(500, f"字段[{field.label}]({name}) 必填")


def _approval(state: State, body: dict[str, Any]) -> dict[str, Any]:
    wanted = state.switches.simulate_approval and body.get("triggerApprovalFlow") is not False
    return {"life_status": "under_review"} if wanted else {}


def _written(table: Table, name: str, before: Row | None, after: Row, outcome: str) -> RecordWrite:
    old = None if before is None else _shown(table, name, before)
    return RecordWrite(table.value(after, "_id"), name, old, _shown(table, name, after), outcome)


def _shown(table: Table, name: str, row: Row) -> Any:
    field = table.spec.fields.get(name)
    return None if field is None or not field.stored else wire_value(field, table.value(row, name))
