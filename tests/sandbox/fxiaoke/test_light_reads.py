"""findSimple, findOne, the paths of old and the switches for a total: docs/vendor/fxiaoke.md §4.1, §4.6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

CUSTOM, OLD = "/cgi/crm/custom/v2/data/", "/cgi/crm/custom/data/"
BY_ID = [{"fieldName": "_id", "isAsc": True}]


def deals(*filters: tuple[str, str, list[Any]], **more: Any) -> dict[str, Any]:
    spelled = [{"field_name": field, "operator": op, "field_values": values} for field, op, values in filters]
    info = {"limit": 3, "offset": 0, "filters": spelled, "orders": BY_ID}
    return {"data": {"dataObjectApiName": "NewOpportunityObj", "search_query_info": info, **more}}


def test_find_simple_works_nothing_out(fxiaoke: Client) -> None:
    full = fxiaoke.new("/cgi/crm/v2/data/query", deals())["data"]
    light = fxiaoke.new(f"{CUSTOM}findSimple", deals())["data"]
    assert (light["total"], light["offset"], light["limit"]) == (1000, 0, 3)
    assert [row["_id"] for row in light["dataList"]] == [row["_id"] for row in full["dataList"]]
    assert {"probability_amount", "owner_department"} <= full["dataList"][0].keys()
    assert not {"probability_amount", "owner_department"} & light["dataList"][0].keys()
    assert light["dataList"][0]["amount"] == full["dataList"][0]["amount"]


def test_the_projection_of_the_light_reads_stands_in_data(fxiaoke: Client) -> None:
    projected = deals(field_projection=["_id", "amount"], find_explicit_total_num=False)
    answer = fxiaoke.new(f"{CUSTOM}findSimple", projected)["data"]
    assert answer["total"] == 0
    assert answer["dataList"][0].keys() == {"_id", "amount"}
    body = {**deals(field_projection=[]), "includeNull": True}
    assert fxiaoke.new(f"{CUSTOM}findSimple", body)["data"]["dataList"][0]["remark"] is None
    assert fxiaoke.new(f"{CUSTOM}findSimple", deals(field_projection="_id"))["errorCode"] == 32000


def test_find_one_brings_the_first_or_null(fxiaoke: Client) -> None:
    found = fxiaoke.new(
        f"{CUSTOM}findOne", deals(("sales_status", "EQ", ["2"]), field_projection=["_id", "sales_stage"])
    )
    first = fxiaoke.rows("NewOpportunityObj", ("sales_status", "EQ", ["2"]), limit=1)[0]
    assert found["data"]["objectData"]["_id"] == first["_id"]
    assert found["data"]["objectData"]["sales_stage"] == "5"
    nothing = fxiaoke.new(f"{CUSTOM}findOne", deals(("name", "EQ", ["no such deal"])))
    assert nothing["data"] == {"objectData": None}
    bare = {"data": {"dataObjectApiName": "NewOpportunityObj", "search_query_info": {"filters": []}}}
    assert fxiaoke.new(f"{CUSTOM}findOne", bare)["data"]["objectData"]["_id"]
    assert fxiaoke.new(f"{CUSTOM}findOne", {"data": {"dataObjectApiName": "NewOpportunityObj"}})["errorCode"] == 32000


def test_the_light_reads_lie_on_the_custom_path_alone(fxiaoke: Client) -> None:
    assert fxiaoke.new("/cgi/crm/v2/data/findSimple", deals())["errorCode"] == 10006
    fxiaoke.edit("switches", "update", None, standard_on_custom_path=False)
    assert fxiaoke.new(f"{CUSTOM}findOne", deals())["errorCode"] == 10006
    fxiaoke.edit("switches", "update", None, standard_on_custom_path=True)


def test_the_path_of_2020_serves_the_same_bodies(fxiaoke: Client) -> None:
    score = fxiaoke.rows("performance__c")[0]["_id"]
    name = {"dataObjectApiName": "performance__c"}
    assert len(fxiaoke.new(f"{OLD}query", {"data": {**name, "search_query_info": {}}})["data"]["dataList"]) == 20
    record = {**name, "_id": score, "score__c": "7.5"}
    assert fxiaoke.new(f"{OLD}update", {"data": {"object_data": record}})["errorCode"] == 0
    assert fxiaoke.new(f"{OLD}get", {"data": {**name, "objectDataId": score}})["data"]["score__c"] == "7.50"
    made = fxiaoke.new(f"{OLD}create", {"data": {"object_data": {**name, "name": "新", "owner": ["1001"]}}})["dataId"]
    assert fxiaoke.get("performance__c", made)["data"]["name"] == "新"


@pytest.mark.parametrize(
    ("top", "data", "total"),
    [
        ({}, {}, 1000),
        ({"returnTotalNum": 1}, {}, 1000),
        ({"returnTotalNum": 2}, {}, 1000),
        ({"returnTotalNum": 3}, {}, 0),
        ({"returnTotalNum": 3}, {"find_explicit_total_num": True}, 1000),
        ({"returnTotalNum": 1}, {"find_explicit_total_num": False}, 0),
    ],
)
def test_the_total_is_counted_as_the_call_says(
    fxiaoke: Client, top: dict[str, Any], data: dict[str, Any], total: int
) -> None:
    answer = fxiaoke.new("/cgi/crm/v2/data/query", {**top, **deals(**data)})["data"]
    assert (answer["total"], len(answer["dataList"])) == (total, 3)


def test_the_total_may_be_nothing_unless_asked_for(fxiaoke: Client) -> None:
    fxiaoke.edit("switches", "update", None, total_by_default=False)
    silent = fxiaoke.new("/cgi/crm/v2/data/query", deals())["data"]["total"]
    asked = fxiaoke.new("/cgi/crm/v2/data/query", deals(find_explicit_total_num=True))["data"]["total"]
    fxiaoke.edit("switches", "update", None, total_by_default=True)
    assert (silent, asked) == (0, 1000)
