"""A backfill brings what the CRM holds of a range of days, as often and in as many pieces as it takes, and no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from models.errors import ConfigError, ServiceUnavailableError
from models.records import Page, Window
from models.spec import Stream
from models.warehouse.core import accounts
from models.warehouse.engine import Warehouse
from models.warehouse.history import hist_change
from models.warehouse.ops import ops_checkpoint
from pipeline.sync.backfill.run import Backfill
from pipeline.sync.backfill.slices import Span
from pipeline.sync.context import SliceResult, SyncContext
from pipeline.sync.run import SourceSync
from tests.unit.sync.fake import FakeCrm, stream

SHANGHAI = ZoneInfo("Asia/Shanghai")
SPRING = Span("created", date(2026, 3, 10), date(2026, 5, 2), UTC)


def at(crm: FakeCrm, month: int, day: int, key: str, **values: Any) -> None:
    crm.now = datetime(2026, month, day, 12, tzinfo=UTC)
    crm.put(key, **values)


def filled() -> FakeCrm:
    """Eight accounts, two of each month from February to May."""
    crm = FakeCrm()
    for number in range(8):
        at(crm, 2 + number // 2, 1 + 14 * (number % 2), f"{number}", Name=f"N{number}")
    crm.now = datetime(2026, 6, 1, tzinfo=UTC)
    return crm


def job(warehouse: Warehouse, crm: FakeCrm, span: Span = SPRING) -> Backfill:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    return Backfill(SourceSync(context), crm.streams[0], span)


def backfill(warehouse: Warehouse, crm: FakeCrm, span: Span = SPRING, **options: Any) -> SliceResult:
    one = job(warehouse, crm, span)
    return one.read(one.slices, **options)[0]


def sync(warehouse: Warehouse, crm: FakeCrm) -> None:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    SourceSync(context).sync(crm.streams[0])


def rows(warehouse: Warehouse) -> dict[str, str | None]:
    with warehouse.read() as connection:
        return {row.source_id: row.name for row in connection.execute(select(accounts))}


def slices(warehouse: Warehouse) -> dict[str, str]:
    with warehouse.read() as connection:
        return {row.slice: row.state for row in connection.execute(select(ops_checkpoint))}


def test_a_range_is_cut_at_the_ends_of_months_and_holds_both_days() -> None:
    span = Span("modified", date(2026, 1, 30), date(2026, 3, 1), SHANGHAI)
    assert [(one.name, one.window.start.isoformat(), one.window.end.isoformat()) for one in span.slices()] == [
        ("modified 2026-01-30..2026-01-31", "2026-01-29T16:00:00+00:00", "2026-01-31T16:00:00+00:00"),
        ("modified 2026-02-01..2026-02-28", "2026-01-31T16:00:00+00:00", "2026-02-28T16:00:00+00:00"),
        ("modified 2026-03-01..2026-03-01", "2026-02-28T16:00:00+00:00", "2026-03-01T16:00:00+00:00"),
    ]


def test_a_day_of_23_hours_ends_at_the_next_midnight() -> None:
    (one,) = Span("created", date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Berlin")).slices()
    assert one.window == Window("created", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ConfigError, match="exchange the two"):
        Span("created", date(2026, 3, 2), date(2026, 3, 1), UTC)


@pytest.mark.parametrize(("first", "last"), [((2026, 1, 1), (9999, 12, 31)), ((1, 1, 1), (2026, 1, 1))])
def test_a_range_that_reaches_to_an_end_of_the_calendar_is_refused(
    first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    with pytest.raises(ConfigError, match=r"reaches to (9999-12-31|0001-01-01).*name a day nearer to today"):
        Span("created", date(*first), date(*last), SHANGHAI)


def test_a_stream_that_is_read_whole_in_every_run_has_no_range() -> None:
    crm = FakeCrm(streams=(stream(incremental=False),))
    with pytest.raises(ConfigError, match="crmsync sync --source crm --stream accounts"):
        job(Warehouse("sqlite:///unused.db"), crm)


@pytest.mark.parametrize("parallel", [1, 3])
def test_what_is_in_the_range_is_read_and_nothing_stays_of_it_but_the_rows(warehouse: Warehouse, parallel: int) -> None:
    crm = filled()
    result = backfill(warehouse, crm, parallel=parallel)
    assert (result.slice, result.rows, result.new, result.changed) == ("created 2026-03-10..2026-05-02", 4, 4, 0)
    assert rows(warehouse) == {"3": "N3", "4": "N4", "5": "N5", "6": "N6"}
    assert slices(warehouse) == {}
    again = backfill(warehouse, crm, parallel=parallel)
    assert (again.rows, again.unchanged) == (4, 4)


def test_by_the_time_of_the_last_edit(warehouse: Warehouse) -> None:
    crm = filled()
    at(crm, 4, 20, "0", Name="edited")
    backfill(warehouse, crm, Span("modified", date(2026, 4, 15), date(2026, 4, 30), UTC))
    assert rows(warehouse) == {"0": "edited", "5": "N5"}


def test_the_cursor_stays_where_it_is(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    with warehouse.read() as connection:
        before = connection.execute(select(ops_checkpoint).order_by(ops_checkpoint.c.slice)).all()
    crm.wait(days=1)
    crm.put("3", Name="edited")
    assert backfill(warehouse, crm).changed == 1
    with warehouse.read() as connection:
        assert connection.execute(select(ops_checkpoint).order_by(ops_checkpoint.c.slice)).all() == before


def test_after_an_interruption_the_same_command_goes_on_within_the_slice(warehouse: Warehouse) -> None:
    crm = filled()
    crm.page_size = 1
    crm.fail_after = 2
    with pytest.raises(ServiceUnavailableError):
        backfill(warehouse, crm)
    assert rows(warehouse) == {"3": "N3", "4": "N4"}
    assert slices(warehouse) == {"created 2026-03-10..2026-03-31": "done", "created 2026-04-01..2026-04-30": "reading"}
    result = backfill(warehouse, crm)
    assert (result.rows, result.notes) == (2, ["crm/accounts: 1 of 3 slices were read by the run that was interrupted"])
    assert rows(warehouse) == {"3": "N3", "4": "N4", "5": "N5", "6": "N6"}
    assert slices(warehouse) == {}


def test_another_range_takes_nothing_over_from_one_that_was_interrupted(warehouse: Warehouse) -> None:
    crm = filled()
    crm.fail_after = 1
    with pytest.raises(ServiceUnavailableError):
        backfill(warehouse, crm)
    crm.put("3", Name="edited")
    other = Span("created", date(2026, 3, 10), date(2026, 4, 30), UTC)
    assert backfill(warehouse, crm, other).changed == 1
    assert slices(warehouse) == {}


def test_the_newest_slice_may_come_first(warehouse: Warehouse) -> None:
    crm = filled()
    crm.fail_after = 2
    one = job(warehouse, crm)
    with pytest.raises(ServiceUnavailableError):
        one.read(one.slices[::-1])
    assert rows(warehouse) == {"4": "N4", "5": "N5", "6": "N6"}


def test_a_record_that_is_new_here_has_no_history_and_a_changed_one_has(warehouse: Warehouse) -> None:
    crm = filled()
    backfill(warehouse, crm)
    crm.wait(days=1)
    crm.put("3", Name="edited")
    backfill(warehouse, crm)
    with warehouse.read() as connection:
        found = connection.execute(select(hist_change)).mappings().all()
    assert [(row["source_id"], row["field"], row["old_value"], row["new_value"]) for row in found] == [
        ("3", "name", "N3", "edited")
    ]


def test_what_is_gone_stays_gone_unless_the_crm_shows_it(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.remove("3")
    crm.remove("4")
    sync(warehouse, crm)
    crm.put("4", Name="restored", Created="2026-04-01T12:00:00+00:00")
    backfill(warehouse, crm)
    with warehouse.read() as connection:
        gone = connection.scalars(select(accounts.c.source_id).where(accounts.c.deleted_at.is_not(None))).all()
    assert gone == ["3"]


@dataclass
class LateCrm(FakeCrm):
    """Shows one record as it was before its last edit, as a late index does."""

    late: dict[str, Any] = field(default_factory=dict)

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        for page in super().window(stream, window, position=position, field=field):
            yield Page([self.late.get(str(record["id"]), record) for record in page.records], page.position)


def test_an_older_version_never_takes_the_place_of_a_newer_one(warehouse: Warehouse) -> None:
    crm = LateCrm(**vars(filled()))
    before = dict(crm.records["3"])
    crm.put("3", Name="edited")
    sync(warehouse, crm)
    crm.late["3"] = before
    result = backfill(warehouse, crm)
    assert (result.rows, result.unchanged, result.changed) == (4, 4, 0)
    assert rows(warehouse)["3"] == "edited"


def test_slices_are_read_at_the_same_time_and_no_more_of_them_than_asked_for(warehouse: Warehouse) -> None:
    crm = MeetingCrm(**vars(filled()))
    result = backfill(warehouse, crm, Span("created", date(2026, 2, 1), date(2026, 5, 31), UTC), parallel=2)
    assert (result.rows, crm.most) == (8, 2)


@dataclass
class MeetingCrm(FakeCrm):
    """Answers only when two slices are being read."""

    most: int = 0
    meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))
    _reading: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        with self._lock:
            self._reading += 1
            self.most = max(self.most, self._reading)
        self.meeting.wait(timeout=20)
        yield from super().window(stream, window, position=position, field=field)
        with self._lock:
            self._reading -= 1


@pytest.mark.parametrize("by", ["created", "modified"])
def test_after_a_sync_a_backfill_changes_nothing(warehouse: Warehouse, by: Literal["created", "modified"]) -> None:
    crm = filled()
    sync(warehouse, crm)
    with warehouse.read() as connection:
        before = connection.execute(select(accounts)).all()
    crm.wait(days=1)
    result = backfill(warehouse, crm, Span(by, date(2026, 1, 1), date(2026, 12, 31), UTC), parallel=4)
    assert (result.rows, result.unchanged) == (8, 8)
    with warehouse.read() as connection:
        assert connection.execute(select(accounts)).all() == before


def test_a_range_of_ten_years_has_120_slices() -> None:
    span = Span("created", date(2016, 1, 1), date(2025, 12, 31), UTC)
    assert len(span.slices()) == 120
    assert span.slices()[-1].window.end - span.slices()[0].window.start == timedelta(days=3653)


def custom(warehouse: Warehouse) -> dict[str, Any]:
    with warehouse.read() as connection:
        return {row.source_id: row.custom for row in connection.execute(select(accounts))}


ALL = Span("created", date(2026, 1, 1), date(2026, 12, 31), UTC, "Tier")


def test_a_field_is_filled_once_and_a_row_that_is_gone_or_not_here_is_left_alone(warehouse: Warehouse) -> None:
    crm = filled()
    del crm.records["7"]
    sync(warehouse, crm)
    crm.wait(hours=1)
    gone = dict(crm.records["6"])
    crm.remove("6")
    sync(warehouse, crm)
    crm.records |= {"6": gone, "7": {"id": "7", "Name": "N7", "Created": gone["Created"], "Modified": gone["Modified"]}}
    for record in crm.records.values():
        record["Tier"] = "A"
    del crm.records["0"]["Tier"]
    first = backfill(warehouse, crm, ALL)
    assert (first.rows, first.changed, first.unchanged) == (8, 5, 1)
    assert first.notes[0].endswith("edited after the last one: 2 of created 2026-01-01..2026-12-31 Tier")
    tier = {"Tier": "A"}
    assert custom(warehouse) == {"0": None, "1": tier, "2": tier, "3": tier, "4": tier, "5": tier, "6": None}
    assert backfill(warehouse, crm, ALL).changed == 0


def test_an_emptied_field_goes_and_what_a_database_refuses_is_left_out(warehouse: Warehouse) -> None:
    crm = filled()
    for key, tier in (("1", "A"), ("2", "B")):
        crm.records[key]["Tier"] = tier
    sync(warehouse, crm)
    crm.records["1"]["Tier"] = None
    crm.records["2"]["Tier"] = "B\x00B"
    assert backfill(warehouse, crm, ALL).changed == 2
    assert (custom(warehouse)["1"], custom(warehouse)["2"]) == (None, {"Tier": "BB"})


def test_where_a_row_does_not_give_its_hash_again_the_next_read_writes_it_without_history(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    with warehouse.begin() as connection:
        connection.execute(update(accounts).where(accounts.c.source_id == "1").values(row_hash="of another time"))
    for record in crm.records.values():
        record["Tier"] = "A"
    backfill(warehouse, crm, ALL)
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    again = SourceSync(context).sync(crm.streams[0], full=True)
    assert (again.unchanged, again.changed) == (7, 1)
    with warehouse.read() as connection:
        assert connection.execute(select(hist_change)).all() == []
        assert "" not in connection.scalars(select(accounts.c.row_hash)).all()
