"""Input that nobody means to send to Fxiaoke, and what every answer must be all the same (docs/vendor/fxiaoke.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

METHODS = ("GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW")
HUGE = "9" * 5_000
# Bodies that are no JSON object.
BODIES: tuple[bytes, ...] = (
    b"", b" ", b"{", b"null", b"[]", b'"x"', b"7", b"1e999", b"NaN", b'{"a":1}x', b"\xff\xfe{\x00}\x00", b'{"data":"\xff"}',
    b'{"data":"\\ud800"}', b"[" * 100_000, b'{"data":' * 20_000, b"data=%7B%7D&apiName=LeadsObj", b"\xef\xbb\xbf[]",
    b'--x\r\nContent-Disposition: form-data; name="data"\r\n\r\n{}\r\n--x--\r\n', b'{"data":' + HUGE.encode() + b"0",
)  # fmt: skip
# Values that a part of a good body is replaced by.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 1.5, 1e308, -1e-300, 2**53 + 1, 2**63 - 1, 2**64 - 1, "", " ", "x", "长" * 300, "x" * 40_000,
    HUGE, "1e999999999", "-5", "\0", "🦀", "NaN", "2026-10-01", "[1000]", "1000", "-10000", "FSUID_x", "65f0", "0" * 24, "0" * 32,
    "LeadsObj", "performance__c", "NopeObj", "_id", "owner", "__c", "other", "EQ", "CONTAINS", [], {}, [None], [[]], [{}],
    [1, "x", None], [""], [True], {"": ""}, {"_id": []}, ["1000"], [1000], [{"objectDataId": "x"}], {"a": {"a": {"a": [[[]]]}}},
    [{"describe_api_name": "AccountObj", "id": 1}], [0.0], ["9" * 400], ["x"] * 600, [{}] * 600, [["x"] * 50] * 50,
)  # fmt: skip
CREDENTIALS = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}
_SEARCH: dict[str, Any] = {
    "limit": 5,
    "offset": 0,
    "filters": [
        {"field_name": "last_modified_time", "operator": "GTE", "field_values": [1_767_225_600_000]},
        {"field_name": "owner", "operator": "HASANYOF", "field_values": ["1001"]},
        {"field_name": "life_status", "operator": "IN", "field_values": ["normal", "under_review"]},
        {"field_name": "name", "operator": "NLIKE", "field_values": ["x"]},
        {"field_name": "create_time", "operator": "BETWEEN", "field_values": ["1", 4_000_000_000_000]},
        {"field_name": "lock_user", "operator": "IS", "field_values": []},
    ],
    "orders": [{"fieldName": "_id", "isAsc": True}],
    "fieldProjection": ["_id", "name", "owner"],
}
_READ = {
    "includeNull": True,
    "convertUserId": False,
    "convertMediaId": False,
    "returnTotalNum": 1,
    "data": {
        "dataObjectApiName": "LeadsObj",
        "objectDataId": "LEAD",
        "find_explicit_total_num": True,
        "search_query_info": _SEARCH,
        "field_projection": ["_id"],
    },
}
_RECORD: dict[str, Any] = {
    "_id": "ACCOUNT", "dataObjectApiName": "AccountObj", "name": "客户", "owner": ["1001"], "record_type": "default__c",
    "tel": "021-1", "account_level": "1", "account_source": "other", "account_source__o": "朋友", "country": "248",
    "parent_account_id": "ACCOUNT", "data_own_department": ["1001"], "remark": "x", "field_a1B2c__c": "87.50",
    "field_d4T5e__c": 1_767_225_600_000, "field_m2N3y__c": ["m1"], "field_b0O1l__c": True, "field_c9U8r__c": 5,
    "version": "1", "life_status": "normal", "create_time": 1_767_225_600_000, "created_by": ["1007"], "relevant_team": [],
}  # fmt: skip
_SCHEDULE: dict[str, Any] = {
    "dataObjectApiName": "ScheduleObj", "content": "x", "begin_time": 1, "end_time": 2, "participants": ["1001"],
    "related_object_data": [{"describe_api_name": "AccountObj", "id": "ACCOUNT"}], "owner": ["1001"],
}  # fmt: skip
_WRITE: dict[str, Any] = {
    "triggerWorkFlow": False,
    "triggerApprovalFlow": False,
    "hasSpecifyTime": True,
    "hasSpecifyCreatedBy": True,
    "includeDetailIds": True,
    "data": {
        "object_data": _RECORD,
        "details": {"OrderPaymentObj": [{"payment_amount": "1"}]},
        "optionInfo": {"isDuplicateSearch": True, "useValidationRule": False, "skipFuncValidate": True},
        "skipDataStatusValidate": True,
    },
}
_LIST = {"data": {"dataObjectApiName": "ContactObj", "idList": ["CONTACT"], "object_data_id": "CONTACT"}}
# Good bodies by the end of the path. LEAD, ACCOUNT and CONTACT stand for ids.
GOOD: dict[str, dict[str, Any]] = {
    "/oauth2.0/token": {**CREDENTIALS, "grantType": "app_secret"},
    "/get/V2": CREDENTIALS,
    "/appAccessToken/get": CREDENTIALS,
    "/corpAccessToken/get": {"appAccessToken": "x", "permanentCode": "sandbox-code"},
    "/object/list": {},
    "/object/describe": {"includeDetail": True, "apiName": "LeadsObj", "data": {"apiName": "AccountObj"}},
    "/user/list": {"departmentId": 999999, "fetchChild": True, "showDepartmentIdsDetail": True},
    "/user/simpleList": {"departmentId": 1001, "fetchChild": True},
    "/user/get": {"openUserId": "1001", "showDepartmentIdsDetail": True},
    "/user/getByMobile": {"mobile": "13800000000"},
    "/batchByUpdTime": {"startTime": 0, "endTime": 4_000_000_000_000, "pageSize": 15, "pageNumber": 1},
    "/department/list": {},
    "/department/detail": {"departmentId": 1001},
    "/data/query": _READ,
    "/data/get": _READ,
    "/data/findSimple": _READ,
    "/data/findOne": _READ,
    "/data/update": _WRITE,
    "/data/create": {**_WRITE, "data": {"object_data": _SCHEDULE}},
    "/data/invalid": _LIST,
    "/data/delete": _LIST,
    "/data/recover": _LIST,
    "/data/changeOwner": {
        "data": {"dataObjectApiName": "ContactObj", "Data": [{"objectDataId": "CONTACT", "ownerId": ["1002"]}]}
    },
    "/object/lock": {"data": {"dataObjectApiName": "ContactObj", "dataIds": ["CONTACT"], "detailObjStrategy": 1}},
    "/object/unlock": {"data": {"dataObjectApiName": "ContactObj", "dataIds": ["CONTACT"], "detailObjStrategy": 0}},
    "/data/choose": {"data": {"apiName": "LeadsObj", "objectIds": ["LEAD"]}},
    "/data/return": {
        "data": {
            "apiName": "LeadsObj", "objectIds": ["LEAD"], "objectPoolId": "0123456789abcdef0123456789abcdef",
            "backReason": "other", "backReason__o": "x",
        }
    },
    "/data/remove": {
        "data": {
            "apiName": "LeadsObj", "objectIDs": ["LEAD"], "objectPoolId": "0123456789abcdef0123456789abcdef",
            "isKeepOwner": False, "owner": "1001",
        }
    },
    "/leads/transfer": {
        "data": {
            "leadsId": "LEAD",
            "combineCRMFeed": True,
            "dataList": {
                "AccountObj": {"name": "客户", "owner": ["1001"]},
                "ContactObj": {"mobile1": "138", "date_of_birth": 1},
                "NewOpportunityObj": {"amount": "5000.00", "sales_stage": "2", "close_date": 1_767_225_600_000},
            },
        }
    },
}  # fmt: skip
# Every code of the page's §7 that a call served here may be answered with; -1 and -2 would be a bug.
CODES = frozenset(
    (
        0, 500, 10001, 10003, 10006, 10010, 10012, 10013, 10014, 11001, 11003, 11008, 11009, 11013, 11015, 12004, 20006, 20012,
        20015, 20016, 20017, 30007, 30027, 32000, 50009, 201112011,
    )
)  # fmt: skip


def complaint(answer: requests.Response, *, token: bool) -> str | None:
    """What is not the vendor's in an answer; None if all is. Refusals of a token call have no trace id (§11.2)."""
    if answer.status_code != 200 or answer.headers["Content-Type"] != "application/json;charset=UTF-8":
        return f"status {answer.status_code}, {answer.headers.get('Content-Type')}"
    if any("retry" in name.lower() or "limit" in name.lower() for name in answer.headers):
        return "a header about limits (§8)"
    if answer.request.method == "HEAD":
        return "a body" if answer.content else None
    body = answer.json()
    if type(body["errorCode"]) is not int or body["errorCode"] not in CODES:
        return f"code {body['errorCode']}"
    if not isinstance(body["errorMessage"], str) or not body["errorMessage"]:
        return "no message"
    traced = not token or body["errorCode"] == 0
    return None if ("traceId" in body) == traced else "a trace id too many or too few"
