"""Performance scores: a weighted mean of normalised metrics (docs/metrics §3). Plain numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from models.config import Language, ScoreConfig
from models.wording import money, percent

Inputs = Mapping[str, Decimal | None]
"""Metric → value of one salesperson; None if the metric is not defined for them."""

_POINTS = Decimal("0.0001")
_SCORE = Decimal("0.01")
_SHARE = Decimal("0.000001")
_HUNDRED = Decimal(100)
_RELATIVE = "bookings"
"""The metric that is measured against the peers; the others are shares."""


@dataclass(frozen=True, slots=True)
class Component:
    """One metric's part: what it is, the points it makes (None: it drops out), and what they weigh."""

    input: Decimal | None
    score: Decimal | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """A salesperson's result.

    Attributes:
        components: By metric.
        score: To two decimals; None if no component has a value.
        coverage: Weight of the components that have a value, 0 to 1.
        eligible: May be ranked.
        rank: 1, 2, 2, 4; None if not eligible.
    """

    components: Mapping[str, Component]
    score: Decimal | None
    coverage: Decimal
    eligible: bool
    rank: int | None


def score_all(inputs: Sequence[Inputs], rule: ScoreConfig) -> list[Score]:
    """Score and rank the salespeople of one source and period; results in the order of `inputs`."""
    mean = mean_of_peers(inputs)
    scores = [_score(each, mean, rule) for each in inputs]
    standing = [
        (each.score, _bookings(one)) if each.eligible and each.score is not None else None
        for each, one in zip(scores, inputs, strict=True)
    ]
    order = sorted((place for place in standing if place is not None), reverse=True)
    return [
        each if place is None else replace(each, rank=order.index(place) + 1)
        for each, place in zip(scores, standing, strict=True)
    ]


def mean_of_peers(inputs: Sequence[Inputs]) -> Decimal | None:
    """Mean bookings of all whose bookings are known; None if nobody's are."""
    known = [value for each in inputs if (value := each.get(_RELATIVE)) is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def explain(score: Score, mean: Decimal | None, rule: ScoreConfig, currency: str, language: Language) -> str:
    """`bookings ¥1.32M (120 % of peers' mean) · win rate 41 % · lead conversion 12 %`."""
    return " · ".join(
        _explain_bookings(part.input, mean, rule, currency, language)
        if name == _RELATIVE
        else f"{_PHRASES[name][language]}{percent(part.input, language)}"
        for name, part in score.components.items()
    )


_PHRASES: Mapping[str, Mapping[Language, str]] = {
    "win_rate_count": {"en": "win rate ", "zh": "赢单率"},
    "lead_conversion_rate": {"en": "lead conversion ", "zh": "线索转化率"},
}
INPUTS = (_RELATIVE, *_PHRASES)
"""The metrics that a score can weigh."""


def _score(inputs: Inputs, mean: Decimal | None, rule: ScoreConfig) -> Score:
    components: dict[str, Component] = {
        name: Component(inputs.get(name), _points(name, inputs.get(name), mean, rule), weight)
        for name, weight in rule.weights.items()
    }
    present = [(part.weight, part.score) for part in components.values() if part.score is not None]
    weight = sum((weight for weight, _ in present), Decimal(0))
    coverage = (weight / sum(rule.weights.values())).quantize(_SHARE, ROUND_HALF_UP)
    if not present:
        return Score(components, None, coverage, eligible=False, rank=None)
    total = sum(weight * points for weight, points in present) / weight
    rounded = total.quantize(_SCORE, ROUND_HALF_UP)
    return Score(components, rounded, coverage, eligible=coverage >= rule.min_coverage, rank=None)


def _points(name: str, value: Decimal | None, mean: Decimal | None, rule: ScoreConfig) -> Decimal | None:
    """0 to 100, or to 100 × cap for bookings; None where there is nothing to compare with."""
    share = _of_mean(value, mean) if name == _RELATIVE else value
    if share is None:
        return None
    if name == _RELATIVE:
        share = max(Decimal(0), min(share, rule.cap))
    return (share * _HUNDRED).quantize(_POINTS, ROUND_HALF_UP)


def _of_mean(value: Decimal | None, mean: Decimal | None) -> Decimal | None:
    """None unless the peers booked something: no share of nothing."""
    return None if value is None or mean is None or mean <= 0 else value / mean


def _bookings(inputs: Inputs) -> Decimal:
    value = inputs.get(_RELATIVE)
    return Decimal("-Infinity") if value is None else value


def _explain_bookings(
    value: Decimal | None, mean: Decimal | None, rule: ScoreConfig, currency: str, language: Language
) -> str:
    if value is None:
        return "成交金额未知（缺少汇率）" if language == "zh" else "bookings unknown (no rate)"
    amount, share = money(value, currency, language), _of_mean(value, mean)
    if share is None:
        return f"成交金额{amount}" if language == "zh" else f"bookings {amount}"
    of_mean, cap = percent(share, language), percent(rule.cap, language)
    if language == "zh":
        return f"成交金额{amount}（同事均值的{of_mean}{f'，按{cap}计' if share > rule.cap else ''}）"
    return f"bookings {amount} ({of_mean} of peers' mean{f', counted as {cap}' if share > rule.cap else ''})"
