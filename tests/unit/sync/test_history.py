"""What was before is kept: which field changed, who changed it, and how a deal stood on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from models.records import FieldInfo
from models.spec import Converter, Field, Stream
from models.warehouse.core import deals
from models.warehouse.engine import Warehouse
from models.warehouse.history import deal_history, hist_change
from models.warehouse.ops import ops_checkpoint, ops_push_item, ops_push_plan
from pipeline.sync.context import SyncContext
from pipeline.sync.run import SourceSync, choose_streams
from tests.unit.sync.fake import INSTANT, START, TEXT, FakeCrm

DEALS = Stream(
    "deals",
    "Deals",
    (
        Field("Name", "name", TEXT),
        Field("Owner", "owner_id", TEXT),
        Field("Stage", "stage", TEXT),
        Field("State", "stage_status", TEXT),
        Field("Amount", "amount", Converter("number", lambda value: Decimal(str(value)), str)),
        Field("Closing", "close_date", Converter("day", date.fromisoformat, str)),
        Field("Modified", "modified_at", INSTANT),
        Field("By", "modified_by", TEXT),
    ),
    bookkeeping=frozenset({"By", "Modified"}),
)
NAMES = ("Name", "Owner", "Stage", "State", "Amount", "Closing", "Modified", "By", "Next")


@dataclass
class DealCrm(FakeCrm):
    streams: tuple[Stream, ...] = (DEALS,)

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        return {name: FieldInfo(name, name, "text") for name in NAMES}


def sync(warehouse: Warehouse, crm: DealCrm) -> None:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)
    SourceSync(context).sync(choose_streams(context, ())[0])


def changes(warehouse: Warehouse) -> list[tuple[str, str | None, str | None, datetime, str]]:
    t = hist_change
    query = select(t.c.field, t.c.old_value, t.c.new_value, t.c.changed_at, t.c.origin).order_by(t.c.id)
    with warehouse.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def states(warehouse: Warehouse, key: str = "1") -> list[tuple[datetime, datetime | None, str | None, Decimal | None]]:
    t = deal_history
    query = select(t.c.valid_from, t.c.valid_to, t.c.stage, t.c.amount).where(t.c.deal_id == key)
    with warehouse.read() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(t.c.valid_from))]


def test_a_first_read_is_no_change_and_each_deal_has_one_state_from_when_it_is_known(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk", Amount=100)
    crm.put("2", Stage="Won", Amount=7)
    crm.wait(hours=1)
    sync(warehouse, crm)
    assert changes(warehouse) == []
    assert states(warehouse, "1") == [(START, None, "Talk", Decimal(100))]
    assert states(warehouse, "2") == [(START, None, "Won", Decimal(7))]


def test_each_changed_field_is_one_row_in_words_that_a_person_can_read(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Name="A", Amount="100.50", Closing="2026-12-01", Next={"id": "7"}, By="x")
    sync(warehouse, crm)
    crm.wait(hours=2)
    edited = crm.now
    crm.put("1", Name="B", Amount=200, Closing=None, Next={"id": "8"}, By="y")
    crm.wait(hours=1)
    sync(warehouse, crm)
    assert changes(warehouse) == [
        ("name", "A", "B", edited, "crm"),
        ("amount", "100.5", "200", edited, "crm"),
        ("close_date", "2026-12-01", None, edited, "crm"),
        ("Next", '{"id":"7"}', '{"id":"8"}', edited, "crm"),
    ]
    sync(warehouse, crm)
    assert len(changes(warehouse)) == 4


def test_the_keys_of_a_value_come_in_one_order_so_that_one_change_begins_as_the_former_ended(
    warehouse: Warehouse,
) -> None:
    crm = DealCrm()
    for number in (1, 2, 3):
        crm.put("1", Next={"zz": number, "long": 0})  # JSONB would give the short key first
        sync(warehouse, crm)
        crm.wait(hours=1)
    told = [(old, new) for _, old, new, *_ in changes(warehouse)]
    assert told == [('{"long":0,"zz":1}', '{"long":0,"zz":2}'), ('{"long":0,"zz":2}', '{"long":0,"zz":3}')]


def test_numbers_too_large_for_an_integer_are_compared_and_kept(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Name="A", Next={"n": 1e23})
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.put("1", Name="B")
    sync(warehouse, crm)
    crm.put("1", Next={"n": 5})
    sync(warehouse, crm)
    assert [row[:3] for row in changes(warehouse)] == [("name", "A", "B"), ("Next", '{"n":1e+23}', '{"n":5}')]


def test_a_deal_has_a_state_for_each_change_that_matters_to_the_pipeline(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk", Amount=100, Name="A")
    sync(warehouse, crm)
    crm.wait(days=1)
    crm.put("1", Name="B")  # no other state
    sync(warehouse, crm)
    crm.wait(days=1)
    crm.put("1", Stage="Offer")
    sync(warehouse, crm)
    crm.wait(days=1)
    crm.put("1", Amount=150)
    sync(warehouse, crm)
    second, third = START + timedelta(days=2), START + timedelta(days=3)
    assert states(warehouse) == [
        (START, second, "Talk", Decimal(100)),
        (second, third, "Offer", Decimal(100)),
        (third, None, "Offer", Decimal(150)),
    ]


def test_of_two_states_of_one_instant_the_later_read_one_stands(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk")
    sync(warehouse, crm)
    crm.put("1", Stage="Offer")
    sync(warehouse, crm)
    assert [(stage, to) for _, to, stage, _ in states(warehouse)] == [("Offer", None)]


def test_a_deleted_deal_has_no_state_and_a_restored_one_goes_on(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk")
    sync(warehouse, crm)
    crm.wait(days=1)
    gone_at = crm.now
    record = crm.records["1"]
    crm.remove("1")
    sync(warehouse, crm)
    assert [(start, end) for start, end, _, _ in states(warehouse)] == [(START, gone_at)]
    crm.wait(days=1)
    crm.records["1"] = record  # its modified time does not move
    crm.trash.clear()
    with warehouse.begin() as connection:  # all is read again
        connection.execute(delete(ops_checkpoint))
    sync(warehouse, crm)
    assert [(start, end) for start, end, _, _ in states(warehouse)] == [(START, gone_at), (gone_at, None)]


def test_a_deal_deleted_and_restored_in_one_second_goes_on(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk")
    sync(warehouse, crm)
    crm.remove("1")
    sync(warehouse, crm)
    assert states(warehouse) == []
    crm.put("1", Stage="Offer")
    sync(warehouse, crm)
    assert states(warehouse) == [(START, None, "Offer", None)]


def test_who_changed_a_field_is_who_changed_the_record_last(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Amount=1, By="anna")
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.put("1", Amount=2, By="bo")
    sync(warehouse, crm)
    with warehouse.read() as connection:
        found = connection.execute(select(hist_change.c.field, hist_change.c.changed_by)).all()
    assert found == [("amount", "bo")]


def test_our_own_write_is_marked_with_its_plan(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Name="A", Next="old")
    sync(warehouse, crm)
    with warehouse.begin() as connection:
        plan = {"source": "crm", "state": "settled", "created_at": START, "compared": 1, "run_id": "run"}
        connection.execute(insert(ops_push_plan).values(plan_id=7, **plan))
        connection.execute(
            insert(ops_push_item).values(
                plan_id=7,
                source="crm",
                object="Deals",
                source_id="1",
                field="Next",
                target="tier",
                new_value="pushed",
                reason_en="",
                reason_zh="",
                rule_version="1",
                outcome="applied",
            )
        )
    crm.wait(hours=1)
    crm.put("1", Next="pushed", Name="B")
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.put("1", Next="a person's")
    sync(warehouse, crm)
    assert [(field, new, origin) for field, _, new, _, origin in changes(warehouse)] == [
        ("name", "B", "crm"),
        ("Next", "pushed", "push:7"),
        ("Next", "a person's", "crm"),
    ]


edits = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("12"), st.sampled_from(["Talk", "Offer", "Won"])),
        st.tuples(st.just("remove"), st.sampled_from("12"), st.just("")),
        st.tuples(st.just("wait"), st.just(""), st.integers(0, 900)),
        st.tuples(st.just("sync"), st.just(""), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits)
def test_whatever_happens_states_follow_one_another_and_the_last_is_what_the_deal_is_now(
    warehouse: Warehouse, steps: list[tuple[str, str, Any]]
) -> None:
    crm = DealCrm()
    with warehouse.begin() as connection:
        for table in (deals, deal_history, hist_change, ops_checkpoint):
            connection.execute(delete(table))
    for act, key, value in [*steps, ("wait", "", 900), ("sync", "", "")]:
        if act == "put":
            crm.put(key, Stage=value)
        elif act == "remove" and key in crm.records:
            crm.remove(key)
        elif act == "wait":
            crm.wait(seconds=value)
        elif act == "sync":
            sync(warehouse, crm)
    for key in "12":
        found = states(warehouse, key)
        assert all(end is not None and start < end for start, end, _, _ in found[:-1])
        assert all(one[1] <= other[0] for one, other in pairwise(found) if one[1])
        is_open = bool(found) and found[-1][1] is None
        assert is_open == (key in crm.records)
        if is_open:
            assert found[-1][2] == crm.records[key]["Stage"]


@pytest.mark.parametrize("day", [0, 1, 2, 3])
def test_the_pipeline_as_it_stood_on_a_day_is_one_query(warehouse: Warehouse, day: int) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk", State="open", Amount=100)
    crm.put("2", Stage="Talk", State="open", Amount=10)
    sync(warehouse, crm)
    edited: list[tuple[str, dict[str, Any]]] = [
        ("1", {"Amount": 120}),
        ("2", {"State": "won"}),
        ("1", {"State": "lost"}),
    ]
    for number, (key, values) in enumerate(edited):
        crm.now = START + timedelta(days=number + 1)
        crm.put(key, **values)
        sync(warehouse, crm)
    at, t = START + timedelta(days=day, hours=1), deal_history
    query = select(t.c.amount).where(t.c.valid_from <= at, (t.c.valid_to > at) | t.c.valid_to.is_(None))
    with warehouse.read() as connection:
        stood = sum(connection.scalars(query.where(t.c.stage_status == "open")), Decimal())
    assert stood == [110, 130, 120, 0][day]


def test_a_field_that_moves_from_custom_into_a_column_has_not_changed(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Name="A", Next="call")
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.put("1", Name="B")
    crm.streams = (replace(DEALS, fields=(*DEALS.fields, Field("Next", "lost_reason", TEXT))),)
    sync(warehouse, crm)
    assert [row[:3] for row in changes(warehouse)] == [("name", "A", "B")]
    crm.wait(hours=1)
    crm.put("1", Next="mail")
    sync(warehouse, crm)
    assert [row[:3] for row in changes(warehouse)][1:] == [("lost_reason", "call", "mail")]


@pytest.mark.parametrize("database", ["postgresql"])
def test_what_the_database_refuses_is_an_error_of_the_database(warehouse: Warehouse) -> None:
    crm = DealCrm(streams=(replace(DEALS, fields=(*DEALS.fields, Field("Next", "currency", TEXT))),))
    crm.put("1", Next="yuan")  # no currency has four letters
    with pytest.raises(DBAPIError, match="too long"):
        sync(warehouse, crm)
    crm.put("1", Next="CNY")
    sync(warehouse, crm)
    assert len(states(warehouse)) == 1


def test_a_change_of_the_mapping_alone_is_no_change_of_a_deal(warehouse: Warehouse) -> None:
    crm = DealCrm()
    crm.put("1", Stage="Talk", Name="A")
    sync(warehouse, crm)
    with warehouse.begin() as connection:
        connection.execute(update(deals).values(row_hash="of another version"))
        connection.execute(delete(ops_checkpoint))
    sync(warehouse, crm)
    assert changes(warehouse) == []
    assert len(states(warehouse)) == 1
