"""Prefect kept in the project's own folder and quiet, and a server of our own where none is configured.

`prepare` must be called before `prefect` is imported for the first time.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from models.errors import ServiceUnavailableError

_READY_WITHIN_S = 120
_PR_SET_PDEATHSIG = 1


def prepare(folder: Path) -> None:
    """Settings that Prefect reads once, at its import; what the environment says already is left alone."""
    for name, value in {
        "PREFECT_HOME": str(folder.absolute() / ".prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # the API keeps them; our own words tell what failed
    }.items():
        os.environ.setdefault(name, value)


@contextmanager
def server(folder: Path) -> Iterator[Callable[[], str]]:
    """A Prefect server for this block: that of PREFECT_API_URL, else one of our own that ends with the block.

    Yields:
        A function that waits until the server answers, tells Prefect of it, and returns the API's URL. What happens
        before its call happens while the server starts.

    Raises:
        ServiceUnavailableError: From the function: the server did not come up.
    """
    prepare(folder)
    configured = os.environ.get("PREFECT_API_URL")
    if configured:
        yield lambda: configured
        return
    port = _free_port()
    log = folder / ".prefect" / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            stdout=output,
            stderr=output,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
        )

    def ready() -> str:
        _wait_ready(process, f"http://127.0.0.1:{port}/api/health", log)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        return os.environ["PREFECT_API_URL"]

    try:
        yield ready
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise ServiceUnavailableError(f"the Prefect server did not come up; its log is {log}")


def _free_port() -> int:
    """A free one below those that systems hand out by themselves: Prefect takes seconds to bind it."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
