"""COQL follows a lookup to many modules with the module named behind an arrow (docs/vendor/zoho.md §3)."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

# The tasks of these tests alone.
OWN = "Subject like 'errand %'"


@pytest.fixture(scope="module")
def ids(zoho: Zoho) -> dict[str, str]:
    """Of three tasks, about a deal, about an account and about nothing; and of these two."""

    def insert(module: str, **values: Any) -> str:
        made = zoho.post(f"/{module}", {"data": [values]}).json()["data"][0]["details"]
        return str(made["id"])

    account = insert("Accounts", Account_Name="Kite GmbH")
    common = {"Stage": "Qualification", "Pipeline": "Standard"}
    deal = insert("Deals", Deal_Name="Kite one", Account_Name={"id": account}, **common)
    tasks: dict[str, dict[str, Any]] = {
        "a": {"What_Id": {"id": deal}, "$se_module": "Deals"},
        "b": {"What_Id": {"id": account}, "$se_module": "Accounts"},
        "c": {},
    }
    made = {name: insert("Tasks", Subject=f"errand {name}", **about) for name, about in tasks.items()}
    return made | {"deal": deal, "account": account}


def rows(zoho: Zoho, query: str) -> list[dict[str, Any]]:
    answer = zoho.post("/coql", {"select_query": query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_each_record_shows_what_the_named_module_has(zoho: Zoho, ids: dict[str, str]) -> None:
    query = (
        "select Subject, 'What_Id->Deals.Deal_Name', 'What_Id->Accounts.Account_Name' as account, "
        f"'What_Id->Deals.Account_Name.Account_Name' from Tasks where {OWN}"
    )
    keys = ("Subject", "What_Id->Deals.Deal_Name", "account", "What_Id->Deals.Account_Name.Account_Name", "id")
    assert rows(zoho, query) == [
        dict(zip(keys, ("errand a", "Kite one", None, "Kite GmbH", ids["a"]), strict=True)),
        dict(zip(keys, ("errand b", None, "Kite GmbH", None, ids["b"]), strict=True)),
        dict(zip(keys, ("errand c", None, None, None, ids["c"]), strict=True)),
    ]


def test_such_a_lookup_alone_shows_its_module_instead_of_a_name(zoho: Zoho, ids: dict[str, str]) -> None:
    modules = {module["api_name"]: module["id"] for module in zoho.get("/settings/modules").json()["modules"]}
    assert [row["What_Id"] for row in rows(zoho, f"select What_Id from Tasks where {OWN}")] == [
        {"module": {"api_name": "Deals", "id": modules["Deals"]}, "id": ids["deal"]},
        {"module": {"api_name": "Accounts", "id": modules["Accounts"]}, "id": ids["account"]},
        None,
    ]


def test_criteria_and_orders_follow_it_too(zoho: Zoho, ids: dict[str, str]) -> None:
    one = rows(zoho, f"select Subject from Tasks where ({OWN} and 'What_Id->Deals.Stage' in ('Qualification'))")
    assert [row["Subject"] for row in one] == ["errand a"]
    either = f"(What_Id = '{ids['account']}' or What_Id is null)"
    query = f"select Subject from Tasks where ({OWN} and {either}) order by 'What_Id->Accounts.Account_Name' desc"
    assert [row["Subject"] for row in rows(zoho, query)] == ["errand b", "errand c"]


@pytest.mark.parametrize(
    "path",
    [
        "What_Id.Deal_Name",
        "What_Id->Contacts.Last_Name",
        "What_Id->users.id",
        "What_Id->Nothing.id",
        "What_Id->Deals.Nothing",
        "Subject->Deals.id",
    ],
)
def test_a_way_that_leads_to_no_field_is_refused(zoho: Zoho, path: str) -> None:
    answer = zoho.post("/coql", {"select_query": f"select id from Tasks where '{path}' is null"})
    assert (answer.status_code, answer.json()["details"]) == (400, {"column_name": path})
