"""All that the fake CRM holds, in one place for the handlers."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sandbox.fxiaoke.derived import attach
from sandbox.fxiaoke.directory import Directory
from sandbox.fxiaoke.gateway import Gateway
from sandbox.fxiaoke.objects import objects_of
from sandbox.fxiaoke.render import Renderer
from sandbox.fxiaoke.store import Table
from sandbox.fxiaoke.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.fxiaoke.gateway import Caller
    from sandbox.world import World


class State:
    """The tables, and what reads them."""

    def __init__(self, world: World, limit: int) -> None:
        self.world = world
        self.switches = Switches(limit=limit)
        self.tables = {spec.api_name: Table(spec) for spec in objects_of(world.scale)}
        self.directory = Directory(self.tables["PersonnelObj"], self.tables["DepartmentObj"])
        for table in self.tables.values():
            attach(table, self.directory, self.tables)
            # Who moves to another department moves in searches by it.
            self.tables["PersonnelObj"].listeners.append(table.forget_results)
        self.renderer = Renderer(self.tables, self.directory)
        self.gateway = Gateway(self.directory, self.switches)

    def has_object(self, name: str) -> bool:
        """Whether the tenant has an object; the existence of TaskObj is a guess (§3.5)."""
        return name in self.tables and (name != "TaskObj" or self.switches.task_object)

    def plain_id(self, caller: Caller) -> Callable[[str], str]:
        """How to read an employee's id that the caller sends."""
        return self.directory.plain if self.switches.either_id else self.directory.of_style(fsuids=caller.style.fsuids)

    def now_ms(self) -> int:
        return int(self.world.now().timestamp() * 1000)

    def new_id(self) -> str:
        """24 hex digits that begin with the time, as a new record gets them (§4.2)."""
        return f"{self.now_ms() // 1000:08x}{secrets.token_hex(8)}"
