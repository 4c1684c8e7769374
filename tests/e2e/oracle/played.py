"""The demo, played once for all tests, and the fake CRMs as they were before it and after it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.oracle.vendors import SHANGHAI, Crm, call, read_fxiaoke, read_zoho

CRMSYNC = Path(sys.executable).with_name("crmsync")
_PLAY_WITHIN_S = 600


@dataclass(frozen=True)
class Played:
    """What the demo said and left.

    Attributes:
        document, text: Its `--json` document, amounts as text; what it told people meanwhile.
        before, after: Both CRMs by name, freshly generated and as the demo left them.
        control: The sandbox's own record at the end: `state` and `writes`.
    """

    folder: Path
    today: date
    document: dict[str, Any]
    text: str
    before: dict[str, Crm]
    after: dict[str, Crm]
    control: dict[str, Any]


def play(root: Path) -> Played:
    """Run the demo in `root`, or take the one that another test process has run there."""
    folder = root / "demo"
    with (root / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "demo.json").exists():
            _wait_for_a_whole_day()
            done = crmsync("demo", "--folder", str(folder), "--language", "en", "--json")
            (root / "demo.err").write_text(done.stderr, "utf-8")
            (root / "demo.json").write_text(done.stdout, "utf-8")
    with served(None) as url:
        before = read_both(url)
    left = root / f"{os.getpid()}.state"
    shutil.copy(folder / "sandbox.state", left)
    with served(left) as url:
        # First, since reading counts as calls too.
        control = {name: call("GET", f"{url}/_sandbox/{name}") for name in ("state", "writes")}
        after = read_both(url)
    document = json.loads((root / "demo.json").read_text("utf-8"))
    today = datetime.fromisoformat(control["state"]["started_at"]).astimezone(SHANGHAI).date()
    return Played(folder, today, document, (root / "demo.err").read_text("utf-8"), before, after, control)


def crmsync(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would; it must end well."""
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [CRMSYNC, *words],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=_PLAY_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, f"crmsync {' '.join(words)} ended with {done.returncode}: {done.stderr[-3000:]}"
    return done


@contextmanager
def served(state: Path | None, port: int = 0) -> Iterator[str]:
    """A sandbox's URL: with the data of a state file (to which it writes at its end) or with today's fresh ones."""
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--seed", "7", "--fxiaoke-limit", "1000000"]
    if state:
        command += ["--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            yield next(word for word in line.split() if word.startswith("http://")).removesuffix("/zoho").rstrip("/,")
        finally:
            process.terminate()
            process.wait(timeout=60)


def read_both(url: str) -> dict[str, Crm]:
    return {"zoho": read_zoho(f"{url}/zoho"), "fxiaoke": read_fxiaoke(f"{url}/fxiaoke")}


def _wait_for_a_whole_day() -> None:
    """Near midnight the demo would end on another day than it began on."""
    now = datetime.now(SHANGHAI)
    if (now.hour, now.minute) >= (23, 50):
        time.sleep((60 - now.minute) * 60)


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))
