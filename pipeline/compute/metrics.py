"""The metrics, declared. A new one is one more `Metric` here and nothing anywhere else.

Formulas and edge cases: docs/metrics §1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Table, case, literal, true

from models.warehouse.core import deals, leads


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure for every owner and period.

    `numerator` and `denominator` say what one record adds; the value is their sums divided, or the numerator's sum.

    Attributes:
        name: The key in `mart_kpi.metric` (docs/metrics §9).
        unit: A money metric adds `amount_base` and has no value while a record of it lacks a rate.
        direction: up if more is better.
        fact: A core table; deleted records never count.
        day: The local day that puts a record into a period.
        counts: Which records count.
        empty: Why there is no value where the denominator is 0.
        version: Of the definition, raised when it changes.
    """

    name: str
    label_en: str
    label_zh: str
    definition_en: str
    definition_zh: str
    unit: Literal["money", "count", "ratio"]
    direction: Literal["up", "down"]
    fact: Table
    day: Column[Any]
    counts: ColumnElement[bool]
    numerator: ColumnElement[Any]
    denominator: ColumnElement[Any] | None = None
    empty: str = ""
    version: str


_EACH = literal(1)
_WON = deals.c.stage_status == "won"

METRICS: tuple[Metric, ...] = (
    Metric(
        name="bookings",
        label_en="Bookings",
        label_zh="成交金额",
        definition_en="Amount of the deals won in the period, in the base currency.",
        definition_zh="周期内赢单商机的金额合计（本位币）。",
        unit="money",
        direction="up",
        fact=deals,
        day=deals.c.closed_on,
        counts=_WON,
        numerator=deals.c.amount_base,
        version="1",
    ),
    Metric(
        name="won_deals",
        label_en="Won deals",
        label_zh="赢单数",
        definition_en="Number of deals won in the period.",
        definition_zh="周期内赢单的商机数。",
        unit="count",
        direction="up",
        fact=deals,
        day=deals.c.closed_on,
        counts=_WON,
        numerator=_EACH,
        version="1",
    ),
    Metric(
        name="win_rate_count",
        label_en="Win rate",
        label_zh="赢单率",
        definition_en="Won deals ÷ won and lost deals closed in the period; void deals do not count.",
        definition_zh="周期内赢单数 ÷（赢单数 + 输单数）；作废商机不计。",
        unit="ratio",
        direction="up",
        fact=deals,
        day=deals.c.closed_on,
        counts=deals.c.stage_status.in_(("won", "lost")),
        numerator=case((_WON, 1), else_=0),
        denominator=_EACH,
        empty="no closed deals",
        version="1",
    ),
    Metric(
        name="average_deal_size",
        label_en="Average deal size",
        label_zh="平均单笔成交额",
        definition_en="Amount of the deals won in the period ÷ their number; deals of no amount do not count.",
        definition_zh="周期内赢单金额 ÷ 赢单数；金额为空、为零或为负的商机不计。",
        unit="money",
        direction="up",
        fact=deals,
        day=deals.c.closed_on,
        counts=_WON & (deals.c.amount > 0),
        numerator=deals.c.amount_base,
        denominator=_EACH,
        empty="no won deals",
        version="1",
    ),
    Metric(
        name="lead_conversion_rate",
        label_en="Lead conversion rate",
        label_zh="线索转化率",
        definition_en="Of the leads created in the period, the share converted by now.",
        definition_zh="周期内新建的线索中，截至目前已转化的比例。",
        unit="ratio",
        direction="up",
        fact=leads,
        day=leads.c.created_on,
        counts=true(),
        numerator=case((leads.c.converted_at.is_not(None), 1), else_=0),
        denominator=_EACH,
        empty="no leads",
        version="1",
    ),
)
