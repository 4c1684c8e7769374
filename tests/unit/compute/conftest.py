"""A small warehouse to compute on, and a configuration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from models.config import Config
from models.warehouse.core import ENTITIES
from models.warehouse.engine import Warehouse
from pipeline.compute.run import MartResult, compute

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 on the 24th in Shanghai
SYNCED = {"row_hash": "h", "first_seen_at": NOW, "synced_at": NOW, "run_id": "sync"}
CNY = {"currency": "CNY"}

Put = Callable[..., None]
Run = Callable[..., list[MartResult]]
Rows = Callable[..., Sequence[Any]]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    connections = {name: {"connector": name} for name in ("zoho", "fxiaoke")}
    return Config.model_validate({"connections": connections, "folder": tmp_path})


@pytest.fixture
def put(warehouse: Warehouse) -> Put:
    """`put("deals", {...}, {...})` inserts rows; source zoho and what the sync stamps are filled in."""

    def into(entity: str, *rows: dict[str, Any]) -> None:
        table = ENTITIES[entity]
        extra = CNY if "currency" in table.columns else {}
        with warehouse.begin() as connection:
            for row in rows:
                connection.execute(insert(table).values({"source": "zoho", **extra, **SYNCED, **row}))

    return into


@pytest.fixture
def run(warehouse: Warehouse, config: Config) -> Run:
    """Compute at NOW, unless told otherwise."""

    def at(*names: str, now: datetime = NOW, run_id: str = "r1", rules: Config | None = None) -> list[MartResult]:
        return compute(warehouse, rules or config, run_id=run_id, now=now, names=names)

    return at


@pytest.fixture
def rows(warehouse: Warehouse) -> Rows:
    """All rows of a table in the order of its key, or those that meet the conditions."""

    def of(table: Table, *conditions: Any) -> Sequence[Any]:
        with warehouse.read() as connection:
            return connection.execute(select(table).where(*conditions).order_by(*table.primary_key)).all()

    return of
