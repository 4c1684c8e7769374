"""Zoho CRM as the sandbox mounts it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from sandbox.zoho import edit, limits, seed
from sandbox.zoho.budget import Budget
from sandbox.zoho.bulk.jobs import Jobs
from sandbox.zoho.directory import Directory
from sandbox.zoho.errors import CODES, problem
from sandbox.zoho.fields import ID
from sandbox.zoho.front import Front, answer
from sandbox.zoho.habits import HABITS
from sandbox.zoho.http import Reply
from sandbox.zoho.jobs import Job
from sandbox.zoho.oauth import Desk
from sandbox.zoho.state import State
from sandbox.zoho.turnstile import Turnstile
from sandbox.zoho.urls import urls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from sandbox.habits import Habit
    from sandbox.world import SystemName, World


class ZohoSystem:
    """One org with its data; see `sandbox.world.System`."""

    name: SystemName = "zoho"
    habits: Sequence[Habit] = HABITS

    def __init__(self, world: World, saved: dict[str, Any] | None = None) -> None:
        """With new data, or with what was `saved` by `dump`."""
        self.state = seed.build(world) if saved is None else State(world, Directory([], []))
        self.jobs = Jobs(self.state)
        self.desk = Desk(world, self.state.switches)
        self.budget = Budget(world, self.state.switches)
        self.turnstile = Turnstile(self.desk, self.state.switches)
        if saved is not None:
            self.load(saved)

    def routes(self) -> list[BaseRoute]:
        front = Front(urls(self.state, self.desk, self.jobs), self.desk, self.budget, self.state.switches)
        return [Route("/{path:path}", front)]

    def counts(self) -> dict[str, int]:
        return {name: len(table.rows) for name, table in self.state.tables.items()} | {
            "users": len(self.state.directory.users)
        }

    def edit(self, module: str, action: str, record_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
        if module == "switches":
            return self.state.switches.act(action, values)
        if module == "permissions":
            return edit.permit(self.state, action, values)
        if module == "grants":
            return self.desk.grants.act(action, values, self.state.directory.users)
        return edit.Editor(self.state).act(module, action, record_id, values)

    def leave(self) -> None:
        self.jobs.left = True

    def pick(self, module: str, share: float) -> str | None:
        table = self.state.tables[module]
        row = table.by_id.near(share, table.rows)
        return None if row is None else str(row[ID])

    def dump(self) -> dict[str, Any]:
        return {
            "directory": self.state.directory.dump(),
            "tables": {name: table.dump() for name, table in self.state.tables.items()},
            "next_id": self.state.next_id,
            "withdrawn": sorted(self.state.withdrawn),
            "jobs": [[job_id, list(job)] for job_id, job in self.state.jobs.items()],
            "bulk": self.jobs.dump(),
            "tokens": self.desk.dump(),
            "credits": self.budget.dump(),
            "switches": asdict(self.state.switches),
        }

    def load(self, state: dict[str, Any]) -> None:
        self.state.load(Directory.load(state["directory"]), state["tables"], state["next_id"])
        self.state.withdrawn = set(state["withdrawn"])
        self.state.jobs = {job_id: Job(*saved) for job_id, saved in state["jobs"]}
        self.jobs.load(state["bulk"])
        self.desk.load(state["tokens"])
        self.budget.load(state["credits"])
        self.state.switches.change(state["switches"])

    def error_response(self, code: str | int, status: int | None = None) -> Response:
        """The vendor's error body with a code: for ordered faults and for bugs of this fake."""
        known = CODES.get(str(code), (400, ""))[0]
        status = status or known
        return answer(Reply(status, problem(str(code)), limits.headers_of(status, self.state.switches)))
