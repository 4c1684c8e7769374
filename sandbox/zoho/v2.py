"""API v2, as far as an older client reads by it (docs/vendor/zoho.md §2, §11)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.zoho.errors import ZohoError
from sandbox.zoho.front import Url

if TYPE_CHECKING:
    from sandbox.zoho.http import Call, Reply
    from sandbox.zoho.records import Records
    from sandbox.zoho.state import State

V8, V2 = "/crm/v8", "/crm/v2"
# Below the version the same path as in v8, with the same answer.
_AS_IN_V8 = ("/users", "/users/{id}", "/org", "/settings/modules", "/settings/modules/{name}", "/settings/fields")
_INFO = ("per_page", "count", "page", "more_records")
_INFO_IF_SORTED = ("sort_by", "sort_order")
# System state that each record shows without being asked, as far as its module has it (§9, §9A.3).
_SYSTEM = (
    "$approval",
    "$approval_state",
    "$approved",
    "$converted",
    "$converted_detail",
    "$currency_symbol",
    "$editable",
    "$field_states",
    "$in_merge",
    "$layout_id",
    "$locked_for_me",
    "$orchestration",
    "$process_flow",
    "$review",
    "$review_process",
    "$se_module",
    "$state",
    "$zia_owner_assignment",
)


def urls(state: State, records: Records, served: list[Url]) -> list[Url]:
    """The URLs of v2, some of them those of v8 that are `served` again."""
    old = OldRecords(state, records)
    again = (V8 + path for path in _AS_IN_V8)
    by_path = {url.path: url for url in served}
    return [
        *(_old(by_path[path]) for path in again),
        Url(f"{V2}/{{module}}", "modules", {"GET": old.many}),
        Url(f"{V2}/{{module}}/{{id}}", "modules", {"GET": old.one}),
    ]


def _old(url: Url) -> Url:
    """It reads only."""
    return replace(url, path=url.path.replace(V8, V2, 1), handlers={"GET": url.handlers["GET"]})


class OldRecords:
    """Records with all their fields, if none are named, and the short `info`."""

    def __init__(self, state: State, records: Records) -> None:
        self._state, self._records = state, records

    def many(self, call: Call) -> Reply:
        """`GET /{Module}`: there are no page tokens."""
        if call.param("page_token"):
            raise ZohoError("PATTERN_NOT_MATCHED", {"param_name": "page_token"})
        reply = self._records.many(self._with_fields(call))
        if not isinstance(reply.body, dict):
            return reply
        names = _INFO + (_INFO_IF_SORTED if call.param("sort_by") else ())
        records, info = msgspec.to_builtins(reply.body["data"]), reply.body["info"]
        reply.body = {"data": _in_old_shapes(records), "info": {name: info[name] for name in names}}
        return reply

    def one(self, call: Call) -> Reply:
        """`GET /{Module}/{id}`."""
        reply = self._records.one(self._with_fields(call))
        if isinstance(reply.body, dict):
            _in_old_shapes(reply.body["data"])
        return reply

    def _with_fields(self, call: Call) -> Call:
        call.all_fields = ",".join((*self._state.table(call).module.by_name, *_SYSTEM))
        return call


def _in_old_shapes(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tags have no colour (§9); the parent of a note does not tell its module, which `$se_module` does (§9A.3)."""
    for record in records:
        if record.get("Tag"):
            record["Tag"] = [{"name": tag["name"], "id": tag["id"]} for tag in record["Tag"]]
        if isinstance(record.get("Parent_Id"), dict):
            record["Parent_Id"] = {key: record["Parent_Id"][key] for key in ("name", "id")}
    return records
