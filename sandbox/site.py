"""The whole site: both fake CRMs and the chat receivers, each behind its gate, and the world that they share."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast, get_args

from starlette.routing import Router

from sandbox.chat import all_rules
from sandbox.chat.receiver import Channel
from sandbox.chat.switches import Switches
from sandbox.faults import CHANNELS
from sandbox.fxiaoke.system import FxiaokeSystem
from sandbox.gate import Gate
from sandbox.traffic import Traffic
from sandbox.world import SystemName, World
from sandbox.zoho.system import ZohoSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp

    from sandbox.faults import Fault
    from sandbox.world import Scale, System

    Saved = Mapping[SystemName, dict[str, Any]]

SYSTEMS: tuple[SystemName, ...] = get_args(SystemName)
CRASH_CODES: dict[str, str | int] = {"zoho": "INTERNAL_ERROR", "fxiaoke": -2, **dict.fromkeys(CHANNELS, "internal")}
# What a vendor says of a path that it does not know (docs/vendor/zoho.md §6.4, docs/vendor/fxiaoke.md §1.4).
UNKNOWN_PATH: dict[str, str | int] = {"zoho": "INVALID_URL_PATTERN", "fxiaoke": 10006}
# By all that they depend on: the states that were made last, for a reset and for further sites of this process.
_made: dict[tuple[int, Scale, date, int, SystemName], dict[str, Any]] = {}
_MOST_MADE = 4
# The others take too much room to be kept beside what becomes of them.
_KEPT_SCALES = ("demo", "awkward")


@dataclass(frozen=True, slots=True)
class Options:
    """How a site is made; `only` leaves the other CRM out, which halves the time to start."""

    seed: int = 7
    scale: Scale = "demo"
    latency_ms: int = 0
    fxiaoke_limit: int = 100
    only: SystemName | None = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Site:
    """Everything that a reset renews: new data, or the states of the systems that were `saved`."""

    def __init__(self, options: Options, saved: Saved | None = None) -> None:
        self.options = options
        self.world = World(seed=options.seed, scale=options.scale, started_at=options.started_at)
        with _without_collector():
            self.systems = _systems(options, self.world, saved)
        self.chat = Switches()
        self.rules = all_rules(self.chat)
        self.traffic = Traffic(self.systems)
        self.faults: list[Fault] = []
        self.gates = {gate.name: gate for gate in (*map(self._crm_gate, self.systems.values()), *self._chat_gates())}

    @property
    def zoho(self) -> ZohoSystem:
        return cast("ZohoSystem", self.systems["zoho"])

    @property
    def fxiaoke(self) -> FxiaokeSystem:
        return cast("FxiaokeSystem", self.systems["fxiaoke"])

    def reset(self) -> None:
        """The data as at the start; logs, clock and faults, too, and no traffic is on."""
        self.become(Site(self.options))

    def become(self, other: Site) -> None:
        """Take another site's place at once. Calls that are under way end in what was here before, and leave no trace."""
        self._leave()
        self.__dict__.update(other.__dict__)
        if gc.get_freeze_count():
            # What was here is a large circle, which nothing but this takes away from among what is frozen.
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def _leave(self) -> None:
        self.traffic.stop()
        for system in self.systems.values():
            system.leave()

    def _crm_gate(self, system: System) -> Gate:
        nowhere = system.error_response(UNKNOWN_PATH[system.name])
        router = Router(system.routes(), redirect_slashes=False, default=nowhere)
        gate = replace(self._gate(system.name, router, system.error_response), edit=system.edit)
        if isinstance(system, ZohoSystem):
            return replace(gate, passing=system.turnstile.passing, bare=True)
        return gate

    def _chat_gates(self) -> list[Gate]:
        channels = [Channel(name, rules, self.world) for name, rules in self.rules.items()]
        return [self._gate(channel.name, channel, channel.refuse) for channel in channels]

    def _gate(self, name: str, app: ASGIApp, refuse: Callable[[str | int, int | None], Response]) -> Gate:
        return Gate(name, app, refuse, CRASH_CODES[name], self.world, self.faults, self.options.latency_ms / 1000)


def _systems(options: Options, world: World, saved: Saved | None) -> dict[SystemName, System]:
    """The CRMs of a site; new data are made once and loaded after that, which takes a tenth of the time."""
    found: dict[SystemName, System] = {}
    for name in SYSTEMS:
        if options.only in (None, name):
            key = (options.seed, options.scale, world.day(), options.fxiaoke_limit, name)
            found[name] = _system(name, options, world, _made.get(key) if saved is None else saved[name])
            if saved is None and key not in _made and options.scale in _KEPT_SCALES:
                while len(_made) >= _MOST_MADE:
                    del _made[next(iter(_made))]
                _made[key] = found[name].dump()
    return found


def _system(name: SystemName, options: Options, world: World, saved: dict[str, Any] | None) -> System:
    return ZohoSystem(world, saved) if name == "zoho" else FxiaokeSystem(world, options.fxiaoke_limit, saved)


@contextmanager
def _without_collector() -> Generator[None]:
    """Millions of objects are made, none of them in a cycle: the collector would only walk over them again and again."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
