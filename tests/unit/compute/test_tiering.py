"""The pure core of the tiers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.config import Language, TierConfig
from pipeline.compute.tiering import classify, explain

RULE = TierConfig()  # value from 1M and 300K, need from 500K and 100K
CENT = Decimal("0.01")


def reason(value: Any, need: Any, rule: TierConfig, currency: str, language: Language) -> str:
    return explain(classify(value, need, rule), rule, currency, language)


amounts = st.decimals(min_value=-(10**9), max_value=10**15, places=4)


@pytest.mark.parametrize(
    ("value", "need", "expected"),
    [
        (1_000_000, 500_000, ("VIP", 2, 2)),
        (1_000_000, 500_000 - CENT, ("VIP", 2, 1)),
        (1_000_000, 100_000 - CENT, ("A", 2, 0)),
        (1_000_000 - CENT, 500_000, ("A", 1, 2)),
        (300_000, 100_000, ("B", 1, 1)),
        (300_000, 0, ("B", 1, 0)),
        (300_000 - CENT, 500_000, ("B", 0, 2)),
        (0, 100_000, ("C", 0, 1)),
        (0, 0, ("C", 0, 0)),
        (-5, -5, ("C", 0, 0)),
    ],
)
def test_a_cut_belongs_to_the_level_above_it(value: Decimal, need: Decimal, expected: tuple[str, int, int]) -> None:
    result = classify(Decimal(value), Decimal(need), RULE)
    assert (result.tier, result.value_score, result.need_score) == expected


@given(amounts, amounts, amounts)
def test_more_value_never_lowers_the_tier(value: Decimal, more: Decimal, need: Decimal) -> None:
    best_first = ("VIP", "A", "B", "C")
    low, high = sorted((value, more))
    assert best_first.index(classify(high, need, RULE).tier) <= best_first.index(classify(low, need, RULE).tier)


@pytest.mark.parametrize(
    ("value", "need", "en", "zh"),
    [
        (
            1_320_000,
            300_000,
            "VIP: won ¥1.32M in 12 months (top level from ¥1M), ¥300K open (middle level from ¥100K)",
            "VIP：近12个月成交¥132万（最高档，≥¥100万），在途商机¥30万（中档，≥¥10万）",
        ),
        (
            Decimal("299999.99"),
            0,
            "C: won ¥299K in 12 months (lowest level below ¥300K), ¥0 open (lowest level below ¥100K)",
            "C：近12个月成交¥29.9万（最低档，<¥30万），在途商机¥0（最低档，<¥10万）",
        ),
    ],
)
def test_the_reason_names_amounts_and_cuts(value: Decimal, need: Decimal, en: str, zh: str) -> None:
    assert reason(Decimal(value), Decimal(need), RULE, "CNY", "en") == en
    assert reason(Decimal(value), Decimal(need), RULE, "CNY", "zh") == zh


def test_other_numbers_of_levels_have_names_too() -> None:
    rule = TierConfig(
        value_cuts=(Decimal(3), Decimal(2), Decimal(1)), need_cuts=(), matrix=(("A",), ("B",), ("C",), ("D",))
    )
    assert reason(Decimal(2), Decimal(0), rule, "CNY", "en") == "B: won ¥2 in 12 months (level 2 of 4 from ¥2), ¥0 open"
    assert reason(Decimal(2), Decimal(0), rule, "CNY", "zh") == "B：近12个月成交¥2（第2档，共4档，≥¥2），在途商机¥0"


@given(amounts, amounts, st.sampled_from(["CNY", "USD", "CHF"]))
def test_a_reason_fits_into_255_characters(value: Decimal, need: Decimal, currency: str) -> None:
    assert len(reason(value, need, RULE, currency, "en")) <= 255
    assert len(reason(value, need, RULE, currency, "zh")) <= 255
