"""What API calls cost is added up by day, and the quota that is left is what was told last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from models.records import Usage
from models.warehouse import usage
from models.warehouse.engine import Warehouse

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = date(2026, 11, 30)


def used(*calls: tuple[str, str, int], left: int | None = None) -> Usage:
    made = Usage(quota_left=left)
    for subject, call, credit in calls:
        made.count(subject, call, credit)
    return made


def test_runs_of_one_day_are_added_up_by_source_stream_and_call(warehouse: Warehouse) -> None:
    deals, leads = ("deals", "GET /crm/v8/Deals", 1), ("leads", "GET /crm/v8/Leads", 1)
    write = ("Deals", "PUT /crm/v8/Deals", 10)
    usage.add(warehouse, "zoho", used(deals, deals, leads), day=TODAY, now=NOW)
    usage.add(warehouse, "zoho", used(deals, write), day=TODAY, now=NOW)
    usage.add(warehouse, "other", used(deals), day=TODAY, now=NOW)
    usage.add(warehouse, "zoho", used(deals), day=TODAY - timedelta(days=9), now=NOW)
    found = usage.since(warehouse, TODAY - timedelta(days=6), ["zoho"])
    assert [(row["day"], row["subject"], row["call"], row["calls"], row["credits"]) for row in found] == [
        (TODAY, "Deals", "PUT /crm/v8/Deals", 1, 10),
        (TODAY, "deals", "GET /crm/v8/Deals", 3, 3),
        (TODAY, "leads", "GET /crm/v8/Leads", 1, 1),
    ]


def test_the_quota_left_is_what_the_newest_run_was_told(warehouse: Warehouse) -> None:
    call = ("deals", "GET /crm/v8/Deals", 1)
    usage.add(warehouse, "zoho", used(call, left=900), day=TODAY, now=NOW)
    usage.add(warehouse, "silent", used(call), day=TODAY, now=NOW)
    later = NOW + timedelta(hours=1)
    usage.add(warehouse, "zoho", used(("leads", "GET /crm/v8/Leads", 1), left=700), day=TODAY, now=later)
    assert usage.quota_left(warehouse) == {"zoho": (700, later)}
