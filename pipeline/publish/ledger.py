"""The messages that were sent: the only code that touches ops_message.

A message is recorded as `sending` before it leaves, and as `sent` or `refused` after. What a killed process leaves as
`sending` may have arrived or not; it is sent again, since a message twice does less harm than none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_message


@dataclass(frozen=True, slots=True)
class Sent:
    """The newest message that a channel took before today."""

    content_hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One message in the ledger. `state` is what it was when we came."""

    id: int
    state: str  # new, sending or sent


def start_of(now: datetime) -> datetime:
    """Local midnight of the day of `now`, which is in the reporting zone."""
    return datetime.combine(now.date(), time.min, now.tzinfo)


def last_before_today(warehouse: Warehouse, channel: str, kind: str, now: datetime) -> Sent | None:
    """What the channel last took on an earlier local day.

    Today's own messages do not count: a second run today is to say the same as the first, and be recognised by it.
    """
    t = ops_message
    with warehouse.read() as connection:
        row = connection.execute(
            select(t.c.content_hash, t.c.created_at)
            .where(t.c.channel == channel, t.c.kind == kind, t.c.state == "sent", t.c.created_at < start_of(now))
            .order_by(t.c.created_at.desc(), t.c.id.desc())
            .limit(1)
        ).one_or_none()
    return Sent(row.content_hash, row.created_at) if row else None


def enter(
    warehouse: Warehouse,
    *,
    channel: str,
    kind: str,
    content_hash: str,
    payload: dict[str, Any],
    now: datetime,
    run_id: str,
) -> Entry:
    """Record that the message is about to leave, unless the same one was sent on this local day.

    Returns:
        The entry with the state found: `sent` (nothing was written), `sending` (left by a process that died, now
        ours) or `new`.
    """
    t = ops_message
    day = start_of(now)
    today = (t.c.created_at >= day, t.c.created_at < day + timedelta(days=1))
    with warehouse.begin() as connection:
        found = connection.execute(
            select(t.c.id, t.c.state)
            .where(t.c.channel == channel, t.c.kind == kind, t.c.content_hash == content_hash, *today)
            .order_by(t.c.id)
        ).all()
        by_state = {row.state: Entry(row.id, row.state) for row in found}
        if "sent" in by_state:
            return by_state["sent"]
        values = {"payload": payload, "created_at": now, "run_id": run_id, "state": "sending"}
        if "sending" in by_state:
            connection.execute(update(t).where(t.c.id == by_state["sending"].id).values(**values))
            return by_state["sending"]
        made = connection.execute(
            insert(t).values(channel=channel, kind=kind, content_hash=content_hash, **values).returning(t.c.id)
        )
        return Entry(made.scalar_one(), "new")


def settle(warehouse: Warehouse, entry: Entry, *, accepted: bool, answer: str, now: datetime) -> None:
    t = ops_message
    with warehouse.begin() as connection:
        connection.execute(
            update(t)
            .where(t.c.id == entry.id)
            .values(state="sent" if accepted else "refused", answer=answer, settled_at=now)
        )
