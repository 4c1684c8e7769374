"""The time that a run will take: by the pace of the last one, or by the CRM's limits where they are slower."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.zoho.windows import price
from models.records import Price, Window
from models.warehouse import runs
from models.warehouse.engine import Warehouse
from pipeline.sync.context import SyncContext
from pipeline.sync.estimate import Estimate, of_sync
from pipeline.sync.run import SourceSync
from tests.unit.sync.fake import START, FakeCrm


def estimate(warehouse: Warehouse, crm: FakeCrm) -> Estimate:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    return of_sync(SourceSync(context), crm.streams, full=False)[1]


def ran(warehouse: Warehouse, *results: dict[str, Any]) -> None:
    run_id = runs.start(warehouse, "sync")
    runs.finish(
        warehouse, run_id, "done", {"sync": [{"source": "crm", "stream": "accounts", **one} for one in results]}
    )


class SlowCrm(FakeCrm):
    """Its limits let a call through every two seconds."""


class QuickCrm(FakeCrm):
    def slowest_s(self, calls: int) -> float:
        return 0.0


def filled(kind: type[FakeCrm]) -> FakeCrm:
    crm = kind()
    for number in range(7):
        crm.put(f"{number}", Name="N")
    return crm


def test_without_a_former_run_a_call_takes_what_calls_usually_take(warehouse: Warehouse) -> None:
    found = estimate(warehouse, filled(QuickCrm))
    # Three pages of three, and the list of deletes.
    assert (found.records, found.calls, found.seconds, found.asked) == (7, 4, 1.2, 1)


def test_the_pace_is_that_of_the_last_run_that_made_a_call(warehouse: Warehouse) -> None:
    ran(warehouse, {"calls": 10, "seconds": 50.0})
    ran(warehouse, {"calls": 10, "seconds": 15.0})
    ran(warehouse, {"calls": 0, "seconds": 9.0})
    assert estimate(warehouse, filled(QuickCrm)).seconds == 6.0


def test_limits_that_are_slower_than_the_pace_decide(warehouse: Warehouse) -> None:
    ran(warehouse, {"calls": 10, "seconds": 15.0})
    assert estimate(warehouse, filled(SlowCrm)).seconds == 8.0


@pytest.mark.parametrize(
    ("by", "records", "calls", "credit"),
    [
        # One query for ids at 3 credits, and 100 records in each call.
        ("created", 0, 1, 3),
        ("created", 1, 2, 4),
        ("created", 101, 3, 5),
        # A full page of ids is followed by another one.
        ("created", 2000, 22, 26),
        ("created", 2001, 23, 27),
        # 200 records in a page, and 199 new ones in each that follows.
        ("modified", 0, 1, 1),
        ("modified", 200, 1, 1),
        ("modified", 201, 2, 2),
        ("modified", 399, 2, 2),
        ("modified", 400, 3, 3),
    ],
)
def test_zohos_price_of_a_window(by: Any, records: int, calls: int, credit: int) -> None:
    window = Window(by, START, datetime.max.replace(tzinfo=UTC) - timedelta(days=1))
    assert price(records, window, 1) == Price(calls, credit)


@pytest.mark.parametrize(
    ("by", "records", "calls", "credit"),
    [
        # For each hundred records of a page two calls more, one for each of the two further groups of fields.
        ("modified", 0, 1, 1),
        ("modified", 100, 3, 3),
        ("modified", 200, 5, 5),
        ("modified", 201, 8, 8),
        ("modified", 399, 10, 10),
        ("created", 101, 7, 9),
    ],
)
def test_zohos_price_of_three_groups_of_fields(by: Any, records: int, calls: int, credit: int) -> None:
    window = Window(by, START, datetime.max.replace(tzinfo=UTC) - timedelta(days=1))
    assert price(records, window, 3) == Price(calls, credit)
    if by == "modified":
        assert price(records, None, 3) == Price(calls, credit)
