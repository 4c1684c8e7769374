"""`--scale awkward`: each awkward thing is there, and is served like anything else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.server import Sandbox
from sandbox.world import World
from sandbox.zoho.system import ZohoSystem
from tests.sandbox.zoho.bulk import export, query
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Iterator

GHOST = "5000000000000232"
# Those that docs/vendor/zoho.md §5.5 lists.
DATA_TYPES = (
    *("text", "textarea", "email", "phone", "website", "picklist", "multiselectpicklist", "integer", "bigint"),
    *("double", "currency", "percent", "boolean", "date", "datetime", "lookup", "ownerlookup", "userlookup"),
    *("multiselectlookup", "multiuserlookup", "multi_module_lookup", "subform", "formula", "rollup_summary"),
    *("autonumber", "profileimage", "fileupload", "imageupload", "layout", "territories", "event_reminder"),
    *("consent_lookup", "RRULE", "ALARM", "multireminder", "linetax", "time_range", "module"),
)


@pytest.fixture(scope="module")
def awkward() -> Iterator[Zoho]:
    with Sandbox(only="zoho", scale="awkward") as running:
        yield Zoho(running)


def everything(zoho: Zoho, module: str, fields: str) -> list[dict[str, Any]]:
    pages = zoho.pages(module, fields=fields, converted="both")
    return [record for page in pages for record in page["data"]]


def custom_fields(zoho: Zoho) -> dict[str, dict[str, Any]]:
    fields = zoho.get("/settings/fields", module="Contacts").json()["fields"]
    return {field["api_name"]: field for field in fields if field["custom_field"]}


def test_there_are_2001_accounts_and_10001_leads(awkward: Zoho) -> None:
    assert awkward.get("/Accounts/actions/count").json() == {"count": 2001}
    last = awkward.get("/Accounts", fields="id", page=10).json()
    assert (last["info"]["count"], last["info"]["more_records"]) == (200, True)
    assert awkward.get("/Accounts", fields="id", page=11).json()["code"] == "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
    rest = awkward.get("/Accounts", fields="id", page_token=last["info"]["next_page_token"]).json()
    assert (rest["info"]["count"], rest["info"]["more_records"]) == (1, False)
    leads = everything(awkward, "Leads", "Converted__s,Created_Time")
    assert len({lead["id"] for lead in leads}) == 10_001
    assert sum(lead["Converted__s"] for lead in leads) > 1_000
    made = [lead["Created_Time"] for lead in sorted(leads, key=lambda lead: str(lead["id"]))]
    assert made == sorted(made)


def test_500_deals_share_a_modified_second(awkward: Zoho) -> None:
    deals = everything(awkward, "Deals", "Modified_Time")
    stamp, count = Counter(deal["Modified_Time"] for deal in deals).most_common(1)[0]
    assert count == 500
    params = {"fields": "Modified_Time", "sort_by": "Modified_Time", "sort_order": "asc"}
    pages = list(awkward.pages("Deals", headers={"If-Modified-Since": stamp}, **params))
    ids = [record["id"] for page in pages for record in page["data"] if record["Modified_Time"] == stamp]
    assert (len(ids), len(set(ids)), ids == sorted(ids)) == (500, 500, True)


def test_contacts_have_more_fields_than_one_call_may_ask_for(awkward: Zoho) -> None:
    names = [entry["api_name"] for entry in awkward.get("/settings/fields", module="Contacts").json()["fields"]]
    assert len(names) == 84
    refused = awkward.get("/Contacts", fields=",".join(names))
    assert (refused.status_code, refused.json()["details"]) == (400, {"limit": 50, "param_name": "fields"})
    first = awkward.get("/Contacts", fields="id", sort_order="asc", per_page=1).json()["data"][0]["id"]
    read: set[str] = set()
    for start in (0, 50):
        read |= awkward.read("Contacts", first, *names[start : start + 50]).keys()
    assert read == {*names, "$has_more"}


def test_there_is_a_field_of_every_type(awkward: Zoho) -> None:
    fields = awkward.get("/settings/fields", module="Contacts").json()["fields"]
    assert {field["data_type"] for field in fields} == set(DATA_TYPES)
    custom = custom_fields(awkward)
    assert custom["Custom_Lookups"]["multiselectlookup"]["module"]["api_name"] == "Accounts"
    assert custom["Custom_Number"]["auto_number"] == {"prefix": "AN-", "start_number": "1", "suffix": ""}
    assert custom["Custom_Visits"]["associated_module"]["api_name"] == "Custom_Visits"
    assert custom["Custom_Formula"]["read_only"] is True


def test_values_of_every_type_come_as_their_type_is(awkward: Zoho) -> None:
    contact = awkward.get("/Contacts", fields="id", sort_order="asc", per_page=1).json()["data"][0]["id"]
    found = awkward.read("Contacts", contact, *custom_fields(awkward), "$currency_symbol")
    accounts = [found["Custom_Lookups"][place]["Custom_Lookups"]["id"] for place in (0, 1)]
    assert accounts == ["5000000200000001", "5000000200000002"]
    kinds = {"Custom_Bigint": str, "Custom_Number": str, "Custom_Boolean": bool, "Custom_Rule": dict}
    assert {name: type(found[name]) for name in kinds} == kinds
    assert found["Custom_Multipicklist"] == ["红 Red", "蓝 Blue; deep"]
    assert found["Custom_Users"][0]["Custom_Users"] == {"name": "CRM Admin", "id": "5000000000000201"}
    assert [visit["Place"] for visit in found["Custom_Visits"]] == ["Room 0"]
    assert (found["Custom_Rollup"], found["Custom_Formula"]) == (1, 0)
    assert found["$has_more"] == dict.fromkeys(("Custom_Lookups", "Custom_Users", "Custom_Visits"), False)
    listed = awkward.get("/Contacts", fields=",".join(custom_fields(awkward)), ids=contact).json()["data"][0]
    assert custom_fields(awkward).keys() - listed.keys() == {"Custom_Lookups", "Custom_Users", "Custom_Visits"}
    texts = everything(awkward, "Contacts", "Custom_Bigint,Custom_Text,Custom_Textarea,Custom_Date,Custom_Double")
    assert {"999999999999999999", "9007199254740993"} <= {record["Custom_Bigint"] for record in texts}
    assert {"1900-01-01", "9999-12-31", "2024-02-29"} <= {record["Custom_Date"] for record in texts}
    assert max(len(record["Custom_Textarea"] or "") for record in texts) == 32_000
    assert "𠮷" * 255 in {record["Custom_Text"] for record in texts}
    assert sum(record["Custom_Text"] is None for record in texts) == 2_701


def test_all_types_are_written_and_read_back(awkward: Zoho) -> None:
    account = awkward.get("/Accounts", fields="id", per_page=1).json()["data"][0]["id"]
    values = {
        "Custom_Multipicklist": ["绿 Green", "new"],
        "Custom_Bigint": "123456789012345678",
        "Custom_Percent": 12.5,
        "Custom_Currency": 80,
        "Custom_Lookups": [{"Custom_Lookups": {"id": account}}],
        "Custom_Users": [{"Custom_Users": {"id": GHOST}}],
        "Custom_Parent": {"id": account},
        "$se_module": "Accounts",
        "Custom_Visits": [{"Place": "Hall"}],
        "Custom_Alarm": {"ALARM": "x"},
        "Custom_Formula": 7,
        "Custom_Number": "mine",
    }
    answer = awkward.post("/Contacts", {"data": [{"Last_Name": "All", **values}], "trigger": []})
    assert answer.status_code == 201, answer.text
    contact = answer.json()["data"][0]["details"]["id"]
    found = awkward.read("Contacts", contact, *(name for name in values if name != "$se_module"))
    assert [found[name] for name in ("Custom_Multipicklist", "Custom_Bigint", "Custom_Percent", "Custom_Alarm")] == [
        ["绿 Green", "new"],
        "123456789012345678",
        12.5,
        {"ALARM": "x"},
    ]
    assert [row["Custom_Lookups"]["id"] for row in found["Custom_Lookups"]] == [account]
    assert [row["Custom_Users"]["name"] for row in found["Custom_Users"]] == ["Ghost 已删除"]
    assert (found["Custom_Parent"]["id"], found["Custom_Visits"][0]["Place"]) == (account, "Hall")
    # What Zoho makes itself is not taken from the caller.
    assert found["Custom_Formula"] == 10
    assert found["Custom_Number"].startswith("AN-")
    long = {"id": contact, "Custom_Bigint": "1" * 19}
    refused = awkward.put("/Contacts", {"data": [long], "trigger": []}).json()["data"][0]
    assert (refused["code"], refused["details"]["maximum_length"]) == ("INVALID_DATA", 18)
    clear = {"id": contact, "Custom_Multipicklist": None, "Custom_Lookups": [], "Custom_Bigint": None}
    assert awkward.put("/Contacts", {"data": [clear], "trigger": []}).status_code == 200
    cleared = awkward.read("Contacts", contact, "Custom_Multipicklist", "Custom_Lookups", "Custom_Bigint")
    assert (cleared["Custom_Multipicklist"], cleared["Custom_Lookups"], cleared["Custom_Bigint"]) == (None, [], None)


def test_owners_are_deleted_or_missing(awkward: Zoho) -> None:
    ghosts = awkward.get("/users", type="DeletedUsers").json()["users"]
    assert [(user["id"], user["status"]) for user in ghosts] == [(GHOST, "deleted")]
    assert GHOST not in {user["id"] for user in awkward.get("/users", type="AllUsers").json()["users"]}
    for module in ("Leads", "Accounts", "Deals", "Tasks"):
        owners = [record["Owner"] for record in everything(awkward, module, "Owner")]
        assert sum(owner is None for owner in owners) == 25
        assert sum(owner is not None and owner["id"] == GHOST for owner in owners) == 40


def test_a_record_without_owner_lives_like_any_other(awkward: Zoho) -> None:
    lead = next(record["id"] for record in everything(awkward, "Leads", "Owner") if record["Owner"] is None)
    edited = awkward.edit("Leads", "update", lead, City="Pune")
    assert (edited["Owner"], edited["Modified_By"]["id"]) == (None, "5000000000000201")
    awkward.edit("Leads", "delete", lead)
    assert awkward.get("/Leads/deleted", per_page=200).json()["data"][-1]["id"] == lead
    awkward.edit("Leads", "restore", lead)


def test_merged_accounts_are_deleted_and_nothing_points_at_them(awkward: Zoho) -> None:
    gone = awkward.get("/Accounts/deleted").json()["data"]
    assert len(gone) == 5
    losers = {entry["id"] for entry in gone}
    for module, field in (("Contacts", "Account_Name"), ("Deals", "Account_Name"), ("Payments", "Account")):
        pointed = {record[field]["id"] for record in everything(awkward, module, field) if record[field]}
        assert not pointed & losers


def test_names_are_hostile(awkward: Zoho) -> None:
    for module, field, longest in (
        ("Accounts", "Account_Name", 200),
        ("Contacts", "Last_Name", 80),
        ("Leads", "Company", 200),
        ("Deals", "Deal_Name", 120),
        ("Tasks", "Subject", 255),
    ):
        names = {record[field] for record in everything(awkward, module, field)}
        assert {"=cmd|' /C calc'!A0", "<script>alert('x')</script>", "𠮷野家 𝔘𝔫𝔦𝔠𝔬𝔡𝔢"} <= names
        assert {"🚀 Rocket 👩‍👩‍👧‍👦 GmbH", 'O\'Brien "Quoted" & Söhne', "🚀" * longest} <= names


def test_amounts_are_in_four_currencies(awkward: Zoho) -> None:
    assert awkward.get("/org").json()["org"][0]["mc_status"] is True
    deals = everything(awkward, "Deals", "Currency,Exchange_Rate,Amount,$currency_symbol,Account_Name")
    assert {(deal["Currency"], deal["Exchange_Rate"], deal["$currency_symbol"]) for deal in deals} == {
        ("CNY", 1, "¥"),
        ("USD", 0.14, "$"),
        ("EUR", 0.128, "€"),
        ("JPY", 21.5, "JP¥"),
    }
    currencies = awkward.get("/org/currencies").json()["currencies"]
    assert [
        (entry["iso_code"], entry["exchange_rate"], entry["is_base"], entry["is_active"]) for entry in currencies
    ] == [
        ("CNY", "1.000000000", True, True),
        ("USD", "0.140000000", False, True),
        ("EUR", "0.128000000", False, True),
        ("JPY", "21.500000000", False, True),
        ("GBP", "0.110000000", False, False),
    ]
    assert currencies[3]["format"] == {
        "decimal_separator": "Period",
        "thousand_separator": "Comma",
        "decimal_places": "0",
    }
    codes = {record["id"]: record["Currency"] for record in everything(awkward, "Accounts", "Currency")}
    history = everything(awkward, "DealHistory", "Potential_Name,Currency")
    deal_codes = {deal["id"]: deal["Currency"] for deal in deals}
    assert all(row["Currency"] == deal_codes[row["Potential_Name"]["id"]] for row in history if row["Potential_Name"])
    assert sum(row["Potential_Name"] is None for row in history) == 3
    assert Counter(codes.values()).keys() == {"CNY", "USD", "EUR", "JPY"}


def test_the_rate_of_a_new_deal_is_the_orgs_unless_it_is_sent(awkward: Zoho) -> None:
    item = {"Deal_Name": "x", "Stage": "Qualification", "Pipeline": "Standard"}
    cases: list[tuple[dict[str, Any], tuple[str, float]]] = [
        ({}, ("CNY", 1)),
        ({"Currency": "JPY"}, ("JPY", 21.5)),
        ({"Currency": "USD", "Exchange_Rate": 0.15}, ("USD", 0.15)),
    ]
    for sent, shown in cases:
        answer = awkward.post("/Deals", {"data": [item | sent], "trigger": []})
        deal = awkward.read("Deals", answer.json()["data"][0]["details"]["id"], "Currency", "Exchange_Rate")
        assert (deal["Currency"], deal["Exchange_Rate"]) == shown
    history = awkward.get("/DealHistory", fields="Currency,Exchange_Rate", per_page=1).json()["data"][0]
    assert (history["Currency"], history["Exchange_Rate"]) == ("USD", 0.15)


def test_rates_may_be_told_the_other_way_round(awkward: Zoho) -> None:
    deal = next(record for record in everything(awkward, "Deals", "Currency") if record["Currency"] == "EUR")
    awkward.edit("switches", "update", rate_per_home_unit=False)
    try:
        assert awkward.read("Deals", deal["id"], "Exchange_Rate")["Exchange_Rate"] == 7.8125
        assert awkward.get("/org/currencies").json()["currencies"][2]["exchange_rate"] == "7.812500000"
    finally:
        awkward.edit("switches", "update", rate_per_home_unit=True)
    assert awkward.read("Deals", deal["id"], "Exchange_Rate")["Exchange_Rate"] == 0.128


def test_times_lie_on_local_midnight_and_on_clock_changes(awkward: Zoho) -> None:
    leads = everything(awkward, "Leads", "Created_Time,Modified_Time")
    assert sum(lead["Created_Time"].endswith("T00:00:00+08:00") for lead in leads) > 30
    assert sum(lead["Modified_Time"].endswith("T00:00:00+08:00") for lead in leads) > 30
    assert sum(lead["Modified_Time"].endswith("T23:59:59+08:00") for lead in leads) > 30
    changed = {lead["Modified_Time"] for lead in leads} | {
        event["Start_DateTime"] for event in everything(awkward, "Events", "Start_DateTime")
    }
    year = awkward.sandbox.world.started_at.year - 1
    # Berlin changes its clocks at 01:00 UTC on the last Sunday of October, 09:00 in Shanghai.
    last = max(day for day in range(25, 32) if datetime(year, 10, day, tzinfo=UTC).weekday() == 6)
    assert {f"{year}-10-{last}T08:59:59+08:00", f"{year}-10-{last}T09:00:00+08:00"} <= changed
    # New York on the second Sunday of March at 07:00 UTC, 15:00 in Shanghai.
    second = min(day for day in range(8, 15) if datetime(year, 3, day, tzinfo=UTC).weekday() == 6)
    spring = {f"{year}-03-{second:02d}T14:59:59+08:00", f"{year}-03-{second:02d}T15:00:00+08:00"}
    assert spring <= changed
    stamped = everything(awkward, "Contacts", "Custom_Datetime,Custom_Date")
    assert spring <= {contact["Custom_Datetime"] for contact in stamped}
    closing = {deal["Closing_Date"] for deal in everything(awkward, "Deals", "Closing_Date")}
    assert {f"{year}-10-{last}", f"{year}-03-{second:02d}"} <= closing


def test_the_same_seed_and_day_give_the_same_awkward_bytes_and_they_come_back() -> None:
    noon = datetime(2026, 11, 24, 4, tzinfo=UTC)
    system = ZohoSystem(World(scale="awkward", started_at=noon))
    other = ZohoSystem(World(scale="awkward", started_at=noon))
    assert system.dump() == other.dump()
    deal = other.edit("Deals", "create", None, {"Deal_Name": "x", "Stage": "Qualification"})["id"]
    system.load(other.dump())
    system.edit("Deals", "update", deal, {"Stage": "Closed Lost"})
    saved = system.state.tables["DealHistory"]
    moved = [row[saved.module.position["Moved_To__s"]] for row in list(saved.rows.values())[-2:]]
    assert moved == ["Closed Lost", None]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "percentage"]), inner),
    max_leaves=5,
)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_no_value_of_any_type_breaks_the_server(awkward: Zoho, data: st.DataObject) -> None:
    names = sorted(custom_fields(awkward))
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=6, unique=True))
    item = {"Last_Name": "Fuzz"} | {name: data.draw(JSON) for name in chosen}
    answer = awkward.post("/Contacts", {"data": [item], "trigger": []})
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        contact = answer.json()["data"][0]["details"]["id"]
        assert awkward.get(f"/Contacts/{contact}", fields=",".join(names)).status_code == 200


def test_all_users_may_have_the_deleted_ones(awkward: Zoho) -> None:
    awkward.edit("switches", "update", all_users_with_deleted=True)
    assert awkward.get("/users").json()["users"][-1]["id"] == GHOST
    awkward.edit("switches", "update", all_users_with_deleted=False)
    assert awkward.get("/users").json()["info"]["count"] == 22


def test_a_bulk_job_leaves_out_the_stages_of_deals_that_are_gone_for_good(awkward: Zoho) -> None:
    kept = awkward.get("/DealHistory/actions/count").json()["count"]
    head, *rows = export(awkward, query("DealHistory", fields=["Potential_Name"]))
    assert (head, len(rows)) == (["Id", "Potential_Name"], kept - 3)
    assert all(deal for _, deal in rows)


def test_a_lead_of_nobody_is_converted_by_and_for_the_administrator(awkward: Zoho) -> None:
    leads = everything(awkward, "Leads", "Owner,Converted__s")
    first, second, *_ = [lead["id"] for lead in leads if lead["Owner"] is None and not lead["Converted__s"]]
    body = {"data": [{"Accounts": {"Account_Name": "Nobody's"}, "Contacts": {"Last_Name": "Noone"}}]}
    answer = awkward.post(f"/Leads/{first}/actions/convert", body)
    assert answer.status_code == 200, answer.text
    awkward.edit("Leads", "convert", second, Accounts={"Account_Name": "Nobody's too"}, Contacts={"Last_Name": "Noone"})
    for lead in (first, second):
        contact = awkward.read("Leads", lead, "Converted_Contact")["Converted_Contact"]["id"]
        assert awkward.read("Contacts", contact, "Owner")["Owner"]["id"] == "5000000000000201"
