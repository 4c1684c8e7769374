"""One record in, one row out: nothing guessed, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors import registry
from models.errors import MappingError
from models.records import FieldInfo, Raw
from models.spec import Converter, Field, Labels, Stage, Stream, Tenant
from pipeline.sync.normalize import Normalizer

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEXT = Converter("text", str, str)
NUMBER = Converter("number", lambda value: Decimal(str(value)), str)
INSTANT = Converter("instant", datetime.fromisoformat, str)
DAY = Converter("day", date.fromisoformat, str)

DEALS = Stream(
    name="deals",
    object="Deals",
    fields=(
        Field("Deal_Name", "name", TEXT),
        Field("Owner", "owner_id", TEXT),
        Field("Amount", "amount", NUMBER),
        Field("State", "stage_status", TEXT),
        Field("Closing", "close_date", DAY),
        Field("Created", "created_at", INSTANT),
    ),
)


def normalizer(stream: Stream = DEALS, currency: str | None = "CNY") -> Normalizer:
    tenant = Tenant(timezone=SHANGHAI, currency=currency)
    return Normalizer("zoho", stream, tenant, known={"Deal_Name", "Next_Step"}, timezone=SHANGHAI, currency="USD")


def row_of(raw: Raw, **options: Any) -> dict[str, Any]:
    made = normalizer(**options)
    return dict(zip(made.columns, made.row(raw), strict=True))


def test_fields_land_in_their_columns_and_the_others_the_crm_knows_in_custom() -> None:
    row = row_of({"id": 7, "Deal_Name": "Z", "Owner": "9", "Next_Step": "call", "$state": "save"})
    assert (row["source_id"], row["name"], row["owner_id"]) == ("7", "Z", "9")
    assert row["custom"] == '{"Next_Step":"call"}'


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_every_kind_of_nothing_is_null(empty: Any) -> None:
    row = row_of({"id": "1", "Deal_Name": empty, "Owner": empty, "Next_Step": empty})
    assert (row["name"], row["owner_id"], row["custom"]) == (None, None, None)


def test_a_local_day_begins_at_local_midnight() -> None:
    late = {"id": "1", "Created": "2026-11-24T16:00:00+00:00"}
    early = {"id": "1", "Created": "2026-11-24T15:59:59+00:00"}
    assert row_of(late)["created_on"] == date(2026, 11, 25)
    assert row_of(early)["created_on"] == date(2026, 11, 24)


@pytest.mark.parametrize(("state", "closed"), [("won", True), ("lost", True), ("open", False), ("void", False)])
def test_only_won_and_lost_deals_are_closed_at_the_local_midnight_of_their_day(state: str, *, closed: bool) -> None:
    row = row_of({"id": "1", "State": state, "Closing": "2026-10-01"})
    assert row["closed_on"] == (date(2026, 10, 1) if closed else None)
    assert row["closed_at"] == (datetime(2026, 9, 30, 16, tzinfo=UTC) if closed else None)


def test_the_currency_is_the_tenants_or_else_the_configured_one() -> None:
    assert row_of({"id": "1"}, currency="CNY")["currency"] == "CNY"
    assert row_of({"id": "1"}, currency=None)["currency"] == "USD"


def test_a_value_that_cannot_be_read_names_source_stream_record_field_and_cause() -> None:
    with pytest.raises(MappingError, match=r"^zoho/deals 5: Closing: month must be in 1..12"):
        row_of({"id": "5", "Closing": "2026-13-01"})


def test_a_record_without_an_id_is_refused() -> None:
    with pytest.raises(MappingError, match="zoho/deals: a record has no id"):
        row_of({"Deal_Name": "Z"})


def test_a_bad_record_does_not_harm_its_neighbours_and_those_after_it_keep_their_order() -> None:
    raws: list[dict[str, Any]] = [
        {"id": f"{number}", "Amount": amount} for number, amount in enumerate(["1", "x", "3", "\x00 4", "5"])
    ]
    raws += [{"Deal_Name": "no id"}, {"id": "7", "Deal_Name": "a\x00b"}, {"id": "8", "Amount": 0}]
    made = normalizer()
    rows, rejects = made.rows(raws)
    amount, name = made.columns.index("amount"), made.columns.index("name")
    found = [(row[0], row[name], row[amount]) for row in rows]
    assert found == [
        ("0", None, 1),
        ("2", None, 3),
        ("4", None, 5),
        ("7", "ab", None),
        ("8", None, 0),
    ]
    assert [(reject.source_id, reject.raw) for reject in rejects] == [("1", raws[1]), ("3", raws[3]), ("", raws[5])]
    assert rejects[0].reason.startswith("zoho/deals 1: Amount: ")


def test_false_and_zero_are_values_and_not_nothing() -> None:
    row = row_of({"id": "1", "Amount": 0, "Next_Step": False})
    assert (row["amount"], row["custom"]) == (0, '{"Next_Step":false}')


def test_money_keeps_ten_thousandths_and_refuses_what_sqlite_cannot_hold() -> None:
    assert row_of({"id": "1", "Amount": "0.00005"})["amount"] == Decimal("0.0001")
    with pytest.raises(MappingError, match="11 digits"):
        row_of({"id": "1", "Amount": "100000000000"})
    with pytest.raises(MappingError, match="zoho/deals 1: amount: "):
        row_of({"id": "1", "Amount": "NaN"})


ODD: tuple[Any, ...] = (
    True,
    7,
    -1.5,
    1e300,
    "x",
    "2026-02-30",
    "9999-12-31T23:59:59-01:00",
    ["a"],
    [7],
    [[]],
    {"id": 7},
)
ODD += ({"id": [1]}, {"id": None}, {"name": "x"}, [{"id": "1"}], [{"module": 1}], {"module": {}}, "\x00", 2**70)


@pytest.mark.parametrize("name", registry.names())
def test_no_value_of_any_field_keeps_other_records_from_being_read(name: str) -> None:
    """It is read, or its record alone is refused."""
    for stream in registry.spec(name).streams:
        made = normalizer(stream)
        good = made.rows([{stream.key: "good"}])
        known = {field.api_name for field in stream.fields}
        asking = Normalizer(
            "x", stream, Tenant(timezone=SHANGHAI, currency=None), known=known, timezone=SHANGHAI, currency=None
        )
        for field in stream.fields:
            if field.api_name != stream.key:
                raws = [{stream.key: str(number), field.api_name: value} for number, value in enumerate(ODD)]
                rows, rejects = made.rows([*raws, {stream.key: "good"}])
                assert len(rows) + len(rejects) == len(ODD) + 1
                assert rows[-1:] == good[0]
                assert {name for name in asking.unknown(raws) if name.startswith("no ")} == {
                    f"no {name}" for name in known - {field.api_name, stream.key}
                }


def test_characters_that_no_database_takes_are_taken_out() -> None:
    row = row_of({"id": "1", "Deal_Name": "a\x00b", "Next_Step": "\ud83d!"})
    assert row["name"] == "ab"
    assert row["custom"] == '{"Next_Step":"?!"}'


def test_an_id_keeps_none_of_them_either_wherever_it_is_kept() -> None:
    made = normalizer()
    assert [row[0] for row in made.rows([{"id": "1\x00"}, {"id": "\x002"}])[0]] == ["1", "2"]
    assert [reject.source_id for reject in made.rows([{"id": "3\x00", "Amount": "x"}])[1]] == ["3"]


@pytest.mark.parametrize("field", ["id", "Owner"])
def test_what_no_key_can_hold_is_refused_alone(field: str) -> None:
    rows, rejects = normalizer().rows([{"id": "1", field: "x" * 256}, {"id": "2", field: "3" * 255}])
    assert [row[0] for row in rows] == ["3" * 255 if field == "id" else "2"]
    assert [reject.source_id for reject in rejects] == ["" if field == "id" else "1"]
    assert "more than 255 characters" in rejects[0].reason


def test_a_text_that_names_such_a_character_keeps_it() -> None:
    row = row_of({"id": "1", "Deal_Name": "a\\u0000", "Next_Step": "\\\\u0000 \x00"})
    assert row["name"] == "a\\u0000"
    assert row["custom"] == '{"Next_Step":"\\\\\\\\u0000 "}'


def test_what_no_json_can_hold_is_refused_alone() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    rows, rejects = normalizer().rows([{"id": "1", "Next_Step": deep}, {"id": "2"}])
    assert [row[0] for row in rows] == ["2"]
    assert [reject.source_id for reject in rejects] == ["1"]
    assert rejects[0].reason.startswith("zoho/deals 1: custom: ")


def test_the_hash_tells_content_apart_and_nothing_else() -> None:
    first = row_of({"id": "1", "Deal_Name": "Z", "Next_Step": "a"})
    again = row_of({"Next_Step": "a", "Deal_Name": "Z", "id": "1", "$state": "x"})
    other = row_of({"id": "1", "Deal_Name": "Z", "Next_Step": "b"})
    assert first["row_hash"] == again["row_hash"] != other["row_hash"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((Field("A", "nonsense", TEXT),), "stream deals, field A: deals has no column 'nonsense' to fill"),
        ((Field("A", "row_hash", TEXT),), "has no column 'row_hash' to fill"),
        ((Field("A", "name", TEXT), Field("B", "name", TEXT)), "stream deals, field B: column 'name' is filled twice"),
    ],
)
def test_a_wrong_declaration_fails_when_it_is_made(fields: tuple[Field, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stream(name="deals", object="Deals", fields=fields)


def test_a_stage_that_closes_deals_from_now_on_makes_every_deal_again_and_nothing_else() -> None:
    def basis(status: str, stream: Stream) -> str:
        tenant = Tenant(SHANGHAI, "CNY", (Stage("Standard", "Signed", "Signed", 1, status, None),))
        return Normalizer("zoho", stream, tenant, known=set(), timezone=SHANGHAI, currency=None).basis

    of_tenant = Stream("deals", "Deals", (Field("Stage", "stage_status", lambda _tenant: TEXT),))
    assert basis("open", of_tenant) != basis("won", of_tenant)
    assert basis("open", of_tenant) == basis("open", of_tenant)
    assert basis("open", DEALS) == basis("won", DEALS)


def info(name: str, **codes: str) -> FieldInfo:
    return FieldInfo(name, name, "picklist", codes={label: code for code, label in codes.items()})


def test_an_option_is_known_by_the_label_that_the_tenant_gave_it() -> None:
    kind = Field("Kind", "name", Labels({"电话": "call", "拜访": "visit"}, "other"))
    read = kind.fit({"Kind": info("Kind", x7="拜访", a1="电话", b2="团建")}).bound(Tenant(UTC, None)).read
    assert [read(code) for code in ("x7", "a1", "b2", "gone")] == ["visit", "call", "other", "other"]


def test_a_field_goes_by_its_other_name_only_where_the_crm_lacks_the_first() -> None:
    amount = Field("amount", "amount", NUMBER, alias="payment_amount")
    both = {name: info(name) for name in ("amount", "payment_amount")}
    assert amount.fit(both).api_name == "amount"
    assert amount.fit({"payment_amount": both["payment_amount"]}).api_name == "payment_amount"
    assert amount.fit({}).api_name == "amount"


ORDERS = Stream(
    "orders",
    "Orders",
    (Field("Day", "ordered_on", DAY), Field("Amount", "amount", NUMBER)),
    constants={"status": "new"},
)


def test_of_a_day_the_instant_is_its_local_midnight_and_what_all_rows_have_is_filled_in() -> None:
    row = row_of({"id": "1", "Day": "2026-11-24"}, stream=ORDERS)
    assert row["ordered_at"] == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert (row["object"], row["status"], row["currency"], row["amount"]) == ("Orders", "new", "CNY", None)


@pytest.mark.parametrize(
    ("personal", "told"),
    [
        ("Owner", "the value does not fit; it is not shown, since personal_data names the field"),
        ("Owner.name", "the value does not fit; it is not shown, since personal_data names the field"),
        ("Deal_Name", "{'name': 'Zhang San'} holds no id"),
    ],
)
def test_a_reason_shows_nothing_of_a_field_that_is_personal(personal: str, told: str) -> None:
    def read(value: Any) -> str:
        raise ValueError(f"{value!r} holds no id")

    owner = Field("Owner", "owner_id", Converter("odd", read, str))
    stream = replace(DEALS, fields=(owner,), personal={personal: "drop"})
    with pytest.raises(MappingError) as caught:
        normalizer(stream).row({"id": "1", "Owner": {"name": "Zhang San"}})
    assert str(caught.value) == f"zoho/deals 1: Owner: {told}"
