"""Rows of the table of errors that a fault brings about, and absurd sizes: docs/vendor/fxiaoke.md §7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

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
