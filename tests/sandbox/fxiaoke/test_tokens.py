"""The two steps of old to a token, legacy calls, employees by time: docs/vendor/fxiaoke.md §1.2, §2.2."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.sandbox.fxiaoke.conftest import Client

APP = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret"}
CORP = "FSCID_0C0FFEE0000000000000000000000001"
LIST = "/cgi/crm/v2/object/list"
BY_TIME = "/cgi/user/get/batchByUpdTime"


def test_a_legacy_token_comes_in_one_step_and_tells_the_corporation(strict: Client) -> None:
    body = {**APP, "permanentCode": "sandbox-code"}
    answer = strict.post("/cgi/corpAccessToken/get/V2", body)
    token = answer.pop("corpAccessToken")
    answer.pop("traceId")
    assert answer == {
        "errorCode": 0,
        "errorMessage": "success",
        "corpId": CORP,
        "expiresIn": 7200,
    }
    strict.control("clock", {"advance_s": 6599})
    assert strict.post("/cgi/corpAccessToken/get/V2", body)["corpAccessToken"] == token
    strict.control("clock", {"advance_s": 2})
    renewed = strict.post("/cgi/corpAccessToken/get/V2", body)["corpAccessToken"]
    assert renewed != token
    for one in (token, renewed):
        call = {"corpAccessToken": one, "corpId": CORP, "currentOpenUserId": "1000"}
        assert strict.post(LIST, call)["errorCode"] == 0


def test_a_legacy_token_comes_in_two_steps_too(fxiaoke: Client) -> None:
    first = fxiaoke.post("/cgi/appAccessToken/get", APP)
    assert first["expiresIn"] == 2_592_000
    body = {"appAccessToken": first["appAccessToken"], "permanentCode": "sandbox-code"}
    second = fxiaoke.post("/cgi/corpAccessToken/get", body)
    assert (second["corpId"], second["expiresIn"]) == (CORP, 7200)
    call = {"corpAccessToken": second["corpAccessToken"], "corpId": CORP, "currentOpenUserId": "1000"}
    assert fxiaoke.post(LIST, call)["errorCode"] == 0


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/cgi/appAccessToken/get", {"appSecret": "sandbox-secret"}, 10001),
        ("/cgi/appAccessToken/get", {**APP, "appId": "FSAID_x"}, 20006),
        ("/cgi/appAccessToken/get", {**APP, "appSecret": "x"}, 10006),
        ("/cgi/corpAccessToken/get", {"permanentCode": "sandbox-code"}, 10003),
        ("/cgi/corpAccessToken/get", {"appAccessToken": "x", "permanentCode": "sandbox-code"}, 11003),
        ("/cgi/corpAccessToken/get/V2", APP, 10012),
        ("/cgi/corpAccessToken/get/V2", {**APP, "permanentCode": "x"}, 20015),
        ("/cgi/corpAccessToken/get/V2", {**APP, "permanentCode": ["x"]}, 11013),
        ("/cgi/appAccessToken/get", {**APP, "appId": {}}, 11001),
    ],
)
def test_wrong_legacy_credentials_are_refused(strict: Client, path: str, body: dict[str, Any], code: int) -> None:
    answer = strict.post(path, body)
    assert answer["errorCode"] == code
    assert "traceId" not in answer
    assert "error" not in answer


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"corpAccessToken": None}, 20017),
        ({"corpAccessToken": 7}, 20016),
        ({"corpId": None}, 10014),
        ({"corpId": "FSCID_x"}, 20016),
        ({"corpId": 7}, 11015),
        ({"currentOpenUserId": None}, 10010),
        ({"currentOpenUserId": ["x"]}, 20012),
    ],
)
def test_a_legacy_call_that_lacks_something_is_refused(fxiaoke: Client, change: dict[str, Any], code: int) -> None:
    assert fxiaoke.legacy(LIST, change, "1000")["errorCode"] == code


def test_the_calls_about_people_need_no_acting_employee(fxiaoke: Client) -> None:
    """`fxiaoke-python` sends null there (§0)."""
    body = {"departmentId": 1004, "currentOpenUserId": None}
    users = fxiaoke.legacy("/cgi/user/simpleList", body, "1000")["userList"]
    assert [user["openUserId"][:6] for user in users] == ["FSUID_"] * 5


def test_a_call_for_another_enterprise_is_refused(fxiaoke: Client) -> None:
    fxiaoke.control("clock", {"advance_s": 61})
    body = {**APP, "permanentCode": "sandbox-code", "grantType": "app_secret"}
    token = fxiaoke.post("/oauth2.0/token", body)["accessToken"]
    headers = {"authorization": f"Bearer {token}", "x-fs-userid": "1000"}
    for name in ("", "other"):
        assert fxiaoke.post(LIST, {}, {**headers, "x-fs-ea": name})["errorCode"] == 11015
    assert fxiaoke.post(LIST, {}, {**headers, "authorization": f"Basic {token}"})["errorCode"] == 20016


def test_tokens_quota_and_switches_outlive_a_restart() -> None:
    with Sandbox(only="fxiaoke", fxiaoke_limit=100) as running:
        client, site = Client(running), running.site
        client.edit("switches", "update", None, daily_quota=2)
        client.new(LIST, {})
        first = client.post("/cgi/appAccessToken/get", APP)["appAccessToken"]
        kept = site.fxiaoke.dump()
        site.reset()
        site.fxiaoke.load(kept)
        assert client.new(LIST, {})["errorCode"] == 0
        assert client.new(LIST, {})["errorCode"] == 30002
        assert client.post("/cgi/appAccessToken/get", APP)["appAccessToken"] == first
        client.session.close()


def test_employees_come_by_the_time_of_their_change(fxiaoke: Client) -> None:
    window = {"startTime": 0, "endTime": 4_000_000_000_000}
    answer = fxiaoke.new(BY_TIME, {**window, "pageSize": 15, "pageNumber": 2})
    assert (answer["pageNumber"], answer["pageCount"], answer["totalCount"]) == (2, 2, 22)
    assert [person["openUserId"] for person in answer["employees"]][-1] == "1021"
    assert len(answer["employees"]) == 7
    stopped = fxiaoke.new("/cgi/user/get", {"openUserId": "1021"})
    assert answer["employees"][-1] == {key: stopped[key] for key in answer["employees"][-1]}
    assert len(fxiaoke.new(BY_TIME, window)["employees"]) == 20
    later = fxiaoke.new(BY_TIME, {**window, "startTime": answer["lastChangedTime"]})
    assert [person["openUserId"] for person in later["employees"]] == ["1021"]
    nobody = fxiaoke.new(BY_TIME, {**window, "startTime": answer["lastChangedTime"] + 1})
    assert (nobody["totalCount"], nobody["pageCount"], nobody["employees"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (BY_TIME, {}, 32000),
        (BY_TIME, {"startTime": "0", "endTime": 1}, 32000),
        (BY_TIME, {"startTime": 0, "endTime": 1, "pageSize": 1001}, 32000),
        (BY_TIME, {"startTime": 0, "endTime": 1, "pageNumber": 0}, 32000),
        ("/cgi/user/get", {}, 10010),
        ("/cgi/user/get", {"openUserId": ""}, 10010),
        ("/cgi/user/get", {"openUserId": 1000}, 11008),
        ("/cgi/user/get", {"openUserId": "4711"}, 20012),
        ("/cgi/user/list", {}, 32000),
        ("/cgi/user/list", {"departmentId": {}}, 11009),
        ("/cgi/user/list", {"departmentId": True}, 11009),
        ("/cgi/user/list", {"departmentId": 4}, 30007),
        ("/cgi/user/simpleList", {"departmentId": ""}, 11009),
        ("/cgi/user/getByMobile", {}, 32000),
        ("/cgi/department/detail", {"departmentId": 4}, 30007),
    ],
)
def test_a_wrong_question_about_people_is_refused(fxiaoke: Client, path: str, body: dict[str, Any], code: int) -> None:
    assert fxiaoke.new(path, body)["errorCode"] == code


def test_the_root_may_be_called_zero(fxiaoke: Client) -> None:
    for root in (0, "0", 999999, "999999"):
        answer = fxiaoke.new("/cgi/user/simpleList", {"departmentId": root, "fetchChild": True})
        assert len(answer["userList"]) == 22
