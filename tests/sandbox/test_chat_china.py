"""WeCom, DingTalk and Feishu refuse with HTTP 200 and a code, as their documentation says."""

from __future__ import annotations

import base64
import hashlib
import hmac
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from sandbox.server import Sandbox

_KEYS = count(1)


def send(sandbox: Sandbox, path: str, payload: Any) -> Any:
    answer = requests.post(sandbox.url + path.format(key=f"k{next(_KEYS)}"), json=payload, timeout=10)
    assert answer.status_code == 200
    return answer.json()


def verdicts(sandbox: Sandbox) -> list[bool]:
    return [message["accepted"] for message in sandbox.world.messages]


WECOM = "/wecom/cgi-bin/webhook/send?key={key}"
DINGTALK = "/dingtalk/robot/send?access_token={key}"
FEISHU = "/feishu/open-apis/bot/v2/hook/{key}"


@pytest.mark.parametrize(
    "payload",
    [
        {"msgtype": "text", "text": {"content": "3 won", "mentioned_mobile_list": ["@all"]}},
        {"msgtype": "markdown", "markdown": {"content": "赢" * 1365}},
        {"msgtype": "markdown_v2", "markdown_v2": {"content": "| a |\n|---|\n| 1 |"}},
    ],
)
def test_wecom_takes(sandbox: Sandbox, payload: Any) -> None:
    assert send(sandbox, WECOM, payload) == {"errcode": 0, "errmsg": "ok"}
    assert verdicts(sandbox) == [True]


@pytest.mark.parametrize(
    ("path", "payload", "code", "text"),
    [
        ("/wecom/cgi-bin/webhook/send", {}, 93000, "invalid webhook url, hint: ["),
        (WECOM, {"msgtype": "card"}, 40008, "invalid message type, hint: ["),
        (WECOM, {"msgtype": "text", "text": {"content": ""}}, 44004, "empty content, hint: ["),
        (WECOM, {"msgtype": "text", "text": {}}, 40058, "invalid Request Parameter, hint: ["),
        (WECOM, [], 40058, "invalid Request Parameter, hint: ["),
        (
            WECOM,
            {"msgtype": "markdown", "markdown": {"content": "赢" * 1366}},
            40058,
            "markdown.content exceed max length 4096. invalid Request Parameter, hint: [",
        ),
    ],
)
def test_wecom_refuses(sandbox: Sandbox, path: str, payload: Any, code: int, text: str) -> None:
    answer = send(sandbox, path, payload)
    assert answer["errcode"] == code
    assert answer["errmsg"].startswith(text)
    assert verdicts(sandbox) == [False]


def test_wecom_takes_twenty_a_minute(sandbox: Sandbox) -> None:
    body = {"msgtype": "text", "text": {"content": "x"}}
    codes = [send(sandbox, "/wecom/cgi-bin/webhook/send?key=busy", body)["errcode"] for _ in range(21)]
    assert codes == [0] * 20 + [45009]


MARKDOWN = {"msgtype": "markdown", "markdown": {"title": "Week 47", "text": "### Week 47"}}
CARD = {"title": "Approval", "text": "### Discount", "singleTitle": "Open", "singleURL": "https://crm.example/a/9"}


@pytest.mark.parametrize("payload", [MARKDOWN, {"msgtype": "actionCard", "actionCard": CARD}])
def test_dingtalk_takes(sandbox: Sandbox, payload: Any) -> None:
    assert send(sandbox, DINGTALK, payload) == {"errcode": 0, "errmsg": "ok"}


@pytest.mark.parametrize(
    ("path", "payload", "code", "text"),
    [
        ("/dingtalk/robot/send", MARKDOWN, 40035, "缺少参数 access_token"),
        (DINGTALK, {"msgtype": "markdown", "markdown": {"text": "x"}}, 40035, "缺少参数 markdown.title"),
        (
            DINGTALK,
            {"msgtype": "actionCard", "actionCard": {"title": "x", "text": "y"}},
            40035,
            "缺少参数 actionCard.singleURL",
        ),
        (DINGTALK, {"msgtype": "smoke"}, 400105, "unsupported msgtype"),
        (DINGTALK, {"msgtype": "text", "text": {"content": "x" * 20_000}}, -1, "系统繁忙"),
        ("/dingtalk/robot/send?access_token=signed1", MARKDOWN, 310000, "invalid timestamp"),
        ("/dingtalk/robot/send?access_token=t&timestamp=1&sign=x", MARKDOWN, 310000, "invalid timestamp"),
    ],
)
def test_dingtalk_refuses(sandbox: Sandbox, path: str, payload: Any, code: int, text: str) -> None:
    assert send(sandbox, path, payload) == {"errcode": code, "errmsg": text}
    assert verdicts(sandbox) == [False]


