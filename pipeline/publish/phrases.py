"""How single facts are put into words, in each language's own way; the digest and the page say them alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from models import wording
from models.config import Language
from models.periods import Period
from pipeline.publish.facts import Facts, Kpi, MonthBookings, TierChange, TierShare

_QUARTERS_ZH = "一二三四"
_YEAR = 12


def clean(text: str, limit: int) -> str:
    """One line of printable text, at most `limit` characters: chat shows it as it is, whatever the CRM holds."""
    line = wording.one_line(text)
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def quarter(period: Period, language: Language) -> str:
    """`2026 Q4`, `2026年四季度`."""
    number = (period.start.month + 2) // 3
    return (
        f"{period.start.year}年{_QUARTERS_ZH[number - 1]}季度" if language == "zh" else f"{period.start.year} Q{number}"
    )


def instant(moment: datetime, language: Language) -> str:
    """`24 Nov 2026, 06:10`; the moment comes in the zone of the reader."""
    space = " " if language == "zh" else ", "
    return f"{wording.day(moment.date(), language)}{space}{moment:%H:%M}"


def count(number: Decimal | int) -> str:
    return f"{Decimal(number).quantize(Decimal(1), ROUND_HALF_UP):,}"


def customers(number: int, language: Language) -> str:
    if language == "zh":
        return f"{count(number)}家"
    return f"{count(number)} customer{'' if number == 1 else 's'}"


def score(value: Decimal | None) -> str:
    """One decimal, `–` if nothing could be scored."""
    return "–" if value is None else f"{value.quantize(Decimal('0.1'), ROUND_HALF_UP)}"


def value(kpi: Kpi, number: Decimal | None, currency: str, language: Language) -> str:
    """A metric's value by its unit; `–` if it is not defined."""
    if number is None:
        return "–"
    if kpi.unit == "money":
        return wording.money(number, currency, language)
    return wording.percent(number, language) if kpi.unit == "ratio" else count(number)


def comparison(kpi: Kpi, facts: Facts, language: Language) -> str:
    """The value against the whole quarter before: as a difference, or as a part where the quarter still adds up."""
    before = quarter(facts.quarter.before(), language)
    if kpi.former is None:
        return f"{before}无可比数据" if language == "zh" else f"no figure for {before}"
    former = value(kpi, kpi.former, facts.currency, language)
    if kpi.value is None:
        return f"{before}为 {former}" if language == "zh" else f"{former} in {before}"
    against = f"{before}（{former}）" if language == "zh" else f"{before} ({former})"
    if kpi.unit == "ratio":
        return _points(kpi.value, kpi.former, against, language)
    if not kpi.former:
        return f"{before}为 {former}" if language == "zh" else f"{former} in {before}"
    share = kpi.value / kpi.former
    if kpi.adds_up and not kpi.mature:
        part = wording.percent(share, language)
        return f"相当于{before}全季（{former}）的 {part}" if language == "zh" else f"{part} of all {before} ({former})"
    return change(share - 1, against, language)


def change(share: Decimal, against: str, language: Language) -> str:
    """`+14 % on 2026 Q3 (¥5.2M)`; `share` is the relative change."""
    size = wording.percent(abs(share), language)
    if share == 0 or size.startswith("0"):
        return f"与{against}持平" if language == "zh" else f"level with {against}"
    if language == "zh":
        return f"比{against}{'增长' if share > 0 else '下降'} {size}"
    return f"{signed(share, language)} on {against}"


def signed(share: Decimal, language: Language) -> str:
    """`+14 %`, `−3 %`, with a real minus sign."""
    return f"{'−' if share < 0 else '+'}{wording.percent(abs(share), language)}"


def _points(now: Decimal, before: Decimal, against: str, language: Language) -> str:
    """The difference of the rounded percentages, so that the reader's own subtraction agrees."""
    first, second = (int((share * 100).quantize(Decimal(1), ROUND_HALF_UP)) for share in (now, before))
    points = first - second
    if points == 0:
        return f"与{against}持平" if language == "zh" else f"level with {against}"
    if language == "zh":
        return f"比{against}{'高' if points > 0 else '低'} {abs(points)} 个百分点"
    return f"{'+' if points > 0 else '−'}{abs(points)} {'point' if abs(points) == 1 else 'points'} on {against}"


