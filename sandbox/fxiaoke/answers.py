"""Bodies that the gateway answers with, and its error codes as a table (docs/vendor/fxiaoke.md §7)."""

from __future__ import annotations

from itertools import count
from typing import Any

import msgspec
from starlette.responses import Response

# Texts are unstable in the real product; connectors go by the code.
MESSAGES: dict[int, str] = {
    -1: "system busy",
    -2: "system error",
    500: "服务端异常",
    10001: "parameter appId missing",
    10003: "parameter appAccessToken missing",
    10006: "the request uri and apiName do not exist",
    10010: "parameter openUserId missing",
    10012: "parameter permanentCode missing",
    10013: "parameter corpAccessToken missing",
    10014: "parameter corpId missing",
    11001: "parameter appId illegal",
    11003: "parameter appAccessToken illegal",
    11008: "parameter openUserId illegal",
    11009: "parameter departmentId illegal",
    11014: "parameter corpAccessToken illegal",
    11015: "parameter corpId illegal",
    12004: "request body is empty",
    14001: "call limit exceeded",
    15002: "parameter illegal",
    15003: "app has no access to this api",
    20005: "accessToken expired",
    20006: "appId or appSecret is wrong",
    20012: "openUserId not found",
    20014: "app has no right on this employee",
    20015: "permanentCode is wrong",
    20016: "cropId / cropAccessToken or authorization is error",
    20017: "corpAccessToken is required",
    20020: "app has no right on this corp",
    20021: "app is disabled",
    20022: "corp has not authorized the app",
    20023: "app has no right on this department",
    30002: "daily quota exceeded",
    30003: "no openapi quota purchased",
    30004: "too many requests per second",
    30007: "department not found",
    30027: "employee not found",
    32000: "parameter error",
    50009: "服务异常或超时",
    201112011: "查找关联的数据不存在",
}

_trace_numbers = count(1)


class FxiaokeError(Exception):
    """A refusal: becomes an answer with HTTP 200 and this code."""

    def __init__(self, code: int, message: str = "", description: str = "", **extra: str) -> None:
        super().__init__(message or MESSAGES.get(code, "error"))
        self.code = code
        self.message = str(self)
        self.description = description
        self.extra = extra


def ok(user: str = "", **content: Any) -> dict[str, Any]:
    return {
        "traceId": trace_id(user),
        "errorCode": 0,
        "errorMessage": "OK",
        "errorDescription": "success",
        **content,
    }


def refusal(error: FxiaokeError, *, traced: bool = True) -> dict[str, Any]:
    body: dict[str, Any] = {"errorCode": error.code, "errorMessage": error.message, **error.extra}
    if traced:
        body["traceId"] = trace_id()
    if error.description:
        body["errorDescription"] = error.description
    return body


def trace_id(user: str = "") -> str:
    return f"E-O.sandbox.{user or '-1000'}-{next(_trace_numbers):016x}"


def respond(body: dict[str, Any]) -> Response:
    """Every answer is HTTP 200 (§7)."""
    return Response(msgspec.json.encode(body), media_type="application/json;charset=UTF-8")
