"""COQL refuses what Zoho refuses, with the bodies of docs/vendor/zoho.md §3."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

FORMED, PARSING = "Invalid query formed", "error occured while parsing the query"
NOT_SUPPORTED, UNEXPECTED = "given coql query not supported", "unexpected token"
ALIAS = (
    "column name or property name given in select columns without alias name "
    "cannot be an alias name for other select columns"
)
EVERY = "id is not null"
TEXT_OPERATOR = {"reason": "invalid operator found", "column_name": "Last_Name"}


def many(part: str, count: int, separator: str = ", ") -> str:
    return separator.join(part.format(n) for n in range(count))


def paired(condition: str, count: int) -> str:
    """`((a and b) and c) …`."""
    criteria = condition
    for _ in range(count - 1):
        criteria = f"({criteria} and {condition})"
    return criteria


@pytest.mark.parametrize(
    ("query", "code", "details", "message"),
    [
        # The sheet's rows, from the top.
        ("select id from Leads", "SYNTAX_ERROR", {"clause": "where"}, "missing clause"),
        ("select id from Nothing order by id", "SYNTAX_ERROR", {"clause": "where"}, "missing clause"),
        ("select id where id = 1", "SYNTAX_ERROR", {"clause": "from"}, "missing clause"),
        ("select id, FROM Leads", "SYNTAX_ERROR", {"line": 1, "column": 12, "near": "FROM"}, UNEXPECTED),
        (
            "select id\n from Leads\n where id = = 1",
            "SYNTAX_ERROR",
            {"line": 3, "column": 13, "near": "="},
            UNEXPECTED,
        ),
        ("select * from Leads", "SYNTAX_ERROR", {"line": 1, "column": 8, "near": "*"}, UNEXPECTED),
        (
            "select id, Last_Name from Leads where Last_Name = 'O\\'Brien'",
            "SYNTAX_ERROR",
            {"line": 1, "column": 55, "near": "Brien"},
            UNEXPECTED,
        ),
        ("select External from Leads", "SYNTAX_ERROR", {"line": 1, "column": 8, "near": "External"}, UNEXPECTED),
        (
            "select id from Leads where ((id > 1)",
            "SYNTAX_ERROR",
            {"line": 1, "column": 37, "near": ""},
            UNEXPECTED,
        ),
        (f"select id from Leads where {EVERY} and {EVERY} and {EVERY}", "SYNTAX_ERROR", {"near": "and"}, PARSING),
        (f"select id from Leads where ({EVERY} or {EVERY} or {EVERY})", "SYNTAX_ERROR", {"near": "or"}, PARSING),
        (f"select id from Leads where {'(' * 5000}{EVERY}{')' * 5000}", "SYNTAX_ERROR", {"near": "("}, PARSING),
        ("select id from Leads where not id = 1", "SYNTAX_ERROR", {"operator": "not"}, "operator not supported"),
        ("select id from Leads where id <> 1", "SYNTAX_ERROR", {"operator": "<>"}, "operator not supported"),
        ("select id from Leads where id has 1", "SYNTAX_ERROR", {"operator": "has"}, "operator not supported"),
        ("update Leads set Last_Name = 'x'", "SYNTAX_ERROR", {}, NOT_SUPPORTED),
        ("", "SYNTAX_ERROR", {}, NOT_SUPPORTED),
        (f"select Nothing from Leads where {EVERY}", "INVALID_QUERY", {"column_name": "Nothing"}, None),
        ("select id from Leads where last_name = 'x'", "INVALID_QUERY", {"column_name": "last_name"}, None),
        (
            f"select Owner.Nothing, Nothing.id from Leads where {EVERY}",
            "INVALID_QUERY",
            {"column_name": "Owner.Nothing"},
            "column given seems to be invalid",
        ),
        (f"select Company.id from Leads where {EVERY}", "INVALID_QUERY", {"column_name": "Company.id"}, None),
        (
            f"select 'Owner->users.email' from Leads where {EVERY}",
            "INVALID_QUERY",
            {"column_name": "Owner->users.email"},
            None,
        ),
        (f"select COUNT(Company) from Leads where {EVERY}", "INVALID_QUERY", {"column_name": "Company"}, None),
        (
            f"select id from Leads where {EVERY} order by Description",
            "INVALID_QUERY",
            {"column_name": "Description"},
            "unsupported column",
        ),
        (
            "select id from Leads where Last_Name > 'x'",
            "INVALID_QUERY",
            TEXT_OPERATOR | {"operator": ">"},
            FORMED,
        ),
        (
            "select id from Leads where Last_Name between 'x' and 'y'",
            "INVALID_QUERY",
            TEXT_OPERATOR | {"operator": "between"},
            FORMED,
        ),
        (
            "select id from Leads where Last_Name not like 'x%'",
            "INVALID_QUERY",
            TEXT_OPERATOR | {"operator": "not like"},
            FORMED,
        ),
        (
            "select id from Leads where Owner like '%1%'",
            "INVALID_QUERY",
            {"reason": "invalid operator found", "column_name": "Owner", "operator": "like"},
            FORMED,
        ),
        (
            "select id from Leads where Email_Opt_Out is null",
            "INVALID_QUERY",
            {"reason": "invalid operator found", "column_name": "Email_Opt_Out", "operator": "is null"},
            FORMED,
        ),
        (
            "select id from Leads where Annual_Revenue like '1%'",
            "INVALID_QUERY",
            {"reason": "invalid operator found", "column_name": "Annual_Revenue", "operator": "like"},
            FORMED,
        ),
        (
            "select id from Leads where Description is not null",
            "INVALID_QUERY",
            {"cv_criteria": False, "column_name": "Description", "value": "${EMPTY}", "operator": "!="},
            "unsupported column in criteria",
        ),
        (
            "select id from Leads where Tag = 'hot'",
            "INVALID_QUERY",
            {"cv_criteria": False, "column_name": "Tag", "value": "hot", "operator": "="},
            "unsupported column in criteria",
        ),
        (
            f"select Last_Name from Leads where {EVERY} limit s",
            "INVALID_QUERY",
            {"limit": "s"},
            "limit given seems to be invalid",
        ),
        (f"select id from Leads where {EVERY} limit 1.5", "INVALID_QUERY", {"limit": "1.5"}, None),
        (f"select id from Leads where {EVERY} limit {'9' * 5000}", "INVALID_QUERY", {"limit": "9" * 5000}, None),
        (f"select id from Leads where {EVERY} limit x, 5", "INVALID_QUERY", {"offset": "x"}, None),
        (f"select id from Leads where {EVERY} limit 5 offset -1", "INVALID_QUERY", {"offset": "-1"}, None),
        (
            f"select Last_Name, id, Last_Name from Leads where {EVERY}",
            "DUPLICATE_DATA",
            {"column_name": "Last_Name"},
            "duplicate select column",
        ),
        (f"select id from Leads where {EVERY} order by id, id", "DUPLICATE_DATA", {"column_name": "id"}, None),
        (
            f"select COUNT(id) from Leads where {EVERY} group by Rating, Rating",
            "DUPLICATE_DATA",
            {"column_name": "Rating"},
            None,
        ),
        (
            f"select First_Name as Name, Last_Name as Name from Leads where {EVERY}",
            "DUPLICATE_ALIAS",
            {"referred_columns": ["First_Name", "Last_Name"], "alias": "Name"},
            "same alias cannot refer more than one column",
        ),
        (
            f"select First_Name as '' from Leads where {EVERY}",
            "INVALID_ALIAS",
            {"column_name": "First_Name", "alias": ""},
            "alias name cannot be an empty string",
        ),
        (
            f"select MAX(Annual_Revenue), MAX(Annual_Revenue) from Leads where {EVERY}",
            "DUPLICATE_DATA",
            {"column_name": "Annual_Revenue", "aggregate": "MAX"},
            "duplicate aggregate function",
        ),
        (
            f"select TestFunction(Last_Name) from Leads where {EVERY}",
            "INVALID_DATA",
            {"reason": "unsupported aggregate function", "column": "TestFunction(Last_Name)"},
            "invalid data",
        ),
        (
            f"select count(id) from Leads where {EVERY}",
            "INVALID_DATA",
            {"reason": "unsupported aggregate function", "column": "count(id)"},
            "invalid data",
        ),
        (
            f"select First_Name as Last_Name, Last_Name from Leads where {EVERY}",
            "INVALID_QUERY",
            {"column_name": "First_Name", "alias": "Last_Name"},
            ALIAS,
        ),
        (f"select id from Leads#123 where {EVERY}", "INVALID_QUERY", {"cvid": "123"}, None),
        (f"select id from Leads where {EVERY} limit 0", "INVALID_DATA", {}, "limit should be greater than 0"),
        (f"select id from Leads where {EVERY} limit -5", "INVALID_DATA", {}, "limit should be greater than 0"),
        (f"select id from leads where {EVERY}", "INVALID_MODULE", {}, "the given module is not supported in api"),
        (f"select id from roles where {EVERY}", "INVALID_MODULE", {}, "the given module is not supported in api"),
        # A column beside an aggregate or a group that is in no group.
        (f"select COUNT(id), Rating from Leads where {EVERY}", "INVALID_QUERY", {}, FORMED),
        (f"select Rating from Leads where {EVERY} group by Rating order by id", "INVALID_QUERY", {}, FORMED),
        (f"select id from Leads where {EVERY} order by COUNT(id)", "INVALID_QUERY", {}, FORMED),
        # Every limit.
        (f"select id from Leads where {EVERY} limit 2001", "LIMIT_EXCEEDED", {"limit": 2000}, None),
        (f"select id from Leads where {EVERY} limit 99000, 1001", "LIMIT_EXCEEDED", {"limit": 100_000}, None),
        (f"select id from Leads where {paired('id > 1', 26)}", "LIMIT_EXCEEDED", {"limit": 25}, None),
        (f"select id from Leads where id in ({many('{}', 101)})", "LIMIT_EXCEEDED", {"limit": 100}, None),
        (f"select id from Leads where {EVERY} order by {many('F{}', 11)}", "LIMIT_EXCEEDED", {"limit": 10}, None),
        (
            f"select COUNT(id) from Leads where {EVERY} group by Rating, Industry, City, State, Owner",
            "LIMIT_EXCEEDED",
            {"limit": 4},
            None,
        ),
        (f"select {many('COUNT(F{})', 6)} from Leads where {EVERY}", "LIMIT_EXCEEDED", {"limit": 5}, None),
        (f"select {many('F{}', 501)} from Leads where {EVERY}", "LIMIT_EXCEEDED", {"limit": 500}, None),
        (
            f"select Account_Name.Parent_Account.Owner.email from Contacts where {EVERY}",
            "LIMIT_EXCEEDED",
            {"limit": 2},
            None,
        ),
        (
            "select id from Leads where ((Owner.role.id = 1 and Created_By.role.id = 1) and Modified_By.role.id = 1)",
            "LIMIT_EXCEEDED",
            {"limit": 5},
            None,
        ),
    ],
)
def test_wrong_queries_are_refused(zoho: Zoho, query: str, code: str, details: Any, message: str | None) -> None:
    answer = zoho.post("/coql", {"select_query": query})
    body = answer.json()
    assert (answer.status_code, body["code"], body["details"], body["status"]) == (400, code, details, "error")
    assert message in (None, body["message"])


@pytest.mark.parametrize(
    ("where", "data_type", "column"),
    [
        ("id = 'x'", "bigint", "id"),
        ("id in (1, 'x')", "bigint", "id"),
        ("Owner = 'Asha'", "ownerlookup", "Owner"),
        ("No_of_Employees = 'adfkahfd'", "integer", "No_of_Employees"),
        ("Annual_Revenue > '1e9'", "currency", "Annual_Revenue"),
        ("Modified_Time > '2026-10-01'", "datetime", "Modified_Time"),
        ("Modified_Time > '2026-10-01T00:00:00Z'", "datetime", "Modified_Time"),
        ("Modified_Time > '2026-10-01T00:00:00.000+08:00'", "datetime", "Modified_Time"),
        ("Modified_Time != null", "datetime", "Modified_Time"),
        ("Email_Opt_Out = 'maybe'", "boolean", "Email_Opt_Out"),
    ],
)
def test_values_of_another_type_are_refused(zoho: Zoho, where: str, data_type: str, column: str) -> None:
    answer = zoho.post("/coql", {"select_query": f"select id from Leads where {where}"})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": "INVALID_QUERY",
            "details": {"expected_data_type": data_type, "column_name": column},
            "message": "value given seems to be invalid for the column",
            "status": "error",
        },
    )


def test_all_limits_can_be_reached(zoho: Zoho) -> None:
    ids = many("{}", 100)
    columns = "COUNT(id), COUNT(Owner), COUNT(Rating), SUM(Annual_Revenue), AVG(Annual_Revenue)"
    for query, status in (
        (f"select id from Leads where {EVERY} limit 98000, 2000", 204),
        (f"select id from Leads where {paired('id > 1', 25)}", 200),
        (f"select id from Leads where id in ({ids})", 204),
        (f"select {columns} from Leads where {EVERY} group by Rating, Industry, Lead_Source, Owner", 200),
    ):
        assert zoho.post("/coql", {"select_query": query}).status_code == status


def test_select_takes_fifteen_joins(zoho: Zoho) -> None:
    users, beyond = ("Owner", "Created_By", "Modified_By"), ("role", "profile", "Reporting_To")
    # Three to the users, and nine from them.
    twelve = [f"{user}.{further}.id" for user in users for further in beyond]
    fifteen = [*twelve, "Converted_Account.Owner.email", "Converted_Contact.Email"]
    for columns, status in ((fifteen, 200), ([*fifteen, "Converted_Deal.Amount"], 400)):
        query = f"select {', '.join(columns)} from Leads where {EVERY} limit 5"
        answer = zoho.post("/coql", {"select_query": query})
        assert answer.status_code == status, answer.text
    assert (answer.json()["code"], answer.json()["details"]) == ("LIMIT_EXCEEDED", {"limit": 15})


@pytest.mark.parametrize("most", [50, 200])
def test_the_width_of_select_is_a_switch(zoho: Zoho, most: int) -> None:
    zoho.edit("switches", "update", coql_most_columns=most)
    answer = zoho.post("/coql", {"select_query": f"select {many('F{}', most + 1)} from Leads where {EVERY}"})
    assert (answer.json()["code"], answer.json()["details"]) == ("LIMIT_EXCEEDED", {"limit": most})
    narrower = zoho.post("/coql", {"select_query": f"select {many('F{}', most)} from Leads where {EVERY}"})
    assert narrower.json()["details"] == {"column_name": "F0"}
    zoho.edit("switches", "update", coql_most_columns=500)
