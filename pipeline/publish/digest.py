"""What the chat message says: at most ten lines, the same on every channel. How it looks is each channel's own file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models import wording
from models.config import Language
from pipeline.publish import phrases
from pipeline.publish.facts import HEADLINE_METRICS, Facts, Standing, TierChange

_SHOWN = 3
_NAME_LIMIT = 40
_REASON_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the three numbers and what to compare it with."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Link:
    """Our own words and the address behind them."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The words of one message. Text from the CRM is in it as the CRM has it: each channel escapes.

    Attributes:
        title: Our own words.
        changes: What changed first; empty if nothing did.
        figures: The numbers.
        top: Who is ahead; "" if nobody is ranked.
        todo: What needs whom to act; "" if nothing does.
        report: Where the rest stands; None if the page has no address.
    """

    title: str
    changes: tuple[str, ...]
    figures: tuple[Figure, ...]
    top: str
    todo: str
    report: Link | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The message as plain text."""
        figures = (f"{figure.label} {figure.value} · {figure.note}" for figure in self.figures)
        report = f"{self.report.label} · {self.report.url}" if self.report else ""
        return tuple(line for line in (self.title, *self.changes, *figures, self.top, self.todo, report) if line)

    @property
    def standing_hash(self) -> str:
        """Of what holds until a number moves; the title has the day in it and stays out."""
        return _hash([[f.label, f.value, f.note] for f in self.figures], self.top, self.todo)

    @property
    def content_hash(self) -> str:
        """Begins with `standing_hash`, so that a later day can ask whether anything moved since."""
        return f"{self.standing_hash}-{_hash(self.title, self.changes)}"

    def says_nothing_after(self, former_hash: str) -> bool:
        """Nothing changed and nothing needs doing since the message with that content hash."""
        return not self.changes and not self.todo and former_hash.startswith(self.standing_hash)


def compose(facts: Facts, changes: Sequence[TierChange], language: Language, report_url: str | None) -> Digest:
    """Put the facts into words.

    Args:
        facts: As read.
        changes: Those that the channel was not told of, the weightiest first.
        language: Of the whole message.
        report_url: Where people reach the page; None if they cannot.
    """
    return Digest(
        title=_title(facts, language),
        changes=_changes(facts, changes, language),
        figures=_figures(facts, language),
        top=_top(facts, language),
        todo=_todo(facts, language),
        report=Link("完整报告" if language == "zh" else "The whole report", report_url) if report_url else None,
    )


def nothing_new(facts: Facts, since: datetime, language: Language) -> Digest:
    """The one line for a day on which nothing moved."""
    day = wording.day(since.astimezone(facts.now.tzinfo).date(), language)
    words = f"：自{day}以来没有新变化" if language == "zh" else f": nothing new since {day}"
    return Digest(title=_title(facts, language) + words, changes=(), figures=(), top="", todo="", report=None)


def _title(facts: Facts, language: Language) -> str:
    today = wording.day(facts.now.date(), language)
    return f"销售简报 {today}" if language == "zh" else f"Sales digest, {today}"


def _changes(facts: Facts, changes: Sequence[TierChange], language: Language) -> tuple[str, ...]:
    lines = [_change(changed, facts, language) for changed in changes[:_SHOWN]]
    more = len(changes) - _SHOWN
    if more > 0:
        lines[-1] += f"（另有 {more} 家客户变动）" if language == "zh" else f" (and {more} more)"
    return tuple(lines)


def _change(changed: TierChange, facts: Facts, language: Language) -> str:
    name = phrases.clean(changed.name, _NAME_LIMIT)
    move = phrases.move(changed, facts.tier_order, language)
    reason = phrases.clean(changed.reason.of(language), _REASON_LIMIT)
    return f"{name} {move}：{reason}" if language == "zh" else f"{name} {move}: {reason}"


def _figures(facts: Facts, language: Language) -> tuple[Figure, ...]:
    found = {kpi.metric: kpi for kpi in facts.kpis}
    return tuple(
        Figure(
            label=kpi.label.of(language),
            value=phrases.value(kpi, kpi.value, facts.currency, language),
            note=phrases.comparison(kpi, facts, language),
        )
        for kpi in (found[metric] for metric in HEADLINE_METRICS if metric in found)
    )


def _top(facts: Facts, language: Language) -> str:
    ranked = [standing for standing in facts.standings if standing.rank is not None][:_SHOWN]
    if not ranked:
        return ""
    places = " · ".join(_place(standing, facts, language) for standing in ranked)
    period = phrases.quarter(facts.quarter, language)
    return f"{period}领先：{places}" if language == "zh" else f"Ahead in {period}: {places}"


def _place(standing: Standing, facts: Facts, language: Language) -> str:
    text = f"{standing.rank} {phrases.clean(standing.name, _NAME_LIMIT)} {phrases.score(standing.score)}"
    if standing.bookings is None:
        return text
    amount = wording.money(standing.bookings, facts.currency, language)
    return f"{text}（{amount}）" if language == "zh" else f"{text} ({amount})"


def _todo(facts: Facts, language: Language) -> str:
    items = phrases.todo(facts, language)
    if not items:
        return ""
    if language == "zh":
        return f"请 CRM 管理员处理：{'；'.join(f'{what}（{command}）' for what, command in items)}"
    return f"For the CRM admin: {'; '.join(f'{what} ({command})' for what, command in items)}"


def _hash(*parts: object) -> str:
    return hashlib.blake2b(json.dumps(parts, ensure_ascii=False).encode(), digest_size=12).hexdigest()
