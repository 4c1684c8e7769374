"""The call: its body, its scopes, its price and its answer (docs/vendor/zoho.md §1.5, §3, §8.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import scopes, settings
from sandbox.zoho.coql import problems
from sandbox.zoho.coql.check import Query, check
from sandbox.zoho.coql.columns import Column
from sandbox.zoho.coql.parse import parse
from sandbox.zoho.coql.run import run
from sandbox.zoho.coql.sources import USERS
from sandbox.zoho.coql.subqueries import Subqueries
from sandbox.zoho.http import Call, Reply

if TYPE_CHECKING:
    from sandbox.zoho.state import State

_META = ["fields"]
# Up to this limit a call costs so many credits.
_PRICES = ((200, 1), (1_000, 2), (2_000, 3))


class Coql:
    def __init__(self, state: State) -> None:
        self._state = state

    def query(self, call: Call) -> Reply:
        """`POST /coql`."""
        body = call.json()
        text, meta = _query_of(body), _meta_of(body)
        subqueries = Subqueries(self._state)
        query = check(self._state, subqueries.resolve(parse(text)))
        call.credits = next(price for most, price in _PRICES if query.limit <= most)
        self._require(call, query.touched | subqueries.touched, meta=meta)
        rows, more = run(query, self._state.switches)
        if not rows:
            return Reply(204)
        fields = {"fields": self._fields(query)} if meta else {}
        return Reply(200, {"data": rows} | fields | {"info": {"count": len(rows), "more_records": more}})

    def _require(self, call: Call, touched: frozenset[str], *, meta: bool) -> None:
        for name in touched:
            # What only joins of users reach is read with their scope.
            scopes.require_module(call, name if name in self._state.tables else USERS)
        if meta:
            scopes.require_any(call, ["ZohoCRM.settings", "ZohoCRM.settings.fields"], "READ")

    def _fields(self, query: Query) -> dict[str, Any]:
        """What describes each selected column of a module, as `settings/fields` does; users have no such fields."""
        described = {}
        for key, part in query.selected.items():
            if isinstance(part, Column) and part.source in self._state.tables:
                described[key] = settings.described(self._state.tables[part.source].module, part.field)
        return described


def _query_of(body: dict[str, Any]) -> str:
    if body.get("select_query") is None:
        raise problems.no_query()
    text = body["select_query"]
    if not isinstance(text, str):
        raise problems.wrong_body("text", "select_query", "$.select_query")
    return text


def _meta_of(body: dict[str, Any]) -> bool:
    """Whether field descriptions are asked for."""
    meta = body.get("include_meta")
    if meta is None:
        return False
    if not isinstance(meta, list):
        raise problems.wrong_body("jsonarray", "include_meta", "$.include_meta")
    for index, name in enumerate(meta):
        place = f"$.include_meta[{index}]"
        if not isinstance(name, str):
            raise problems.wrong_body("text", "include_meta", place, _META)
        if name not in _META:
            raise problems.unknown_meta(place, _META)
    return bool(meta)
