"""WeCom's group robots (docs/vendor/chat.md, WeCom): refusals come with HTTP 200 and an `errcode`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from sandbox.chat.receiver import Verdict, Window, object_at, text_at
from sandbox.faults import number_of

if TYPE_CHECKING:
    from sandbox.chat.receiver import Memory, Post

MESSAGES = {
    -1: "system busy",
    40008: "invalid message type",
    40058: "invalid Request Parameter",
    44004: "empty content",
    45009: "api freq out of limit",
    93000: "invalid webhook url",
}
# Message type → the most bytes of its content.
MAX_BYTES = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
MAX_IMAGE_BYTES = 2 * 1024 * 1024
PER_MINUTE = 20


class WeComRules:
    def __init__(self) -> None:
        self.memory: Memory = {"window": {}}
        self._window = Window(PER_MINUTE, 60, self.memory["window"])

    def judge(self, post: Post) -> Verdict:
        key = post.query.get("key", "")
        if post.path.endswith("/cgi-bin/webhook/send") and not key:
            return self.refusal(93000, "the address has no key")
        if not self._window.allows(post.path + key, post.at):
            return self.refusal(45009, f"more than {PER_MINUTE} messages a minute")
        if post.method != "POST" or not isinstance(post.payload, dict):
            return self.refusal(40058, "not a POST with a JSON object")
        code, reason = _fault(post.payload)
        return (
            self.refusal(code, reason)
            if code
            else Verdict(200, _body(0, "ok"), accepted=True, media_type="application/json")
        )

    def refusal(self, code: str | int, reason: str) -> Verdict:
        number = number_of(code, -1)
        # Too long, and a field missing, are told apart only by the text.
        said = reason if number == 40058 and "exceed" in reason else MESSAGES.get(number, "system busy")
        hint = f"{said}, hint: [0], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e={number}"
        return Verdict(200, _body(number, hint), reason=f"{number}: {reason}", media_type="application/json")


def _fault(payload: dict[str, Any]) -> tuple[int, str]:
    kind = text_at(payload, "msgtype")
    if kind == "image":
        image = object_at(payload, "image")
        whole = bool(text_at(image, "md5")) and 0 < len(text_at(image, "base64")) * 3 // 4 <= MAX_IMAGE_BYTES
        return (0, "") if whole else (40058, "image needs base64 of at most 2 MB, and md5")
    if kind not in MAX_BYTES:
        return 40008, f"msgtype {payload.get('msgtype')!r}"
    if not isinstance(object_at(payload, kind).get("content"), str):
        return 40058, f"{kind}.content is missing"
    size = len(text_at(object_at(payload, kind), "content").encode())
    if size == 0:
        return 44004, f"{kind}.content is empty"
    if size > MAX_BYTES[kind]:
        return 40058, f"{kind}.content exceed max length {MAX_BYTES[kind]}. invalid Request Parameter"
    return 0, ""


def _body(code: int, message: str) -> str:
    return orjson.dumps({"errcode": code, "errmsg": message}).decode()
