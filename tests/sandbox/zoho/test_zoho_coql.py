"""COQL finds, shows and orders records as docs/vendor/zoho.md §3 says."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

Row = dict[str, Any]


def ask(zoho: Zoho, query: str, **more: Any) -> Row:
    answer = zoho.post("/coql", {"select_query": query, **more})
    assert answer.status_code == 200, answer.text
    body: Row = answer.json()
    return body


def rows(zoho: Zoho, query: str) -> list[Row]:
    found: list[Row] = ask(zoho, query)["data"]
    return found


def insert(zoho: Zoho, module: str, *records: Row) -> list[str]:
    answer = zoho.post(f"/{module}", {"data": list(records)})
    assert answer.status_code == 201, answer.text
    return [result["details"]["id"] for result in answer.json()["data"]]


@pytest.fixture(scope="module")
def made(zoho: Zoho) -> dict[str, str]:
    """Ids of a holding with a subsidiary, their contact, and four deals, by name."""
    (holding,) = insert(zoho, "Accounts", {"Account_Name": "Kite Holding", "Industry": "Energy"})
    child = {"Account_Name": "Kite's GmbH", "Parent_Account": {"id": holding}, "Employees": 40}
    (gmbh,) = insert(zoho, "Accounts", child)
    (contact,) = insert(zoho, "Contacts", {"First_Name": "Ada", "Last_Name": "Quill", "Account_Name": {"id": gmbh}})
    common: Row = {"Pipeline": "Standard", "Account_Name": {"id": gmbh}, "Next_Step": "kite"}
    deals: list[Row] = [
        {"Deal_Name": "Kite one", "Stage": "Qualification", "Amount": 1000.5, "Closing_Date": "2026-10-01"},
        {"Deal_Name": "Kite two", "Stage": "Closed Won", "Amount": 2000, "Closing_Date": "2026-10-02"},
        {"Deal_Name": "Kite three", "Stage": "Closed Won", "Amount": None, "Closing_Date": None},
        {"Deal_Name": "kite 'four' 100%", "Stage": "Closed Lost", "Amount": 50, "Closing_Date": "2026-09-30"},
    ]
    ids = insert(zoho, "Deals", *(common | deal for deal in deals))
    names = ("one", "two", "three", "four")
    return {"holding": holding, "gmbh": gmbh, "contact": contact} | dict(zip(names, ids, strict=True))


def names(zoho: Zoho, where: str, rest: str = "") -> list[str]:
    query = f"select Deal_Name from Deals where (Next_Step = 'kite' and ({where})) {rest}"
    answer = zoho.post("/coql", {"select_query": query})
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.text
    return [row["Deal_Name"].removeprefix("Kite ") for row in answer.json()["data"]]


def test_an_answer_has_flat_keys_lookups_with_name_and_id_and_always_the_id(zoho: Zoho, made: dict[str, str]) -> None:
    query = (
        "select Deal_Name, Account_Name, Account_Name.Account_Name, Account_Name.Parent_Account.Account_Name, Amount,"
        " Owner, Closing_Date, Expected_Revenue, Locked__s, Contact_Name, Contact_Name.Email"
        f" from Deals where id = {made['two']}"
    )
    assert ask(zoho, query) == {
        "data": [
            {
                "Deal_Name": "Kite two",
                "Account_Name": {"name": "Kite's GmbH", "id": made["gmbh"]},
                "Account_Name.Account_Name": "Kite's GmbH",
                "Account_Name.Parent_Account.Account_Name": "Kite Holding",
                "Amount": 2000,
                "Owner": {"name": "Admin", "id": "5000000000000201"},
                "Closing_Date": "2026-10-02",
                "Expected_Revenue": 2000,
                "Locked__s": False,
                "Contact_Name": None,
                "Contact_Name.Email": None,
                "id": made["two"],
            }
        ],
        "info": {"count": 1, "more_records": False},
    }


def test_no_rows_are_204_without_a_body(zoho: Zoho) -> None:
    answer = zoho.post("/coql", {"select_query": "select id from Deals where Deal_Name = 'nobody has this name'"})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Deal_Name = 'Kite one'", ["one"]),
        ('Deal_Name = "Kite one"', ["one"]),
        ("Deal_Name = 'kite ''four'' 100%'", ["kite 'four' 100%"]),
        ("Deal_Name != 'Kite one'", ["two", "three", "kite 'four' 100%"]),
        ("Deal_Name like 'Kite t%'", ["two", "three"]),
        ("Deal_Name like '%e'", ["one", "three"]),
        ("Deal_Name like '%four%'", ["kite 'four' 100%"]),
        ("Deal_Name not like '%Kite%'", ["kite 'four' 100%"]),
        ("Stage in ('Closed Lost', Qualification)", ["one", "kite 'four' 100%"]),
        ("Stage not in ('Closed Won')", ["one", "kite 'four' 100%"]),
        ("Amount is null", ["three"]),
        ("Amount is not null", ["one", "two", "kite 'four' 100%"]),
        ("Amount = 1000.50", ["one"]),
        ("Amount != 2000", ["one", "kite 'four' 100%"]),
        ("Amount >= '1000.5'", ["one", "two"]),
        ("Amount > 1000.5", ["two"]),
        ("Amount <= 50", ["kite 'four' 100%"]),
        ("Amount < 50", []),
        ("Amount between 50 and 1001", ["one", "kite 'four' 100%"]),
        ("Amount not between 50 and 1001", ["two"]),
        ("Amount in (50, 2000)", ["two", "kite 'four' 100%"]),
        ("Closing_Date > '2026-09-30'", ["one", "two"]),
        ("Closing_Date between '2026-09-30' and '2026-10-01'", ["one", "kite 'four' 100%"]),
        ("Created_Time > '2000-01-01T00:00:00-07:00'", ["one", "two", "three", "kite 'four' 100%"]),
        ("Locked__s = 'false'", ["one", "two", "three", "kite 'four' 100%"]),
        ("Locked__s = true", []),
        ("Owner = '5000000000000201'", ["one", "two", "three", "kite 'four' 100%"]),
        ("Owner != '5000000000000201'", []),
        ("Contact_Name is not null", []),
        ("Account_Name.Parent_Account.Account_Name = 'Kite Holding'", ["one", "two", "three", "kite 'four' 100%"]),
        ("Account_Name.Employees < 40", []),
        ("(Amount > 60 or Stage = 'Closed Lost') and Closing_Date > '2026-10-01'", ["two"]),
        ("!Deals.Stage = 'Qualification'", ["one"]),
        ("'Stage' = 'Qualification'", ["one"]),
    ],
)
def test_every_operator_by_type(zoho: Zoho, made: dict[str, str], where: str, expected: list[str]) -> None:
    assert names(zoho, where) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", ["one", "two", "three", "kite 'four' 100%"]),
        ("order by Amount", ["three", "kite 'four' 100%", "one", "two"]),
        ("ORDER BY Amount DESC", ["two", "one", "kite 'four' 100%", "three"]),
        ("order by Stage desc, Amount asc", ["one", "three", "two", "kite 'four' 100%"]),
        ("order by id desc", ["kite 'four' 100%", "three", "two", "one"]),
        ("order by Account_Name.Account_Name, Closing_Date", ["three", "kite 'four' 100%", "one", "two"]),
        ("order by id limit 2", ["one", "two"]),
        ("limit 1, 2", ["two", "three"]),
        ("limit 2 offset 3", ["kite 'four' 100%"]),
    ],
)
def test_orders_and_both_forms_of_limit(zoho: Zoho, made: dict[str, str], order: str, expected: list[str]) -> None:
    assert names(zoho, "id is not null", order) == expected


def test_ids_in_any_order_give_records_in_the_querys(zoho: Zoho, made: dict[str, str]) -> None:
    among = f"id in ({made['three']}, '{made['one']}', 42)"
    assert names(zoho, among) == ["one", "three"]
    assert names(zoho, among, "order by id desc") == ["three", "one"]


def test_two_hundred_rows_come_unless_a_limit_says_otherwise(zoho: Zoho) -> None:
    first = ask(zoho, "select id from Contacts where id is not null")
    assert first["info"] == {"count": 200, "more_records": True}
    ids = [row["id"] for row in first["data"]]
    assert ids == sorted(ids, key=int)
    assert ask(zoho, "select id from Contacts where id is not null limit 2000")["info"]["count"] == 2000
    assert ask(zoho, "select id from Contacts where id is not null limit 3000, 2")["info"]["more_records"] is False


def test_an_alias_replaces_the_key_and_can_be_ordered_by(zoho: Zoho, made: dict[str, str]) -> None:
    query = (
        "select 'Deal_Name' AS 'The deal', Amount as sum, Account_Name.Account_Name 'Its account' from Deals "
        "where (Next_Step = 'kite' and Amount is not null) order by sum desc limit 1"
    )
    assert rows(zoho, query) == [
        {"The deal": "Kite two", "sum": 2000, "Its account": "Kite's GmbH", "id": made["two"]},
    ]


def test_aggregates_with_and_without_groups(zoho: Zoho, made: dict[str, str]) -> None:
    functions = "COUNT(id), COUNT(Amount) as n, SUM(Amount), AVG(Amount), MAX(Closing_Date)"
    assert rows(zoho, f"select {functions} from Deals where Next_Step = 'kite'") == [
        {
            "COUNT(id)": 4,
            "n": 3,
            "SUM(Amount)": 3050.5,
            "AVG(Amount)": 1016.8333333333334,
            "MAX(Closing_Date)": "2026-10-02",
        }
    ]
    grouped = "select Stage, COUNT(id), MIN(id), Account_Name from Deals where Next_Step = 'kite'"
    account = {"name": "Kite's GmbH", "id": made["gmbh"]}
    assert rows(zoho, f"{grouped} group by Stage, Account_Name order by COUNT(id) desc, Stage limit 2") == [
        {"Stage": "Closed Won", "COUNT(id)": 2, "MIN(id)": made["two"], "Account_Name": account},
        {"Stage": "Closed Lost", "COUNT(id)": 1, "MIN(id)": made["four"], "Account_Name": account},
    ]
    assert ask(zoho, f"{grouped} group by Stage, Account_Name limit 2")["info"] == {"count": 2, "more_records": True}
    nothing = "select COUNT(id), SUM(Amount), MIN(Created_Time) from Deals where Deal_Name = 'nobody has this name'"
    assert rows(zoho, nothing) == [{"COUNT(id)": 0, "SUM(Amount)": None, "MIN(Created_Time)": None}]


def test_a_sum_may_be_larger_than_any_whole_number_of_json(zoho: Zoho) -> None:
    rich = {"Last_Name": "Rich", "Company": "Vault", "Annual_Revenue": 9_999_999_999_999_999}
    for _ in range(20):
        insert(zoho, "Leads", *[rich] * 100)
    query = "select COUNT(id), SUM(Annual_Revenue), AVG(Annual_Revenue) from Leads where Company = 'Vault'"
    assert rows(zoho, query) == [
        {"COUNT(id)": 2000, "SUM(Annual_Revenue)": 2e19, "AVG(Annual_Revenue)": 10_000_000_000_000_000}
    ]


def test_users_can_be_queried_and_joined(zoho: Zoho, made: dict[str, str]) -> None:
    query = "select full_name, status, role.name, profile, Reporting_To from users where status = 'inactive'"
    assert rows(zoho, query) == [
        {
            "full_name": "Victor Lindqvist",
            "status": "inactive",
            "role.name": "华东 East",
            "profile": {"name": "Standard", "id": "5000000000000030"},
            "Reporting_To": {"name": "Admin", "id": "5000000000000201"},
            "id": "5000000000000231",
        }
    ]
    assert rows(zoho, f"select Owner.email, Owner.profile.name from Deals where id = {made['one']}") == [
        {"Owner.email": "crm.admin@lanting.example", "Owner.profile.name": "Administrator", "id": made["one"]}
    ]
    assert ask(zoho, "select id from Users where last_name is not null")["info"]["count"] == 22


def test_what_was_written_is_found_at_once_and_deleted_records_are_not(zoho: Zoho) -> None:
    (lead,) = insert(zoho, "Leads", {"Last_Name": "Wren", "Company": "Nest"})
    found = "select Last_Name from Leads where Company = 'Nest'"
    assert rows(zoho, found) == [{"Last_Name": "Wren", "id": lead}]
    zoho.edit("Leads", "delete", lead)
    assert zoho.post("/coql", {"select_query": found}).status_code == 204
    zoho.edit("Leads", "restore", lead)
    assert rows(zoho, found) == [{"Last_Name": "Wren", "id": lead}]


def test_a_lookup_to_a_deleted_record_leads_nowhere(zoho: Zoho) -> None:
    (account,) = insert(zoho, "Accounts", {"Account_Name": "Short-lived"})
    (contact,) = insert(zoho, "Contacts", {"Last_Name": "Left", "Account_Name": {"id": account}})
    zoho.edit("Accounts", "delete", account)
    assert rows(zoho, f"select Account_Name.Account_Name from Contacts where id = {contact}") == [
        {"Account_Name.Account_Name": None, "id": contact}
    ]


def test_converted_leads_are_left_out_unless_a_condition_names_them_or_a_switch_is_set(zoho: Zoho) -> None:
    def count(where: str) -> int:
        found: int = rows(zoho, f"select COUNT(id) from Leads where {where}")[0]["COUNT(id)"]
        return found

    converted, not_converted = count("!Leads.Converted__s = 'true'"), count("Converted__s = 'false'")
    everything = zoho.get("/Leads/actions/count").json()["count"]
    assert count("id is not null") == not_converted == everything
    assert converted > 0
    zoho.edit("switches", "update", coql_converted=True)
    assert count("id is not null") == converted + not_converted
    zoho.edit("switches", "update", coql_converted=False)


@pytest.mark.parametrize(
    ("where", "as_in_sql", "differs"),
    [
        ("Amount != 2000", {"one", "kite 'four' 100%"}, {"one", "three", "kite 'four' 100%"}),
        ("Amount not in (50, 2000)", {"one"}, {"one", "three"}),
        ("Amount not between 50 and 1001", {"two"}, {"two", "three"}),
        ("Amount = 2000", {"two"}, {"two"}),
        ("Contact_Name.Last_Name not like '%x%'", set(), {"one", "two", "three", "kite 'four' 100%"}),
    ],
)
def test_a_null_is_no_value_unless_a_switch_says_that_it_differs(
    zoho: Zoho, made: dict[str, str], where: str, as_in_sql: set[str], differs: set[str]
) -> None:
    assert set(names(zoho, where)) == as_in_sql
    zoho.edit("switches", "update", coql_null_differs=True)
    found = set(names(zoho, where))
    zoho.edit("switches", "update", coql_null_differs=False)
    assert found == differs


def test_texts_are_compared_with_regard_to_case_unless_a_switch_is_set(zoho: Zoho, made: dict[str, str]) -> None:
    assert names(zoho, "Deal_Name like 'kite%'") == ["kite 'four' 100%"]
    zoho.edit("switches", "update", coql_ignores_case=True)
    assert names(zoho, "Deal_Name like 'kIte o%' or Stage in ('closed WON')") == ["one", "two", "three"]
    assert names(zoho, "id is not null", "order by Deal_Name") == ["kite 'four' 100%", "one", "three", "two"]
    zoho.edit("switches", "update", coql_ignores_case=False)
    assert names(zoho, "id is not null", "order by Deal_Name desc")[0] == "kite 'four' 100%"


def test_field_descriptions_come_with_the_rows_when_asked_for(zoho: Zoho, made: dict[str, str]) -> None:
    query = f"select Deal_Name, Account_Name.Industry as industry from Deals where id = {made['one']}"
    body = ask(zoho, query, include_meta=["fields"])
    assert list(body) == ["data", "fields", "info"]
    by_module = {
        module: {field["api_name"]: field for field in zoho.get("/settings/fields", module=module).json()["fields"]}
        for module in ("Deals", "Accounts")
    }
    assert body["fields"] == {
        "Deal_Name": by_module["Deals"]["Deal_Name"],
        "industry": by_module["Accounts"]["Industry"],
    }
