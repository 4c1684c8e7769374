"""Access tokens: how they are given out, limited and checked (docs/vendor/zoho.md §1.2 to §1.5)."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.http import Call, Reply, form_of

if TYPE_CHECKING:
    from sandbox.world import World

CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"
LIFETIME_S = 3600
MOST_ACTIVE = 15
MOST_IN_WINDOW, WINDOW_S = 10, 600

_READ_ONLY = (
    "ZohoCRM.modules.READ",
    "ZohoCRM.settings.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoSearch.securesearch.READ",
)
_FULL = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.mass_update.READ",
    "ZohoCRM.mass_update.UPDATE",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoSearch.securesearch.READ",
)
# Refresh token: what its access tokens may do.
GRANTS: dict[str, tuple[str, ...]] = {"sandbox-refresh": _FULL, "sandbox-refresh-readonly": _READ_ONLY}

THROTTLED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


@dataclass(slots=True)
class Grant:
    """What happened with one refresh token: access tokens with their expiry, and the window of generations."""

    scopes: tuple[str, ...]
    active: dict[str, float] = field(default_factory=dict)
    window_start: float = 0.0
    in_window: int = 0
    made: int = 0


class Desk:
    """The accounts server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._grants = {token: Grant(scopes) for token, scopes in GRANTS.items()}

    def token(self, call: Call) -> Reply:
        """`POST /oauth/v2/token`: failures come as 200 with an error body, throttling as 400 (§12)."""
        form = form_of(call)
        if form.get("client_id") != CLIENT_ID:
            return Reply(200, {"error": "invalid_client"})
        if form.get("client_secret") != CLIENT_SECRET:
            return Reply(200, {"error": "invalid_client_secret"})
        refresh = form.get("refresh_token", "")
        if form.get("grant_type") != "refresh_token" or refresh not in self._grants:
            return Reply(200, {"error": "invalid_code"})
        grant = self._grants[refresh]
        if not self._admit(grant):
            return Reply(400, dict(THROTTLED))
        return Reply(200, self._success(call, self._issue(refresh, grant), grant))

    def revoke(self, call: Call) -> Reply:
        """`POST /oauth/v2/token/revoke`: an access token, or a refresh token with all of its access tokens."""
        token = form_of(call).get("token", "")
        if token in self._grants:
            del self._grants[token]
            return Reply(200, {"status": "success"})
        for grant in self._grants.values():
            if grant.active.pop(token, None) is not None:
                return Reply(200, {"status": "success"})
        return Reply(200, {"error": "invalid_code"})

    def check(self, header: str | None) -> tuple[tuple[str, ...], float]:
        """Scopes and expiry of the token in an Authorization header.

        Raises:
            ZohoError: 401, in one of the two forms.
        """
        prefix, _, token = (header or "").partition(" ")
        if prefix != "Zoho-oauthtoken" or not token.strip():
            raise ZohoError("AUTHENTICATION_FAILURE")
        now = self._world.now().timestamp()
        for grant in self._grants.values():
            if grant.active.get(token.strip(), 0) > now:
                return grant.scopes, grant.active[token.strip()]
        raise ZohoError("INVALID_TOKEN")

    def dump(self) -> dict[str, Any]:
        return {token: asdict(grant) for token, grant in self._grants.items()}

    def load(self, state: dict[str, Any]) -> None:
        self._grants = {token: Grant(**{**saved, "scopes": tuple(saved["scopes"])}) for token, saved in state.items()}

    def _admit(self, grant: Grant) -> bool:
        now = self._world.now().timestamp()
        if now - grant.window_start >= WINDOW_S:
            grant.window_start, grant.in_window = now, 0
        grant.in_window += 1
        return grant.in_window <= MOST_IN_WINDOW

    def _issue(self, refresh: str, grant: Grant) -> str:
        now = self._world.now().timestamp()
        grant.made += 1
        mark = f"{self._world.seed}/{refresh}/{grant.made}/{now}"
        digest = hashlib.blake2b(mark.encode(), digest_size=32).hexdigest()
        token = f"1000.{digest[:32]}.{digest[32:]}"
        grant.active[token] = now + LIFETIME_S
        while len(grant.active) > MOST_ACTIVE:
            del grant.active[next(iter(grant.active))]
        return token

    @staticmethod
    def _success(call: Call, token: str, grant: Grant) -> dict[str, Any]:
        return {
            "access_token": token,
            "scope": " ".join(grant.scopes),
            "api_domain": call.base_url,
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
        }
