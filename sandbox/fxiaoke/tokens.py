"""Tokens of both styles: how they are asked for, how long they live (docs/vendor/fxiaoke.md §1.1, §1.2)."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.fxiaoke.answers import FxiaokeError, ok

APP_ID = "FSAID_sandbox"
APP_SECRET = "sandbox-secret"  # noqa: S105 - public, as the whole sandbox is
PERMANENT_CODE = "sandbox-code"
CORP_ID = "FSCID_0C0FFEE0000000000000000000000001"
ENTERPRISE = "crmsync_sandbox"

LIFE_S = 7200
REUSE_S = 6600
GRANT = "app_secret"

# Checked in this order: the key, its right value, the codes when it is missing and when it is wrong (§1.4, §7).
_CHECKS = (
    ("appId", APP_ID, 10001, 20006),
    ("appSecret", APP_SECRET, 10006, 10006),
    ("permanentCode", PERMANENT_CODE, 10012, 20015),
)


class TokenBook:
    """The tokens of one style: one for everybody until it is 6600 s old, then a new one beside it."""

    def __init__(self) -> None:
        self._issued: list[tuple[str, float]] = []

    def issue(self, now: float) -> tuple[str, int]:
        """The token to use, and its remaining life in seconds."""
        self._issued = [(token, since) for token, since in self._issued if now - since < LIFE_S]
        if not self._issued or now - self._issued[-1][1] >= REUSE_S:
            self._issued.append((secrets.token_hex(32), now))
        token, since = self._issued[-1]
        return token, int(LIFE_S - (now - since))

    def knows(self, token: str, now: float) -> bool:
        return any(known == token and now - since < LIFE_S for known, since in self._issued)

    def expire(self) -> None:
        """Make all tokens worthless, as a faraway administrator may."""
        self._issued = []

    def dump(self) -> list[tuple[str, float]]:
        return list(self._issued)

    def load(self, issued: list[Any]) -> None:
        self._issued = [(token, since) for token, since in issued]


def check_credentials(body: dict[str, Any], *, oauth: bool) -> None:
    """Refuse wrong credentials.

    Raises:
        FxiaokeError: The new endpoint says it twice more, in the keys `error` and `error_description`.
    """
    for key, right, missing, wrong in _CHECKS:
        value = body.get(key)
        if value != right:
            code = missing if value in (None, "") else wrong
            refuse(code, f"parameter {key} missing or illegal", oauth=oauth)
    if oauth and body.get("grantType") != GRANT:
        refuse(32000, "parameter grantType missing or illegal", oauth=oauth)


def refuse(code: int, message: str, *, oauth: bool) -> None:
    extra = {"error": "invalid_request", "error_description": "缺少参数或参数不合法"} if oauth else {}
    raise FxiaokeError(code, message, "缺少参数或参数不合法", **extra)


def oauth_answer(book: TokenBook, now: float) -> dict[str, Any]:
    token, left = book.issue(now)
    body = ok(accessToken=token, expiresIn=left, openUserId=CORP_ID, appId=APP_ID, ea=ENTERPRISE)
    return {**body, "errorMessage": "success"}


def legacy_answer(book: TokenBook, now: float) -> dict[str, Any]:
    token, left = book.issue(now)
    return {**ok(corpAccessToken=token, corpId=CORP_ID, expiresIn=left), "errorMessage": "success"}
