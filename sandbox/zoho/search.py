"""Search and count (docs/vendor/zoho.md §2, "Search")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sandbox.zoho import criteria, query
from sandbox.zoho.errors import ZohoError
from sandbox.zoho.fields import ID, MODIFIED
from sandbox.zoho.http import Call, Reply
from sandbox.zoho.records import shown

if TYPE_CHECKING:
    from sandbox.zoho.criteria import Test
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

MOST_FOUND = 2_000
# In order of preference: of several, only the first one counts.
PARAMS = ("criteria", "email", "phone", "word")
_TEXTS = ("text", "email", "phone", "website", "textarea", "picklist")
_PHONE = re.compile(r"[+]?[0-9\s\-().]{3,50}")
_NO_DIGIT = re.compile(r"\D")


class Search:
    """The calls that find records by what they hold."""

    def __init__(self, state: State) -> None:
        self._state = state

    def get(self, call: Call) -> Reply:
        """`GET /{Module}/search`: without `fields` each record is shown whole."""
        call.credits = self._state.switches.search_credits
        table = self._table(call)
        passes = self._test(call, table)
        if passes is None:
            raise ZohoError("EXPECTED_PARAM_MISSING", {"param_names": list(PARAMS)})
        fields = query.fields_of(call) if call.param("fields") else self._state.renderer.all_names(table.module)
        page = query.number(call, "page", 1)
        per_page = query.number(call, "per_page", query.MOST_PER_PAGE, query.MOST_PER_PAGE)
        if page * per_page > MOST_FOUND:
            raise ZohoError("LIMIT_REACHED", {"limit": MOST_FOUND})
        order = query.choice(call, "sort_order", ("desc", "asc"))
        candidates = self._rows(call, table, self._state.switches.search_delay_s)
        found = self._sorted(call, table, list(filter(passes, candidates)), order)
        start = (page - 1) * per_page
        rows = found[start : start + per_page]
        if not rows:
            return Reply(204)
        plan = self._state.renderer.plan(table.module, fields)
        info = {
            "call": False,
            "per_page": per_page,
            "next_page_token": None,
            "count": len(rows),
            "sort_by": call.param("sort_by") or "id",
            "page": page,
            "previous_page_token": None,
            "page_token_expiry": None,
            "sort_order": order,
            "email": False,
            "more_records": len(found) > start + per_page,
        }
        return Reply(200, {"data": plan.page(rows), "info": info})

    def count(self, call: Call) -> Reply:
        """`GET /{Module}/actions/count`: of leads, those that are not converted, as in lists."""
        table = self._state.table(call)
        searched = next((name for name in PARAMS if call.param(name)), None)
        if call.param("cvid") and searched:
            both = [{"param_name": name} for name in ("cvid", searched)]
            raise ZohoError("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": both})
        query.check_view(call, table.module)
        passes = self._test(call, table)
        rows = self._rows(call, table, self._state.switches.count_delay_s)
        return Reply(200, {"count": len(rows) if passes is None else sum(map(passes, rows))})

    def _table(self, call: Call) -> Table:
        """Lines and trackers cannot be searched: chosen, since the page names the error, not the modules."""
        table = self._state.table(call)
        if not table.module.writable:
            raise ZohoError("NOT_SUPPORTED", {"resource_path_index": 0})
        return table

    def _rows(self, call: Call, table: Table, delay_s: int) -> list[Row]:
        """Those that are in question: converted leads only if asked for, and none newer than the index."""
        converted = query.choice(call, "converted", ("false", "true", "both"))
        approved = query.choice(call, "approved", ("true", "false", "both"))
        rows = list(shown(table, table.rows.values(), converted=converted, approved=approved))
        return [row for row in rows if row[MODIFIED] <= self._state.now() - delay_s] if delay_s else rows

    def _sorted(self, call: Call, table: Table, rows: list[Row], order: str) -> list[Row]:
        place = table.module.position.get(call.param("sort_by") or "id")
        if place is None:
            raise ZohoError("INVALID_DATA", {"param_name": "sort_by"})

        def key(row: Row) -> tuple[Any, ...]:
            return (False, 0, row[ID]) if row[place] is None else (True, row[place], row[ID])

        return sorted(rows, key=key, reverse=order == "desc")

    def _test(self, call: Call, table: Table) -> Test | None:
        for name in PARAMS:
            text = call.param(name)
            if text is None:
                continue
            if name == "criteria":
                return criteria.parse(text, table.module, self._state.renderer)
            return {"email": _by_email, "phone": _by_phone, "word": _by_word}[name](table, text)
        return None


def _places(table: Table, *data_types: str) -> list[int]:
    """Where a row holds the fields of these types; those that are made when they are read are nowhere in it."""
    module = table.module
    fields = (field for field in module.fields if field.data_type in data_types)
    return [module.position[field.api_name] for field in fields if field.api_name in module.position]


def _by_email(table: Table, text: str) -> Test:
    return _holding(_places(table, "email"), text)


def _by_word(table: Table, text: str) -> Test:
    if len(text) < 2:
        raise ZohoError("INVALID_DATA", {"param_name": "word"})
    return _holding(_places(table, *_TEXTS), text)


def _holding(places: list[int], text: str) -> Test:
    wanted = text.casefold()
    return lambda row: any(row[place] is not None and wanted in row[place].casefold() for place in places)


def _by_phone(table: Table, text: str) -> Test:
    """Digits alone are compared."""
    wanted = _NO_DIGIT.sub("", text)
    if not _PHONE.fullmatch(text) or not wanted:
        raise ZohoError("INVALID_DATA", {"param_name": "phone"})
    places = _places(table, "phone")
    return lambda row: any(row[place] is not None and wanted in _NO_DIGIT.sub("", row[place]) for place in places)
