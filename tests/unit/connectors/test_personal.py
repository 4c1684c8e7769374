"""What is personal is hashed or dropped before anybody sees it, and a typing error does not let it through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors import registry
from connectors.own import streams_of
from connectors.personal import KEY, Mask, check_names, mask_of
from models.config import Config, ConnectionConfig
from models.errors import ConfigError
from models.records import FieldInfo

# Both by: printf TEXT | openssl dgst -sha256 -hmac 'a key of sixteen!'
ADDRESS = "hmac:a5db1282821885d537a805e2b1a04379"  # of 张三@example.com
PARTS = "hmac:36275b9ea4a2b0f1aa4543f83f9d76cf"  # of {"a":1,"b":2}
MASK = Mask(SecretStr("a key of sixteen!"))


def hidden(personal: dict[str, str], records: list[Any], kind: str = "zoho") -> list[Any]:
    """As the contacts of a CRM are shown."""
    contacts = next(stream for stream in registry.spec(kind).streams if stream.name == "contacts")
    return MASK.hidden(replace(contacts, personal=personal), records)


@pytest.mark.parametrize(
    "address",
    ["张三@example.com", " 张三@EXAMPLE.com ", "张三＠ｅｘａｍｐｌｅ．ｃｏｍ", ADDRESS],
)
def test_one_address_has_one_hash_however_it_is_written_and_whether_or_not_it_is_hashed(address: str) -> None:
    assert MASK.hashed(address) == ADDRESS


def test_a_value_that_is_no_text_is_hashed_by_its_content() -> None:
    assert MASK.hashed({"b": 2, "a": 1}) == PARTS


def test_another_key_makes_another_hash() -> None:
    assert Mask(SecretStr("another key of sixteen")).hashed("张三@example.com") != ADDRESS


def test_fields_and_parts_of_fields_are_hidden_and_the_rest_stays() -> None:
    record = {"id": "1", "Email": "张三@example.com", "Phone": "123", "Fax": "", "Owner": {"id": "7", "email": "x@y.z"}}
    personal = {"Email": "hash", "Phone": "drop", "Fax": "hash", "Mobile": "hash", "Owner.email": "drop"}
    assert hidden(personal, [record]) == [
        {"id": "1", "Email": ADDRESS, "Phone": None, "Fax": None, "Owner": {"id": "7", "email": None}}
    ]
    assert record["Phone"] == "123"
    assert record["Owner"] == {"id": "7", "email": "x@y.z"}


def test_a_part_of_what_has_no_parts_is_left_alone() -> None:
    assert hidden({"Owner.email": "drop"}, [{"Owner": "7"}, {"Owner": None}, {}]) == [
        {"Owner": "7"},
        {"Owner": None},
        {},
    ]


def test_a_part_is_hidden_in_each_item_of_a_list_and_however_deep_it_lies() -> None:
    record = {
        "Participants": [{"Email": "张三@example.com", "status": "yes"}, {"status": "no"}, "nobody"],
        "A": {"b": [{"c": "secret", "d": 1}, [{"c": "secret"}]], "c": "open"},
    }
    shown = hidden({"Participants.Email": "hash", "A.b.c": "drop", "A.x.y": "drop"}, [record])
    assert shown == [
        {
            "Participants": [{"Email": ADDRESS, "status": "yes"}, {"status": "no"}, "nobody"],
            "A": {"b": [{"c": None, "d": 1}, [{"c": None}]], "c": "open"},
        }
    ]


def test_the_keys_in_which_fxiaoke_says_the_same_in_words_are_hidden_with_their_field() -> None:
    person = {"id": "1001", "name": "李销售", "email": "li@example.com"}
    record = {
        "contact_id": "65f",
        "contact_id__r": "张三@example.com",
        "owner": ["1001"],
        "owner__r": person,
        "owner__l": [person],
        "created_by__l": [person],
        "tel": "010-1",
        "tel__p": {"city": "北京"},
        "remark__o": "010-1",
        "email": "张三@example.com",
    }
    personal = {"contact_id": "hash", "owner__r": "drop", "owner__l": "drop", "created_by.email": "drop"}
    personal |= {"tel": "drop", "remark": "drop"}
    (shown,) = hidden(personal, [record], "fxiaoke")
    assert shown == {
        "contact_id": MASK.hashed("65f"),
        "contact_id__r": ADDRESS,
        "owner": ["1001"],
        "owner__r": None,
        "owner__l": None,
        "created_by__l": [{**person, "email": None}],
        "tel": None,
        "tel__p": None,
        "remark__o": None,
        "email": "张三@example.com",
    }


def configured(**streams: dict[str, str]) -> Any:
    connection = ConnectionConfig.model_validate({"connector": "zoho", "personal_data": streams})
    return streams_of(registry.spec("zoho"), "acme", connection)


def test_each_stream_knows_what_is_personal_in_it() -> None:
    streams = {stream.name: stream for stream in configured(contacts={"Email": "hash", "Date_of_Birth": "drop"})}
    assert streams["contacts"].personal == {"Email": "hash", "Date_of_Birth": "drop"}
    assert streams["leads"].personal == {}


@pytest.mark.parametrize(
    ("stream", "field", "how"),
    [
        ("contacts", "Date_of_Birth", "hash"),
        ("deals", "Amount", "drop"),
        ("deals", "Closing_Date", "drop"),
        ("leads", "Modified_Time", "drop"),
        ("leads", "Owner", "hash"),
        ("leads", "id", "hash"),
    ],
)
def test_what_cannot_hold_a_hash_or_be_empty_is_refused(stream: str, field: str, how: str) -> None:
    with pytest.raises(ConfigError, match=rf"connections\.acme\.personal_data\.{stream}\.{field}: what is no text"):
        configured(**{stream: {field: how}})


def test_a_stream_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="personal_data: no stream is called 'contact'; did you mean contacts"):
        configured(contact={"Email": "hash"})


def test_a_field_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    (contacts,) = [stream for stream in configured(contacts={"Emial": "hash"}) if stream.name == "contacts"]
    known = {name: FieldInfo(name, name, "email") for name in ("Email", "Fax")}
    with pytest.raises(ConfigError, match="Contacts has no field 'Emial'; did you mean Email"):
        check_names("acme", contacts, known)


def test_a_key_that_stands_beside_a_field_may_be_named_alone_where_the_crm_has_such_keys() -> None:
    known = {name: FieldInfo(name, name, "text") for name in ("owner", "score__c")}
    of = {kind: next(s for s in registry.spec(kind).streams if s.name == "contacts") for kind in ("zoho", "fxiaoke")}
    for name in ("owner__r", "owner__l.email", "score__c__r"):
        check_names("acme", replace(of["fxiaoke"], personal={name: "drop"}), known)
        with pytest.raises(ConfigError, match=f"Contacts has no field '{name.partition('.')[0]}'"):
            check_names("acme", replace(of["zoho"], personal={name: "drop"}), known)
    with pytest.raises(ConfigError, match="ContactObj has no field 'onwer__r'"):
        check_names("acme", replace(of["fxiaoke"], personal={"onwer__r": "drop"}), known)


@pytest.mark.parametrize("key", [None, "too short"])
def test_a_hash_needs_a_key(key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if key:
        monkeypatch.setenv(KEY, key)
    config = Config.model_validate(
        {
            "folder": tmp_path,
            "connections": {"acme": {"connector": "zoho", "personal_data": {"leads": {"Email": "hash"}}}},
        }
    )
    with pytest.raises(ConfigError, match=f"connections.acme.personal_data: a hash needs a key .*{KEY}"):
        mask_of(config, "acme")
