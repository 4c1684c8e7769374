"""The control under `/_sandbox/`: look at the state, order faults, move the clock, act as a person in the UI, go back."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from sandbox import faults, jsontext, snapshot
from sandbox.faults import WrongInputError
from sandbox.traffic import MOST_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from sandbox.site import Site

    Handler = Callable[[Site, bytes], Awaitable[Response]]

# The system of an edit that sets what the chat receivers do.
CHAT = "chat"
# The clock can be moved this far at once and still show a date.
MAX_ADVANCE_S = 50 * 365 * 86400


async def control(site: Site, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one call to the control. Wrong input is answered with 400 and a line that says what is wrong."""
    name = scope["path"].removeprefix("/_sandbox").strip("/")
    handlers = HANDLERS.get(name, {})
    if not handlers:
        response = _json({"error": f"no control {name!r}; known are {', '.join(HANDLERS)}"}, 404)
    elif scope["method"] not in handlers:
        response = _json({"error": f"{name} takes {' or '.join(handlers)}, not {scope['method']}"}, 405)
    else:
        body = await Request(scope, receive).body()
        try:
            response = await handlers[scope["method"]](site, body)
        except ValueError as error:
            response = _json({"error": " ".join(str(error).split())}, 400)
    await response(scope, receive, send)


def _by_json(act: Callable[[Site, Any], Any]) -> Handler:
    """A handler that reads and answers JSON."""

    async def handle(site: Site, body: bytes) -> Response:
        try:
            order = jsontext.read(body) if body.strip() else None
        except orjson.JSONDecodeError as error:
            raise WrongInputError(f"the body is not JSON: {error}") from None
        return _json(act(site, order))

    return handle


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _state(site: Site, _: Any) -> dict[str, Any]:
    world = site.world
    return {
        "counts": {name: system.counts() for name, system in site.systems.items()},
        "calls": {name: dict(world.calls[name]) for name in site.systems},
        "credits": {name: world.credits[name] for name in site.systems},
        "seed": world.seed,
        "scale": world.scale,
        "started_at": world.started_at.isoformat(),
        "now": world.now().isoformat(),
    }


def _writes(site: Site, _: Any) -> dict[str, Any]:
    return {"writes": [asdict(write) for write in site.world.writes]}


def _messages(site: Site, _: Any) -> dict[str, Any]:
    return {"messages": site.world.messages}


def _faults(site: Site, _: Any) -> dict[str, Any]:
    return {"faults": [fault.report() for fault in site.faults]}


def _order_faults(site: Site, orders: Any) -> dict[str, Any]:
    site.faults[:] = faults.parse(orders)
    return _faults(site, None)


def _reset(site: Site, _: Any) -> dict[str, Any]:
    site.reset()
    return {"counts": _state(site, None)["counts"]}


def _clock(site: Site, order: Any) -> dict[str, Any]:
    advance: Any = _object(order, "clock", {"advance_s"}).get("advance_s")
    if type(advance) not in (int, float) or not 0 <= advance <= MAX_ADVANCE_S:
        raise WrongInputError(f"clock: advance_s is expected, a number of seconds from 0 to {MAX_ADVANCE_S}")
    world = site.world
    before = world.clock_offset
    try:
        world.clock_offset += timedelta(seconds=advance)
        now = world.now()
    except OverflowError:
        world.clock_offset = before
        raise WrongInputError("clock: that is beyond the year 9999") from None
    return {"now": now.isoformat(), "offset_s": world.clock_offset.total_seconds()}


def _edit(site: Site, order: Any) -> dict[str, Any]:
    given = _object(order, "edit", {"system", "module", "action", "id", "values"})
    name = given.get("system")
    if name not in (*site.systems, CHAT):
        raise WrongInputError(f"edit: system is expected, one of {', '.join((*site.systems, CHAT))}")
    for key in ("module", "action"):
        if not isinstance(given.get(key), str):
            raise WrongInputError(f"edit: {key} is expected, as text")
    record_id, values = given.get("id"), given.get("values") or {}
    if not isinstance(record_id, str | None) or not isinstance(values, dict):
        raise WrongInputError("edit: id is text (or left out), values an object")
    if name != CHAT:
        system = next(found for known, found in site.systems.items() if known == name)
        return {"record": system.edit(given["module"], given["action"], record_id, values)}
    if given["module"] != "switches":
        raise WrongInputError(f"edit: {CHAT} has the module switches alone")
    return {"record": site.chat.act(given["action"], values)}


def _traffic(site: Site, _: Any) -> dict[str, Any]:
    return site.traffic.report()


def _order_traffic(site: Site, order: Any) -> dict[str, Any]:
    given = _object(order, "traffic", {"per_second", "seed"})
    per_second, seed = given.get("per_second"), given.get("seed", 0)
    if type(per_second) is not int or not 0 <= per_second <= MOST_PER_SECOND or type(seed) is not int:
        raise WrongInputError(
            f"traffic: per_second is expected, a whole number up to {MOST_PER_SECOND}; seed is one, too"
        )
    site.traffic.order(per_second, seed)
    return _traffic(site, None)


def _object(order: Any, name: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(order, dict) or not order.keys() <= known:
        raise WrongInputError(f"{name}: an object with {', '.join(sorted(known))} is expected")
    return order


async def _snapshot(site: Site, _: bytes) -> Response:
    state = snapshot.dump(site)
    return Response(await asyncio.to_thread(snapshot.pack, state), media_type="application/gzip")


async def _restore(site: Site, body: bytes) -> Response:
    """Calls are answered from the old state until the new one is whole."""
    try:
        site.become(await asyncio.to_thread(snapshot.restore, body, site.options))
    except ValueError as error:
        raise WrongInputError(f"the snapshot cannot be restored: {error}") from error
    return _json({"counts": _state(site, None)["counts"]})


HANDLERS: dict[str, dict[str, Handler]] = {
    "state": {"GET": _by_json(_state)},
    "writes": {"GET": _by_json(_writes)},
    "messages": {"GET": _by_json(_messages)},
    "faults": {"GET": _by_json(_faults), "POST": _by_json(_order_faults)},
    "reset": {"POST": _by_json(_reset)},
    "clock": {"POST": _by_json(_clock)},
    "edit": {"POST": _by_json(_edit)},
    "traffic": {"GET": _by_json(_traffic), "POST": _by_json(_order_traffic)},
    "snapshot": {"GET": _snapshot},
    "restore": {"POST": _restore},
}
