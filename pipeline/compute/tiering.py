"""Customer tiers: what an account brought, against what it may still want (docs/metrics §2, value × need).

`classify` and `explain` are pure: the same rule and inputs give the same tier and the same words on every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from models.config import Language, TierConfig
from models.wording import money


@dataclass(frozen=True, slots=True)
class Tiering:
    """A tier, the inputs it rests on, and the score of each: how many levels it stands above the lowest."""

    value: Decimal
    need: Decimal
    tier: str
    value_score: int
    need_score: int


def classify(value: Decimal, need: Decimal, rule: TierConfig) -> Tiering:
    """Look up the cell of the matrix whose row and column are the first cuts that value and need reach.

    Args:
        value: Won in the window, base currency.
        need: Open pipeline, base currency.
        rule: Cuts and matrix, the highest level first.
    """
    of_value, of_need = _score(value, rule.value_cuts), _score(need, rule.need_cuts)
    tier = rule.matrix[len(rule.value_cuts) - of_value][len(rule.need_cuts) - of_need]
    return Tiering(value, need, tier, of_value, of_need)


def explain(result: Tiering, rule: TierConfig, currency: str, language: Language) -> str:
    """The tier, the two amounts, and for each the level that it reaches."""
    won, still = money(result.value, currency, language), money(result.need, currency, language)
    of_value = _describe(result.value_score, rule.value_cuts, currency, language)
    of_need = _describe(result.need_score, rule.need_cuts, currency, language)
    if language == "zh":
        return f"{result.tier}：近12个月成交{won}{of_value}，在途商机{still}{of_need}"
    return f"{result.tier}: won {won} in 12 months{of_value}, {still} open{of_need}"


def _score(amount: Decimal, cuts: tuple[Decimal, ...]) -> int:
    """By the first cut that `amount` reaches; 0 if it reaches none."""
    return next((len(cuts) - index for index, cut in enumerate(cuts) if amount >= cut), 0)


@cache
def _describe(score: int, cuts: tuple[Decimal, ...], currency: str, language: Language) -> str:
    """` (top level from ¥1M)`, `（中档，≥¥10万）`; nothing where there is one level only."""
    if not cuts:
        return ""
    name = _level_name(score, len(cuts) + 1, language)
    cut = money(cuts[-score] if score else cuts[-1], currency, language)  # the one reached, or the lowest one missed
    if language == "zh":
        return f"（{name}，{'≥' if score else '<'}{cut}）"
    return f" ({name} {'from' if score else 'below'} {cut})"


def _level_name(score: int, levels: int, language: Language) -> str:
    place = levels - score
    if place == 1:
        return "最高档" if language == "zh" else "top level"
    if place == levels:
        return "最低档" if language == "zh" else "lowest level"
    if levels == 3:  # noqa: PLR2004 - the one case in which there is a middle
        return "中档" if language == "zh" else "middle level"
    return f"第{place}档，共{levels}档" if language == "zh" else f"level {place} of {levels}"
