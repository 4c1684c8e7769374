"""The site as one ASGI callable: a call goes to the gate that its path names, or to the control."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from sandbox.control import control
from sandbox.faults import CHANNELS
from sandbox.gate import Line

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sandbox.site import Site

# First parts of vendors' own paths, for clients that drop the path of their base URL (docs/vendor/zoho.md §11).
AT_ROOT = {"crm": "zoho", "oauth": "zoho"}


class App:
    """Sends each call where it belongs."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(receive, send, self._site.world)
        if scope["path"].startswith(("http://", "https://")):
            # As a client names it that takes the sandbox for its proxy.
            scope = {**scope, "path": "/" + scope["path"].partition("://")[2].partition("/")[2]}
        # There are request targets that are no path: `OPTIONS *`, `CONNECT host:443`.
        head = scope["path"].partition("/")[2].partition("/")[0]
        if scope["method"] == "CONNECT":
            head = ""  # no vendor opens a tunnel, as an answer of 200 does
        if head in AT_ROOT:
            head = AT_ROOT[head]
            scope = {**scope, "path": f"/{head}{scope['path']}"}
        gate = self._site.gates.get(head)
        if gate is not None:
            await gate.serve(scope, receive, line)
        elif head == "_sandbox":
            await control(self._site, scope, receive, line.send)
        else:
            await _unknown(scope, receive, line.send)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    known = "/zoho, /fxiaoke, /_sandbox/state, " + ", ".join(f"/{name}" for name in CHANNELS)
    body = orjson.dumps({"error": f"nothing is served at {scope['path']}; known are {known}"})
    await Response(body, 404, media_type="application/json")(scope, receive, send)
