"""`crmsync status`: how fresh each stream is, the last runs, open plans, dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from cli.output import duration
from cli.session import Options, opened
from connectors import registry
from models.warehouse.ops import ops_checkpoint, ops_dead_letter, ops_push_plan
from models.warehouse.runs import newest

_RUNS = 5
_HOUR_S = 3600
_HOURS_SHOWN = 48


def status_command(options: Options) -> None:
    with opened(options) as session:
        with session.warehouse.read() as connection:
            streams, last = _streams(connection, registry.streams(session.config)), newest(connection, _RUNS)
            plans, letters = _open_plans(connection), _dead_letters(connection)
        out, now = session.out, datetime.now(UTC)
        out.table(
            "Streams",
            ("source", "stream", "state", "read up to"),
            [(one["source"], one["stream"], one["state"], _ago(one["read_up_to"], now)) for one in streams],
        )
        out.table(
            "Last runs",
            ("run", "command", "state", "started", "error"),
            [(run["run_id"], run["command"], run["state"], _ago(run["started_at"], now), run["error"]) for run in last],
        )
        for plan in plans:
            show = options.command(f"push show {plan['plan_id']}")
            out.line(f"Plan {plan['plan_id']} of {plan['source']} is open: {show}")
        for letter in letters:
            out.line(f"{letter['source']}/{letter['stream']}: {letter['open']:,} records could not be read")
        if not any(one["read_up_to"] for one in streams):
            out.line(f"Nothing has been read yet. Next: {options.command('run daily')}")
        out.document({"streams": streams, "runs": last, "open_plans": plans, "dead_letters": letters})


def _ago(then: datetime | None, now: datetime) -> str:
    if then is None:
        return "never"
    seconds = max(0.0, (now - then).total_seconds())
    if seconds < _HOUR_S:
        return f"{duration(seconds)} ago"
    hours = seconds / _HOUR_S
    return f"{hours:.0f} h ago" if hours < _HOURS_SHOWN else f"{hours / 24:.0f} days ago"


def _streams(connection: Connection, configured: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Those that are configured, read or not, then those whose rows are left from an earlier configuration."""
    t = ops_checkpoint
    query = select(t).where(t.c.slice == "modified").order_by(t.c.source, t.c.stream)
    found = {(row.source, row.stream): (row.state, row.watermark) for row in connection.execute(query)}
    return [
        {"source": source, "stream": stream, "state": state, "read_up_to": watermark}
        for source, stream in dict.fromkeys([*configured, *found])
        for state, watermark in [found.get((source, stream), ("not read", None))]
    ]


def _open_plans(connection: Connection) -> list[dict[str, Any]]:
    t = ops_push_plan
    query = select(t.c.plan_id, t.c.source, t.c.created_at).where(t.c.state == "open").order_by(t.c.plan_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _dead_letters(connection: Connection) -> list[dict[str, Any]]:
    t = ops_dead_letter
    query = select(t.c.source, t.c.stream, func.count().label("open")).where(t.c.state == "open")
    return [dict(row) for row in connection.execute(query.group_by(t.c.source, t.c.stream)).mappings()]
