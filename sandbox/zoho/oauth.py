"""Tokens: how they are given out, limited and checked (docs/vendor/zoho.md §1.2 to §1.5)."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.grants import CLIENT_ID, CLIENTS, Grants, Window
from sandbox.zoho.http import Call, Reply, form_of

if TYPE_CHECKING:
    from sandbox.world import World
    from sandbox.zoho.switches import Switches

LIFETIME_S = 3600
MOST_ACTIVE = 15
MOST_IN_WINDOW = 10
MOST_REFRESH_TOKENS = 20

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
# Refresh tokens that are there from the start: what their access tokens may do.
READY: dict[str, tuple[str, ...]] = {"sandbox-refresh": _FULL, "sandbox-refresh-readonly": _READ_ONLY}

THROTTLED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


@dataclass(slots=True)
class Refresh:
    """One refresh token: whose it is, its access tokens with their expiry, and the window of their generation."""

    scopes: tuple[str, ...]
    client: str = CLIENT_ID
    user: int = ADMIN_ID
    active: dict[str, float] = field(default_factory=dict)
    window: Window = field(default_factory=Window)
    made: int = 0


class Desk:
    """The accounts server."""

    def __init__(self, world: World, switches: Switches) -> None:
        self._world, self._switches = world, switches
        self._refresh = {token: Refresh(scopes) for token, scopes in READY.items()}
        self._windows: dict[str, Window] = {}
        self.grants = Grants(world)

    def token(self, call: Call) -> Reply:
        """`POST /oauth/v2/token`: refusals come as 200 with an error body (§1.2)."""
        form = form_of(call)
        client = form.get("client_id", "")
        if client not in CLIENTS:
            return Reply(self._switches.token_error_status, {"error": "invalid_client"})
        if form.get("client_secret") != CLIENTS[client]:
            return Reply(self._switches.token_error_status, {"error": "invalid_client_secret"})
        if form.get("grant_type") == "authorization_code":
            return self._exchange(call, client, form.get("code", ""))
        token = form.get("refresh_token", "")
        refresh = self._refresh.get(token)
        if form.get("grant_type") != "refresh_token" or refresh is None or refresh.client != client:
            return Reply(200, {"error": "invalid_code"})
        if not refresh.window.admit(self._now(), MOST_IN_WINDOW):
            return self._throttled()
        return Reply(200, self._success(call, self._issue(token, refresh), refresh))

    def revoke(self, call: Call) -> Reply:
        """`POST /oauth/v2/token/revoke`: an access token, or a refresh token with all of its access tokens."""
        token = form_of(call).get("token", "")
        if token in self._refresh:
            del self._refresh[token]
            return Reply(200, {"status": "success"})
        for refresh in self._refresh.values():
            if refresh.active.pop(token, None) is not None:
                return Reply(200, {"status": "success"})
        return Reply(200, {"error": "invalid_code"})

    def check(self, header: str | None) -> tuple[Refresh, float]:
        """Whose token is in an Authorization header, and when it expires.

        Raises:
            ZohoError: 401, in one of the two forms.
        """
        prefix, _, token = (header or "").partition(" ")
        if prefix != "Zoho-oauthtoken" or not token.strip():
            raise ZohoError("AUTHENTICATION_FAILURE")
        for refresh in self._refresh.values():
            expiry = refresh.active.get(token.strip())
            if expiry is not None and expiry > self._now():
                return refresh, expiry
            if expiry is not None:
                raise ZohoError(self._switches.expired_code)
        raise ZohoError("INVALID_TOKEN")

    def dump(self) -> dict[str, Any]:
        return {
            "refresh": {token: asdict(refresh) for token, refresh in self._refresh.items()},
            "windows": {key: asdict(window) for key, window in self._windows.items()},
            "grants": self.grants.dump(),
        }

    def load(self, state: dict[str, Any]) -> None:
        self._refresh = {
            token: Refresh(**{**saved, "scopes": tuple(saved["scopes"]), "window": Window(**saved["window"])})
            for token, saved in state["refresh"].items()
        }
        self._windows = {key: Window(**saved) for key, saved in state["windows"].items()}
        self.grants.load(state["grants"])

    def _now(self) -> float:
        return self._world.now().timestamp()

    def _throttled(self) -> Reply:
        return Reply(self._switches.throttled_token_status, dict(THROTTLED))

    def _exchange(self, call: Call, client: str, code: str) -> Reply:
        """A grant code for a refresh token and a first access token; a 21st refresh token ends the oldest (§1.3)."""
        grant = self.grants.find(code, client)
        if grant is None:
            return Reply(200, {"error": "invalid_code"})
        window = self._windows.setdefault(f"{client}/{grant.user}", Window())
        if not window.admit(self._now(), self._switches.refresh_tokens_in_window):
            return self._throttled()
        self.grants.use(code)
        token = self._mark("refresh", code)
        refresh = self._refresh[token] = Refresh(grant.scopes, client, grant.user)
        refresh.window.admit(self._now(), MOST_IN_WINDOW)
        owned = [key for key, one in self._refresh.items() if (one.client, one.user) == (client, grant.user)]
        for oldest in owned[:-MOST_REFRESH_TOKENS]:
            del self._refresh[oldest]
        return Reply(200, self._success(call, self._issue(token, refresh), refresh) | {"refresh_token": token})

    def _issue(self, token: str, refresh: Refresh) -> str:
        now = self._now()
        refresh.made += 1
        access = self._mark(token, f"{refresh.made}/{now}")
        refresh.active[access] = now + LIFETIME_S
        while len(refresh.active) > MOST_ACTIVE:
            del refresh.active[next(iter(refresh.active))]
        return access

    def _mark(self, *parts: str) -> str:
        mark = "/".join((str(self._world.seed), *parts))
        digest = hashlib.blake2b(mark.encode(), digest_size=32).hexdigest()
        return f"1000.{digest[:32]}.{digest[32:]}"

    @staticmethod
    def _success(call: Call, token: str, refresh: Refresh) -> dict[str, Any]:
        return {
            "access_token": token,
            "scope": " ".join(refresh.scopes),
            "api_domain": call.base_url,
            "token_type": "Bearer",
            "expires_in": LIFETIME_S,
        }
