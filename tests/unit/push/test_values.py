"""Values are compared as the field would hold them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.records import FieldInfo
from pipeline.push.values import fitting_form, from_text, misfit, text_form

NUMBER = FieldInfo("Score", "Score", "double", decimals=2)
WHOLE = FieldInfo("Rank", "Rank", "integer", decimals=0)
TEXT = FieldInfo("Reason", "Reason", "text", length=5)
LONG = FieldInfo("Note", "Note", "long_text")
LOOKUP = FieldInfo("Owner", "Owner", "lookup", takes_text=False)
PICKLIST = FieldInfo("Tier", "Tier", "picklist", options=("A", "B"))


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (None, TEXT, None),
        ("", TEXT, None),
        ("abcde", TEXT, "abcde"),
        ("abcdef", TEXT, "abcd…"),
        ("abc defg", TEXT, "abc…"),
        ("价值一百万元", TEXT, "价值一百…"),
        ("x" * 3000, LONG, "x" * 3000),
        (Decimal("87.5"), NUMBER, "87.50"),
        (Decimal("87.505"), NUMBER, "87.51"),
        (Decimal("-0.001"), NUMBER, "0.00"),
        (Decimal("1E+3"), NUMBER, "1000.00"),
        (3, NUMBER, "3.00"),
        (3, WHOLE, "3"),
        (Decimal("2.5"), WHOLE, "3"),
        (Decimal(0), WHOLE, "0"),
        (True, LONG, "True"),
    ],
)
def test_form_is_what_the_field_would_hold(value: Any, field: FieldInfo, expected: str | None) -> None:
    assert fitting_form(value, field) == expected


@given(st.text(), st.integers(1, 20))
def test_text_never_exceeds_the_length_and_settles_at_once(text: str, length: int) -> None:
    field = FieldInfo("F", "F", "text", length=length)
    once = fitting_form(text, field)
    assert len(once or "") <= length
    assert fitting_form(once, field) == once


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False), st.integers(0, 9))
def test_number_comes_back_from_its_form_within_half_a_unit(number: Decimal, decimals: int) -> None:
    field = FieldInfo("F", "F", "double", decimals=decimals)
    back = from_text(text_form(number, field), field)
    assert isinstance(back, Decimal)
    assert abs(back - number) * 2 * 10**decimals <= 1
    assert text_form(back, field) == text_form(number, field)


def test_live_text_is_compared_uncut() -> None:
    assert text_form("abcdef", TEXT) == "abcdef"
    assert text_form("", TEXT) is None


def test_empty_is_written_as_none() -> None:
    assert from_text(None, NUMBER) is None
    assert from_text(None, TEXT) is None
    assert from_text("A", PICKLIST) == "A"


@pytest.mark.parametrize(
    ("values", "field", "cause"),
    [
        (["A", None, "B"], PICKLIST, None),
        (["A", "VIP", "C"], PICKLIST, "has no option C, VIP (it has A, B)"),
        ([Decimal(1), None], NUMBER, None),
        (["A"], NUMBER, "is of type double and takes no text"),
        ([Decimal(1)], TEXT, "is of type text and takes no numbers"),
        ([], PICKLIST, None),
        (["A"], LOOKUP, "is of type lookup and takes neither text nor numbers"),
        ([Decimal(1)], LOOKUP, "is of type lookup and takes neither text nor numbers"),
        ([None], LOOKUP, "is of type lookup and takes neither text nor numbers"),  # it would be cleared
    ],
)
def test_misfit_tells_what_the_field_cannot_take(values: list[Any], field: FieldInfo, cause: str | None) -> None:
    assert misfit(values, field) == cause
