"""Each kind of difference is found with its id and its cause, mended if that is asked for, and no other is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from connectors.convert import number
from flows.judge import judge
from models.records import FieldInfo, Raw
from models.spec import Field, Stream
from models.warehouse.core import accounts, deals
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_checkpoint, ops_dead_letter, ops_verify
from pipeline.sync.context import SyncContext
from pipeline.sync.dead_letters import commands
from pipeline.sync.run import SourceSync
from pipeline.sync.verify import audit
from pipeline.sync.verify.run import VerifyResult, verify
from tests.unit.sync.fake import INSTANT, TEXT, FakeCrm, stream


@dataclass
class HidingCrm(FakeCrm):
    """Lists or shows less than there is, and can be edited between a page and the next."""

    unlisted: set[str] = field(default_factory=set)
    unshown: set[str] = field(default_factory=set)
    meanwhile: Any = None

    def listing(self, stream: Stream, fields: Sequence[str], *, after: str | None) -> Iterator[Sequence[Raw]]:
        def order(key: str) -> tuple[int, str]:
            return (len(key) if self.numeric_ids else 0, key)

        found = sorted((key for key in self.records if order(key) > order(after or "")), key=order)
        for start in range(0, len(found), self.page_size):
            self._call()
            page = [key for key in found[start : start + self.page_size] if key in self.records]
            yield [{n: self.records[k].get(n) for n in ("id", *fields)} for k in page if k not in self.unlisted]
            if self.meanwhile:
                self.meanwhile, act = None, self.meanwhile
                act()

    def fetch(self, stream: Stream, ids: Sequence[str]) -> Sequence[Raw]:
        return [raw for raw in super().fetch(stream, ids) if raw["id"] not in self.unshown]


def work(warehouse: Warehouse, crm: FakeCrm) -> SourceSync:
    return SourceSync(SyncContext(warehouse, crm, "run", UTC, "CNY", clock=lambda: crm.now))


def synced(warehouse: Warehouse, crm: HidingCrm) -> HidingCrm:
    """Eight accounts that both sides have, read an hour after they were saved."""
    for key in range(8):
        crm.put(f"{key}", Name=f"N{key}")
    crm.wait(hours=1)
    work(warehouse, crm).sync(crm.streams[0])
    crm.wait(hours=1)
    return crm


@pytest.fixture(params=["feed", "sweep"])
def crm(warehouse: Warehouse, request: pytest.FixtureRequest) -> HidingCrm:
    return synced(warehouse, HidingCrm(streams=(stream(request.param),)))


def look(warehouse: Warehouse, crm: FakeCrm, *, repair: bool = False) -> list[VerifyResult]:
    return verify(work(warehouse, crm), crm.streams[0], repair=repair)


def found(result: VerifyResult) -> dict[str, str]:
    return {one.source_id: one.cause for one in result.records}


def rows(warehouse: Warehouse) -> dict[str, str | None]:
    with warehouse.read() as connection:
        query = select(accounts.c.source_id, accounts.c.name).where(accounts.c.deleted_at.is_(None))
        return {row.source_id: row.name for row in connection.execute(query)}


def assert_mended(warehouse: Warehouse, crm: FakeCrm, number_of_records: int) -> None:
    first, second = look(warehouse, crm, repair=True)
    assert (first.mended, second.differences, second.after_repair) == (number_of_records, 0, True)
    assert rows(warehouse) == {key: raw["Name"] for key, raw in crm.records.items()}


def test_nothing_differs_right_after_a_sync(warehouse: Warehouse, crm: HidingCrm) -> None:
    [result] = look(warehouse, crm, repair=True)
    assert (result.listed, result.here, result.differences, result.causes) == (8, 8, 0, {})
    assert result.calls == 3


def test_a_row_that_vanished_here_is_unknown_and_comes_back(warehouse: Warehouse, crm: HidingCrm) -> None:
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id.in_(["0", "7"])))
    [result] = look(warehouse, crm)
    assert (result.listed, result.here, result.differences) == (8, 6, 2)
    assert found(result) == {"0": "unknown", "7": "unknown"}
    assert_mended(warehouse, crm, 2)


def test_a_row_that_the_crm_has_no_more_is_deleted(warehouse: Warehouse, crm: HidingCrm) -> None:
    del crm.records["3"]  # on no list of deletes
    [result] = look(warehouse, crm)
    assert found(result) == {"3": "deleted"}
    assert_mended(warehouse, crm, 1)
    with warehouse.read() as connection:
        query = select(accounts.c.name, accounts.c.deleted_reason).where(accounts.c.source_id == "3")
        assert connection.execute(query).one() == ("N3", "not found")


def test_a_row_marked_as_gone_that_the_crm_has_is_deleted_and_revived(warehouse: Warehouse, crm: HidingCrm) -> None:
    with warehouse.begin() as connection:
        connection.execute(update(accounts).where(accounts.c.source_id == "5").values(deleted_at=crm.now))
    [result] = look(warehouse, crm)
    assert found(result) == {"5": "deleted"}
    assert_mended(warehouse, crm, 1)


def test_another_modified_time_is_a_change_and_both_times_are_told(warehouse: Warehouse, crm: HidingCrm) -> None:
    crm.records["2"] |= {"Name": "edited", "Modified": (crm.now - timedelta(hours=1, minutes=30)).isoformat()}
    [result] = look(warehouse, crm)
    assert found(result) == {"2": "changed"}
    assert result.records[0].detail == "modified at 2026-11-24 12:30:00 UTC there, 2026-11-24 12:00:00 UTC here"
    assert_mended(warehouse, crm, 1)


def test_an_open_dead_letter_is_rejected_and_one_given_up_is_no_difference(
    warehouse: Warehouse, crm: HidingCrm
) -> None:
    crm.put("1", Name="bad")
    crm.put("9", Name="bad")
    crm.wait(hours=1)
    work(warehouse, crm).sync(crm.streams[0])
    [result] = look(warehouse, crm)
    assert found(result) == {"1": "rejected", "9": "rejected"}
    assert result.differences == 2
    with warehouse.read() as connection:
        numbers = {row.source_id: row.id for row in connection.execute(select(ops_dead_letter))}
    commands.give_up(warehouse, numbers["9"], "test data", now=crm.now)
    [result] = look(warehouse, crm)
    assert (found(result), result.differences) == ({"1": "rejected", "9": "given up"}, 1)
    commands.give_up(warehouse, numbers["1"], "test data", now=crm.now)
    assert look(warehouse, crm)[0].differences == 0


def test_a_repair_maps_a_rejected_record_again(warehouse: Warehouse, crm: HidingCrm) -> None:
    crm.put("1", Name="bad")
    work(warehouse, crm).sync(crm.streams[0])
    crm.wait(hours=1)
    crm.records["1"]["Name"] = "good"  # without a new modified time, so no sync reads it again
    assert_mended(warehouse, crm, 1)
    with warehouse.read() as connection:
        assert connection.scalar(select(ops_dead_letter.c.state)) == "resolved"


def test_what_changed_after_the_last_sync_is_late_and_no_difference(warehouse: Warehouse, crm: HidingCrm) -> None:
    crm.put("4", Name="edited")
    crm.put("8", Name="new")
    crm.records["6"]["Modified"] = (crm.now - timedelta(hours=1, minutes=5)).isoformat()  # within the lookback
    [result] = look(warehouse, crm, repair=True)
    assert (found(result), result.differences, result.mended) == (dict.fromkeys("468", "late"), 0, 0)
    assert result.calls == 3


def test_a_deletion_that_the_crm_lists_since_the_last_sync_is_late(warehouse: Warehouse) -> None:
    crm = synced(warehouse, HidingCrm(streams=(stream("feed"),)))
    crm.remove("3")
    [result] = look(warehouse, crm)
    assert (found(result), result.differences) == ({"3": "late"}, 0)


def test_what_people_do_during_the_look_is_late(warehouse: Warehouse, crm: HidingCrm) -> None:
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id.in_(["0", "1"])))

    def act() -> None:
        del crm.records["0"]
        crm.put("1", Name="edited while we looked")

    crm.meanwhile, crm.read_batch = act, 10
    [result] = look(warehouse, crm)
    assert (found(result), result.differences) == ({"0": "late", "1": "late"}, 0)


def test_what_the_crm_lists_but_does_not_show_is_invisible_and_left_alone(warehouse: Warehouse, crm: HidingCrm) -> None:
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id == "6"))
    crm.unshown = {"6"}
    crm.unlisted = {"5"}
    [result] = look(warehouse, crm, repair=True)
    assert (found(result)["6"], result.differences, result.mended) == ("invisible", 1, 0)
    told = (
        "crm/accounts 6: invisible after the repair, the CRM lists it, but does not show it; give the connection's user "
        "the right to see it"
    )
    assert list(judge(result)) == [("partial", told)]


def test_a_cause_of_which_no_record_is_told_by_id_is_told_all_the_same(
    warehouse: Warehouse, crm: HidingCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id == "6"))
    crm.unshown, crm.unlisted = {"6"}, {"5"}  # 5 comes first and is no difference
    monkeypatch.setattr(audit, "KEPT_FINDINGS", 1)
    [result] = look(warehouse, crm, repair=True)
    assert found(result) == {"5": "unlisted"}
    told = "crm/accounts: 1 invisible after the repair; give the connection's user the right to see it"
    assert list(judge(result)) == [("partial", told)]


def test_what_the_crm_shows_but_does_not_list_is_no_difference(warehouse: Warehouse, crm: HidingCrm) -> None:
    crm.unlisted = {"6"}
    [result] = look(warehouse, crm, repair=True)
    assert (found(result), result.differences, result.mended) == ({"6": "unlisted"}, 0, 0)
    assert "6" in rows(warehouse)


def test_a_crm_that_lists_nothing_at_all_makes_no_repair_mark_everything_as_gone(
    warehouse: Warehouse, crm: HidingCrm
) -> None:
    kept = dict(crm.records)
    crm.records.clear()
    [result] = look(warehouse, crm, repair=True)
    [(state, line)] = judge(result)
    assert state == "failed"
    assert "the CRM lists no accounts at all, so none was marked as deleted" in line
    assert rows(warehouse).keys() == kept.keys()
    assert look(warehouse, crm)[0].causes == {"deleted": 8}


def test_numeric_ids_are_compared_in_the_order_of_numbers(warehouse: Warehouse) -> None:
    crm = HidingCrm(numeric_ids=True, page_size=2)
    for key in ("8", "9", "10", "11", "100"):
        crm.put(key, Name=key)
    crm.wait(hours=1)
    work(warehouse, crm).sync(crm.streams[0])
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id == "10"))
    [result] = look(warehouse, crm)
    assert (found(result), result.listed, result.here) == ({"10": "unknown"}, 5, 4)


def test_the_rows_of_ops_verify_tell_what_was_compared(warehouse: Warehouse, crm: HidingCrm) -> None:
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id == "0"))
    del crm.records["1"]
    look(warehouse, crm)
    with warehouse.read() as connection:
        kept = {row.what: row for row in connection.execute(select(ops_verify))}
    assert {what: (row.crm_value, row.our_value, row.differences) for what, row in kept.items()} == {
        "count": (7, 7, 0),
        "ids": (7, 7, 2),
        "modified": (6, 6, 0),
    }
    assert kept["ids"].details["causes"] == {"unknown": 1, "deleted": 1}
    assert [one["id"] for one in kept["ids"].details["records"]] == ["0", "1"]
    assert (kept["ids"].verified_at, kept["ids"].run_id, kept["ids"].after_repair) == (crm.now, "run", False)


def test_a_stream_that_was_never_read_to_its_end_is_not_compared(warehouse: Warehouse, crm: HidingCrm) -> None:
    with warehouse.begin() as connection:
        connection.execute(delete(ops_checkpoint))
    [result] = look(warehouse, crm)
    assert result.unread


def test_a_short_list_is_read_as_a_whole_and_mended_by_reading_it_again(warehouse: Warehouse) -> None:
    crm = synced(warehouse, HidingCrm(streams=(stream("absence", incremental=False),)))
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id == "0"))
    del crm.records["1"]
    [result] = look(warehouse, crm)
    assert found(result) == {"0": "unknown", "1": "deleted"}
    assert_mended(warehouse, crm, 2)


@pytest.mark.parametrize("is_short", [True, False])
def test_a_repair_tells_which_record_it_could_not_read(warehouse: Warehouse, *, is_short: bool) -> None:
    crm = synced(warehouse, HidingCrm(streams=(stream("absence", incremental=not is_short),)))
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id.in_(["0", "1"])))
    for key in "01":
        crm.records[key]["Name"] = "bad"
    first, second = look(warehouse, crm, repair=True)
    assert first.rejected == 2
    see = "mend it in the CRM, or see: crmsync dead-letters show"
    assert list(judge(first)) == [
        ("partial", f"crm/accounts {key}: Name: 'bad' is no name; {see} {number}")
        for key, number in (("0", 1), ("1", 2))
    ]
    told = (
        "crm/accounts 0 and 1 more: rejected after the repair, it could not be read, see: crmsync dead-letters list; "
        "mend it in the CRM, then: crmsync sync --source crm --stream accounts"
    )
    assert list(judge(second)) == [("partial", told)]


# --- amounts


@dataclass
class DealsCrm(HidingCrm):
    known: tuple[str, ...] = ("Name", "Modified", "Amount")

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        return {name: FieldInfo(name, name, "text") for name in self.known}


@pytest.fixture
def selling(warehouse: Warehouse) -> DealsCrm:
    """Three deals that both sides have."""
    fields = (
        Field("Name", "name", TEXT),
        Field("Modified", "modified_at", INSTANT),
        Field("Amount", "amount", number, optional=True),
    )
    crm = DealsCrm(streams=(replace(stream(), name="deals", object="Accounts", fields=fields, entity="deals"),))
    for key, amount in (("1", "10.10"), ("2", "0.2"), ("3", None)):
        crm.put(key, Name=key, Amount=amount)
    crm.wait(hours=1)
    work(warehouse, crm).sync(crm.streams[0])
    crm.wait(hours=1)
    return crm


def test_an_amount_that_moved_without_a_modified_time_is_found_and_the_sums_are_told(
    warehouse: Warehouse, selling: DealsCrm
) -> None:
    crm = selling
    crm.records["2"]["Amount"] = "0.30"
    [result] = look(warehouse, crm)
    assert found(result) == {"2": "changed"}
    assert result.records[0].detail == "amount 0.3000 there, 0.2000 here"
    assert (result.listed_amount, result.here_amount) == (Decimal("10.4"), Decimal("10.3"))
    with warehouse.read() as connection:
        kept = connection.execute(select(ops_verify).where(ops_verify.c.what == "sum")).one()
    assert (kept.crm_value, kept.our_value, kept.differences) == (Decimal("10.4"), Decimal("10.3"), 1)
    assert look(warehouse, crm, repair=True)[1].differences == 0
    with warehouse.read() as connection:
        assert connection.scalar(select(deals.c.amount).where(deals.c.source_id == "2")) == Decimal("0.3")


@pytest.mark.parametrize("absurd", ["1" + "0" * 24, "1" + "0" * 16, "100000000000"])
def test_an_amount_that_no_column_holds_is_rejected_and_no_part_of_a_sum(
    absurd: str, warehouse: Warehouse, selling: DealsCrm
) -> None:
    selling.put("2", Amount=absurd)
    selling.wait(hours=1)
    work(warehouse, selling).sync(selling.streams[0])
    selling.wait(hours=1)
    [result] = look(warehouse, selling, repair=False)
    assert found(result) == {"2": "rejected"}
    assert (result.listed_amount, result.here_amount) == (Decimal("10.1"), Decimal("10.3"))


def test_amounts_are_not_compared_where_the_crm_has_that_field_no_more(warehouse: Warehouse, selling: DealsCrm) -> None:
    selling.known = ("Name", "Modified")
    for record in selling.records.values():
        del record["Amount"]
    [result] = look(warehouse, selling, repair=True)
    assert (found(result), result.listed_amount, result.here_amount) == ({}, None, None)
    with warehouse.read() as connection:
        assert set(connection.scalars(select(ops_verify.c.what))) == {"count", "ids", "modified"}
        assert connection.scalar(select(deals.c.amount).where(deals.c.source_id == "2")) == Decimal("0.2")
