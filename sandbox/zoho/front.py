"""Where a call comes in: token check, scope, URL, credits, and the answer's headers (docs/vendor/zoho.md §1.4, §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.zoho import times
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import JSON_TYPE, Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from sandbox.zoho.budget import Budget
    from sandbox.zoho.oauth import Desk

_PARTS = {"module": r"[A-Z][A-Za-z0-9_]*", "id": r"[0-9]{1,20}", "name": r"[A-Za-z0-9_]+"}


@dataclass(frozen=True)
class Url:
    """One URL of the API, with a handler for each method and the scope group that it needs.

    `inside_data` names, by method, the codes whose error object comes inside `data[]` (§0).
    """

    path: str
    group: str
    handlers: dict[str, Callable[[Call], Reply]]
    inside_data: Mapping[str, frozenset[str]] = field(default_factory=dict)
    public: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"{(\w+)}", lambda found: f"(?P<{found[1]}>{_PARTS[found[1]]})", self.path))


_OPERATIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}


class Front:
    """The ASGI callable below `/zoho`."""

    def __init__(self, urls: list[Url], desk: Desk, budget: Budget) -> None:
        self._urls, self._desk, self._budget = urls, desk, budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        base_url = str(request.base_url).rstrip("/")
        call = Call(
            method=request.method,
            path=request.path_params["path"],
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
            headers=request.headers,
            body=await request.body(),
            base_url=base_url,
        )
        call.path = "/" + call.path.removeprefix("/")
        reply = self._answer(call)
        await answer(reply)(scope, receive, send)

    def _answer(self, call: Call) -> Reply:
        """Nothing awaits in here, so each call sees and leaves a whole state."""
        url, headers = self._url(call), {}
        try:
            if url is not None and url.public:
                return _handler(url, call)(call)
            call.scopes, expiry = self._desk.check(call.headers.get("authorization"))
            headers["X-ACCESSTOKEN-RESET"] = times.show(int(expiry))
            handle = _handler(url, call)
            _require(call.scopes, url.group if url else "", call.method)
            self._budget.require()
            reply = self._spend(handle, call)
        except ZohoError as error:
            error.inside_data |= url is not None and error.code in url.inside_data.get(call.method, ())
            reply = Reply(error.status, error.body())
        reply.headers |= headers | self._budget.headers()
        return reply

    def _spend(self, handle: Callable[[Call], Reply], call: Call) -> Reply:
        """Refused calls cost as much as others."""
        try:
            return handle(call)
        finally:
            self._budget.spend(call.credits)

    def _url(self, call: Call) -> Url | None:
        for url in self._urls:
            found = url.pattern.fullmatch(call.path)
            if found:
                call.args = found.groupdict()
                return url
        return None


def _handler(url: Url | None, call: Call) -> Callable[[Call], Reply]:
    if url is None:
        raise ZohoError("INVALID_URL_PATTERN")
    handler = url.handlers.get(call.method)
    if handler is None:
        raise ZohoError("INVALID_REQUEST_METHOD")
    return handler


def answer(reply: Reply) -> Response:
    response = Response(reply.content(), reply.status, reply.headers)
    if reply.body is not None:
        response.headers["content-type"] = JSON_TYPE
        response.headers["content-disposition"] = "attachment; filename=response.json"
    return response


def _require(scopes: tuple[str, ...], group: str, method: str) -> None:
    wanted = _OPERATIONS[method]
    if f"ZohoCRM.{group}.{wanted}" in scopes or f"ZohoCRM.{group}.ALL" in scopes or group in scopes:
        return
    raise ZohoError("OAUTH_SCOPE_MISMATCH")
