"""Composite requests: up to five calls in one (docs/vendor/zoho.md §5.8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from sandbox import jsontext
from sandbox.zoho import front
from sandbox.zoho.errors import Refused, ZohoError, problem
from sandbox.zoho.http import JSON_TYPE, Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.front import Url
    from sandbox.zoho.state import State

KEY = "__composite_requests"
MOST_REQUESTS, MOST_WRITTEN, MOST_READ = 5, 1, 25
_VERSION = 8
_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_]*")
_URI = re.compile(r"/crm(?:/.*)?/v([0-9]+)(?:\.[0-9]+)?/.*")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_REFERENCE = re.compile(r"@\{([^:{}]*):\$([^{}]*)\}")
# Answers of bulk read are files.
_BULK = "/crm/bulk/"
_STEP = re.compile(r"\.([A-Za-z0-9_$]+)|\[([0-9]{1,4})\]")
_GOOD = "composite sub request executed successfully"


class Composite:
    """Runs sub-requests one after the other; each may use the answers of those before it."""

    def __init__(self, state: State, urls: list[Url]) -> None:
        self._state, self._urls = state, urls

    def order(self, call: Call) -> Reply:
        """`POST /__composite_requests`."""
        requests, rollback = _requests(call.json(jsontext.DEEPEST))
        call.credits = 2 if rollback else 1
        world, undo = self._state.world, self._state.keep() if rollback else None
        logged = len(world.writes)
        answers: dict[str, Any] = {}
        results: list[dict[str, Any]] = []
        replies: list[Reply | None] = []
        for index, item in enumerate(requests):
            if undo and any(reply is None or reply.status >= 400 for reply in replies):
                results.append(problem("PROCESSING_STOPPED"))
                continue
            reply, result = self._one(call, f"$.{KEY}[{index}]", item, answers)
            replies.append(reply)
            results.append(result)
        bad = [reply is None or reply.status >= 400 for reply in replies]
        if undo and any(bad):
            undo()
            del world.writes[logged:]
            undone = [problem("ROLLBACK_PERFORMED") if not failed else results[at] for at, failed in enumerate(bad)]
            return Reply(400, {KEY: [*undone, *results[len(bad) :]]})
        run = sum(reply is not None for reply in replies)
        return Reply(200 if run == len(requests) else 207 if run else 400, {KEY: results})

    def _one(self, call: Call, place: str, item: Any, answers: dict[str, Any]) -> tuple[Reply | None, dict[str, Any]]:
        try:
            sub_id, sub = _sub_call(call, place, item, answers)
            reply = self._run(place, sub)
        except Refused as refused:
            return None, refused.problem
        body = orjson.loads(reply.content()) if reply.body else None
        # Only the answer of a call that succeeded can be referred to.
        answers[sub_id] = body if reply.status < 400 else None
        headers = {"Content-Disposition": "attachment; filename=response.json", "content-type": JSON_TYPE}
        response = {"headers": headers if body else {}, "status_code": reply.status, "body": body}
        return reply, {"code": "SUCCESS", "details": {"response": response}, "message": _GOOD, "status": "success"}

    def _run(self, place: str, sub: Call) -> Reply:
        url = front.find(self._urls, sub)
        if url is not None and (url.public or url.path.startswith(_BULK) or url.path.endswith(KEY)):
            raise Refused("NOT_SUPPORTED", place, "uri")
        try:
            handle = front.handler_of(url, sub)
            front.check_scopes(url, sub)
            return handle(sub)
        except ZohoError as error:
            return front.refusal(url, sub, error)


def _requests(body: dict[str, Any]) -> tuple[list[Any], bool]:
    """The sub-requests, and whether one that fails undoes all."""
    flags = {name: body.get(name, False) for name in ("rollback_on_fail", "parallel_execution")}
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            details = {"expected_data_type": "boolean", "api_name": name, "json_path": f"$.{name}"}
            raise ZohoError("INVALID_DATA", details)
    if all(flags.values()):
        both = [{"api_name": name, "json_path": f"$.{name}"} for name in flags]
        raise ZohoError("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": both})
    where, requests = {"api_name": KEY, "json_path": f"$.{KEY}"}, body.get(KEY)
    if requests is None:
        raise ZohoError("MANDATORY_NOT_FOUND", where)
    if not isinstance(requests, list):
        raise ZohoError("INVALID_DATA", {"expected_data_type": "jsonarray"} | where)
    if not 1 <= len(requests) <= MOST_REQUESTS:
        raise ZohoError("INVALID_DATA", {"minimum_length": 1, "maximum_length": MOST_REQUESTS} | where)
    return requests, flags["rollback_on_fail"]


def _sub_call(call: Call, place: str, item: Any, answers: dict[str, Any]) -> tuple[str, Call]:
    """The sub-request's id (its place, if it has none) and its call, references filled in."""
    if not isinstance(item, dict):
        raise Refused("INVALID_DATA", place, "uri", expected_data_type="jsonobject")
    sub_id = item.get("sub_request_id", place)
    if "sub_request_id" in item and not (isinstance(sub_id, str) and _ID.fullmatch(sub_id)):
        raise Refused("INVALID_DATA", place, "sub_request_id")
    if sub_id in answers:
        raise Refused("DUPLICATE_DATA", place, "sub_request_id")
    answers[sub_id] = None
    for name in ("params", "body", "headers"):
        if not isinstance(item.get(name) or {}, dict):
            raise Refused("INVALID_DATA", place, name, expected_data_type="jsonobject")
    filled = {name: _filled(item.get(name) or {}, place, name, answers) for name in ("params", "body", "headers")}
    uri, method = _filled(item.get("uri"), place, "uri", answers), item.get("method")
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None or method not in _METHODS:
        raise Refused("MANDATORY_NOT_FOUND", place, "uri" if found is None else "method")
    if int(found[1][:4]) > _VERSION:
        raise Refused("NOT_ALLOWED", place, "uri")
    path, _, text = uri.partition("?")
    params = dict(parse_qsl(text)) | {name: str(value) for name, value in filled["params"].items()}
    _check_size(place, method, filled["body"], params)
    headers = {name.lower(): str(value) for name, value in filled["headers"].items()}
    body = orjson.dumps(filled["body"]) if item.get("body") else b""
    return sub_id, Call(method, path, params, headers, body, call.base_url, scopes=call.scopes, user=call.user)


