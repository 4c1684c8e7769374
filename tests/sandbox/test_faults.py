"""Every kind of fault strikes the calls it is meant for, and no other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from sandbox.server import Sandbox

USERS = "/zoho/crm/v8/users"


def order(sandbox: Sandbox, *faults: dict[str, Any]) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json=list(faults), timeout=10)
    assert answer.status_code == 200, answer.text


def get(sandbox: Sandbox, path: str = USERS) -> requests.Response:
    return requests.get(sandbox.url + path, timeout=5)


def statuses(sandbox: Sandbox, calls: int, path: str = USERS) -> list[int]:
    return [get(sandbox, path).status_code for _ in range(calls)]


def plain(sandbox: Sandbox) -> int:
    """What the call, which bears no token, is answered without a fault."""
    order(sandbox)
    return get(sandbox).status_code


def test_status_and_body_replace_the_answer(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"status": 503, "body": "<html>down</html>", "headers": {"Retry-After": "7"}}})
    answer = get(sandbox)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "<html>down</html>", "7")
    order(sandbox, {"do": {"body": {"data": []}}})
    answer = get(sandbox)
    assert (answer.status_code, answer.json()) == (200, {"data": []})


def test_a_status_without_a_body_stays_without(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"status": 204, "body": {"data": []}}})
    answer = get(sandbox)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Length" not in answer.headers


def test_a_header_can_be_replaced(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"headers": {"Content-Type": "text/plain"}}})
    assert get(sandbox).headers["Content-Type"] == "text/plain"


def test_error_code_is_the_vendors_own_body(sandbox: Sandbox) -> None:
    order(
        sandbox,
        {"match": {"system": "zoho"}, "do": {"error_code": "TOO_MANY_REQUESTS"}},
        {"match": {"system": "fxiaoke"}, "do": {"error_code": 14001}},
        {"match": {"system": "slack"}, "do": {"error_code": "channel_is_archived"}},
        {"match": {"system": "teams"}, "do": {"error_code": "WorkflowNotFound"}},
    )
    answer = get(sandbox)
    assert answer.status_code == 429
    assert answer.json()["code"] == "TOO_MANY_REQUESTS"
    assert answer.json()["status"] == "error"
    answer = requests.post(f"{sandbox.url}/fxiaoke/cgi/crm/v2/data/query", json={}, timeout=5)
    assert answer.status_code == 200
    assert answer.json()["errorCode"] == 14001
    answer = requests.post(f"{sandbox.url}/slack/services/T0/B0/X", json={"text": "hi"}, timeout=5)
    assert (answer.status_code, answer.text) == (410, "channel_is_archived")
    answer = requests.post(f"{sandbox.url}/teams", json={}, timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "WorkflowNotFound")


def test_error_code_with_a_status_of_its_own(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"error_code": "INTERNAL_ERROR", "status": 502}})
    answer = get(sandbox)
    assert (answer.status_code, answer.json()["code"]) == (502, "INTERNAL_ERROR")


def test_nth_and_times_choose_calls(sandbox: Sandbox) -> None:
    usual = plain(sandbox)
    order(sandbox, {"match": {"nth": 3}, "do": {"status": 500}})
    assert statuses(sandbox, 5) == [usual, usual, 500, usual, usual]
    order(sandbox, {"match": {"nth": 2, "times": 2}, "do": {"status": 500}})
    assert statuses(sandbox, 5) == [usual, 500, 500, usual, usual]
    order(sandbox, {"match": {"times": 1}, "do": {"status": 500}})
    assert statuses(sandbox, 3) == [500, usual, usual]
    report = requests.get(f"{sandbox.url}/_sandbox/faults", timeout=5).json()["faults"]
    assert report == [
        {
            "match": {"times": 1, "seed": 0},
            "do": {"status": 500, "delay_ms": 0, "when": "before"},
            "matched": 3,
            "fired": 1,
        }
    ]


def test_probability_repeats_with_its_seed(sandbox: Sandbox) -> None:
    fault = {"match": {"probability": 0.5, "seed": 4}, "do": {"status": 500}}
    order(sandbox, fault)
    first = statuses(sandbox, 30)
    order(sandbox, fault)
    assert statuses(sandbox, 30) == first
    assert 5 < first.count(500) < 25


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ({"path": "/crm/v8/users"}, [True, False]),
        ({"path": "/crm/*"}, [True, True]),
        ({"path": "^/crm/v8/(users|leads)$"}, [True, False]),
        ({"method": "POST"}, [False, False]),
        ({"method": "get"}, [True, True]),
        ({"system": "fxiaoke"}, [False, False]),
        ({"contains": "type=AllUsers"}, [True, False]),
        ({"path": "/crm/v8/org", "contains": "type"}, [False, False]),
    ],
)
def test_match_by_path_method_system_and_text(sandbox: Sandbox, match: dict[str, Any], struck: list[bool]) -> None:
    order(sandbox, {"match": match, "do": {"status": 418}})
    paths = (f"{USERS}?type=AllUsers", "/zoho/crm/v8/org")
    assert [get(sandbox, path).status_code == 418 for path in paths] == struck


def test_text_in_the_body_matches_and_the_call_still_has_its_body(sandbox: Sandbox) -> None:
    order(sandbox, {"match": {"contains": "Omar"}, "do": {"delay_ms": 1}}, {"match": {"nth": 9}, "do": {"status": 500}})
    answer = requests.post(f"{sandbox.url}/slack", json={"text": "Omar leads"}, timeout=5)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert sandbox.world.messages[0]["payload"] == {"text": "Omar leads"}


def test_the_first_fault_that_strikes_wins(sandbox: Sandbox) -> None:
    order(
        sandbox,
        {"match": {"nth": 2}, "do": {"status": 501}},
        {"match": {"nth": 2}, "do": {"status": 502}},
        {"match": {"nth": 2}, "do": {"status": 503}},
    )
    # The later ones did not see the call that the first one took.
    assert statuses(sandbox, 4)[1:] == [501, 502, 503]


def test_delay(sandbox: Sandbox) -> None:
    order(sandbox, {"match": {"times": 1}, "do": {"delay_ms": 300}})
    start = time.monotonic()
    get(sandbox)
    assert time.monotonic() - start >= 0.3


def slack(sandbox: Sandbox, text: str, timeout: float = 10) -> requests.Response:
    return requests.post(f"{sandbox.url}/slack", json={"text": text}, timeout=timeout)


def seen(sandbox: Sandbox) -> list[str]:
    return [message["payload"]["text"] for message in sandbox.world.messages]


def test_disconnect_before_leaves_nothing_done(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"disconnect": "before"}})
    with pytest.raises(requests.ConnectionError):
        slack(sandbox, "lost")
    assert seen(sandbox) == []


def test_disconnect_after_leaves_the_work_done(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"disconnect": "after"}})
    with pytest.raises(requests.ConnectionError):
        slack(sandbox, "done")
    assert seen(sandbox) == ["done"]


def test_an_error_after_the_work(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"status": 504, "when": "after"}})
    assert slack(sandbox, "done").status_code == 504
    order(sandbox, {"do": {"status": 504}})
    assert slack(sandbox, "not done").status_code == 504
    assert seen(sandbox) == ["done"]


def test_a_call_whose_caller_gave_up_is_still_carried_out(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"delay_ms": 700}})
    with pytest.raises(requests.ReadTimeout):
        slack(sandbox, "late", timeout=0.3)
    for _ in range(500):
        if seen(sandbox):
            break
        time.sleep(0.02)
    assert seen(sandbox) == ["late"]


def test_truncate_cuts_the_body(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"body": {"data": [1, 2, 3]}, "truncate": 7}})
    answer = get(sandbox)
    assert (answer.status_code, answer.text, answer.headers["Content-Length"]) == (200, '{"data"', "7")


def test_truncate_with_disconnect_tears_the_body(sandbox: Sandbox) -> None:
    order(sandbox, {"do": {"body": {"data": [1, 2, 3]}, "truncate": 7, "disconnect": "after"}})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        get(sandbox)
    with requests.get(sandbox.url + USERS, stream=True, timeout=5) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Length"] == "16"


@pytest.mark.parametrize(
    "fault",
    [
        {"match": {"path": "^a{99999999999}"}, "do": {"status": 500}},
        {"match": {"path": "^" + "(" * 5000 + ")" * 5000}, "do": {"status": 500}},
        {"do": {"headers": {"Content-Length": "abc"}}},
        {"do": {"headers": {"Content-Length": "999"}}},
        {"do": {"headers": {"X-Odd": " a "}}},
    ],
)
def test_what_the_server_could_not_carry_out_is_refused(sandbox: Sandbox, fault: dict[str, Any]) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/faults", json=[fault], timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("faults[0].")


@pytest.mark.parametrize("code", ["abc", "--5", "9" * 30, 2**63])
def test_a_code_that_is_no_number_of_theirs_is_answered_in_each_ones_form(sandbox: Sandbox, code: Any) -> None:
    order(sandbox, {"do": {"error_code": code}})
    found = {}
    for name, key in (("fxiaoke", "errorCode"), ("wecom", "errcode"), ("dingtalk", "errcode"), ("feishu", "code")):
        answer = requests.post(f"{sandbox.url}/{name}/x", json={}, timeout=5)
        found[name] = (answer.status_code, answer.json()[key])
    assert found == {"fxiaoke": (200, -2), "wecom": (200, -1), "dingtalk": (200, -1), "feishu": (200, 9499)}
