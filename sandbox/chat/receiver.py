"""One chat channel: reads a post, has its rules judge it, keeps it with the verdict for `GET /_sandbox/messages`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox import jsontext

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import Receive, Scope, Send

    from sandbox.world import World


Memory = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Post:
    """One call as it came; `path` is below the channel's prefix, `payload` None if the body is not JSON."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    payload: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The vendor's answer, and whether the message will be seen in the channel (if not, why)."""

    status: int
    body: str
    accepted: bool = False
    reason: str | None = None
    media_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)


class Rules(Protocol):
    """What a vendor accepts.

    `memory` is what it must remember between posts, such as the pace of each URL: by its kind and the URL, as JSON-ready
    data with moments in seconds since 1970. The rules read and write these very objects.
    """

    memory: Memory

    def judge(self, post: Post) -> Verdict: ...

    def refusal(self, code: str | int, reason: str) -> Verdict: ...


class Pace:
    """A bucket for each URL: `burst` posts at once, refilled at `per_s` a second."""

    def __init__(self, burst: int, per_s: float, buckets: dict[str, list[float]]) -> None:
        self._burst, self._per_s, self._buckets = burst, per_s, buckets

    def allows(self, url: str, at: datetime) -> bool:
        now = at.timestamp()
        left, since = self._buckets.get(url, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_s)
        self._buckets[url] = [left - 1 if left >= 1 else left, now]
        return left >= 1


class Window:
    """A sliding window for each URL: at most `limit` posts in `span_s`, refused ones not counted."""

    def __init__(self, limit: int, span_s: float, taken: dict[str, list[float]]) -> None:
        self._limit, self._span_s, self._taken = limit, span_s, taken

    def allows(self, url: str, at: datetime) -> bool:
        now = at.timestamp()
        taken = self._taken[url] = [moment for moment in self._taken.get(url, ()) if moment > now - self._span_s]
        if len(taken) >= self._limit:
            return False
        taken.append(now)
        return True


def object_at(payload: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under a key, an empty one if there is none."""
    found = payload.get(key)
    return found if isinstance(found, dict) else {}


def text_at(holder: dict[str, Any], key: str) -> str:
    """The text under a key, an empty one if there is none."""
    found = holder.get(key)
    return found if isinstance(found, str) else ""


def is_link(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def is_timely(stamp: str, now: float, most: float) -> bool:
    """Whether a stamp is a whole number, at most so far from now."""
    return stamp.isdecimal() and len(stamp) < 20 and abs(int(stamp) - now) <= most


class Channel:
    """The ASGI application of one channel."""

    def __init__(self, name: str, rules: Rules, world: World) -> None:
        self.name, self._rules, self._world = name, rules, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        query = scope["query_string"].decode("latin-1")
        path = scope["path"].removeprefix(f"/{self.name}")
        payload = _payload(scope, body)
        post = Post(
            scope["method"], path, dict(parse_qsl(query, keep_blank_values=True)), body, payload, self._world.now()
        )
        verdict = self._rules.judge(post)
        self._keep(scope, query, post, verdict)
        await _response(verdict)(scope, receive, send)

    def refuse(self, code: str | int, status: int | None = None) -> Response:
        response = _response(self._rules.refusal(code, "ordered by a fault"))
        response.status_code = status or response.status_code
        return response

    def _keep(self, scope: Scope, query: str, post: Post, verdict: Verdict) -> None:
        # What could not be told again is kept as text.
        is_text = post.payload is None or jsontext.is_deep(post.payload)
        shown = post.body.decode("utf-8", "replace") if is_text else post.payload
        message = {
            "n": len(self._world.messages) + 1,
            "channel": self.name,
            "url": f"{scope['path']}?{query}" if query else scope["path"],
            "payload": shown,
            "headers": {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]},
            "accepted": verdict.accepted,
        }
        if not verdict.accepted:
            message["reason"] = verdict.reason
        self._world.messages.append(message)


def _payload(scope: Scope, body: bytes) -> Any:
    headers = dict(scope["headers"])
    if headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        # How the first webhooks of Slack were called: `payload=` and the JSON.
        body = parse_qs(body.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _response(verdict: Verdict) -> Response:
    return Response(verdict.body, verdict.status, headers=verdict.headers, media_type=verdict.media_type)
