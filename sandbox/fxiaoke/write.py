"""`data/update` and `data/create` (docs/vendor/fxiaoke.md §5.1, §5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.answers import FxiaokeError
from sandbox.fxiaoke.changes import consequences, new_values, stamp
from sandbox.fxiaoke.details import DETAILS
from sandbox.fxiaoke.filters import IllegalValueError
from sandbox.fxiaoke.lifecycle import refuse_locked
from sandbox.fxiaoke.query import fields_for, no_right, writable
from sandbox.fxiaoke.schema import EMPLOYEE_TYPES
from sandbox.fxiaoke.values import passed_over, stored_value
from sandbox.fxiaoke.writelog import ADDRESS, Writes, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.schema import Field
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row, Table

# §5.1, §10.12: states in which an edit is refused.
UNEDITABLE_LIFE = frozenset({"under_review", "in_change"})
# What a call may set only if it says so at its top (§5.1, §5.2).
SPECIFIED = {"create_time": "hasSpecifyTime", "created_by": "hasSpecifyCreatedBy"}


def update_in_any_state(
    state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes
) -> dict[str, Any]:
    """The custom path takes `skipDataStatusValidate`, which lets locked records be edited (§5.1)."""
    return update(state, caller, body, table, log, skips_lock=body["data"].get("skipDataStatusValidate") is True)


def update(
    state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes, *, skips_lock: bool = False
) -> dict[str, Any]:
    """A partial update of one record; fields that it does not know or may not write it passes over in silence."""
    given = _object_data(body)
    row = writable(state, caller, table, given.get("_id"))
    _check_editable(table, row, skips_lock=skips_lock)
    if state.switches.check_version and given.get("version", table.value(row, "version")) != table.value(
        row, "version"
    ):
        raise FxiaokeError(500, "数据已被他人修改，请刷新后重试")
    values = _accepted(state, caller, table, given)
    if state.switches.specify_on_update:
        values.update(_specified(state, caller, table, body))
    follows = consequences(state, table, row, values)
    after = stamp(state, table, row, {**values, **follows, **_approval(state, body)}, caller.user)
    if state.switches.specify_modified:
        after = table.changed(after, _specified(state, caller, table, body, {"last_modified_time": "hasSpecifyTime"}))
    table.put(after)
    for name in given.keys() - ADDRESS:
        log.append(written(table, name, row, after, "applied" if name in values else "ignored"))
    log.sort(key=lambda item: item.field)
    return {}


def create(state: State, caller: Caller, body: dict[str, Any], table: Table, log: Writes) -> dict[str, Any]:
    """One record and, if the call brings them, its details (§5.2); the owner of those is the record's."""
    given, data = _object_data(body), body["data"]
    if table.spec.everyone and caller.only_owner is not None:
        raise no_right(state, f"没有新建{table.spec.display_name}权限")
    values = _accepted(state, caller, table, given)
    values.update(_specified(state, caller, table, body))
    if "owner" in given:
        values["owner"] = _value(state, caller, table.spec.fields["owner"], given["owner"])
    _check_required(table, values)
    _check_duplicate(state, table, data, values)
    name, link, lines = _details(state, caller, table, data.get("details"))
    row = table.make({**new_values(state, table, values, caller.user), **_approval(state, body)})
    record_id = _insert(table, row, values, log)
    ids = []
    for line in lines:
        line.update({link: record_id, "owner": values["owner"]})
        detail = state.tables[name]
        ids.append(_insert(detail, detail.make(new_values(state, detail, line, caller.user)), line, log))
    told = {"detailIds": {name: ids}} if ids and body.get("includeDetailIds") is True else {}
    return {"dataId": record_id, **told}


def _insert(table: Table, row: Row, values: dict[str, Any], log: Writes) -> str:
    table.put(row)
    log.extend(written(table, name, None, row, "applied") for name in sorted(values))
    return str(table.value(row, "_id"))


def _details(state: State, caller: Caller, table: Table, given: Any) -> tuple[str, str, list[dict[str, Any]]]:
    """The detail object, its link to the master, and the values of its new records, all of them looked at."""
    name, link = DETAILS.get(table.spec.api_name, ("", ""))
    if given in (None, {}):
        return name, link, []
    lines = given.get(name) if isinstance(given, dict) and given.keys() == {name} else None
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise FxiaokeError(32000, "details must hold lists of the record's own detail object")
    detail = state.tables[name]
    values = [_accepted(state, caller, detail, {key: line[key] for key in line if key != link}) for line in lines]
    for one in values:
        _check_required(detail, one, besides=("owner", link))
    return name, link, values


