"""The vendor's own SDK queries by COQL and upserts against the sandbox unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper as CoqlBody
from zohocrmsdk.src.com.zoho.crm.api.coql.coql_operations import CoqlOperations
from zohocrmsdk.src.com.zoho.crm.api.record import APIException, BodyWrapper, Record, SuccessResponse
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import RecordOperations

from tests.sandbox.zoho import sdk
from tests.sandbox.zoho.conftest import Zoho


@pytest.fixture(scope="module", autouse=True)
def _connected(zoho: Zoho, tmp_path_factory: pytest.TempPathFactory) -> None:
    sdk.connect(zoho.sandbox, tmp_path_factory.mktemp("sdk"))


def ask(query: str) -> Any:
    body = CoqlBody()
    body.set_select_query(query)
    return CoqlOperations().get_records(body)


def test_a_coql_query_gives_records_in_pages(zoho: Zoho) -> None:
    made = [
        zoho.edit("Leads", "create", Last_Name=name, Company="Coql Ltd", Annual_Revenue=amount)["id"]
        for name, amount in (("Ada", 10), ("Bo", 20.5), ("Cy", 30))
    ]
    query = (
        "select Last_Name, Annual_Revenue, Owner from Leads "
        "where (Company = 'Coql Ltd' and Annual_Revenue > 5) order by id asc limit "
    )
    answer = ask(query + "2").get_object()
    assert [record.get_id() for record in answer.get_data()] == [int(found) for found in made[:2]]
    assert answer.get_data()[1].get_key_value("Annual_Revenue") == 20.5
    assert (answer.get_info().get_count(), answer.get_info().get_more_records()) == (2, True)
    rest = ask(query + "2, 2").get_object()
    assert [record.get_key_value("Last_Name") for record in rest.get_data()] == ["Cy"]
    assert rest.get_info().get_more_records() is False


def test_a_coql_query_without_rows_is_no_object() -> None:
    answer = ask("select Last_Name from Leads where Company = 'Nobody at all'")
    assert (answer.get_status_code(), answer.get_object()) == (204, None)


def test_a_coql_query_without_where_is_an_exception() -> None:
    answer = ask("select Last_Name from Leads")
    assert (answer.get_status_code(), answer.get_object().get_status().get_value()) == (400, "error")


def _lead(**values: Any) -> Any:
    record = Record()
    for name, value in values.items():
        record.add_key_value(name, value)
    return record


def test_an_upsert_updates_what_matches_and_inserts_the_rest(zoho: Zoho) -> None:
    known = zoho.edit("Leads", "create", Last_Name="Known", Company="Zeta", Email="known@zeta.example")["id"]
    body = BodyWrapper()
    body.set_data(
        [
            _lead(Last_Name="Renamed", Company="Zeta", Email="known@zeta.example"),
            _lead(Last_Name="New", Company="Zeta", Email="new@zeta.example"),
            _lead(Last_Name="Wrong", Company="Zeta", Email="not an address"),
        ]
    )
    body.set_duplicate_check_fields(["Email"])
    body.set_trigger([])
    answer = RecordOperations("Leads").upsert_records(body)
    items = answer.get_object().get_data()
    assert [type(item) for item in items] == [SuccessResponse, SuccessResponse, APIException]
    assert [item.get_action().get_value() for item in items[:2]] == ["update", "insert"]
    assert items[0].get_duplicate_field() == "Email"
    assert str(items[0].get_details()["id"]) == known
    assert zoho.read("Leads", known, "Last_Name")["Last_Name"] == "Renamed"
    assert zoho.read("Leads", str(items[1].get_details()["id"]), "Email")["Email"] == "new@zeta.example"
