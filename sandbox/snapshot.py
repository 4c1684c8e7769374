"""The state file: everything of a site that a later start needs, as gzipped JSON."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.site import Options, Site
from sandbox.world import RecordWrite, WriteCall

if TYPE_CHECKING:
    from sandbox.world import World

FORMAT = "crmsync-sandbox/1"


def save(site: Site, path: Path) -> None:
    """Write the state beside the file and rename it, so that the file is whole at every instant."""
    world = site.world
    state = {
        "format": FORMAT,
        "seed": world.seed,
        "scale": world.scale,
        "started_at": world.started_at.isoformat(),
        "world": _dump_world(world),
        "chat": asdict(site.chat),
        "systems": {name: system.dump() for name, system in site.systems.items()},
    }
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed:
            packed.write(orjson.dumps(state))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path: Path, options: Options) -> Site:
    """Bring a site back. Seed, scale and start are the file's, latency and limit those of `options`.

    Raises:
        ValueError: The file is damaged, or of another format.
    """
    try:
        state = orjson.loads(gzip.decompress(path.read_bytes()))
        if state["format"] != FORMAT:
            raise ValueError(f"its format is {state['format']}, not {FORMAT}")  # noqa: TRY301 - one wording for all
        site = Site(
            replace(
                options,
                seed=state["seed"],
                scale=state["scale"],
                started_at=datetime.fromisoformat(state["started_at"]),
            )
        )
        _load_world(site.world, state["world"])
        site.chat.change(state.get("chat", {}))
        for name, system in site.systems.items():
            system.load(state["systems"][name])
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"the state file {path} cannot be read: {reason}") from error
    return site


def _dump_world(world: World) -> dict[str, Any]:
    return {
        "clock_offset_s": world.clock_offset.total_seconds(),
        "writes": [asdict(write) for write in world.writes],
        "messages": world.messages,
        "calls": world.calls,
        "credits": world.credits,
    }


def _load_world(world: World, state: dict[str, Any]) -> None:
    world.clock_offset = timedelta(seconds=state["clock_offset_s"])
    for write in state["writes"]:
        records = [RecordWrite(**record) for record in write.pop("records")]
        world.writes.append(WriteCall(records=records, **write))
    world.messages.extend(state["messages"])
    world.calls.update({name: Counter(calls) for name, calls in state["calls"].items()})
    world.credits.update(state["credits"])