def rises(changed: TierChange, order: tuple[str, ...]) -> bool | None:
    """Whether the new tier is the better one; None if the configuration does not know one of the two."""
    if changed.old not in order or changed.new not in order:
        return None
    return order.index(changed.new) < order.index(changed.old)


def move(changed: TierChange, order: tuple[str, ...], language: Language) -> str:
    """`up from B to A`, `由 B 升为 A`: said in words, since an arrow alone does not tell up from down."""
    verb = {True: ("up", "升"), False: ("down", "降"), None: ("moved", "变")}[rises(changed, order)]
    if language == "zh":
        return f"由 {changed.old} {verb[1]}为 {changed.new}"
    return f"{verb[0]} from {changed.old} to {changed.new}"


def todo(facts: Facts, language: Language) -> tuple[tuple[str, str], ...]:
    """What needs a person to act, each with the command that shows it."""
    zh = language == "zh"
    unread = sum(item.count for item in facts.unread)
    found = [
        (
            f"{source} 尚未完整读取：{'、'.join(streams)}"
            if zh
            else f"{source} not read to its end: {', '.join(streams)}",
            f"crmsync sync --source {source}",
        )
        for source, streams in facts.unfinished.items()
    ]
    if facts.stale_sources:
        names = ", ".join(facts.stale_sources)
        found.append((f"{names} 的数据已过期" if zh else f"the data of {names} is old", "crmsync status"))
    if unread:
        streams = ", ".join(f"{item.source}/{item.stream} {count(item.count)}" for item in facts.unread)
        text = (
            f"{count(unread)} 条记录无法读取：{streams}" if zh else f"{_records(unread)} could not be read: {streams}"
        )
        found.append((text, "crmsync status"))
    unwritten = (_unwritten(item.source, item.outcome, item.count, zh=zh) for item in facts.unwritten)
    return (*found, *((text, "crmsync push show") for text in unwritten))


def _records(number: int) -> str:
    return f"{count(number)} record{'' if number == 1 else 's'}"


def _unwritten(source: str, outcome: str, number: int, *, zh: bool) -> str:
    values = f"{count(number)} value{'' if number == 1 else 's'}"
    if outcome == "conflict":
        return (
            f"{source} 有 {count(number)} 个值未写入：有人在 CRM 中改过"
            if zh
            else f"{values} not written to {source}: somebody changed the CRM meanwhile"
        )
    return f"{source} 拒绝了 {count(number)} 个值" if zh else f"{source} refused {values}"


def years(months: Sequence[MonthBookings], currency: str, language: Language) -> str:
    """What the last 11 full months come to against the same months a year before; "" if a month has no figure.

    Of the 24 `months` the current one, the last, is not over: to be fair, it and its like a year before stay out.
    """
    parts = (months[_YEAR:-1], months[: _YEAR - 1])
    total, former = (sum((month.bookings or Decimal(0) for month in part), Decimal(0)) for part in parts)
    if not former or any(month.bookings is None for part in parts for month in part):
        return ""
    amount, old = wording.money(total, currency, language), wording.money(former, currency, language)
    if language == "zh":
        return f"最近 11 个完整月共成交 {amount}，{change(total / former - 1, f'上年同期（{old}）', language)}。"
    against = f"the same months a year before ({old})"
    return f"{amount} in the last 11 full months, {change(total / former - 1, against, language)}."


def best_tier(shares: Sequence[TierShare], currency: str, language: Language) -> str:
    """How much the few customers of the best tier bring; "" if there is none."""
    won, everyone = sum((share.won for share in shares), Decimal(0)), sum(share.customers for share in shares)
    if not won or not everyone:
        return ""
    best = shares[0]
    of_won = wording.percent(best.won / won, language)
    of_customers = wording.percent(Decimal(best.customers) / everyone, language)
    amount = wording.money(best.won, currency, language)
    if language == "zh":
        return f"{best.tier} 客户占客户总数的 {of_customers}，带来近 12 个月成交额的 {of_won}（{amount}）。"
    return f"{best.tier} is {of_customers} of the customers and {of_won} of what was won in 12 months ({amount})."
