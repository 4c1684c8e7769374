"""A command as a user runs it, timed and weighed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CRMSYNC = str(Path(sys.executable).parent / "crmsync")


def run(command: Sequence[str], stdout: Any = subprocess.DEVNULL, cwd: Path | None = None) -> tuple[float, float]:
    """Wall time in seconds and largest resident memory in MB of one command, its children left out."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=stdout, cwd=cwd)  # noqa: S603 - our own commands
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024
