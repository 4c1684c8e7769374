"""DingTalk's custom robots (docs/vendor/chat.md, DingTalk): refusals come with HTTP 200 and an `errcode`.

A robot whose access token begins with `signed` demands a signature with `SECRET`; the others check one only if it is there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.chat.receiver import Verdict, Window, is_link, is_timely, object_at, text_at
from sandbox.faults import number_of

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.chat.receiver import Memory, Post
    from sandbox.chat.switches import Switches

SECRET = "SECcrmsync0example"  # noqa: S105 - the sandbox's public one
MESSAGES = {
    -1: "系统繁忙",
    40035: "缺少参数 {}",
    43002: "需要POST请求",
    130101: "send too fast, exceed 20 times per minute",
    300005: "token is not exist",
    400105: "unsupported msgtype",
}
# Message type → keys that it must have.
NEEDED = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "actionCard": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
}
MAX_BYTES = 20_000
PER_MINUTE = 20
BLOCKED_S = 600
SIGNED_FOR_S = 3600


class DingTalkRules:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.memory: Memory = {"window": {}, "blocked": {}}
        self._window = Window(PER_MINUTE, 60, self.memory["window"])
        self._blocked: dict[str, float] = self.memory["blocked"]

    def judge(self, post: Post) -> Verdict:
        if post.method != "POST":
            return self.refusal(43002, f"a {post.method}")
        token = post.query.get("access_token", "")
        if post.path.endswith("/robot/send") and not token:
            return self.refusal(40035, "access_token")
        unsigned = _signature_fault(post, token)
        if unsigned:
            return self.refusal(310000, unsigned)
        if not self._allows(post.path + token, post.at):
            return self.refusal(130101, "blocked for 10 minutes")
        code, reason = self._fault(post)
        return (
            self.refusal(code, reason)
            if code
            else Verdict(200, _body(0, "ok"), accepted=True, media_type="application/json")
        )

    def refusal(self, code: str | int, reason: str) -> Verdict:
        number = number_of(code, -1)
        said = MESSAGES.get(number, reason).format(reason)
        return Verdict(200, _body(number, said), reason=f"{number}: {reason}", media_type="application/json")

    def _fault(self, post: Post) -> tuple[int, str]:
        if not isinstance(post.payload, dict):
            return 40035, "json"
        kind = text_at(post.payload, "msgtype")
        if kind not in NEEDED:
            return 400105, f"msgtype {post.payload.get('msgtype')!r}"
        if len(post.body) > MAX_BYTES:
            return self._switches.dingtalk_too_long_code, f"{len(post.body)} bytes, at most {MAX_BYTES}"
        return _content_fault(kind, object_at(post.payload, kind))

    def _allows(self, url: str, at: datetime) -> bool:
        until = self._blocked.get(url)
        if until is not None and at.timestamp() < until:
            return False
        if self._window.allows(url, at):
            return True
        self._blocked[url] = at.timestamp() + BLOCKED_S
        return False


def _signature_fault(post: Post, token: str) -> str | None:
    stamp, sign = post.query.get("timestamp"), post.query.get("sign")
    if stamp is None and sign is None and not token.startswith("signed"):
        return None
    if not is_timely(stamp or "", post.at.timestamp() * 1000, SIGNED_FOR_S * 1000):
        return "invalid timestamp"
    due = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    return None if hmac.compare_digest(base64.b64encode(due), (sign or "").encode()) else "sign not match"


def _content_fault(kind: str, part: dict[str, Any]) -> tuple[int, str]:
    missing = next((key for key in NEEDED[kind] if not text_at(part, key)), None)
    if missing:
        return 40035, f"{kind}.{missing}"
    if kind == "actionCard" and not _has_button(part):
        return 40035, "actionCard.singleURL"
    return 0, ""


def _has_button(card: dict[str, Any]) -> bool:
    buttons = card.get("btns")
    if isinstance(buttons, list) and buttons:
        return all(
            isinstance(item, dict) and text_at(item, "title") and is_link(item.get("actionURL")) for item in buttons
        )
    return bool(text_at(card, "singleTitle")) and is_link(card.get("singleURL"))


def _body(code: int, message: str) -> str:
    return orjson.dumps({"errcode": code, "errmsg": message}).decode()
