"""What is particular to Zoho, against scripted answers in the forms of docs/vendor/zoho.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
from pydantic import SecretStr, ValidationError
from responses import matchers

from connectors.api import Answer, Request
from connectors.guard import Guard
from connectors.personal import Mask
from connectors.zoho import connect
from connectors.zoho.api import API, ERRORS
from connectors.zoho.settings import ZohoSettings
from connectors.zoho.streams import ABOUT, PIPELINE_STAGE, STREAMS, stage_status
from models.errors import (
    AuthError,
    ConfigError,
    FatalSyncError,
    ObjectUnavailableError,
    OutcomeUnknownError,
    RateLimitedError,
)
from models.protocols import Connector
from models.records import Change, Window
from models.spec import Converter, Stage, Tenant
from tests.unit.connectors.fakes import FakeTime

ACCOUNTS = "https://accounts.zoho.eu"
API_URL = "https://www.zohoapis.eu/crm/v8"
DEALS = next(stream for stream in STREAMS if stream.name == "deals")
# The fields of a deal that an organisation without other currencies has.
MAPPED = [
    name for name in dict.fromkeys(item.api_name for item in DEALS.fields) if name not in ("Currency", PIPELINE_STAGE)
]
UNTIL = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{ACCOUNTS}/oauth/v2/token", json={"access_token": "1000.a", "expires_in": 3600})
        yield mock


@pytest.fixture
def zoho(tmp_path: Path, http: responses.RequestsMock) -> Iterator[Connector]:
    settings = ZohoSettings(data_center="eu", client_id="c", client_secret=SecretStr("s"), refresh_token=SecretStr("r"))
    connector = connect("crm", settings, tmp_path, FakeTime().timing)
    yield connector
    connector.close()


def field(name: str, data_type: str = "text", **more: Any) -> dict[str, Any]:
    return {"api_name": name, "data_type": data_type, "length": 255, "decimal_place": None, "visible": True, **more}


def deal_fields(http: responses.RequestsMock, *others: dict[str, Any]) -> None:
    listed = [field(name) for name in MAPPED]
    http.get(f"{API_URL}/settings/fields", json={"fields": [*listed, *others]})


def page(*moments: str, more: str | None = None) -> dict[str, Any]:
    rows = [
        {"id": f"{moment}/{number}", "Modified_Time": f"2026-11-01T{moment}+08:00"}
        for number, moment in enumerate(moments)
    ]
    return {"data": rows, "info": {"more_records": more is not None, "next_page_token": more}}


def read(zoho: Connector, since: datetime | None = None, position: dict[str, Any] | None = None) -> list[Any]:
    return list(zoho.read(DEALS, since=since, until=UNTIL, position=position))


def http_calls(http: responses.RequestsMock, path: str) -> list[Any]:
    return [call.request for call in http.calls if f"{path}?" in str(call.request.url)]


def deal_calls(http: responses.RequestsMock) -> list[Any]:
    return http_calls(http, "/Deals")


def test_pages_are_asked_for_by_time_and_by_token_only_within_a_second(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    deal_fields(http)
    http.get(f"{API_URL}/Deals", json=page("08:00:00", "09:00:00", more="t1"))
    http.get(f"{API_URL}/Deals", json=page("09:00:00", more="t2"))
    http.get(f"{API_URL}/Deals", json=page("09:00:00", "10:00:00"))
    pages = read(zoho, since=datetime(2026, 10, 31, tzinfo=UTC))
    # What a token led to counts as read only after another way through the same second.
    assert {item.position["from"] for item in pages} == {"2026-11-01T01:00:00+00:00"}
    first, second, third, *again = deal_calls(http)
    # One second earlier than the bound, since it is not known whether the bound is included.
    assert first.headers["If-Modified-Since"] == "2026-10-30T23:59:59+00:00"
    assert second.headers["If-Modified-Since"] == third.headers["If-Modified-Since"] == "2026-11-01T00:59:59+00:00"
    query = {"per_page": "200", "sort_by": "Modified_Time", "sort_order": "asc"}
    assert query.items() <= first.params.items()
    assert "page_token" not in first.params
    assert second.params == first.params
    assert third.params == {**first.params, "page_token": "t2"}
    assert again[0].headers["If-Modified-Since"] == "2026-11-01T00:59:59+00:00"
    assert again[0].params == first.params


def test_records_that_await_approval_are_asked_for_too(zoho: Connector, http: responses.RequestsMock) -> None:
    deal_fields(http)
    http.get(f"{API_URL}/Deals", status=204)
    read(zoho)
    list(zoho.scan("Deals", ["Stage"]))
    zoho.get("Deals", ["1"], ["Stage"])
    assert [call.params.get("approved") for call in deal_calls(http)] == ["both"] * 3


CUSTOM = [f"Custom_{number}" for number in range(60)]
ROOM = 50 - len(MAPPED)


def shown(key: str, second: int = 0, **values: Any) -> dict[str, Any]:
    return {"id": key, "Modified_Time": f"2026-11-01T08:00:{second:02}+08:00", **values}


def answer(*records: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(records), "info": {"more_records": False}}


def test_50_fields_are_asked_for_by_pages_the_mapped_ones_first_and_the_others_by_id(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    unlisted = [field("Lines", "subform"), field("Hidden", visible=False), field("id", "bigint")]
    deal_fields(http, *unlisted, *map(field, CUSTOM))
    http.get(f"{API_URL}/Deals", json=answer(shown("1", Stage="Won"), shown("2", Stage="Lost")))
    http.get(f"{API_URL}/Deals", json=answer(shown("2", Custom_59="b"), shown("1", Custom_59="a")))
    (found,) = read(zoho)
    assert [(record["id"], record["Stage"], record["Custom_59"]) for record in found.records] == [
        ("1", "Won", "a"),
        ("2", "Lost", "b"),
    ]
    first, second = (call.params for call in deal_calls(http))
    assert first["fields"].split(",") == MAPPED + CUSTOM[:ROOM]
    assert second == {"approved": "both", "ids": "1,2", "fields": ",".join(["Modified_Time", *CUSTOM[ROOM:]])}


def test_a_record_that_is_edited_each_time_that_it_is_read_is_left_out(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    seconds = iter(range(60))
    deal_fields(http, *map(field, CUSTOM))
    http.get(f"{API_URL}/Deals", json=answer(shown("1"), shown("2")))
    for _ in range(20):
        http.get(f"{API_URL}/Deals", json=answer(shown("1", next(seconds) + 1), shown("2", Custom_59="b")))
    (found,) = read(zoho)
    assert [record["id"] for record in found.records] == ["2"]
    assert len(deal_calls(http)) == 6


def test_a_record_that_a_list_by_ids_leaves_out_is_asked_for_alone_with_the_fields_of_each_group(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    deal_fields(http, *map(field, CUSTOM))
    http.get(f"{API_URL}/Deals", json=answer(shown("1", Stage="Won")))
    http.get(f"{API_URL}/Deals", status=204)
    http.get(f"{API_URL}/Deals/2", json=answer(shown("2", Stage="Lost")))
    http.get(f"{API_URL}/Deals/2", json=answer(shown("2", Custom_59="b")))
    http.get(f"{API_URL}/Deals/1", json=answer(shown("1", Custom_59="a")))
    http.get(f"{API_URL}/Deals/3", status=204)
    found = {record["id"]: (record["Stage"], record["Custom_59"]) for record in zoho.fetch(DEALS, ["1", "2", "3"])}
    assert found == {"1": ("Won", "a"), "2": ("Lost", "b")}
    groups = [MAPPED + CUSTOM[:ROOM], ["Modified_Time", *CUSTOM[ROOM:]]]
    asked: list[Any] = [call.request for call in http.calls if "/Deals/" in str(call.request.url)]
    assert [(str(one.url).split("?")[0][-2:], one.params) for one in asked] == [
        (key, {"fields": ",".join(groups[number])}) for key, number in (("/2", 0), ("/3", 0), ("/1", 1), ("/2", 1))
    ]
    # Counted in one line, whatever the id.
    assert zoho.usage.by_call["deals", "GET /crm/v8/Deals"] == (6, 6)


def test_where_ten_records_in_a_row_are_gone_no_more_of_the_call_are_asked_for_alone(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    deal_fields(http)
    http.get(f"{API_URL}/Deals", status=204)
    for key in range(100):
        http.get(f"{API_URL}/Deals/{key}", status=204)
    assert zoho.fetch(DEALS, [str(key) for key in range(100)]) == []
    assert zoho.usage.by_call["deals", "GET /crm/v8/Deals"] == (11, 11)


def test_an_id_that_no_zoho_has_is_not_asked_for_and_keeps_no_other_from_being_found(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    strange = ["", "1,2", "x1", "\u0661", "-1", "1" * 20]
    deal_fields(http)
    http.get(f"{API_URL}/Deals", json=answer(shown("1"), shown("2")))
    assert [record["id"] for record in zoho.fetch(DEALS, ["1", *strange, "2"])] == ["1", "2"]
    assert list(zoho.get("Deals", [*strange, "1", "2"], ["Stage"])) == ["1", "2"]
    assert [call.params["ids"] for call in deal_calls(http)] == ["1,2"] * 2
    assert zoho.fetch(DEALS, strange) == []
    assert zoho.get("Deals", strange, ["Stage"]) == {}
    assert len(deal_calls(http)) == 2


def test_what_only_a_single_record_shows_and_what_costs_more_calls_is_told(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    deal_fields(http, field("Lines", "subform"), field("Helpers", "multiuserlookup"), *map(field, CUSTOM))
    assert zoho.notes(DEALS) == [
        "crm/deals: not read, since only a single record shows them: Lines, Helpers",
        (
            f"crm/deals: one call takes 50 of its {len(MAPPED) + 60} fields, so 200 records take 3 calls; fields that "
            "personal_data drops are not asked for"
        ),
    ]
    some = replace(DEALS, personal=dict.fromkeys([*CUSTOM[:30], "Stage"], "drop"))
    assert zoho.notes(some) == ["crm/deals: not read, since only a single record shows them: Lines, Helpers"]
    http.get(f"{API_URL}/Deals", status=304)
    assert list(zoho.read(some, since=UNTIL, until=UNTIL, position=None)) == []
    # A mapped field is asked for all the same: what lacks it is taken for changed metadata.
    assert deal_calls(http)[0].params["fields"].split(",") == MAPPED + CUSTOM[30:]


@pytest.mark.parametrize(
    "left_out", [field("Layout", "bigint"), field("Record_Status__s"), field("Lines", "subform"), field("Fax")]
)
def test_a_field_that_no_sync_reads_is_not_filled_and_the_line_says_why(
    zoho: Connector, http: responses.RequestsMock, left_out: dict[str, Any]
) -> None:
    deal_fields(http, left_out)
    told = (
        f"crm/deals: {left_out['api_name']} is not among the fields that a sync reads, so the next one would take it away "
        "again: no list of records shows it, personal_data drops it, or it is one of Layout and Record_Status__s; leave it out"
    )
    without_fax = replace(DEALS, personal={"Fax": "drop"})
    with pytest.raises(ConfigError) as raised:
        list(zoho.window(without_fax, Window("created", UNTIL, UNTIL), position=None, field=left_out["api_name"]))
    assert str(raised.value) == told
    assert deal_calls(http) == []


@pytest.mark.parametrize("code", ["PAGINATION_LIMIT_EXCEEDED", "EXPIRED_VALUE", "TOKEN_BOUND_DATA_MISMATCH"])
def test_where_a_page_token_is_refused_its_second_is_read_again(
    zoho: Connector, http: responses.RequestsMock, code: str
) -> None:
    deal_fields(http)
    http.get(f"{API_URL}/Deals", json=page("09:00:00", more="t1"))
    http.get(f"{API_URL}/Deals", status=400, json={"code": code, "details": {}, "message": "", "status": "error"})
    http.get(f"{API_URL}/Deals", json=page("09:00:00", "10:00:00"))
    pages = read(zoho, position={"from": "2026-11-01T09:00:00+08:00"})
    assert [record["id"] for item in pages for record in item.records] == ["09:00:00/0", "10:00:00/1"]
    first, by_token, again = deal_calls(http)
    assert {"page_token": "t1"}.items() <= by_token.params.items()
    assert again.params == first.params
    assert again.headers["If-Modified-Since"] == first.headers["If-Modified-Since"] == "2026-11-01T00:59:59+00:00"


def test_a_reading_that_cannot_get_on_stops(zoho: Connector, http: responses.RequestsMock) -> None:
    deal_fields(http)
    refused = {"code": "PAGINATION_LIMIT_EXCEEDED", "details": {}, "message": "", "status": "error"}
    http.get(f"{API_URL}/Deals", json=page("09:00:00", more="t1"))
    http.get(f"{API_URL}/Deals", status=400, json=refused)
    with pytest.raises(FatalSyncError, match="cannot get past 2026-11-01 01:00:00"):
        read(zoho, position={"from": "2026-11-01T09:00:00+08:00"})


def test_an_absent_currency_field_is_not_asked_for(zoho: Connector, http: responses.RequestsMock) -> None:
    deal_fields(http)
    http.get(f"{API_URL}/Deals", status=204)
    assert read(zoho) == []
    assert "Currency" not in deal_calls(http)[0].params["fields"].split(",")


@pytest.mark.parametrize("personal", [{"Who_Id.name": "drop"}, {"Who_Id.name": "hash"}, {"Who_Id": "drop"}])
def test_what_is_put_together_holds_no_name_that_is_hidden(
    personal: dict[str, str], zoho: Connector, http: responses.RequestsMock
) -> None:
    tasks = replace(next(stream for stream in STREAMS if stream.name == "tasks"), personal=personal)
    listed = [field(name) for name in ("Owner", "Subject", "Status", "Due_Date", "What_Id", "Who_Id")]
    http.get(f"{API_URL}/settings/fields", json={"fields": [*listed, field("Created_Time"), field("Modified_Time")]})
    row: dict[str, Any] = {"id": "1", "Modified_Time": "2026-11-01T00:00:00+08:00", "$se_module": "Deals"}
    row |= {"What_Id": {"id": "7", "name": "Order of Zhang San"}, "Who_Id": {"id": "8", "name": "Zhang San"}}
    http.get(f"{API_URL}/Tasks", json={"data": [row], "info": {"more_records": False}})
    guarded = Guard(zoho, (tasks,), Mask(SecretStr("a key of sixteen!")))
    ((record,),) = [page.records for page in guarded.read(tasks, since=None, until=UNTIL, position=None)]
    contact = None if "Who_Id" in personal else {"id": "8"}
    assert record[ABOUT] == [{"id": "7"}, "Deals", contact]
    assert "'Zhang San'" not in repr(record)


def stage(code: str, forecast: str, number: int) -> dict[str, Any]:
    return {"display_value": code, "actual_value": code, "sequence_number": number, "forecast_type": forecast}


def tenant_calls(
    http: responses.RequestsMock, *pipelines: dict[str, Any], layout: list[dict[str, Any]] | None = None, **options: Any
) -> None:
    http.get(f"{API_URL}/settings/fields", json={"fields": [field("Stage", "picklist", **options)]})
    http.get(f"{API_URL}/org", json={"org": [{"time_zone": "Asia/Kolkata", "iso_code": "USD"}]})
    shown = [field("Stage", "picklist", pick_list_values=layout)]
    layouts = [{"id": "7", "status": "active", "sections": [{"fields": shown}] if layout else []}]
    http.get(f"{API_URL}/settings/layouts", json={"layouts": layouts})
    body = {"pipeline": list(pipelines)}
    http.get(f"{API_URL}/settings/pipeline", match=[matchers.query_param_matcher({"layout_id": "7"})],
             **({"json": body} if pipelines else {"status": 204}))  # fmt: skip


def stages_of(zoho: Connector) -> list[tuple[str, str, str]]:
    return [(item.pipeline, item.stage, item.status) for item in zoho.tenant().stages]


def test_stages_come_from_every_pipeline(zoho: Connector, http: responses.RequestsMock) -> None:
    maps = [stage("Qualification", "Open", 1), stage("Closed Won", "Closed Won", 2)]
    tenant_calls(http, {"actual_value": "Standard", "maps": maps}, {"actual_value": "Fast", "maps": maps[1:]})
    tenant = zoho.tenant()
    assert (str(tenant.timezone), tenant.currency) == ("Asia/Kolkata", "USD")
    assert [(item.pipeline, item.stage, item.status) for item in tenant.stages] == [
        ("Standard", "Qualification", "open"),
        ("Standard", "Closed Won", "won"),
        ("Fast", "Closed Won", "won"),
    ]


def test_without_pipelines_the_stages_are_those_of_the_field(zoho: Connector, http: responses.RequestsMock) -> None:
    options = [{**stage("Closed Lost", "Closed Lost", 1), "probability": 0}]
    tenant_calls(http, pick_list_values=options)
    assert zoho.tenant().stages == (Stage("", "Closed Lost", "Closed Lost", 1, "lost", 0),)


def test_a_stage_in_no_pipeline_leaves_a_deal_open() -> None:
    tenant = Tenant(UTC, "USD", (Stage("", "Closed Won", "Closed Won", 1, "won", 100),))
    convert = stage_status(tenant)
    assert [convert.read([None, "Closed Won"]), convert.read([None, "Whatever"])] == ["won", "open"]
    assert convert.read([None, None]) is None


def test_a_stage_that_two_pipelines_share_means_what_the_deals_own_pipeline_says(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    tenant_calls(
        http,
        {"actual_value": "Sales", "maps": [stage("Signed", "Closed Won", 1)]},
        {"actual_value": "Renewal", "maps": [stage("Signed", "Open", 1), stage("Kept", "Closed Won", 2)]},
    )
    http.replace("GET", f"{API_URL}/settings/fields", json={"fields": [*map(field, MAPPED)]})
    deals = [("Sales", "Signed"), ("Renewal", "Signed"), ("Gone", "Kept"), (None, "Kept"), ("Sales", "New")]
    rows = [
        {"id": str(number), "Modified_Time": "2026-11-01T08:00:00+08:00", "Pipeline": pipeline, "Stage": code}
        for number, (pipeline, code) in enumerate(deals)
    ]
    http.get(f"{API_URL}/Deals", json={"data": rows, "info": {"more_records": False}})
    (item,) = read(zoho)
    found = next(one for one in DEALS.fields if one.to == "stage_status")
    convert = stage_status(zoho.tenant())
    statuses = [convert.read(record[found.api_name]) for record in item.records]
    assert statuses == ["won", "open", "won", "won", "open"]


CLOSING = [stage("Qualification", "Open", 1), stage("Closed Won", "Closed Won", 2)]


@pytest.mark.parametrize(
    ("status", "code"), [(204, ""), (403, "FEATURE_NOT_SUPPORTED"), (400, "INVALID_DATA")], ids=str
)
def test_without_pipelines_the_layout_says_which_stages_close_a_deal(
    zoho: Connector, http: responses.RequestsMock, status: int, code: str
) -> None:
    bare = [{"display_value": option["display_value"], "actual_value": option["actual_value"]} for option in CLOSING]
    tenant_calls(http, layout=CLOSING, pick_list_values=bare)
    body = {"code": code, "details": {}, "message": "", "status": "error"} if code else None
    http.replace("GET", f"{API_URL}/settings/pipeline", status=status, json=body)
    assert stages_of(zoho) == [("", "Qualification", "open"), ("", "Closed Won", "won")]


def test_stages_that_no_pipeline_uses_any_more_are_known_by_the_field(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    former = [*CLOSING, stage("Closed Lost", "Closed Lost", 3), {"actual_value": "-None-", "display_value": "-None-"}]
    tenant_calls(http, {"actual_value": "Standard", "maps": CLOSING}, layout=former)
    assert stages_of(zoho) == [
        ("Standard", "Qualification", "open"),
        ("Standard", "Closed Won", "won"),
        ("", "Closed Lost", "lost"),
    ]


def test_where_no_stage_closes_a_deal_the_configuration_is_wrong(zoho: Connector, http: responses.RequestsMock) -> None:
    tenant_calls(http, pick_list_values=[{"actual_value": "Closed Won", "display_value": "Closed Won"}])
    with pytest.raises(ConfigError, match="crm/deals: .*every deal would count as open"):
        zoho.tenant()


def write(zoho: Connector, http: responses.RequestsMock, status: int, body: Any, count: int = 2) -> list[Any]:
    http.get(f"{API_URL}/settings/fields", json={"fields": [field("Score", "double", decimal_place=2)]})
    http.put(f"{API_URL}/Scores", status=status, json=body)
    changes = [Change(str(number), {"Score": Decimal("88.25")}) for number in range(count)]
    return [(result.id, result.outcome) for result in zoho.write("Scores", changes)]


GOOD = {"code": "SUCCESS", "details": {"id": "0"}, "message": "record updated", "status": "success"}
BAD = {"code": "INVALID_DATA", "details": {"api_name": "Score"}, "message": "invalid data", "status": "error"}


@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_each_record_has_its_own_outcome_whatever_the_status(
    zoho: Connector, http: responses.RequestsMock, status: int
) -> None:
    assert write(zoho, http, status, {"data": [GOOD, BAD]}) == [("0", "applied"), ("1", "rejected")]


def test_a_write_sends_numbers_and_switches_automation_off(zoho: Connector, http: responses.RequestsMock) -> None:
    write(zoho, http, 200, {"data": [GOOD]}, count=1)
    assert json.loads(http.calls[-1].request.body or "") == {
        "data": [{"id": "0", "Score": 88.25}],
        "trigger": [],
        "skip_feature_execution": [{"name": "cadences"}],
    }


def test_a_whole_request_that_is_refused_inside_data_is_no_outcome_of_a_record(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    refused = {
        "code": "INVALID_MODULE",
        "details": {},
        "message": "the module name given seems to be invalid",
        "status": "error",
    }
    with pytest.raises(ConfigError, match="INVALID_MODULE"):
        write(zoho, http, 400, {"data": [refused]}, count=1)


def test_an_answer_that_does_not_tell_about_each_record_leaves_the_outcome_open(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    with pytest.raises(OutcomeUnknownError, match="crm/Scores"):
        write(zoho, http, 200, {"data": [GOOD]})


@pytest.mark.parametrize("bare", [{"details": None}, {"details": None, "message": None}, {}])
def test_a_refusal_without_details_is_one_too(
    zoho: Connector, http: responses.RequestsMock, bare: dict[str, Any]
) -> None:
    item = {"code": "RECORD_LOCKED", "status": "error", **bare}
    assert write(zoho, http, 207, {"data": [GOOD, item]}) == [("0", "applied"), ("1", "rejected")]


@pytest.mark.parametrize("item", [None, "SUCCESS", {}, {"status": None}])
def test_an_item_that_says_neither_yes_nor_no_leaves_the_outcome_open(
    zoho: Connector, http: responses.RequestsMock, item: Any
) -> None:
    with pytest.raises(OutcomeUnknownError, match="crm/Scores"):
        write(zoho, http, 207, {"data": [GOOD, item]})


def test_when_a_lead_was_converted_is_asked_for_even_if_no_field_is_listed(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    leads = next(stream for stream in STREAMS if stream.name == "leads")
    listed = [field(item.api_name) for item in leads.fields if not item.api_name.startswith("Converted")]
    http.get(f"{API_URL}/settings/fields", json={"fields": listed})
    http.get(f"{API_URL}/Leads", status=204)
    assert list(zoho.read(leads, since=None, until=UNTIL, position=None)) == []
    request: Any = http.calls[-1].request
    asked = request.params["fields"].split(",")
    assert "Converted_Date_Time" in asked
    assert "Converted_Deal" not in asked


def test_a_field_that_the_api_may_not_update_is_read_only(zoho: Connector, http: responses.RequestsMock) -> None:
    fields = [field("A", operation_type={"api_update": False}), field("B", operation_type={"api_update": True})]
    http.get(f"{API_URL}/settings/fields", json={"fields": [*fields, field("C", operation_type=None)]})
    assert [info.read_only for info in zoho.fields("Scores").values()] == [True, False, False]


def test_people_who_were_deleted_are_read_too(zoho: Connector, http: responses.RequestsMock) -> None:
    for kind, person in (
        ("AllUsers", {"id": "1", "status": "active"}),
        ("DeletedUsers", {"id": "2", "status": "deleted"}),
    ):
        asked = matchers.query_param_matcher({"type": kind, "per_page": "200"})
        http.get(f"{API_URL}/users", json={"users": [person]}, match=[asked])
    users = next(stream for stream in STREAMS if stream.name == "users")
    people = [record for item in zoho.read(users, since=None, until=UNTIL, position=None) for record in item.records]
    active = next(item.convert for item in users.fields if item.to == "active")
    assert isinstance(active, Converter)
    assert [(person["id"], active.read(person["status"])) for person in people] == [("1", True), ("2", False)]


def deleted(*keys: str, more: bool) -> dict[str, Any]:
    rows = [{"id": key, "deleted_time": f"2026-11-01T08:00:0{key}+08:00", "type": "recycle"} for key in keys]
    return {"data": rows, "info": {"more_records": more}}


def test_a_deletion_that_slips_to_a_page_that_was_read_is_found_on_the_next_way(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    feed = f"{API_URL}/Deals/deleted"
    http.get(feed, json=deleted("1", "2", more=True))
    # Now 1 is restored, and 3 moves to the first page.
    http.get(feed, json=deleted("4", more=False))
    for _ in range(2):
        http.get(feed, json=deleted("2", "3", more=True))
        http.get(feed, json=deleted("4", more=False))
    found = [[item.source_id for item in items] for items in zoho.deleted(DEALS, since=UNTIL)]
    assert found == [["1", "2"], ["4"], ["3"]]
    assert [call.params.get("page") for call in http_calls(http, "/Deals/deleted")] == [None, "2"] * 3


def test_a_single_page_of_deletions_is_read_once(zoho: Connector, http: responses.RequestsMock) -> None:
    http.get(f"{API_URL}/Deals/deleted", json=deleted("1", "2", more=False))
    assert [len(items) for items in zoho.deleted(DEALS, since=None)] == [2]
    assert len(http_calls(http, "/Deals/deleted")) == 1


def test_lists_without_an_info_block_have_one_page(zoho: Connector, http: responses.RequestsMock) -> None:
    http.get(f"{API_URL}/settings/roles", json={"roles": [{"id": "1"}], "info": None})
    teams = next(stream for stream in STREAMS if stream.name == "teams")
    assert [item.records for item in zoho.read(teams, since=None, until=UNTIL, position=None)] == [[{"id": "1"}]]


@pytest.mark.parametrize(("wait", "seconds"), [(7, 7), ("7", 7), (7.5, 7.5), ("soon", None), (None, None)])
def test_the_wait_that_zoho_asks_for_is_a_number_or_digits(wait: Any, seconds: float | None) -> None:
    body = {"code": "TOO_MANY_REQUESTS", "details": {"retry_after": wait}, "message": "", "status": "error"}
    found = API.refusal(Request("GET", "/x", "x"), Answer(429, body, None))
    assert found is not None
    assert found.retry_after_s == seconds


def test_a_probability_with_a_fraction_is_rounded() -> None:
    found = next(item for item in DEALS.fields if item.to == "probability")
    assert isinstance(found.convert, Converter)
    assert [found.convert.read(value) for value in (60, 33.3, 66.5)] == [60, 33, 67]


def test_another_owner_is_not_named_in_a_message(zoho: Connector, http: responses.RequestsMock) -> None:
    details = {"api_name": "Score", "duplicate_record": {"Owner": {"name": "Asha Iyer"}}}
    http.get(f"{API_URL}/settings/fields", json={"fields": [field("Score", "double", decimal_place=2)]})
    http.put(f"{API_URL}/Scores", status=400, json={"data": [{**BAD, "code": "DUPLICATE_DATA", "details": details}]})
    (result,) = zoho.write("Scores", [Change("0", {"Score": None})])
    assert "DUPLICATE_DATA" in result.message
    assert "Asha" not in result.message


def token_answer(http: responses.RequestsMock, body: dict[str, Any], status: int = 200) -> None:
    http.replace(responses.POST, f"{ACCOUNTS}/oauth/v2/token", json=body, status=status)


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("invalid_code", "CRMSYNC_CRM_REFRESH_TOKEN"),
        ("invalid_client", "connections.crm.client_id and connections.crm.data_center"),
        ("invalid_client_secret", "CRMSYNC_CRM_CLIENT_SECRET"),
    ],
)
def test_a_refused_login_names_what_to_check_whatever_the_status(
    zoho: Connector, http: responses.RequestsMock, status: int, error: str, remedy: str
) -> None:
    token_answer(http, {"error": error}, status)
    with pytest.raises(ConfigError, match=remedy):
        zoho.clock()


def test_a_throttled_login_is_not_hammered(zoho: Connector, http: responses.RequestsMock) -> None:
    token_answer(http, {"error": "Access Denied", "error_description": "You have made too many requests"})
    with pytest.raises(RateLimitedError, match="wait ten minutes"):
        zoho.clock()
    assert len(http.calls) == 1


def test_the_login_is_a_form_and_the_header_zohos_own(zoho: Connector, http: responses.RequestsMock) -> None:
    http.get(f"{API_URL}/org", json={"org": []}, headers={"Date": "Tue, 24 Nov 2026 08:00:00 GMT"})
    assert zoho.clock() == UNTIL
    login, call = (item.request for item in http.calls)
    assert parse_qs(str(login.body)) == {
        "grant_type": ["refresh_token"], "client_id": ["c"], "client_secret": ["s"], "refresh_token": ["r"]
    }  # fmt: skip
    assert call.headers["Authorization"] == "Zoho-oauthtoken 1000.a"


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "AUTHENTICATION_FAILURE"])
def test_a_fresh_token_that_is_refused_stops_after_one_renewal(
    zoho: Connector, http: responses.RequestsMock, code: str
) -> None:
    http.get(f"{API_URL}/org", status=401, json={"code": code, "details": {}, "message": "", "status": "error"})
    with pytest.raises(AuthError, match=code):
        zoho.clock()
    assert len(http.calls) == 4


def test_a_missing_scope_asks_for_no_new_token(zoho: Connector, http: responses.RequestsMock) -> None:
    body = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": "invalid oauth scope", "status": "error"}
    http.get(f"{API_URL}/org", status=401, json=body)
    with pytest.raises(ConfigError, match="lacks a scope"):
        zoho.clock()
    assert len(http.calls) == 2


@pytest.mark.parametrize(
    ("keys", "accounts", "api"),
    [
        ({"data_center": "ca"}, "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
        (
            {"data_center": "cn", "environment": "sandbox"},
            "https://accounts.zoho.com.cn",
            "https://sandbox.zohoapis.com.cn",
        ),
        ({"base_url": "http://127.0.0.1:8900/zoho/"}, "http://127.0.0.1:8900/zoho", "http://127.0.0.1:8900/zoho"),
    ],
)
def test_hosts_follow_data_centre_and_environment(keys: dict[str, str], accounts: str, api: str) -> None:
    settings = ZohoSettings.model_validate({**keys, "client_id": "c", "client_secret": "s", "refresh_token": "r"})
    assert (settings.accounts_url, settings.api_url) == (accounts, api)


def test_a_connection_says_where_it_lives() -> None:
    with pytest.raises(ValidationError, match="say where the organisation lives"):
        ZohoSettings.model_validate({"client_id": "c", "client_secret": "s", "refresh_token": "r"})


@pytest.mark.parametrize(("records", "credits"), [(1, 1), (10, 1), (11, 2), (100, 10)])
def test_a_write_costs_a_credit_for_ten_records(records: int, credits: int) -> None:  # noqa: A002 - Zoho's word
    assert API.cost(Request("PUT", "/x", "x", body={"data": [{}] * records}, write=True)) == credits


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "INVALID_MODULE"), (401, "OAUTH_SCOPE_MISMATCH"), (403, "NO_PERMISSION"), (403, "NOT_SUPPORTED")],
)
def test_a_module_that_the_edition_or_this_user_lacks_is_not_available(
    status: int, code: str, zoho: Connector, http: responses.RequestsMock
) -> None:
    no = {"code": code, "details": {}, "message": "no", "status": "error"}
    http.get(f"{API_URL}/settings/fields", json=no, status=status)
    with pytest.raises(ObjectUnavailableError, match=f"crm/Cases: .*{code}"):
        zoho.fields("Cases")


def test_every_remedy_can_be_filled_in() -> None:
    assert all(rule.remedy.format(connection="crm", secrets="CRMSYNC_CRM") is not None for rule in ERRORS.values())


def test_records_that_this_user_may_not_change_are_refused_one_by_one(
    zoho: Connector, http: responses.RequestsMock
) -> None:
    no = {"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"}
    assert write(zoho, http, 403, {"data": [no, no]}) == [("0", "rejected"), ("1", "rejected")]
