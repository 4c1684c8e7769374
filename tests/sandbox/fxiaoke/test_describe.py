"""Objects, fields, people and departments: docs/vendor/fxiaoke.md §2.2, §3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

DESCRIBE = "/cgi/crm/v2/object/describe"


def test_objects_are_listed_with_their_kind(fxiaoke: Client) -> None:
    objects = fxiaoke.new("/cgi/crm/v2/object/list", {})["data"]["objects"]
    kinds = {item["describeApiName"]: item["defineType"] for item in objects}
    assert kinds == {
        "LeadsObj": "package",
        "AccountObj": "package",
        "ContactObj": "package",
        "NewOpportunityObj": "package",
        "performance__c": "custom",
        "DepartmentObj": "package",
        "PersonnelObj": "package",
        "LeadsPoolObj": "package",
        "HighSeasObj": "package",
        "MarketingEventObj": "package",
        "OpportunityObj": "package",
        "ProductObj": "package",
        "SalesOrderObj": "package",
        "PaymentObj": "package",
        "OrderPaymentObj": "package",
        "PaymentPlanObj": "package",
        "ActiveRecordObj": "package",
        "TelesalesRecordObj": "package",
        "ScheduleObj": "package",
        "JournalObj": "package",
        "CheckinsObj": "package",
        "CasesObj": "package",
        "object_f7B2k__c": "custom",
    }
    assert objects[0]["describeDisplayName"] == "销售线索"
    assert objects[0]["isActive"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"apiName": "AccountObj", "includeDetail": True},
        {"data": {"apiName": "AccountObj", "includeDetail": True}},
        {"includeNull": True, "includeDetail": True, "data": {"apiName": "AccountObj"}},
    ],
)
def test_a_describe_can_be_asked_for_in_three_ways(fxiaoke: Client, body: dict[str, Any]) -> None:
    described = fxiaoke.new(DESCRIBE, body)["data"]["describe"]
    assert (described["api_name"], described["display_name"]) == ("AccountObj", "客户")
    assert described["fields"]["customer_tier__c"] == {
        "describe_api_name": "AccountObj",
        "api_name": "customer_tier__c",
        "label": "客户分级",
        "type": "select_one",
        "define_type": "custom",
        "is_required": False,
        "is_unique": False,
        "is_active": True,
        "is_index": True,
        "is_extend": True,
        "is_need_convert": False,
        "index_name": "customer_tier__c",
        "help_text": "",
        "default_value": "",
        "default_is_expression": False,
        "status": "released",
        "create_time": 1_577_836_800_000,
        "options": [
            {"label": "VIP", "value": "VIP"},
            {"label": "A", "value": "A"},
            {"label": "B", "value": "B"},
            {"label": "C", "value": "C"},
        ],
    }


def test_fields_say_what_their_type_needs(fxiaoke: Client) -> None:
    def fields(name: str) -> Any:
        return fxiaoke.new(DESCRIBE, {"data": {"apiName": name}})["data"]["describe"]["fields"]

    account, deal, score = fields("AccountObj"), fields("NewOpportunityObj"), fields("performance__c")
    assert account["tier_reason__c"]["type"] == "long_text"
    assert account["field_x0X0x__c"]["is_active"] is False
    assert account["record_type"]["options"][0]["api_name"] == "default__c"
    assert account["owner"]["type"] == "employee"
    assert account["owner"]["is_single"] is True
    assert account["_id"]["define_type"] == "system"
    assert deal["account_id"]["target_api_name"] == "AccountObj"
    assert deal["amount"]["decimal_places"] == 2
    assert deal["close_date"]["time_zone"] == "GMT+8"
    assert [option["value"] for option in deal["sales_stage"]["options"]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert deal["sales_stage"]["options"][4]["label"] == "赢单"
    assert (score["score__c"]["type"], score["score__c"]["decimal_places"]) == ("number", 2)
    assert (score["rank__c"]["type"], score["rank__c"]["decimal_places"]) == ("number", 0)
    assert score["salesperson__c"]["type"] == "employee"


def test_every_key_of_a_record_is_described(fxiaoke: Client) -> None:
    objects = fxiaoke.new("/cgi/crm/v2/object/list", {})["data"]["objects"]
    for name in [item["describeApiName"] for item in objects]:
        described = fxiaoke.new(DESCRIBE, {"data": {"apiName": name}})["data"]["describe"]["fields"]
        for record in fxiaoke.rows(name):
            bare = {key.removesuffix("__r").removesuffix("__l") for key in record} - {"owner_department_id"}
            assert bare <= described.keys()


def test_an_unknown_object_cannot_be_described(fxiaoke: Client) -> None:
    assert fxiaoke.new(DESCRIBE, {"data": {"apiName": "NopeObj"}})["errorCode"] == 500
    assert fxiaoke.new(DESCRIBE, {})["errorCode"] == 32000


def test_departments_form_a_tree(fxiaoke: Client) -> None:
    departments = fxiaoke.new("/cgi/department/list", {})["departments"]
    assert departments == [
        {"id": 999999, "name": "全公司", "parentId": 0, "isStop": False, "order": 1},
        {"id": 1001, "name": "华东", "parentId": 999999, "isStop": False, "order": 2},
        {"id": 1002, "name": "华南", "parentId": 999999, "isStop": False, "order": 3},
        {"id": 1003, "name": "华北", "parentId": 999999, "isStop": False, "order": 4},
        {"id": 1004, "name": "海外", "parentId": 999999, "isStop": False, "order": 5},
    ]
    detail = fxiaoke.new("/cgi/department/detail", {"departmentId": 1002})["department"]
    assert (detail["name"], detail["principalId"]) == ("华南", "1006")
    assert fxiaoke.new("/cgi/department/detail", {"departmentId": 4})["errorCode"] == 30007


def test_the_whole_company_is_listed_flat(fxiaoke: Client) -> None:
    users = fxiaoke.new("/cgi/user/list", {"departmentId": 999999, "fetchChild": True})["userList"]
    assert [user["openUserId"] for user in users] == [str(number) for number in range(1000, 1022)]
    assert [user["openUserId"] for user in users if user["isStop"]] == ["1021"]
    seller = users[1]
    assert seller["departmentIds"] == [1001, 999999]
    assert seller["mainDepartmentId"] == 1001
    assert users[2]["leaderId"] == "1001"
    only = fxiaoke.new("/cgi/user/list", {"departmentId": 999999, "fetchChild": False})["userList"]
    assert [user["openUserId"] for user in only] == ["1000"]
    simple = fxiaoke.new("/cgi/user/simpleList", {"departmentId": 1004, "fetchChild": True})["userList"]
    assert [user["openUserId"] for user in simple] == ["1016", "1017", "1018", "1019", "1020"]
    assert simple[0].keys() == {"openUserId", "name", "nickName"}


def test_one_user_comes_flat_by_either_id(fxiaoke: Client) -> None:
    user = fxiaoke.new("/cgi/user/get", {"openUserId": "1001"})
    assert (user["errorCode"], user["openUserId"], user["mainDepartmentId"]) == (0, "1001", 1001)
    found = fxiaoke.new("/cgi/user/getByMobile", {"mobile": user["mobile"], "convertUserId": True})["empList"]
    assert (found[0]["name"], found[0]["status"]) == (user["name"], "NORMAL")
    again = fxiaoke.new("/cgi/user/get", {"openUserId": found[0]["openUserId"]})
    assert again["name"] == user["name"]
    assert fxiaoke.new("/cgi/user/get", {"openUserId": "4711"})["errorCode"] == 20012
    assert fxiaoke.new("/cgi/user/getByMobile", {"mobile": "1"})["empList"] == []


def test_people_and_departments_are_objects_too(fxiaoke: Client) -> None:
    person = fxiaoke.rows("PersonnelObj", ("user_id", "EQ", ["1021"]))[0]
    assert (person["status"], person["is_active"]) == ("1", False)
    assert person["main_department"] == ["1001"]
    department = fxiaoke.rows("DepartmentObj", ("_id", "EQ", ["1001"]))[0]
    assert department["parent_id"] == ["999999"]
    assert department["parent_id__r"]["deptName"] == "全公司"


def test_the_first_and_the_last_day_are_told(fxiaoke: Client) -> None:
    person = fxiaoke.rows("PersonnelObj", ("user_id", "EQ", ["1006"]))[0]["_id"]
    fxiaoke.update("PersonnelObj", person, {"birthday": -62_135_596_800_000, "date_of_joining": 253_402_185_600_000})
    user = fxiaoke.new("/cgi/user/get", {"openUserId": "1006"})
    assert (user["birthDate"], user["hireDate"]) == ("0001-01-01", "9999-12-31")
    answer = fxiaoke.update("PersonnelObj", person, {"birthday": 253_402_272_000_000})
    assert (answer["errorCode"], answer["errorMessage"]) == (500, "字段[生日](birthday) is in no year of four digits")
    assert fxiaoke.new("/cgi/user/get", {"openUserId": "1006"}) | {"traceId": ""} == user | {"traceId": ""}


def test_a_person_who_moves_moves_everywhere(fxiaoke: Client) -> None:
    person = fxiaoke.rows("PersonnelObj", ("user_id", "EQ", ["1005"]))[0]
    fxiaoke.edit("PersonnelObj", "update", person["_id"], main_department="1002")
    assert fxiaoke.new("/cgi/user/get", {"openUserId": "1005"})["departmentIds"] == [1002, 999999]
    lead = fxiaoke.rows("LeadsObj", ("owner", "EQ", ["1005"]), limit=1)[0]
    assert (lead["owner_department"], lead["owner_department_id"]) == ("华南", "1002")
    assert lead["data_own_department"] == ["1001"]
