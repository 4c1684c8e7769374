"""How numbers and days are written for people, in each language's own way."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.config import Language

_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "JP¥", "HKD": "HK$", "INR": "₹"}
_SCALES = {
    "en": ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "K")),
    "zh": ((Decimal(10**8), "亿"), (Decimal(10**4), "万")),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_JOINERS = "\u200c\u200d"  # invisible, but Persian words and many emoji need them


def printable(text: str) -> str:
    """One line: line breaks, control characters and marks that turn the reading order become spaces."""
    return "".join(char if char.isprintable() or char in _JOINERS else " " for char in text)


def one_line(text: str) -> str:
    """The same without runs of spaces."""
    return " ".join(printable(text).split())


def money(amount: Decimal, currency: str, language: Language) -> str:
    """`¥1.32M`, `¥132万`: three digits, cut and not rounded, so that no text claims more than there is."""
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    for scale, suffix in _SCALES[language]:
        if size >= scale:
            return f"{sign}{symbol}{_three_digits(size / scale)}{suffix}"
    return f"{sign}{symbol}{size.quantize(Decimal(1), ROUND_DOWN)}"


def _three_digits(value: Decimal) -> str:
    places = 2 if value < 10 else 1 if value < 100 else 0  # noqa: PLR2004 - digits before the point
    text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(number: int, noun: str, verbs: tuple[str, str] | None = None) -> str:
    """`1 deal`, `1,234 deals`: English only, since Chinese nouns do not change.

    Args:
        number: Of the things.
        noun: One of them.
        verbs: What one does, and what several do, if it shall follow: `1 deal is`, `2 deals are`.
    """
    verb = f" {verbs[number != 1]}" if verbs else ""
    return f"{number:,} {noun}{'' if number == 1 else 's'}{verb}"


def percent(share: Decimal | None, language: Language) -> str:
    """`41 %` in English, `41%` in Chinese, `–` for what is not defined."""
    if share is None:
        return "–"
    whole = (share * 100).quantize(Decimal(1), ROUND_HALF_UP) + 0  # no -0
    return f"{whole} %" if language == "en" else f"{whole}%"


def day(value: date, language: Language) -> str:
    """`24 Nov 2026`, `2026年11月24日`."""
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
