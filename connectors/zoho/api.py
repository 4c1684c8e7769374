"""How Zoho says no, and what it charges (docs/vendor/zoho.md §0, §1.2, §6.3, §6.4 and §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.api import UNKNOWN, Answer, Api, Refusal, Request, Rule
from models.errors import (
    AuthError,
    CheckpointConflictError,
    ConfigError,
    ObjectUnavailableError,
    RateLimitedError,
    ServiceUnavailableError,
)

_RECORDS_PER_CREDIT = 10  # of a write (§8.2)
_COQL_PRICES = ((200, 1), (1_000, 2), (2_000, 3))
"""Credits of a query by its limit (§8.2)."""

ERRORS = {
    "INVALID_TOKEN": Rule(AuthError, "make a new refresh token and set {secrets}_REFRESH_TOKEN"),
    "AUTHENTICATION_FAILURE": Rule(AuthError, "make a new refresh token and set {secrets}_REFRESH_TOKEN"),
    "OAUTH_SCOPE_MISMATCH": Rule(
        ObjectUnavailableError,
        "the refresh token lacks a scope; make one with the scopes of docs/vendor/zoho.md §1.5 "
        "and set {secrets}_REFRESH_TOKEN",
    ),
    "INVALID_HOST": Rule(ConfigError, "set connections.{connection}.data_center to where the organisation lives"),
    "NO_PERMISSION": Rule(ObjectUnavailableError, "give the user of the refresh token this permission in the CRM"),
    "INVALID_MODULE": Rule(ObjectUnavailableError, "the CRM has no such object; check its name"),
    "NOT_SUPPORTED": Rule(ObjectUnavailableError, "the CRM lists these records to administrators only"),
    "INVALID_URL_PATTERN": Rule(ConfigError, "check the object's name and connections.{connection}.base_url"),
    "TOO_MANY_REQUESTS": Rule(RateLimitedError),
    "RATE_LIMIT_EXCEEDED": Rule(RateLimitedError),
    "INTERNAL_ERROR": Rule(ServiceUnavailableError),
    "PAGINATION_LIMIT_EXCEEDED": Rule(CheckpointConflictError),
    "TOKEN_BOUND_DATA_MISMATCH": Rule(CheckpointConflictError),
    "EXPIRED_VALUE": Rule(CheckpointConflictError),
}

TOKEN_ERRORS = {
    "invalid_code": Rule(ConfigError, "the refresh token is wrong or revoked; set {secrets}_REFRESH_TOKEN"),
    "invalid_client": Rule(
        ConfigError, "check connections.{connection}.client_id and connections.{connection}.data_center"
    ),
    "invalid_client_secret": Rule(ConfigError, "the client secret is wrong; set {secrets}_CLIENT_SECRET"),
    # Ten tokens in ten minutes for one refresh token (§1.3).
    "Access Denied": Rule(RateLimitedError, "too many tokens were asked for; wait ten minutes", retry_after_s=600),
}


def is_success(item: Mapping[str, Any]) -> bool:
    return item.get("status") == "success"


def tells(item: Any) -> bool:
    """Whether an item of a write's answer says yes or no at all."""
    return isinstance(item, Mapping) and item.get("status") in {"success", "error"}


def refusal(request: Request, answer: Answer) -> Refusal | None:
    """A refusal of the whole request; refused records of a write are for the caller to look at (§0, §6.2)."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    items = body.get("data")
    inside = items[0] if isinstance(items, list) and items else None
    fault = inside if isinstance(inside, Mapping) and answer.status >= 400 else body  # noqa: PLR2004
    code = fault.get("code")
    if answer.status == 200 and not isinstance(answer.body, Mapping):  # noqa: PLR2004
        return Refusal("HTTP 200 with a body of another form", "")
    if answer.status < 400 and fault.get("status") != "error":  # noqa: PLR2004
        return None
    if request.write and isinstance(items, list) and len(items) == _sent(request) and _is_about_records(code):
        return None
    details = fault.get("details")
    seconds = _seconds(details.get("retry_after") if isinstance(details, Mapping) else None)
    return Refusal(
        str(code or f"HTTP {answer.status}"),
        f"{fault.get('message') or ''} {details or ''}",
        retry_after_s=answer.retry_after_s if seconds is None else seconds,
    )


def _is_about_records(code: Any) -> bool:
    """Whether such a refusal of every record says nothing of the call; a missing right may be that to these records."""
    return code not in ERRORS or code in {"NO_PERMISSION", "NOT_SUPPORTED"}


def _seconds(wait: Any) -> float | None:
    return float(wait) if isinstance(wait, int | float) or (isinstance(wait, str) and wait.isdecimal()) else None


def token_refusal(_request: Request, answer: Answer) -> Refusal | None:
    """Errors may come with status 200, so only the body counts (§1.2)."""
    body = answer.body if isinstance(answer.body, Mapping) else {}
    if body.get("access_token"):
        return None
    return Refusal(str(body.get("error") or f"HTTP {answer.status}"), str(body.get("error_description") or ""))


def cost(request: Request) -> int:
    """Credits of a call (§8.2)."""
    if request.rows:
        return next(price for most, price in _COQL_PRICES if request.rows <= most)
    return -(-_sent(request) // _RECORDS_PER_CREDIT) if request.write else 1


def _sent(request: Request) -> int:
    return len(request.body["data"]) if request.body else 0


# Sent once half of the credits are used (§8.3).
_LEFT = "X-API-CREDITS-REMAINING"

API = Api(refusal, ERRORS, UNKNOWN, host_key="data_center", cost=cost, quota_header=_LEFT)
TOKEN_API = Api(token_refusal, TOKEN_ERRORS, UNKNOWN, host_key="data_center")
