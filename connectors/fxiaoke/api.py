"""How Fxiaoke says no: with HTTP 200 and a code in the body (docs/vendor/fxiaoke.md §1.4 and §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.api import Answer, Api, Refusal, Request, Rule
from connectors.quota import Limit
from models.errors import (
    AuthError,
    ConfigError,
    FatalSyncError,
    RateLimitedError,
    ServiceUnavailableError,
    WriteRejectedError,
)

TOKEN_LIMITS = {
    "/oauth2.0/token": Limit(10, 60),
    "/cgi/corpAccessToken/get/V2": Limit(10, 60),
}
WINDOW_S = 20.0
"""Calls are counted in windows of this length (§8)."""

KEPT_WINDOW_S = 21.0
"""The window that we keep: a little longer, since two calls need not take the same time on their way."""

BUSINESS = "/business"
"""Added to a code that can mean a lost answer, where the words of a write's refusal tell that it was none (§5.1, §7)."""

_BUSINESS_WORDS = (
    *("不能进行", "锁定", "审批", "领取", "权限", "查重", "不存在", "已作废", "已删除"),
    *("locked", "in approval", "under review", "claim", "permission", "duplicate", "does not exist", "deleted"),
)
_LOST_WORDS = ("超时", "异常", "timeout", "timed out", "exception")
"""Of a trouble in which the write may have happened, whatever else the message speaks of."""

NO_CODE = "an answer without errorCode"

_CODE = Rule(ConfigError, "check {secrets}_PERMANENT_CODE; the admin console shows the code of the app")
_SECRET = Rule(ConfigError, "check {secrets}_APP_SECRET and connections.{connection}.app_id")
_APP = Rule(ConfigError, "in the admin console, enable the app and grant it to the whole company")
_USER = Rule(ConfigError, "check connections.{connection}.user_id, the employee who acts")
_TOKEN = Rule(AuthError, "check {secrets}_APP_SECRET, {secrets}_PERMANENT_CODE and connections.{connection}.host")
_TOO_OFTEN = Rule(RateLimitedError, retry_after_s=WINDOW_S)

ERRORS = {
    NO_CODE: Rule(ServiceUnavailableError, tries=2),
    "-1": Rule(ServiceUnavailableError),
    "-2": Rule(ServiceUnavailableError, tries=3),
    "500": Rule(ServiceUnavailableError, tries=2),
    "50009": Rule(ServiceUnavailableError),
    **dict.fromkeys(
        (f"500{BUSINESS}", f"50009{BUSINESS}"),
        Rule(WriteRejectedError, "unlock or restore the record, or widen the rights of the acting user"),
    ),
    "14001": _TOO_OFTEN,
    "30004": _TOO_OFTEN,
    "30002": Rule(
        RateLimitedError, "the daily quota is used up until midnight in China; buy more or run later", tries=1
    ),
    "30003": Rule(ConfigError, "the tenant has bought no Open API quota; ask the vendor for a pack"),
    "10006": Rule(ConfigError, "the CRM does not know this call or object; check the object's name and the host"),
    "10010": _USER,
    "11008": _USER,
    "20012": _USER,
    "30027": _USER,
    "15003": Rule(ConfigError, "the app may not use this API; grant it in the admin console"),
    "20014": Rule(ConfigError, "widen the app's visible range in the admin console"),
    "20020": Rule(ConfigError, "check the app's visible range and IP whitelist in the admin console"),
    "20023": Rule(ConfigError, "widen the app's visible range in the admin console"),
    "20021": _APP,
    "20022": _APP,
    # A bad or old token; 10013 is also an offset past 10000, which we never send (§1.4).
    "20016": _TOKEN,
    "20005": _TOKEN,
    "11014": _TOKEN,
    "10013": _TOKEN,
    "20017": _TOKEN,
}

TOKEN_ERRORS = {
    **{code: ERRORS[code] for code in ("-1", "-2", "500", "50009", "30002", "30003", "20021", "20022")},
    **{code: Rule(RateLimitedError, retry_after_s=60.0) for code in ("14001", "30004")},
    **dict.fromkeys(("10001", "10002", "10006", "11001", "11002", "20006"), _SECRET),
    **dict.fromkeys(("10012", "11013", "20015"), _CODE),
    "20020": Rule(ConfigError, "check the app's IP whitelist in the admin console"),
}

# An unknown code gets one more try of a read (§7).
_UNKNOWN = Rule(
    FatalSyncError, "look the code up in docs/vendor/fxiaoke.md §7 or ask the vendor with the trace", tries=2
)


def refusal(request: Request, answer: Answer) -> Refusal | None:
    body: Mapping[str, Any] = answer.body if isinstance(answer.body, Mapping) else {}
    code = body.get("errorCode")
    if code == 0:
        return None
    message = str(body.get("errorMessage") or body.get("errorDescription") or "")
    nameless = NO_CODE if answer.status < 400 else f"HTTP {answer.status}"  # noqa: PLR2004
    name = nameless if code is None else str(code)
    if request.write and f"{name}{BUSINESS}" in ERRORS and _is_business(message):
        name += BUSINESS
    return Refusal(name, message, trace=str(body.get("traceId") or ""), retry_after_s=answer.retry_after_s)


def _is_business(message: str) -> bool:
    text = message.lower()
    return any(word in text for word in _BUSINESS_WORDS) and not any(word in text for word in _LOST_WORDS)


def cost(_request: Request) -> int:
    """What is bought is calls a day (§8)."""
    return 1


API = Api(refusal, ERRORS, _UNKNOWN, host_key="host", cost=cost)
TOKEN_API = Api(refusal, TOKEN_ERRORS, Rule(ConfigError, "check the app's credentials and the host"), host_key="host")
