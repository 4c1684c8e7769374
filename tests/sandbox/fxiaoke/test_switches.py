"""What nobody has confirmed, both ways: docs/vendor/fxiaoke.md §12."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.fxiaoke.conftest import Client

LIST = "/cgi/crm/v2/object/list"
LIKELY: dict[str, Any] = {
    "limit_code": 14001,
    "limit_per_object": False,
    "daily_quota": None,
    "expired_code": 20016,
    "refusal": None,
    "trace_id_required": False,
    "either_id": False,
    "default_limit": 20,
    "clamp_limit": False,
    "total_by_default": True,
    "most_in": 100,
    "between_ends": True,
    "empty_operand": "any",
    "filter_by_related": False,
    "show_invalid": False,
    "find_invalid": False,
    "vanished_code": 500,
    "index_lag_s": 0,
    "describe_hidden": False,
    "inactive_in_describe": True,
    "personnel_hidden": False,
    "standard_on_custom_path": True,
    "task_object": False,
    "internals": False,
    "rich_activity": False,
    "simulate_approval": False,
    "approval_status": "under_review",
    "null_clears": True,
    "blank_clears": True,
    "clear_by_type": False,
    "numbers_accepted": True,
    "refuse_unknown_field": False,
    "refuse_unwritable": False,
    "store_unknown_option": False,
    "check_version": False,
    "specify_on_update": False,
    "specify_modified": False,
    "close_date_follows": True,
    "duplicate_code": 500,
    "no_right_code": 50009,
    "pool_moves_bump": True,
    "owner_change_bumps": True,
    "conversion_bumps": True,
    "computed_bumps": False,
}


@contextmanager
def switched(client: Client, **switches: Any) -> Iterator[None]:
    client.edit("switches", "update", None, **switches)
    try:
        yield
    finally:
        client.edit("switches", "update", None, **{name: LIKELY[name] for name in switches})


def account(client: Client, place: int = 0) -> dict[str, Any]:
    return client.rows("AccountObj")[place]


def test_each_switch_stands_at_its_likely_setting(fxiaoke: Client) -> None:
    assert fxiaoke.edit("switches", "update", None) == {"limit": 1_000_000, **LIKELY}


def test_the_window_may_count_each_object_by_itself(strict: Client) -> None:
    with switched(strict, limit_per_object=True, limit_code=30004):
        codes = [strict.query("LeadsObj", limit=1)["errorCode"] for _ in range(101)]
        assert codes == [0] * 100 + [30004]
        assert strict.query("AccountObj", limit=1)["errorCode"] == 0
    with switched(strict, limit_code=14001):
        codes = [strict.query(name, limit=1)["errorCode"] for name in ("LeadsObj", "AccountObj") * 51]
        assert codes == [0] * 100 + [14001] * 2


@pytest.mark.parametrize("code", [15003, 20020, 20021, 20022, 30003])
def test_a_tenant_may_refuse_whatever_is_asked(fxiaoke: Client, code: int) -> None:
    fxiaoke.new(LIST, {})
    with switched(fxiaoke, refusal=code):
        assert fxiaoke.new(LIST, {})["errorCode"] == code
        assert fxiaoke.post("/oauth2.0/token", {})["errorCode"] == code
    assert fxiaoke.new(LIST, {})["errorCode"] == 0


def test_a_trace_id_may_be_required_after_the_token_was_good(fxiaoke: Client) -> None:
    with switched(fxiaoke, trace_id_required=True):
        assert fxiaoke.new(LIST, {})["errorCode"] == 32000
        assert fxiaoke.new(f"{LIST}?thirdTraceId=", {})["errorCode"] == 32000
        assert fxiaoke.new(f"{LIST}?thirdTraceId=4f1d", {})["errorCode"] == 0
        assert fxiaoke.post(LIST, {})["errorCode"] == 20017


def test_a_token_that_expired_may_be_told_by_another_code(strict: Client) -> None:
    strict.new(LIST, {})
    strict.edit("switches", "expire_tokens", None)
    assert strict.new(LIST, {})["errorCode"] == 20016
    with switched(strict, expired_code=20005):
        assert strict.new(LIST, {})["errorCode"] == 20005


def test_a_page_without_a_size_has_the_default(fxiaoke: Client) -> None:
    assert len(fxiaoke.query("LeadsObj")["data"]["dataList"]) == 20
    with switched(fxiaoke, default_limit=10):
        assert len(fxiaoke.query("LeadsObj")["data"]["dataList"]) == 10


def test_a_list_of_values_has_a_limit(fxiaoke: Client) -> None:
    values = [f"{number:024x}" for number in range(101)]
    for size, code in ((100, 0), (101, 32000)):
        condition = {"field_name": "_id", "operator": "IN", "field_values": values[:size]}
        assert fxiaoke.query("LeadsObj", filters=[condition])["errorCode"] == code
    with switched(fxiaoke, most_in=500):
        condition = {"field_name": "_id", "operator": "IN", "field_values": values}
        assert fxiaoke.query("LeadsObj", filters=[condition])["errorCode"] == 0
    with switched(fxiaoke, most_in=1):
        ends: list[Any] = [1, 2]
        condition = {"field_name": "create_time", "operator": "BETWEEN", "field_values": ends}
        assert fxiaoke.query("LeadsObj", filters=[condition])["errorCode"] == 0


def test_between_may_leave_its_ends_out(fxiaoke: Client) -> None:
    times = sorted(row["last_modified_time"] for row in fxiaoke.rows("AccountObj"))
    low, middle, high = times[10], times[11], times[12]
    within = ("last_modified_time", "BETWEEN", [low, high])
    outside = ("last_modified_time", "NBETWEEN", [low, high])
    found = {row["last_modified_time"] for row in fxiaoke.rows("AccountObj", within)}
    assert {low, middle, high} <= found
    with switched(fxiaoke, between_ends=False):
        found = {row["last_modified_time"] for row in fxiaoke.rows("AccountObj", within)}
        assert middle in found
        assert not {low, high} & found
        assert low in {row["last_modified_time"] for row in fxiaoke.rows("AccountObj", outside)}


@pytest.mark.parametrize(
    ("setting", "values", "code"),
    [
        ("any", [], 0),
        ("any", [""], 0),
        ("none", [], 0),
        ("none", [""], 32000),
        ("blank", [], 32000),
        ("blank", [""], 0),
    ],
)
def test_what_the_operators_for_empty_take(fxiaoke: Client, setting: str, values: list[str], code: int) -> None:
    with switched(fxiaoke, empty_operand=setting):
        for operator in ("IS", "ISN"):
            condition = {"field_name": "owner", "operator": operator, "field_values": values}
            assert fxiaoke.query("LeadsObj", filters=[condition])["errorCode"] == code


def test_invalid_records_may_be_found_by_asking_for_them(fxiaoke: Client) -> None:
    asked = ("life_status", "EQ", ["invalid"])
    assert fxiaoke.rows("LeadsObj", asked) == []
    with switched(fxiaoke, find_invalid=True):
        assert len(fxiaoke.rows("LeadsObj", asked)) == 15
        assert len(fxiaoke.rows("LeadsObj", ("is_deleted", "EQ", [True]))) == 15
        assert fxiaoke.query("LeadsObj", limit=1)["data"]["total"] == 1500
        assert not any(row["is_deleted"] for row in fxiaoke.rows("LeadsObj", ("source", "EQ", ["1"])))


def test_a_record_that_is_not_there_may_be_told_by_50009(fxiaoke: Client) -> None:
    assert fxiaoke.get("LeadsObj", "65f0")["errorCode"] == 500
    with switched(fxiaoke, vanished_code=50009):
        answer = fxiaoke.get("LeadsObj", "65f0")
    assert (answer["errorCode"], answer["errorMessage"]) == (50009, "数据不存在或已作废、已删除")


def test_the_index_may_lag_behind(strict: Client) -> None:
    target = account(strict)["_id"]
    strict.update("AccountObj", target, {"remark": "new"})
    with switched(strict, index_lag_s=30):
        assert strict.rows("AccountObj", ("_id", "EQ", [target])) == []
        assert strict.get("AccountObj", target)["data"]["remark"] == "new"
        strict.control("clock", {"advance_s": 31})
        assert strict.rows("AccountObj", ("_id", "EQ", [target]))[0]["remark"] == "new"


def test_people_may_be_hidden_even_from_the_administrator(fxiaoke: Client) -> None:
    assert len(fxiaoke.rows("PersonnelObj")) == 22
    with switched(fxiaoke, personnel_hidden=True):
        assert [row["user_id"] for row in fxiaoke.rows("PersonnelObj")] == ["1000"]
        everybody = fxiaoke.new("/cgi/user/list", {"departmentId": 999999, "fetchChild": True})
        assert len(everybody["userList"]) == 22


def described(client: Client, user: str = "1000") -> dict[str, Any]:
    answer = client.new("/cgi/crm/v2/object/describe", {"apiName": "AccountObj"}, user)
    fields: dict[str, Any] = answer["data"]["describe"]["fields"]
    return fields


def test_a_describe_may_name_what_its_caller_cannot_see(fxiaoke: Client) -> None:
    everything, mine = described(fxiaoke), described(fxiaoke, "1003")
    assert everything.keys() - mine.keys() == {"uniform_social_credit_code"}
    with switched(fxiaoke, describe_hidden=True):
        assert described(fxiaoke, "1003") == everything


def test_an_inactive_field_may_be_missing_from_a_describe(fxiaoke: Client) -> None:
    inactive = {name for name, field in described(fxiaoke).items() if field["is_active"] is False}
    assert inactive == {"field_x0X0x__c"}
    with switched(fxiaoke, inactive_in_describe=False):
        assert "field_x0X0x__c" not in described(fxiaoke)


def test_an_activity_may_be_rich_text(fxiaoke: Client) -> None:
    record = {"dataObjectApiName": "ActiveRecordObj", "active_record_content": "A & B", "owner": ["1001"]}
    made = fxiaoke.new("/cgi/crm/v2/data/create", {"data": {"object_data": record}})["dataId"]
    plain = fxiaoke.get("ActiveRecordObj", made)["data"]
    assert plain["active_record_content"] == "A & B"
    assert "active_record_content__o" not in plain
    with switched(fxiaoke, rich_activity=True):
        for rich in (
            fxiaoke.get("ActiveRecordObj", made)["data"],
            fxiaoke.rows("ActiveRecordObj", ("_id", "EQ", [made]), fieldProjection=["active_record_content"])[0],
        ):
            assert rich["active_record_content"] == "<p>A &amp; B</p>"
            assert rich["active_record_content__o"] == "A & B"
        answer = fxiaoke.new("/cgi/crm/v2/object/describe", {"apiName": "ActiveRecordObj"})
        assert answer["data"]["describe"]["fields"]["active_record_content"]["type"] == "html_rich_text"


def test_records_may_carry_the_keys_of_the_products_inside(fxiaoke: Client) -> None:
    lead = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["transformed"]))[0]
    with switched(fxiaoke, internals=True):
        found = fxiaoke.rows("LeadsObj", ("_id", "EQ", [lead["_id"]]))[0]
        alone = fxiaoke.get("LeadsObj", lead["_id"])["data"]
        narrow = fxiaoke.rows("LeadsObj", ("_id", "EQ", [lead["_id"]]), fieldProjection=["mobile"])[0]
    more = {key: value for key, value in found.items() if key not in lead}
    inside = {"total_num", "searchAfterId", "order_by"}
    assert (more["total_num"], more["searchAfterId"], more["order_by"]) == (1, [lead["_id"]], None)
    assert more.keys() - inside == alone.keys() - lead.keys()
    assert {
        "mobile__p",
        "owner__e",
        "account_id__relation_ids",
        "owner_department__v",
        "extend_obj_data_id",
    } <= more.keys()
    assert narrow.keys() == {"mobile", "mobile__p", "extend_obj_data_id", *inside}


@pytest.mark.parametrize("values", [{"refusal": "30003"}, {"task_object": 1}, {"empty_operand": 3}, {"most_in": None}])
def test_a_switch_takes_only_its_own_kind_of_value(fxiaoke: Client, values: dict[str, Any]) -> None:
    body = {"system": "fxiaoke", "module": "switches", "action": "update", "values": values}
    answer = fxiaoke.session.post(f"{fxiaoke.base}/_sandbox/edit", json=body, timeout=10)
    assert (answer.status_code, "takes a value of type" in answer.json()["error"]) == (400, True)


def test_a_switch_takes_only_its_own_settings(fxiaoke: Client) -> None:
    body = {"system": "fxiaoke", "module": "switches", "action": "update", "values": {"empty_operand": "both"}}
    answer = fxiaoke.session.post(f"{fxiaoke.base}/_sandbox/edit", json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"] == "switch empty_operand takes one of any, none, blank"
