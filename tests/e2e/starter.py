"""Starts the command in processes forked from one that has imported it: importing takes longer than most commands.

What runs is the console script's own entry point, in a process of its own, with its own environment, folder, signals
and exit code. Whatever looks at the start itself takes the installed script instead: `harness.installed`.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

HOUSE = ("models", "connectors", "pipeline")
COMMANDS = (
    "cli.main",
    "cli.verbs",
    "cli.init",
    "flows.run",
    "psycopg",
    "sqlalchemy.dialects.sqlite",
    "alembic.command",
)
STOPPED_AFTER_S = 10


class Started:
    """A running command: what `subprocess.Popen` of text offers, as far as the tests need it."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], cwd: Path | None) -> None:
        self.returncode: int | None = None
        self._files = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - closed at its end
        self._said: list[str] = []
        self._link = socket.socket(socket.AF_UNIX)
        self._link.connect(_starter())
        order = {"argv": list(arguments), "env": dict(env), "cwd": str(cwd or Path.cwd())}
        fds = [file.fileno() for file in self._files]
        socket.send_fds(self._link, [json.dumps(order).encode() + b"\n"], fds)
        self._told = self._link.makefile("r")
        self.pid = int(self._told.readline())

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has just ended, and is about to say so
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit code once it has ended, negative for a signal."""
        if self.returncode is None and select.select([self._link], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._link], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("crmsync", timeout or 0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end; what it wrote to standard output and to standard error."""
        self.wait(timeout)
        return self._said[0], self._said[1]

    def _end(self) -> None:
        self.returncode = int(self._told.readline())
        self._told.close()
        self._link.close()
        self._said = [_text(file) for file in self._files]


def _text(file: IO[bytes]) -> str:
    with file:
        file.seek(0)
        return file.read().decode()


@cache
def _starter() -> str:
    """The socket of this session's starter, which lives until its standard input ends."""
    folder = tempfile.TemporaryDirectory(prefix="crmsync-start-")
    path = str(Path(folder.name, "socket"))
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CRMSYNC_", "PREFECT_"))}
    program = [sys.executable, "-m", "tests.e2e.starter", path]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, env=env, cwd=Path(__file__).parents[2])

    def stop() -> None:
        process.communicate(timeout=STOPPED_AFTER_S)
        folder.cleanup()

    atexit.register(stop)
    while not Path(path).exists():
        assert process.poll() is None, "the starter of commands did not start"
        time.sleep(0.01)
    return path


def _serve(path: str) -> list[str]:
    """Take orders until standard input ends. In each command's process it returns the command's arguments."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}.new")
    listener.listen()
    Path(f"{path}.new").rename(path)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who wait for the commands
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        link, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return _wait_for_one(link)
        link.close()
    sys.exit()


def _wait_for_one(link: socket.socket) -> list[str]:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, fds, _, _ = socket.recv_fds(link, 1 << 16, 2)
    while not text.endswith(b"\n"):
        text += link.recv(1 << 16)
    order = json.loads(text)
    pid = os.fork()
    if pid:
        link.sendall(f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        link.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    link.close()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, number in zip((nothing, *fds), range(3), strict=True):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["cwd"])
    return list(order["argv"])


def main() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for package in HOUSE:
        for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
            if "migrations" not in module.name:
                import_module(module.name)
    for name in COMMANDS:
        import_module(name)
    gc.collect()
    gc.freeze()
    sys.argv[:] = _serve(sys.argv[1])
    from cli.main import run  # noqa: PLC0415 - as the console script does

    run()


if __name__ == "__main__":
    main()
