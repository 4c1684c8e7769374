"""Subqueries of COQL stand in WHERE and give literals (docs/vendor/zoho.md §3)."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


@pytest.fixture(scope="module")
def kites(zoho: Zoho) -> dict[str, str]:
    """Ids of two accounts and of their deals, by name."""
    accounts = [{"Account_Name": name, "Employees": size} for name, size in (("Kite A", 10), ("Kite B", 20))]
    made = zoho.post("/Accounts", {"data": accounts}).json()["data"]
    ids = {name: result["details"]["id"] for name, result in zip("AB", made, strict=True)}
    deal = {"Stage": "Qualification", "Pipeline": "Standard"}
    deals = [
        deal | {"Deal_Name": f"{name}{n}", "Account_Name": {"id": ids[name]}, "Amount": n * 10}
        for name in "AB"
        for n in (1, 2)
    ]
    made = zoho.post("/Deals", {"data": deals}).json()["data"]
    names = ("A1", "A2", "B1", "B2")
    return ids | {name: result["details"]["id"] for name, result in zip(names, made, strict=True)}


KITES = "select id from Accounts where Account_Name like 'Kite%'"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (f"Account_Name in ({KITES})", ["A1", "A2", "B1", "B2"]),
        ("Account_Name = (select id from Accounts where Account_Name = 'Kite B')", ["B1", "B2"]),
        ("Account_Name in (select Account_Name from Deals where Deal_Name = 'A2')", ["A1", "A2"]),
        (f"(Account_Name in ({KITES}) and Amount > (select Employees from Accounts where id = '{{A}}'))", ["A2", "B2"]),
        (f"Account_Name in ({KITES} order by Employees desc limit 1)", ["B1", "B2"]),
        ("Account_Name in (select id from Accounts where id in (select Account_Name from Deals where id = {B1}))",
         ["B1", "B2"]),
        ("Account_Name in (select id from Accounts where Account_Name = 'nobody')", []),
        (f"(Account_Name in ({KITES}) and id not in (select id from Leads where id = 1))", ["A1", "A2", "B1", "B2"]),
        (f"(Account_Name in ({KITES}) and Amount = (select MAX(Amount) from Deals where Deal_Name = 'B2'))",
         ["A2", "B2"]),
    ],
)  # fmt: skip
def test_a_subquery_gives_the_values(zoho: Zoho, kites: dict[str, str], where: str, expected: list[str]) -> None:
    query = f"select Deal_Name from Deals where {where.format_map(kites)}"
    answer = zoho.post("/coql", {"select_query": query})
    assert answer.status_code == (200 if expected else 204), answer.text
    assert [row["Deal_Name"] for row in answer.json()["data"]] == expected if expected else answer.content == b""


def test_a_subquery_gives_a_hundred_values_at_most(zoho: Zoho) -> None:
    query = "select id from Deals where id in (select id from Deals where id is not null limit 500) limit 500"
    assert zoho.post("/coql", {"select_query": query}).json()["info"] == {"count": 100, "more_records": False}


@pytest.mark.parametrize(
    ("where", "code", "details", "message"),
    [
        (
            "Amount > (select Employees from Accounts where Employees is not null)",
            "INVALID_QUERY",
            {"sub_query_sequence": 0, "operator": ">"},
            "subquery return more than one values which is incompatible for the operator",
        ),
        (
            "id in (select Last_Name, Annual_Revenue from Leads where id is not null)",
            "INVALID_QUERY",
            {"sub_query_sequence": 0, "column_name": ["Last_Name", "Annual_Revenue"]},
            "subquery should contains only one column",
        ),
        (
            "(id in (select id from Deals where id = 1) or id in (select Nothing from Deals where id = 1))",
            "INVALID_QUERY",
            {"sub_query_sequence": 1, "column_name": "Nothing"},
            "column given seems to be invalid",
        ),
        (
            "id in (select Deal_Name from Deals where id is not null)",
            "INVALID_QUERY",
            {"expected_data_type": "bigint", "column_name": "id"},
            "value given seems to be invalid for the column",
        ),
        ("id in (select id from Deals)", "SYNTAX_ERROR", {"clause": "where"}, "missing clause"),
        ("id between (select id from Deals where id = 1) and 2", "SYNTAX_ERROR", None, "unexpected token"),
        ("id > (1)", "SYNTAX_ERROR", None, "unexpected token"),
        ("id in (select id from Deals where " * 70, "SYNTAX_ERROR", {"near": "select"}, None),
    ],
)
def test_wrong_subqueries_are_refused(zoho: Zoho, where: str, code: str, details: Any, message: str | None) -> None:
    answer = zoho.post("/coql", {"select_query": f"select id from Deals where {where}"})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, code)
    assert details in (None, body["details"])
    assert message in (None, body["message"])


def test_five_subqueries_are_the_most(zoho: Zoho) -> None:
    one = "id in (select id from Deals where id is not null)"
    five = f"((({one} and {one}) and {one}) and ({one} and {one}))"
    assert zoho.post("/coql", {"select_query": f"select id from Deals where {five}"}).status_code == 200
    answer = zoho.post("/coql", {"select_query": f"select id from Deals where ({five} and {one})"}).json()
    assert (answer["code"], answer["details"]) == ("LIMIT_EXCEEDED", {"limit": 5})
