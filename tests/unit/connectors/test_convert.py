"""Converters read what the CRMs send, refuse the rest with a reason, and give back what they read."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import convert
from models.spec import Converter

SHANGHAI = ZoneInfo("Asia/Shanghai")
STATUS = {"1": "open", "2": "won"}

days = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
seconds = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ids = st.text("0123456789abcdef", min_size=1, max_size=32)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**15), max_value=10**15)

ROUND_TRIPS: list[tuple[Converter, st.SearchStrategy[Any]]] = [
    (convert.text, st.text(min_size=1)),
    (convert.boolean, st.booleans()),
    (convert.number, numbers),
    (convert.rounded, st.integers(-(2**31) + 1, 2**31 - 1)),
    (convert.instant_iso, seconds.map(lambda value: value.replace(microsecond=0))),
    (convert.day_iso, days),
    (convert.instant_ms, seconds.map(lambda value: value.replace(microsecond=value.microsecond // 1000 * 1000))),
    (convert.day_ms(SHANGHAI), days),
    (convert.plain_id, ids),
    (convert.lookup, ids),
    (convert.first_of(convert.plain_id), ids),
    (convert.unless("0", convert.plain_id), ids.filter(lambda value: value != "0")),
    (convert.choice(STATUS), st.sampled_from(["open", "won"])),
    (convert.cleared_by("", convert.text), st.text(min_size=1)),
    (convert.labelled({"VIP": "aB3dE5fG7", "A": "1"}), st.sampled_from(["VIP", "A", "a retired code"])),
]


@pytest.mark.parametrize(("converter", "values"), ROUND_TRIPS, ids=lambda item: getattr(item, "name", ""))
@given(data=st.data())
def test_what_is_written_is_read_back(
    converter: Converter, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    value = data.draw(values)
    assert converter.read(converter.write(value)) == value


@pytest.mark.parametrize(
    ("converter", "raw", "value"),
    [
        (convert.number, "1280.00", Decimal("1280.00")),
        (convert.number, 0.1, Decimal("0.1")),
        (convert.rounded, "33.5", 34),
        (convert.rounded, "2.5", 3),
        (convert.instant_iso, "2026-10-02T10:15:00+05:30", datetime(2026, 10, 2, 4, 45, tzinfo=UTC)),
        (convert.instant_ms, 1767225600000, datetime(2026, 1, 1, tzinfo=UTC)),
        (convert.instant_ms, "1767225600000", datetime(2026, 1, 1, tzinfo=UTC)),
        # 2026-04-01 00:00 in Shanghai is 2026-03-31 16:00 UTC.
        (convert.day_ms(SHANGHAI), 1774972800000, date(2026, 4, 1)),
        # Midnight of GMT+8 on a day when Shanghai had summer time.
        (convert.day_ms(SHANGHAI), 581097600000, date(1988, 6, 1)),
        (convert.plain_id, 1002, "1002"),
        (convert.lookup, {"name": "Zeta", "id": "5000000000003001"}, "5000000000003001"),
        (convert.lookup, "5000000000003001", "5000000000003001"),
        (convert.first_of(convert.plain_id), ["1001", "1002"], "1001"),
        (convert.first_of(convert.plain_id), ["", None, "1002"], "1002"),
        (convert.first_of(convert.plain_id), [None], None),
        (convert.unless("0", convert.plain_id), 0, None),
        (convert.choice(STATUS), "2", "won"),
    ],
)
def test_reads_the_forms_that_the_crms_send(converter: Converter, raw: Any, value: Any) -> None:
    assert converter.read(raw) == value


@pytest.mark.parametrize(
    ("converter", "raw", "cause"),
    [
        (convert.text, {"id": "1"}, "is not a text"),
        (convert.number, "12,5", "'12,5' is not a number"),
        (convert.number, "NaN", "'NaN' is not a number"),
        (convert.number, True, "True is not a number"),
        (convert.rounded, 2**31, "is too large"),
        (convert.boolean, "true", "is neither true nor false"),
        (convert.instant_iso, "2026-10-02T10:15:00", "has no time zone"),
        (convert.instant_iso, 5, "is not a time"),
        (convert.rounded, "1E+999999", "is too large"),
        (convert.instant_ms, "1E+999999", "is not a time in milliseconds"),
        (convert.instant_ms, 10**20, "is not a time in milliseconds"),
        (convert.day_iso, 20260101, "is not a day"),
        (convert.lookup, {"name": "Zeta"}, "holds no id"),
        (convert.choice(STATUS), "9", "'9' is none of 1, 2"),
    ],
)
def test_refuses_with_a_reason_that_names_the_value(converter: Converter, raw: Any, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        converter.read(raw)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), min_size=1)))
def test_any_json_value_is_read_or_refused_by_value_error(raw: Any) -> None:
    for converter, _ in ROUND_TRIPS:
        if raw in convert.EMPTY:
            continue
        with contextlib.suppress(ValueError):
            converter.read(raw)


def test_nothing_becomes_null_unless_the_crm_wants_another_blank() -> None:
    assert convert.number.write(None) is None
    assert convert.cleared_by("", convert.text).write(None) == ""
    assert convert.first_of(convert.plain_id).write(None) is None


def test_a_derived_value_is_not_written() -> None:
    with pytest.raises(ValueError, match="is not written"):
        convert.derived("stage_status", str).write("won")


def test_a_picklists_value_goes_by_its_label_and_is_stored_by_its_code() -> None:
    converter = convert.labelled({"VIP": "aB3dE5fG7"})
    assert (converter.read("aB3dE5fG7"), converter.write("VIP"), converter.write(None)) == ("VIP", "aB3dE5fG7", None)


def test_a_currency_is_three_letters() -> None:
    assert (convert.currency.read("CNY"), convert.currency.read("usd")) == ("CNY", "USD")
    for wrong in ("RMB¥", "US", "", 156):
        with pytest.raises(ValueError, match="is not a currency"):
            convert.currency.read(wrong)


@pytest.mark.parametrize("part", ["5\x00", "5" * 256])
def test_what_no_key_can_hold_is_no_link(part: str) -> None:
    assert convert.links([("deals", "7"), ("accounts", "5"), ("deals", "7")]) == '[["accounts","5"],["deals","7"]]'
    for pair in (("deals", part), (part, "7")):
        with pytest.raises(ValueError, match="no database takes"):
            convert.links([pair])
