"""What all calls share: tables, people, and the ways to look them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.history import StageHistory
from sandbox.zoho.jobs import Job
from sandbox.zoho.lines import Lines
from sandbox.zoho.modules import modules_of
from sandbox.zoho.render import Renderer
from sandbox.zoho.store import Table
from sandbox.zoho.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.world import World
    from sandbox.zoho.directory import Directory
    from sandbox.zoho.fields import Field
    from sandbox.zoho.http import Call

# Above all generated ids, so that ids grow with time.
_FIRST_NEW_ID = 5_000_000_900_000_001
# By method. The vendor's documents name View alone (docs/vendor/zoho.md §2); the others are called like it.
PERMISSIONS = {"GET": "View", "POST": "Create", "PUT": "Edit", "DELETE": "Delete"}


class State:
    """Everything that a call may change, but tokens and credits."""

    def __init__(self, world: World, directory: Directory) -> None:
        self.world, self.directory = world, directory
        self.tables = {name: Table(module) for name, module in modules_of(world.scale).items()}
        self.switches = Switches()
        self.renderer = Renderer(self.tables, directory, self.switches)
        self.next_id = _FIRST_NEW_ID
        self.lines = Lines(self.tables, self.now, self.new_id)
        self.history = StageHistory(self.tables, self.new_id)
        self.jobs: dict[int, Job] = {}
        self.withdrawn: set[str] = set()

    def now(self) -> int:
        return int(self.world.now().timestamp())

    def table(self, call: Call) -> Table:
        """The table of the module in the path, if the API's user may do there what the method says."""
        table = self.tables.get(call.args["module"])
        if table is None:
            raise ZohoError("INVALID_MODULE", {"resource_path_index": 0})
        if not table.module.writable and call.method != "GET":
            raise ZohoError(
                "INVALID_MODULE", {"resource_path_index": 0}, message="the given module is not supported in api"
            )
        permission = f"Crm_Implied_{PERMISSIONS[call.method]}_{table.module.api_name}"
        if permission in self.withdrawn:
            raise ZohoError("NO_PERMISSION", {"permissions": [permission]})
        return table

    def new_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def new_number(self, field: Field) -> int | str:
        """Of a field that counts by itself: the standard ones look like ids (§9A.1)."""
        number = self.new_id()
        return number if field.data_type == "bigint" else f"AN-{number % 1_000_000:06d}"

    def keep(self) -> Callable[[], None]:
        """Note how everything is; the function that is returned undoes what has come after."""
        tables = {name: table.keep() for name, table in self.tables.items()}
        next_id, jobs = self.next_id, dict(self.jobs)

        def bring_back() -> None:
            for name, kept in tables.items():
                self.tables[name].bring_back(kept)
            self.next_id, self.jobs = next_id, jobs
            self.renderer.forget()
            self.history.learn()

        return bring_back

    def load(self, directory: Directory, tables: dict[str, Any], next_id: int) -> None:
        """Take over a saved state in place, since the handlers hold this object."""
        for name, table in self.tables.items():
            table.load(tables[name])
        self.directory, self.next_id = directory, next_id
        self.renderer = Renderer(self.tables, directory, self.switches)
        self.history.learn()
