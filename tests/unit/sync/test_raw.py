"""Records are kept as they were fetched, with their rows, for as long as the user says."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import select

from models.errors import ServiceUnavailableError
from models.records import Raw
from models.warehouse.core import accounts
from models.warehouse.engine import Warehouse
from models.warehouse.kept import raw_page
from pipeline.sync import raw
from pipeline.sync.context import SyncContext
from pipeline.sync.run import SourceSync
from tests.unit.sync.fake import FakeCrm, stream


def run(warehouse: Warehouse, crm: FakeCrm, *, full: bool = False, days: int = 30) -> None:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now, raw_days=days)
    SourceSync(context).sync(crm.streams[0], full=full)


def filled(**options: Any) -> FakeCrm:
    crm = FakeCrm(**options)
    for number in range(8):
        crm.put(f"{number}", Name=f"N{number}")
    crm.wait(hours=1)
    return crm


def kept(warehouse: Warehouse) -> list[list[str]]:
    """Names of the records of each batch, the newest batch first."""
    return [[record["Name"] for record in page.records] for page in raw.newest_first(warehouse, "crm", "accounts")]


ODD: list[Raw] = [
    {"id": "1", "Name": "两\n行\r\u2028\x85", "n": 1e23, "deep": [{"a": None, "b": [True, -0.5]}]},
    {"id": "2", "big": 2**70, "half": "\ud800"},
]


def test_what_is_packed_comes_out_the_same_and_parts_may_be_joined() -> None:
    assert raw.unpack(raw.pack(ODD)) == ODD
    assert raw.unpack(raw.pack(ODD) + raw.pack([]) + raw.pack([{"id": "3"}])) == [*ODD, {"id": "3"}]


def test_every_record_is_kept_as_it_was_fetched(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    [batch] = raw.newest_first(warehouse, "crm", "accounts")
    assert batch.records == [crm.records[str(number)] for number in range(8)]
    with warehouse.read() as connection:
        row = connection.execute(select(raw_page)).one()
    assert (row.records, row.fetched_at, row.run_id) == (8, crm.now, "run")


def test_a_run_without_changes_keeps_nothing_more_and_an_edit_keeps_its_record(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    run(warehouse, crm)
    assert len(kept(warehouse)) == 1
    crm.put("3", Name="new")
    run(warehouse, crm)
    assert kept(warehouse)[0] == ["new"]


def test_a_batch_that_comes_again_is_kept_once_as_the_newest(warehouse: Warehouse) -> None:
    crm = filled(streams=(stream("absence", incremental=False),))
    run(warehouse, crm)
    first = kept(warehouse)
    run(warehouse, crm)
    assert kept(warehouse) == first
    name = crm.records["0"]["Name"]
    crm.records["0"]["Name"] = "between"
    run(warehouse, crm)
    crm.records["0"]["Name"] = name
    run(warehouse, crm)
    assert [names[0] for names in kept(warehouse)] == ["N0", "between"]


def test_a_batch_that_is_not_committed_keeps_nothing(warehouse: Warehouse) -> None:
    crm = filled(fail_after=1)
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm)
    with warehouse.read() as connection:
        ids = connection.scalars(select(accounts.c.source_id).order_by(accounts.c.source_id)).all()
    assert [record for names in kept(warehouse) for record in names] == [f"N{key}" for key in ids]


def test_what_is_older_than_the_retention_goes(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "_AT_ONCE", 1)
    crm = filled()
    run(warehouse, crm)
    for number in range(3):
        crm.put(f"{number}", Name=f"M{number}")
        run(warehouse, crm)
    crm.wait(days=29)
    run(warehouse, crm)
    assert len(kept(warehouse)) == 4  # the last batch came again, within the lookback
    crm.put("9", Name="N9")
    crm.wait(days=2)
    run(warehouse, crm)
    assert kept(warehouse) == [["N9"], ["M0", "M1", "M2"]]


def test_zero_days_keep_none_and_drop_what_there_was(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.put("9", Name="N9")
    run(warehouse, crm, days=0)
    assert kept(warehouse) == []


def test_pages_of_a_connection_or_stream_that_is_synced_no_more_grow_old_too(warehouse: Warehouse) -> None:
    former = filled(name="former")
    run(warehouse, former)
    crm = filled()
    crm.wait(days=29)
    run(warehouse, crm)
    assert len(list(raw.newest_first(warehouse, "former", "accounts"))) == 1
    crm.wait(days=2)
    run(warehouse, crm)
    assert list(raw.newest_first(warehouse, "former", "accounts")) == []
    assert len(kept(warehouse)) == 1
