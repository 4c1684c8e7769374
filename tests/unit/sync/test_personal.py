"""What is personal is in no table: not when it lands, and no more once it is named as personal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select

from connectors.guard import Guard
from connectors.personal import Mask
from models.errors import ConfigError
from models.spec import Field, Stream
from models.warehouse.core import accounts, metadata
from models.warehouse.engine import Warehouse
from models.warehouse.history import hist_change
from models.warehouse.kept import raw_page
from models.warehouse.ops import ops_dead_letter, ops_push_item, ops_push_plan
from pipeline.sync import raw
from pipeline.sync.backfill.run import Backfill
from pipeline.sync.backfill.slices import Span
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.dead_letters import commands
from pipeline.sync.replay import Replay
from pipeline.sync.run import SourceSync
from tests.unit.sync.fake import INSTANT, START, TEXT, FakeCrm, stream

PERSONAL = {"Name": "hash", "Phone": "drop", "Fax": "hash", "By.email": "drop"}
MASK = Mask(SecretStr("a key of sixteen!"))
HASH_OF_B = "hmac:0123456789abcdef0123456789abcdef"


class Crm(FakeCrm):
    def fields(self, object_name: str) -> dict[str, Any]:
        return {**super().fields(object_name), "Fax": super().fields(object_name)["Name"]}


def work(warehouse: Warehouse, crm: FakeCrm, personal: dict[str, str]) -> tuple[SourceSync, Stream]:
    base = stream()
    one = replace(base, fields=(*base.fields, Field("Phone", "phone", TEXT, optional=True)), personal=personal)
    context = SyncContext(warehouse, Guard(crm, (one,), MASK), "run", UTC, raw_days=30, clock=lambda: crm.now)
    return SourceSync(context), one


def run(warehouse: Warehouse, crm: FakeCrm, personal: dict[str, str]) -> StreamResult:
    sync, one = work(warehouse, crm, personal)
    result = sync.sync(one)
    crm.wait(hours=1)
    return result


def filled() -> FakeCrm:
    crm = Crm()
    for key in "1234":
        crm.put(key, Name=f"Anna {key}", Phone=f"555-{key}", Fax=f"666-{key}", By={"id": "7", "email": "me@x.example"})
    crm.put("5", Name="bad", Phone="555-5", Fax="666-5")
    return crm


def texts(warehouse: Warehouse) -> Iterator[str]:
    with warehouse.read() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(select(table)).mappings():
                yield f"{table.name}: {raw.unpack(row['body']) if table is raw_page else tuple(row.values())!r}"


def plain(warehouse: Warehouse) -> list[str]:
    return [text for text in texts(warehouse) if any(word in text for word in ("Anna", "555-", "666-", "me@x"))]


def live(crm: FakeCrm) -> None:
    """An edit, a record that cannot be read any more, a delete."""
    crm.put("1", Name="Anna Maria", Phone="555-9")
    crm.put("2", Name="Anna B", Modified="bad")
    crm.records["2"]["Modified"] = crm.now.isoformat()
    crm.remove("3")


def test_nothing_that_is_personal_lands_anywhere(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm, PERSONAL)
    live(crm)
    assert run(warehouse, crm, PERSONAL).changed == 2
    assert plain(warehouse) == []
    with warehouse.read() as connection:
        names = dict(connection.execute(select(accounts.c.source_id, accounts.c.name)).all())
        changes = connection.execute(select(hist_change).where(hist_change.c.source_id == "1")).all()
    assert names["1"] == MASK.hashed("Anna Maria")
    assert [(row.field, row.old_value, row.new_value) for row in changes] == [
        ("name", MASK.hashed("Anna 1"), MASK.hashed("Anna Maria"))
    ]


def test_what_lay_there_in_plain_words_is_taken_out_when_it_is_named(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm, {})
    live(crm)
    run(warehouse, crm, {})
    with warehouse.read() as connection:
        assert any("555-5" in text for text in connection.scalars(select(ops_dead_letter.c.raw)))
    assert {text.partition(":")[0] for text in plain(warehouse)} >= {"accounts", "hist_change", "raw_page"}
    crm.records["5"]["Name"] = "good"

    result = run(warehouse, crm, PERSONAL)
    assert "crm/accounts: what personal_data names was taken out of what was here" in " ".join(result.notes)
    assert "crmsync replay" not in " ".join(result.notes), "the raw pages do not hold it in plain words any more"
    assert plain(warehouse) == []
    with warehouse.read() as connection:
        found = {row.source_id: row for row in connection.execute(select(accounts))}
        assert (
            connection.execute(select(hist_change).where(hist_change.c.field.in_(["name", "phone", "Fax"]))).all() == []
        )
    assert found["4"].name == MASK.hashed("Anna 4")
    assert found["4"].custom["Fax"] == MASK.hashed("666-4")
    assert (found["3"].name, found["3"].phone) == (None, None)
    assert found["3"].deleted_at is not None


def test_what_was_fetched_before_is_not_mapped_again_in_plain_words(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm, {})
    sync, one = work(warehouse, crm, PERSONAL)
    with pytest.raises(ConfigError, match="crm/accounts: personal_data has changed .* crmsync sync"):
        Replay(sync, one).look()
    with pytest.raises(ConfigError, match="personal_data has changed"):
        commands.replay(sync, "accounts", [])
    run(warehouse, crm, PERSONAL)
    assert Replay(*work(warehouse, crm, PERSONAL)).look().rows == 0


def test_no_history_is_made_of_plain_words_by_whatever_reads_before_the_next_sync(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm, {})
    crm.put("1", By={"id": "8", "email": "me@x.example"}, Tier="A")
    sync, one = work(warehouse, crm, PERSONAL)
    job = Backfill(sync, one, Span("modified", date(2026, 11, 1), date(2026, 11, 30), UTC))
    job.read(job.slices)
    with warehouse.read() as connection:
        changes = connection.execute(select(hist_change).where(hist_change.c.source_id == "1")).all()
    assert [(row.field, row.old_value, row.new_value) for row in changes] == [("Tier", None, "A")]


def test_another_change_of_the_mapping_takes_nothing_out(warehouse: Warehouse) -> None:
    crm = filled()
    run(warehouse, crm, PERSONAL)
    crm.put("1", Name="Anna Maria")
    run(warehouse, crm, PERSONAL)
    crm.remove("3")
    run(warehouse, crm, PERSONAL)
    before = list(texts(warehouse))
    sync, one = work(warehouse, crm, PERSONAL)
    moved = SourceSync(replace(sync.context, timezone=ZoneInfo("Asia/Shanghai")))
    assert "taken out" not in " ".join(moved.sync(one).notes)
    after = set(texts(warehouse))
    for table in ("hist_change", "raw_page"):
        kept = {text for text in before if text.startswith(table)}
        assert kept
        assert kept <= after, table
    with warehouse.read() as connection:
        gone = connection.execute(select(accounts).where(accounts.c.source_id == "3")).one()
    assert gone.custom["Fax"] == MASK.hashed("666-3")


def test_what_a_backfill_brought_in_plain_words_is_taken_out_by_the_first_sync(warehouse: Warehouse) -> None:
    crm = filled()
    sync, one = work(warehouse, crm, {})
    day = crm.now.date()
    span = Span("modified", day, day, UTC)
    backfill = Backfill(sync, one, span)
    backfill.read(backfill.slices)
    assert {text.partition(":")[0] for text in plain(warehouse)} >= {"accounts", "raw_page", "ops_dead_letter"}
    crm.put("1", Name="Anna Maria")
    run(warehouse, crm, PERSONAL)
    assert plain(warehouse) == []


def test_all_columns_that_a_field_fills_are_emptied_and_what_follows_from_them(warehouse: Warehouse) -> None:
    crm = filled()
    personal = {"Phone": "drop", "Made": "drop"}
    more = (
        Field("Phone", "phone", TEXT, optional=True),
        Field("Phone", "website", TEXT, optional=True),
        Field("Made", "created_at", INSTANT, optional=True),
    )
    crm.put("3", Made=crm.now.isoformat())
    for named in ({}, personal):
        one = replace(stream(), fields=(*stream().fields, *more), personal=named)
        context = SyncContext(warehouse, Guard(crm, (one,), MASK), "run", UTC, clock=lambda: crm.now)
        SourceSync(context).sync(one)
        crm.wait(hours=1)
        with warehouse.read() as connection:
            gone = connection.execute(select(accounts).where(accounts.c.source_id == "3")).one()
        found = [gone.phone, gone.website, gone.created_at, gone.created_on]
        assert found == ([None] * 4 if named else ["555-3", "555-3", START, START.date()])
        crm.records.pop("3", None)  # unseen from here on, so that no new reading fills it


@pytest.mark.parametrize(
    ("named", "left"), [({"Name": "hash"}, HASH_OF_B), ({"Name": "drop"}, None), ({"Phone": "drop"}, 0)]
)
def test_plans_name_no_records_whose_name_is_personal_from_now_on(
    warehouse: Warehouse, named: dict[str, str], left: str | int | None
) -> None:
    crm = filled()
    run(warehouse, crm, {})
    labels = {("crm", "tier", "a"): "Anna", ("crm", "tier", "b"): HASH_OF_B, ("crm", "score", "c"): "Otto"}
    labels |= {("other", "tier", "d"): "Ida"}
    with warehouse.begin() as connection:
        plan = {"plan_id": 1, "source": "crm", "state": "open", "created_at": START, "compared": 1, "run_id": "r"}
        connection.execute(insert(ops_push_plan).values(plan))
        for (source, target, key), label in labels.items():
            item = {"source": source, "target": target, "source_id": key, "label": label, "plan_id": 1, "object": "O"}
            words = {"field": "F", "reason_en": "", "reason_zh": "", "rule_version": "1", "outcome": "pending"}
            connection.execute(insert(ops_push_item).values(item | words))
    run(warehouse, crm, named)
    with warehouse.read() as connection:
        found = dict(connection.execute(select(ops_push_item.c.source_id, ops_push_item.c.label)).all())
    assert found == {
        "a": "Anna" if left == 0 else None,
        "b": HASH_OF_B if left == 0 else left,
        "c": "Otto",
        "d": "Ida",
    }


@pytest.mark.parametrize("again", [{"Name": "hash"}, {"Name": "drop"}])
def test_a_hash_that_is_there_outlives_another_change_of_the_mapping(
    warehouse: Warehouse, again: dict[str, str]
) -> None:
    crm = filled()
    run(warehouse, crm, {"Name": "hash", "Phone": "drop"})
    crm.remove("3")
    run(warehouse, crm, {"Name": "hash", "Phone": "drop"})
    run(warehouse, crm, again)
    with warehouse.read() as connection:
        name = connection.scalar(select(accounts.c.name).where(accounts.c.source_id == "3"))
    assert name == (MASK.hashed("Anna 3") if again == {"Name": "hash"} else None)
