"""COQL follows a lookup to many modules with the module named behind an arrow (docs/vendor/zoho.md §3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.server import Sandbox
from sandbox.zoho.fields import Module, field, multi_lookup
from sandbox.zoho.modules import MODULES
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Iterator

ERRANDS = Module(
    api_name="Errands",
    singular="Errand",
    plural="Errands",
    number=99,
    name_field="Subject",
    own_fields=(
        field("Subject", "text", 100),
        multi_lookup("What_Id", "Deals", "Accounts"),
    ),
)
ADMIN, SOME_DAY = 5000000000000201, 1_790_000_000


@pytest.fixture(scope="module")
def errands() -> Iterator[Zoho]:
    """A module with such a lookup, and three records: about a deal, about an account, about nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODULES, "Errands", ERRANDS)
        with Sandbox(only="zoho") as running:
            zoho = Zoho(running)
            account = {"data": [{"Account_Name": "Kite GmbH"}]}
            account_id = zoho.post("/Accounts", account).json()["data"][0]["details"]["id"]
            deal = {"Deal_Name": "Kite one", "Stage": "Qualification", "Pipeline": "Standard"}
            made = zoho.post("/Deals", {"data": [deal | {"Account_Name": {"id": account_id}}]})
            deal_id = made.json()["data"][0]["details"]["id"]
            for number, (subject, target) in enumerate((("a", deal_id), ("b", account_id), ("c", None)), start=1):
                common = (number, ADMIN, ADMIN, SOME_DAY, ADMIN, SOME_DAY, SOME_DAY, False)
                row = (*common, subject, target and int(target))
                running.zoho.state.tables["Errands"].put(row)
            yield zoho


def rows(zoho: Zoho, query: str) -> list[dict[str, Any]]:
    answer = zoho.post("/coql", {"select_query": query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def test_each_record_shows_what_the_named_module_has(errands: Zoho) -> None:
    query = (
        "select Subject, 'What_Id->Deals.Deal_Name', 'What_Id->Accounts.Account_Name' as account, "
        "'What_Id->Deals.Account_Name.Account_Name' from Errands where id is not null"
    )
    keys = ("Subject", "What_Id->Deals.Deal_Name", "account", "What_Id->Deals.Account_Name.Account_Name", "id")
    assert rows(errands, query) == [
        dict(zip(keys, ("a", "Kite one", None, "Kite GmbH", "1"), strict=True)),
        dict(zip(keys, ("b", None, "Kite GmbH", None, "2"), strict=True)),
        dict(zip(keys, ("c", None, None, None, "3"), strict=True)),
    ]


def test_such_a_lookup_alone_shows_its_module_instead_of_a_name(errands: Zoho) -> None:
    found = rows(errands, "select What_Id from Errands where id is not null")
    modules = errands.get("/settings/modules").json()["modules"]
    ids = {module["api_name"]: module["id"] for module in modules}
    assert [row["What_Id"] and row["What_Id"]["module"] for row in found] == [
        {"api_name": "Deals", "id": ids["Deals"]},
        {"api_name": "Accounts", "id": ids["Accounts"]},
        None,
    ]
    assert set(found[0]["What_Id"]) == {"module", "id"}


def test_criteria_and_orders_follow_it_too(errands: Zoho) -> None:
    one = rows(errands, "select Subject from Errands where 'What_Id->Deals.Stage' in ('Qualification')")
    assert [row["Subject"] for row in one] == ["a"]
    target = rows(errands, "select What_Id from Errands where id = 2")[0]["What_Id"]["id"]
    either = f"(What_Id = '{target}' or What_Id is null) order by 'What_Id->Accounts.Account_Name' desc"
    assert [row["Subject"] for row in rows(errands, f"select Subject from Errands where {either}")] == ["b", "c"]  # noqa: S608 - a query of the test's own


@pytest.mark.parametrize(
    "path",
    [
        "What_Id.Deal_Name",
        "What_Id->Leads.Last_Name",
        "What_Id->users.id",
        "What_Id->Nothing.id",
        "What_Id->Deals.Nothing",
        "Subject->Deals.id",
    ],
)
def test_a_way_that_leads_to_no_field_is_refused(errands: Zoho, path: str) -> None:
    query = f"select id from Errands where '{path}' is null"  # noqa: S608 - a query of the test's own
    answer = errands.post("/coql", {"select_query": query})
    assert (answer.status_code, answer.json()["details"]) == (400, {"column_name": path})
