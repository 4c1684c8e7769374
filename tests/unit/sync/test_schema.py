"""Changes of a CRM's fields are kept, told once, and never empty a column behind somebody's back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import delete, func, select, update

from connectors.convert import day_iso
from flows.judge import judge
from models.errors import ConfigError
from models.protocols import Answers
from models.records import FieldInfo
from models.spec import Field
from models.warehouse.core import accounts
from models.warehouse.engine import Warehouse
from models.warehouse.history import hist_change
from models.warehouse.kept import ops_schema_change, raw_page
from models.warehouse.marts import dim_picklist
from models.warehouse.ops import ops_dead_letter
from pipeline.sync.backfill.run import Backfill
from pipeline.sync.backfill.slices import Span
from pipeline.sync.context import SliceResult, StreamResult, SyncContext
from pipeline.sync.dead_letters import commands
from pipeline.sync.replay import Replay, ReplayResult
from pipeline.sync.run import SourceSync
from pipeline.sync.schema import changes
from pipeline.sync.schema.changes import SchemaChange
from pipeline.sync.schema.drift import columns_of
from pipeline.sync.verify.run import VerifyResult, verify
from tests.unit.sync.fake import INSTANT, START, TEXT, FakeCrm, stream

TIER = replace(stream(), fields=(*stream().fields, Field("Tier", "crm_tier", TEXT, optional=True)))


def info(name: str, *, label: str = "", type_: str = "text", options: Mapping[str, str] | None = None) -> FieldInfo:
    """A field whose id is its first letters; `options` is code → label."""
    codes = {label: code for code, label in (options or {}).items()}
    return FieldInfo(name, label or name, type_, options=tuple(codes), codes=codes, id=f"id {name[:4]}")


def known(*fields: FieldInfo) -> dict[str, FieldInfo]:
    return {one.api_name: one for one in fields}


USUAL = (info("Name"), info("Modified"), info("By"))
TIERS = info("Tier", type_="picklist", options={"a": "Gold", "b": "Silver"})


@dataclass
class Crm(FakeCrm):
    known: dict[str, FieldInfo] = field(default_factory=lambda: known(*USUAL, TIERS))

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        return self.known


def run(warehouse: Warehouse, crm: Crm, *, stops: bool = False) -> StreamResult:
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now, stops_at_changes=stops)
    return SourceSync(context).sync(crm.streams[0])


def rows(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    t = ops_schema_change
    with warehouse.read() as connection:
        query = select(t.c.object, t.c.field_id, t.c.field, t.c.change, t.c.old, t.c.new).order_by(t.c.id)
        return [tuple(row) for row in connection.execute(query)]


def options(warehouse: Warehouse) -> list[tuple[str, str, int, datetime, datetime | None]]:
    t = dim_picklist
    with warehouse.read() as connection:
        query = select(t.c.code, t.c.label, t.c.position, t.c.valid_from, t.c.valid_to)
        return [tuple(row) for row in connection.execute(query.order_by(t.c.valid_from, t.c.position))]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (info("Tier"), info("Tier"), []),
        (None, info("Tier"), [("Tier", "new", None, "text")]),
        (info("Tier"), None, [("Tier", "vanished", "text", None)]),
        (
            info("Tier"),
            info("Tier_2"),
            [("Tier_2", "renamed", "Tier", "Tier_2"), ("Tier_2", "relabelled", "Tier", "Tier_2")],
        ),
        (info("Tier"), info("Tier", label="等级"), [("Tier", "relabelled", "Tier", "等级")]),
        (info("Tier"), info("Tier", type_="picklist"), [("Tier", "retyped", "text", "picklist")]),
        (
            TIERS,
            info("Tier", type_="picklist", options={"a": "VIP", "c": "c"}),
            [
                ("Tier", "option relabelled", "a (Gold)", "a (VIP)"),
                ("Tier", "option removed", "b (Silver)", None),
                ("Tier", "option added", None, "c"),
            ],
        ),
    ],
)
def test_each_kind_of_change_is_told_by_its_name(
    before: FieldInfo | None, now: FieldInfo | None, expected: list[tuple[str, str, str | None, str | None]]
) -> None:
    found = changes.compare([before] if before else [], [now] if now else [])
    assert found == [SchemaChange("id Tier", *values) for values in expected]


def test_fields_without_an_id_are_the_same_by_their_name() -> None:
    old, new = FieldInfo("a", "A", "text"), FieldInfo("b", "A", "text")
    assert [(one.field, one.change) for one in changes.compare([old], [new])] == [("a", "vanished"), ("b", "new")]


def test_changes_are_kept_and_told_once(warehouse: Warehouse) -> None:
    crm = Crm()
    crm.put("1", Name="one")
    assert run(warehouse, crm).notes == []
    assert rows(warehouse) == []
    crm.known = known(*USUAL, info("Tier", type_="text"), info("Region"))

    result = run(warehouse, crm)

    assert result.notes == [
        "crm/accounts: Accounts.Tier: retyped, picklist → text",
        "crm/accounts: Accounts.Tier: option removed, a (Gold)",
        "crm/accounts: Accounts.Tier: option removed, b (Silver)",
        "crm/accounts: Accounts.Region: new, text",
    ]
    assert rows(warehouse) == [
        ("Accounts", "id Tier", "Tier", "retyped", "picklist", "text"),
        ("Accounts", "id Tier", "Tier", "option removed", "a (Gold)", None),
        ("Accounts", "id Tier", "Tier", "option removed", "b (Silver)", None),
        ("Accounts", "id Regi", "Region", "new", None, "text"),
    ]
    assert run(warehouse, crm).notes == []
    assert len(rows(warehouse)) == 4


def test_more_changes_than_anybody_reads_are_counted(warehouse: Warehouse) -> None:
    crm = Crm()
    run(warehouse, crm)
    crm.known = known(*USUAL, TIERS, *(info(f"{letter * 4}") for letter in "cdefghi"))
    notes = run(warehouse, crm).notes
    assert len(notes) == 6
    assert notes[-1] == "crm/accounts: 2 more changes, see: crmsync schema-changes"


def test_a_replay_does_not_announce_a_column_that_it_leaves_alone(warehouse: Warehouse) -> None:
    crm = Crm(streams=(TIER,))
    crm.put("1", Name="Anna", Tier="a")
    crm.wait(hours=1)
    run(warehouse, crm)
    crm.known = known(*USUAL)
    crm.put("1", Name="Bea")
    del crm.records["1"]["Tier"]
    crm.wait(hours=1)
    run(warehouse, crm)
    with warehouse.begin() as connection:
        connection.execute(update(accounts).values(name="old", row_hash=""))
    job = Replay(SourceSync(SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now)), crm.streams[0])
    assert job.look().columns == {"name": 1}
    job.run()
    with warehouse.read() as connection:
        assert connection.execute(select(accounts.c.name, accounts.c.crm_tier)).one() == ("Bea", "a")


def test_options_hold_from_when_they_are_seen_until_they_are_gone(warehouse: Warehouse) -> None:
    crm = Crm(streams=(TIER,))
    run(warehouse, crm)
    crm.wait(days=1)
    later = crm.now
    crm.known = known(*USUAL, info("Tier", type_="picklist", options={"c": "Bronze", "a": "VIP", "b": "Silver"}))
    run(warehouse, crm)
    run(warehouse, crm)
    assert options(warehouse) == [
        ("a", "Gold", 1, START, later),
        ("b", "Silver", 3, START, None),
        ("c", "Bronze", 1, later, None),
        ("a", "VIP", 2, later, None),
    ]
    with warehouse.read() as connection:
        found = connection.execute(select(dim_picklist.c.entity, dim_picklist.c.column_name).distinct())
        assert [tuple(row) for row in found] == [("accounts", "crm_tier")]


def test_a_stream_waits_until_somebody_acknowledges(warehouse: Warehouse) -> None:
    crm = Crm()
    run(warehouse, crm, stops=True)
    crm.known = known(*USUAL, info("Tier"), info("Region"))
    crm.put("1", Name="new")
    for _ in range(2):
        result = run(warehouse, crm, stops=True)
        assert (result.rows, result.notes) == (0, [])
        assert result.stopped == (
            "crm/accounts waits for a person: Accounts.Tier: retyped, picklist → text and 3 more; look at it, then run: "
            "crmsync schema-changes acknowledge --source crm"
        )
    with pytest.raises(ConfigError, match="no schema change 4711"):
        changes.acknowledge(warehouse, now=crm.now, numbers=[4711])
    assert changes.acknowledge(warehouse, now=crm.now, sources=["other"]) == 0
    assert changes.acknowledge(warehouse, now=crm.now, sources=["crm"]) == 4
    with warehouse.read() as connection:
        assert changes.listed(connection, waiting=True) == ([], 0)
        found, total = changes.listed(connection, sources=["crm"], limit=3)
        assert (len(found), total) == (3, 4)
    result = run(warehouse, crm, stops=True)
    assert (result.rows, result.stopped) == (1, "")


@dataclass
class KeepingCrm(Crm):
    """Its fields are kept, as what a CRM says of itself is."""

    def remember(self, answers: Answers | None) -> None:
        self.answers = answers

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        assert self.answers
        if self.answers.get("fields", "") is None:
            self.answers.put("fields", orjson.dumps([asdict(one) for one in self.known.values()]), "")
        return known(*(FieldInfo(**one) for one in orjson.loads(self.answers.get("fields", "") or b"[]")))


def names(warehouse: Warehouse) -> dict[str, str]:
    with warehouse.read() as connection:
        return {row.source_id: row.name for row in connection.execute(select(accounts))}


def test_a_change_that_a_record_brings_to_light_stops_the_stream_before_that_page(warehouse: Warehouse) -> None:
    crm = KeepingCrm()
    for key in "1234":
        crm.put(key, Name=key, Tier="a")
    run(warehouse, crm, stops=True)
    crm.wait(hours=1)
    crm.known = known(*USUAL, TIERS, info("Region"))
    for key in "1234":
        crm.put(key, Name=f"new {key}", Tier="a")
    crm.put("4", Region="East")
    crm.put("5", Name="new 5", Tier="a")

    result = run(warehouse, crm, stops=True)

    assert result.stopped.startswith("crm/accounts waits for a person: Accounts.Region: new, text; look at it")
    assert names(warehouse) == {"1": "new 1", "2": "new 2", "3": "new 3", "4": "4"}
    assert rows(warehouse) == [("Accounts", "id Regi", "Region", "new", None, "text")]
    assert run(warehouse, crm, stops=True).rows == 0

    changes.acknowledge(warehouse, now=crm.now)
    assert run(warehouse, crm, stops=True).stopped == ""
    assert names(warehouse)["5"] == "new 5"
    with warehouse.read() as connection:
        custom = connection.scalar(select(accounts.c.custom).where(accounts.c.source_id == "4"))
    assert custom == {"Region": "East", "Tier": "a"}


def test_where_changes_are_only_reported_such_a_page_lands_as_the_fields_are_now(warehouse: Warehouse) -> None:
    crm = KeepingCrm()
    crm.put("1", Name="1", Tier="a")
    run(warehouse, crm)
    crm.wait(hours=1)
    crm.known = known(*USUAL, TIERS, info("Region"))
    crm.put("1", Region="East")
    assert run(warehouse, crm).notes == ["crm/accounts: Accounts.Region: new, text"]
    with warehouse.read() as connection:
        assert connection.scalar(select(accounts.c.custom)) == {"Region": "East", "Tier": "a"}


def _backfilled(work: SourceSync) -> SliceResult:
    job = Backfill(work, work.context.connector.streams[0], Span("modified", START.date(), START.date(), UTC))
    [result] = job.read(job.slices)
    assert job.is_over
    return result


def _repaired(work: SourceSync) -> VerifyResult:
    [result] = verify(work, work.context.connector.streams[0], repair=True)
    assert [one.cause for one in result.records] == ["unknown", "changed", "rejected"]
    return result


def _replayed(work: SourceSync) -> ReplayResult:
    job = Replay(work, work.context.connector.streams[0])
    assert job.look().rows == 1
    return job.run()


@pytest.mark.parametrize(
    "load", [_backfilled, _repaired, _replayed, lambda work: commands.replay(work, "accounts", ())]
)
def test_a_stream_that_waits_is_loaded_by_no_other_way(
    load: Callable[[SourceSync], StreamResult | VerifyResult | ReplayResult], warehouse: Warehouse
) -> None:
    crm = Crm()
    for key in "12":
        crm.put(key, Name=key)
    crm.put("3", Name="bad")
    crm.wait(hours=1)
    run(warehouse, crm, stops=True)
    with warehouse.begin() as connection:
        connection.execute(delete(accounts).where(accounts.c.source_id == "1"))
        connection.execute(update(accounts).values(name="old", row_hash="", modified_at=START - timedelta(days=1)))
        connection.execute(update(ops_dead_letter).values(raw=func.replace(ops_dead_letter.c.raw, "bad", "good")))
    crm.known = known(*USUAL, TIERS, info("Region"))
    context = SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now, stops_at_changes=True)
    SourceSync(context).sync(crm.streams[0])

    result = load(SourceSync(context))

    assert "crm/accounts waits for a person: Accounts.Region: new, text" in result.stopped
    assert [state for state, told in judge(result) if told == result.stopped] == ["partial"]
    assert names(warehouse) == {"2": "old"}


def test_a_change_that_a_backfill_meets_is_told_by_it_and_not_again(warehouse: Warehouse) -> None:
    crm = Crm()
    crm.put("1", Name="1")
    run(warehouse, crm)
    crm.known = known(*USUAL, TIERS, info("Region"))
    work = SourceSync(SyncContext(warehouse, crm, "run", UTC, clock=lambda: crm.now))
    job = Backfill(work, crm.streams[0], Span("modified", START.date(), START.date(), UTC))
    [result] = job.read(job.slices)
    assert (result.notes, result.rows) == (["crm/accounts: Accounts.Region: new, text"], 1)
    assert run(warehouse, crm).notes == []


def test_personal_data_are_taken_out_of_a_stream_that_waits(warehouse: Warehouse) -> None:
    crm = Crm(streams=(TIER,))
    crm.put("1", Name="1", Tier="a")
    run(warehouse, crm)
    assert tiers(warehouse) == {"1": "a"}
    crm.known = known(*USUAL, TIERS, info("Region"))
    crm.streams = (replace(TIER, personal={"Tier": "drop"}),)
    assert run(warehouse, crm, stops=True).stopped
    assert tiers(warehouse) == {"1": None}
    with warehouse.read() as connection:
        assert connection.execute(select(raw_page)).all() == []


def test_a_change_that_was_only_reported_stops_nothing(warehouse: Warehouse) -> None:
    crm = Crm()
    run(warehouse, crm)
    crm.known = known(*USUAL)
    crm.put("1", Name="new")
    assert run(warehouse, crm).stopped == ""


def tiers(warehouse: Warehouse) -> dict[str, str | None]:
    with warehouse.read() as connection:
        return {row.source_id: row.crm_tier for row in connection.execute(select(accounts))}


def changed(warehouse: Warehouse) -> list[tuple[str, str, str | None, str | None]]:
    t = hist_change
    with warehouse.read() as connection:
        query = select(t.c.source_id, t.c.field, t.c.old_value, t.c.new_value).order_by(t.c.id)
        return [tuple(row) for row in connection.execute(query)]


def test_the_column_of_a_field_that_vanished_keeps_its_last_values_without_false_history(warehouse: Warehouse) -> None:
    crm = Crm(streams=(TIER,))
    for key in "12":
        crm.put(key, Name=key, Tier="a")
    run(warehouse, crm)
    crm.wait(hours=1)
    crm.known = known(*USUAL)
    for record in crm.records.values():
        del record["Tier"]
    crm.put("1", Name="renamed")
    crm.put("3", Name="3")

    result = run(warehouse, crm)

    assert result.notes == ["crm/accounts: Accounts.Tier: vanished, picklist; accounts.crm_tier keeps its last values"]
    assert tiers(warehouse) == {"1": "a", "2": "a", "3": None}
    assert changed(warehouse) == [("1", "name", "1", "renamed")]
    crm.wait(hours=1)
    run(warehouse, crm)
    assert tiers(warehouse)["1"] == "a"

    crm.known = known(*USUAL, TIERS)
    crm.put("1", Tier="b")
    crm.put("3", Tier="a")
    run(warehouse, crm)
    assert tiers(warehouse) == {"1": "b", "2": "a", "3": "a"}
    assert sorted(changed(warehouse)[1:]) == [("1", "crm_tier", "a", "b"), ("3", "crm_tier", None, "a")]


def test_the_day_of_an_instant_that_vanished_stays_with_it(warehouse: Warehouse) -> None:
    created = Field("Created", "created_at", INSTANT, optional=True)
    crm = Crm(streams=(replace(stream(), fields=(*stream().fields, created)),), known=known(*USUAL, info("Created")))
    crm.put("1", Name="1", Created="2026-03-01T08:00:00+00:00")
    query = select(accounts.c.name, accounts.c.created_at, accounts.c.created_on)
    run(warehouse, crm)
    with warehouse.read() as connection:
        _, instant, local_day = connection.execute(query).one()
    assert (instant.date(), local_day) == (date(2026, 3, 1), date(2026, 3, 1))
    crm.wait(hours=1)
    crm.known = known(*USUAL)
    del crm.records["1"]["Created"]
    crm.put("1", Name="renamed")

    run(warehouse, crm)

    with warehouse.read() as connection:
        assert connection.execute(query).one() == ("renamed", instant, local_day)
    assert changed(warehouse) == [("1", "name", "1", "renamed")]


def test_the_instant_of_a_day_that_vanished_stays_with_it() -> None:
    due = Field("Due", "due_on", day_iso, optional=True)
    assert columns_of(replace(stream(), entity="payment_plans", fields=(due,)), {"Due"}) == {"due_on", "due_at"}


def test_an_optional_field_that_never_was_there_is_empty(warehouse: Warehouse) -> None:
    crm = Crm(streams=(TIER,), known=known(*USUAL))
    crm.put("1", Name="1")
    result = run(warehouse, crm)
    assert (result.notes, tiers(warehouse)) == ([], {"1": None})
