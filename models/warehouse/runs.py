"""`ops_run`: what ran when, how it ended, and who holds a source."""

from __future__ import annotations

import os
import secrets
import socket
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from models.warehouse.engine import Warehouse
from models.warehouse.ops import ops_run

_t = ops_run
_DIED = {"state": "failed", "error": "the process ended without a word"}


def start(warehouse: Warehouse, command: str) -> str:
    """Record a run that begins now; runs of this machine whose process is gone are marked as failed."""
    now = datetime.now(UTC)
    run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with warehouse.begin() as connection:
        _bury_dead(connection, now)
        connection.execute(
            insert(_t).values(
                run_id=run_id,
                command=command,
                state="running",
                started_at=now,
                host=socket.gethostname(),
                pid=os.getpid(),
            )
        )
    return run_id


def finish(warehouse: Warehouse, run_id: str, state: str, summary: dict[str, Any], error: str | None = None) -> None:
    with warehouse.begin() as connection:
        connection.execute(
            update(_t)
            .where(_t.c.run_id == run_id)
            .values(state=state, finished_at=datetime.now(UTC), summary=summary, error=error)
        )


def newest(connection: Connection, number: int) -> list[dict[str, Any]]:
    """The last runs, newest first; one whose process is gone shows as failed before the next run marks it so."""
    names = ("run_id", "command", "state", "started_at", "finished_at", "error")
    query = select(*(_t.c[name] for name in names)).order_by(_t.c.started_at.desc()).limit(number)
    found = [dict(row) for row in connection.execute(query).mappings()]
    gone = set(_gone(connection))
    return [run | _DIED if run["run_id"] in gone else run for run in found]


def find(connection: Connection, run_id: str) -> dict[str, Any] | None:
    """One run with its summary; None if there is none of that id."""
    found = connection.execute(select(_t).where(_t.c.run_id == run_id)).mappings().one_or_none()
    if found is None:
        return None
    return dict(found) | (_DIED if run_id in _gone(connection) else {})


def holder(warehouse: Warehouse, own_run: str | None = None) -> str:
    """Who most likely holds a lock, in words: the newest run, other than our own, that has not ended."""
    query = select(_t).where(_t.c.state == "running", _t.c.run_id != (own_run or "")).order_by(_t.c.started_at.desc())
    with warehouse.read() as connection:
        found = connection.execute(query.limit(1)).one_or_none()
    if found is None:
        return "another run"
    return (
        f"run {found.run_id} (crmsync {found.command}, process {found.pid} on {found.host}, "
        f"since {found.started_at:%Y-%m-%d %H:%M:%S} UTC)"
    )


def _bury_dead(connection: Connection, now: datetime) -> None:
    if gone := _gone(connection):
        connection.execute(update(_t).where(_t.c.run_id.in_(gone)).values(finished_at=now, **_DIED))


def _gone(connection: Connection) -> list[str]:
    """Runs of this machine that never ended and whose process no longer is."""
    query = select(_t.c.run_id, _t.c.pid).where(_t.c.state == "running", _t.c.host == socket.gethostname())
    return [run_id for run_id, pid in connection.execute(query) if not _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
