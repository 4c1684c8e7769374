"""Clocks that jump, the CRM's or this machine's, lose no edit, no delete and no state of a deal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.errors import ServiceUnavailableError
from models.warehouse.core import accounts, deals
from models.warehouse.engine import Warehouse
from models.warehouse.history import deal_history
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.run import SourceSync, choose_streams
from tests.unit.sync.fake import FakeCrm, stream
from tests.unit.sync.test_history import DealCrm

HOUR = timedelta(hours=1)


@dataclass
class SkewedCrm(FakeCrm):
    """Its Date header is off by `skew`; its records' times are right."""

    skew: timedelta = timedelta()

    def clock(self) -> datetime:
        return super().clock() + self.skew


def run(warehouse: Warehouse, crm: FakeCrm, ours: timedelta = timedelta()) -> StreamResult:
    """A sync by a machine whose clock is off by `ours`."""
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now + ours)
    return SourceSync(context).sync(choose_streams(context, ())[0])


def alive(warehouse: Warehouse) -> dict[str, str]:
    query = select(accounts.c.source_id, accounts.c.name).where(accounts.c.deleted_at.is_(None))
    with warehouse.read() as connection:
        return {key: name for key, name in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy


@pytest.mark.parametrize("way", ["feed", "sweep"])
@pytest.mark.parametrize("later_s", [1, 1800, 7200])
def test_edits_and_deletes_of_the_hour_by_which_the_crms_clock_was_ahead_are_not_passed_over(
    way: str, later_s: int, warehouse: Warehouse
) -> None:
    crm = SkewedCrm((stream(way),), skew=HOUR)
    crm.put("1", Name="one")
    crm.put("2", Name="two")
    ahead = run(warehouse, crm)
    assert ["the CRM's clock shows" in note for note in ahead.notes] == [True]

    crm.skew = timedelta()
    crm.wait(seconds=later_s / 2)
    crm.put("1", Name="edited")
    crm.remove("2")
    crm.wait(seconds=later_s / 2)
    again = run(warehouse, crm)

    assert again.notes == []
    assert alive(warehouse) == {"1": "edited"}


def test_so_are_those_of_a_run_that_was_interrupted_meanwhile(warehouse: Warehouse) -> None:
    crm = SkewedCrm((stream("sweep"),), skew=HOUR, page_size=1)
    for key in "123":
        crm.put(key, Name=key)
    crm.fail_after = 2
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm)
    crm.wait(minutes=5)
    crm.put("1", Name="edited where the reading had been")
    crm.skew = timedelta()
    crm.wait(hours=2)
    run(warehouse, crm)
    assert alive(warehouse) == {"1": "edited where the reading had been", "2": "2", "3": "3"}


@pytest.mark.parametrize("ours_h", [-25, 25])
def test_a_machine_whose_clock_is_a_day_off_reads_the_same_and_says_so(ours_h: int, warehouse: Warehouse) -> None:
    crm = SkewedCrm()
    crm.put("1", Name="one")
    told = run(warehouse, crm, ours_h * HOUR).notes
    crm.wait(minutes=30)
    crm.put("1", Name="edited")
    run(warehouse, crm)
    assert alive(warehouse) == {"1": "edited"}
    assert ["set the wrong one right" in note for note in told] == [True]


def test_a_deal_that_is_swept_away_keeps_its_states_whatever_this_machines_clock_shows(warehouse: Warehouse) -> None:
    declared = DealCrm().streams[0]
    crm = DealCrm((declared.__class__(declared.name, declared.object, declared.fields, deletes="sweep"),))
    crm.put("1", Stage="Talk")
    run(warehouse, crm)
    begun = crm.now
    crm.wait(hours=1)
    crm.remove("1")
    run(warehouse, crm, -25 * HOUR)
    with warehouse.read() as connection:
        found = connection.execute(select(deal_history.c.valid_from, deal_history.c.valid_to))
        states = [(begin, end) for begin, end in found]
        [gone] = connection.scalars(select(deals.c.deleted_at)).all()
    assert gone == crm.now.replace(microsecond=999_999)
    assert states == [(begun, gone)]
