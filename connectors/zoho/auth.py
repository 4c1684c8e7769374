"""Zoho's OAuth: a refresh token that lasts gets access tokens of an hour (docs/vendor/zoho.md §1)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from connectors.api import Request
from connectors.auth import Token, TokenAuth, renew_at
from connectors.client import Client
from connectors.timing import Timing
from connectors.zoho.settings import ZohoSettings

_EARLY_S = 60.0


def token_auth(settings: ZohoSettings, folder: Path, accounts: Client, timing: Timing) -> TokenAuth:
    """Tokens for one refresh token. `accounts` calls the accounts server."""
    secret, refresh_token = settings.client_secret.get_secret_value(), settings.refresh_token.get_secret_value()
    form = {
        "grant_type": "refresh_token",
        "client_id": settings.client_id,
        "client_secret": secret,
        "refresh_token": refresh_token,
    }

    def fetch() -> Token:
        body = accounts.send(Request("POST", "/oauth/v2/token", "login", form=form)).body
        return Token(body["access_token"], renew_at(timing.now(), float(body.get("expires_in", 3600)), _EARLY_S))

    identity = (settings.accounts_url, settings.environment, settings.client_id, secret, refresh_token)
    return TokenAuth(folder, identity, fetch=fetch, attach=_attach, timing=timing)


def _attach(request: Request, token: Token) -> Request:
    return replace(request, headers={**request.headers, "Authorization": f"Zoho-oauthtoken {token.value}"})
