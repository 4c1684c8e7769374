"""`crmsync schema-changes`: what changed in the fields of the CRMs, and that a person knows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cli.output import ago
from cli.session import Options, opened, repeated
from models.config import choose
from models.wording import counted
from pipeline.sync.schema import changes

_SHOWN = 20


def list_command(options: Options, sources: Sequence[str], limit: int | None, *, every: bool) -> None:
    with opened(options) as session:
        choose(sources, tuple(session.config.connections), "no connection is called")
        limit = limit or (None if options.json else _SHOWN)
        with session.warehouse.read() as connection:
            found, total = changes.listed(connection, sources=sources, waiting=not every, limit=limit)
        out, now, which = session.out, datetime.now(UTC), repeated("source", sources)
        columns = ("id", "source", "object", "field", "change", "from", "to", "seen", "acknowledged")
        rows = [
            (
                str(one["id"]),
                *(one[name] for name in ("source", "object", "field", "change", "old", "new")),
                ago(one["seen_at"], now),
                ago(one["acknowledged_at"], now) if one["acknowledged_at"] else "",
            )
            for one in found
        ]
        out.table("Schema changes", columns, rows)
        if total > len(found):
            every_one = options.command(f"schema-changes{' --all' if every else ''}{which} --limit {total}")
            out.line(f"… and {total - len(found):,} more: {every_one}")
        if any(one["acknowledged_at"] is None for one in found):
            out.line(f"Next: {options.command(f'schema-changes acknowledge{which}')}")
        elif not found:
            out.line(
                "No change waits to be acknowledged." if not every else "No field has changed since the first sync."
            )
        out.document({"schema_changes": found, "total": total})


def acknowledge_command(options: Options, numbers: Sequence[int], sources: Sequence[str]) -> None:
    with opened(options) as session:
        choose(sources, tuple(session.config.connections), "no connection is called")
        count = changes.acknowledge(session.warehouse, now=datetime.now(UTC), sources=sources, numbers=numbers)
        session.out.line(f"{counted(count, 'change')} acknowledged.")
        session.out.document({"acknowledged": count})
