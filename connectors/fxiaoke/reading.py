"""Paging through Fxiaoke's query by the last id (docs/vendor/fxiaoke.md §4.1 to §4.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.api import Request
from connectors.client import Client
from connectors.convert import to_ms
from models.errors import FatalSyncError
from models.records import Window

LIMIT = 100
MODIFIED = "last_modified_time"
CREATED = "create_time"

Filter = dict[str, Any]


def data_path(object_name: str, action: str) -> str:
    """Custom objects have paths of their own, told by the suffix (§4.1)."""
    return f"/cgi/crm/{'custom/' if object_name.endswith('__c') else ''}v2/data/{action}"


def where(field: str, operator: str, *values: Any) -> Filter:
    return {"field_name": field, "operator": operator, "field_values": list(values)}


def changed(since: datetime | None, until: datetime) -> list[Filter]:
    """Modified in [since, until]; a fixed window keeps the order of ids free of holes (§4.3)."""
    lower = [where(MODIFIED, "GTE", to_ms(since))] if since else []
    return [*lower, where(MODIFIED, "LTE", to_ms(until))]


def within(window: Window) -> list[Filter]:
    field = MODIFIED if window.by == "modified" else CREATED
    return [where(field, "GTE", to_ms(window.start)), where(field, "LT", to_ms(window.end))]


def record_pages(
    client: Client,
    subject: str,
    object_name: str,
    filters: Sequence[Filter] = (),
    *,
    after: str | None = None,
    projection: Sequence[str] = (),
) -> Iterator[list[Mapping[str, Any]]]:
    """Records in the order of their ids, those greater than `after`; never an empty page.

    Offsets end at 10,000 and totals lie, so the last id leads on and a short page ends it (§4.2).

    Args:
        client: Calls the API.
        subject: For messages.
        object_name: As the CRM names it.
        filters: All of them hold.
        after: The last id that is done with.
        projection: Fields to return; all if empty.

    Raises:
        FatalSyncError: The CRM does not keep the order.
    """
    while True:
        keyset = [where("_id", "GT", after)] if after else []
        rows = query(client, subject, object_name, [*filters, *keyset], projection)
        if after and rows and rows[0]["_id"] <= after:
            raise FatalSyncError(
                f"{client.connection}/{subject}: the CRM lists {rows[0]['_id']} after {after}; stopped"
            )
        if rows:
            yield rows
        if len(rows) < LIMIT:
            return
        after = rows[-1]["_id"]


def query(
    client: Client, subject: str, object_name: str, filters: Sequence[Filter], projection: Sequence[str]
) -> list[Mapping[str, Any]]:
    """One page of at most `LIMIT` records.

    Raises:
        FatalSyncError: The answer holds no list.
    """
    request = _query(subject, object_name, _search(LIMIT, filters, projection), total=False)
    found: list[Mapping[str, Any]] = client.ask(request, "data", "dataList")
    return found


def count(client: Client, subject: str, object_name: str, filters: Sequence[Filter]) -> int:
    """How many records there are, by the CRM's own total: good enough to plan with, not to end a loop by (§4.1).

    Raises:
        FatalSyncError: The answer holds no total.
    """
    request = _query(subject, object_name, _search(1, filters, ["_id"]), total=True)
    found: int = client.ask(request, "data", "total", kind=int)
    return found


def _search(limit: int, filters: Sequence[Filter], projection: Sequence[str]) -> dict[str, Any]:
    search: dict[str, Any] = {
        "limit": limit,
        "offset": 0,
        "filters": list(filters),
        "orders": [{"fieldName": "_id", "isAsc": True}],
    }
    return {**search, "fieldProjection": list(projection)} if projection else search


def _query(subject: str, object_name: str, search: Mapping[str, Any], *, total: bool) -> Request:
    data = {"dataObjectApiName": object_name, "find_explicit_total_num": total, "search_query_info": search}
    return Request("POST", data_path(object_name, "query"), subject, body={"data": data})
