"""What is read from the warehouse, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, update

from models.config import Config
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_checkpoint
from pipeline.publish import phrases
from pipeline.publish.facts import Facts, Unread, Unwritten
from pipeline.publish.queries import read_facts, read_tier_changes

MakeConfig = Callable[..., Config]


@pytest.fixture
def facts(filled: Warehouse, make_config: MakeConfig, now: datetime) -> Facts:
    return read_facts(filled, make_config(), now=now, changes_since=now - timedelta(days=7))


def test_leaderboard_goes_by_rank_then_name_and_unranked_people_come_last(facts: Facts) -> None:
    found = [(s.person_id, s.rank, s.score, s.bookings) for s in facts.standings]
    assert found == [
        ("p1", 1, Decimal("87.46"), Decimal(1320000)),
        ("p2", 2, Decimal("81.04"), Decimal(904000)),
        ("p3", 2, Decimal("81.04"), None),
        ("p4", None, Decimal(95), None),
    ]


def test_person_in_two_crms_has_one_name_and_both_teams(facts: Facts) -> None:
    assert (facts.standings[0].name, facts.standings[0].teams) == ("李娜", ("华东区", "North"))


def test_kpis_are_the_company_s_with_the_quarter_before_and_headlines_first(facts: Facts) -> None:
    found = [(k.metric, k.value, k.former, k.adds_up) for k in facts.kpis]
    assert found == [
        ("bookings", Decimal(3224000), Decimal(5200000), True),
        ("win_rate_count", Decimal("0.412"), Decimal("0.384"), False),
        ("lead_conversion_rate", Decimal("0.117"), Decimal("0.131"), False),
        ("average_deal_size", Decimal(128960), Decimal(100000), False),
        ("won_deals", Decimal(25), Decimal(50), True),
    ]


def test_grace_days_show_the_quarter_before(filled: Warehouse, make_config: MakeConfig, now: datetime) -> None:
    facts = read_facts(filled, make_config(grace_days=60), now=now, changes_since=now)
    assert (facts.quarter.name, facts.is_last_quarter, facts.standings) == ("2026Q3", True, ())


def test_elapsed_counts_today(facts: Facts) -> None:
    assert facts.elapsed == Decimal(55) / 92


def test_tier_changes_are_net_of_first_tiers_deleted_customers_and_returns(facts: Facts) -> None:
    found = [(c.name, c.old, c.new, c.reason.en) for c in facts.tier_changes]
    assert found == [("云杉科技", "VIP", "A", "why yun is A"), ("Zeta Ltd", "B", "A", "why zeta is A")]


def test_return_counts_where_the_going_was_told_before(filled: Warehouse, now: datetime) -> None:
    changes = read_tier_changes(filled, since=now - timedelta(days=3))
    assert [(c.account_id, c.old, c.new) for c in changes] == [("acme", "B", "A"), ("zeta", "B", "A")]


def test_months_are_24_with_gaps_where_no_figure_is(facts: Facts) -> None:
    figures = {month.start: month.bookings for month in facts.months if month.bookings is not None}
    assert (len(facts.months), facts.months[0].start, facts.months[-1].start) == (
        24,
        date(2024, 12, 1),
        date(2026, 11, 1),
    )
    assert figures == {
        date(2025, 11, 1): Decimal(700000),
        date(2026, 10, 1): Decimal(1500000),
        date(2026, 11, 1): Decimal(1724000),
    }


def test_tiers_count_existing_customers_best_first(facts: Facts) -> None:
    found = [(t.tier, t.customers, t.won) for t in facts.tiers]
    assert found == [("VIP", 1, Decimal(1200000)), ("A", 3, Decimal(2800000)), ("C", 1, Decimal(0))]


def test_freshness_is_the_modified_slice_and_old_sources_are_named(facts: Facts, now: datetime) -> None:
    found = {(f.source, f.stream): f.watermark for f in facts.freshness}
    assert found["fxiaoke", "deals"] == now - timedelta(hours=72)
    assert found["zoho", "deals"] == now - timedelta(hours=1)
    assert found["zoho", "leads"] == now - timedelta(hours=2)
    assert (facts.stale_sources, facts.unfinished) == (("fxiaoke",), {})


def test_stream_that_was_never_read_is_named_and_so_is_one_half_read_but_none_of_a_former_connection(
    filled: Warehouse, make_config: MakeConfig, now: datetime
) -> None:
    t = ops_checkpoint
    with filled.begin() as connection:
        connection.execute(delete(t).where(t.c.source == "zoho", t.c.stream == "deals"))
        connection.execute(update(t).where(t.c.source == "fxiaoke", t.c.stream == "leads").values(watermark=None))
        connection.execute(update(t).where(t.c.source == "fxiaoke", t.c.stream == "users").values(source="old"))
    facts = read_facts(filled, make_config(), now=now, changes_since=now)
    assert {source: sorted(streams) for source, streams in facts.unfinished.items()} == {
        "zoho": ["deals"],
        "fxiaoke": ["leads", "users"],
    }
    assert {one.source for one in facts.freshness} == {"zoho", "fxiaoke"}
    assert phrases.todo(facts, "en")[0] == ("zoho not read to its end: deals", "crmsync sync --source zoho")
    assert phrases.todo(facts, "zh")[0] == ("zoho 尚未完整读取：deals", "crmsync sync --source zoho")


def test_trouble_is_open_dead_letters_and_the_newest_settled_plan(facts: Facts) -> None:
    assert facts.unread == (Unread("zoho", "deals", 2),)
    assert facts.unwritten == (Unwritten("zoho", "conflict", 1), Unwritten("zoho", "rejected", 1))


def test_empty_warehouse_has_nothing_to_tell(warehouse: Warehouse, make_config: MakeConfig, now: datetime) -> None:
    facts = read_facts(warehouse, make_config(), now=now, changes_since=now)
    assert not facts.has_results
    assert facts.tier_changes == ()
