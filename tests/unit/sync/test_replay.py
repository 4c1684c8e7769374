"""A replay makes the rows as a sync under the new mapping would have made them, and nothing else happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table, delete, select, update

from models.spec import Converter, Field, Stream
from models.warehouse.core import accounts, deals
from models.warehouse.engine import Warehouse
from models.warehouse.history import deal_history, hist_change
from models.warehouse.kept import raw_page
from models.warehouse.ops import ops_checkpoint, ops_dead_letter
from pipeline.sync import pages
from pipeline.sync.backfill.run import Backfill
from pipeline.sync.backfill.slices import Span
from pipeline.sync.context import SyncContext
from pipeline.sync.replay import Replay, ReplayResult
from pipeline.sync.run import SourceSync
from tests.unit.sync.fake import START, TEXT, FakeCrm, stream
from tests.unit.sync.test_history import DEALS, DealCrm

SHANGHAI = ZoneInfo("Asia/Shanghai")
OF_THE_RUN = {"run_id", "synced_at", "first_seen_at"}


def context(warehouse: Warehouse, crm: FakeCrm, zone: tzinfo = UTC, **options: Any) -> SyncContext:
    return SyncContext(warehouse, crm, "run", zone, clock=lambda: crm.now, **options)


def sync(warehouse: Warehouse, crm: FakeCrm, zone: tzinfo = UTC, *, full: bool = False) -> Any:
    return SourceSync(context(warehouse, crm, zone)).sync(crm.streams[0], full=full)


def look(warehouse: Warehouse, crm: FakeCrm, zone: tzinfo = UTC) -> Replay:
    found = Replay(SourceSync(context(warehouse, crm, zone), max_age=None), crm.streams[0])
    found.look()
    return found


def replay(warehouse: Warehouse, crm: FakeCrm, zone: tzinfo = UTC) -> ReplayResult:
    calls = crm.usage.calls
    result = look(warehouse, crm, zone).run()
    assert crm.usage.calls == calls
    return result


def mapped(*more: Field, name: Converter | None = None) -> Stream:
    """The accounts with further fields, or with another reading of the name."""
    former = stream()
    fields = [replace(field, convert=name) if name and field.to == "name" else field for field in former.fields]
    return replace(former, fields=(*fields, *more))


TIER = Field("Tier", "crm_tier", TEXT, optional=True)


def filled() -> FakeCrm:
    crm = FakeCrm()
    for number in range(8):
        crm.put(f"{number}", Name=f"N{number}", Tier="AB"[number % 2])
    crm.wait(hours=1)
    return crm


def rows(warehouse: Warehouse, table: Table = accounts) -> dict[str, dict[str, Any]]:
    """By id, without the columns that tell of the run."""
    with warehouse.read() as connection:
        found = [dict(row) for row in connection.execute(select(table)).mappings()]
    return {row["source_id"]: {name: row[name] for name in row if name not in OF_THE_RUN} for row in found}


def letters(warehouse: Warehouse) -> dict[str, tuple[str, str]]:
    with warehouse.read() as connection:
        return {row.source_id: (row.state, row.reason) for row in connection.execute(select(ops_dead_letter))}


def history(warehouse: Warehouse) -> list[Any]:
    with warehouse.read() as connection:
        return list(connection.execute(select(hist_change.c.source_id, hist_change.c.field)))


def fill_tier(warehouse: Warehouse, crm: FakeCrm) -> None:
    """By a backfill of that field alone."""
    span = Span("created", date(2026, 11, 1), date(2026, 12, 1), UTC, "Tier")
    job = Backfill(SourceSync(context(warehouse, crm)), crm.streams[0], span)
    job.read(job.slices)


def test_what_a_backfill_of_a_field_has_filled_stays(warehouse: Warehouse) -> None:
    crm = FakeCrm()
    for number in range(4):
        crm.put(f"{number}", Name=f"N{number}")
    crm.wait(hours=1)
    sync(warehouse, crm)
    for number in range(3):
        crm.records[f"{number}"]["Tier"] = "A"
    crm.put("2", Name="edited")  # the next read brings its tier, too
    fill_tier(warehouse, crm)
    crm.wait(hours=1)
    sync(warehouse, crm)
    del crm.records["2"]["Tier"]
    crm.put("2", Name="without")
    crm.wait(hours=1)
    sync(warehouse, crm)
    tiers = {"0": {"Tier": "A"}, "1": {"Tier": "A"}, "2": None, "3": None}
    assert {key: row["custom"] for key, row in rows(warehouse).items()} == tiers

    assert look(warehouse, crm).run().changed == 0
    crm.streams = (mapped(name=Converter("other", lambda value: f"{value}!", str)),)
    result = look(warehouse, crm).run()

    assert result.changed == 4
    assert {key: row["custom"] for key, row in rows(warehouse).items()} == tiers
    assert sync(warehouse, crm, full=True).unchanged == 4


def two_filled(warehouse: Warehouse) -> FakeCrm:
    """Of three records two with a tier that no raw page holds."""
    crm = FakeCrm()
    for number in range(3):
        crm.put(f"{number}", Name=f"N{number}")
    crm.wait(hours=1)
    sync(warehouse, crm)
    crm.records["0"]["Tier"], crm.records["1"]["Tier"] = "A", "B"
    fill_tier(warehouse, crm)
    assert in_both(warehouse) == [(None, {"Tier": "A"}), (None, {"Tier": "B"}), (None, None)]
    return crm


def in_both(warehouse: Warehouse) -> list[tuple[Any, Any]]:
    """Column and `custom` in the order of ids."""
    return [(row["crm_tier"], row["custom"]) for _, row in sorted(rows(warehouse).items())]


def test_pages_that_expire_between_the_plan_and_the_replay_are_not_taken_for_replayed(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    crm.streams = (mapped(TIER),)
    found = look(warehouse, crm)
    with warehouse.begin() as connection:  # as the run of another source does, which has no lock on this one
        connection.execute(delete(raw_page))

    [note] = found.run().notes

    assert note.startswith("crm/accounts: of 8 records no raw page is kept")
    crm.wait(hours=1)
    assert sync(warehouse, crm).changed == 8
    assert {row["crm_tier"] for row in rows(warehouse).values()} == {"A", "B"}


def test_what_was_filled_goes_to_the_column_that_its_field_has_now(warehouse: Warehouse) -> None:
    crm = two_filled(warehouse)
    crm.streams = (mapped(TIER),)
    found = look(warehouse, crm)
    assert found.plan is not None
    assert found.plan.columns == {"crm_tier": 2, "custom.Tier": 2}

    found.run()

    assert in_both(warehouse) == [("A", None), ("B", None), (None, None)]
    assert sync(warehouse, crm, full=True).unchanged == 3


def test_what_was_filled_and_does_not_fit_its_column_is_a_dead_letter(warehouse: Warehouse) -> None:
    def only_a(value: Any) -> str:
        if value != "A":
            raise ValueError("no A")
        return "A"

    crm = two_filled(warehouse)
    crm.streams = (mapped(Field("Tier", "crm_tier", Converter("only a", only_a, str), optional=True)),)

    result = look(warehouse, crm).run()

    assert result.rejected == 1
    assert letters(warehouse)["1"] == ("open", "crm/accounts 1: Tier: no A")
    assert in_both(warehouse) == [("A", None), (None, {"Tier": "B"}), (None, None)]


def test_a_field_that_is_mapped_now_fills_its_column_and_the_next_sync_reads_nothing_again(
    warehouse: Warehouse,
) -> None:
    crm = filled()
    sync(warehouse, crm)
    crm.streams = (mapped(TIER),)

    found = look(warehouse, crm)
    assert found.plan is not None
    assert (found.plan.records, found.plan.rows, found.plan.new, found.plan.missing) == (8, 8, 0, 0)
    assert found.plan.columns == {"crm_tier": 8, "custom.Tier": 8}
    assert {row["crm_tier"] for row in rows(warehouse).values()} == {None}

    result = found.run()

    assert (result.records, result.changed, result.new, result.rejected, result.notes) == (8, 8, 0, 0, [])
    assert {key: (row["crm_tier"], row["custom"]) for key, row in rows(warehouse).items()} == {
        f"{number}": ("AB"[number % 2], None) for number in range(8)
    }
    assert history(warehouse) == []
    crm.wait(hours=1)
    again = sync(warehouse, crm)
    assert (again.rows, again.notes) == (0, [])
    assert sync(warehouse, crm, full=True).unchanged == 8


def test_a_changed_time_zone_moves_the_local_days(warehouse: Warehouse) -> None:
    made = Field("Made", "created_at", Converter("instant", datetime.fromisoformat, datetime.isoformat))
    crm = FakeCrm(streams=(mapped(made),))
    crm.put("early", Name="x", Made="2026-03-01T15:59:59+00:00")
    crm.put("late", Name="y", Made="2026-03-01T16:00:00+00:00")
    crm.wait(hours=1)
    sync(warehouse, crm)
    found = look(warehouse, crm, SHANGHAI)
    assert found.plan is not None
    assert found.plan.columns == {"created_on": 1}
    found.run()
    days = {key: row["created_on"] for key, row in rows(warehouse).items()}
    assert days == {"early": date(2026, 3, 1), "late": date(2026, 3, 2)}
    assert sync(warehouse, crm, SHANGHAI).notes == []


def test_only_the_newest_version_of_a_record_counts(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BATCH", 3)
    crm = filled()
    sync(warehouse, crm)
    for name in ("second", "third"):
        crm.wait(hours=1)
        crm.put("4", Name=name, Tier="C")
        sync(warehouse, crm)
    before, changes = rows(warehouse), history(warehouse)
    crm.streams = (mapped(TIER),)

    seen: list[str | None] = []
    found = look(warehouse, crm)
    found.context = replace(found.context, progress=lambda *_: seen.append(rows(warehouse)["4"]["name"]))
    assert found.run().changed == 8

    assert set(seen) == {"third"}
    after = rows(warehouse)
    assert after["4"]["crm_tier"] == "C"
    assert {key: row["name"] for key, row in after.items()} == {key: row["name"] for key, row in before.items()}
    assert history(warehouse) == changes


def test_the_deleted_stay_deleted_with_date_and_reason_and_are_made_anew_too(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    crm.remove("5")
    crm.wait(hours=1)
    sync(warehouse, crm)
    crm.streams = (mapped(TIER),)
    replay(warehouse, crm)
    row = rows(warehouse)["5"]
    assert (row["deleted_at"], row["deleted_reason"], row["crm_tier"]) == (START + timedelta(hours=1), "recycle", "B")
    crm.wait(hours=1)
    assert sync(warehouse, crm).rows == 0


def test_what_the_crm_showed_as_deleted_last_is_made_from_the_version_before(warehouse: Warehouse) -> None:
    crm = filled()
    crm.streams = (replace(stream(), is_deleted=lambda raw: bool(raw.get("Gone"))),)
    sync(warehouse, crm)
    crm.put("5", Gone=True, Name="bad")
    sync(warehouse, crm)
    gone = rows(warehouse)["5"]["deleted_at"]
    assert gone is not None
    crm.streams = (replace(mapped(TIER), is_deleted=lambda raw: bool(raw.get("Gone"))),)
    replay(warehouse, crm)
    row = rows(warehouse)["5"]
    assert (row["name"], row["crm_tier"], row["deleted_at"]) == ("N5", "B", gone)
    assert letters(warehouse) == {}


def test_a_record_that_can_be_read_now_lands_and_one_that_cannot_becomes_a_dead_letter(warehouse: Warehouse) -> None:
    crm = filled()
    crm.put("4", Name="bad")
    sync(warehouse, crm)
    assert letters(warehouse) == {"4": ("open", "crm/accounts 4: Name: 'bad' is no name")}

    def no_sixes(value: str) -> str:
        if value == "N6":
            raise ValueError("no sixes")
        return value

    crm.streams = (mapped(name=Converter("other", no_sixes, str)),)
    found = look(warehouse, crm)
    assert found.plan is not None
    assert (found.plan.rows, found.plan.new) == (0, 1)
    result = found.run()

    told = "crm/accounts 6: Name: no sixes; mend it in the CRM, or see: crmsync dead-letters show 2"
    assert (result.new, result.rejected, result.warnings) == (1, 1, [told])
    assert rows(warehouse)["4"]["name"] == "bad"
    assert rows(warehouse)["6"]["name"] == "N6"
    assert letters(warehouse)["4"][0] == "resolved"
    assert letters(warehouse)["6"] == ("open", "crm/accounts 6: Name: no sixes")
    crm.streams = (stream(),)
    assert replay(warehouse, crm).rejected == 1
    assert {key: state for key, (state, _) in letters(warehouse).items()} == {"4": "open", "6": "resolved"}


def test_a_record_that_could_never_be_read_and_is_gone_does_not_come_to_life(warehouse: Warehouse) -> None:
    crm = filled()
    crm.put("4", Name="bad")
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.remove("4")
    sync(warehouse, crm)
    crm.streams = (mapped(name=TEXT),)
    assert replay(warehouse, crm).new == 0
    assert "4" not in rows(warehouse)
    assert letters(warehouse)["4"][0] == "resolved"


def test_rows_without_a_raw_page_stay_as_they_are_and_are_read_again_by_the_next_sync(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "BATCH", 3)
    crm = filled()
    sync(warehouse, crm)
    with warehouse.begin() as connection:
        newest = connection.scalars(select(raw_page.c.id).order_by(raw_page.c.id.desc())).first()
        connection.execute(delete(raw_page).where(raw_page.c.id == newest))  # two records of eight
    crm.streams = (mapped(TIER),)

    result = replay(warehouse, crm)

    assert (result.changed, result.missing) == (6, 2)
    [note] = result.notes
    assert note == (
        "crm/accounts: of 2 records no raw page is kept, so their rows stay as they are; if the mapping has changed, "
        "the next sync reads all records again"
    )
    tiers = [row["crm_tier"] for _, row in sorted(rows(warehouse).items())]
    assert tiers == ["A", "B", "A", "B", "A", "B", None, None]
    crm.wait(hours=1)
    assert sync(warehouse, crm).rows == 8
    assert {row["crm_tier"] for row in rows(warehouse).values()} == {"A", "B"}


def test_a_row_that_is_newer_than_its_raw_page_is_left_alone(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    crm.put("3", Name="newer", Tier="C")
    work = SourceSync(context(warehouse, crm, raw_days=30))
    work.sync(crm.streams[0])
    with warehouse.begin() as connection:
        connection.execute(delete(raw_page).where(raw_page.c.records == 1))
    crm.streams = (mapped(TIER),)
    result = replay(warehouse, crm)
    assert (result.changed, result.missing) == (7, 1)
    row = rows(warehouse)["3"]
    assert (row["name"], row["crm_tier"]) == ("newer", None)


class _StoppedError(Exception):
    """Something that ends the process."""


def test_a_replay_that_broke_off_goes_on_by_the_same_command(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "BATCH", 3)
    crm = filled()
    sync(warehouse, crm)
    crm.streams = (mapped(TIER),)

    def stop(label: str, done: int, total: int | None = None) -> None:
        raise _StoppedError

    found = look(warehouse, crm)
    found.context = replace(found.context, progress=stop)
    with pytest.raises(_StoppedError):
        found.run()
    assert [row["crm_tier"] for row in rows(warehouse).values()].count(None) == 6
    with warehouse.read() as connection:
        basis = connection.scalar(select(ops_checkpoint.c.basis).where(ops_checkpoint.c.slice == "modified"))

    assert replay(warehouse, crm).changed == 6
    assert {row["crm_tier"] for row in rows(warehouse).values()} == {"A", "B"}
    with warehouse.read() as connection:
        query = select(ops_checkpoint.c.basis).where(ops_checkpoint.c.slice == "modified")
        assert connection.scalar(query) not in {basis, None}


def test_a_slice_that_was_not_read_to_its_end_goes_on_after_a_replay(warehouse: Warehouse) -> None:
    crm = filled()
    crm.fail_after = 2
    with pytest.raises(Exception, match="no answer"):
        sync(warehouse, crm)
    crm.streams = (mapped(TIER),)
    assert replay(warehouse, crm).changed == 6
    result = sync(warehouse, crm)
    assert (result.new, result.rows) == (2, 2)
    assert {row["crm_tier"] for row in rows(warehouse).values()} == {"A", "B"}


def states(warehouse: Warehouse) -> list[Any]:
    t = deal_history
    with warehouse.read() as connection:
        query = select(t.c.valid_from, t.c.valid_to, t.c.stage, t.c.stage_status, t.c.amount).order_by(t.c.valid_from)
        return [tuple(row) for row in connection.execute(query)]


def test_the_present_state_of_a_deal_follows_the_mapping_and_the_past_ones_stay(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Name="Zeta", Stage="Talk", State="open", Amount="100", Owner="u", By="u")
    sync(warehouse, crm)
    crm.wait(days=1)
    crm.put("1", Stage="Signed", State="open")
    sync(warehouse, crm)
    crm.wait(days=1)
    changed = START + timedelta(days=1)
    assert [state[3] for state in states(warehouse)] == ["open", "open"]
    won = Converter("won", lambda _: "won", str)
    fields = tuple(replace(field, convert=won) if field.to == "stage_status" else field for field in DEALS.fields)
    crm.streams = (replace(DEALS, fields=fields),)
    before = history(warehouse)

    assert replay(warehouse, crm).changed == 1

    assert states(warehouse) == [
        (START, changed, "Talk", "open", Decimal(100)),
        (changed, None, "Signed", "won", Decimal(100)),
    ]
    assert rows(warehouse, deals)["1"]["stage_status"] == "won"
    assert history(warehouse) == before
    sync(warehouse, crm, full=True)
    assert len(states(warehouse)) == 2
    assert history(warehouse) == before


def test_a_replay_of_an_unchanged_mapping_alters_nothing(warehouse: Warehouse) -> None:
    crm = filled()
    sync(warehouse, crm)
    with warehouse.begin() as connection:
        connection.execute(update(accounts).values(run_id="former"))
    result = replay(warehouse, crm)
    assert (result.records, result.changed, result.new) == (8, 0, 0)
    with warehouse.read() as connection:
        assert set(connection.scalars(select(accounts.c.run_id))) == {"former"}
