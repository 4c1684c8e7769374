"""`crmsync runs` and `crmsync usage`: what happened, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cli.output import Output, ago, duration
from cli.session import Options, opened
from models.config import choose
from models.errors import ConfigError
from models.warehouse import runs, usage
from models.wording import counted

_NO_RESULT = {"run_id", "command", "state", "seconds", "problems"}
"""Keys of a summary that are no list of results."""


def runs_command(options: Options, run_id: str | None, limit: int) -> None:
    with opened(options) as session:
        out = session.out
        with session.warehouse.read() as connection:
            if run_id is None:
                last = runs.newest(connection, limit)
                _list(out, last, options)
                out.document({"runs": last})
                return
            found = runs.find(connection, run_id)
        if found is None:
            raise ConfigError(f"there is no run {run_id}; see: crmsync runs")
        _show(out, found)
        out.document(found)


def _list(out: Output, last: Sequence[dict[str, Any]], options: Options) -> None:
    now = datetime.now(UTC)
    rows = [
        (one["run_id"], one["command"], one["state"], ago(one["started_at"], now), _took(one), one["error"])
        for one in last
    ]
    out.table("Runs", ("run", "command", "state", "started", "took", "error"), rows)
    if last:
        newest = last[0]["run_id"]
        out.line(f"Next: {options.command(f'runs {newest}')}")
    else:
        out.line(f"Nothing has run yet. Next: {options.command('run daily')}")


def _took(run: dict[str, Any]) -> str:
    return duration((run["finished_at"] - run["started_at"]).total_seconds()) if run["finished_at"] else ""


def _show(out: Output, run: dict[str, Any]) -> None:
    ended = f", took {_took(run)}" if run["finished_at"] else ""
    out.line(f"Run {run['run_id']} · {run['command']} · {run['state']}")
    out.line(f"Started {run['started_at']:%Y-%m-%d %H:%M:%S} UTC on {run['host']} as process {run['pid']}{ended}.")
    summary = run["summary"] or {}
    for verb, results in summary.items():
        if verb not in _NO_RESULT and results:
            columns = [
                name
                for name, value in results[0].items()
                if isinstance(value, str | int | float | bool) and any(result.get(name) != "" for result in results)
            ]
            out.table(verb, columns, [[result.get(name) for name in columns] for result in results])
    for problem in summary.get("problems") or [run["error"]]:
        if problem:
            out.line(problem)


def usage_command(options: Options, sources: Sequence[str], days: int) -> None:
    with opened(options) as session:
        chosen = choose(sources, tuple(session.config.connections), "no connection is called")
        today = datetime.now(ZoneInfo(session.config.reporting.timezone)).date()
        rows = usage.since(session.warehouse, today - timedelta(days=days - 1), chosen)
        left = {name: told for name, told in usage.quota_left(session.warehouse).items() if name in chosen}
        out, now = session.out, datetime.now(UTC)
        columns = ("day", "source", "subject", "call", "calls", "credits")
        out.table("API calls", columns, [[one[name] for name in columns] for one in rows])
        for name in chosen:
            own = [one for one in rows if one["source"] == name]
            calls, credit = sum(one["calls"] for one in own), sum(one["credits"] for one in own)
            told = (
                f"; {counted(left[name][0], 'credit', ('was', 'were'))} left {ago(left[name][1], now)}"
                if name in left
                else ""
            )
            out.line(f"{name}: {counted(calls, 'call')}, {counted(credit, 'credit')} in {counted(days, 'day')}{told}.")
        out.document(
            {
                "usage": [{key: value for key, value in one.items() if key != "quota_left"} for one in rows],
                "quota_left": {name: {"credits": told[0], "at": told[1]} for name, told in left.items()},
            }
        )
