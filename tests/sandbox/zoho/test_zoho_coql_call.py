"""The COQL call: its body, scopes and credits (docs/vendor/zoho.md §1.5, §3, §8.2), and nonsense of all kinds."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho

EVERY = "id is not null"
OF_THE_BODY = {"api_name": "include_meta", "supported_values": ["fields"]}


@pytest.mark.parametrize(
    ("body", "code", "details", "message"),
    [
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "select_query"}, "mandatory key not found"),
        (
            {"select_query": ["select"]},
            "INVALID_DATA",
            {"expected_data_type": "text", "api_name": "select_query", "json_path": "$.select_query"},
            "invalid data",
        ),
        (
            {"include_meta": "fields"},
            "INVALID_DATA",
            {"expected_data_type": "jsonarray", "api_name": "include_meta", "json_path": "$.include_meta"},
            "invalid data",
        ),
        ({"include_meta": ["x"]}, "INVALID_DATA", OF_THE_BODY | {"json_path": "$.include_meta[0]"}, "invalid data"),
        (
            {"include_meta": ["fields", 1]},
            "INVALID_DATA",
            OF_THE_BODY | {"expected_data_type": "text", "json_path": "$.include_meta[1]"},
            "invalid data",
        ),
    ],
)
def test_wrong_bodies_are_refused(zoho: Zoho, body: Any, code: str, details: Any, message: str) -> None:
    query = {"select_query": f"select id from Leads where {EVERY}"} if "include_meta" in body else {}
    answer = zoho.post("/coql", query | body)
    assert (answer.status_code, answer.json()) == (
        400,
        {"code": code, "details": details, "message": message, "status": "error"},
    )


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"select id from Leads"', "\ufffd"])
def test_bodies_that_are_no_json_object_are_refused(zoho: Zoho, content: str) -> None:
    answer = zoho.call("POST", "/coql", data=content.encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_DATA")


def test_only_post_is_served(zoho: Zoho) -> None:
    assert zoho.get("/coql").json()["code"] == "INVALID_REQUEST_METHOD"


@pytest.fixture(scope="module")
def scoped(zoho: Zoho) -> dict[str, Zoho]:
    """Callers whose tokens may do less."""
    grants = {
        "coql": ("ZohoCRM.coql.READ",),
        "leads": ("ZohoCRM.coql.READ", "ZohoCRM.modules.leads.READ"),
        "custom": ("ZohoCRM.coql.READ", "ZohoCRM.modules.custom.ALL"),
        "users": ("ZohoCRM.coql.READ", "ZohoCRM.users.READ", "ZohoCRM.modules.leads.ALL"),
        "fields": ("ZohoCRM.coql.READ", "ZohoCRM.modules.READ", "ZohoCRM.settings.fields.READ"),
        "modules": ("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL"),
    }
    callers = {}
    for name, scopes in grants.items():
        code = zoho.edit("grants", "create", scope=",".join(scopes))["code"]
        form = CREDENTIALS | {"grant_type": "authorization_code", "code": code}
        made = requests.post(f"{zoho.base}/oauth/v2/token", data=form, timeout=10).json()
        callers[name] = Zoho(zoho.sandbox, CREDENTIALS | {"refresh_token": made["refresh_token"]})
    return callers


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ({"select_query": f"select id from Leads where {EVERY}"}, {"leads", "users", "fields"}),
        ({"select_query": f"select Owner.email from Leads where {EVERY}"}, {"users", "fields"}),
        ({"select_query": f"select Converted_Deal.Amount from Leads where {EVERY}"}, {"fields"}),
        ({"select_query": f"select last_name from users where {EVERY}"}, {"users", "fields"}),
        ({"select_query": "select COUNT(id) from Sales_Performance where id is null"}, {"custom", "fields"}),
        ({"select_query": f"select id from Leads where {EVERY}", "include_meta": ["fields"]}, {"fields"}),
    ],
)
def test_each_module_that_is_touched_needs_its_scope(
    scoped: dict[str, Zoho], query: dict[str, Any], allowed: set[str]
) -> None:
    answers = {name: caller.post("/coql", query) for name, caller in scoped.items()}
    assert {name for name, answer in answers.items() if answer.status_code == 200} == allowed
    for answer in answers.values():
        if answer.status_code != 200:
            assert (answer.status_code, answer.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.parametrize(("limit", "price"), [("", 1), ("limit 200", 1), ("limit 201", 2), ("limit 1000", 2)])
def test_credits_follow_the_limit(zoho: Zoho, limit: str, price: int) -> None:
    assert spent(zoho, f"select id from Leads where {EVERY} {limit}") == price


def test_large_pages_cost_three_credits_and_refusals_one(zoho: Zoho) -> None:
    assert spent(zoho, f"select id from Leads where {EVERY} limit 100, 1001") == 3
    assert spent(zoho, f"select id from Leads where {EVERY} limit 2000 offset 5") == 3
    assert spent(zoho, "select id from Leads where id = 1 limit 2000") == 3
    assert spent(zoho, f"select id from Leads where {EVERY} limit 2001") == 1


def spent(zoho: Zoho, query: str) -> int:
    before = zoho.sandbox.world.credits["zoho"]
    zoho.post("/coql", {"select_query": query})
    return zoho.sandbox.world.credits["zoho"] - before


WORDS = (
    "select from where and or not in is null like between group order by limit offset as asc desc Leads users id "
    "Last_Name Owner.email Tag Amount COUNT(id) COUNT ( ) , = != > <= '%a%' 'x' '' 5 -1 1.5 '2026-10-01' # -> ! * "
    "true Modified_Time Created_By Layout Full_Name Record_Image \" ' \n"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=30).map(" ".join) | st.text(max_size=80))
def test_nonsense_is_refused_and_never_breaks_the_server(zoho: Zoho, text: str) -> None:
    for query in (text, f"select id from Leads where {text}", f"select {text} from Leads where id is not null"):
        answer = zoho.post("/coql", {"select_query": query})
        assert answer.status_code in (200, 204, 400)


@pytest.mark.parametrize(
    "query",
    [
        "select id from Leads where Last_Name = '" + "x" * 1_000_000 + "'",
        "select id from Leads where Last_Name like '" + "%a" * 100_000 + "%'",
        "select " + "id " * 300_000,
        "(" * 1_000_000,
        "'" * 1_000_001,
        "select id from Leads where id = " + "9" * 100_000,
    ],
)
def test_absurd_sizes_are_answered(zoho: Zoho, query: str) -> None:
    assert zoho.post("/coql", {"select_query": query}).status_code in (200, 204, 400)
