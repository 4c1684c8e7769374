"""DealHistory: a record for each stage of each deal, in time with the deal itself."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.zoho.bulk import export, query

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

FIELDS = "Potential_Name,Stage,Moved_To__s,Modified_Time,Modified_By,Amount,Probability,Stage_Duration_Calendar_Days"


def condition(field: str, comparator: str, value: Any) -> dict[str, Any]:
    return {"field": {"api_name": field}, "comparator": comparator, "value": value}


def everything(zoho: Zoho, module: str, fields: str) -> list[dict[str, Any]]:
    pages = zoho.pages(module, fields=fields, sort_order="asc")
    return [record for page in pages for record in page["data"]]


def since(zoho: Zoho, record: dict[str, Any]) -> list[dict[str, Any]]:
    """The history's records made after one of it."""
    answer = zoho.get("/DealHistory", fields=FIELDS, per_page=20)
    return [row for row in answer.json()["data"][::-1] if row["id"] > record["id"]]


def newest(zoho: Zoho) -> dict[str, Any]:
    found: dict[str, Any] = zoho.get("/DealHistory", fields=FIELDS, per_page=1).json()["data"][0]
    return found


@pytest.fixture(scope="module")
def deals(zoho: Zoho) -> dict[str, dict[str, Any]]:
    fields = "Stage,Created_Time,Modified_Time,Closing_Date,Probability,Amount"
    return {deal["id"]: deal for deal in everything(zoho, "Deals", fields)}


def test_every_deal_has_gone_from_the_first_stage_to_the_one_it_is_in(
    zoho: Zoho, deals: dict[str, dict[str, Any]]
) -> None:
    paths: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in everything(zoho, "DealHistory", FIELDS):
        paths[row["Potential_Name"]["id"]].append(row)
    assert paths.keys() == deals.keys()
    for deal, path in paths.items():
        entered = [datetime.fromisoformat(row["Modified_Time"]) for row in path]
        assert entered == sorted(entered)
        assert path[0]["Modified_Time"] == deals[deal]["Created_Time"]
        assert path[-1]["Modified_Time"] <= deals[deal]["Modified_Time"]
        assert [row["Moved_To__s"] for row in path] == [*(row["Stage"] for row in path[1:]), None]
        assert path[-1]["Stage"] == deals[deal]["Stage"]
        assert path[-1]["Probability"] == deals[deal]["Probability"]
        days = [(left - at).days for at, left in pairwise(entered)]
        assert [row["Stage_Duration_Calendar_Days"] for row in path] == [*days, None]
        if deals[deal]["Stage"].startswith("Closed"):
            assert path[-1]["Modified_Time"][:10] == deals[deal]["Closing_Date"]


def test_the_module_is_hidden_and_belongs_to_deals(zoho: Zoho) -> None:
    modules = {found["api_name"]: found for found in zoho.get("/settings/modules").json()["modules"]}
    keys = ("generated_type", "visibility", "status", "creatable", "editable", "deletable", "api_supported")
    assert [modules["DealHistory"][key] for key in keys] == [
        "field_tracker",
        2,
        "system_hidden",
        False,
        False,
        False,
        True,
    ]
    assert modules["DealHistory"]["parent_module"] == {"api_name": "Deals", "id": modules["Deals"]["id"]}
    fields = zoho.get("/settings/fields", module="Deals").json()["fields"]
    tracked = {field["api_name"] for field in fields if field["history_tracking"] is not None}
    assert tracked == {"Stage"}


@pytest.mark.parametrize("how", ["api", "edit"])
def test_a_new_stage_adds_a_record_and_tells_the_one_before(
    zoho: Zoho, deals: dict[str, dict[str, Any]], how: str
) -> None:
    deal = next(
        deal for deal, facts in deals.items() if facts["Stage"] == ("Qualification", "Needs Analysis")[how == "api"]
    )
    before = newest(zoho)
    order = {"Stage": "Negotiation/Review", "Amount": 1234.5}
    if how == "api":
        assert zoho.put("/Deals", {"data": [{"id": deal, **order}], "trigger": []}).status_code == 200
    else:
        zoho.edit("Deals", "update", deal, **order)
    stamps = zoho.read("Deals", deal, "Modified_Time", "Modified_By", "Deal_Name")
    assert since(zoho, before) == [
        {
            "id": newest(zoho)["id"],
            "Potential_Name": {"name": stamps["Deal_Name"], "id": deal},
            "Stage": "Negotiation/Review",
            "Moved_To__s": None,
            "Modified_Time": stamps["Modified_Time"],
            "Modified_By": stamps["Modified_By"],
            "Amount": 1234.5,
            "Probability": 90,
            "Stage_Duration_Calendar_Days": None,
        }
    ]
    path = [row for row in everything(zoho, "DealHistory", FIELDS) if row["Potential_Name"]["id"] == deal]
    assert path[-2]["Moved_To__s"] == "Negotiation/Review"
    # The time of a record stays that of entering the stage.
    assert path[-2]["Modified_Time"] < path[-1]["Modified_Time"]
    assert path[-2]["Stage_Duration_Calendar_Days"] is not None