def fires_automation(body: dict[str, Any]) -> bool:
    """Both triggers are on unless switched off (§5.1)."""
    return body.get("triggerWorkFlow") is not False or body.get("triggerApprovalFlow") is not False


def _object_data(body: dict[str, Any]) -> dict[str, Any]:
    given = body["data"].get("object_data")
    if not isinstance(given, dict):
        raise FxiaokeError(32000, "object_data is missing")
    return given


def _check_editable(table: Table, row: Row, *, skips_lock: bool) -> None:
    if not skips_lock:
        refuse_locked(table, row, "编辑")
    if table.value(row, "life_status") in UNEDITABLE_LIFE:
        raise FxiaokeError(50009, "不能进行[编辑]操作，数据正在审批中。")
    if table.value(row, "owner") is None and not table.spec.everyone:
        raise FxiaokeError(50009, "不能进行[编辑]操作，请先领取该数据。")


def _accepted(state: State, caller: Caller, table: Table, given: dict[str, Any]) -> dict[str, Any]:
    """The values that have an effect; the others are passed over, or refused where the tenant does so (§5.1)."""
    fields, switches, accepted = fields_for(caller, table), state.switches, {}
    for name, value in given.items():
        field = fields.get(name)
        if name in ADDRESS:
            continue
        if field is None and switches.refuse_unknown_field:
            raise FxiaokeError(500, f"字段 {name} 不存在")
        if field is not None and not field.settable and switches.refuse_unwritable:
            raise FxiaokeError(500, f"字段[{field.label}]({name}) 不允许编辑")
        if field is not None and field.settable and not passed_over(field, value, switches):
            accepted[name] = _value(state, caller, field, value)
    return accepted


def _specified(
    state: State, caller: Caller, table: Table, body: dict[str, Any], marks: Mapping[str, str] = SPECIFIED
) -> dict[str, Any]:
    given = _object_data(body)
    return {
        name: _value(state, caller, table.spec.fields[name], given[name])
        for name, switch in marks.items()
        if given.get(name) is not None and body.get(switch) is True
    }


def _check_duplicate(state: State, table: Table, data: dict[str, Any], values: dict[str, Any]) -> None:
    """The search for duplicates (查重), which a call asks for."""
    options = data.get("optionInfo")
    if not isinstance(options, dict) or options.get("isDuplicateSearch") is not True:
        return
    for name, field in table.spec.fields.items():
        taken = field.unique and any(table.value(row, name) == values.get(name) for row in table.rows())
        if taken:
            raise FxiaokeError(state.switches.duplicate_code, f"查重: 字段[{field.label}]与已有数据重复")


def _value(state: State, caller: Caller, field: Field, given: Any) -> Any:
    try:
        value = stored_value(field, given, state.plain_id(caller), state.switches)
    except IllegalValueError as error:
        raise FxiaokeError(500, f"字段[{field.label}]({field.api_name}) {error}") from None
    if value is None and field.required and field.api_name != "owner":
        raise FxiaokeError(500, f"字段[{field.label}]({field.api_name}) 必填")
    if field.kind == "ref" and value is not None and field.target in state.tables:
        _check_target(state, field, value)
    if field.type in EMPLOYEE_TYPES and value is not None:
        people = value if isinstance(value, tuple) else (value,)
        if any(state.directory.person(one) is None for one in people):
            raise FxiaokeError(30027)
    return value


def _check_target(state: State, field: Field, value: str) -> None:
    if state.tables[field.target].get(value) is None:
        raise FxiaokeError(201112011, f"字段[{field.label}]查找关联的数据不存在")


def _check_required(table: Table, values: dict[str, Any], besides: tuple[str, ...] = ()) -> None:
    """A describe tells what a create must bring (§6.5)."""
    for name, field in table.spec.fields.items():
        if field.required and name not in besides and values.get(name) is None:
            raise FxiaokeError(500, f"字段[{field.label}]({name}) 必填")


def _approval(state: State, body: dict[str, Any]) -> dict[str, Any]:
    wanted = state.switches.simulate_approval and body.get("triggerApprovalFlow") is not False
    return {"life_status": state.switches.approval_status} if wanted else {}
