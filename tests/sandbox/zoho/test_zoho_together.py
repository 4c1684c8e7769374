"""What the parts of the fake Zoho do with each other: each test crosses from one kind of call to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.zoho.bulk import advance, created, download, query, rows_of
from tests.sandbox.zoho.test_zoho_switches import switched

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


def create(zoho: Zoho, module: str, **values: Any) -> str:
    answer = zoho.post(f"/{module}", {"data": [values]})
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["data"][0]["details"]["id"]
    return record


def note_on(zoho: Zoho, account: str) -> str:
    parent = {"id": account, "module": {"api_name": "Accounts"}}
    return create(zoho, "Notes", Note_Title="Heard", Note_Content="Moving house", Parent_Id=parent)


def coql(zoho: Zoho, text: str) -> list[dict[str, Any]]:
    answer = zoho.post("/coql", {"select_query": text})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_a_created_field_is_in_coql_and_in_bulk_jobs_even_older_ones(zoho: Zoho) -> None:
    feedback = {"Name": "Kite", "Score": 9}
    record = create(zoho, "Customer_Feedback", **feedback)
    job = created(zoho, query("Customer_Feedback"))
    wish = {"field_label": "Mood", "data_type": "multiselectpicklist", "pick_list_values": [{"display_value": "Good"}]}
    made = zoho.call("POST", "/settings/fields", params={"module": "Customer_Feedback"}, json={"fields": [wish]})
    assert made.status_code == 201, made.text
    assert zoho.put(f"/Customer_Feedback/{record}", {"data": [{"Mood": ["Good", "Odd"]}]}).status_code == 200
    found = coql(zoho, "select Score, Mood from Customer_Feedback where Mood = 'Good;Odd'")
    assert found == [{"Score": 9, "Mood": ["Good", "Odd"], "id": record}]
    advance(zoho, 7)
    head, *rows = rows_of(download(zoho, job), job)
    assert next(row for row in rows if row[0] == record)[head.index("Mood")] == ""
    job = created(zoho, query("Customer_Feedback", fields=["Score", "Mood"]))
    advance(zoho, 7)
    assert [record, "9", "Good;Odd"] in rows_of(download(zoho, job), job)


def test_tasks_and_notes_are_related_lists_of_what_they_point_at(zoho: Zoho) -> None:
    account = create(zoho, "Accounts", Account_Name="Tern Ltd")
    task = create(zoho, "Tasks", **{"Subject": "Call Tern", "What_Id": {"id": account}, "$se_module": "Accounts"})
    note = note_on(zoho, account)
    listed = zoho.get("/settings/related_lists", module="Accounts").json()["related_lists"]
    assert {"Tasks", "Notes", "Quotes"} <= {one["api_name"] for one in listed}
    for name, field, record in (("Tasks", "Subject", task), ("Notes", "Note_Title", note)):
        rows = zoho.get(f"/Accounts/{account}/{name}", fields=field).json()["data"]
        assert [row["id"] for row in rows] == [record]


@pytest.mark.parametrize("touches", [False, True])
def test_a_merge_takes_tasks_and_notes_along(zoho: Zoho, touches: bool) -> None:  # noqa: FBT001 - a table's column
    master, loser = (create(zoho, "Accounts", Account_Name=name) for name in ("Gull Ltd", "Gull"))
    task = create(zoho, "Tasks", **{"Subject": "Call Gull", "What_Id": {"id": loser}, "$se_module": "Accounts"})
    note = note_on(zoho, loser)
    with switched(zoho, merge_touches_related=touches):
        body = {"merge": [{"data": [{"id": loser, "_fields": []}]}]}
        assert zoho.post(f"/Accounts/{master}/actions/merge", body).status_code == 200
    assert zoho.read("Tasks", task, "What_Id")["What_Id"] == {"name": "Gull Ltd", "id": master}
    assert zoho.read("Notes", note, "Parent_Id")["Parent_Id"]["id"] == master


def test_coql_and_get_records_take_the_same_view(zoho: Zoho) -> None:
    listed = zoho.get("/Leads", fields="id", cvid="5000000000121001", per_page=3).json()["data"]
    assert len(listed) == 3
    text = "select id from Leads#5000000000121001 where id is not null limit 3"
    assert len(coql(zoho, text)) == 3
    refused = zoho.post("/coql", {"select_query": text.replace("121001", "221001")})
    assert refused.json()["details"] == {"cvid": "5000000000221001"}


def test_an_order_upserted_with_its_lines_logs_what_the_lines_were(zoho: Zoho) -> None:
    product = create(zoho, "Products", Product_Name="Buoy", Unit_Price=5)
    quote = {"Subject": "Buoys", "Quoted_Items": [{"Product_Name": {"id": product}, "Quantity": 2}]}
    first = zoho.post("/Quotes/upsert", {"data": [quote]}).json()["data"][0]
    assert (first["action"], first["duplicate_field"]) == ("insert", None)
    more = quote | {"Quoted_Items": [{"Product_Name": {"id": product}, "Quantity": 3}]}
    second = zoho.post("/Quotes/upsert", {"data": [more]}).json()["data"][0]
    assert (second["action"], second["duplicate_field"]) == ("update", "Subject")
    assert second["details"]["id"] == first["details"]["id"]
    assert zoho.read("Quotes", first["details"]["id"], "Grand_Total")["Grand_Total"] == 25
    log = {entry["field"]: entry for entry in zoho.writes()[-1]["records"]}["Quoted_Items"]
    assert [[line["Quantity"] for line in log[when]] for when in ("before", "after")] == [[2], [2, 3]]


def test_composite_requests_take_no_bulk_read_and_undo_lines(zoho: Zoho) -> None:
    product = create(zoho, "Products", Product_Name="Mast", Unit_Price=7)
    before = zoho.get("/Quotes/actions/count").json()["count"]
    item = {"Subject": "Masts", "Quoted_Items": [{"Product_Name": {"id": product}, "Quantity": 2}]}
    body = {
        "rollback_on_fail": True,
        "__composite_requests": [
            {"method": "POST", "uri": "/crm/v8/Quotes", "body": {"data": [item]}},
            {"method": "GET", "uri": "/crm/bulk/v8/read/1"},
        ],
    }
    answer = zoho.post("/__composite_requests", body)
    codes = [result["code"] for result in answer.json()["__composite_requests"]]
    assert (answer.status_code, codes) == (400, ["ROLLBACK_PERFORMED", "NOT_SUPPORTED"])
    assert zoho.get("/Quotes/actions/count").json()["count"] == before
    assert coql(zoho, "select COUNT(id) as n from Quoted_Items where Product_Name.Product_Name = 'Mast'")[0]["n"] == 0


def test_lines_take_no_fields_of_their_own_by_call(zoho: Zoho) -> None:
    wish = {"fields": [{"field_label": "Mood", "data_type": "text"}]}
    answer = zoho.call("POST", "/settings/fields", params={"module": "Quoted_Items"}, json=wish)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_MODULE")


def test_the_old_api_reads_fields_and_creates_none(zoho: Zoho) -> None:
    url = f"{zoho.base}/crm/v2/settings/fields?module=Leads"
    assert zoho.session.get(url, timeout=30).status_code == 200
    refused = zoho.session.post(url, json={"fields": []}, timeout=30)
    assert refused.json()["code"] == "INVALID_REQUEST_METHOD"


def test_a_field_that_a_composite_request_creates_is_everywhere_or_nowhere(zoho: Zoho) -> None:
    def wish(label: str) -> dict[str, Any]:
        fields = {"fields": [{"field_label": label, "data_type": "integer"}]}
        return {"method": "POST", "uri": "/crm/v8/settings/fields?module=Customer_Feedback", "body": fields}

    read = {"method": "GET", "uri": "/crm/v8/Customer_Feedback", "params": {"fields": "Kept"}}
    kept = zoho.post("/__composite_requests", {"__composite_requests": [wish("Kept"), read]})
    assert [one["details"]["response"]["status_code"] for one in kept.json()["__composite_requests"]] == [201, 200]
    undone = zoho.post(
        "/__composite_requests",
        {"rollback_on_fail": True, "__composite_requests": [wish("Gone"), {"method": "GET", "uri": "/crm/v8/Nowhere"}]},
    )
    assert undone.json()["__composite_requests"][0]["code"] == "ROLLBACK_PERFORMED"
    record = create(zoho, "Customer_Feedback", Name="Tern", Kept=7)
    assert coql(zoho, f"select Kept from Customer_Feedback where id = '{record}'") == [{"Kept": 7, "id": record}]  # noqa: S608 - a query of the test's own
    gone = zoho.post("/coql", {"select_query": "select Gone from Customer_Feedback where id is not null"})
    assert (gone.json()["code"], gone.json()["details"]) == ("INVALID_QUERY", {"column_name": "Gone"})
    names = [field["api_name"] for field in zoho.get("/settings/fields", module="Customer_Feedback").json()["fields"]]
    assert ("Kept" in names, "Gone" in names) == (True, False)
    advance(zoho, 7)
    job = created(zoho, query("Customer_Feedback", fields=["Kept"]))
    advance(zoho, 7)
    assert [record, "7"] in rows_of(download(zoho, job), job)
    body = query("Customer_Feedback", fields=["Gone"])
    refused = zoho.session.post(f"{zoho.base}/crm/bulk/v8/read", json=body, timeout=30)
    assert (refused.json()["code"], refused.json()["details"]) == ("FIELD_NOT_AVAILABLE", {"api_name": "Gone"})
