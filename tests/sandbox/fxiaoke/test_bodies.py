"""Whole answers, as the page's samples show them: docs/vendor/fxiaoke.md §2.2, §3.1, §3.2, §4.1, §4.5, §5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

OK = {"errorCode": 0, "errorMessage": "OK", "errorDescription": "success"}
POOL = "0123456789abcdef0123456789abcdef"
QUERY = "/cgi/crm/v2/data/query"
# The employee who left, whose data are the same in each tenant.
LEFT_FLAT: dict[str, Any] = {
    "openUserId": "1021",
    "account": "lixin.zhou.former",
    "name": "周立新",
    "nickName": "周立新",
    "isStop": True,
    "email": "lixin.zhou.former@lanting-cn.example",
    "mobile": "13700000021",
    "gender": "M",
    "position": "客户经理",
    "profileImageUrl": "",
    "departmentIds": [1001, 999999],
    "mainDepartmentId": 1001,
    "attachingDepartmentIds": [],
    "employeeNumber": "E1021",
    "hireDate": "",
    "birthDate": "",
    "startWorkDate": "",
    # 2026-11-24 in China, less 730 days of data and the 400 before them.
    "createTime": 1_697_817_600_000,
    "leaderId": "1000",
}
LEFT_BY_MOBILE = {
    "openUserId": "1021",
    "name": "周立新",
    "nickName": "周立新",
    "mobile": "13700000021",
    "departmentIds": [1001],
    "mainDepartmentIds": [1001],
    "leaderId": "1000",
    "status": "STOP",
    "gender": "M",
    "position": "客户经理",
    "email": "lixin.zhou.former@lanting-cn.example",
}


def body_of(answer: dict[str, Any], trace: str) -> dict[str, Any]:
    """The answer without its trace id, whose beginning names who called."""
    assert answer.pop("traceId").startswith(f"E-O.sandbox.{trace}-")
    return answer


def test_a_query_answers_a_page_and_its_place(fxiaoke: Client) -> None:
    info: dict[str, Any] = {
        "limit": 2,
        "offset": 1,
        "filters": [{"field_name": "status", "operator": "EQ", "field_values": ["0"]}],
        "orders": [{"fieldName": "_id", "isAsc": True}],
        "fieldProjection": ["_id", "name"],
    }
    data = {"dataObjectApiName": "DepartmentObj", "find_explicit_total_num": True, "search_query_info": info}
    page = {
        "total": 5,
        "offset": 1,
        "limit": 2,
        "dataList": [{"_id": "1002", "name": "华南"}, {"_id": "1003", "name": "华北"}],
    }
    assert body_of(fxiaoke.new(QUERY, {"data": data}), "1000") == {**OK, "data": page}
    assert body_of(fxiaoke.legacy(QUERY, {"data": data}, "1000"), "1000") == {**OK, "data": page}


def test_a_query_that_finds_nothing_answers_an_empty_page(fxiaoke: Client) -> None:
    condition = {"field_name": "name", "operator": "EQ", "field_values": ["nobody"]}
    answer = fxiaoke.query("LeadsObj", filters=[condition])
    assert body_of(answer, "1000") == {**OK, "data": {"total": 0, "offset": 0, "limit": 20, "dataList": []}}


def test_a_get_answers_the_record_itself(fxiaoke: Client) -> None:
    answer = body_of(fxiaoke.get("LeadsPoolObj", POOL), "1000")
    assert answer.keys() == {*OK, "data"}
    assert (answer["data"]["_id"], answer["data"]["name"]) == (POOL, "总部线索池")


def test_the_list_of_objects_has_the_keys_of_the_page(fxiaoke: Client) -> None:
    answer = body_of(fxiaoke.new("/cgi/crm/v2/object/list", {}), "1000")
    assert answer.keys() == {*OK, "data"}
    assert answer["data"].keys() == {"objects"}
    by_name = {item["describeApiName"]: item for item in answer["data"]["objects"]}
    assert by_name["AccountObj"] == {
        "describeApiName": "AccountObj",
        "describeDisplayName": "客户",
        "defineType": "package",
        "isActive": True,
        "iconPath": "",
        "iconIndex": 1,
        "hideButton": False,
        "publicObject": False,
    }
    assert by_name["performance__c"]["defineType"] == "custom"


def test_a_describe_has_the_keys_of_the_page(fxiaoke: Client) -> None:
    answer = body_of(fxiaoke.new("/cgi/crm/v2/object/describe", {"data": {"apiName": "AccountObj"}}), "1000")
    assert answer.keys() == {*OK, "data"}
    described = answer["data"]["describe"]
    fields = described.pop("fields")
    assert answer["data"] == {
        "describe": {
            "api_name": "AccountObj",
            "display_name": "客户",
            "define_type": "package",
            "is_active": True,
            "store_table_name": "biz_account",
            "description": "",
            "icon_index": 1,
        }
    }
    assert all(
        field["api_name"] == name and field["describe_api_name"] == "AccountObj" for name, field in fields.items()
    )


# §3.2: parts of the sample, field by field.
FIELDS: dict[str, dict[str, Any]] = {
    "name": {
        "describe_api_name": "AccountObj", "api_name": "name", "label": "客户名称", "type": "text", "define_type": "package",
        "is_required": True, "is_unique": True, "is_active": True, "is_index": True, "is_single": False, "max_length": 200,
        "help_text": "", "default_value": "", "status": "released",
    },
    "account_level": {
        "api_name": "account_level", "label": "客户级别", "type": "select_one", "define_type": "package",
        "is_required": False, "is_active": True,
        "options": [
            {"label": "重点客户", "value": "1"}, {"label": "普通客户", "value": "2"}, {"label": "小型客户", "value": "3"},
        ],
    },
    "owner": {"api_name": "owner", "label": "负责人", "type": "employee", "is_single": True, "is_required": True},
    "leads_id": {
        "api_name": "leads_id", "label": "源线索", "type": "object_reference", "target_api_name": "LeadsObj",
        "target_related_list_name": "leads_id_list", "target_related_list_label": "客户", "wheres": [],
    },
    "record_type": {
        "api_name": "record_type", "type": "record_type",
        "options": [
            {"api_name": "default__c", "label": "预设业务类型", "is_active": True, "description": ""},
            {"api_name": "record_k3A9x__c", "label": "渠道业务", "is_active": True, "description": ""},
        ],
    },
    "field_a1B2c__c": {
        "api_name": "field_a1B2c__c", "type": "number", "define_type": "custom", "length": 14, "decimal_places": 2,
        "round_mode": 4, "is_required": False, "is_active": True, "is_extend": True, "is_need_convert": False,
        "default_is_expression": False, "index_name": "field_a1B2c__c",
    },
    "field_c9U8r__c": {"type": "currency", "currency_unit": "￥", "decimal_places": 2},
    "field_d4T5e__c": {"type": "date", "date_format": "yyyy-MM-dd", "time_zone": "GMT+8"},
    "relevant_team": {"type": "embedded_object_list", "embedded_fields": {}},
    "create_time": {"type": "date_time", "define_type": "system", "date_format": "yyyy-MM-dd HH:mm", "create_time": 1_577_836_800_000},
}  # fmt: skip
# What each describe names (§3.2), by define_type.
ALWAYS = {
    "system": {
        "_id", "created_by", "last_modified_by", "package", "tenant_id", "object_describe_id", "object_describe_api_name",
        "version", "create_time", "last_modified_time", "is_deleted", "extend_obj_data_id",
    },
    "package": {
        "owner", "owner_department", "data_own_department", "lock_rule", "lock_status", "lock_user", "life_status",
        "life_status_before_invalid", "relevant_team", "record_type", "out_owner",
    },
}  # fmt: skip


def test_fields_are_described_as_the_sample_shows(fxiaoke: Client) -> None:
    answer = fxiaoke.new("/cgi/crm/v2/object/describe", {"data": {"apiName": "AccountObj", "includeDetail": True}})
    fields = answer["data"]["describe"]["fields"]
    assert {name: {key: fields[name].get(key) for key in wanted} for name, wanted in FIELDS.items()} == FIELDS


@pytest.mark.parametrize("name", ["LeadsObj", "AccountObj", "NewOpportunityObj", "performance__c", "object_f7B2k__c"])
def test_fields_that_are_always_there_are_described(fxiaoke: Client, name: str) -> None:
    fields = fxiaoke.new("/cgi/crm/v2/object/describe", {"apiName": name})["data"]["describe"]["fields"]
    for kind, names in ALWAYS.items():
        assert {field for field in names if fields[field]["define_type"] == kind} == names


def test_people_are_told_flat(fxiaoke: Client) -> None:
    left = {"mobile": "13700000021"}
    team = {"departmentId": 1001, "fetchChild": True, "showDepartmentIdsDetail": True}
    assert body_of(fxiaoke.new("/cgi/user/get", {"openUserId": "1021"}), "-1000") == {**OK, **LEFT_FLAT}
    by_mobile = body_of(fxiaoke.new("/cgi/user/getByMobile", left, user=""), "-1000")
    assert by_mobile == {**OK, "empList": [LEFT_BY_MOBILE]}
    listed = body_of(fxiaoke.new("/cgi/user/list", team), "-1000")
    assert listed.keys() == {*OK, "userList"}
    assert listed["userList"][-1] == LEFT_FLAT
    simple = body_of(fxiaoke.new("/cgi/user/simpleList", team), "-1000")
    assert simple["userList"][-1] == {"openUserId": "1021", "name": "周立新", "nickName": "周立新"}
    # The day on which this one left was the last change of all.
    window = {"startTime": 1_749_000_000_000, "endTime": 4_000_000_000_000}
    changed = body_of(fxiaoke.new("/cgi/user/get/batchByUpdTime", window), "-1000")
    page = {"pageNumber": 1, "pageCount": 1, "totalCount": 1, "lastChangedTime": 1_749_690_000_000}
    assert changed == {**OK, **page, "employees": [LEFT_FLAT]}


def test_a_department_is_told_by_its_name_and_principal(fxiaoke: Client) -> None:
    answer = body_of(fxiaoke.new("/cgi/department/detail", {"departmentId": 1002}), "-1000")
    assert answer == {**OK, "department": {"name": "华南", "principalId": "1006"}}


def test_a_write_answers_no_more_than_success(fxiaoke: Client) -> None:
    target = fxiaoke.rows("ContactObj", ("owner", "ISN", []))[0]["_id"]
    name = {"dataObjectApiName": "ContactObj"}
    for path, data in (
        ("data/update", {"object_data": {**name, "_id": target, "remark": "x"}}),
        ("data/changeOwner", {**name, "Data": [{"objectDataId": target, "ownerId": ["1001"]}]}),
        ("object/lock", {**name, "dataIds": [target], "detailObjStrategy": 0}),
        ("object/unlock", {**name, "dataIds": [target], "detailObjStrategy": 0}),
        ("data/invalid", {**name, "object_data_id": target}),
        ("data/recover", {**name, "idList": [target]}),
        ("data/invalid", {**name, "object_data_id": target}),
        ("data/delete", {**name, "idList": [target]}),
    ):
        assert body_of(fxiaoke.new(f"/cgi/crm/v2/{path}", {"data": data}), "1000") == OK, path


def test_a_create_answers_the_id_at_the_top(fxiaoke: Client) -> None:
    record = {"dataObjectApiName": "ContactObj", "name": "新", "owner": ["1001"]}
    answer = body_of(fxiaoke.new("/cgi/crm/v2/data/create", {"data": {"object_data": record}}), "1000")
    made = answer.pop("dataId")
    assert answer == OK
    assert fxiaoke.get("ContactObj", made)["data"]["name"] == "新"
