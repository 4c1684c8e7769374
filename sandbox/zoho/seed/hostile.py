"""Texts that break software: formulas, markup, quotes, rare scripts, and fields filled to the last character."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = (
    "🚀 Rocket 👩‍👩‍👧‍👦 GmbH",
    'O\'Brien "Quoted" & Söhne',
    "=cmd|' /C calc'!A0",
    "<script>alert('x')</script>",
    "𠮷野家 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-800-555-0100",
    "-2+3",
    "  padded  ",
    "Robert'); DROP TABLE leads;--",
    "{{7*7}} ${7*7} %s %d",
    "cafe\u0301 naïve",
    "مرحبا بالعالم",
    "null",
    "0",
    "comma, semicolon; tab\tnew\nline",
    "back\\slash /slash",
    "<!channel> *bold* _it_ `code` ~gone~",
    "Zero\u200bwidth \u202eright to left",
)
_LONG = ("长", "𠮷", "a", "🚀")


def texts(length: int) -> Iterator[str]:
    """Those that fit into a field, then texts as long as the field."""
    yield from (text for text in TEXTS if len(text) <= length)
    yield from (letter * length for letter in _LONG)
