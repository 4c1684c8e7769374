"""Serves a site: in a thread of a test's own process, or in the foreground."""

from __future__ import annotations

import contextlib
import gc
import signal
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from sandbox import snapshot
from sandbox.app import App
from sandbox.listener import LOOPBACK, CannotServeError, listen, url_of, warning
from sandbox.site import Options, Site

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator
    from pathlib import Path

    from sandbox.fxiaoke.system import FxiaokeSystem
    from sandbox.world import Scale, SystemName, World
    from sandbox.zoho.system import ZohoSystem

START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How to serve in the foreground.

    `port` 0 means a free one, `host` is an IP address of this machine, `traffic` is a number of edits a second.
    """

    site: Options
    port: int = 8900
    host: str = LOOPBACK
    state: Path | None = None
    traffic: int = 0


class _Server(uvicorn.Server):
    """Uvicorn, but a signal ends it with a return, so that the state can be written and the exit code is ours."""

    def __init__(self, site: Site, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                App(site),
                lifespan="off",
                log_config=None,
                access_log=False,
                date_header=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=1,
                # The other one, httptools, is taken where it is there, and refuses unknown methods before a vendor can.
                http="h11",
                ws="none",
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        with _on_signal(self.handle_exit):
            yield


class Sandbox:
    """A running sandbox, served by a thread of this process until `stop()`; also a context manager.

    ```
    with Sandbox(seed=7) as sandbox:
        requests.get(f"{sandbox.url}/_sandbox/state")
    ```
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        scale: Scale = "demo",
        port: int = 0,
        latency_ms: int = 0,
        fxiaoke_limit: int = 100,
        only: SystemName | None = None,
        state: Path | None = None,
        started_at: datetime | None = None,
    ) -> None:
        self._state = state
        options = Options(
            seed=seed,
            scale=scale,
            latency_ms=latency_ms,
            fxiaoke_limit=fxiaoke_limit,
            only=only,
            started_at=started_at or datetime.now(UTC),
        )
        self._listener = listen(LOOPBACK, port)
        try:
            self.site = _open(options, state)
        except BaseException:
            self._listener.close()
            raise
        self.url = url_of(self._listener)
        ready = threading.Event()
        self._server = _Server(self.site, ready.set)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), name="sandbox", daemon=True)
        self._thread.start()
        if not ready.wait(START_TIMEOUT_S):
            raise TimeoutError("the sandbox did not start")

    @property
    def world(self) -> World:
        return self.site.world

    @property
    def zoho(self) -> ZohoSystem:
        return self.site.zoho

    @property
    def fxiaoke(self) -> FxiaokeSystem:
        return self.site.fxiaoke

    def stop(self) -> None:
        """End it, and write the state file if there is one. A second call does nothing."""
        if not self._thread.is_alive():
            return
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        if self._state is not None:
            snapshot.save(self.site, self._state)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(options: ServeOptions) -> None:
    """Serve in the foreground until SIGINT or SIGTERM, then write the state file if one is named.

    Raises:
        CannotServeError: Host or port cannot be had, the state file is damaged, cannot be written, or is another one by now.
    """
    with listen(options.host, options.port) as listener:
        if reached := warning(listener):
            sys.stderr.write(f"sandbox: warning: {reached}\n")
        was = _stamp(options.state)
        try:
            site = _open(options.site, options.state)
        except ValueError as error:
            raise CannotServeError(str(error), 2) from error
        # What is generated lives as long as the process: leave it out of every later collection.
        gc.collect()
        gc.freeze()
        _Server(site, lambda: _begin(url_of(listener), site, options)).run([listener])
    if options.state is not None:
        if _stamp(options.state) != was:
            raise CannotServeError(f"another process has written {options.state} meanwhile; this state is not kept", 1)
        try:
            # A second signal, such as one to the whole group of processes, must not end us before the state is written.
            with _on_signal(signal.SIG_IGN):
                snapshot.save(site, options.state)
        except OSError as error:
            raise CannotServeError(f"the state cannot be written to {options.state}: {error.strerror}", 1) from error


@contextlib.contextmanager
def _on_signal(handler: Any) -> Generator[None]:
    """What SIGINT and SIGTERM do meanwhile."""
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def _begin(url: str, site: Site, options: ServeOptions) -> None:
    """When the server is ready: say where, and let people begin to work."""
    state, traffic = options.state, options.traffic
    lines = [
        f"Sandbox ready: {url}  Zoho {url}/zoho  Fxiaoke {url}/fxiaoke  chat {url}/slack {url}/teams",
        f"Seed {site.world.seed}, scale {site.world.scale}; what is in it: curl {url}/_sandbox/state",
        f"State {state}, written at the end" if state else "Nothing is kept at the end (--state FILE does)",
    ]
    if traffic:
        site.traffic.order(traffic, site.world.seed)
        lines.append(f"Traffic of {traffic} edits a second: curl {url}/_sandbox/traffic")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _stamp(state: Path | None) -> tuple[int, int] | None:
    """Which file it is and when it was written; None if there is none."""
    if state is None or not state.exists():
        return None
    found = state.stat()
    return found.st_ino, found.st_mtime_ns


def _open(options: Options, state: Path | None) -> Site:
    return snapshot.load(state, options) if state is not None and state.exists() else Site(options)
