"""Which marts run, and what is told about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.errors import ConfigError
from models.warehouse.engine import Warehouse
from pipeline.compute.run import MARTS, compute


def test_all_marts_run_in_their_order(warehouse: Warehouse, config: Any) -> None:
    seen: list[tuple[str, int, int | None]] = []
    results = compute(
        warehouse,
        config,
        run_id="r1",
        now=datetime(2026, 11, 24, tzinfo=UTC),
        progress=lambda label, done, total=None: seen.append((label, done, total)),
    )
    assert [result.name for result in results] == [mart.name for mart in MARTS]
    assert seen == [(f"compute {mart.name}", done, 1) for mart in MARTS for done in (0, 1)]


def test_named_marts_run_in_the_order_of_all(run: Any) -> None:
    assert [result.name for result in run("dates", "fx")] == ["fx", "dates"]


def test_an_unknown_name_gets_a_near_one(run: Any) -> None:
    with pytest.raises(ConfigError, match="no mart is called 'metric'; did you mean metrics"):
        run("fx", "metric")
    with pytest.raises(ConfigError, match="no mart is called 'xyz'; there are: fx, dates"):
        run("xyz")
