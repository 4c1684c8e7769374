"""Feishu's custom bots (docs/vendor/chat.md, Feishu): refusals come with HTTP 200 and a `code`.

A hook whose token begins with `signed` demands a signature with `SECRET`; the others check one only if it is there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.chat.receiver import Verdict, Window, is_timely, object_at, text_at
from sandbox.faults import number_of

if TYPE_CHECKING:
    from sandbox.chat.receiver import Memory, Post
    from sandbox.chat.switches import Switches

SECRET = "crmsync-demo"  # noqa: S105 - the sandbox's public one
BAD_REQUEST = 9499
MESSAGES = {
    BAD_REQUEST: "Bad Request",
    11232: "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]",
    11246: "ErrCode: 200621; ErrMsg: parse card json err",
    19001: "param invalid: incoming webhook access token invalid",
    19002: "params error, msg_type need",
    19007: "Bot Not Enabled",
    19021: "sign match fail or timestamp is not within one hour from current time",
    19022: "Ip Not Allowed",
    19024: "Key Words Not Found",
}
SUCCESS = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
MAX_BYTES = 20 * 1024
PER_SECOND, PER_MINUTE = 5, 100
SIGNED_FOR_S = 3600
POST_TAGS = ("text", "a", "at", "img")
# What a card of either kind may have at its top; of the newer kind, anything else is refused.
TOP_OF_CARD_2 = {"schema", "config", "card_link", "header", "body"}


class FeishuRules:
    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.memory: Memory = {"second": {}, "minute": {}}
        self._second = Window(PER_SECOND, 1, self.memory["second"])
        self._minute = Window(PER_MINUTE, 60, self.memory["minute"])

    def judge(self, post: Post) -> Verdict:
        payload = post.payload
        if post.path.rstrip("/").endswith("/hook"):
            return self.refusal(19001, "the address has no token")
        # The signature stands in the body, which so has to be read first.
        if post.method != "POST" or not isinstance(payload, dict):
            return self.refusal(BAD_REQUEST, "not a POST with a JSON object")
        if not _is_signed(payload, post):
            return self.refusal(19021, "timestamp or sign")
        if not (self._second.allows(post.path, post.at) and self._minute.allows(post.path, post.at)):
            return self.refusal(11232, f"more than {PER_SECOND} a second or {PER_MINUTE} a minute")
        code, reason = _fault(payload, len(post.body))
        if code:
            return self.refusal(code, reason)
        return Verdict(200, orjson.dumps(SUCCESS).decode(), accepted=True, media_type="application/json")

    def refusal(self, code: str | int, reason: str) -> Verdict:
        number = number_of(code, BAD_REQUEST)
        body = orjson.dumps({"code": number, "msg": MESSAGES.get(number, "Bad Request"), "data": {}}).decode()
        status = self._switches.feishu_bad_request_status if number == BAD_REQUEST else 200
        return Verdict(status, body, reason=f"{number}: {reason}", media_type="application/json")


def _is_signed(payload: dict[str, Any], post: Post) -> bool:
    stamp, sign = payload.get("timestamp"), payload.get("sign")
    if stamp is None and sign is None:
        return not post.path.rpartition("/")[2].startswith("signed")
    if not is_timely(str(stamp), post.at.timestamp(), SIGNED_FOR_S):
        return False
    due = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(due), str(sign).encode())


def _fault(payload: dict[str, Any], size: int) -> tuple[int, str]:
    kind = payload.get("msg_type")
    content = object_at(payload, "content")
    if not kind:
        return 19002, "msg_type is missing"
    if size > MAX_BYTES:
        return BAD_REQUEST, f"{size} bytes, at most {MAX_BYTES}"
    if kind == "text":
        return (0, "") if text_at(content, "text") else (BAD_REQUEST, "content.text is missing")
    if kind == "post":
        return (0, "") if _is_post(object_at(content, "post")) else (BAD_REQUEST, "content.post is no post")
    if kind == "interactive":
        reason = _card_fault(object_at(payload, "card"))
        return (11246, reason) if reason else (0, "")
    return BAD_REQUEST, f"msg_type {kind!r}"


def _is_post(post: dict[str, Any]) -> bool:
    languages = list(post.values())
    return bool(languages) and all(_is_post_content(object_at({"it": part}, "it").get("content")) for part in languages)


def _is_post_content(lines: Any) -> bool:
    if not isinstance(lines, list) or not all(isinstance(line, list) for line in lines):
        return False
    items = [item for line in lines for item in line]
    return bool(items) and all(isinstance(item, dict) and item.get("tag") in POST_TAGS for item in items)


def _card_fault(card: dict[str, Any]) -> str:
    newer = card.get("schema") == "2.0"
    unknown = sorted(card.keys() - TOP_OF_CARD_2) if newer else []
    if unknown:
        return f"unknown property {', '.join(unknown)}"
    elements = object_at(card, "body").get("elements") if newer else card.get("elements")
    if not isinstance(elements, list) or not elements:
        return "a card needs elements"
    tagged = all(isinstance(item, dict) and text_at(item, "tag") for item in elements)
    return "" if tagged else "an element needs a tag"
