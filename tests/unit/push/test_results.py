"""The results are the rows that hold now, of records that exist, in the language of the connection."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from models.periods import pushed_quarter, quarter_of
from pipeline.push.results import RESULTS, ResultRow, Scope, read_rows

if TYPE_CHECKING:
    from models.config import Language
    from tests.unit.push.conftest import World


def rows(world: World, name: str, language: Language = "en", today: date = date(2026, 11, 24)) -> list[ResultRow]:
    scope = Scope("zoho", language, pushed_quarter(today, 30))
    with world.warehouse.read() as connection:
        return read_rows(connection, RESULTS[name], scope)


def test_tier_is_the_current_one_of_existing_accounts_of_the_source(world: World) -> None:
    for key in ("1", "2", "3"):
        world.add_account(key, deleted=key == "3")
        world.add_tier(key, "A", f"reason {key}")
    world.add_account("1", source="fxiaoke")
    world.add_tier("1", "VIP", source="fxiaoke")
    then = datetime(2026, 1, 1, tzinfo=UTC)
    world.add_tier("2", "C", valid_from=then, valid_to=then + timedelta(days=1))
    assert rows(world, "tier") == [
        ResultRow("1", "Account 1", "reason 1", "因为reason 1", "1", {"tier": "A", "reason": "reason 1"}),
        ResultRow("2", "Account 2", "reason 2", "因为reason 2", "1", {"tier": "A", "reason": "reason 2"}),
    ]


def test_reason_is_in_the_language_of_the_connection(sqlite_world: World) -> None:
    sqlite_world.add_account("1")
    sqlite_world.add_tier("1", "A", "x")
    assert [row.values["reason"] for row in rows(sqlite_world, "tier", "zh")] == ["因为x"]


@pytest.mark.parametrize(
    ("today", "score", "period"),
    [
        # 30 days of grace: on 30 October 2026 it is day 29 of the quarter, on the 31st day 30.
        (date(2026, 10, 30), Decimal("70.250000"), "2026Q3"),
        (date(2026, 10, 31), Decimal("87.505000"), "2026Q4"),
    ],
)
def test_score_is_of_the_quarter_that_is_shown(world: World, today: date, score: Decimal, period: str) -> None:
    world.add_user("7")
    world.add_score("7", Decimal("87.505"), 1)
    former = quarter_of(date(2026, 8, 1))
    world.add_score("7", Decimal("70.25"), None, period_start=former.start, period_end=former.end)
    month = {"period_type": "month", "period_start": date(2026, 10, 1)}
    world.add_score("7", Decimal(1), 9, **month)
    world.add_score("7", Decimal(2), 9, source="*")
    [row] = rows(world, "score", today=today)
    assert (row.key, row.label) == ("7", "User 7")
    assert (row.values["score"], row.values["period"], row.values["reason"]) == (score, period, "why")


def test_deleted_user_has_no_score(sqlite_world: World) -> None:
    sqlite_world.add_user("7", deleted=True)
    sqlite_world.add_score("7", Decimal(1), 1)
    assert rows(sqlite_world, "score") == []
