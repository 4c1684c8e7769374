"""Customer tiers: what an account brought, against what it may still want (docs/metrics §2, value × need).

`classify` and `explain` are pure: the same rule and inputs give the same tier and the same words on every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.config import Language, TierConfig
from models.wording import money


@dataclass(frozen=True, slots=True)
class Tiering:
    """A tier and its two scores; a score of 0 is the lowest level."""

    tier: str
    value_score: int
    need_score: int


def classify(value: Decimal, need: Decimal, rule: TierConfig) -> Tiering:
    """Look up the cell of the matrix whose row and column are the first cuts that are reached.

    Args:
        value: Won in the window, base currency.
        need: Open pipeline, base currency.
        rule: Cuts and matrix, the highest level first.
    """
    row, column = _level(value, rule.value_cuts), _level(need, rule.need_cuts)
    return Tiering(rule.matrix[row][column], len(rule.value_cuts) - row, len(rule.need_cuts) - column)


def explain(value: Decimal, need: Decimal, rule: TierConfig, currency: str, language: Language) -> str:
    """The tier, the two amounts, and for each the level that it reaches."""
    tier = classify(value, need, rule).tier
    won, still = money(value, currency, language), money(need, currency, language)
    of_value, of_need = (
        _describe(amount, cuts, currency, language)
        for amount, cuts in ((value, rule.value_cuts), (need, rule.need_cuts))
    )
    if language == "zh":
        return f"{tier}：近12个月成交{won}{of_value}，在途商机{still}{of_need}"
    return f"{tier}: won {won} in 12 months{of_value}, {still} open{of_need}"


def _level(amount: Decimal, cuts: tuple[Decimal, ...]) -> int:
    """Index of the first cut that `amount` reaches; the number of cuts if it reaches none."""
    return next((index for index, cut in enumerate(cuts) if amount >= cut), len(cuts))


def _describe(amount: Decimal, cuts: tuple[Decimal, ...], currency: str, language: Language) -> str:
    """` (top level from ¥1M)`, `（中档，≥¥10万）`; nothing where there is one level only."""
    if not cuts:
        return ""
    level = _level(amount, cuts)
    lowest = level == len(cuts)
    cut = money(cuts[-1] if lowest else cuts[level], currency, language)
    name = _level_name(level, len(cuts) + 1, language)
    if language == "zh":
        return f"（{name}，{'<' if lowest else '≥'}{cut}）"
    return f" ({name} {'below' if lowest else 'from'} {cut})"


def _level_name(level: int, levels: int, language: Language) -> str:
    if level == 0:
        return "最高档" if language == "zh" else "top level"
    if level == levels - 1:
        return "最低档" if language == "zh" else "lowest level"
    if levels == 3:  # noqa: PLR2004 - the one case in which there is a middle
        return "中档" if language == "zh" else "middle level"
    return f"第{level + 1}档，共{levels}档" if language == "zh" else f"level {level + 1} of {levels}"
