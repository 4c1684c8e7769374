"""Which call lies at which path, and the way of each call from request to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from sandbox.fxiaoke import describe, people, query, write
from sandbox.fxiaoke.answers import FxiaokeError, ok, refusal
from sandbox.fxiaoke.gateway import TOKEN_CALLS, TOKEN_WINDOW_S
from sandbox.fxiaoke.tokens import check_credentials, legacy_answer, oauth_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import Headers

    from sandbox.fxiaoke.gateway import Caller
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Table
    from sandbox.world import RecordWrite

    Body = dict[str, Any]
    Call = Callable[[State, Caller, Body], Body]
    Read = Callable[[State, Caller, Body, Table], Body]
    Write = Callable[[State, Caller, Body, Table, list[RecordWrite]], Body]

OAUTH_TOKEN, LEGACY_TOKEN = "/oauth2.0/token", "/cgi/corpAccessToken/get/V2"
STANDARD, CUSTOM = "/cgi/crm/v2/data/", "/cgi/crm/custom/v2/data/"
UNKNOWN_PATH = "the request uri and apiName do not exist"

CALLS: dict[str, Call] = {
    "/cgi/crm/v2/object/list": describe.object_list,
    "/cgi/crm/v2/object/describe": describe.describe,
    "/cgi/user/list": people.user_list,
    "/cgi/user/simpleList": people.user_simple_list,
    "/cgi/user/get": people.user_get,
    "/cgi/user/getByMobile": people.user_by_mobile,
    "/cgi/department/list": people.department_list,
    "/cgi/department/detail": people.department_detail,
}
# §4.1: each lies below both prefixes.
READS: dict[str, Read] = {
    f"{prefix}{verb}": read
    for prefix in (STANDARD, CUSTOM)
    for verb, read in (("query", query.query), ("get", query.get))
}
WRITES: dict[str, Write] = {
    f"{prefix}{verb}": change
    for prefix in (STANDARD, CUSTOM)
    for verb, change in (("update", write.update), ("create", write.create), ("invalid", write.invalid))
}
# The name of the object stands inside `data` for reads and this write, inside `object_data` for the others (§10.1).
NAMED_IN_DATA = frozenset({f"{STANDARD}invalid", f"{CUSTOM}invalid"})


class Entrance:
    """Answers calls; a refusal is an answer too."""

    def __init__(self, state: State) -> None:
        self._state, self._world = state, state.world
        self._routes: dict[str, Callable[[str, Headers, Body], Body]] = {
            OAUTH_TOKEN: self._oauth_token,
            LEGACY_TOKEN: self._legacy_token,
            **dict.fromkeys(CALLS, self._call),
            **dict.fromkeys(READS, self._read),
            **dict.fromkeys(WRITES, self._write),
        }

    def answer(self, method: str, path: str, headers: Headers, raw: bytes) -> Body:
        body: Body = {}
        try:
            serve = self._serve(method, path)
            body = _read_body(raw)
            return serve(path, headers, body)
        except FxiaokeError as error:
            if path in WRITES:
                self._log(path, write.refused(self._state, body, str(error.code)), automation=False)
            return refusal(error, traced=path not in (OAUTH_TOKEN, LEGACY_TOKEN))

    def _serve(self, method: str, path: str) -> Callable[[str, Headers, Body], Body]:
        serve = self._routes.get(path)
        if serve is None or method != "POST":
            raise FxiaokeError(10006, UNKNOWN_PATH)
        return serve

    def _oauth_token(self, path: str, _headers: Headers, body: Body) -> Body:
        now = self._count_token_call(path)
        check_credentials(body, oauth=True)
        return oauth_answer(self._state.gateway.oauth, now)

    def _legacy_token(self, path: str, _headers: Headers, body: Body) -> Body:
        now = self._count_token_call(path)
        check_credentials(body, oauth=False)
        return legacy_answer(self._state.gateway.legacy, now)

    def _call(self, path: str, headers: Headers, body: Body) -> Body:
        caller = self._admit(path, headers, body)
        return ok(caller.user, **CALLS[path](self._state, caller, body))

    def _read(self, path: str, headers: Headers, body: Body) -> Body:
        caller = self._admit(path, headers, body)
        table = self._table(path, _data(body))
        return ok(caller.user, **READS[path](self._state, caller, body, table))

    def _write(self, path: str, headers: Headers, body: Body) -> Body:
        caller = self._admit(path, headers, body)
        data = _data(body)
        invalid = path in NAMED_IN_DATA
        table = self._table(path, data if invalid else data.get("object_data"))
        log: list[RecordWrite] = []
        content = WRITES[path](self._state, caller, body, table, log)
        self._log(path, log, automation=not invalid and write.fires_automation(body))
        return ok(caller.user, **content)

    def _count_token_call(self, path: str) -> float:
        now = self._world.now()
        self._state.gateway.count(path, now, TOKEN_CALLS, TOKEN_WINDOW_S)
        return now.timestamp()

    def _admit(self, path: str, headers: Headers, body: Body) -> Caller:
        caller = self._state.gateway.admit(path, headers, body, self._world.now())
        self._world.credits["fxiaoke"] += 1
        return caller

    def _table(self, path: str, holder: Any) -> Table:
        """The table that a data call names, if its path may serve it (§4.1)."""
        name = holder.get("dataObjectApiName") if isinstance(holder, dict) else None
        if not isinstance(name, str) or not name:
            raise FxiaokeError(32000, "dataObjectApiName is missing")
        custom_path, custom_object = path.startswith(CUSTOM), name.endswith("__c")
        served = custom_object or self._state.switches.standard_on_custom_path if custom_path else not custom_object
        if not served:
            raise FxiaokeError(10006, UNKNOWN_PATH)
        if name not in self._state.tables:
            raise FxiaokeError(500, f"对象 {name} 不存在")
        return self._state.tables[name]

    def _log(self, path: str, records: list[RecordWrite], *, automation: bool) -> None:
        self._world.log_write("fxiaoke", "POST", path, status=200, records=records, automation=automation)


def _data(body: Body) -> Body:
    data = body.get("data")
    if not isinstance(data, dict):
        raise FxiaokeError(32000, "data is missing or not an object")
    return data


def _read_body(raw: bytes) -> Body:
    if not raw.strip():
        raise FxiaokeError(12004)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise FxiaokeError(32000, "request body is not JSON") from None
    if not isinstance(body, dict):
        raise FxiaokeError(32000, "request body is not an object")
    return body
