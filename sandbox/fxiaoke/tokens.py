"""Tokens of both styles: how they are asked for, how long they live (docs/vendor/fxiaoke.md §1.1, §1.2)."""

from __future__ import annotations

import secrets
from typing import Any, Protocol

from sandbox.fxiaoke.answers import FxiaokeError, trace_id

APP_ID = "FSAID_sandbox"
APP_SECRET = "sandbox-secret"  # noqa: S105 - public, as the whole sandbox is
PERMANENT_CODE = "sandbox-code"
CORP_ID = "FSCID_0C0FFEE0000000000000000000000001"
ENTERPRISE = "crmsync_sandbox"

LIFE_S = 7200
REUSE_S = 6600
APP_LIFE_S = 2_592_000
GRANT = "app_secret"

# Checked in this order: the key, its right value, the codes when it is missing, no text, and wrong (§1.4, §7).
Credential = tuple[str, str, int, int, int]
CREDENTIALS: tuple[Credential, ...] = (
    ("appId", APP_ID, 10001, 11001, 20006),
    ("appSecret", APP_SECRET, 10006, 10006, 10006),
    ("permanentCode", PERMANENT_CODE, 10012, 11013, 20015),
)


class TokenBook:
    """The tokens of one style: one for everybody until it is 6600 s old, then a new one beside it."""

    def __init__(self, life_s: int = LIFE_S, reuse_s: int = REUSE_S) -> None:
        self._life_s, self._reuse_s = life_s, reuse_s
        self._issued: list[tuple[str, float]] = []

    def issue(self, now: float) -> tuple[str, int]:
        """The token to use, and its remaining life in seconds."""
        self._issued = [(token, since) for token, since in self._issued if now - since < self._life_s]
        if not self._issued or now - self._issued[-1][1] >= self._reuse_s:
            self._issued.append((secrets.token_hex(32), now))
        token, since = self._issued[-1]
        return token, int(self._life_s - (now - since))

    def knows(self, token: str, now: float) -> bool:
        return any(known == token and now - since < self._life_s for known, since in self._issued)

    def expire(self) -> None:
        """Make all tokens worthless, as a faraway administrator may."""
        self._issued = []

    def dump(self) -> list[tuple[str, float]]:
        return list(self._issued)

    def load(self, issued: list[Any]) -> None:
        self._issued = [(token, since) for token, since in issued]


class Books(Protocol):
    """Who keeps the tokens: those of both styles, and of the first of the two steps of old."""

    oauth: TokenBook
    legacy: TokenBook
    app: TokenBook


def oauth(books: Books, body: dict[str, Any], now: float) -> dict[str, Any]:
    """`/oauth2.0/token` with the grant `app_secret` (§1.1)."""
    _check(body, CREDENTIALS, oauth=True)
    if body.get("grantType") != GRANT:
        _refuse(32000, "grantType", oauth=True)
    token, left = books.oauth.issue(now)
    return _answer(accessToken=token, expiresIn=left, openUserId=CORP_ID, appId=APP_ID, ea=ENTERPRISE)


def legacy(books: Books, body: dict[str, Any], now: float) -> dict[str, Any]:
    """`/cgi/corpAccessToken/get/V2` (§1.2)."""
    _check(body, CREDENTIALS)
    return _legacy_answer(books, now)


def app(books: Books, body: dict[str, Any], now: float) -> dict[str, Any]:
    """`/cgi/appAccessToken/get`, the first of the two steps of old (§1.2)."""
    _check(body, CREDENTIALS[:2])
    token, left = books.app.issue(now)
    return _answer(appAccessToken=token, expiresIn=left)


def legacy_by_app(books: Books, body: dict[str, Any], now: float) -> dict[str, Any]:
    """`/cgi/corpAccessToken/get`, the second of them."""
    token = body.get("appAccessToken")
    if not isinstance(token, str) or not books.app.knows(token, now):
        _refuse(11003 if token else 10003, "appAccessToken")
    _check(body, CREDENTIALS[2:])
    return _legacy_answer(books, now)


def _check(body: dict[str, Any], credentials: tuple[Credential, ...], *, oauth: bool = False) -> None:
    for key, right, missing, illegal, wrong in credentials:
        value = body.get(key)
        if value != right:
            given = wrong if isinstance(value, str) else illegal
            _refuse(missing if value in (None, "") else given, key, oauth=oauth)


def _refuse(code: int, key: str, *, oauth: bool = False) -> None:
    """The new endpoint says it twice more, in the keys `error` and `error_description`."""
    extra = {"error": "invalid_request", "error_description": "缺少参数或参数不合法"} if oauth else {}
    raise FxiaokeError(code, f"parameter {key} missing or illegal", "缺少参数或参数不合法", **extra)


def _legacy_answer(books: Books, now: float) -> dict[str, Any]:
    token, left = books.legacy.issue(now)
    return _answer(corpAccessToken=token, corpId=CORP_ID, expiresIn=left)


def _answer(**content: Any) -> dict[str, Any]:
    """As the samples show it: with another message than business calls, and no description."""
    return {"errorCode": 0, "errorMessage": "success", "traceId": trace_id(), **content}
