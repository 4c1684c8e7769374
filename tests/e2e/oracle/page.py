"""What a reader finds on the HTML page: its tables, its cards and its answers, once in each language."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Side:
    """One language's half. A table is its rows, a row its cells, the header first."""

    tables: list[list[list[str]]] = field(default_factory=list)
    cards: dict[str, list[str]] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)

    def rows(self, first_header: str) -> list[list[str]]:
        """The rows of all tables whose first column has that header."""
        return [row for table in self.tables if table[0][0] == first_header for row in table[1:]]


class _Reader(HTMLParser):
    """Gathers the text of cells; what stands small under a name, and drawings, are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.sides: dict[str, Side] = {}
        self._side = Side()
        self._text: list[str] | None = None
        self._term = ""
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if self._skipped or tag == "svg" or "under" in classes:
            self._skipped += tag not in ("br", "img", "input", "meta", "link", "hr", "wbr")
        elif tag == "main":
            self._side = self.sides.setdefault((given.get("lang") or "")[:2], Side())
        elif tag == "table":
            self._side.tables.append([])
        elif tag == "tr":
            self._side.tables[-1].append([])
        elif tag in ("td", "th", "dt", "dd") or (tag == "p" and "answer" in classes):
            self._text = []

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        if self._text is None or tag not in ("td", "th", "dt", "dd", "p"):
            return
        text = " ".join("".join(self._text).split())
        self._text = None
        if tag in ("td", "th"):
            self._side.tables[-1][-1].append(text)
        elif tag == "dt":
            self._term = text
        elif tag == "dd":
            self._side.cards.setdefault(self._term, []).append(text)
        else:
            self._side.answers.append(text)

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._skipped:
            self._text.append(data)


def read_page(html: str) -> dict[str, Side]:
    """Language → its half."""
    reader = _Reader()
    reader.feed(html)
    return reader.sides
