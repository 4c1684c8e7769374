"""The pure core of the scores."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.config import ScoreConfig
from pipeline.compute.scorecard import explain, mean_of_peers, score_all

RULE = ScoreConfig()  # bookings 60 (capped at 1.2), win rate 25, lead conversion 15, coverage from 0.7


def one(bookings: Any, win_rate: Any, conversion: Any) -> dict[str, Fraction | None]:
    names = ("bookings", "win_rate_count", "lead_conversion_rate")
    values = (bookings, win_rate, conversion)
    return {name: None if value is None else Fraction(value) for name, value in zip(names, values, strict=True)}


def test_the_composite_is_the_weighted_mean_of_the_components() -> None:
    star, average, new = score_all([one(120, "0.5", "0.2"), one(60, "0.4", "0.1"), one(0, "0", "0")], RULE)
    # the mean is 60: 2.0 capped at 1.2, 1.0 and 0
    assert star.score == Decimal("87.50")  # (120·60 + 50·25 + 20·15) ÷ 100
    assert average.score == Decimal("71.50")  # (100·60 + 40·25 + 10·15) ÷ 100
    assert new.score == 0
    assert [part.score for part in star.components.values()] == [120, 50, 20]
    assert [each.rank for each in (star, average, new)] == [1, 2, 3]


def test_a_component_without_value_drops_out() -> None:
    (alone,) = score_all([one(50, "0.4", None)], RULE)
    assert (alone.score, alone.coverage) == (Decimal("82.35"), Fraction("0.85"))  # (100·60 + 40·25) ÷ 85 = 82.3529…
    assert alone.components["lead_conversion_rate"].score is None


@pytest.mark.parametrize(
    ("inputs", "coverage", "eligible"),
    [
        (one(50, "0.4", "0.1"), "1", True),
        (one(50, "0.4", None), "0.85", True),
        (one(50, None, "0.1"), "0.75", True),
        (one(50, None, None), "0.6", False),
        (one(None, "0.4", "0.1"), "0.4", False),
        (one(None, None, None), "0", False),
    ],
)
def test_too_little_coverage_is_not_ranked(inputs: Any, coverage: str, eligible: bool) -> None:  # noqa: FBT001 - a case of the table
    (result,) = score_all([inputs], RULE)
    assert (result.coverage, result.eligible) == (Fraction(coverage), eligible)
    assert result.rank == (1 if eligible else None)


def test_coverage_of_exactly_the_least_is_enough() -> None:
    rule = ScoreConfig(min_coverage=Decimal("0.85"))
    assert score_all([one(50, "0.4", None)], rule)[0].eligible


def test_nothing_to_score_is_not_eligible_even_without_a_least_coverage() -> None:
    (result,) = score_all([one(None, None, None)], ScoreConfig(min_coverage=Decimal(0)))
    assert (result.score, result.eligible, result.rank) == (None, False, None)


def test_a_weight_is_positive() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        ScoreConfig(weights={"bookings": Decimal(0)})


def test_bookings_are_measured_only_against_peers_who_booked() -> None:
    first, second = score_all([one(0, "0.5", "0.5"), one(None, "0.5", "0.5")], RULE)
    assert first.components["bookings"].score is None
    assert [first.score, second.score] == [50, 50]


def test_unknown_bookings_do_not_lower_the_mean() -> None:
    assert mean_of_peers([one(100, None, None), one(None, None, None), one(50, None, None)]) == 75
    assert mean_of_peers([one(None, None, None)]) is None


def test_equal_scores_are_ranked_by_bookings_and_then_share() -> None:
    # the mean is 10: all of them are beyond the cap but the last three, who have nothing
    peers = [one(bookings, "0.5", "0.5") for bookings in (20, 30, 20, 0, 0, 0, 0)]
    results = score_all(peers, RULE)
    assert len({each.score for each in results[:3]}) == 1
    assert [each.rank for each in results] == [2, 1, 2, 4, 4, 4, 4]


def test_scores_that_round_to_the_same_are_equal() -> None:
    rule = ScoreConfig(weights={"win_rate_count": Decimal(1)})
    results = score_all([one(1, "0.500001", None), one(2, "0.5", None), one(1, "0.49994", None)], rule)
    assert [each.score for each in results] == [50, 50, Decimal("49.99")]
    assert [each.rank for each in results] == [2, 1, 3]


def test_a_score_is_rounded_once_and_at_its_end() -> None:
    # 5 of 11 deals and 2 of 17 leads; rounded on their way, the parts would make 63.61.
    rule = ScoreConfig(cap=Decimal(2))
    peers = [one(Fraction("84.1444444"), Fraction(5, 11), Fraction(2, 17)), one(Fraction("115.8555556"), None, None)]
    first, _ = score_all(peers, rule)
    # (84.1444444·60 + 45.4545454…·25 + 11.7647058…·15) ÷ 100 = 50.48666664 + 11.36363636… + 1.76470588… = 63.61500889…
    assert first.score == Decimal("63.62")


def test_half_a_cent_is_rounded_up() -> None:
    rule = ScoreConfig(weights={"win_rate_count": Decimal(1)})
    results = score_all([one(1, "0.12345", None), one(1, "0.123449999999999999999999999999999999", None)], rule)
    assert [each.score for each in results] == [Decimal("12.35"), Decimal("12.34")]


shares = st.none() | st.fractions(min_value=0, max_value=1, max_denominator=300)
people = st.lists(
    st.builds(one, st.none() | st.decimals(min_value=-1000, max_value=10**6, places=2), shares, shares), max_size=12
)


@given(people)
def test_scores_agree_with_exact_fractions(peers: list[dict[str, Fraction | None]]) -> None:
    known = [p["bookings"] for p in peers if p["bookings"] is not None]
    mean = sum(known, Fraction(0)) / len(known) if known else None
    for person, result in zip(peers, score_all(peers, RULE), strict=True):
        parts: list[tuple[int, Fraction]] = []
        if person["bookings"] is not None and mean is not None and mean > 0:
            parts.append((60, max(Fraction(0), min(person["bookings"] / mean, Fraction("1.2")))))
        parts += [
            (weight, value)
            for name, weight in (("win_rate_count", 25), ("lead_conversion_rate", 15))
            if (value := person[name]) is not None
        ]
        weight = sum(each for each, _ in parts)
        if not parts:
            assert result.score is None
            continue
        exact = 100 * sum((each * share for each, share in parts), Fraction(0)) / weight
        assert result.score is not None
        off = Fraction(result.score) - exact
        assert -Fraction("0.005") < off <= Fraction("0.005")
        assert result.eligible == (weight >= 70)


@given(people)
def test_a_rank_counts_those_who_are_ahead(peers: list[dict[str, Fraction | None]]) -> None:
    results = score_all(peers, RULE)
    standing = [
        (result.score or Decimal(0), Fraction(-(10**9)) if person["bookings"] is None else person["bookings"])
        for person, result in zip(peers, results, strict=True)
        if result.eligible
    ]
    ranks = [result.rank for result in results if result.eligible]
    assert ranks == [1 + sum(other > mine for other in standing) for mine in standing]
    assert all(result.rank is None for result in results if not result.eligible)


def test_the_reason_names_the_inputs_in_both_languages() -> None:
    peers = [one(1_320_000, "0.41", "0.12"), one(880_000, None, None)]
    mean = mean_of_peers(peers)  # 1.1 million
    first, second = score_all(peers, RULE)
    assert explain(first, mean, RULE, "CNY", "en") == (
        "bookings ¥1.32M (120 % of peers' mean) · win rate 41 % · lead conversion 12 %"
    )
    assert explain(first, mean, RULE, "CNY", "zh") == "成交金额¥132万（同事均值的120%） · 赢单率41% · 线索转化率12%"
    assert explain(second, mean, RULE, "CNY", "en") == (
        "bookings ¥880K (80 % of peers' mean) · win rate – · lead conversion –"
    )


def test_the_reason_tells_what_is_capped_and_what_is_unknown() -> None:
    (unknown, capped) = score_all([one(None, "0.5", "0"), one(300, "1", "0")], RULE)
    assert explain(capped, Fraction(100), RULE, "CNY", "en").startswith(
        "bookings ¥300 (300 % of peers' mean, counted as 120 %)"
    )
    assert explain(capped, Fraction(100), RULE, "CNY", "zh").startswith("成交金额¥300（同事均值的300%，按120%计）")
    assert explain(unknown, None, RULE, "CNY", "en").startswith("bookings unknown (no rate) · win rate 50 %")
    assert explain(unknown, None, RULE, "CNY", "zh").startswith("成交金额未知（缺少汇率）")
    assert explain(capped, Fraction(), RULE, "CNY", "en").startswith("bookings ¥300 · ")
