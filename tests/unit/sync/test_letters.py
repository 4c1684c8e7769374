"""A dead letter is a record in waiting: it is mapped again, given up or resolved, and never harms a newer version."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import select, update

from models.errors import ConfigError
from models.spec import Converter, Stream
from models.warehouse.core import accounts
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_dead_letter
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.dead_letters import commands
from pipeline.sync.raw import loads
from pipeline.sync.run import SourceSync
from tests.unit.sync.fake import FakeCrm, stream

TAKES_ALL = Converter("takes all", str, str)


def lenient() -> Stream:
    """The same stream after its mapping was mended: any name will do."""
    strict = stream()
    fields = tuple(replace(field, convert=TAKES_ALL) if field.to == "name" else field for field in strict.fields)
    return replace(strict, fields=fields)


def work(warehouse: Warehouse, crm: FakeCrm, run_id: str = "run") -> SourceSync:
    return SourceSync(SyncContext(warehouse, crm, run_id, UTC, clock=lambda: crm.now))


def sync(warehouse: Warehouse, crm: FakeCrm, run_id: str = "run", *, full: bool = False) -> StreamResult:
    return work(warehouse, crm, run_id).sync(crm.streams[0], full=full)


def replay(warehouse: Warehouse, crm: FakeCrm, *numbers: int) -> StreamResult:
    return commands.replay(work(warehouse, crm), "accounts", numbers)


def kept(warehouse: Warehouse) -> list[dict[str, Any]]:
    with warehouse.read() as connection:
        return [dict(row) for row in connection.execute(select(ops_dead_letter).order_by("id")).mappings()]


def states(warehouse: Warehouse) -> list[tuple[str, str]]:
    return [(letter["source_id"], letter["state"]) for letter in kept(warehouse)]


def names(warehouse: Warehouse) -> dict[str, str]:
    with warehouse.read() as connection:
        return {row.source_id: row.name for row in connection.execute(select(accounts))}


@pytest.fixture
def crm() -> FakeCrm:
    """Three accounts; the name of the second cannot be read."""
    made = FakeCrm()
    for key, name in (("1", "one"), ("2", "bad"), ("3", "three")):
        made.put(key, Name=name)
    made.wait(hours=1)
    return made


def test_a_letter_is_mapped_again_by_the_mended_mapping_without_asking_for_the_record(
    warehouse: Warehouse, crm: FakeCrm
) -> None:
    sync(warehouse, crm)
    crm.streams = (lenient(),)
    calls = crm.usage.calls
    result = replay(warehouse, crm)
    assert (result.new, result.rejected, crm.usage.calls) == (1, 0, calls)
    assert names(warehouse) == {"1": "one", "2": "bad", "3": "three"}
    assert states(warehouse) == [("2", "resolved")]


def test_a_letter_that_still_cannot_be_read_stays_with_its_number(warehouse: Warehouse, crm: FakeCrm) -> None:
    sync(warehouse, crm)
    [before] = kept(warehouse)
    crm.wait(minutes=1)
    result = replay(warehouse, crm)
    [after] = kept(warehouse)
    assert (result.new, result.rejected) == (0, 1)
    assert {name: after[name] for name in ("id", "state", "raw", "first_seen_at")} == {
        name: before[name] for name in ("id", "state", "raw", "first_seen_at")
    }
    assert after["last_seen_at"] == crm.now


def test_a_letter_never_overwrites_a_version_that_was_modified_later(warehouse: Warehouse, crm: FakeCrm) -> None:
    sync(warehouse, crm)
    crm.put("2", Name="newer")
    sync(warehouse, crm)
    with warehouse.begin() as connection:  # as if the newer version had come by another way
        connection.execute(update(ops_dead_letter).values(state="open"))
    crm.streams = (lenient(),)
    assert replay(warehouse, crm).unchanged == 1
    assert names(warehouse)["2"] == "newer"
    assert states(warehouse) == [("2", "resolved")]


def test_a_letter_replaces_an_older_version_of_its_record(warehouse: Warehouse, crm: FakeCrm) -> None:
    crm.put("2", Name="older")
    sync(warehouse, crm)
    crm.wait(hours=1)
    crm.put("2", Name="bad")
    sync(warehouse, crm)
    crm.streams = (lenient(),)
    assert replay(warehouse, crm).changed == 1
    assert names(warehouse)["2"] == "bad"


def test_only_the_letter_of_that_number_is_mapped_again(warehouse: Warehouse, crm: FakeCrm) -> None:
    crm.put("3", Name="bad")
    sync(warehouse, crm)
    crm.streams = (lenient(),)
    [number] = [letter["id"] for letter in kept(warehouse) if letter["source_id"] == "3"]
    replay(warehouse, crm, number)
    assert sorted(states(warehouse)) == [("2", "open"), ("3", "resolved")]


def test_a_letter_given_up_is_counted_no_more_until_its_record_changes(warehouse: Warehouse, crm: FakeCrm) -> None:
    assert sync(warehouse, crm).rejected == 1
    [letter] = kept(warehouse)
    commands.give_up(warehouse, letter["id"], "test data", now=crm.now)
    assert sync(warehouse, crm, full=True).rejected == 0
    assert commands.waiting(warehouse, "crm", ()) == []
    found, total = commands.listed(warehouse)
    assert [(one["state"], one["note"]) for one in found] == [("given up", "test data")]
    assert total == 1
    crm.put("2", Phone="1")
    assert sync(warehouse, crm).rejected == 1
    assert [(one["id"], one["state"], one["note"]) for one in kept(warehouse)] == [(letter["id"], "open", None)]


def test_a_letter_given_up_that_is_named_is_said_to_stay_so(warehouse: Warehouse, crm: FakeCrm) -> None:
    sync(warehouse, crm)
    [letter] = kept(warehouse)
    commands.give_up(warehouse, letter["id"], "test data", now=crm.now)
    [note] = replay(warehouse, crm, letter["id"]).notes
    assert note == (
        f"crm/accounts 2: dead letter {letter['id']} stays given up (test data), since the record can still not be read; "
        "it counts again when the record changes in the CRM"
    )
    crm.streams = (lenient(),)
    assert replay(warehouse, crm, letter["id"]).notes == []
    assert states(warehouse) == [("2", "resolved")]


def test_a_letter_given_up_is_resolved_when_its_record_can_be_read(warehouse: Warehouse, crm: FakeCrm) -> None:
    sync(warehouse, crm)
    [letter] = kept(warehouse)
    commands.give_up(warehouse, letter["id"], "test data", now=crm.now)
    crm.put("2", Name="good")
    sync(warehouse, crm)
    assert states(warehouse) == [("2", "resolved")]
    with pytest.raises(ConfigError, match=f"dead letter {letter['id']} is resolved"):
        commands.give_up(warehouse, letter["id"], "again", now=crm.now)


def test_records_without_an_id_have_a_letter_each_until_a_whole_read_no_longer_brings_them(
    warehouse: Warehouse,
) -> None:
    crm = FakeCrm(streams=(replace(stream(), key="Number"),))
    crm.put("1", Number="1", Name="one")
    crm.put("2", Name="Anna")
    crm.put("3", Name="Bert")
    crm.wait(hours=1)
    assert sync(warehouse, crm, "one").rejected == 2
    crm.wait(hours=1)
    assert sync(warehouse, crm, "two").rejected == 0  # nothing was modified, so nothing is known about them
    assert states(warehouse) == [("", "open"), ("", "open")]
    del crm.records["3"]
    assert sync(warehouse, crm, "three", full=True).rejected == 1
    assert [("Anna" in one["raw"], one["state"]) for one in kept(warehouse)] == [(True, "open"), (False, "resolved")]


@pytest.mark.parametrize("value", ["a\x00b", "a\\u0000b", "\ud83d", 2**80, 1e22, {"a": [1, None, "é"]}])
def test_the_kept_text_gives_back_exactly_the_same_record(warehouse: Warehouse, crm: FakeCrm, value: Any) -> None:
    crm.put("2", Tier=value)
    sync(warehouse, crm)
    [letter] = kept(warehouse)
    assert loads(letter["raw"]) == crm.records["2"]
    assert "\x00" not in letter["raw"]
