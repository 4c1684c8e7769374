"""What API calls cost is added up by day, and the quota that is left is what was told last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from flows.run import Run, Step
from models.config import Config, ConnectionConfig
from models.records import Usage
from models.warehouse import usage
from models.warehouse.engine import Warehouse
from tests.unit.sync.fake import FakeCrm

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


def test_what_is_booked_is_not_booked_again(warehouse: Warehouse) -> None:
    run = used(("deals", "GET /crm/v8/Deals", 1))
    usage.add(warehouse, "zoho", run, day=TODAY, now=NOW)
    run.count("deals", "GET /crm/v8/Deals", 2)
    run.count("leads", "GET /crm/v8/Leads", 1)
    for _ in range(2):
        usage.add(warehouse, "zoho", run, day=TODAY, now=NOW)
    found = usage.since(warehouse, TODAY, ["zoho"])
    assert [(row["subject"], row["calls"], row["credits"]) for row in found] == [("deals", 2, 3), ("leads", 1, 1)]


def test_a_run_books_after_each_step_so_that_one_that_is_killed_has_left_most(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = FakeCrm()
    monkeypatch.setattr(registry, "connect", lambda _config, _name: crm)
    told: list[list[int]] = []

    def step() -> Sequence[Any]:
        told.append([row["calls"] for row in usage.since(warehouse, TODAY, ["crm"])])
        crm.usage.count("accounts", "GET /accounts", 1)
        return []

    with Run(
        Config(connections={"crm": ConnectionConfig(connector="zoho")}, folder=tmp_path),
        warehouse,
        "sync",
        clock=lambda: NOW,
    ) as run:
        run.connector("crm")
        run.do(iter([Step("sync", "one", step, "crm"), Step("sync", "two", step, "crm")]))
    assert told == [[], [1]]
    assert [row["calls"] for row in usage.since(warehouse, TODAY, ["crm"])] == [2]


def test_the_quota_left_is_what_the_newest_run_was_told(warehouse: Warehouse) -> None:
    call = ("deals", "GET /crm/v8/Deals", 1)
    usage.add(warehouse, "zoho", used(call, left=900), day=TODAY, now=NOW)
    usage.add(warehouse, "silent", used(call), day=TODAY, now=NOW)
    later = NOW + timedelta(hours=1)
    usage.add(warehouse, "zoho", used(("leads", "GET /crm/v8/Leads", 1), left=700), day=TODAY, now=later)
    assert usage.quota_left(warehouse) == {"zoho": (700, later)}
