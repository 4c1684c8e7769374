"""The fake CRMs as a process of their own, and the people and accidents that a test needs in them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests


class Sandbox:
    """Control of a running sandbox.

    Attributes:
        url: Without a path.
        resets: How often the data were made anew.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.resets = 0
        self._is_touched = False
        self._session = requests.Session()
        self._session.trust_env = False

    def control(self, what: str, body: Any = None) -> Any:
        """GET without a body, POST with one."""
        verb = "GET" if body is None else "POST"
        answer = self._session.request(verb, f"{self.url}/_sandbox/{what}", json=body, timeout=60)
        assert answer.ok, answer.text
        self._is_touched |= verb == "POST"
        return answer.json()

    def restore(self, *, always: bool = False) -> None:
        """Make the data anew, which takes a second, if a test changed them."""
        if always or self._is_touched or self.control("writes")["writes"]:
            self.control("faults", [])
            self.control("reset", {})
            self.resets += 1
            self._is_touched = False

    def edit(self, system: str, module: str, action: str, record_id: str, **values: Any) -> None:
        """What a person does in the CRM's own pages."""
        self.control("edit", {"system": system, "module": module, "action": action, "id": record_id, "values": values})

    def fault(self, match: Mapping[str, Any], do: Mapping[str, Any]) -> None:
        self.control("faults", [{"match": match, "do": do}])

    def close(self) -> None:
        self._session.close()


@contextmanager
def running() -> Iterator[Sandbox]:
    """A sandbox at demo scale with room for as many calls as a test makes."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--fxiaoke-limit", "100000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
            assert found, "the sandbox did not start"
            sandbox = Sandbox(found[0])
            yield sandbox
            sandbox.close()
        finally:
            process.terminate()
