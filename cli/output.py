"""How a command speaks: tables and lines for people, one JSON document for programs, progress while it works."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from models import wording
from models.config import Language
from models.progress import Progress, silent

_WIDTH = 100
_LOG_EVERY_S = 2.0
_HOUR_S = 3600
_HOURS_SHOWN = 48
_SHORT = 32
"""A column without longer cells keeps each on one line; sentences wrap instead."""
_SENTENCE = 16
"""The narrowest that a column of sentences becomes."""
_WORD = re.compile(r"\s*(?:[^\s\u2e80-\uffef]+|\S)[万亿]?[，。；：、）！？]*\s*")
"""What stays on one line: a word, or a Chinese character, with what follows and may not begin a line."""


@dataclass
class Output:
    """Where a command's words go.

    Attributes:
        json: Standard output carries one JSON document and nothing else; words go to standard error.
        quiet: No words but errors.
    """

    json: bool = False
    quiet: bool = False
    _console: Console = field(init=False)
    _errors: Console = field(init=False)

    def __post_init__(self) -> None:
        width = None if sys.stdout.isatty() else _WIDTH
        self._console = Console(stderr=self.json, width=width, highlight=False)
        self._errors = Console(stderr=True, width=width, highlight=False)

    def line(self, text: str = "") -> None:
        if not self.quiet:
            self._console.print(_text(text), soft_wrap=True)

    def error(self, text: str) -> None:
        self._errors.print(_text(text), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Numbers stand right-aligned with thousands separators, a tuple in a cell line by line; no rows, no table.

        What is too wide stands closer together, and is wider than the terminal before a figure loses its last digits.
        """
        if self.quiet or not rows:
            return
        table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False)
        cells = [[_Words(_cell(value).plain) for value in row] for row in rows]
        needed = 0
        for index, name in enumerate(columns):
            numeric = all(isinstance(row[index], int | float | None) for row in rows)
            short = all(len(str(row[index])) <= _SHORT for row in rows)
            table.add_column(
                Text(name, style="dim"), justify="right" if numeric else "left", overflow="fold", no_wrap=short
            )
            whole = [line for row in cells for line in row[index].plain.split("\n")] if short else ["-" * _SENTENCE]
            needed += max(map(cell_len, [name, *whole]))
        for row in cells:
            table.add_row(*row)
        gaps = len(columns) - 1
        if needed + 2 * gaps > self._console.width:
            table.padding = (0, 1, 0, 0)
        if needed + gaps > self._console.width:
            table.width = needed + gaps
        self._console.print(table, crop=False)

    def document(self, value: Any) -> None:
        """The command's result, in JSON mode only."""
        if self.json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A bar on a terminal, a log line every two seconds otherwise."""
        if self.quiet:
            yield silent
        elif self._errors.is_terminal:
            with _bars(self._errors) as bar:
                yield bar
        else:
            yield _Log(self._errors)


def _text(text: str) -> Text:
    """What a CRM holds may not steer the terminal; line breaks are ours."""
    return Text("\n".join(map(wording.printable, text.split("\n"))))


def _cell(value: Any) -> Text:
    if value is None:
        return Text("")
    if isinstance(value, tuple):
        return Text("\n").join(map(_cell, value))
    if isinstance(value, float):
        return Text(f"{value:,.1f}")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return Text(f"{value:,}" if is_number else wording.printable(str(value)))


class _Words(Text):
    """Breaks Chinese between characters, too, but never inside a number, nor between it and its 万."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        return Text("\n".join(_broken(self.plain, width))).wrap(console, width, **options)


def _broken(text: str, width: int) -> Iterator[str]:
    for line in text.split("\n"):
        begun = ""
        for word in _WORD.findall(line):
            if begun and cell_len(begun) + cell_len(word.rstrip()) > width:
                yield begun.rstrip()
                begun = ""
            begun += word
        yield begun


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate("{task.speed}"),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, TaskID] = {}

        def show(label: str, done: int, total: int | None = None) -> None:
            if label not in tasks:
                tasks[label] = progress.add_task(label, total=total)
            progress.update(tasks[label], completed=done, total=total)

        yield show


class _Rate(TextColumn):
    def render(self, task: Any) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class _Log:
    """Says every two seconds how far the work is."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = self._said = time.monotonic()
        self._label = ""

    def __call__(self, label: str, done: int, total: int | None = None) -> None:
        now = time.monotonic()
        if label != self._label:
            self._label, self._started = label, now
        if now - self._said < _LOG_EVERY_S:
            return
        self._said = now
        rate = f", {done / (now - self._started):,.0f}/s" if now > self._started else ""
        of = f" of {total:,}" if total else ""
        self._console.print(Text(f"{label}: {done:,}{of}{rate}"), soft_wrap=True)


def duration(seconds: float, language: Language = "en") -> str:
    """`0.4 s`, `12 s`, `1 m 12 s`; `1 分 12 秒` in Chinese."""
    minute, second = ("分", "秒") if language == "zh" else ("m", "s")
    if seconds < 10:  # noqa: PLR2004 - below that a tenth tells something
        return f"{seconds:.1f} {second}"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} {minute} {rest:02} {second}" if minutes else f"{rest} {second}"


def ago(then: datetime | None, now: datetime) -> str:
    """`12 s ago`, `3 h ago`, `4 days ago`; `never` for None."""
    if then is None:
        return "never"
    seconds = max(0.0, (now - then).total_seconds())
    if seconds < _HOUR_S:
        return f"{duration(seconds)} ago"
    hours = seconds / _HOUR_S
    return f"{hours:.0f} h ago" if hours < _HOURS_SHOWN else f"{hours / 24:.0f} days ago"
