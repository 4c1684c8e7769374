"""Fxiaoke's two ways to log in (docs/vendor/fxiaoke.md §1.1 and §1.2)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from connectors.api import Request
from connectors.auth import Token, TokenAuth, renew_at
from connectors.client import Client
from connectors.fxiaoke.settings import FxiaokeSettings
from connectors.timing import Timing

# From age 6600 s on the CRM hands out a new token; before it, the same again (§1.1). Age 6700 s is safely past that.
_EARLY_S = 500.0


def token_auth(settings: FxiaokeSettings, folder: Path, login: Client, timing: Timing) -> TokenAuth:
    """Tokens for one app in one tenant. `login` calls the token endpoint."""
    ask, attach = (_ask_oauth, _attach_oauth) if settings.style == "oauth" else (_ask_legacy, _attach_legacy)
    identity = (settings.api_url, settings.style, *_credentials(settings).values())
    return TokenAuth(
        folder,
        identity,
        fetch=lambda: ask(settings, login, timing.now),
        attach=lambda request, token: attach(request, token, settings.user_id),
        timing=timing,
    )


def traced(request: Request) -> Request:
    """Every call carries an id of its own, which the vendor's support asks for."""
    return replace(request, params={**request.params, "thirdTraceId": str(uuid.uuid4())})


def _credentials(settings: FxiaokeSettings) -> dict[str, str]:
    return {
        "appId": settings.app_id,
        "appSecret": settings.app_secret.get_secret_value(),
        "permanentCode": settings.permanent_code.get_secret_value(),
    }


def _ask_oauth(settings: FxiaokeSettings, login: Client, now: Callable[[], float]) -> Token:
    body = {**_credentials(settings), "grantType": "app_secret"}
    answer = login.send(traced(Request("POST", "/oauth2.0/token", "login", body=body))).body
    return Token(answer["accessToken"], renew_at(now(), float(answer["expiresIn"]), _EARLY_S), {"ea": answer["ea"]})


def _attach_oauth(request: Request, token: Token, user_id: str) -> Request:
    headers = {"Authorization": f"Bearer {token.value}", "x-fs-ea": token.facts["ea"], "x-fs-userid": user_id}
    return replace(traced(request), headers={**request.headers, **headers})


def _ask_legacy(settings: FxiaokeSettings, login: Client, now: Callable[[], float]) -> Token:
    request = Request("POST", "/cgi/corpAccessToken/get/V2", "login", body=_credentials(settings))
    answer = login.send(traced(request)).body
    life = renew_at(now(), float(answer["expiresIn"]), _EARLY_S)
    return Token(answer["corpAccessToken"], life, {"corpId": answer["corpId"]})


def _attach_legacy(request: Request, token: Token, user_id: str) -> Request:
    keys = {"corpAccessToken": token.value, "corpId": token.facts["corpId"], "currentOpenUserId": user_id}
    return replace(traced(request), body={**(request.body or {}), **keys})
