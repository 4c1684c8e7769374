"""`crmsync dead-letters`: list, show, replay, give up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import orjson

from cli.output import ago
from cli.session import Options, opened, repeated, running
from cli.verbs import finish
from connectors import registry
from flows import steps
from models.config import choose
from models.errors import ConfigError
from pipeline.sync.dead_letters import commands
from pipeline.sync.dead_letters.store import GIVEN_UP, OPEN
from pipeline.sync.raw import loads

_SHOWN = 20


def list_command(
    options: Options, sources: Sequence[str], streams: Sequence[str], limit: int | None, *, every: bool
) -> None:
    with opened(options) as session:
        choose(sources, tuple(session.config.connections), "no connection is called")
        known = {stream for _, stream in registry.streams(session.config)} | commands.streams_of(session.warehouse)
        choose(streams, sorted(known), "no connection has a stream")
        found, total = commands.listed(
            session.warehouse,
            states=() if every else (OPEN,),
            sources=sources,
            streams=streams,
            limit=limit or (None if options.json else _SHOWN),
        )
        out, now = session.out, datetime.now(UTC)
        out.table(
            "Dead letters",
            ("id", "source", "stream", "record", "state", "last seen", "why"),
            [
                (
                    str(one["id"]),
                    one["source"],
                    one["stream"],
                    one["source_id"] or "without an id",
                    one["state"],
                    ago(one["last_seen_at"], now),
                    (one["reason"], f"given up: {one['note']}") if one["state"] == GIVEN_UP else one["reason"],
                )
                for one in found
            ],
        )
        if total > len(found):
            which = f"{' --all' if every else ''}{repeated('source', sources)}{repeated('stream', streams)}"
            every_one = options.command(f"dead-letters list{which} --limit {total}")
            out.line(f"… and {total - len(found):,} more: {every_one}")
        elif not found:
            out.line("No record is waiting to be read." if not every else "No record was ever refused.")
        else:
            newest = found[0]["id"]
            out.line(f"Next: {options.command(f'dead-letters show {newest}')}")
        out.document({"dead_letters": found, "total": total})


def show_command(options: Options, number: int) -> None:
    with opened(options) as session:
        letter, out = commands.find(session.warehouse, number), session.out
        out.line(f"Dead letter {number} · {letter['source']} · {letter['stream']} · {letter['state']}")
        out.line(letter["reason"])
        out.line(
            f"First seen {letter['first_seen_at']:%Y-%m-%d %H:%M} UTC, last {letter['last_seen_at']:%Y-%m-%d %H:%M} UTC."
        )
        if letter["note"]:
            out.line(f"Given up: {letter['note']}")
        out.line(_pretty(letter["raw"]))
        out.document({key: value for key, value in letter.items() if key != "raw_hash"})


def _pretty(raw: str) -> str:
    try:
        return orjson.dumps(loads(raw), option=orjson.OPT_INDENT_2).decode()
    except (ValueError, TypeError):
        return raw


def replay_command(options: Options, number: int | None, *, every: bool) -> None:
    if (number is None) != every:
        raise ConfigError("name one dead letter, or say --all: crmsync dead-letters replay 17")
    with opened(options) as session:
        with running(session, "dead-letters replay") as run:
            run.do(steps.replay_letters(run, [] if number is None else [number]))
        if not run.results and run.state == "done":
            session.out.line("No record is waiting to be read.")
        finish(run, session, "compute")


def give_up_command(options: Options, number: int, reason: str) -> None:
    if not reason.strip():
        raise ConfigError("--reason is empty; say in a few words why the record need not be read")
    with opened(options) as session:
        letter = commands.give_up(session.warehouse, number, reason, now=datetime.now(UTC))
        session.out.line(
            f"{letter['source']}/{letter['stream']} {letter['source_id']}: given up; it counts again if it changes in the CRM."
        )
        session.out.document({key: value for key, value in letter.items() if key not in {"raw", "raw_hash"}})