def test_dingtalk_wants_a_post(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.url}/dingtalk/robot/send?access_token=t", timeout=10)
    assert answer.json() == {"errcode": 43002, "errmsg": "需要POST请求"}


def test_dingtalk_blocks_after_twenty_a_minute(sandbox: Sandbox) -> None:
    url = "/dingtalk/robot/send?access_token=busy"
    assert [send(sandbox, url, MARKDOWN)["errcode"] for _ in range(22)] == [0] * 20 + [130101] * 2


def test_dingtalk_checks_the_signature(sandbox: Sandbox) -> None:
    stamp = str(int(sandbox.world.now().timestamp() * 1000))
    secret = "SECcrmsync0example"  # noqa: S105 - the sandbox's public one
    sign = base64.b64encode(hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()).decode()
    for given, code in ((sign, 0), ("AAAA", 310000)):
        query = {"access_token": "signed2", "timestamp": stamp, "sign": given}
        answer = requests.post(f"{sandbox.url}/dingtalk/robot/send", params=query, json=MARKDOWN, timeout=10)
        assert answer.json()["errcode"] == code


NEW_CARD = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "**North** 3 won"}]}}
RICH = {
    "zh_cn": {"title": "Week 47", "content": [[{"tag": "text", "text": "3 won "}, {"tag": "at", "user_id": "ou_x1"}]]}
}


@pytest.mark.parametrize(
    "payload",
    [
        {"msg_type": "text", "content": {"text": "3 won"}},
        {"msg_type": "post", "content": {"post": RICH}},
        {"msg_type": "interactive", "card": NEW_CARD},
        {"msg_type": "interactive", "card": {"elements": [{"tag": "div"}]}},
    ],
)
def test_feishu_takes(sandbox: Sandbox, payload: Any) -> None:
    due = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
    assert send(sandbox, FEISHU, payload) == due


@pytest.mark.parametrize(
    ("path", "payload", "code"),
    [
        (FEISHU, [], 9499),
        (FEISHU, {"content": {"text": "x"}}, 19002),
        (FEISHU, {"msg_type": "text", "content": {"text": "x" * 20 * 1024}}, 9499),
        (FEISHU, {"msg_type": "text", "content": "x"}, 9499),
        (FEISHU, {"msg_type": "post", "content": {"post": {"zh_cn": {"content": ["x"]}}}}, 9499),
        (FEISHU, {"msg_type": "post", "content": {"post": {"zh_cn": {"content": 5}}}}, 9499),
        (FEISHU, {"msg_type": "post", "content": {"post": {"zh_cn": {"content": [[{"tag": ["a"]}]]}}}}, 9499),
        (FEISHU, {"msg_type": "interactive", "card": {**NEW_CARD, "elements": []}}, 11246),
        (FEISHU, {"msg_type": "interactive", "card": {"elements": [{}]}}, 11246),
        (FEISHU, {"msg_type": "text", "content": {"text": "x"}, "timestamp": "1764028800", "sign": "x"}, 19021),
        ("/feishu/open-apis/bot/v2/hook/signed1", {"msg_type": "text", "content": {"text": "x"}}, 19021),
    ],
)
def test_feishu_refuses(sandbox: Sandbox, path: str, payload: Any, code: int) -> None:
    answer = send(sandbox, path, payload)
    assert answer.keys() == {"code", "msg", "data"}
    assert answer["code"] == code
    assert verdicts(sandbox) == [False]


def test_feishu_checks_the_signature(sandbox: Sandbox) -> None:
    stamp = str(int(sandbox.world.now().timestamp()))
    key = f"{stamp}\ncrmsync-demo"
    sign = base64.b64encode(hmac.new(key.encode(), b"", hashlib.sha256).digest()).decode()
    body = {"timestamp": stamp, "sign": sign, "msg_type": "text", "content": {"text": "x"}}
    assert send(sandbox, "/feishu/open-apis/bot/v2/hook/signed2", body)["code"] == 0


def test_feishu_takes_five_a_second(sandbox: Sandbox) -> None:
    body = {"msg_type": "text", "content": {"text": "x"}}
    codes = [send(sandbox, "/feishu/open-apis/bot/v2/hook/busy", body)["code"] for _ in range(60)]
    assert codes[:5] == [0] * 5
    assert set(codes) == {0, 11232}
