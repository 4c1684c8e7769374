"""Get Records pages, filters and refuses as Zoho v8 does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.zoho import query

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


def test_only_what_was_asked_comes_back_in_zohos_shapes(zoho: Zoho) -> None:
    fields = "Deal_Name,Owner,Account_Name,Amount,Modified_Time,Closing_Date,Next_Step,Tag,$approval_state,Nonsense"
    body = zoho.get("/Deals", fields=fields, per_page=3).json()
    record = body["data"][0]
    assert set(record) == set(fields.split(",")) - {"Nonsense"} | {"id"}
    assert record["id"].isdigit()
    assert 16 <= len(record["id"]) <= 19
    assert set(record["Owner"]) == {"name", "id", "email"}
    assert set(record["Account_Name"]) == {"name", "id"}
    assert datetime.fromisoformat(record["Modified_Time"]).utcoffset() == timedelta(hours=8)
    assert isinstance(record["Amount"], int)
    assert (record["Tag"], record["$approval_state"]) == ([], "approved")
    info = body["info"]
    assert isinstance(info.pop("next_page_token"), str)
    assert isinstance(info.pop("page_token_expiry"), str)
    assert info == {
        "call": False,
        "per_page": 3,
        "count": 3,
        "sort_by": "id",
        "page": 1,
        "previous_page_token": None,
        "sort_order": "desc",
        "email": False,
        "more_records": True,
    }


@pytest.mark.parametrize("sort_by", ["id", "Created_Time", "Modified_Time"])
@pytest.mark.parametrize("sort_order", ["asc", "desc"])
def test_tokens_lead_through_all_leads_in_order(zoho: Zoho, sort_by: str, sort_order: str) -> None:
    params = {"fields": "Created_Time,Modified_Time", "sort_by": sort_by, "sort_order": sort_order}
    pages = list(zoho.pages("Leads", converted="both", **params))
    records = [record for page in pages for record in page["data"]]
    assert len({record["id"] for record in records}) == len(records) == 5000
    values = [int(record["id"]) if sort_by == "id" else record[sort_by] for record in records]
    assert values == sorted(values, reverse=sort_order == "desc")
    assert [page["info"]["page"] for page in pages] == list(range(1, 26))
    last = pages[-1]["info"]
    assert (last["more_records"], last["next_page_token"], last["page_token_expiry"]) == (False, None, None)


def test_the_previous_page_token_leads_back(zoho: Zoho) -> None:
    params = {"fields": "Created_Time", "sort_by": "Modified_Time", "per_page": 50}
    first = zoho.get("/Contacts", **params).json()
    second = zoho.get("/Contacts", **params, page_token=first["info"]["next_page_token"]).json()
    again = zoho.get("/Contacts", **params, page_token=second["info"]["previous_page_token"]).json()
    assert again["data"] == first["data"]
    assert (again["info"]["page"], again["info"]["previous_page_token"]) == (1, None)


def test_converted_leads_are_left_out_unless_asked_for(zoho: Zoho) -> None:
    counts = {}
    for converted in ("", "false", "true", "both"):
        pages = list(zoho.pages("Leads", fields="Converted__s,Converted_Date_Time", converted=converted))
        records = [record for page in pages for record in page["data"]]
        counts[converted] = len(records)
        states = {record["Converted__s"] for record in records}
        assert states == {"": {False}, "false": {False}, "true": {True}, "both": {True, False}}[converted]
        assert all(record["Converted__s"] == (record["Converted_Date_Time"] is not None) for record in records)
    assert counts["both"] == 5000
    assert counts["true"] + counts["false"] == 5000
    assert counts[""] == counts["false"] == zoho.get("/Leads/actions/count").json()["count"]
    assert zoho.get("/Deals/actions/count").json() == {"count": 3000}


def test_records_that_await_approval_are_left_out_unless_asked_for(zoho: Zoho) -> None:
    deal = zoho.get("/Deals", fields="id", per_page=1).json()["data"][0]["id"]
    zoho.edit("Deals", "update", deal, **{"$approved": False})

    def shown(**params: str) -> dict[str, bool]:
        pages = zoho.pages("Deals", fields="$approved", **params)
        return {record["id"]: record["$approved"] for page in pages for record in page["data"]}

    approved, both = shown(), shown(approved="both")
    assert shown(approved="true") == approved == {key: True for key in both if key != deal}
    assert shown(approved="false") == {deal: False}
    assert len(both) == 3000
    assert zoho.get("/Deals", fields="id", ids=deal).status_code == 204
    assert zoho.get("/Deals", fields="id", ids=deal, approved="both").status_code == 200
    zoho.edit("Deals", "update", deal, **{"$approved": True})
    assert shown() == {**both, deal: True}


def test_pages_by_number_end_at_two_thousand_records(zoho: Zoho) -> None:
    assert zoho.get("/Deals", fields="id", page=10).json()["info"]["page"] == 10
    answer = zoho.get("/Deals", fields="id", page=11)
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
        "details": {"limit": 2000},
        "message": "You can only get the first 2000 records without using page_token param",
        "status": "error",
    }
    assert zoho.get("/Deals", fields="id", page=20, per_page=100).status_code == 200
    assert zoho.get("/Deals", fields="id", page=21, per_page=100).status_code == 400


def test_tokens_end_at_a_hundred_thousand_records(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "MOST_BY_TOKEN", 400)
    token = zoho.get("/Deals", fields="id").json()["info"]["next_page_token"]
    second = zoho.get("/Deals", fields="id", page_token=token).json()["info"]
    answer = zoho.get("/Deals", fields="id", page_token=second["next_page_token"])
    assert (answer.status_code, answer.json()["code"]) == (400, "PAGINATION_LIMIT_EXCEEDED")
    assert answer.json()["details"] == {"param_name": "page_token"}


@pytest.mark.parametrize(
    ("params", "code", "details"),
    [
        ({}, "REQUIRED_PARAM_MISSING", {"param_name": "fields"}),
        ({"fields": ",".join(f"F{n}" for n in range(51))}, "LIMIT_EXCEEDED", {"limit": 50, "param_name": "fields"}),
        ({"fields": "id", "per_page": 201}, "LIMIT_EXCEEDED", {"limit": 200, "param_name": "per_page"}),
        ({"fields": "id", "per_page": "ten"}, "PATTERN_NOT_MATCHED", {"param_name": "per_page"}),
        ({"fields": "id", "page": 0}, "PATTERN_NOT_MATCHED", {"param_name": "page"}),
        ({"fields": "id", "ids": "1,x"}, "PATTERN_NOT_MATCHED", {"param_name": "ids"}),
        (
            {"fields": "id", "sort_by": "Email"},
            "INVALID_DATA",
            {"param_name": "sort_by", "supported_values": ["id", "Created_Time", "Modified_Time"]},
        ),
        ({"fields": "id", "sort_order": "up"}, "INVALID_DATA", {"param_name": "sort_order"}),
        ({"fields": "id", "converted": "yes"}, "INVALID_DATA", {"param_name": "converted"}),
        ({"fields": "id", "cvid": "1"}, "INVALID_DATA", {"param_name": "cvid"}),
        ({"fields": "id", "cvid": "all"}, "PATTERN_NOT_MATCHED", {"param_name": "cvid"}),
        (
            {"fields": "id", "cvid": "1", "sort_by": "id"},
            "AMBIGUITY_DURING_PROCESSING",
            {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "sort_by"}]},
        ),
        ({"fields": "id", "territory_id": "1"}, "INVALID_DATA", {"param_name": "territory_id"}),
        ({"fields": "id", "territory_id": "x"}, "PATTERN_NOT_MATCHED", {"param_name": "territory_id"}),
        (
            {"fields": "id", "include_child": "yes"},
            "INVALID_DATA",
            {"param_name": "include_child", "supported_values": ["false", "true"]},
        ),
        (
            {"fields": "id", "approved": "yes"},
            "INVALID_DATA",
            {"param_name": "approved", "supported_values": ["true", "false", "both"]},
        ),
        (
            {"fields": "id", "page": 2, "page_token": "x"},
            "AMBIGUITY_DURING_PROCESSING",
            {"ambiguity_due_to": [{"param_name": "page"}, {"param_name": "page_token"}]},
        ),
        ({"fields": "id", "page_token": "nonsense"}, "TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"}),
    ],
)
def test_wrong_parameters_are_refused(zoho: Zoho, params: dict[str, Any], code: str, details: dict[str, Any]) -> None:
    answer = zoho.get("/Leads", **params)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, "error")
    assert answer.json()["details"].items() >= details.items()


def test_get_records_with_a_custom_view_costs_three_credits(zoho: Zoho) -> None:
    before = zoho.sandbox.world.credits["zoho"]
    zoho.get("/Leads", fields="id", cvid="1")
    assert zoho.sandbox.world.credits["zoho"] - before == 3
    zoho.get("/Leads", fields="id")
    assert zoho.sandbox.world.credits["zoho"] - before == 4


def test_fifty_fields_are_allowed(zoho: Zoho) -> None:
    assert zoho.get("/Leads", fields=",".join(f"F{n}" for n in range(50)), per_page=1).status_code == 200


@pytest.mark.parametrize(
    "other", [{"fields": "Company"}, {"per_page": 100}, {"sort_order": "asc"}, {"converted": "both"}]
)
def test_a_token_is_bound_to_the_other_parameters(zoho: Zoho, other: dict[str, Any]) -> None:
    params = {"fields": "id", "per_page": 200}
    token = zoho.get("/Leads", **params).json()["info"]["next_page_token"]
    assert zoho.get("/Leads", **params, page_token=token).status_code == 200
    answer = zoho.get("/Leads", **(params | other), page_token=token)
    assert answer.json()["code"] == "TOKEN_BOUND_DATA_MISMATCH"


def test_urls_modules_and_verbs_that_do_not_exist(zoho: Zoho) -> None:
    unknown = zoho.get("/leads")
    assert (unknown.status_code, unknown.json()) == (
        404,
        {
            "code": "INVALID_URL_PATTERN",
            "details": {},
            "message": "Please check if the URL trying to access is a correct one",
            "status": "error",
        },
    )
    for path in ("/Leads/find", "/Leads/abc", "/actions/watch"):
        assert zoho.post(path, {}).json()["code"] == "INVALID_URL_PATTERN"
    module = zoho.get("/Nothing", fields="id")
    assert (module.status_code, module.json()) == (
        400,
        {
            "code": "INVALID_MODULE",
            "details": {"resource_path_index": 0},
            "message": "the module name given seems to be invalid",
            "status": "error",
        },
    )
    assert zoho.call("PATCH", "/Leads").json()["code"] == "INVALID_REQUEST_METHOD"


def test_ids_fetch_those_records_alone(zoho: Zoho) -> None:
    ids = [record["id"] for record in zoho.get("/Accounts", fields="id", per_page=3).json()["data"]]
    body = zoho.get("/Accounts", fields="Account_Name", ids=",".join([ids[2], "42", ids[0]])).json()
    assert [record["id"] for record in body["data"]] == [ids[0], ids[2]]
    assert body["info"]["more_records"] is False
    assert zoho.get("/Accounts", fields="id", ids="42").status_code == 204
    one = zoho.get(f"/Accounts/{ids[1]}", fields="Account_Name").json()["data"]
    assert [set(record) for record in one] == [{"id", "Account_Name"}]
    assert zoho.get("/Accounts/42", fields="id").status_code == 204
    assert zoho.get(f"/Accounts/{ids[1]}").json()["code"] == "REQUIRED_PARAM_MISSING"


@pytest.mark.parametrize("sort", [{}, {"sort_by": "Modified_Time", "sort_order": "asc"}, {"sort_by": "Modified_Time"}])
def test_if_modified_since_includes_its_instant(zoho: Zoho, sort: dict[str, str]) -> None:
    every = [record["Modified_Time"] for page in zoho.pages("Deals", fields="Modified_Time") for record in page["data"]]
    for rank in (0, 10, 1500):
        since = sorted(every, reverse=True)[rank]
        found: list[dict[str, Any]] = []
        params: dict[str, Any] = {"fields": "Modified_Time", **sort}
        while True:
            body = zoho.get("/Deals", headers={"If-Modified-Since": since}, **params).json()
            found += body["data"]
            if not body["info"]["more_records"]:
                break
            params["page_token"] = body["info"]["next_page_token"]
        assert sorted(record["Modified_Time"] for record in found) == sorted(at for at in every if at >= since)


def test_nothing_newer_is_304_and_nothing_at_all_204(zoho: Zoho) -> None:
    later = {"If-Modified-Since": "2999-01-01T00:00:00Z"}
    for path in ("/Leads", "/Leads/deleted"):
        answer = zoho.get(path, headers=later, fields="id")
        assert (answer.status_code, answer.content) == (304, b"")
    empty = zoho.get("/Leads", fields="id", approved="false")
    assert (empty.status_code, empty.content) == (204, b"")
    wrong = zoho.get("/Leads", headers={"If-Modified-Since": "yesterday"}, fields="id")
    assert wrong.json()["code"] == "PATTERN_NOT_MATCHED"


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/Leads/deleted?type=gone", "PATTERN_NOT_MATCHED"),
        ("GET", "/Leads/deleted?per_page=201", "LIMIT_EXCEEDED"),
        ("GET", "/Nothing/deleted", "INVALID_MODULE"),
        ("POST", "/Leads/deleted", "INVALID_REQUEST_METHOD"),
        ("DELETE", "/Leads/deleted", "INVALID_REQUEST_METHOD"),
    ],
)
def test_errors_of_the_deleted_list_come_inside_data(zoho: Zoho, method: str, path: str, code: str) -> None:
    answer = zoho.call(method, path)
    assert (answer.status_code, [error["code"] for error in answer.json()["data"]]) == (400, [code])


def test_a_walk_by_tokens_neither_skips_nor_repeats_while_records_change(zoho: Zoho) -> None:
    params = {"fields": "id", "per_page": 200, "sort_by": "id", "sort_order": "asc"}
    first = zoho.get("/Contacts", **params).json()
    zoho.edit("Contacts", "delete", first["data"][0]["id"])
    zoho.edit("Contacts", "update", first["data"][1]["id"], Title="CEO")
    rest = [
        record["id"]
        for page in zoho.pages("Contacts", **params, page_token=first["info"]["next_page_token"])
        for record in page["data"]
    ]
    assert len(rest) == 2800
    assert not {record["id"] for record in first["data"]} & set(rest)


def test_a_page_token_expires_after_a_day(zoho: Zoho) -> None:
    token = zoho.get("/Leads", fields="id").json()["info"]["next_page_token"]
    zoho.control("clock", {"advance_s": 86_405})
    zoho.refresh()
    answer = zoho.get("/Leads", fields="id", page_token=token)
    assert answer.json()["code"] == "EXPIRED_VALUE"
    assert answer.json()["details"] == {"api_name": "page_token", "json_path": "$.query.page_token"}


@pytest.mark.parametrize(
    "path",
    [
        f"/Leads/{'9' * 5000}?fields=id",
        f"/Leads?fields=id&ids={'9' * 5000}",
        f"/Leads?fields=id&page={'9' * 5000}",
        "/Leads?fields=id&per_page=２００",
        "/Leads?fields=id&page_token=%00%ff",
        "/Leads/１２?fields=id",
        "/Leads?fields=%ff,,,",
        "//Leads?fields=id",
        "/../v8/Leads",
        "/",
        "",
    ],
)
def test_nonsense_never_breaks_the_server(zoho: Zoho, path: str) -> None:
    answer = zoho.get(path)
    assert answer.status_code in (200, 204, 400, 404)
    if answer.status_code >= 400:
        assert answer.json()["status"] == "error"
