"""A finished job is told to the caller's own server (docs/vendor/zoho.md §4), if that is on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

if TYPE_CHECKING:
    from sandbox.zoho.bulk.jobs import Job, Jobs

# How often a job's end is looked for: the clock can be moved at any time.
_LOOK_S = 0.05
_TIMEOUT_S = 5

log = logging.getLogger("sandbox")


class Messenger:
    """Waits for the ends of jobs that have a callback."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._waiting: dict[int, asyncio.Task[None]] = {}

    def watch(self) -> None:
        """Start to wait for each job that nobody waits for: a new one, or one of a state file."""
        for job in self._jobs.known.values():
            if job.callback is not None and not job.called_back and job.id not in self._waiting:
                self._waiting[job.id] = asyncio.get_running_loop().create_task(self._wait(job, job.callback))

    async def _wait(self, job: Job, url: str) -> None:
        while self._jobs.now() < job.ends:  # noqa: ASYNC110 - no event tells that the clock was moved
            await asyncio.sleep(_LOOK_S)
        if not self._jobs.left:
            job.called_back = True
            body = orjson.dumps({"data": [self._jobs.show(job)]})
            await asyncio.to_thread(_post, url, body)
        del self._waiting[job.id]


def _post(url: str, body: bytes) -> None:
    parts = urlsplit(url)
    if not _is_here(parts.hostname or "") or parts.scheme != "http":
        log.warning("no callback is sent to %s: it is not plain HTTP on this machine", url)
        return
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        connection.request("POST", path, body, {"Content-Type": "application/json;charset=UTF-8"})
        connection.getresponse().read()
    except (OSError, HTTPException) as error:
        log.warning("the callback to %s failed: %s", url, error)
    finally:
        connection.close()


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