def test_the_stages_of_one_deal_are_a_related_list_that_can_be_discovered(zoho: Zoho) -> None:
    lists = zoho.get("/settings/related_lists", module="Deals").json()["related_lists"]
    found = next(one for one in lists if one["module"] is not None and one["module"]["api_name"] == "DealHistory")
    assert (found["api_name"], found["href"]) == ("Stage_History", "Deals/{ENTITYID}/Stage_History")
    item = {"Deal_Name": "Listed", "Stage": "Needs Analysis", "Pipeline": "Standard"}
    deal = zoho.post("/Deals", {"data": [item], "trigger": []}).json()["data"][0]["details"]["id"]
    zoho.put("/Deals", {"data": [{"id": deal, "Stage": "Closed Won"}], "trigger": []})
    rows = zoho.get(f"/Deals/{deal}/Stage_History", fields="Stage,Moved_To__s").json()["data"]
    assert [(row["Stage"], row["Moved_To__s"]) for row in rows] == [
        ("Closed Won", None),
        ("Needs Analysis", "Closed Won"),
    ]
    assert zoho.post(f"/Deals/{deal}/Stage_History", {"data": [{}]}).status_code == 400
    others = zoho.get("/settings/related_lists", module="Accounts").json()["related_lists"]
    assert "Stage_History" not in {one["api_name"] for one in others}


def test_stages_of_a_deleted_deal_stay_without_it(zoho: Zoho) -> None:
    item = {"Deal_Name": "Short", "Stage": "Needs Analysis", "Pipeline": "Standard"}
    deal = zoho.post("/Deals", {"data": [item], "trigger": []}).json()["data"][0]["details"]["id"]
    stay = newest(zoho)
    assert stay["Potential_Name"] == {"name": "Short", "id": deal}
    stages = f"select Stage from DealHistory where (id = {stay['id']} and Potential_Name"
    exported = query("DealHistory", fields=["Stage"], criteria=condition("id", "equal", stay["id"]))
    assert zoho.post("/coql", {"select_query": f"{stages} = '{deal}')"}).status_code == 200
    assert len(export(zoho, exported)) == 2
    zoho.call("DELETE", f"/Deals/{deal}")
    assert newest(zoho) == stay | {"Potential_Name": None}
    assert zoho.post("/coql", {"select_query": f"{stages} = '{deal}')"}).status_code == 204
    assert zoho.post("/coql", {"select_query": f"{stages} is null)"}).status_code == 200
    # Bulk read leaves out what has no parent (§4).
    assert len(export(zoho, exported)) == 1
    zoho.edit("Deals", "restore", deal)
    assert newest(zoho) == stay


def test_a_new_deal_has_one_record_and_other_changes_add_none(zoho: Zoho) -> None:
    before = newest(zoho)
    item = {"Deal_Name": "Fresh", "Stage": "Needs Analysis", "Pipeline": "Standard", "Amount": 10}
    deal = zoho.post("/Deals", {"data": [item], "trigger": []}).json()["data"][0]["details"]["id"]
    for change in ({"Amount": 20}, {"Stage": "Needs Analysis"}):
        zoho.put("/Deals", {"data": [{"id": deal, **change}], "trigger": []})
    zoho.edit("Deals", "delete", deal)
    zoho.edit("Deals", "restore", deal)
    rows = since(zoho, before)
    assert [(row["Potential_Name"]["id"], row["Stage"], row["Amount"]) for row in rows] == [
        (deal, "Needs Analysis", 10)
    ]
