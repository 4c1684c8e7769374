"""Loading in bulk: whatever the size of a batch, each row arrives once, as it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from models.warehouse.core import teams
from models.warehouse.engine import Warehouse
from pipeline.sync.load import Loader

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
COLUMNS = ("source_id", "row_hash", "created_at", "name", "custom")


def rows(count: int, changed: range = range(0)) -> list[tuple[Any, ...]]:
    return [
        (f"{number:05}", f"hash {number in changed}", NOW, f"team {number} {number in changed}", f'{{"n":{number}}}')
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 1_023, 1_024, 1_025, 3_000])
def test_a_batch_of_any_size_is_inserted_and_then_only_what_differs_updated(warehouse: Warehouse, count: int) -> None:
    loader = Loader(teams, "acme", COLUMNS)
    changed = range(count // 3, count // 2)
    with warehouse.begin() as connection:
        first = loader.load(connection, rows(count), run_id="one", now=NOW)
    with warehouse.begin() as connection:
        second = loader.load(connection, rows(count, changed), run_id="two", now=NOW)
    assert (first.new, len(first.changed)) == (count, 0)
    assert (second.new, second.unchanged, len(second.changed)) == (0, count - len(changed), len(changed))
    with warehouse.read() as connection:
        found = connection.execute(select(teams.c.source_id, teams.c.name, teams.c.custom, teams.c.run_id)).all()
        assert connection.scalar(select(func.count()).where(teams.c.created_at == NOW)) == count
    assert sorted(map(tuple, found)) == [
        (
            f"{number:05}",
            f"team {number} {number in changed}",
            {"n": number},
            "two" if number in changed else "one",
        )
        for number in range(count)
    ]
