"""Performance scores: a weighted mean of normalised metrics (docs/metrics §3). Plain numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from models.config import Language, ScoreConfig
from models.wording import money, percent

Inputs = Mapping[str, Fraction | None]
"""Metric → value of one salesperson; None if the metric is not defined for them.

Exact: a score is rounded once, at its end, since a rounded input may move it by a cent.
"""

_SCORE = 2
_CENT_OF_CENT = 4
_HUNDRED = 100
_RELATIVE = "bookings"
"""The metric that is measured against the peers; the others are shares."""


@dataclass(frozen=True, slots=True)
class Component:
    """One metric's part: what it is, the points it makes (None: it drops out), and what they weigh."""

    input: Fraction | None
    score: Fraction | None
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
    coverage: Fraction
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


def mean_of_peers(inputs: Sequence[Inputs]) -> Fraction | None:
    """Mean bookings of all whose bookings are known; None if nobody's are."""
    known = [value for each in inputs if (value := each.get(_RELATIVE)) is not None]
    return sum(known, Fraction()) / len(known) if known else None


def rounded(value: Fraction, places: int) -> Decimal:
    """Half up, away from zero."""
    scaled = value * 10**places
    whole = int(abs(scaled) + Fraction(1, 2))
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-places)


def explain(score: Score, mean: Fraction | None, rule: ScoreConfig, currency: str, language: Language) -> str:
    """`bookings ¥1.32M (120 % of peers' mean) · win rate 41 % · lead conversion 12 %`."""
    return " · ".join(
        _explain_bookings(part.input, mean, rule, currency, language)
        if name == _RELATIVE
        else f"{_PHRASES[name][language]}{_percent(part.input, language)}"
        for name, part in score.components.items()
    )


_PHRASES: Mapping[str, Mapping[Language, str]] = {
    "win_rate_count": {"en": "win rate ", "zh": "赢单率"},
    "lead_conversion_rate": {"en": "lead conversion ", "zh": "线索转化率"},
}
INPUTS = (_RELATIVE, *_PHRASES)
"""The metrics that a score can weigh."""


def _score(inputs: Inputs, mean: Fraction | None, rule: ScoreConfig) -> Score:
    components: dict[str, Component] = {
        name: Component(inputs.get(name), _points(name, inputs.get(name), mean, rule), weight)
        for name, weight in rule.weights.items()
    }
    present = [(Fraction(part.weight), part.score) for part in components.values() if part.score is not None]
    weight = sum((weight for weight, _ in present), Fraction())
    coverage = weight / Fraction(sum(rule.weights.values()))
    if not present:
        return Score(components, None, coverage, eligible=False, rank=None)
    total = sum((weight * points for weight, points in present), Fraction()) / weight
    return Score(components, rounded(total, _SCORE), coverage, eligible=coverage >= rule.min_coverage, rank=None)


def _points(name: str, value: Fraction | None, mean: Fraction | None, rule: ScoreConfig) -> Fraction | None:
    """0 to 100, or to 100 × cap for bookings; None where there is nothing to compare with."""
    share = _of_mean(value, mean) if name == _RELATIVE else value
    if share is None:
        return None
    if name == _RELATIVE:
        share = max(Fraction(), min(share, Fraction(rule.cap)))
    return share * _HUNDRED


def _of_mean(value: Fraction | None, mean: Fraction | None) -> Fraction | None:
    """None unless the peers booked something: no share of nothing."""
    return None if value is None or mean is None or mean <= 0 else value / mean


def _bookings(inputs: Inputs) -> tuple[bool, Fraction]:
    """Known ones before unknown ones."""
    value = inputs.get(_RELATIVE)
    return value is not None, value or Fraction()


def _explain_bookings(
    value: Fraction | None, mean: Fraction | None, rule: ScoreConfig, currency: str, language: Language
) -> str:
    if value is None:
        return "成交金额未知（缺少汇率）" if language == "zh" else "bookings unknown (no rate)"
    amount, share = money(rounded(value, _CENT_OF_CENT), currency, language), _of_mean(value, mean)
    if share is None:
        return f"成交金额{amount}" if language == "zh" else f"bookings {amount}"
    of_mean, cap = _percent(share, language), percent(rule.cap, language)
    if language == "zh":
        return f"成交金额{amount}（同事均值的{of_mean}{f'，按{cap}计' if share > rule.cap else ''}）"
    return f"bookings {amount} ({of_mean} of peers' mean{f', counted as {cap}' if share > rule.cap else ''})"


def _percent(share: Fraction | None, language: Language) -> str:
    return percent(None if share is None else rounded(share, 2), language)
