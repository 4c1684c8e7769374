"""The moves of deals, made of what a CRM keeps or of what was seen between two reads, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, insert, select

from models.spec import Field, Stream
from models.warehouse.core import activities, activity_links, deal_stages
from models.warehouse.engine import Warehouse
from models.warehouse.history import deal_history, deal_stage_changes
from pipeline.sync.context import SyncContext
from pipeline.sync.links import keep_links
from pipeline.sync.run import SourceSync
from pipeline.sync.stages import keep_stage_changes
from tests.unit.sync.fake import INSTANT, TEXT, FakeCrm

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STAMP = {"row_hash": "-", "first_seen_at": NOON, "synced_at": NOON, "run_id": "r"}


def at(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def entry(key: str, deal: str | None, stage: str, hours: int, source: str = "crm") -> dict[str, Any]:
    row = {"source": source, "source_id": key, "deal_id": deal, "stage": stage, "entered_at": at(hours)}
    return STAMP | row | {"amount": Decimal(10 * hours), "probability": hours}


def state(deal: str, stage: str | None, begin: int, end: int | None, source: str = "crm") -> dict[str, Any]:
    span = {"valid_from": at(begin), "valid_to": None if end is None else at(end)}
    return {"source": source, "deal_id": deal, "stage": stage, "amount": Decimal(begin), "probability": None, **span}


def fill(warehouse: Warehouse, table: Table, *rows: dict[str, Any]) -> None:
    with warehouse.begin() as connection:
        connection.execute(insert(table), list(rows))


def moves(warehouse: Warehouse, *deals: str, source: str = "crm") -> Sequence[tuple[Any, ...]]:
    t = deal_stage_changes.c
    with warehouse.begin() as connection:
        keep_stage_changes(connection, source, deals)
    query = select(t.deal_id, t.changed_at, t.from_stage, t.to_stage, t.amount, t.probability, t.origin)
    with warehouse.read() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(t.deal_id, t.changed_at, t.to_stage))]


def test_what_the_crm_keeps_is_a_chain_from_the_first_stage_on(warehouse: Warehouse) -> None:
    fill(
        warehouse,
        deal_stages,
        entry("3", "a", "C", 3),
        entry("1", "a", "A", 1),
        entry("2", "b", "A", 1),
        entry("4", None, "A", 2),
        entry("5", "a", "X", 2, source="other"),
    )
    assert moves(warehouse, "a", "b") == [
        ("a", at(1), None, "A", 10, 1, "crm"),
        ("a", at(3), "A", "C", 30, 3, "crm"),
        ("b", at(1), None, "A", 10, 1, "crm"),
    ]


def test_two_entries_into_one_stage_in_one_second_are_one_move(warehouse: Warehouse) -> None:
    fill(warehouse, deal_stages, entry("1", "a", "A", 1), entry("2", "a", "B", 1), entry("3", "a", "A", 1))
    assert [row[2:4] for row in moves(warehouse, "a")] == [(None, "A"), ("A", "B")]


def test_without_them_a_state_with_another_stage_is_a_move_and_another_amount_is_none(warehouse: Warehouse) -> None:
    states = (state("a", "A", 1, 2), state("a", "A", 2, 3), state("a", "B", 3, 4), state("a", "A", 6, None))
    fill(warehouse, deal_history, *states, state("b", "A", 1, None), state("a", "Z", 2, None, source="other"))
    found = [("a", at(3), "A", "B", 3, None, "observed"), ("a", at(6), "B", "A", 6, None, "observed")]
    assert moves(warehouse, "a", "b") == found
    assert moves(warehouse, "a", "b") == found, "made anew, not added"


def test_what_the_crm_keeps_of_a_deal_takes_the_place_of_what_was_seen(warehouse: Warehouse) -> None:
    fill(warehouse, deal_history, state("a", "A", 1, 5), state("a", "B", 5, None))
    assert [row[-1] for row in moves(warehouse, "a")] == ["observed"]
    fill(warehouse, deal_stages, entry("1", "a", "A", 1), entry("2", "a", "B", 4))
    assert [(row[1], row[-1]) for row in moves(warehouse, "a")] == [(at(1), "crm"), (at(4), "crm")]


def test_an_entry_that_moves_to_another_deal_leaves_no_move_of_the_former(warehouse: Warehouse) -> None:
    fields = (Field("Deal", "deal_id", TEXT), Field("Stage", "stage", TEXT), Field("Entered", "entered_at", INSTANT))
    crm = FakeCrm(streams=(Stream("stages", "Accounts", fields, entity="deal_stages", deletes="never"),))
    crm.put("1", Deal="a", Stage="A", Entered=at(1).isoformat())
    crm.put("2", Deal="a", Stage="B", Entered=at(2).isoformat())
    work = SourceSync(SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now))
    work.sync(crm.streams[0])
    crm.put("2", Deal="b")
    work.sync(crm.streams[0])

    t = deal_stage_changes.c
    with warehouse.read() as connection:
        found = connection.execute(select(t.deal_id, t.from_stage, t.to_stage).order_by(t.deal_id)).all()
    assert [tuple(row) for row in found] == [("a", None, "A"), ("b", None, "B")]


def test_links_are_replaced_with_their_activity(warehouse: Warehouse) -> None:
    row = STAMP | {"source": "crm", "object": "Calls"}
    fill(
        warehouse,
        activities,
        row | {"source_id": "1", "links": '[["accounts","7"],["contacts","8"]]'},
        row | {"source_id": "2", "links": None},
    )
    fill(
        warehouse,
        activity_links,
        *({"source": "crm", "activity_id": key, "entity": "deals", "entity_id": "9"} for key in "123"),
    )
    with warehouse.begin() as connection:
        keep_links(connection, "crm", ["1", "2"])
        t = activity_links.c
        assert set(connection.execute(select(t.activity_id, t.entity, t.entity_id))) == {
            ("1", "accounts", "7"),
            ("1", "contacts", "8"),
            ("3", "deals", "9"),
        }
