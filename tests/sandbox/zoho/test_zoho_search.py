"""Search and count by criteria, email, phone and word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.zoho.test_zoho_switches import switched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.zoho.conftest import Zoho

LEADS = (
    {"Last_Name": "Quill", "First_Name": "Ann", "Company": "Qzeta Ltd", "Email": "ann@qzeta.example", "Phone": "+86 138-0001"},
    {"Last_Name": "Quill", "First_Name": "Bob", "Company": "Qzeta (Asia), Ltd", "Email": "bob@qzeta.example"},
    {"Last_Name": "Quine", "First_Name": "Cy", "Company": "Qomega", "Secondary_Email": "cy@qzeta.example", "Mobile": "1380002"},
)  # fmt: skip
NUMBERS = (
    {"No_of_Employees": 5, "Annual_Revenue": 100.5, "Rating": "Active", "Email_Opt_Out": True},
    {"No_of_Employees": 50, "Annual_Revenue": 2000, "Rating": "Acquired", "Lead_Status": "Contacted"},
    {"No_of_Employees": 500, "Rating": "Active", "Lead_Status": "Contacted"},
)


@pytest.fixture(scope="module")
def leads(zoho: Zoho) -> Iterator[dict[str, str]]:
    """Ids by first name of three leads, which nothing else resembles."""
    items = [one | other for one, other in zip(LEADS, NUMBERS, strict=True)]
    results = zoho.post("/Leads", {"data": items}).json()["data"]
    assert {result["code"] for result in results} == {"SUCCESS"}
    yield {item["First_Name"]: result["details"]["id"] for item, result in zip(LEADS, results, strict=True)}
    zoho.call("DELETE", "/Leads", params={"ids": ",".join(result["details"]["id"] for result in results)})


def found(zoho: Zoho, **params: Any) -> list[str]:
    answer = zoho.get("/Leads/search", fields="First_Name", sort_order="asc", **params)
    assert answer.status_code in (200, 204), answer.text
    return [record["First_Name"] for record in answer.json()["data"]] if answer.content else []


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ("((Email:equals:ann@qzeta.example))", ["Ann"]),
        ("(Company:equals:qzeta)", ["Ann", "Bob"]),
        ("Company:equals:Qomega", ["Cy"]),
        ("(Company:starts_with:Qz)", ["Ann", "Bob"]),
        ("(Company:starts_with:Ltd)", []),
        (r"(Company:equals:Qzeta \(Asia\)\, Ltd)", ["Bob"]),
        (r"(Company:in:Qomega,Qzeta \(Asia\)\, Ltd)", ["Bob", "Cy"]),
        ("((Last_Name:equals:Quill)and(First_Name:starts_with:B))", ["Bob"]),
        ("((Last_Name:equals:Quill) AND (First_Name:in:Bob,Cy)) or (First_Name:equals:Cy)", ["Bob", "Cy"]),
        ("(First_Name:equals:Cy)or(Last_Name:equals:Quill)and(First_Name:equals:Ann)", ["Ann", "Cy"]),
        ("((Full_Name:starts_with:Ann)and(Company:equals:Qz))", ["Ann"]),
        ("((Company:starts_with:Qz)and(Email:not_equal:ann@qzeta.example))", ["Bob"]),
        ("((Company:starts_with:Q)and(Rating:equals:Active)and(Last_Name:starts_with:Qui))", ["Ann", "Cy"]),
        ("((Last_Name:starts_with:Qui)and(Rating:equals:Act))", []),
        ("((Last_Name:starts_with:Qui)and(Rating:in:Active,Acquired))", ["Ann", "Bob", "Cy"]),
        ("((Last_Name:starts_with:Qui)and(No_of_Employees:between:5,50))", ["Ann", "Bob"]),
        ("((Last_Name:starts_with:Qui)and(No_of_Employees:greater_than:50))", ["Cy"]),
        ("((Last_Name:starts_with:Qui)and(No_of_Employees:greater_equal:50))", ["Bob", "Cy"]),
        ("((Last_Name:starts_with:Qui)and(No_of_Employees:less_than:50))", ["Ann"]),
        ("((Last_Name:starts_with:Qui)and(Annual_Revenue:less_equal:100.5))", ["Ann"]),
        ("((Last_Name:starts_with:Qui)and(Annual_Revenue:not_equal:2000))", ["Ann"]),
        ("((Last_Name:starts_with:Qui)and(Email_Opt_Out:equals:true))", ["Ann"]),
        ("((Last_Name:starts_with:Qui)and(Owner:equals:5000000000000201))", ["Ann", "Bob", "Cy"]),
        ("((Last_Name:starts_with:Qui)and(Owner:equals:CRM Admin))", ["Ann", "Bob", "Cy"]),
        ("((Last_Name:starts_with:Qui)and(Owner:in:5000000000000211,5000000000000212))", []),
        ("((Last_Name:starts_with:Qui)and(Created_Time:greater_than:2020-01-01T00:00:00+08:00))", ["Ann", "Bob", "Cy"]),
        ("((Last_Name:starts_with:Qui)and(Created_Time:between:2020-01-01T00:00:00Z,2021-01-01T00:00:00Z))", []),
    ],
)
def test_criteria_find_records(zoho: Zoho, leads: dict[str, str], criteria: str, names: list[str]) -> None:
    assert found(zoho, criteria=criteria) == names
    assert zoho.get("/Leads/actions/count", criteria=criteria).json() == {"count": len(names)}


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"email": "cy@qzeta.example"}, ["Cy"]),
        ({"email": "QZETA"}, ["Ann", "Bob", "Cy"]),
        ({"phone": "138 0001"}, ["Ann"]),
        ({"phone": "1380002"}, ["Cy"]),
        ({"word": "qomega"}, ["Cy"]),
        ({"word": "qzeta", "email": "bob@qzeta.example"}, ["Bob"]),
        ({"criteria": "(Company:equals:Qomega)", "email": "bob@qzeta.example"}, ["Cy"]),
    ],
)
def test_email_phone_and_word_find_records(
    zoho: Zoho, leads: dict[str, str], params: dict[str, str], names: list[str]
) -> None:
    assert found(zoho, **params) == names
    assert zoho.get("/Leads/actions/count", **params).json() == {"count": len(names)}


def test_a_search_without_fields_shows_whole_records(zoho: Zoho, leads: dict[str, str]) -> None:
    body = zoho.get("/Leads/search", criteria="(Company:equals:Qomega)").json()
    record = body["data"][0]
    assert (record["id"], record["Full_Name"], record["Tag"], record["$approved"]) == (
        leads["Cy"],
        "Cy Quine",
        [],
        True,
    )
    assert {"Owner", "Locked__s", "$currency_symbol", "$converted", "Layout", "Record_Status__s"} <= set(record)
    assert body["info"] == {
        "call": False,
        "per_page": 200,
        "next_page_token": None,
        "count": 1,
        "sort_by": "id",
        "page": 1,
        "previous_page_token": None,
        "page_token_expiry": None,
        "sort_order": "desc",
        "email": False,
        "more_records": False,
    }


def test_pages_of_a_search_are_sorted_and_end_at_two_thousand(zoho: Zoho) -> None:
    asked = {"criteria": "(Amount:greater_equal:0)", "fields": "Amount", "sort_by": "Amount", "sort_order": "asc"}
    pages = [zoho.get("/Deals/search", page=page, **asked).json() for page in (1, 2, 10)]
    amounts = [record["Amount"] for page in pages for record in page["data"]]
    assert amounts == sorted(amounts)
    assert (len(amounts), pages[2]["info"]["more_records"]) == (600, True)
    past = zoho.get("/Deals/search", page=11, **asked)
    assert (past.status_code, past.json()) == (
        400,
        {
            "code": "LIMIT_REACHED",
            "details": {"limit": 2000},
            "message": "Maximum response iteration limit reached",
            "status": "error",
        },
    )


def test_converted_leads_are_found_only_if_asked_for(zoho: Zoho) -> None:
    criteria = "(Last_Name:not_equal:nobody at all)"
    counts = {
        converted: zoho.get("/Leads/actions/count", criteria=criteria, converted=converted).json()["count"]
        for converted in ("false", "true", "both")
    }
    assert counts["both"] == counts["true"] + counts["false"]
    assert 0 < counts["true"] < counts["both"]
    assert zoho.get("/Leads/actions/count", criteria=criteria).json()["count"] == counts["false"]


@pytest.mark.parametrize(
    ("params", "code", "details"),
    [
        ({}, "EXPECTED_PARAM_MISSING", {"param_names": ["criteria", "email", "phone", "word"]}),
        ({"word": "x"}, "INVALID_DATA", {"param_name": "word"}),
        ({"phone": "12"}, "INVALID_DATA", {"param_name": "phone"}),
        ({"phone": "call me"}, "INVALID_DATA", {"param_name": "phone"}),
        ({"word": "xx", "per_page": 201}, "LIMIT_EXCEEDED", {"limit": 200, "param_name": "per_page"}),
        ({"word": "xx", "sort_by": "Nope"}, "INVALID_DATA", {"param_name": "sort_by"}),
        ({"word": "xx", "converted": "maybe"}, "INVALID_DATA", {"param_name": "converted"}),
        ({"criteria": "Email"}, "INVALID_QUERY", {"reason": "criteria cannot be read"}),
        ({"criteria": "((Email:equals:a)"}, "INVALID_QUERY", {"reason": "criteria cannot be read"}),
        ({"criteria": "(Email:equals:a))"}, "INVALID_QUERY", {"reason": "criteria cannot be read"}),
        ({"criteria": "(Email:equals:a)(Email:equals:b)"}, "INVALID_QUERY", {"reason": "criteria cannot be read"}),
        ({"criteria": "(Nope:equals:a)"}, "INVALID_QUERY", {"api_name": "Nope"}),
        ({"criteria": "(Layout:equals:a)"}, "INVALID_QUERY", {"api_name": "Layout"}),
        (
            {"criteria": "(Email:like:a)"},
            "INVALID_QUERY",
            {"reason": "invalid operator found", "api_name": "Email", "operator": "like"},
        ),
        ({"criteria": "(Rating:starts_with:A)"}, "INVALID_QUERY", {"api_name": "Rating", "operator": "starts_with"}),
        ({"criteria": "(Email_Opt_Out:equals:yes)"}, "INVALID_QUERY", {"api_name": "Email_Opt_Out"}),
        ({"criteria": "(No_of_Employees:equals:many)"}, "INVALID_QUERY", {"api_name": "No_of_Employees"}),
        ({"criteria": "(Annual_Revenue:equals:nan)"}, "INVALID_QUERY", {"api_name": "Annual_Revenue"}),
        ({"criteria": "(Annual_Revenue:between:1)"}, "INVALID_QUERY", {"api_name": "Annual_Revenue"}),
        ({"criteria": "(Modified_Time:equals:2026-01-01)"}, "INVALID_QUERY", {"api_name": "Modified_Time"}),
        ({"criteria": "(Owner:in:1,me)"}, "INVALID_QUERY", {"api_name": "Owner"}),
        ({"criteria": "(Email:in:" + ",".join(["a"] * 101) + ")"}, "INVALID_QUERY", {"api_name": "Email"}),
        ({"criteria": "and".join(["(Email:equals:a)"] * 11)}, "INVALID_QUERY", {"limit": 10}),
        ({"criteria": "(" * 3000}, "INVALID_QUERY", {"reason": "too many parentheses"}),
    ],
)
def test_searches_that_are_wrong_are_refused(
    zoho: Zoho, params: dict[str, Any], code: str, details: dict[str, Any]
) -> None:
    answer = zoho.get("/Leads/search", **params)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, "error")
    assert answer.json()["details"].items() >= details.items()


def test_a_count_takes_no_view_beside_criteria_and_knows_none(zoho: Zoho) -> None:
    both = zoho.get("/Leads/actions/count", cvid="1", criteria="(Email:equals:a)")
    assert (both.status_code, both.json()["code"], both.json()["details"]) == (
        400,
        "AMBIGUITY_DURING_PROCESSING",
        {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "criteria"}]},
    )
    alone = zoho.get("/Leads/actions/count", cvid="1").json()
    assert (alone["code"], alone["details"]) == ("INVALID_DATA", {"param_name": "cvid"})
    assert zoho.get("/Nothing/search", word="xx").json()["code"] == "INVALID_MODULE"


@pytest.mark.parametrize("module", ["Quoted_Items", "DealHistory"])
def test_lines_and_trackers_are_counted_but_not_searched(zoho: Zoho, module: str) -> None:
    refused = zoho.get(f"/{module}/search", email="a@b.example")
    assert (refused.status_code, refused.json()["code"], refused.json()["status"]) == (400, "NOT_SUPPORTED", "error")
    assert zoho.get(f"/{module}/actions/count", email="a@b.example").json() == {"count": 0}


def test_a_search_costs_a_credit_or_three(zoho: Zoho) -> None:
    spent = []
    for search_credits in (1, 3):
        with switched(zoho, search_credits=search_credits):
            before = zoho.sandbox.world.credits["zoho"]
            zoho.get("/Leads/search", word="xx")
            spent.append(zoho.sandbox.world.credits["zoho"] - before)
    assert spent == [1, 3]


def test_a_search_may_not_know_fresh_edits_yet(zoho: Zoho, leads: dict[str, str]) -> None:
    with switched(zoho, search_delay_s=60):
        zoho.edit("Leads", "update", leads["Ann"], Lead_Status="Contacted")
        assert found(zoho, email="ann@qzeta.example") == []
        assert zoho.get("/Leads", fields="id", ids=leads["Ann"]).status_code == 200
        zoho.control("clock", {"advance_s": 60})
        assert found(zoho, email="ann@qzeta.example") == ["Ann"]


def test_a_count_may_lag_behind(zoho: Zoho) -> None:
    zoho.control("clock", {"advance_s": 120})
    before = zoho.get("/Leads/actions/count").json()["count"]
    with switched(zoho, count_delay_s=120):
        lead = zoho.edit("Leads", "create", Last_Name="Counted", Company="Late Ltd")["id"]
        counts = [zoho.get("/Leads/actions/count").json()["count"]]
        assert [row["id"] for row in zoho.get("/Leads/search", word="Late Ltd").json()["data"]] == [lead]
        zoho.control("clock", {"advance_s": 120})
        counts.append(zoho.get("/Leads/actions/count").json()["count"])
    assert counts == [before, before + 1]


@settings(max_examples=60, deadline=None)
@given(
    criteria=st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    "(",
                    ")",
                    "and",
                    "or",
                    "Email:equals:a",
                    "Owner:in:1,2",
                    "Amount:between:1",
                    ":",
                    "\\",
                    ",",
                    "Tag:in:x",
                ]
            ),
            max_size=12,
        ).map("".join),
    )
)
def test_no_criteria_break_the_server(zoho: Zoho, criteria: str) -> None:
    answer = zoho.get("/Deals/search", criteria=criteria, per_page=1)
    assert answer.status_code in (200, 204, 400)
    if answer.status_code == 400:
        assert answer.json()["code"] in ("INVALID_QUERY", "EXPECTED_PARAM_MISSING")
