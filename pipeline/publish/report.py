"""The page: one file that needs nothing else, in both languages, with no script and no request to anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from models import wording
from models.config import Language
from models.errors import ConfigError
from pipeline.publish import charts, phrases
from pipeline.publish.facts import Facts, MonthBookings

LANGUAGES: tuple[Language, ...] = get_args(Language)
_WIDTHS = {"wide": 700, "narrow": 320}
"""Each chart is drawn twice, since shrunk text cannot be read; CSS shows the one that fits."""
_YEAR = 12
_START = b"<!doctype html>"

_environment = Environment(
    loader=PackageLoader("pipeline.publish"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(facts: Facts, language: Language) -> str:
    """The page's HTML; `language` is the one that it opens in."""
    bodies = {each: Markup(_body(facts, each)) for each in LANGUAGES}  # noqa: S704 - an autoescaped template
    html = _environment.get_template("page.html").render(opens_in=language, bodies=bodies)
    return html.replace(" %", "\N{NO-BREAK SPACE}%")  # no line begins with the sign


def write(path: Path, html: str) -> None:
    """Replace the page in one step: who opens it meanwhile sees the old one or the new one, whole.

    Raises:
        ConfigError: The folder does not exist or cannot be written, or something else than a page stands there.
    """
    if _is_something_else(path):
        raise ConfigError(f"publish.report: {path} holds something else than a page; choose another path")
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(html, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError(
            f"publish.report: cannot write {path}: {error.strerror}; create the folder or change the path"
        ) from None


def _is_something_else(path: Path) -> bool:
    """A page of ours may be replaced; the warehouse or the secrets, named here by mistake, may not."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_START))
    except (OSError, ValueError):  # not there, or a folder: the writing tells
        return False
    return start.lower() != _START and start != b""


def _body(facts: Facts, language: Language) -> str:
    zone = facts.now.tzinfo
    helpers: dict[str, Callable[..., Any]] = {
        "t": lambda en, zh: zh if language == "zh" else en,
        "money": lambda amount: "–" if amount is None else wording.money(amount, facts.currency, language),
        "percent": partial(wording.percent, language=language),
        "signed": partial(phrases.signed, language=language),
        "day": partial(wording.day, language=language),
        "instant": lambda moment: phrases.instant(moment.astimezone(zone), language),
        "quarter": partial(phrases.quarter, language=language),
        "count": phrases.count,
        "score": phrases.score,
        "meter": partial(
            _meter, best=max((standing.score or Decimal(0) for standing in facts.standings), default=None)
        ),
        "kpi_value": lambda kpi: phrases.value(kpi, kpi.value, facts.currency, language),
        "kpi_note": partial(phrases.comparison, facts=facts, language=language),
        "move": partial(phrases.move, order=facts.tier_order, language=language),
        "rises": partial(phrases.rises, order=facts.tier_order),
    }
    return _environment.get_template("body.html").render(
        facts=facts,
        language=language,
        todo=phrases.todo(facts, language),
        as_of=_as_of(facts),
        years=_years(facts.months),
        year_answer=phrases.years(facts.months, facts.currency, language),
        tier_answer=phrases.best_tier(facts.tiers, facts.currency, language),
        bookings_charts=_drawn(partial(charts.bookings_by_month, facts.months, facts.currency, language)),
        tier_charts=_drawn(partial(charts.tiers, facts.tiers, facts.currency, language)),
        **helpers,
    )


def _drawn(draw: Callable[[int], str]) -> dict[str, Markup]:
    return {name: Markup(draw(width)) for name, width in _WIDTHS.items()}  # noqa: S704 - SVG from the renderer


def _meter(score: Decimal | None, best: Decimal | None) -> int:
    """Length of the bar under a score, per cent of the best score's."""
    return max(0, int(score / best * 100)) if score and best else 0


def _as_of(facts: Facts) -> dict[str, datetime | None]:
    """Per source how far all its streams are read: the oldest of them; None while one was never read to its end."""
    sources = dict.fromkeys(item.source for item in facts.freshness)
    found: dict[str, datetime | None] = {}
    for source in sources:
        marks = [item.watermark for item in facts.freshness if item.source == source]
        known = [mark for mark in marks if mark is not None]
        found[source] = min(known) if len(known) == len(marks) else None
    return found


def _years(months: tuple[MonthBookings, ...]) -> list[tuple[MonthBookings, MonthBookings, Decimal | None]]:
    """The rows of the table behind the chart, newest first: month, the same month a year before, relative change."""
    pairs = zip(months[_YEAR:], months[:_YEAR], strict=True)
    return [(new, old, _growth(new.bookings, old.bookings)) for new, old in pairs][::-1]


def _growth(new: Decimal | None, old: Decimal | None) -> Decimal | None:
    return new / old - 1 if new is not None and old else None
