"""`ops_api_usage`: what each source's API calls cost, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from models.records import Usage
from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_api_usage

_t = ops_api_usage


def add(warehouse: Warehouse, source: str, usage: Usage, *, day: date, now: datetime) -> None:
    """Add what a run used since this was called last to the figures of its day.

    Args:
        day: In `reporting.timezone`.
    """
    counted = dict(usage.by_call)  # a reader that was left behind may still add to it
    news = {key: now_ for key, now_ in counted.items() if now_ != usage.booked.get(key)}
    if not news:
        return
    with warehouse.begin("usage") as connection:
        query = select(_t.c.subject, _t.c.call, _t.c.calls, _t.c.credits)
        found = connection.execute(query.where(_t.c.day == day, _t.c.source == source))
        known = {(row.subject, row.call): (row.calls, row.credits) for row in found}
        for (subject, call), figures in news.items():
            key = {"day": day, "source": source, "subject": subject, "call": call}
            there, booked = known.get((subject, call)), usage.booked.get((subject, call), (0, 0))
            calls, credit = (
                one + former - before for one, former, before in zip(figures, there or (0, 0), booked, strict=True)
            )
            values = {"calls": calls, "credits": credit, "quota_left": usage.quota_left, "updated_at": now}
            if there is None:
                connection.execute(insert(_t).values(key | values))
            else:
                same = (getattr(_t.c, name) == value for name, value in key.items())
                connection.execute(update(_t).where(*same).values(values))
    usage.booked = counted


def since(warehouse: Warehouse, day: date, sources: Sequence[str]) -> list[dict[str, Any]]:
    """The figures from that day on, the newest day first, the dearest calls first."""
    query = (
        select(_t)
        .where(_t.c.day >= day, _t.c.source.in_(sources))
        .order_by(_t.c.day.desc(), _t.c.source, _t.c.credits.desc(), _t.c.calls.desc(), _t.c.subject, _t.c.call)
    )
    with warehouse.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def quota_left(warehouse: Warehouse) -> dict[str, tuple[int, datetime]]:
    """Source → what its CRM said last was left of its quota, and when; nothing for one that does not tell."""
    query = select(_t.c.source, _t.c.quota_left, _t.c.updated_at).order_by(_t.c.updated_at)
    with warehouse.read() as connection:
        newest = {row.source: (row.quota_left, row.updated_at) for row in connection.execute(query)}
    return {source: (left, at) for source, (left, at) in newest.items() if left is not None}