def _check_size(place: str, method: str, body: dict[str, Any], params: dict[str, str]) -> None:
    """One record is written, 25 are read by a sub-request; unless told otherwise it reads so many."""
    if method == "GET":
        asked = params.setdefault("per_page", str(MOST_READ))
        if asked.isascii() and asked.isdigit() and len(asked) < 10 and int(asked) > MOST_READ:
            raise Refused("LIMIT_EXCEEDED", place, "params", limit=MOST_READ)
    elif isinstance(body.get("data"), list) and len(body["data"]) > MOST_WRITTEN:
        raise Refused("LIMIT_EXCEEDED", place, "body", limit=MOST_WRITTEN)


def _filled(value: Any, place: str, name: str, answers: dict[str, Any]) -> Any:
    """The value with each `@{id:$.path}` replaced; one that stands alone keeps its type."""
    if isinstance(value, dict):
        return {key: _filled(inner, place, name, answers) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, place, name, answers) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _looked_up(whole, place, name, answers)
    return _REFERENCE.sub(lambda found: str(_looked_up(found, place, name, answers)), value)


def _looked_up(found: re.Match[str], place: str, name: str, answers: dict[str, Any]) -> Any:
    value, path = answers.get(found[1]), found[2]
    if value is None or "".join(step[0] for step in _STEP.finditer(path)) != path:
        raise Refused("INVALID_REFERENCE", place, name)
    for step in _STEP.finditer(path):
        try:
            value = value[step[1]] if step[1] else value[int(step[2])]
        except (LookupError, TypeError):
            raise Refused("INVALID_REFERENCE", place, name) from None
    return value
