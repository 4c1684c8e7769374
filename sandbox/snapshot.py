"""The whole state as one gzipped JSON document: for the state file, and for taking and restoring it by control."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import orjson

from sandbox.faults import Fault
from sandbox.site import SYSTEMS, Options, Site
from sandbox.world import RecordWrite, Scale, WriteCall

if TYPE_CHECKING:
    from sandbox.world import World

# Raised with each change of what is kept: a document that lacks something is refused, not filled up.
FORMAT = "crmsync-sandbox/2"
# Of the document when it is unpacked: above a million leads in both CRMs, and what a machine may have.
MOST_BYTES = 1 << 32
DAMAGES = (EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError, OverflowError)


def dump(site: Site) -> bytes:
    """The state at this instant, as JSON."""
    world = site.world
    state = {
        "format": FORMAT,
        "seed": world.seed,
        "scale": world.scale,
        "started_at": world.started_at.isoformat(),
        "world": _dump_world(world),
        "chat": {"switches": asdict(site.chat), "memory": {name: rules.memory for name, rules in site.rules.items()}},
        "faults": [fault.dump() for fault in site.faults],
        "systems": {name: system.dump() for name, system in site.systems.items()},
    }
    return orjson.dumps(state)


def pack(state: bytes) -> bytes:
    """Gzip that depends on nothing but the state."""
    return gzip.compress(state, compresslevel=1, mtime=0)


def restore(packed: bytes, options: Options) -> Site:
    """A site in the packed state. Seed, scale and start are the state's, latency and what a reset brings those of `options`.

    Raises:
        ValueError: What is wrong with it, or that it is not this version's.
    """
    try:
        state = orjson.loads(_unpacked(packed))
        if state["format"] != FORMAT:
            raise ValueError(f"another version wrote it: its format is {state['format']}, not {FORMAT}")
        if state["scale"] not in get_args(Scale):
            raise ValueError(f"there is no scale {state['scale']!r}")
        started_at = datetime.fromisoformat(state["started_at"])
        made = replace(options, seed=state["seed"], scale=state["scale"], started_at=started_at)
        wanted = [name for name in SYSTEMS if options.only in (None, name)]
        if state["systems"].keys() != set(wanted):
            raise ValueError(f"it holds {', '.join(state['systems'])}, not {', '.join(wanted)}")
        site = Site(made, state["systems"])
        _load_world(site.world, state["world"])
        site.chat.change(state["chat"]["switches"])
        for name, kinds in state["chat"]["memory"].items():
            for kind, memory in kinds.items():
                site.rules[name].memory[kind].update(memory)
        site.faults.extend(map(Fault.load, state["faults"]))
    except DAMAGES as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ValueError(reason or type(error).__name__) from error
    return site


def save(site: Site, path: Path) -> None:
    """Write the state beside the file and rename it, so that the file is whole at every instant."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pack(dump(site)))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path: Path, options: Options) -> Site:
    """Bring a site back from its file; Fxiaoke's limit is that of `options`, as its flag says.

    Raises:
        ValueError: The file is damaged, or of another version.
    """
    try:
        site = restore(path.read_bytes(), options)
    except (OSError, ValueError) as error:
        raise ValueError(f"the state file {path} cannot be read: {error}") from error
    if "fxiaoke" in site.systems:
        site.fxiaoke.state.switches.limit = options.fxiaoke_limit
    return site


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    text = unpacker.decompress(packed, MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ValueError(f"it unpacks to more than {MOST_BYTES:,} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it is cut off, or something follows its end")
    return text


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
    world.now()  # overflows if the clock is beyond all dates
