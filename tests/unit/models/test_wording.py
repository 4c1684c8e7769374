"""Numbers and nouns as a person would write them."""

from __future__ import annotations

import pytest

from models.wording import counted


@pytest.mark.parametrize(
    ("number", "verbs", "written"),
    [
        (0, None, "0 records"),
        (1, None, "1 record"),
        (1234, None, "1,234 records"),
        (1, ("differs", "differ"), "1 record differs"),
        (2, ("differs", "differ"), "2 records differ"),
    ],
)
def test_one_thing_is_singular_with_its_verb(number: int, verbs: tuple[str, str] | None, written: str) -> None:
    assert counted(number, "record", verbs) == written
