"""`crmsync status`: how fresh each stream is, the last runs, what is left of the quota, and what waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from cli.output import ago
from cli.session import Options, opened
from connectors import registry
from models.config import Config
from models.warehouse import usage
from models.warehouse.freshness import Freshness, freshness, unfinished
from models.warehouse.kept import ops_schema_change
from models.warehouse.ops import ops_dead_letter, ops_push_plan
from models.warehouse.runs import newest
from models.wording import counted

_RUNS = 5


def status_command(options: Options) -> None:
    with opened(options) as session:
        with session.warehouse.read() as connection:
            streams, last = freshness(connection, registry.streams(session.config)), newest(connection, _RUNS)
            ranges = unfinished(connection)
            plans, letters = _open_plans(connection), _dead_letters(connection)
            waiting = _waiting(connection, session.config)
        left = usage.quota_left(session.warehouse)
        out, now = session.out, datetime.now(UTC)
        out.table(
            "Streams",
            ("source", "stream", "state", "read up to", "last run"),
            [(one.source, one.stream, one.state, ago(one.read_to, now), one.run_id) for one in streams],
        )
        out.table(
            "Last runs",
            ("run", "command", "state", "started", "error"),
            [(run["run_id"], run["command"], run["state"], ago(run["started_at"], now), run["error"]) for run in last],
        )
        for source, (credit, at) in left.items():
            out.line(
                f"{source}: {counted(credit, 'credit')} of its quota {'was' if credit == 1 else 'were'} left {ago(at, now)}"
            )
        for source, stream, days in ranges:
            out.line(
                f"{source}/{stream}: the backfill of {days} is not done; the same command goes on where it stopped"
            )
        for one in waiting:
            out.line(
                f"{one['source']}: {one['object']} waits for a person, changes of its fields: {one['changes']:,}; "
                f"see: {options.command('schema-changes')}"
            )
        for plan in plans:
            show = options.command(f"push show {plan['plan_id']}")
            out.line(f"Plan {plan['plan_id']} of {plan['source']} is open: {show}")
        for letter in letters:
            see = options.command(f"dead-letters list --source {letter['source']} --stream {letter['stream']}")
            unread = counted(letter["open"], "record")
            out.line(f"{letter['source']}/{letter['stream']}: {unread} could not be read; see: {see}")
        if not any(one.watermark for one in streams):
            out.line(f"Nothing has been read yet. Next: {options.command('run daily')}")
        out.document(
            {
                "streams": [_plain(one, now) for one in streams],
                "runs": last,
                "backfills": [dict(zip(("source", "stream", "range"), one, strict=True)) for one in ranges],
                "schema_changes": waiting,
                "quota_left": {source: {"credits": credit, "at": at} for source, (credit, at) in left.items()},
                "open_plans": plans,
                "dead_letters": letters,
            }
        )


def _plain(one: Freshness, now: datetime) -> dict[str, Any]:
    return {
        "source": one.source,
        "stream": one.stream,
        "state": one.state,
        "read_up_to": one.read_to,
        "lag_s": max(0, round((now - one.read_to).total_seconds())) if one.read_to else None,
        "watermark": one.watermark,
        "run_id": one.run_id,
    }


def _waiting(connection: Connection, config: Config) -> list[dict[str, Any]]:
    """Objects that are not read until somebody acknowledges what changed in them."""
    t = ops_schema_change
    stopping = [name for name, one in config.connections.items() if one.on_schema_change == "stop"]
    query = (
        select(t.c.source, t.c.object, func.count().label("changes"))
        .where(t.c.source.in_(stopping), t.c.acknowledged_at.is_(None))
        .group_by(t.c.source, t.c.object)
        .order_by(t.c.source, t.c.object)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _open_plans(connection: Connection) -> list[dict[str, Any]]:
    t = ops_push_plan
    query = select(t.c.plan_id, t.c.source, t.c.created_at).where(t.c.state == "open").order_by(t.c.plan_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _dead_letters(connection: Connection) -> list[dict[str, Any]]:
    t = ops_dead_letter
    query = select(t.c.source, t.c.stream, func.count().label("open")).where(t.c.state == "open")
    return [dict(row) for row in connection.execute(query.group_by(t.c.source, t.c.stream)).mappings()]
