"""A word of a query."""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """A word, a number, a quoted text, a symbol, or the end; `text` is without quotes, `source` as it was written."""

    kind: str
    text: str
    source: str
    line: int
    column: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these key words; their case does not matter."""
        return self.kind == "word" and self.text.lower() in words

    def is_symbol(self, symbol: str) -> bool:
        return self.kind == "symbol" and self.text == symbol
