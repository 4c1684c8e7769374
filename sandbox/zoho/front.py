"""Where a call comes in: token check, scope, URL, credits, and the answer's headers (docs/vendor/zoho.md §1.4, §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.zoho import limits, scopes, times
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import JSON_TYPE, Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from sandbox.zoho.budget import Budget
    from sandbox.zoho.oauth import Desk
    from sandbox.zoho.switches import Switches

_PARTS = {"module": r"[A-Z][A-Za-z0-9_]*", "id": r"[0-9]{1,20}", "name": r"[A-Za-z0-9_]+", "lock": r"[0-9]{1,20}"}
# A related list is called like a module.
_PARTS["list"] = _PARTS["module"]
# What a method asks for in a scope.
_OPERATIONS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}


@dataclass(frozen=True)
class Url:
    """One URL of the API, with a handler for each method and the scope group that it needs.

    `inside_data` names, by method, the codes whose error object comes inside `data[]` (§0); `also` are further scope
    groups that it needs.
    """

    path: str
    group: str
    handlers: dict[str, Callable[[Call], Reply]]
    inside_data: Mapping[str, frozenset[str]] = field(default_factory=dict)
    public: bool = False
    also: tuple[str, ...] = ()
    operations: Mapping[str, str] = field(default_factory=lambda: _OPERATIONS)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"{(\w+)}", lambda found: f"(?P<{found[1]}>{_PARTS[found[1]]})", self.path))


class Front:
    """The ASGI callable below `/zoho`."""

    def __init__(self, urls: list[Url], desk: Desk, budget: Budget, switches: Switches) -> None:
        self._urls, self._desk, self._budget, self._switches = urls, desk, budget, switches

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
        url, headers = find(self._urls, call), {}
        try:
            if url is not None and url.public:
                return handler_of(url, call)(call)
            owner, expiry = self._desk.check(call.headers.get("authorization"))
            call.scopes, call.user = owner.scopes, owner.user
            headers["X-ACCESSTOKEN-RESET"] = times.show(int(expiry))
            handle = handler_of(url, call)
            check_scopes(url, call)
            self._budget.require(call.path)
            reply = self._spend(handle, call)
        except ZohoError as error:
            reply = refusal(url, call, error)
        reply.headers |= headers | self._budget.headers() | limits.headers_of(reply.status, self._switches)
        return reply

    def _spend(self, handle: Callable[[Call], Reply], call: Call) -> Reply:
        """Refused calls cost as much as others."""
        try:
            return handle(call)
        finally:
            self._budget.spend(call.credits)


def find(urls: list[Url], call: Call) -> Url | None:
    """The URL that the call means, whose variable parts it gets."""
    for url in urls:
        found = url.pattern.fullmatch(call.path)
        if found:
            call.args = found.groupdict()
            return url
    return None


def handler_of(url: Url | None, call: Call) -> Callable[[Call], Reply]:
    if url is None:
        raise ZohoError("INVALID_URL_PATTERN")
    handler = url.handlers.get(call.method)
    if handler is None:
        raise ZohoError("INVALID_REQUEST_METHOD")
    return handler


def refusal(url: Url | None, call: Call, error: ZohoError) -> Reply:
    """The error where the vendor puts it for this call (§0)."""
    error.inside_data |= url is not None and error.code in url.inside_data.get(call.method, ())
    return Reply(error.status, error.body())


def check_scopes(url: Url | None, call: Call) -> None:
    """Each scope group of the URL must be among the token's."""
    if url is None:
        return
    for group in (url.group, *url.also):
        scopes.require(call, group, url.operations[call.method])


def refused(error: ZohoError, switches: Switches) -> Response:
    """The whole answer to a call that never comes to its handler."""
    return answer(Reply(error.status, error.body(), limits.headers_of(error.status, switches)))


def answer(reply: Reply) -> Response:
    response = Response(reply.content(), reply.status, {"server": "ZGS"} | reply.headers)
    if reply.body is not None and not isinstance(reply.body, bytes):
        response.headers["content-type"] = JSON_TYPE
        response.headers["content-disposition"] = "attachment; filename=response.json"
    return response
