"""Clients and grant codes: what a person does in Zoho's API console (docs/vendor/zoho.md §1.3).

There is no browser here, so the `edit` control hands out the code: module `grants`, action `create`.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sandbox.zoho.directory import ADMIN_ID

if TYPE_CHECKING:
    from collections.abc import Container

    from sandbox.world import World

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"
# Two apps of the same org, with their secrets: some limits are each app's own.
CLIENTS = {CLIENT_ID: CLIENT_SECRET, "sandbox-client-2": "sandbox-secret-2"}
WINDOW_S = 600
MOST_IN_WINDOW = 10
DEFAULT_LIFETIME_S, MOST_LIFETIME_S = 180, 600


@dataclass(slots=True)
class Window:
    """Counts generations in ten minutes from the first of them."""

    start: float = 0.0
    count: int = 0

    def admit(self, now: float, most: int) -> bool:
        """Count one more; false for the rest of the window once there were too many."""
        if now - self.start >= WINDOW_S:
            self.start, self.count = now, 0
        self.count += 1
        return self.count <= most


@dataclass(slots=True)
class Grant:
    """What a person has agreed to."""

    scopes: tuple[str, ...]
    client: str
    user: int
    expires: float


class Grants:
    """Codes that nobody has exchanged yet."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, Grant] = {}
        self._windows: dict[str, Window] = {}
        self._made = 0

    def act(self, action: str, values: dict[str, Any], users: Container[int]) -> dict[str, Any]:
        """Make a code.

        Args:
            action: Only `create`.
            values: `scope` as a comma list; if wanted `client_id`, `user` (an id), `lifetime_s`.
            users: Ids of everybody in the org.

        Raises:
            ValueError: Wrong values, or an eleventh code of a client in ten minutes.
        """
        if action != "create":
            raise ValueError(f"unknown action {action!r} of grants, there is create")
        if values.keys() - {"scope", "client_id", "user", "lifetime_s"}:
            raise ValueError("grants takes scope, client_id, user and lifetime_s")
        scope, client = values.get("scope"), values.get("client_id", CLIENT_ID)
        user, lifetime = values.get("user", str(ADMIN_ID)), values.get("lifetime_s", DEFAULT_LIFETIME_S)
        if not isinstance(scope, str) or not scope.strip():
            raise ValueError("grants takes scope, a comma list of scopes")
        if client not in tuple(CLIENTS):
            raise ValueError(f"unknown client_id {client!r}; known are {', '.join(CLIENTS)}")
        if not (isinstance(user, str) and user.isascii() and user.isdigit() and int(user) in users):
            raise ValueError(f"the org has no user {user!r}")
        if type(lifetime) is not int or not 1 <= lifetime <= MOST_LIFETIME_S:
            raise ValueError(f"lifetime_s is a whole number from 1 to {MOST_LIFETIME_S}")
        return self._make(Grant(tuple(part.strip() for part in scope.split(",")), client, int(user), lifetime))

    def _make(self, grant: Grant) -> dict[str, Any]:
        now = self._world.now().timestamp()
        if not self._windows.setdefault(grant.client, Window()).admit(now, MOST_IN_WINDOW):
            raise ValueError(f"{grant.client} has had {MOST_IN_WINDOW} grant codes in ten minutes")
        lifetime, grant.expires = int(grant.expires), now + grant.expires
        self._made += 1
        digest = hashlib.blake2b(f"{self._world.seed}/grant/{self._made}/{now}".encode(), digest_size=32).hexdigest()
        code = f"1000.{digest[:32]}.{digest[32:]}"
        self._codes[code] = grant
        return {"code": code, "expires_in": lifetime}

    def find(self, code: str, client: str) -> Grant | None:
        """The grant of a code that this client may still exchange."""
        grant = self._codes.get(code)
        valid = grant is not None and grant.client == client and grant.expires > self._world.now().timestamp()
        return grant if valid else None

    def use(self, code: str) -> None:
        del self._codes[code]

    def dump(self) -> dict[str, Any]:
        return {
            "codes": {code: asdict(grant) for code, grant in self._codes.items()},
            "windows": {client: asdict(window) for client, window in self._windows.items()},
            "made": self._made,
        }

    def load(self, state: dict[str, Any]) -> None:
        self._codes = {
            code: Grant(**{**saved, "scopes": tuple(saved["scopes"])}) for code, saved in state["codes"].items()
        }
        self._windows = {client: Window(**saved) for client, saved in state["windows"].items()}
        self._made = state["made"]
