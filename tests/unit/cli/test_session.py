"""Commands that a message advises are those that can be typed from here."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import session
from cli.session import DEFAULT_CONFIG, Options

ADVICE = {
    "zoho/deals was never read; run: crmsync sync --source zoho --stream deals": (
        "zoho/deals was never read; run: crmsync sync --source zoho --stream deals --config 'my files/a.yaml'"
    ),
    "run: crmsync sync --source zoho, then crmsync compute": (
        "run: crmsync sync --source zoho --config 'my files/a.yaml', then crmsync compute --config 'my files/a.yaml'"
    ),
    "mend it in the CRM, then: crmsync dead-letters list; it stays": (
        "mend it in the CRM, then: crmsync dead-letters list --config 'my files/a.yaml'; it stays"
    ),
    "one is named: crmsync push show 3 --config b.yaml": "one is named: crmsync push show 3 --config b.yaml",
    "run 7 (crmsync sync, process 12 on here) is at work": "run 7 (crmsync sync, process 12 on here) is at work",
    "the warehouse has version 2, this crmsync needs 3": "the warehouse has version 2, this crmsync needs 3",
}


@pytest.fixture(autouse=True)
def _on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "own_name", lambda: "crmsync")
    monkeypatch.delenv("CRMSYNC_CONFIG", raising=False)


@pytest.mark.parametrize("message", ADVICE)
def test_each_command_in_a_message_names_the_configuration_that_is_in_use(message: str) -> None:
    assert Options(Path("my files/a.yaml"), json=False, quiet=False).advised(message) == ADVICE[message]


@pytest.mark.parametrize("message", ADVICE)
def test_one_that_is_found_anyway_is_not_named(message: str) -> None:
    assert Options(DEFAULT_CONFIG, json=False, quiet=False).advised(message) == message
