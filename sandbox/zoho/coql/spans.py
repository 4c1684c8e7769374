"""Which ids and which Modified_Times a WHERE can match at all, so that not every record needs a look."""

from __future__ import annotations

from typing import NamedTuple, Self

from sandbox.zoho.coql.criteria import Checked, Comparison


class Span(NamedTuple):
    """Whole numbers between two bounds, which belong to it; None is no bound. `points` are all of them, if known."""

    low: int | None = None
    high: int | None = None
    points: frozenset[int] | None = None

    def within(self, other: Self) -> Span:
        """What is in both."""
        lows = [span.low for span in (self, other) if span.low is not None]
        highs = [span.high for span in (self, other) if span.high is not None]
        points = self.points if other.points is None else other.points
        return Span(max(lows, default=None), min(highs, default=None), points)

    def around(self, other: Self) -> Span:
        """What is in either, and perhaps more."""
        low = None if self.low is None or other.low is None else min(self.low, other.low)
        high = None if self.high is None or other.high is None else max(self.high, other.high)
        points = None if self.points is None or other.points is None else self.points | other.points
        return Span(low, high, points)


def span(checked: Checked, field: str) -> Span:
    """The span of a field of whole numbers; it may hold more than what matches, never less."""
    if isinstance(checked, Comparison):
        return _of(checked) if checked.column.is_own(field) else Span()
    left, right = span(checked.left, field), span(checked.right, field)
    return left.within(right) if checked.word == "and" else left.around(right)


def _of(checked: Comparison) -> Span:
    values = checked.values
    if checked.operator in ("=", "in"):
        return Span(min(values, default=None), max(values, default=None), frozenset(values))
    if checked.operator == "between":
        return Span(*values)
    if checked.operator in (">", ">="):
        return Span(low=values[0] + (checked.operator == ">"))
    if checked.operator in ("<", "<="):
        return Span(high=values[0] - (checked.operator == "<"))
    return Span()
