"""Which call lies at which path, and the way of each call from request to answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson

from sandbox import jsontext
from sandbox.fxiaoke import describe, lifecycle, people, pools, query, tokens, transfer, write
from sandbox.fxiaoke.answers import FxiaokeError, ok, refusal
from sandbox.fxiaoke.gateway import TOKEN_CALLS, TOKEN_WINDOW_S, Moment
from sandbox.fxiaoke.writelog import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sandbox.fxiaoke.gateway import Caller, Gateway
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Table
    from sandbox.world import RecordWrite

    Body = dict[str, Any]
    TokenCall = Callable[[Gateway, Body, float], Body]
    Call = Callable[[State, Caller, Body], Body]
    Read = Callable[[State, Caller, Body, Table], Body]
    Write = Callable[[State, Caller, Body, Table, list[RecordWrite]], Body]

STANDARD, CUSTOM, OLD_CUSTOM = "/cgi/crm/v2/data/", "/cgi/crm/custom/v2/data/", "/cgi/crm/custom/data/"

# Each checks its own credentials instead of a token (§1.1, §1.2).
TOKENS: dict[str, TokenCall] = {
    "/oauth2.0/token": tokens.oauth,
    "/cgi/corpAccessToken/get/V2": tokens.legacy,
    "/cgi/appAccessToken/get": tokens.app,
    "/cgi/corpAccessToken/get": tokens.legacy_by_app,
}
CALLS: dict[str, Call] = {
    "/cgi/crm/v2/object/list": describe.object_list,
    "/cgi/crm/v2/object/describe": describe.describe,
    "/cgi/user/list": people.user_list,
    "/cgi/user/simpleList": people.user_simple_list,
    "/cgi/user/get": people.user_get,
    "/cgi/user/getByMobile": people.user_by_mobile,
    "/cgi/user/get/batchByUpdTime": people.users_by_time,
    "/cgi/department/list": people.department_list,
    "/cgi/department/detail": people.department_detail,
}


def _below(prefixes: tuple[str, ...], calls: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}{name}": call for prefix in prefixes for name, call in calls.items()}


# §4.1: query and get lie below each prefix, the lighter reads below one (§4.6).
READS: dict[str, Read] = {
    **_below((STANDARD, CUSTOM, OLD_CUSTOM), {"query": query.query, "get": query.get}),
    **_below((CUSTOM,), {"findSimple": query.find_simple, "findOne": query.find_one}),
}
# By where the object is named: inside `object_data`, inside `data`, or as `apiName` (§5.1, §5.3, §10.1).
RECORD_WRITES: dict[str, Write] = {
    **_below((STANDARD, CUSTOM, OLD_CUSTOM), {"update": write.update, "create": write.create}),
    **_below((CUSTOM, OLD_CUSTOM), {"update": write.update_in_any_state}),
}
LIFE_WRITES: dict[str, Write] = {
    **_below(
        (STANDARD, CUSTOM),
        {
            "invalid": lifecycle.invalid,
            "delete": lifecycle.delete,
            "recover": lifecycle.recover,
            "changeOwner": lifecycle.change_owner,
        },
    ),
    f"{OLD_CUSTOM}invalid": lifecycle.invalid_any,
    "/cgi/crm/v2/object/lock": lifecycle.lock,
    "/cgi/crm/v2/object/unlock": lifecycle.unlock,
}
POOL_WRITES: dict[str, Write] = _below(
    (STANDARD,), {"choose": pools.choose, "return": pools.give_back, "remove": pools.remove}
)
TRANSFER = "/cgi/crm/v2/leads/transfer"
WRITES: dict[str, Write] = {**RECORD_WRITES, **LIFE_WRITES, **POOL_WRITES, TRANSFER: transfer.transfer}

log = logging.getLogger("sandbox")


class Entrance:
    """Answers calls; a refusal is an answer too."""

    def __init__(self, state: State) -> None:
        self._state, self._world = state, state.world
        self._untraced: set[str] = set()
        self._routes: dict[str, Callable[[str, Request, Body], Body]] = {
            **dict.fromkeys(TOKENS, self._token),
            **dict.fromkeys(CALLS, self._call),
            **dict.fromkeys(READS, self._read),
            **dict.fromkeys(WRITES, self._write),
        }

    def answer(self, request: Request, raw: bytes) -> Body:
        path = f"/{request.path_params['path']}"
        body: Body = {}
        try:
            serve = self._serve(request.method, path)
            self._miss_trace(path, request)
            if self._state.switches.refusal is not None:
                raise FxiaokeError(self._state.switches.refusal)  # noqa: TRY301 - answered like any other
            body = _read_body(raw)
            return serve(path, request, body)
        except FxiaokeError as error:
            if path in WRITES:
                self._log(path, refused(self._state, body, str(error.code)), automation=False)
            return refusal(error, traced=path not in TOKENS)

    def _miss_trace(self, path: str, request: Request) -> None:
        """Tell once for each path of calls of the new style that come without what their page requires (§1.1)."""
        new_style = "authorization" in request.headers or path == "/oauth2.0/token"
        if new_style and path not in self._untraced and not request.query_params.get("thirdTraceId"):
            self._untraced.add(path)
            log.warning("fxiaoke: %s was called without thirdTraceId", path)

    def _serve(self, method: str, path: str) -> Callable[[str, Request, Body], Body]:
        serve = self._routes.get(path)
        if serve is None or method != "POST":
            raise FxiaokeError(10006)
        return serve

    def _token(self, path: str, _request: Request, body: Body) -> Body:
        now = self._world.now()
        self._state.gateway.count(path, now, TOKEN_CALLS, TOKEN_WINDOW_S)
        return TOKENS[path](self._state.gateway, body, now.timestamp())

    def _call(self, path: str, request: Request, body: Body) -> Body:
        caller = self._admit(path, request, body)
        return ok(caller.user, **CALLS[path](self._state, caller, body))

    def _read(self, path: str, request: Request, body: Body) -> Body:
        caller = self._admit(path, request, body)
        table = self._table(path, _data(body))
        return ok(caller.user, **READS[path](self._state, caller, body, table))

    def _write(self, path: str, request: Request, body: Body) -> Body:
        caller = self._admit(path, request, body)
        data = _data(body)
        table = self._written_table(path, data)
        writes: list[RecordWrite] = []
        content = WRITES[path](self._state, caller, body, table, writes)
        self._log(path, writes, automation=path in RECORD_WRITES and write.fires_automation(body))
        return ok(caller.user, **content)

    def _admit(self, path: str, request: Request, body: Body) -> Caller:
        window = f"{path} {_object_of(body)}" if self._state.switches.limit_per_object else path
        caller = self._state.gateway.admit(path, request, body, Moment(self._world.now(), window))
        self._world.credits["fxiaoke"] += 1
        return caller

    def _written_table(self, path: str, data: Body) -> Table:
        if path == TRANSFER:
            return self._state.tables["LeadsObj"]
        if path in RECORD_WRITES:
            return self._table(path, data.get("object_data"))
        return self._table(path, data, "apiName" if path in POOL_WRITES else "dataObjectApiName")

    def _table(self, path: str, holder: Any, key: str = "dataObjectApiName") -> Table:
        """The table that a data call names, if its path may serve it (§4.1)."""
        name = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(name, str) or not name:
            raise FxiaokeError(32000, f"{key} is missing")
        custom_path, custom_object = path.startswith((CUSTOM, OLD_CUSTOM)), name.endswith("__c")
        if path.startswith(STANDARD) and custom_object:
            raise FxiaokeError(10006)
        if custom_path and not custom_object and not self._state.switches.standard_on_custom_path:
            raise FxiaokeError(10006)
        if not self._state.has_object(name):
            raise FxiaokeError(500, f"对象 {name} 不存在")
        return self._state.tables[name]

    def _log(self, path: str, records: list[RecordWrite], *, automation: bool) -> None:
        self._world.log_write("fxiaoke", "POST", path, status=200, records=records, automation=automation)


def _object_of(body: Body) -> str:
    """The object that a call is about, as far as its body says."""
    data = body.get("data")
    record = data.get("object_data") if isinstance(data, dict) else None
    for holder in (record, data):
        if isinstance(holder, dict) and isinstance(holder.get("dataObjectApiName"), str):
            return str(holder["dataObjectApiName"])
    return ""


def _data(body: Body) -> Body:
    data = body.get("data")
    if not isinstance(data, dict):
        raise FxiaokeError(32000, "data is missing or not an object")
    return data


def _read_body(raw: bytes) -> Body:
    if not raw.strip():
        raise FxiaokeError(12004)
    try:
        body = jsontext.read(raw)
    except orjson.JSONDecodeError:
        raise FxiaokeError(32000, "request body is not JSON") from None
    if not isinstance(body, dict):
        raise FxiaokeError(32000, "request body is not an object")
    return body
