"""How amounts, shares and reasons read in both languages, rendered a second time."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

LEVELS = {
    "en": {"top": "top level", "middle": "middle level", "lowest": "lowest level"},
    "zh": {"top": "最高档", "middle": "中档", "lowest": "最低档"},
}


def money(amount: Decimal, language: str) -> str:
    """Yuan with three digits, cut and not rounded: ¥1.32M, ¥132万. The amount is not negative."""
    units = [(10**9, "B"), (10**6, "M"), (10**3, "K")] if language == "en" else [(10**8, "亿"), (10**4, "万")]
    for size, letter in units:
        if amount >= size:
            return f"¥{_three_digits(amount, size)}{letter}"
    return f"¥{math.floor(amount)}"


def _three_digits(amount: Decimal, size: int) -> str:
    hundredths = int(amount * 100) // size
    whole, rest = divmod(hundredths, 100)
    if whole >= 100:
        return str(whole)
    digits = f"{rest:02d}" if whole < 10 else f"{rest // 10}"
    return f"{whole}.{digits}".rstrip("0").rstrip(".")


def percent(share: Fraction | None, language: str) -> str:
    """A whole percentage, halves upwards; a dash for what is not known."""
    if share is None:
        return "–"
    whole = math.floor(share * 100 + Fraction(1, 2))
    return f"{whole} %" if language == "en" else f"{whole}%"


def tier_reason(
    tier: str,
    amounts: tuple[Decimal, Decimal],
    levels: tuple[int, int],
    cuts: tuple[list[int], list[int]],
    language: str,
) -> str:
    """`amounts` are what was won and what is open; levels and cuts in the same order."""
    won, opened = amounts
    value, need = (_level(level, at, language) for level, at in zip(levels, cuts, strict=True))
    if language == "en":
        return f"{tier}: won {money(won, 'en')} in 12 months {value}, {money(opened, 'en')} open {need}"
    return f"{tier}：近12个月成交{money(won, 'zh')}{value}，在途商机{money(opened, 'zh')}{need}"


def _level(level: int, cuts: list[int], language: str) -> str:
    """Level 0 is the highest; each but the lowest begins at a cut, the lowest ends below the last one."""
    lowest = level == len(cuts)
    name = LEVELS[language]["lowest" if lowest else "top" if level == 0 else "middle"]
    cut = money(Decimal(cuts[-1] if lowest else cuts[level]), language)
    if language == "en":
        return f"({name} {'below' if lowest else 'from'} {cut})"
    return f"（{name}，{'<' if lowest else '≥'}{cut}）"


def score_reason(
    bookings: Decimal,
    times: Fraction | None,
    cap: Fraction,
    rates: tuple[Fraction | None, Fraction | None],
    language: str,
) -> str:
    """`times` is bookings against the peers' mean, None if that is nothing; `rates` win rate and lead conversion."""
    at_cap = percent(cap, language) if times is not None and times > cap else ""
    won, converted = (percent(rate, language) for rate in rates)
    if language == "en":
        counted = f", counted as {at_cap}" if at_cap else ""
        peers = "" if times is None else f" ({percent(times, 'en')} of peers' mean{counted})"
        return f"bookings {money(bookings, 'en')}{peers} · win rate {won} · lead conversion {converted}"
    counted = f"，按{at_cap}计" if at_cap else ""
    peers = "" if times is None else f"（同事均值的{percent(times, 'zh')}{counted}）"
    return f"成交金额{money(bookings, 'zh')}{peers} · 赢单率{won} · 线索转化率{converted}"
