"""Tokens, refusals, limits: docs/vendor/fxiaoke.md §1, §8."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.sandbox.fxiaoke.conftest import Client

CREDENTIALS = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}
GRANT = {**CREDENTIALS, "grantType": "app_secret"}
LIST = "/cgi/crm/v2/object/list"


def test_a_new_token_says_what_calls_need(strict: Client) -> None:
    answer = strict.post("/oauth2.0/token?thirdTraceId=1", GRANT)
    assert len(answer.pop("accessToken")) == 64
    assert answer.pop("traceId").startswith("E-O.")
    assert answer == {
        "errorCode": 0,
        "errorMessage": "success",
        "expiresIn": 7200,
        "openUserId": "FSCID_0C0FFEE0000000000000000000000001",
        "appId": "FSAID_sandbox",
        "ea": "crmsync_sandbox",
    }


def test_the_same_token_comes_back_until_it_is_old(strict: Client) -> None:
    first = strict.post("/oauth2.0/token", GRANT)["accessToken"]
    strict.control("clock", {"advance_s": 6500})
    again = strict.post("/oauth2.0/token", GRANT)
    assert again["accessToken"] == first
    assert 690 <= again["expiresIn"] <= 700
    strict.control("clock", {"advance_s": 200})
    renewed = strict.post("/oauth2.0/token", GRANT)["accessToken"]
    assert renewed != first
    headers = {"x-fs-ea": "crmsync_sandbox", "x-fs-userid": "1000"}
    for token in (first, renewed):
        assert strict.post(LIST, {}, {**headers, "authorization": f"Bearer {token}"})["errorCode"] == 0
    strict.control("clock", {"advance_s": 600})
    assert strict.post(LIST, {}, {**headers, "authorization": f"Bearer {first}"})["errorCode"] == 20016
    assert strict.post(LIST, {}, {**headers, "authorization": f"Bearer {renewed}"})["errorCode"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appSecret": "wrong"}, 10006),
        ({"appSecret": None}, 10006),
        ({"appId": "FSAID_other"}, 20006),
        ({"appId": None}, 10001),
        ({"appId": 7}, 11001),
        ({"appSecret": ["sandbox-secret"]}, 10006),
        ({"permanentCode": ""}, 10012),
        ({"permanentCode": 7}, 11013),
        ({"permanentCode": "wrong"}, 20015),
        ({"grantType": "password"}, 32000),
    ],
)
def test_wrong_credentials_are_refused_without_a_trace_id(fxiaoke: Client, change: dict[str, Any], code: int) -> None:
    fxiaoke.control("clock", {"advance_s": 61})
    answer = fxiaoke.post("/oauth2.0/token", {**GRANT, **change})
    assert answer["errorCode"] == code
    assert answer["errorDescription"] == "缺少参数或参数不合法"
    assert {"error", "error_description"} <= answer.keys()
    assert "traceId" not in answer


def test_the_eleventh_token_call_of_a_minute_is_refused(strict: Client) -> None:
    codes = [strict.post("/oauth2.0/token", GRANT)["errorCode"] for _ in range(11)]
    assert codes == [0] * 10 + [14001]
    strict.control("clock", {"advance_s": 61})
    assert strict.post("/oauth2.0/token", GRANT)["errorCode"] == 0


def test_a_call_without_authentication_is_told_so(fxiaoke: Client) -> None:
    answer = fxiaoke.post(LIST, {})
    assert answer["errorCode"] == 20017
    assert answer["errorMessage"] == "corpAccessToken is required"


def test_a_made_up_token_is_refused_in_both_styles(fxiaoke: Client) -> None:
    headers = {"authorization": "Bearer nonsense", "x-fs-ea": "crmsync_sandbox", "x-fs-userid": "1000"}
    legacy = {"corpAccessToken": "nonsense", "corpId": "FSCID_x", "currentOpenUserId": "FSUID_x"}
    for answer in (fxiaoke.post(LIST, {}, headers), fxiaoke.post(LIST, legacy)):
        assert answer["errorCode"] == 20016
        assert answer["errorMessage"] == "cropId / cropAccessToken or authorization is error"


def test_a_call_without_a_trace_id_is_accepted_with_a_warning(strict: Client, caplog: pytest.LogCaptureFixture) -> None:
    path = "/cgi/crm/v2/object/describe"
    strict.new(LIST, {})
    caplog.clear()
    for query in ("?thirdTraceId=4f1d", "", "", "?thirdTraceId="):
        assert strict.new(f"{path}{query}", {"apiName": "LeadsObj"})["errorCode"] == 0
    strict.legacy("/cgi/department/detail", {"departmentId": 1001}, "")
    assert caplog.messages == [f"fxiaoke: {path} was called without thirdTraceId"]


def test_an_unknown_employee_cannot_act(fxiaoke: Client) -> None:
    assert fxiaoke.new(LIST, {}, user="4711")["errorCode"] == 20012
    assert fxiaoke.new(LIST, {}, user="")["errorCode"] == 10010


def test_an_unknown_path_is_answered_with_10006(fxiaoke: Client) -> None:
    answer = fxiaoke.new("/cgi/crm/v2/data/batchCreate", {})
    assert answer["errorCode"] == 10006
    assert answer["errorMessage"] == "the request uri and apiName do not exist"


@pytest.mark.parametrize(("raw", "code"), [(b"", 12004), (b"{", 32000), (b"[]", 32000), (b'"x"', 32000)])
def test_a_body_that_is_no_object_is_refused(fxiaoke: Client, raw: bytes, code: int) -> None:
    answer = fxiaoke.session.post(f"{fxiaoke.base}/fxiaoke{LIST}", data=raw, timeout=10)
    assert (answer.status_code, answer.json()["errorCode"]) == (200, code)


def test_more_than_a_hundred_calls_in_twenty_seconds_of_one_path_are_refused(strict: Client) -> None:
    codes = [strict.new(LIST, {})["errorCode"] for _ in range(101)]
    assert codes == [0] * 100 + [14001]
    assert strict.new("/cgi/department/list", {})["errorCode"] == 0
    strict.control("clock", {"advance_s": 21})
    assert strict.new(LIST, {})["errorCode"] == 0


def test_the_daily_quota_ends_with_30002_until_midnight_in_china(strict: Client) -> None:
    def called(number: int) -> list[int]:
        client = Client(strict.sandbox)
        codes = [client.new(LIST, {})["errorCode"] for _ in range(number)]
        client.session.close()
        return codes

    now = datetime.fromisoformat(strict.session.get(f"{strict.base}/_sandbox/state", timeout=10).json()["now"])
    past_midnight_s = (now.timestamp() + 8 * 3600) % 86_400
    strict.control("clock", {"advance_s": 86_400 - past_midnight_s + 12 * 3600})
    strict.edit("switches", "update", None, daily_quota=2)
    assert called(3) == [0, 0, 30002]
    strict.control("clock", {"advance_s": 12 * 3600 - 300})
    assert called(1) == [30002]
    strict.control("clock", {"advance_s": 600})
    assert called(3) == [0, 0, 30002]


def test_no_header_tells_of_limits(strict: Client) -> None:
    answer = strict.session.post(f"{strict.base}/fxiaoke{LIST}", json={}, timeout=10)
    assert {name.lower() for name in answer.headers} == {"content-length", "content-type", "date"}


def test_calls_are_counted_as_credits(strict: Client) -> None:
    for _ in range(3):
        strict.new(LIST, {})
    state = strict.session.get(f"{strict.base}/_sandbox/state", timeout=10).json()
    assert state["credits"]["fxiaoke"] == 3
    assert state["calls"]["fxiaoke"] == {"POST /oauth2.0/token": 1, f"POST {LIST}": 3}
