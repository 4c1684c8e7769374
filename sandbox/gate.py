"""What every call to a fake passes: the count, the latency, ordered faults, and the vendor's own error for a crash."""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sandbox import meanwhile
from sandbox.alter import alter
from sandbox.alter_file import ZIP_BEGINS, alter_file
from sandbox.faults import Call, strike

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.alter import Rule
    from sandbox.faults import Do, Fault
    from sandbox.meanwhile import Edit
    from sandbox.world import World

# These have no body, whatever a fault says.
BODILESS = (204, 304)

log = logging.getLogger("sandbox")


class Line:
    """The way back to one caller: answers bear the fakes' clock, and it can be cut, for which ASGI has no word."""

    def __init__(self, receive: Receive, send: Send, world: World) -> None:
        self._receive, self._send, self._world = receive, send, world
        self.skew = timedelta()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            date = format_datetime(self._world.now() + self.skew, usegmt=True).encode()
            message["headers"] = [*message.get("headers", ()), (b"date", date)]
        await self._send(message)

    async def cut(self, *, flush: bool = False) -> None:
        """Close the connection; with `flush` after what has been sent, else at once."""
        # The server hands us a method of its cycle, which knows the socket.
        transport = self._send.__self__.transport  # type: ignore[attr-defined]
        if flush:
            transport.close()
        else:
            transport.abort()
        # The server learns of the end in a later round of the loop, and must before we return without a whole answer.
        while (await self._receive())["type"] != "http.disconnect":
            pass


@dataclass(slots=True)
class Answer:
    """A whole response, held back so that a fault can change it."""

    status: int = 500
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


def _let_in(_call: Call, _authorization: str | None) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Gate:
    """Stands before one fake.

    `refuse` makes the vendor's error from a code and, unless the code's own is meant, a status; `crash_code` is the
    code for a bug in the fake. `passing` surrounds each call, whose Authorization header it is told as well, from its
    arrival on, and gives the answer instead if the vendor does not let it in. `edit` does what a person does in a CRM's
    pages; `bare` says that the vendor answers a page without records without a body.
    """

    name: str
    app: ASGIApp
    refuse: Callable[[str | int, int | None], Response]
    crash_code: str | int
    world: World
    faults: list[Fault]
    latency_s: float
    passing: Callable[[Call, str | None], AbstractContextManager[Response | None]] = _let_in
    edit: Edit | None = None
    bare: bool = False

    async def serve(self, scope: Scope, receive: Receive, line: Line) -> None:
        path = scope["path"][len(self.name) + 1 :] or "/"
        self.world.calls[self.name][f"{scope['method']} {path}"] += 1
        try:
            body = await _read(receive)
        except ClientDisconnect:
            return
        receive = _replay(body, receive)
        scope = {**scope, "root_path": f"{scope.get('root_path', '')}/{self.name}"}
        call = Call(self.name, scope["method"], path, scope["query_string"].decode("latin-1"), body)
        with self.passing(call, _authorization(scope)) as refusal:
            if refusal is not None:
                await refusal(scope, receive, line.send)
                return
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
            fault = strike(self.faults, call)
            if fault is None:
                await self._run(scope, receive, line.send)
            else:
                await self._suffer(fault, scope, receive, line)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("%s: %s %s failed", self.name, scope["method"], scope["path"])
            if started:
                raise
            await self.refuse(self.crash_code, None)(scope, receive, send)

    async def _suffer(self, fault: Fault, scope: Scope, receive: Receive, line: Line) -> None:
        do = fault.do
        line.skew = timedelta(seconds=do.skew_s or 0)
        answer = await _capture(self._run, scope, receive) if do.when == "after" else None
        if do.edit is not None and self.edit is not None:
            try:
                meanwhile.carry_out(do.edit, self.edit, answer.body if answer else b"")
            except ValueError as error:
                fault.edit_refused = " ".join(str(error).split())
        if do.delay_ms:
            await asyncio.sleep(do.delay_ms / 1000)
        if do.disconnect == "before":
            await line.cut()
            return
        if do.answers:
            answer = await _capture(self._instead(do), scope, receive)
        elif answer is None:
            answer = await _capture(self._run, scope, receive)
        if do.disconnect == "after" and do.truncate is None:
            await line.cut()
            return
        if do.alter is not None:
            self._alter(answer, do.alter, fault, scope)
        await _send_damaged(answer, do, line)

    def _alter(self, answer: Answer, rule: Rule, fault: Fault, scope: Scope) -> None:
        """Change what the answer holds; a body that is gone leaves the status of an empty page (docs/vendor/zoho.md §2)."""
        now, whole = self.world.now(), answer.body
        if whole.startswith(ZIP_BEGINS):
            answer.body = alter_file(whole, rule, now, fault.carried)
            return
        answer.body = alter(whole, rule, now, fault.carried, bare=self.bare)
        if whole and not answer.body:
            asked_since = any(name == b"if-modified-since" for name, _ in scope["headers"])
            answer.status = 304 if asked_since else 204
            answer.headers.pop(b"content-type", None)
            answer.headers.pop(b"content-disposition", None)

    def _instead(self, do: Do) -> Response:
        if do.error_code is not None:
            return self.refuse(do.error_code, do.status)
        if do.body is None or isinstance(do.body, str):
            return Response(do.body or "", do.status or 200, media_type="text/html")
        return Response(orjson.dumps(do.body), do.status or 200, media_type="application/json")


async def _send_damaged(answer: Answer, do: Do, line: Line) -> None:
    kept = answer.body if do.truncate is None else answer.body[: do.truncate]
    torn = do.disconnect is not None
    if answer.status in BODILESS:
        kept = b""
        answer.headers.pop(b"content-length", None)
    else:
        answer.headers[b"content-length"] = str(len(answer.body if torn else kept)).encode()
    answer.headers |= {key.lower().encode(): value.encode() for key, value in do.headers.items()}
    await line.send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers.items())})
    await line.send({"type": "http.response.body", "body": kept, "more_body": torn})
    if torn:
        await line.cut(flush=True)


async def _capture(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    answer = Answer()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {key.lower(): value for key, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, keep)
    return answer


def _authorization(scope: Scope) -> str | None:
    found = next((value for name, value in scope["headers"] if name == b"authorization"), None)
    return None if found is None else found.decode("latin-1")


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The request again, whole, so that a call whose caller has gone away meanwhile is still carried out."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
