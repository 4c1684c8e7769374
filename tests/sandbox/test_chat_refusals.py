"""Each refusal of docs/vendor/chat.md can be met or ordered, comes in its form, and in the page's order of checks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.server import Sandbox

SLACK, TEAMS = "/slack/services/T0/B0/refusals", "/teams/workflows/9f/triggers/manual/paths/invoke?sig=abc"
WECOM, DINGTALK = "/wecom/cgi-bin/webhook/send?key=r", "/dingtalk/robot/send?access_token=r"
FEISHU = "/feishu/open-apis/bot/v2/hook/r"
ADDRESSES = {"slack": SLACK, "teams": TEAMS, "wecom": WECOM, "dingtalk": DINGTALK, "feishu": FEISHU}
LONG = "x" * 40_000


def ordered(sandbox: Sandbox, system: str, code: Any, **do: Any) -> requests.Response:
    faults = [{"match": {"system": system}, "do": {"error_code": code, **do}}]
    requests.post(f"{sandbox.url}/_sandbox/faults", json=faults, timeout=10).raise_for_status()
    return requests.post(sandbox.url + ADDRESSES[system], json={"text": "hi"}, timeout=10)


def edit(sandbox: Sandbox, **values: Any) -> dict[str, Any]:
    """Set switches of the chat receivers; shows all of them."""
    order = {"system": "chat", "module": "switches", "action": "update", "values": values}
    answer = requests.post(f"{sandbox.url}/_sandbox/edit", json=order, timeout=10)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()["record"]
    return shown


@contextmanager
def switched(sandbox: Sandbox, **values: Any) -> Iterator[None]:
    former = edit(sandbox)
    edit(sandbox, **values)
    yield
    edit(sandbox, **{name: former[name] for name in values})


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("invalid_payload", 400),
        ("user_not_found", 400),
        ("invalid_blocks", 400),
        ("no_text", 400),
        ("missing_text_or_fallback_or_attachments", 400),
        ("too_many_attachments", 400),
        ("posting_to_general_channel_denied", 400),
        ("action_prohibited", 403),
        ("invalid_token", 403),
        ("team_disabled", 403),
        ("channel_not_found", 404),
        ("no_service", 404),
        ("no_active_hooks", 404),
        ("no_team", 404),
        ("channel_is_archived", 410),
        ("rollup_error", 500),
    ],
)
def test_slack_refuses_by_a_bare_word(sandbox: Sandbox, word: str, status: int) -> None:
    answer = ordered(sandbox, "slack", word)
    assert (answer.status_code, answer.text) == (status, word)
    # Where a status is not confirmed, another can be ordered.
    assert ordered(sandbox, "slack", word, status=418).status_code == 418


def test_slacks_429_has_a_retry_after_and_a_body_that_nobody_knows(sandbox: Sandbox) -> None:
    for body in ("rate_limited", "slow down"):
        with switched(sandbox, slack_rate_limit_body=body):
            answer = ordered(sandbox, "slack", "rate_limited")
        assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (429, body, "30")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("WorkflowTriggerIsNotEnabled", 400),
        ("TriggerInputSchemaMismatch", 400),
        ("DirectApiAuthorizationRequired", 401),
        ("WorkflowNotFound", 404),
        ("RequestEntityTooLarge", 413),
        ("TooManyRequests", 429),
    ],
)
def test_teams_refuses_by_an_error_object(sandbox: Sandbox, code: str, status: int) -> None:
    answer = ordered(sandbox, "teams", code)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], type(error["message"]), len(error)) == (status, code, str, 2)


def test_teams_may_refuse_at_once_what_would_fail_later(sandbox: Sandbox) -> None:
    content = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x"}]}
    newer = {"attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}]}
    for payload, status in (({"type": "message"}, 400), (newer, 400), ({"text": LONG}, 413)):
        assert requests.post(sandbox.url + TEAMS, json=payload, timeout=10).status_code == 202
        with switched(sandbox, teams_refuses_at_once=True):
            refused = requests.post(sandbox.url + TEAMS, json=payload, timeout=10)
        assert (refused.status_code, refused.json()["error"].keys()) == (status, {"code", "message"})
    assert [message["accepted"] for message in sandbox.world.messages] == [False] * 6


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (93000, "invalid webhook url"),
        (40008, "invalid message type"),
        (44004, "empty content"),
        (40058, "invalid Request Parameter"),
        (45009, "api freq out of limit"),
        (-1, "system busy"),
    ],
)
def test_wecom_refuses_with_200_and_a_hint(sandbox: Sandbox, code: int, text: str) -> None:
    answer = ordered(sandbox, "wecom", code)
    assert (answer.status_code, answer.json()["errcode"]) == (200, code)
    assert answer.json()["errmsg"].startswith(f"{text}, hint: [")
    assert answer.json()["errmsg"].endswith(f"?e={code}")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (300005, "token is not exist"),
        (43002, "需要POST请求"),
        (130101, "send too fast, exceed 20 times per minute"),
        (-1, "系统繁忙"),
        # Of these the page has the meaning, not the text.
        (310000, None),
        (400013, None),
        (400101, None),
        (400102, None),
        (400105, None),
        (400106, None),
        (410100, None),
        (430101, None),
        (430104, None),
    ],
)
def test_dingtalk_refuses_with_200_and_an_errcode(sandbox: Sandbox, code: int, text: str | None) -> None:
    answer = ordered(sandbox, "dingtalk", code)
    assert (answer.status_code, answer.json().keys(), answer.json()["errcode"]) == (200, {"errcode", "errmsg"}, code)
    assert text in (None, answer.json()["errmsg"])


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (9499, "Bad Request"),
        (19001, "param invalid: incoming webhook access token invalid"),
        (19002, "params error, msg_type need"),
        (19007, "Bot Not Enabled"),
        (19021, "sign match fail or timestamp is not within one hour from current time"),
        (19022, "Ip Not Allowed"),
        (19024, "Key Words Not Found"),
        (11232, "frequency limited psm["),
        (11246, "ErrCode: 200621; ErrMsg: parse card json err"),
    ],
)
def test_feishu_refuses_with_200_and_a_code(sandbox: Sandbox, code: int, text: str) -> None:
    answer = ordered(sandbox, "feishu", code)
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (200, code, {})
    assert answer.json()["msg"].startswith(text)
    with switched(sandbox, feishu_bad_request_status=400):
        assert ordered(sandbox, "feishu", code).status_code == (400 if code == 9499 else 200)


UNSIGNED = {"timestamp": "1", "sign": "x"}


@pytest.mark.parametrize(
    ("path", "payload", "shown"),
    [
        # Two faults each: what is checked first is told.
        ("/teams/workflows/9f/triggers/manual/paths/invoke", [], "DirectApiAuthorizationRequired"),
        ("/wecom/cgi-bin/webhook/send", [], "93000"),
        (WECOM, {"msgtype": "card", "card": {"content": LONG}}, "40008"),
        ("/dingtalk/robot/send?timestamp=1&sign=x", [], "40035"),
        (f"{DINGTALK}&timestamp=1&sign=x", [], "310000"),
        (DINGTALK, {"msgtype": "smoke", "text": {"content": LONG}}, "400105"),
        (DINGTALK, {"msgtype": "text", "text": {"other": LONG}}, "-1"),
        ("/feishu/open-apis/bot/v2/hook/", [], "19001"),
        (FEISHU, {**UNSIGNED, "msg_type": "text", "content": {"text": LONG}}, "19021"),
        (FEISHU, {**UNSIGNED, "content": {}}, "19021"),
        (FEISHU, {"content": {"text": LONG}}, "19002"),
        (FEISHU, {"msg_type": "text", "content": {"other": LONG}}, "9499"),
    ],
)
def test_key_signature_json_type_size_and_content_are_checked_in_this_order(
    sandbox: Sandbox, path: str, payload: Any, shown: str
) -> None:
    answer = requests.post(sandbox.url + path, json=payload, timeout=10).json()
    code = answer["error"]["code"] if "error" in answer else answer.get("errcode", answer.get("code"))
    assert str(code) == shown


def test_the_rate_is_checked_before_the_json_and_after_the_signature(sandbox: Sandbox) -> None:
    for channel, limit, code in (("wecom", 20, 45009), ("dingtalk", 20, 130101)):
        url = sandbox.url + ADDRESSES[channel].replace("=r", "=first")
        codes = [requests.post(url, data=b"{", timeout=10).json()["errcode"] for _ in range(limit + 1)]
        assert (codes[-1], code in codes[:-1]) == (code, False)
    slack = [requests.post(f"{sandbox.url}/slack/first", data=b"{", timeout=10).status_code for _ in range(25)]
    assert (slack[0], slack[-1]) == (400, 429)
    unsigned = f"{sandbox.url}{DINGTALK}".replace("=r", "=first") + "&timestamp=1&sign=x"
    assert requests.post(unsigned, data=b"{", timeout=10).json()["errcode"] == 310000


def test_a_code_that_is_not_known_for_too_long_a_message_can_be_chosen(sandbox: Sandbox) -> None:
    with switched(sandbox, dingtalk_too_long_code=400_100):
        body = {"msgtype": "text", "text": {"content": LONG}}
        assert requests.post(sandbox.url + DINGTALK, json=body, timeout=10).json()["errcode"] == 400_100


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ({"module": "records", "action": "update"}, "chat has the module switches alone"),
        ({"module": "switches", "action": "delete"}, "there is update"),
        ({"module": "switches", "action": "update", "values": {"pace": 1}}, "unknown switch 'pace'"),
    ],
)
def test_an_edit_of_chat_that_is_none_is_told(sandbox: Sandbox, order: dict[str, Any], says: str) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/edit", json={"system": "chat", **order}, timeout=10)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
