"""What nobody has confirmed is served both ways."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.zoho.conftest import Zoho


@contextmanager
def switched(zoho: Zoho, **values: Any) -> Iterator[None]:
    """These settings inside the block, the former ones after it."""
    former = zoho.edit("switches", "update")
    zoho.edit("switches", "update", **values)
    try:
        yield
    finally:
        zoho.edit("switches", "update", **{name: former[name] for name in values})


def test_if_modified_since_may_leave_out_its_own_second(zoho: Zoho) -> None:
    newest = zoho.get("/Deals", fields="Modified_Time", sort_by="Modified_Time", per_page=1).json()["data"][0]
    since = {"If-Modified-Since": newest["Modified_Time"]}
    earlier = datetime.fromisoformat(newest["Modified_Time"]) - timedelta(seconds=1)
    deal = f"/Deals/{newest['id']}"
    assert zoho.get("/Deals", headers=since, fields="id").status_code == 200
    with switched(zoho, since_inclusive=False):
        assert zoho.get("/Deals", headers=since, fields="id").status_code == 304
        assert zoho.get(deal, headers=since, fields="id").status_code == 304
        assert zoho.get(deal, headers={"If-Modified-Since": earlier.isoformat()}, fields="id").status_code == 200
    assert zoho.get(deal, headers=since, fields="id").status_code == 200


def test_the_deleted_list_may_leave_out_the_headers_second_too(zoho: Zoho) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Gone")["id"]
    zoho.edit("Leads", "delete", lead)
    entry = zoho.get("/Leads/deleted").json()["data"][-1]
    since = {"If-Modified-Since": entry["deleted_time"]}
    assert zoho.get("/Leads/deleted", headers=since).json()["data"][-1]["id"] == lead
    with switched(zoho, since_inclusive=False):
        assert zoho.get("/Leads/deleted", headers=since).status_code == 304


def test_the_deleted_list_may_cost_two_credits(zoho: Zoho) -> None:
    costs = []
    for price in (1, 2):
        with switched(zoho, deleted_credits=price):
            before = zoho.sandbox.world.credits["zoho"]
            assert zoho.get("/Leads/deleted").status_code == 200
            costs.append(zoho.sandbox.world.credits["zoho"] - before)
    assert costs == [1, 2]


def test_unknown_keys_may_be_ignored(zoho: Zoho) -> None:
    account = zoho.get("/Accounts", fields="id", per_page=1).json()["data"][0]["id"]
    body = {"data": [{"id": account, "Nope": 1, "Rating": "Active"}], "trigger": []}
    assert zoho.put("/Accounts", body).status_code == 400
    with switched(zoho, ignore_unknown_keys=True):
        answer = zoho.put("/Accounts", body)
        assert (answer.status_code, answer.json()["data"][0]["code"]) == (200, "SUCCESS")
    assert zoho.read("Accounts", account, "Rating")["Rating"] == "Active"


def test_a_write_whose_items_all_fail_may_be_202(zoho: Zoho) -> None:
    body = {"data": [{"id": "42", "Rating": "Active"}], "trigger": []}
    assert zoho.put("/Accounts", body).status_code == 400
    with switched(zoho, all_failed_status=202):
        answer = zoho.put("/Accounts", body)
        assert (answer.status_code, answer.json()["data"][0]["code"]) == (202, "INVALID_DATA")
        deleted = zoho.call("DELETE", "/Accounts", params={"ids": "42"})
        assert (deleted.status_code, deleted.json()["data"][0]["code"]) == (202, "INVALID_DATA")


def test_a_page_token_may_be_an_offset_so_that_an_edit_skips_a_record(zoho: Zoho) -> None:
    params = {"fields": "id", "per_page": 100, "sort_by": "id", "sort_order": "asc"}
    with switched(zoho, page_token_keeps_place=False):
        every = [record["id"] for page in zoho.pages("Contacts", **params) for record in page["data"]]
        first = zoho.get("/Contacts", **params).json()
        zoho.edit("Contacts", "delete", first["data"][0]["id"])
        second = zoho.get("/Contacts", **params, page_token=first["info"]["next_page_token"]).json()
        assert [record["id"] for record in second["data"]] == every[101:201]
        back = zoho.get("/Contacts", **params, page_token=second["info"]["previous_page_token"]).json()
        assert [record["id"] for record in back["data"]] == every[1:101]
    third = zoho.get("/Contacts", **params, page_token=second["info"]["next_page_token"]).json()
    assert [record["id"] for record in third["data"]] == every[201:301]


def test_a_bigint_is_sent_as_text_and_may_be_a_number(zoho: Zoho) -> None:
    campaign = {"Campaign_Name": "Mailing", "Num_sent": 9_007_199_254_740_993}
    refused = zoho.post("/Campaigns", {"data": [campaign]})
    assert (refused.status_code, refused.json()["data"][0]["code"], refused.json()["data"][0]["details"]) == (
        400,
        "INVALID_DATA",
        {"expected_data_type": "bigint", "api_name": "Num_sent", "json_path": "$.data[0].Num_sent"},
    )
    taken = [campaign | {"Num_sent": "9007199254740993"}]
    with switched(zoho, bigint_numbers=True):
        made = zoho.post("/Campaigns", {"data": [campaign, campaign | {"Num_sent": 10**18}, *taken]})
    first, second, third = made.json()["data"]
    assert (made.status_code, second["details"]["maximum_length"]) == (207, 18)
    for item in (first, third):
        assert zoho.read("Campaigns", item["details"]["id"], "Num_sent")["Num_sent"] == "9007199254740993"
