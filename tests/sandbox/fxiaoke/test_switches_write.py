"""What nobody has confirmed of writes, both ways: docs/vendor/fxiaoke.md §4.3, §5, §6.5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.fxiaoke.test_switches import account, switched

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client


@pytest.mark.parametrize(("switch", "value"), [("null_clears", None), ("blank_clears", "")])
def test_an_empty_value_may_be_passed_over(fxiaoke: Client, switch: str, value: Any) -> None:
    target = account(fxiaoke, 1)["_id"]
    fxiaoke.update("AccountObj", target, {"fax": "021-7"})
    with switched(fxiaoke, **{switch: False}):
        assert fxiaoke.update("AccountObj", target, {"fax": value})["errorCode"] == 0
        assert fxiaoke.get("AccountObj", target)["data"]["fax"] == "021-7"
    fxiaoke.update("AccountObj", target, {"fax": value})
    assert "fax" not in fxiaoke.get("AccountObj", target)["data"]


def test_numbers_may_be_taken_as_text_only(fxiaoke: Client) -> None:
    target = account(fxiaoke, 2)["_id"]
    with switched(fxiaoke, numbers_accepted=False):
        assert fxiaoke.update("AccountObj", target, {"field_a1B2c__c": 1.5})["errorCode"] == 500
        assert fxiaoke.update("AccountObj", target, {"field_a1B2c__c": "1.5"})["errorCode"] == 0


def test_unknown_and_protected_fields_may_be_refused(fxiaoke: Client) -> None:
    target = account(fxiaoke, 3)["_id"]
    with switched(fxiaoke, refuse_unknown_field=True):
        assert fxiaoke.update("AccountObj", target, {"no_such__c": "x"})["errorCode"] == 500
        assert fxiaoke.update("AccountObj", target, {"owner": ["1001"]})["errorCode"] == 0
    with switched(fxiaoke, refuse_unwritable=True):
        for values in ({"owner": ["1001"]}, {"life_status": "normal"}, {"account_no": "C-1"}):
            assert fxiaoke.update("AccountObj", target, values)["errorCode"] == 500


def test_an_unknown_option_may_be_kept(fxiaoke: Client) -> None:
    target = account(fxiaoke, 4)["_id"]
    assert fxiaoke.update("AccountObj", target, {"account_level": "钻石"})["errorCode"] == 500
    with switched(fxiaoke, store_unknown_option=True):
        assert fxiaoke.update("AccountObj", target, {"account_level": "钻石"})["errorCode"] == 0
    read = fxiaoke.get("AccountObj", target)["data"]
    assert read["account_level"] == "钻石"
    assert "account_level__r" not in read
    deal = fxiaoke.rows("NewOpportunityObj", ("sales_status", "EQ", ["1"]))[0]
    with switched(fxiaoke, store_unknown_option=True):
        assert fxiaoke.update("NewOpportunityObj", deal["_id"], {"sales_stage": "aB3dE5fG7"})["errorCode"] == 0
    assert fxiaoke.get("NewOpportunityObj", deal["_id"])["data"]["sales_status"] == "1"


def test_a_missing_right_may_be_told_by_another_code(fxiaoke: Client) -> None:
    product = fxiaoke.rows("ProductObj")[0]["_id"]
    for code in (50009, 500):
        with switched(fxiaoke, no_right_code=code):
            answer = fxiaoke.update("ProductObj", product, {"remark": "x"}, user="1003")
            assert (answer["errorCode"], answer["errorMessage"]) == (code, "无此操作的数据权限")


def test_the_version_may_be_checked(fxiaoke: Client) -> None:
    row = account(fxiaoke, 5)
    old = {"remark": "x", "version": "0"}
    assert fxiaoke.update("AccountObj", row["_id"], old)["errorCode"] == 0
    with switched(fxiaoke, check_version=True):
        assert fxiaoke.update("AccountObj", row["_id"], old)["errorCode"] == 500
        now = fxiaoke.get("AccountObj", row["_id"])["data"]["version"]
        assert fxiaoke.update("AccountObj", row["_id"], {"remark": "y", "version": now})["errorCode"] == 0


def test_creator_and_time_are_set_by_a_create_and_perhaps_by_an_update(fxiaoke: Client) -> None:
    marks: dict[str, Any] = {"create_time": 1_700_000_000_000, "created_by": ["1007"]}
    flags: dict[str, Any] = {"hasSpecifyTime": True, "hasSpecifyCreatedBy": True}
    record = {"dataObjectApiName": "performance__c", "name": "旧", "owner": ["1001"], **marks}
    path = "/cgi/crm/custom/v2/data/create"
    made = fxiaoke.new(path, {**flags, "data": {"object_data": record}})["dataId"]
    assert {key: fxiaoke.get("performance__c", made)["data"][key] for key in marks} == marks
    plain = fxiaoke.new(path, {"data": {"object_data": record}})["dataId"]
    assert fxiaoke.get("performance__c", plain)["data"]["created_by"] == ["1000"]
    fxiaoke.update("performance__c", plain, marks, **flags)
    assert fxiaoke.get("performance__c", plain)["data"]["created_by"] == ["1000"]
    with switched(fxiaoke, specify_on_update=True):
        fxiaoke.update("performance__c", plain, marks, **flags)
    assert {key: fxiaoke.get("performance__c", plain)["data"][key] for key in marks} == marks


def test_a_duplicate_is_refused_where_the_call_looks_for_one(fxiaoke: Client) -> None:
    name = account(fxiaoke, 6)["name"]
    record = {"dataObjectApiName": "AccountObj", "name": name, "owner": ["1001"]}
    path = "/cgi/crm/v2/data/create"
    searching = {"data": {"object_data": record, "optionInfo": {"isDuplicateSearch": True}}}
    refused = fxiaoke.new(path, searching)
    assert refused["errorCode"] == 500
    assert "查重" in refused["errorMessage"]
    with switched(fxiaoke, duplicate_code=50009):
        assert fxiaoke.new(path, searching)["errorCode"] == 50009
    assert fxiaoke.new(path, {"data": {"object_data": record}})["errorCode"] == 0


def test_a_conversion_may_leave_the_modified_time_alone(fxiaoke: Client) -> None:
    leads = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["processed"]))
    with switched(fxiaoke, conversion_bumps=False):
        done = fxiaoke.edit("LeadsObj", "convert", leads[0]["_id"])
    assert (done["biz_status"], done["last_modified_time"]) == ("transformed", leads[0]["last_modified_time"])
    done = fxiaoke.edit("LeadsObj", "convert", leads[1]["_id"])
    assert done["last_modified_time"] > leads[1]["last_modified_time"]


def test_a_change_of_owner_may_leave_the_modified_time_alone(fxiaoke: Client) -> None:
    before = account(fxiaoke, 7)
    handed = {"objectDataId": before["_id"], "ownerId": ["1002"]}
    body = {"data": {"dataObjectApiName": "AccountObj", "Data": [handed]}}
    with switched(fxiaoke, owner_change_bumps=False):
        assert fxiaoke.new("/cgi/crm/v2/data/changeOwner", body)["errorCode"] == 0
        after = fxiaoke.get("AccountObj", before["_id"])["data"]
        assert (after["owner"], after["last_modified_time"]) == (["1002"], before["last_modified_time"])
        edited = fxiaoke.edit("AccountObj", "changeOwner", before["_id"], owner="1003")
        assert (edited["owner"], edited["last_modified_time"]) == (["1003"], before["last_modified_time"])
    assert fxiaoke.new("/cgi/crm/v2/data/changeOwner", body)["errorCode"] == 0
    assert fxiaoke.get("AccountObj", before["_id"])["data"]["last_modified_time"] > before["last_modified_time"]


def test_an_update_may_keep_the_modified_time_that_it_brings(fxiaoke: Client) -> None:
    target = account(fxiaoke, 8)["_id"]
    values = {"fax": "021-8", "last_modified_time": 1_767_312_000_000}
    fxiaoke.update("AccountObj", target, values, hasSpecifyTime=True)
    assert fxiaoke.get("AccountObj", target)["data"]["last_modified_time"] > 1_767_312_000_000
    with switched(fxiaoke, specify_modified=True):
        fxiaoke.update("AccountObj", target, values)
        assert fxiaoke.get("AccountObj", target)["data"]["last_modified_time"] > 1_767_312_000_000
        fxiaoke.update("AccountObj", target, values, hasSpecifyTime=True)
    assert fxiaoke.get("AccountObj", target)["data"]["last_modified_time"] == 1_767_312_000_000
    found = fxiaoke.rows("AccountObj", ("last_modified_time", "EQ", [1_767_312_000_000]))
    assert [row["_id"] for row in found] == [target]


@pytest.mark.parametrize(
    ("field", "value", "clears"),
    [
        ("fax", "021-7", ""),
        ("account_level", "1", ""),
        ("field_m2N3y__c", ["m1"], []),
        ("field_a1B2c__c", "1.50", None),
        ("field_d4T5e__c", 1_767_196_800_000, None),
    ],
)
def test_only_one_empty_value_may_clear_a_field_of_a_type(fxiaoke: Client, field: str, value: Any, clears: Any) -> None:
    target = account(fxiaoke, 9)["_id"]
    with switched(fxiaoke, clear_by_type=True):
        empties: tuple[Any, ...] = ("", [], None)
        for empty in empties:
            fxiaoke.update("AccountObj", target, {field: value})
            assert fxiaoke.update("AccountObj", target, {field: empty})["errorCode"] == 0
            left = fxiaoke.get("AccountObj", target)["data"].get(field)
            assert left == (None if empty == clears else value)
    fxiaoke.update("AccountObj", target, {field: value})
    fxiaoke.update("AccountObj", target, {field: []})
    assert field not in fxiaoke.get("AccountObj", target)["data"]


def test_a_win_may_leave_the_day_of_closing_alone(fxiaoke: Client) -> None:
    late = ("close_date", "LT", [1_795_449_600_000])
    deals = fxiaoke.rows("NewOpportunityObj", ("sales_status", "EQ", ["1"]), late)
    with switched(fxiaoke, close_date_follows=False):
        won = fxiaoke.edit("NewOpportunityObj", "update", deals[0]["_id"], sales_stage="5")
    assert (won["sales_status"], won["close_date"]) == ("2", deals[0]["close_date"])
    won = fxiaoke.edit("NewOpportunityObj", "update", deals[1]["_id"], sales_stage="5")
    assert won["close_date"] == ((won["last_modified_time"] // 1000 + 28_800) // 86_400 * 86_400 - 28_800) * 1000
    lost = fxiaoke.edit("NewOpportunityObj", "update", deals[2]["_id"], sales_stage="6")
    assert (lost["sales_status"], lost["close_date"]) == ("3", deals[2]["close_date"])
