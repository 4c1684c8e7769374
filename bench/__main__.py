"""`make bench`: how fast and how lean the commands are, on this machine, against the sandbox without latency.

Prints a table and asserts nothing: machines differ. bench/README.md says how to read it.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from bench.commands import CRMSYNC, run
from sandbox.server import Sandbox

_REPEATS = 7
_STANDARD = [
    word for name in ("users", "teams", "accounts", "contacts", "leads", "deals") for word in ("--stream", name)
]
"""What the metrics stand on."""


def main() -> None:
    rows = [("crmsync --help", *_help())]
    with tempfile.TemporaryDirectory() as folder, Sandbox(seed=7, fxiaoke_limit=100_000) as sandbox:
        config = f"{folder}/config.yaml"
        _run(["init", "--sandbox", sandbox.url, "--config", config, "--quiet"])
        _raise_limit(Path(config))
        for name, command in (
            ("first sync (13,100 records)", ["sync", *_STANDARD]),
            ("sync, nothing changed", ["sync", *_STANDARD]),
            ("first sync of the rest (33,600 records)", ["sync"]),
            ("compute", ["compute"]),
            ("push plan (4,520 values)", ["push", "plan"]),
            ("push apply (2,240 records)", ["push", "apply"]),
            ("run daily, nothing changed", ["run", "daily"]),
        ):
            rows.append((name, *_run([*command, "--config", config, "--quiet"])))
    with tempfile.TemporaryDirectory() as folder:
        rows.append(("demo, with the vendors' limits", *_run(["demo", "--folder", f"{folder}/demo", "--quiet"])))
    width = max(len(name) for name, _, _ in rows)
    print(f"{'':{width}}  {'seconds':>8}  {'peak MB':>8}")  # noqa: T201 - a table is what it is for
    for name, seconds, megabytes in rows:
        print(f"{name:{width}}  {seconds:8.2f}  {megabytes:8.0f}")  # noqa: T201


def _help() -> tuple[float, float]:
    """Median of several runs; the first, which may compile, is left out."""
    runs = [_run(["--help"]) for _ in range(_REPEATS + 1)][1:]
    return statistics.median(seconds for seconds, _ in runs), max(megabytes for _, megabytes in runs)


def _run(arguments: list[str]) -> tuple[float, float]:
    return run([CRMSYNC, *arguments])


def _raise_limit(config: Path) -> None:
    """Without the client's own pacing, to see what the code costs and not what the vendor allows."""
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("calls_per_20_s: 100 ", "calls_per_20_s: 100000 "), encoding="utf-8")


if __name__ == "__main__":
    main()
