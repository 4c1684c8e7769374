"""Every row of the table of errors that a call can meet, and what no call may bring about: docs/vendor/fxiaoke.md §7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

V2 = "/cgi/crm/v2/data/"
LIST, QUERY, UPDATE = "/cgi/crm/v2/object/list", f"{V2}query", f"{V2}update"
# What the caller does nothing for: the product's own trouble, and rights that the administrator took away. A fault
# brings each about; the texts are those of the gateway.
TROUBLE = {
    -1: "system busy",
    -2: "system error",
    500: "服务端异常",
    10013: "parameter corpAccessToken missing",
    11014: "parameter corpAccessToken illegal",
    14001: "call limit exceeded",
    15002: "parameter illegal",
    15003: "app has no access to this api",
    20005: "accessToken expired",
    20014: "app has no right on this employee",
    20016: "cropId / cropAccessToken or authorization is error",
    20017: "corpAccessToken is required",
    20020: "app has no right on this corp",
    20021: "app is disabled",
    20022: "corp has not authorized the app",
    20023: "app has no right on this department",
    30002: "daily quota exceeded",
    30003: "no openapi quota purchased",
    30004: "too many requests per second",
    50009: "服务异常或超时",
}


@pytest.mark.parametrize(("code", "message"), TROUBLE.items())
def test_trouble_of_the_product_comes_with_http_200_and_a_trace(fxiaoke: Client, code: int, message: str) -> None:
    fxiaoke.new(LIST, {})
    fxiaoke.control("faults", [{"match": {"system": "fxiaoke", "nth": 1}, "do": {"error_code": code}}])
    answer = fxiaoke.new(LIST, {})
    assert answer.pop("traceId").startswith("E-O.")
    assert answer == {"errorCode": code, "errorMessage": message}
    assert fxiaoke.new(LIST, {})["errorCode"] == 0


def test_a_write_may_be_done_and_still_be_told_as_failed(fxiaoke: Client) -> None:
    target = fxiaoke.rows("AccountObj")[0]["_id"]
    match = {"system": "fxiaoke", "path": UPDATE, "nth": 1}
    for when, fax in (("before", None), ("after", "021-9")):
        fxiaoke.control("faults", [{"match": match, "do": {"error_code": 50009, "when": when}}])
        assert fxiaoke.update("AccountObj", target, {"fax": "021-9"})["errorCode"] == 50009
        assert fxiaoke.get("AccountObj", target)["data"].get("fax") == fax


def test_a_refusal_of_a_business_call_has_no_description(fxiaoke: Client) -> None:
    assert fxiaoke.post(LIST, {}).keys() == {"errorCode", "errorMessage", "traceId"}
    assert fxiaoke.new("/cgi/nope", {}).keys() == {"errorCode", "errorMessage", "traceId"}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [LIST, "/oauth2.0/token", "/cgi/nope", "/", "/cgi/crm/v2/data/query/"])
def test_another_method_or_path_is_unknown(fxiaoke: Client, method: str, path: str) -> None:
    answer = fxiaoke.session.request(method, f"{fxiaoke.base}/fxiaoke{path}", timeout=10)
    assert (answer.status_code, answer.json()["errorCode"]) == (200, 10006)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff\xfe", b'{"a":1}x', b"null", b"NaN", b"[" * 5000, b'{"data":' * 3000, b'{"data":"\\ud800"}'],
)
def test_what_is_no_json_object_is_refused(fxiaoke: Client, raw: bytes) -> None:
    answer = fxiaoke.session.post(f"{fxiaoke.base}/fxiaoke{QUERY}", data=raw, timeout=10)
    assert (answer.status_code, answer.json()["errorCode"]) == (200, 32000)


HUGE: dict[str, Any] = {
    "limit": {"limit": 10**300},
    "offset": {"offset": 1e308},
    "infinite": {"limit": "1e999"},
    "filters": {"filters": [{"field_name": "name", "operator": "EQ", "field_values": ["x"]}] * 5000},
    "number": {"filters": [{"field_name": "create_time", "operator": "GT", "field_values": ["9" * 5000]}]},
    "exponent": {"filters": [{"field_name": "create_time", "operator": "GT", "field_values": ["1e999999999"]}]},
    "orders": {"orders": [{"fieldName": "name", "isAsc": True}] * 5000},
    "text": {"filters": [{"field_name": "name", "operator": "LIKE", "field_values": ["长" * 100_000]}]},
    "projection": {"fieldProjection": ["_id"] * 100_000},
}


@pytest.mark.parametrize("info", HUGE.values(), ids=HUGE)
def test_absurd_sizes_are_answered(fxiaoke: Client, info: dict[str, Any]) -> None:
    assert fxiaoke.query("LeadsObj", **info)["errorCode"] in (0, 10006, 10013, 32000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = ("LeadsObj", "AccountObj", "ScheduleObj", "performance__c", "NopeObj")
KEYS = ("limit", "offset", "filters", "orders", "fieldProjection")
DATA_KEYS = (
    "objectDataId",
    "object_data_id",
    "idList",
    "Data",
    "dataIds",
    "objectIds",
    "objectIDs",
    "objectPoolId",
    "leadsId",
    "dataList",
)
FIELDS = ("_id", "name", "owner", "mobile", "field_a1B2c__c", "field_m2N3y__c", "participants", "close_date")
FILTERS = st.lists(
    st.fixed_dictionaries(
        {
            "field_name": st.sampled_from(FIELDS) | JSON,
            "operator": st.sampled_from(("EQ", "IN", "BETWEEN", "LIKE", "IS", "HASANYOF")) | JSON,
            "field_values": st.lists(JSON, max_size=3) | JSON,
        }
    ),
    max_size=3,
)
SETTLED = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
READS = ("v2/data/query", "v2/data/get", "custom/v2/data/findOne", "custom/v2/data/findSimple", "v2/object/describe")
WRITES = tuple(f"v2/data/{verb}" for verb in ("create", "update", "invalid", "delete", "recover", "changeOwner"))
ACTS = ("v2/data/choose", "v2/data/return", "v2/data/remove", "v2/object/lock", "v2/object/unlock", "v2/leads/transfer")


@SETTLED
@given(
    path=st.sampled_from(READS),
    name=st.sampled_from(NAMES),
    info=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=5),
    filters=FILTERS,
)
def test_no_read_brings_the_fake_down(
    fxiaoke: Client, path: str, name: str, info: dict[str, Any], filters: list[Any]
) -> None:
    data = {"dataObjectApiName": name, "search_query_info": {"filters": filters, **info}, **info}
    assert fxiaoke.new(f"/cgi/crm/{path}", {"data": data})["errorCode"] != -2


@SETTLED
@given(
    path=st.sampled_from((*WRITES, *ACTS)),
    name=st.sampled_from(NAMES),
    record=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4),
    data=st.dictionaries(st.sampled_from(DATA_KEYS), JSON, max_size=4),
)
def test_no_write_brings_the_fake_down(
    fxiaoke: Client, path: str, name: str, record: dict[str, Any], data: dict[str, Any]
) -> None:
    body = {"object_data": {"dataObjectApiName": name, **record}, "dataObjectApiName": name, "apiName": name, **data}
    assert fxiaoke.new(f"/cgi/crm/{path}", {"data": body})["errorCode"] != -2


@SETTLED
@given(
    path=st.sampled_from(("user/list", "user/get", "user/getByMobile", "user/get/batchByUpdTime", "department/detail")),
    body=st.dictionaries(
        st.sampled_from(("departmentId", "openUserId", "mobile", "startTime", "endTime", "pageSize", "fetchChild")),
        JSON,
    ),
)
def test_no_question_about_people_brings_the_fake_down(fxiaoke: Client, path: str, body: dict[str, Any]) -> None:
    assert fxiaoke.new(f"/cgi/{path}", body)["errorCode"] != -2


@SETTLED
@given(body=JSON)
def test_no_body_brings_the_fake_down(fxiaoke: Client, body: Any) -> None:
    for path in (QUERY, UPDATE, LIST, "/cgi/user/list"):
        assert fxiaoke.post(path, body)["errorCode"] in (20016, 20017, 10014, 12004, 32000)
