"""Records key by key, as the samples show them: docs/vendor/fxiaoke.md §2.3, §4.5, §6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

# §6.1, of a record that has an owner and is not locked; the labels are left out of some records.
COMMON: dict[str, Any] = {
    "_id": str,
    "name": str,
    "object_describe_api_name": str,
    "object_describe_id": str,
    "tenant_id": "700001",
    "package": "CRM",
    "owner": list,
    "owner__r": dict,
    "owner__l": list,
    "owner_department": str,
    "owner_department_id": str,
    "data_own_department": list,
    "data_own_department__r": dict,
    "data_own_department__l": list,
    "data_own_organization": ["999999"],
    "created_by": list,
    "created_by__r": dict,
    "created_by__l": list,
    "create_time": int,
    "last_modified_by": list,
    "last_modified_by__r": dict,
    "last_modified_by__l": list,
    "last_modified_time": int,
    "life_status": "normal",
    "lock_status": "0",
    "lock_rule": "default_lock_rule",
    "is_deleted": False,
    "record_type": str,
    "version": str,
    "relevant_team": list,
    "relevant_team__r": str,
}
# The keys of each object that a record of the legacy style has, whether it is filled or not.
SAMPLES: dict[str, dict[str, Any]] = {
    "LeadsObj": {
        "company": str, "department": "", "job_title": str, "mobile": str, "tel": "", "email": str, "address": "", "url": "",
        "source": str, "promotion_channel": "", "marketing_event_id": "", "remark": str, "leads_pool_id": "",
        "leads_stage": "SQL", "leads_stage_changed_time": int, "changed_to_mql_time": None, "biz_status": "transformed",
        "is_collected": False, "is_duplicated": bool, "biz_reg_name": False, "resale_count": "0", "assigned_time": int,
        "assigner_id": list, "last_follower": list, "last_follow_time": int, "next_followed_time": None, "expire_time": None,
        "returned_time": None, "transform_time": int, "owner_change_time": int, "back_reason": "", "close_reason": "",
        "account_id": str, "account_id__r": str, "contact_id": str, "contact_id__r": str, "new_opportunity_id": str,
        "opportunity_status": "", "transfer_partner_id": "", "field_q1W2e__c": str,
    },
    "AccountObj": {
        "account_no": str, "account_type": str, "account_level": str, "account_source": str, "deal_status": str,
        "biz_status": "2", "industry_level1": str, "industry_level2": "", "tel": str, "fax": "", "email": str, "url": str,
        "country": str, "country__r": str, "province": str, "province__r": str, "city": str, "city__r": str, "district": "",
        "address": str, "area_location": "", "high_seas_id": "", "parent_account_id": "", "account_path": "", "leads_id": "",
        "account_main_data_id": "", "last_followed_time": int, "expire_time": None, "claimed_time": int,
        "returned_time": None, "owner_modified_time": int, "transfer_count": "0", "back_reason": "",
        "uniform_social_credit_code": str, "biz_reg_name": False, "partner_id": "", "out_owner": [], "remark": "",
        "field_a1B2c__c": str,
    },
    "ContactObj": {
        "account_id": str, "account_id__r": str, "company": str, "job_title": str, "mobile1": str, "mobile2": "",
        "mobile3": "", "mobile4": "", "mobile5": "", "tel1": str, "tel2": "", "tel3": "", "tel4": "", "tel5": "",
        "email": str, "leads_id": str, "department": "", "remark": "", "add": "", "gender": "", "introducer": "",
        "primary_contact": bool,
    },
    "NewOpportunityObj": {
        "account_id": str, "account_id__r": str, "amount": str, "close_date": int, "probability": "100",
        "probability_amount": str, "sales_process_id": "64e0c0ffee00000000000001", "sales_process_id__r": "预设流程",
        "sales_stage": "5", "sales_status": "2", "stg_changed_time": int, "cost_time": int, "last_followed_time": int,
        "opp_lines_sum": "0.00", "opp_discount": str, "leads_id": str, "partner_id": "", "opportunity_type": str,
        "lost_reason": "",
    },
    "ActiveRecordObj": {
        "active_record_type": str, "active_record_content": str, "interactive_scenario": "", "interactive_types": [],
        "related_object_data": list, "related_api_names": list,
    },
    "SalesOrderObj": {
        "account_id": str, "account_id__r": str, "order_time": int, "order_amount": str, "order_status": str,
        "product_amount": str, "receivable_amount": str, "delivered_amount_sum": str, "discount": str,
        "price_book_id": "", "quote_id": "", "ship_to_id": str, "ship_to_add": "", "ship_to_tel": "", "remark": "",
        "new_opportunity_id": str,
    },
    "PaymentObj": {
        "account_id": str, "account_id__r": str, "order_id": str, "order_data_id": "", "payment_time": int,
        "submit_time": int, "notification_time": None, "amount": str, "payment_term": str, "attachment": [], "remark": "",
    },
    "OrderPaymentObj": {"payment_id": str, "order_id": str, "payment_amount": str, "payment_time": int},
    "PaymentPlanObj": {
        "plan_payment_amount": str, "plan_payment_time": int, "plan_payment_status": str, "plan_payment_method": str,
        "actual_payment_amount": str, "order_id": str, "account_id": str, "remind_time": int,
    },
    "ScheduleObj": {
        "participants": list, "content": str, "begin_time": int, "end_time": int, "related_object_data": list,
    },
    "JournalObj": {"work_summary": str, "work_experience": "", "work_plan": str, "journal_time": int},
    "CheckinsObj": {"customer_id": str, "communicate_record": str, "checkins_scene": str, "new_stat_date": int},
}  # fmt: skip
# What a record must have for its sample to be full.
FILLED: dict[str, tuple[tuple[str, str, list[Any]], ...]] = {
    "LeadsObj": (("biz_status", "EQ", ["transformed"]), ("new_opportunity_id", "ISN", []), ("remark", "ISN", [])),
    "AccountObj": (("field_a1B2c__c", "ISN", []), ("uniform_social_credit_code", "ISN", [])),
    "ContactObj": (("leads_id", "ISN", []), ("tel1", "ISN", [])),
    "NewOpportunityObj": (("sales_status", "EQ", ["2"]), ("leads_id", "ISN", [])),
}


def fits(value: Any, expected: Any) -> bool:
    """A value of a type, or the value itself; a text is not empty."""
    if not isinstance(expected, type):
        return bool(value == expected) and type(value) is type(expected)
    return type(value) is expected and (value != "")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_record_has_the_keys_of_its_sample(fxiaoke: Client, name: str) -> None:
    record_id = fxiaoke.rows(name, ("owner", "ISN", []), *FILLED.get(name, ()))[0]["_id"]
    body = {"data": {"dataObjectApiName": name, "objectDataId": record_id}}
    record = fxiaoke.legacy("/cgi/crm/v2/data/get", body, "1000")["data"]
    expected = {**COMMON, **SAMPLES[name], "object_describe_api_name": name}
    wrong = {key: record.get(key, "absent") for key, wanted in expected.items() if not fits(record.get(key), wanted)}
    assert wrong == {}


def test_the_people_and_departments_of_a_record_are_told_in_maps(fxiaoke: Client) -> None:
    lead = fxiaoke.rows("LeadsObj", ("owner", "EQ", ["1002"]))[0]
    person = fxiaoke.new("/cgi/user/get", {"openUserId": "1002"})
    assert lead["owner__r"] == {
        "id": "1002",
        "tenantId": "700001",
        "name": person["nickName"],
        "nickname": person["nickName"],
        "picAddr": "",
        "email": "",
        "phone": "",
        "description": "",
        "supervisorId": "1001",
        "status": 0,
        "dept": "1001",
        "post": "客户经理",
        "empNum": "E1002",
        "createTime": person["createTime"],
        "modifyTime": person["createTime"],
    }
    assert lead["owner__l"] == [lead["owner__r"]]
    assert lead["data_own_department__r"] == {
        "deptName": "华东",
        "deptId": "1001",
        "parentId": "999999",
        "status": 0,
        "deptType": "dept",
        "leaderUserId": "1001",
    }
    assert lead["data_own_department__l"] == [lead["data_own_department__r"]]
    assert lead["relevant_team__r"] == person["nickName"]
    assert lead["relevant_team"] == [
        {
            "teamMemberEmployee": ["1002"],
            "teamMemberRole": "1",
            "teamMemberRoleList": ["1"],
            "teamMemberPermissionType": "2",
            "teamMemberType": "0",
            "sourceType": "0",
            "outTenantId": "",
            "teamMemberDeptCascade": "0",
        }
    ]


def test_a_department_and_a_person_have_the_fields_of_the_new_docs(fxiaoke: Client) -> None:
    team = fxiaoke.rows("DepartmentObj", ("name", "EQ", ["华南"]))[0]
    shown = {key: team[key] for key in ("_id", "name", "parent_id", "parent_id__r", "status", "manager_id")}
    assert shown == {
        "_id": "1002",
        "name": "华南",
        "parent_id": ["999999"],
        "parent_id__r": {
            "deptName": "全公司",
            "deptId": "999999",
            "parentId": "",
            "status": 0,
            "deptType": "dept",
            "leaderUserId": "1000",
        },
        "status": "0",
        "manager_id": ["1006"],
    }
    body = {"includeNull": True, "data": {"dataObjectApiName": "PersonnelObj", "search_query_info": {
        "filters": [{"field_name": "user_id", "operator": "EQ", "field_values": ["1002"]}]}}}  # fmt: skip
    person = fxiaoke.new("/cgi/crm/v2/data/query", body)["data"]["dataList"][0]
    flat = fxiaoke.new("/cgi/user/get", {"openUserId": "1002"})
    expected: dict[str, Any] = {
        "user_id": "1002", "name": flat["nickName"], "full_name": flat["name"], "user_name": flat["account"],
        "phone": flat["mobile"], "email": flat["email"], "sex": flat["gender"], "position": "客户经理",
        "employee_number": "E1002", "main_department": ["1001"], "vice_departments": None, "leader": ["1001"], "status": "0",
        "is_active": True, "stop_time": None, "create_time": flat["createTime"], "last_modified_time": flat["createTime"],
    }  # fmt: skip
    assert {key: person[key] for key in expected} == expected
    assert all(type(person[key]) is int for key in ("date_of_joining", "birthday"))


def test_a_detail_is_wrapped_in_camel_case(fxiaoke: Client) -> None:
    payment = fxiaoke.rows("PaymentObj")[0]["_id"]
    (detail,) = fxiaoke.get("PaymentObj", payment)["data"]["details"]["OrderPaymentObj"]
    assert detail.keys() == {"tenantId", "describeApiName", "id", "deleted", "createTime", "containerDocument"}
    kept = fxiaoke.get("OrderPaymentObj", detail["id"])["data"]
    assert detail == {
        "tenantId": "700001",
        "describeApiName": "OrderPaymentObj",
        "id": kept["_id"],
        "deleted": False,
        "createTime": kept["create_time"],
        "containerDocument": kept,
    }
