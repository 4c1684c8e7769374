"""A connection reads its connector's streams, without those it skips, and the tenant's own objects."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors import registry
from connectors.own import streams_of
from models.config import ConnectionConfig
from models.errors import ConfigError
from models.spec import Stream, Tenant


def streams(connector: str = "zoho", **keys: Any) -> dict[str, Stream]:
    connection = ConnectionConfig.model_validate({"connector": connector, **keys})
    return {stream.name: stream for stream in streams_of(registry.spec(connector), "crm", connection)}


def own(**changed: Any) -> dict[str, Any]:
    base = {"entity": "payments", "object": "Receipts", "fields": {"amount": "Sum"}}
    return {"streams": {"receipts": base | changed}}


def test_what_is_skipped_is_not_read_and_the_rest_stays_in_order() -> None:
    every = list(streams())
    assert list(streams(skip=["notes", "cases"])) == [name for name in every if name not in {"notes", "cases"}]


@pytest.mark.parametrize(
    ("connector", "raw", "read"),
    [
        (
            "zoho",
            {"account_id": {"id": "7", "name": "Z"}, "paid_on": "2026-11-24", "amount": 12.5, "name": "R"},
            {"account_id": "7", "paid_on": date(2026, 11, 24), "amount": Decimal("12.5"), "name": "R"},
        ),
        (
            "fxiaoke",
            {"account_id": "7", "paid_on": 1795449600000, "amount": "12.50", "name": "R"},
            {"account_id": "7", "paid_on": date(2026, 11, 24), "amount": Decimal("12.5"), "name": "R"},
        ),
    ],
)
def test_fields_of_an_object_of_ones_own_are_read_by_the_type_of_their_column(
    connector: str, raw: dict[str, Any], read: dict[str, Any]
) -> None:
    stream = streams(connector, **own(fields={column: f"f_{column}" for column in raw}))["receipts"]
    found = {item.to: item for item in stream.fields if item.to in raw}
    assert {to: item.bound(Tenant(UTC, None)).read(raw[to]) for to, item in found.items()} == read
    assert {item.api_name for item in found.values()} == {f"f_{column}" for column in raw}
    assert (stream.entity, stream.object, stream.optional) == ("payments", "Receipts", False)


@pytest.mark.parametrize("connector", ["zoho", "fxiaoke"])
def test_an_object_that_names_no_table_fills_custom_records(connector: str) -> None:
    stream = streams(connector, streams={"trips": {"object": "Trips"}})["trips"]
    assert (stream.entity, stream.constants, stream.optional) == ("custom_records", {"object": "Trips"}, False)
    # Some objects have no owner; without the time of the last edit nothing could be read.
    needed = {field.to: not field.optional for field in stream.fields}
    assert needed == {"owner_id": False, "created_at": True, "modified_at": True, "modified_by": False}


def test_the_kind_of_a_record_is_a_word_in_small_letters() -> None:
    stream = streams(**own(entity="feedback", fields={"kind": "K", "happened_at": "T"}, constants={"scale": 5}))[
        "receipts"
    ]
    kind, happened = (item.bound(Tenant(UTC, None)) for item in stream.fields[-2:])
    assert kind.read("NPS") == "nps"
    assert happened.read("2026-11-24T08:00:00+08:00") == datetime(2026, 11, 24, tzinfo=UTC)
    assert stream.constants == {"object": "Receipts", "scale": 5}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"skip": ["leads"]}, r"connections.crm.skip: no stream that may be left out is called 'leads'"),
        ({"skip": ["note"]}, r"connections.crm.skip: .* 'note'; did you mean notes"),
        (own(entity="payment"), r"connections.crm.streams.receipts: there is no table payment; there are: users"),
        (own(fields={"amonut": "Sum"}), r"connections.crm.streams.receipts: payments has no column 'amonut' to fill"),
        (own(fields={"row_hash": "Sum"}), r"connections.crm.streams.receipts: .*no column 'row_hash' to fill"),
        (own(constants={"amount": 1}), r"connections.crm.streams.receipts: .*column 'amount' is filled twice"),
        (own(entity="accounts", fields={"name": "N"}), r"accounts and receipts would mark each other's rows as gone"),
        ({"streams": {"leads": own()["streams"]["receipts"]}}, r"streams.leads: crm: two streams are called leads"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        streams(**keys)
