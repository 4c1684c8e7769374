"""The fake Fxiaoke: its entrance and what the sandbox's control needs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from sandbox.faults import number_of
from sandbox.fxiaoke.answers import FxiaokeError, refusal, respond
from sandbox.fxiaoke.edit import edit
from sandbox.fxiaoke.entrance import Entrance
from sandbox.fxiaoke.follow import follow_sources
from sandbox.fxiaoke.generate import generate
from sandbox.fxiaoke.habits import HABITS
from sandbox.fxiaoke.state import State
from sandbox.fxiaoke.store import dump_table, load_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from sandbox.habits import Habit
    from sandbox.world import SystemName, World


class Front:
    """Answers each path and each method: what is not served gets the vendor's refusal too (§1.4, §7)."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        await respond(self._entrance.answer(request, raw))(scope, receive, send)


class FxiaokeSystem:
    """A tenant with its data, made from the world's seed.

    Args:
        world: Clock and logs shared with the other system.
        limit: Calls in 20 seconds for each path.
        saved: What `dump` told; new data are made otherwise.
    """

    name: SystemName = "fxiaoke"
    habits: Sequence[Habit] = HABITS

    def __init__(self, world: World, limit: int = 100, saved: dict[str, Any] | None = None) -> None:
        self.state = State(world, limit)
        follow_sources(self.state)
        self._entrance = Entrance(self.state)
        if saved is None:
            generate(self.state)
        else:
            self.load(saved)

    def routes(self) -> list[BaseRoute]:
        return [Route("/{path:path}", Front(self._entrance))]

    def error_response(self, code: str | int, status: int | None = None) -> Response:
        """The vendor's own body for an error code; its status is 200 unless a fault wants another (§7)."""
        response = respond(refusal(FxiaokeError(number_of(code, -2))))
        response.status_code = status or 200
        return response

    def counts(self) -> dict[str, int]:
        return {name: len(table) for name, table in self.state.tables.items()}

    def edit(self, module: str, action: str, record_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
        return edit(self.state, module, action, record_id, values)

    def leave(self) -> None:
        """Nothing happens here but by calls."""

    def pick(self, module: str, share: float) -> str | None:
        ids = self.state.tables[module].ids()
        return ids[int(share * len(ids))] if ids else None

    def dump(self) -> dict[str, Any]:
        return {
            "tables": {name: dump_table(table) for name, table in self.state.tables.items()},
            "gateway": self.state.gateway.dump(),
            "switches": asdict(self.state.switches),
        }

    def load(self, state: dict[str, Any]) -> None:
        for name, table in self.state.tables.items():
            load_table(table, state["tables"][name])
        self.state.gateway.load(state["gateway"])
        self.state.switches.change(state["switches"])
