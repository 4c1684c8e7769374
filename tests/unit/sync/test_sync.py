"""A sync brings the warehouse to what the CRM holds, whatever happened between and during the runs."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from models.errors import ConfigError, FatalSyncError, ObjectUnavailableError, ServiceUnavailableError
from models.records import Page
from models.spec import Field, Stream
from models.warehouse.core import accounts, feedback, metadata
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_checkpoint, ops_dead_letter, ops_push_item, ops_push_plan
from pipeline.sync import deletes
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.run import SourceSync, choose_streams
from tests.unit.sync.fake import INSTANT, START, TEXT, FakeCrm, stream


def run(warehouse: Warehouse, crm: FakeCrm, *, full: bool = False) -> StreamResult:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    return SourceSync(context).sync(choose_streams(context, ())[0], full=full)


def names(warehouse: Warehouse) -> dict[str, str | None]:
    """Id → name of the accounts that exist."""
    with warehouse.read() as connection:
        query = select(accounts).where(accounts.c.deleted_at.is_(None))
        return {row.source_id: row.name for row in connection.execute(query)}


def truth(crm: FakeCrm) -> dict[str, str | None]:
    return {key: record.get("Name") for key, record in crm.records.items()}


def filled(**options: Any) -> FakeCrm:
    crm = filled_like(FakeCrm(**options))
    crm.wait(hours=1)
    return crm


def filled_like(crm: FakeCrm) -> FakeCrm:
    for number in range(8):
        crm.put(f"{number}", Name=f"N{number}")
    return crm


def test_the_first_run_reads_everything_and_the_second_only_what_changed(warehouse: Warehouse) -> None:
    crm = filled()
    first = run(warehouse, crm)
    assert (first.rows, first.new, first.changed) == (8, 8, 0)
    crm.put("3", Name="new name")
    crm.put("9", Name="N9")
    second = run(warehouse, crm)
    assert (second.rows, second.new, second.changed) == (2, 1, 1)
    assert names(warehouse) == truth(crm)


def test_an_edit_in_the_very_second_of_the_run_is_in_it(warehouse: Warehouse) -> None:
    crm = filled()
    crm.wait(microseconds=700_000)
    crm.put("1", Name="just now")
    run(warehouse, crm)
    assert names(warehouse)["1"] == "just now"


def test_late_indexed_edits_are_read_again_and_equal_rows_are_not_written(warehouse: Warehouse) -> None:
    crm = filled()
    crm.put("1", Name="late")
    hidden = crm.records.pop("1")
    run(warehouse, crm)
    crm.records["1"] = hidden
    crm.wait(minutes=5)
    again = run(warehouse, crm)
    assert (again.new, again.unchanged) == (1, 0)
    assert run(warehouse, crm).unchanged == 1


def test_full_reads_everything_again(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.wait(hours=1)
    assert run(warehouse, crm).rows == 0
    assert run(warehouse, crm, full=True).unchanged == 8


def test_a_run_that_broke_off_goes_on_where_its_last_commit_was(warehouse: Warehouse) -> None:
    crm = filled()
    crm.fail_after = 2
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm)
    assert len(names(warehouse)) == 6
    crm.put("0", Name="changed after it was read")
    crm.usage.calls = 0
    run(warehouse, crm)
    assert names(warehouse) == truth(crm)


def test_an_unreadable_record_is_kept_and_the_others_land(warehouse: Warehouse) -> None:
    crm = filled()
    crm.put("4", Name="bad")
    result = run(warehouse, crm)
    assert (result.new, result.rejected) == (7, 1)
    with warehouse.read() as connection:
        letter = connection.execute(select(ops_dead_letter)).one()
    assert (letter.source_id, letter.state) == ("4", "open")
    assert letter.reason == "crm/accounts 4: Name: 'bad' is no name"
    assert '"Name":"bad"' in letter.raw
    crm.put("4", Name="good")
    run(warehouse, crm)
    with warehouse.read() as connection:
        assert connection.scalar(select(ops_dead_letter.c.state)) == "resolved"
    assert names(warehouse) == truth(crm)


@pytest.mark.parametrize("way", ["feed", "sweep"])
def test_a_deleted_record_becomes_a_tombstone_and_a_restored_one_comes_back(warehouse: Warehouse, way: str) -> None:
    crm = filled(streams=(stream(way),))
    run(warehouse, crm)
    kept = crm.records["5"]
    crm.remove("5")
    assert run(warehouse, crm).deleted == 1
    with warehouse.read() as connection:
        row = connection.execute(select(accounts).where(accounts.c.source_id == "5")).one()
    assert (row.name, row.deleted_reason) == ("N5", "recycle" if way == "feed" else "not found")
    crm.put("5", **kept)
    run(warehouse, crm)
    assert names(warehouse) == truth(crm)


def test_what_the_feed_lists_but_the_crm_has_again_stays(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.trash["5"] = crm.now
    assert run(warehouse, crm).deleted == 0
    assert "5" in names(warehouse)


def test_more_deletes_may_be_listed_at_once_than_a_statement_has_parameters(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.remove("3")
    crm.trash |= {f"x{number}": crm.now for number in range(300_000)}
    assert run(warehouse, crm).deleted == 1
    assert names(warehouse) == truth(crm)


def test_a_record_missing_from_a_whole_read_is_gone(warehouse: Warehouse) -> None:
    crm = filled(streams=(stream("absence", incremental=False),))
    run(warehouse, crm)
    crm.remove("5")
    assert run(warehouse, crm).deleted == 1
    assert names(warehouse) == truth(crm)


def test_a_whole_read_finds_what_the_feed_does_not_tell(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.remove("5")
    crm.trash.clear()  # a merge, or a list that forgot
    assert run(warehouse, crm).deleted == 0
    assert run(warehouse, crm, full=True).deleted == 1
    assert names(warehouse) == truth(crm)


def test_a_whole_read_that_goes_on_later_asks_only_for_what_neither_part_brought(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.remove("5")
    crm.trash.clear()
    crm.fail_after = 2  # pages, of three
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm, full=True)
    crm.usage.calls = 0
    result = run(warehouse, crm)
    assert (result.deleted, names(warehouse)) == (1, truth(crm))
    assert crm.usage.calls == 3  # the last page, the feed, and the absent one by its id


def test_a_whole_read_that_goes_on_later_says_since_when_it_knows_of_silent_changes(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.fail_after = 2  # pages, of three
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm, full=True)
    began = crm.now
    crm.wait(hours=2)
    crm.records["1"]["Name"] = "told by no modified time"
    [note] = run(warehouse, crm, full=True).notes
    assert f"crm/accounts: went on with the whole read begun at {began:%Y-%m-%d %H:%M} UTC" in note
    assert run(warehouse, crm, full=True).changed == 1
    assert names(warehouse) == truth(crm)


def test_a_run_that_dies_after_a_whole_read_leaves_the_next_one_to_find_what_is_gone(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.remove("5")
    crm.trash.clear()
    crm.fail_after = 4  # three pages and the feed
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm, full=True)
    assert "5" in names(warehouse)
    assert run(warehouse, crm).deleted == 1
    assert names(warehouse) == truth(crm)


def test_a_first_read_in_two_parts_asks_for_nothing_by_id(warehouse: Warehouse) -> None:
    crm = filled()
    crm.fail_after = 2
    with pytest.raises(ServiceUnavailableError):
        run(warehouse, crm)
    crm.usage.calls = 0
    assert run(warehouse, crm, full=True).deleted == 0
    assert crm.usage.calls == 2  # the last page and the feed


def test_after_a_pause_longer_than_the_feed_reaches_everything_is_read_again(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.remove("5")
    crm.trash.clear()
    crm.wait(days=101)
    result = run(warehouse, crm)
    assert (result.rows, result.deleted) == (7, 1)
    assert names(warehouse) == truth(crm)


def test_the_field_that_the_tier_is_pushed_into_is_read_as_the_crms_tier(warehouse: Warehouse) -> None:
    crm = filled()
    crm.put("1", Tier="A")
    context = SyncContext(warehouse, crm, "run", UTC, tier_fields={"Accounts": "Tier"}, clock=lambda: crm.now)
    SourceSync(context).sync(crm.streams[0])
    with warehouse.read() as connection:
        assert connection.scalar(select(accounts.c.crm_tier).where(accounts.c.source_id == "1")) == "A"


def test_a_first_read_spends_no_call_on_a_sweep(warehouse: Warehouse) -> None:
    crm = filled(streams=(stream("sweep"),))
    run(warehouse, crm)
    assert crm.usage.calls == 3  # pages of three for eight records
    run(warehouse, crm)
    assert crm.usage.calls == 6


def test_a_restored_record_comes_back_even_if_its_modified_time_does_not_move(warehouse: Warehouse) -> None:
    crm = filled(streams=(stream("sweep"),))
    run(warehouse, crm)
    kept = crm.records["5"]
    crm.remove("5")
    crm.wait(hours=1)
    run(warehouse, crm)
    assert "5" not in names(warehouse)
    crm.records["5"] = kept
    crm.wait(hours=1)
    run(warehouse, crm)
    assert names(warehouse) == truth(crm)


def test_a_crm_that_lists_nobody_at_all_deletes_nobody(warehouse: Warehouse) -> None:
    crm = filled(streams=(stream("absence", incremental=False),))
    run(warehouse, crm)
    before = names(warehouse)
    crm.records.clear()
    with pytest.raises(FatalSyncError, match="lists no accounts at all"):
        run(warehouse, crm)
    assert names(warehouse) == before


def test_nor_does_the_run_after_it(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    before = names(warehouse)
    crm.records.clear()
    with pytest.raises(FatalSyncError, match="lists no accounts at all"):
        run(warehouse, crm, full=True)
    assert run(warehouse, crm).deleted == 0
    assert names(warehouse) == before


@pytest.mark.parametrize("way", ["feed", "sweep"])
def test_the_dead_letter_of_a_record_that_is_gone_is_resolved(warehouse: Warehouse, way: str) -> None:
    crm = filled(streams=(stream(way),))
    crm.put("4", Name="bad")
    run(warehouse, crm)
    crm.wait(hours=1)
    crm.remove("4")
    run(warehouse, crm)
    with warehouse.read() as connection:
        assert connection.scalar(select(ops_dead_letter.c.state)) == "resolved"


def _again(warehouse: Warehouse, *records: dict[str, Any]) -> set[tuple[str, str]]:
    """Read records that come one after another in one batch, and tell the dead letters and their state."""
    crm = FakeCrm(streams=(replace(stream(), is_deleted=lambda raw: bool(raw.get("Gone"))),))
    crm.read = lambda *_args, **_bounds: (Page([raw], {"after": raw["id"]}) for raw in records)  # type: ignore[method-assign]
    run(warehouse, crm)
    with warehouse.read() as connection:
        query = select(ops_dead_letter.c.source_id, ops_dead_letter.c.state)
        return {(key, state) for key, state in connection.execute(query)}


def test_of_a_record_that_comes_twice_in_a_batch_the_later_one_counts(warehouse: Warehouse) -> None:
    bad, good, gone = {"id": "1", "Name": "bad"}, {"id": "1", "Name": "good"}, {"id": "1", "Gone": True}
    assert _again(warehouse, bad, good) == set()
    assert names(warehouse) == {"1": "good"}
    assert _again(warehouse, good, gone) == set()
    assert names(warehouse) == {}
    assert _again(warehouse, gone, good) == set()
    assert names(warehouse) == {"1": "good"}
    assert _again(warehouse, good, bad) == {("1", "open")}


def test_the_dead_letter_of_a_record_that_is_shown_as_deleted_is_resolved(warehouse: Warehouse) -> None:
    assert _again(warehouse, {"id": "1", "Name": "bad"}) == {("1", "open")}
    assert _again(warehouse, {"id": "1", "Name": "bad", "Gone": True}) == {("1", "resolved")}


def test_a_changed_time_zone_makes_every_row_again(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    crm.wait(hours=1)
    context = SyncContext(warehouse, crm, "run", ZoneInfo("Asia/Shanghai"), clock=lambda: crm.now)
    result = SourceSync(context).sync(crm.streams[0])
    assert result.rows == 8
    [note] = result.notes
    assert note == (
        "crm/accounts: the mapping, time zone or currency has changed, so all records were read again; where raw pages "
        "are kept, this before the sync saves the calls: crmsync replay --source crm"
    )
    assert SourceSync(context).sync(crm.streams[0]).rows == 0


def test_only_the_first_reasons_of_rejects_are_kept_in_memory(warehouse: Warehouse) -> None:
    crm = FakeCrm()
    for number in range(12):
        crm.put(f"{number:02}", Name="bad")
    result = run(warehouse, crm)
    assert (result.rejected, len(result.warnings)) == (12, 5)


def test_a_large_sweep_is_spread_over_runs_and_ends(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletes, "SWEEP_CALLS", 1)
    crm = filled(streams=(stream("sweep"),))
    run(warehouse, crm)
    crm.remove("7")  # behind the place where the first part of the sweep pauses
    runs = 0
    while "7" in names(warehouse):
        crm.wait(hours=1)
        run(warehouse, crm)
        runs += 1
        assert runs < 5
    assert runs > 1


def test_the_echo_of_our_own_write_is_told_apart(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    written(warehouse, "1", "Tier", "A")
    written(warehouse, "2", "Tier", "B")
    crm.put("1", Tier="A", By="engine")
    crm.put("2", Tier="B", By="engine", Name="and a person renamed it")
    crm.put("3", Tier="C", By="a person")
    result = run(warehouse, crm)
    assert (result.echo, result.changed) == (1, 2)


def written(warehouse: Warehouse, key: str, field: str, value: str) -> None:
    plan = {"source": "crm", "state": "settled", "created_at": START, "compared": 1, "run_id": "r"}
    item = {"source": "crm", "object": "Accounts", "source_id": key, "field": field, "target": "tier"}
    item |= {"new_value": value, "reason_en": "", "reason_zh": "", "rule_version": "1", "outcome": "applied"}
    with warehouse.begin() as connection:
        plan_id = connection.scalar(insert(ops_push_plan).values(plan).returning(ops_push_plan.c.plan_id))
        connection.execute(insert(ops_push_item).values(item | {"plan_id": plan_id}))


def test_an_unknown_stream_says_what_there_is(warehouse: Warehouse) -> None:
    with pytest.raises(ConfigError, match="crm has no stream 'acounts'; did you mean accounts?"):
        choose_streams(SyncContext(warehouse, FakeCrm(), "run", UTC), ["acounts"])


def test_the_watermark_stays_behind_the_crms_clock_by_the_lookback(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm)
    with warehouse.read() as connection:
        marks = dict(connection.execute(select(ops_checkpoint.c.slice, ops_checkpoint.c.watermark)).all())
    behind = crm.now - timedelta(minutes=10)
    assert marks == {"modified": behind, "deleted": behind}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "remove", "sync", "fail", "wait"]),
        st.sampled_from("abcdefghij"),
        st.sampled_from(["x", "y", "bad"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize("way", ["feed", "sweep"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_after_any_edits_and_broken_runs_one_more_run_makes_the_warehouse_equal(
    way: str, acts: list[tuple[str, str, str]]
) -> None:
    warehouse = Warehouse("sqlite:///:memory:")
    metadata.create_all(warehouse.engine)
    crm = FakeCrm(streams=(stream(way),))
    for act, key, value in acts:
        if act == "put":
            crm.put(key, Name=value)
        elif act == "remove" and key in crm.records:
            crm.remove(key)
        elif act == "wait":
            crm.wait(minutes=7)
        elif act in {"sync", "fail"}:
            crm.fail_after = ord(key) - ord("a") if act == "fail" else None
            with contextlib.suppress(ServiceUnavailableError):
                run(warehouse, crm)
        crm.wait(seconds=0.3)
    crm.fail_after = None
    run(warehouse, crm)
    found, wanted = names(warehouse), truth(crm)
    bad = {key for key, name in wanted.items() if name == "bad"}
    assert {k: v for k, v in found.items() if k not in bad} == {k: v for k, v in wanted.items() if k not in bad}
    with warehouse.read() as connection:
        letters = set(connection.scalars(select(ops_dead_letter.c.source_id).where(ops_dead_letter.c.state == "open")))
    assert bad <= letters
    warehouse.close()


class WithoutAccounts(FakeCrm):
    def fields(self, object_name: str) -> Any:
        raise ObjectUnavailableError(f"crm/{object_name}: the CRM has no such object")


def test_a_stream_that_the_crm_may_lack_is_passed_over_with_a_note(warehouse: Warehouse) -> None:
    optional = (replace(stream(), optional=True),)
    told = ["crm/accounts was passed over: crm/Accounts: the CRM has no such object"]
    assert run(warehouse, WithoutAccounts(streams=optional)).notes == told
    assert run(warehouse, WithoutAccounts(streams=optional)).notes == [], "it is told once"
    with pytest.raises(ObjectUnavailableError):
        run(warehouse, WithoutAccounts())
    crm = filled(streams=optional)
    assert run(warehouse, crm).new == 8
    crm.put("1", Name="changed while it was gone")
    crm.wait(minutes=1)
    assert run(warehouse, WithoutAccounts(streams=optional)).notes == told
    again = run(warehouse, crm)
    assert (again.changed, names(warehouse)) == (1, truth(crm))


def test_a_reading_of_everything_that_ended_in_a_missing_object_begins_anew(warehouse: Warehouse) -> None:
    def sync(crm: FakeCrm, zone: str) -> StreamResult:
        context = SyncContext(warehouse, crm, "run", ZoneInfo(zone), clock=lambda: crm.now)
        return SourceSync(context).sync(crm.streams[0])

    one = replace(stream(), optional=True, fields=(*stream().fields, Field("Created", "created_at", INSTANT)))
    crm = filled(streams=(one,))
    sync(crm, "UTC")
    crm.wait(hours=1)
    crm.fail_after = 1  # between the batches of a reading that another zone asks for
    with pytest.raises(ServiceUnavailableError):
        sync(crm, "Asia/Shanghai")
    lacking = WithoutAccounts(streams=(one,), records=crm.records, now=crm.now)
    sync(lacking, "Asia/Shanghai")
    assert sync(crm, "Asia/Shanghai").rows == 8


class TwoObjects(FakeCrm):
    """The records of odd numbers are surveys, the others are cases."""

    def fields(self, object_name: str) -> Any:
        return super().fields("Accounts")

    def read(self, stream: Any, **window: Any) -> Any:
        for page in super().read(stream, **window):
            mine = [r for r in page.records if int(r["id"]) % 2 == (stream.object == "Surveys") or r["id"] == "99"]
            yield Page(mine, page.position)


def object_stream(name: str) -> Stream:
    fields = (Field("Name", "subject", TEXT), Field("Modified", "modified_at", INSTANT))
    return Stream(name.lower(), name, fields, entity="feedback", deletes="absence", incremental=False)


def test_objects_that_share_a_table_do_not_take_each_others_records_for_gone(warehouse: Warehouse) -> None:
    crm = filled_like(TwoObjects(streams=(object_stream("Cases"), object_stream("Surveys"))))
    sync = SourceSync(SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now))
    assert [sync.sync(item).new for item in crm.streams] == [4, 4]
    crm.remove("3")
    assert [sync.sync(item).deleted for item in crm.streams] == [0, 1]
    with warehouse.read() as connection:
        alive = select(feedback.c.object, feedback.c.source_id).where(feedback.c.deleted_at.is_(None))
        assert set(connection.execute(alive)) == {
            *(("Cases", key) for key in "0246"),
            *(("Surveys", key) for key in "157"),
        }


def test_an_id_that_two_objects_of_a_table_share_stops_the_second(warehouse: Warehouse) -> None:
    crm = filled_like(TwoObjects(streams=(object_stream("Cases"), object_stream("Surveys"))))
    crm.put("99", Name="both")
    sync = SourceSync(SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now))
    sync.sync(crm.streams[0])
    with pytest.raises(FatalSyncError, match="crm/surveys 99: Cases has a record of this id, too"):
        sync.sync(crm.streams[1])


def test_small_streams_are_swept_whole_and_a_large_one_gets_what_is_left(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletes, "SWEEP_CALLS", 7)
    crm = filled(streams=(stream("sweep"),))  # 8 records: 5 pages of 2
    run(warehouse, crm)
    empty = [replace(stream("sweep"), name=name, entity="orders") for name in ("one", "two")]
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    assert deletes.sweep_budgets(context, [empty[0], crm.streams[0], empty[1]]) == {"one": 2, "accounts": 6, "two": 2}
    monkeypatch.setattr(deletes, "SWEEP_CALLS", 4)
    assert deletes.sweep_budgets(context, [crm.streams[0], *empty]) == {"accounts": 3, "one": 2, "two": 2}
