"""The two charts of the page, as SVG in one language and one width.

Colours are CSS variables of the page, so that dark mode and print need no second drawing. The libraries come in late:
they take a second to load.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from models import wording
from models.config import Language
from pipeline.publish import phrases
from pipeline.publish.facts import MonthBookings, TierShare

_YEAR = 12
_MONTHS_HEIGHT = 210
_TIER_HEIGHT = 48
_PARTIAL_OPACITY = 0.5
_SHORT_BELOW = 400  # pixels
_LABEL_WIDTH = 145  # pixels for the text behind the longest bar: "92 % · 2,024 customers"
_AXIS_WIDTH = 40  # for the names of the tiers


def bookings_by_month(months: Sequence[MonthBookings], currency: str, language: Language, width: int) -> str:
    """The last 12 months as bars, the same months a year earlier as dots on a dashed line; the current month paler.

    Args:
        months: 24, the current one last.
        currency: Of the amounts.
        language: Of labels and amounts.
        width: Of the whole drawing, in pixels.
    """
    import altair as alt  # noqa: PLC0415 - slow

    ticks = _ticks(max((month.bookings for month in months if month.bookings is not None), default=Decimal(0)))
    labels = {str(tick): wording.money(Decimal(tick), currency, language) for tick in ticks}
    base = alt.Chart(alt.InlineData(values=_month_rows(months, language, width))).encode(
        x=alt.X("month:O", sort=None, title=None, axis=alt.Axis(labelExpr="split(datum.label, '|')", labelAngle=0))
    )
    amount = alt.Axis(values=ticks, labelExpr=f"({json.dumps(labels)})[datum.value]", title=None, domain=False)
    bars = base.mark_bar(color="var(--series-1)").encode(
        y=alt.Y("now:Q", axis=amount, scale=alt.Scale(domainMax=ticks[-1], nice=False)),
        opacity=alt.Opacity("opacity:Q", scale=None, legend=None),
    )
    line = base.mark_line(
        color="var(--series-2)", strokeDash=[5, 3], point=alt.OverlayMarkDef(color="var(--series-2)", size=45)
    ).encode(y="before:Q")
    return _svg(alt.layer(bars, line), width, _MONTHS_HEIGHT)


def _month_rows(months: Sequence[MonthBookings], language: Language, width: int) -> list[dict[str, Any]]:
    return [
        {
            "month": _month_label(new.start, language, is_short=width < _SHORT_BELOW),
            "now": _number(new.bookings),
            "before": _number(old.bookings),
            "opacity": _PARTIAL_OPACITY if new is months[-1] else 1,
        }
        for old, new in zip(months[:_YEAR], months[_YEAR:], strict=True)
    ]


def tiers(shares: Sequence[TierShare], currency: str, language: Language, width: int) -> str:
    """Two bars for each tier: its share of the won amount, and its share of the customers."""
    import altair as alt  # noqa: PLC0415 - slow

    rows = _tier_rows(shares, currency, language)
    longest = max((row["share"] for row in rows), default=0.0) or 1.0
    room = (width - _AXIS_WIDTH) / (width - _AXIS_WIDTH - _LABEL_WIDTH)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("tier:N", sort=None, title=None, axis=alt.Axis(domain=False, labelFontSize=14, labelFontWeight="bold")),
        yOffset=alt.YOffset("series:N", sort=["won", "customers"]),
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, longest * room], nice=False)),
    )
    colour = alt.Color(
        "series:N",
        legend=None,
        scale=alt.Scale(domain=["won", "customers"], range=["var(--series-1)", "var(--series-2)"]),
    )
    bars = base.mark_bar().encode(color=colour)
    text = base.mark_text(align="left", dx=5, fontSize=12, color="var(--text)").encode(text="label:N")
    return _svg(alt.layer(bars, text), width, _TIER_HEIGHT * max(len(shares), 1))


def _tier_rows(shares: Sequence[TierShare], currency: str, language: Language) -> list[dict[str, Any]]:
    won = sum((share.won for share in shares), Decimal(0)) or Decimal(1)
    customers = sum(share.customers for share in shares) or 1
    rows: list[dict[str, Any]] = []
    for share in shares:
        of_won, of_customers = share.won / won, Decimal(share.customers) / customers
        amount, number = wording.money(share.won, currency, language), phrases.customers(share.customers, language)
        for series, part, size in (("won", of_won, amount), ("customers", of_customers, number)):
            label = f"{wording.percent(part, language)} · {size}"
            rows.append({"tier": share.tier, "series": series, "share": float(part), "label": label})
    return rows


def _month_label(start: date, language: Language, *, is_short: bool) -> str:
    """The month; under January (after `|`) the year that it begins. Twelve times `10月` do not fit on a phone."""
    if start.month == 1:
        return f"1月|{start.year}" if language == "zh" else f"Jan|{start.year}"
    if language == "en":
        return f"{start:%b}"
    return f"{start.month}" if is_short else f"{start.month}月"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _ticks(largest: Decimal) -> list[int]:
    """Three to six round amounts from 0 to at least `largest`."""
    target = max(largest, Decimal(4)) / 4
    magnitude = Decimal(1).scaleb(target.adjusted())
    step = next(nice * magnitude for nice in (1, 2, 5, 10) if nice * magnitude >= target)
    last = int((largest / step).to_integral_value(ROUND_CEILING)) or 1
    return [int(step * number) for number in range(last + 1)]


def _svg(chart: Any, width: int, height: int) -> str:
    """Draw it. Without the namespace, which inline SVG does not need, the page names no address at all."""
    import vl_convert  # noqa: PLC0415 - slow

    spec = (
        chart.properties(
            width=width, height=height, background="transparent", autosize={"type": "fit", "contains": "padding"}
        )
        .configure(font="sans-serif", aria=False, padding=2)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="var(--text-2)",
            labelFontSize=11 if width < _SHORT_BELOW else 12,
            gridColor="var(--line)",
            domainColor="var(--line)",
            ticks=False,
            labelPadding=6,
        )
        .to_dict()
    )
    svg = str(vl_convert.vegalite_to_svg(spec))
    return re.sub(r' (xmlns(:xlink)?|font-family)="[^"]*"', "", svg)
