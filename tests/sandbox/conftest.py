"""One running sandbox for the tests that leave it as it was; the others start their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=7, fxiaoke_limit=1_000_000) as running:
        yield running


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared one, with no faults and no messages. Its data are to be left alone."""
    shared_sandbox.world.messages.clear()
    yield shared_sandbox
    requests.post(f"{shared_sandbox.url}/_sandbox/faults", json=[], timeout=10).raise_for_status()
