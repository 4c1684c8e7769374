"""What a bulk read job is refused for, and with which body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = {"Content-Type": "application/json"}
NOT_SUPPORTED: tuple[str, Any] = ("REQUEST_BODY_NOT_SUPPORTED", {})


@pytest.fixture(autouse=True)
def _fresh(zoho: Zoho) -> Iterator[None]:
    bulk.advance(zoho, 601)
    zoho.refresh()
    yield
    zoho.edit("switches", "update", bulk_rows=200_000, bulk_media_type_status=415)


def refused(answer: requests.Response) -> tuple[int, str, Any]:
    body = answer.json()
    assert body.keys() == {"code", "details", "message", "status"}
    assert body["status"] == "error"
    return answer.status_code, body["code"], body["details"]


def raw(zoho: Zoho, body: bytes, headers: dict[str, str] = JSON) -> requests.Response:
    return zoho.session.post(f"{zoho.base}/crm/bulk/v8/read", data=body, headers=headers, timeout=30)


@pytest.mark.parametrize("status", [415, 400])
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}])
def test_the_body_must_be_declared_as_json(zoho: Zoho, headers: dict[str, str], status: int) -> None:
    zoho.edit("switches", "update", bulk_media_type_status=status)
    answer = raw(zoho, b'{"query":{"module":{"api_name":"Leads"}}}', headers)
    assert answer.json() == {
        "code": "MEDIA_TYPE_NOT_SUPPORTED",
        "details": {},
        "message": "Media type is not supported.",
        "status": "error",
    }
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "REQUEST_BODY_IS_EMPTY"),
        (b" \n", "REQUEST_BODY_IS_EMPTY"),
        (b"{", "REQUEST_BODY_NOT_READABLE"),
        (b"\xff", "REQUEST_BODY_NOT_READABLE"),
        (b"[" * 5_000, "REQUEST_BODY_NOT_READABLE"),
        (b"[]", "REQUEST_BODY_NOT_SUPPORTED"),
        (b"5", "REQUEST_BODY_NOT_SUPPORTED"),
        (b"{}", "REQUEST_BODY_NOT_SUPPORTED"),
    ],
)
def test_a_body_that_is_no_object_is_refused(zoho: Zoho, body: bytes, code: str) -> None:
    assert refused(raw(zoho, body)) == (400, code, {})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"query": 5}, NOT_SUPPORTED),
        ({"query": {}}, NOT_SUPPORTED),
        ({"query": {"module": "Leads"}}, NOT_SUPPORTED),
        ({"query": {"module": {"api_name": 5}}}, NOT_SUPPORTED),
        (bulk.query("Leads") | {"x": 1}, NOT_SUPPORTED),
        (bulk.query("Leads", x=1), NOT_SUPPORTED),
        (bulk.query("Leads", fields="id"), NOT_SUPPORTED),
        (bulk.query("Leads", fields=[5]), NOT_SUPPORTED),
        (bulk.query("Leads", page=0), NOT_SUPPORTED),
        (bulk.query("Leads", page="1"), NOT_SUPPORTED),
        (bulk.query("Leads", page=True), NOT_SUPPORTED),
        ({"query": {"module": {"api_name": "Leads"}, "page_token": "x"}}, NOT_SUPPORTED),
        ({"query": {"page_token": 5}}, NOT_SUPPORTED),
        (bulk.query("Leads") | {"file_type": "xlsx"}, NOT_SUPPORTED),
        (bulk.query("Leads") | {"callback": 5}, NOT_SUPPORTED),
        (bulk.query("Leads", criteria=[]), NOT_SUPPORTED),
        (bulk.query("Nothing"), ("MODULE_NOT_AVAILABLE", {"api_name": "Nothing"})),
        (bulk.query("Notes"), ("MODULE_NOT_SUPPORTED", {})),
        (bulk.query("Attachments"), ("MODULE_NOT_SUPPORTED", {})),
        (bulk.query("Emails"), ("MODULE_NOT_SUPPORTED", {})),
        (bulk.query("Leads") | {"file_type": "ics"}, ("MODULE_NOT_SUPPORTED", {})),
        (bulk.query("Leads", cvid="1"), ("CVID_NOT_SUPPORTED", {})),
        (bulk.query("Leads", fields=["Nothing"]), ("FIELD_NOT_AVAILABLE", {"api_name": "Nothing"})),
        (bulk.query("Leads", fields=["Owner.x"]), ("FIELD_NOT_AVAILABLE", {"api_name": "Owner.x"})),
        (bulk.query("Leads", fields=["Company.x"]), ("FIELD_NOT_AVAILABLE", {"api_name": "Company.x"})),
        (bulk.query("Deals", fields=["Account_Name.x"]), ("FIELD_NOT_AVAILABLE", {"api_name": "Account_Name.x"})),
        (bulk.query("Deals", fields=["$converted"]), ("FIELD_NOT_AVAILABLE", {"api_name": "$converted"})),
        (bulk.query("Leads", page=2), ("PAGE_RANGE_EXCEEDED", {"max_limit": 1})),
        (
            bulk.query("Leads") | {"callback": {"url": "http://localhost/", "method": "get"}},
            ("INVALID_CALLBACK_METHOD", {"supported_callback_methods": ["post"]}),
        ),
        (
            bulk.query("Leads") | {"callback": {"url": "http://localhost/"}},
            ("INVALID_CALLBACK_METHOD", {"supported_callback_methods": ["post"]}),
        ),
        *(
            (bulk.query("Leads") | {"callback": {"url": url, "method": "post"}}, ("INVALID_CALLBACK_URL", {}))
            for url in (None, 5, "", "x", "ftp://localhost/", "http://", "http://[", "http://h:x/", "http://h/\n")
        ),
    ],
)
def test_a_wrong_job_is_refused_and_costs_one_credit(zoho: Zoho, body: Any, error: tuple[str, Any]) -> None:
    before = zoho.sandbox.world.credits["zoho"]
    assert refused(bulk.create(zoho, body)) == (400, *error)
    assert zoho.sandbox.world.credits["zoho"] - before == 1


@pytest.mark.parametrize("token", ["", "nonsense", "0" * 10_000])
def test_a_nonsense_token_is_refused(zoho: Zoho, token: str) -> None:
    details = {"api_name": "page_token", "json_path": "$.query.page_token"}
    answer = bulk.create(zoho, {"query": {"page_token": token}})
    assert refused(answer) == (400, "TOKEN_BOUND_DATA_MISMATCH", details)


def test_a_token_is_its_users_and_lives_for_a_day(zoho: Zoho) -> None:
    zoho.edit("switches", "update", bulk_rows=10)
    job = bulk.created(zoho, bulk.query("Contacts"))
    bulk.advance(zoho, bulk.DONE_S)
    rest = {"query": {"page_token": bulk.poll(zoho, job)["result"]["next_page_token"]}}
    assert bulk.create(zoho, rest).status_code == 201
    other = _as(zoho, "ZohoCRM.bulk.READ,ZohoCRM.modules.ALL", user="5000000000000211")
    details = {"api_name": "page_token", "json_path": "$.query.page_token"}
    assert refused(bulk.create(other, rest)) == (400, "TOKEN_BOUND_DATA_MISMATCH", details)
    bulk.advance(zoho, 86_400)
    zoho.refresh()
    assert refused(bulk.create(zoho, rest)) == (400, "EXPIRED_VALUE", details)


def _as(zoho: Zoho, scope: str, **values: str) -> Zoho:
    """A caller whose token has these scopes only."""
    code = zoho.edit("grants", "create", scope=scope, **values)["code"]
    form = CREDENTIALS | {"grant_type": "authorization_code", "code": code}
    made = requests.post(f"{zoho.base}/oauth/v2/token", data=form, timeout=10).json()
    return Zoho(zoho.sandbox, CREDENTIALS | {"refresh_token": made["refresh_token"]})


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("ZohoCRM.bulk.read,ZohoCRM.modules.leads.READ", 201),
        ("ZohoCRM.bulk.ALL,ZohoCRM.modules.ALL", 201),
        ("ZohoCRM.bulk.READ,ZohoCRM.modules.deals.READ", 401),
        ("ZohoCRM.bulk.READ", 401),
        ("ZohoCRM.bulk.CREATE,ZohoCRM.modules.ALL", 401),
        ("ZohoCRM.modules.ALL", 401),
    ],
)
def test_a_job_needs_the_scopes_of_bulk_and_of_the_module(zoho: Zoho, scope: str, status: int) -> None:
    answer = bulk.create(_as(zoho, scope), bulk.query("Leads"))
    assert answer.status_code == status
    if status == 401:
        assert refused(answer) == (401, "OAUTH_SCOPE_MISMATCH", {})


def test_an_unknown_job_is_no_resource(zoho: Zoho) -> None:
    for answer in (
        zoho.session.get(f"{zoho.base}/crm/bulk/v8/read/77", timeout=10),
        bulk.download(zoho, "77"),
    ):
        assert (answer.status_code, answer.json()) == (
            404,
            {
                "code": "RESOURCE_NOT_FOUND",
                "details": {"resource": "77"},
                "message": "The requested resource doesn't exist.",
                "status": "error",
            },
        )


def test_a_job_that_still_runs_has_no_result(zoho: Zoho) -> None:
    job = bulk.created(zoho, bulk.query("Leads"))
    assert refused(bulk.download(zoho, job)) == (404, "RESOURCE_NOT_FOUND", {"resource": job})


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/crm/bulk/v8/read", 400, "INVALID_REQUEST_METHOD"),
        ("DELETE", "/crm/bulk/v8/read/1", 400, "INVALID_REQUEST_METHOD"),
        ("POST", "/crm/bulk/v8/read/1/result", 400, "INVALID_REQUEST_METHOD"),
        ("POST", "/crm/bulk/v8/reads", 404, "INVALID_URL_PATTERN"),
        ("GET", "/crm/bulk/v8/read/x", 404, "INVALID_URL_PATTERN"),
        ("POST", "/crm/v8/read", 404, "INVALID_URL_PATTERN"),
    ],
)
def test_other_urls_and_methods_are_refused(zoho: Zoho, method: str, path: str, status: int, code: str) -> None:
    answer = zoho.session.request(method, zoho.base + path, json={}, timeout=10)
    assert refused(answer) == (status, code, {})


def test_a_call_beyond_the_daily_credits_is_refused(zoho: Zoho) -> None:
    zoho.edit("switches", "update", daily_credits=1)
    answer = bulk.create(zoho, bulk.query("Leads"))
    zoho.edit("switches", "update", daily_credits=None)
    assert refused(answer) == (429, "TOO_MANY_REQUESTS", {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["api_name", "field", "comparator", "value", "group", "group_operator", "page", "url", "method", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
MODULE = st.just({"api_name": "Deals"}) | VALUES
PARTS = {
    "fields": st.just(["id"]) | VALUES,
    "criteria": VALUES,
    "page": st.just(1) | VALUES,
}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.fixed_dictionaries({"module": MODULE}, optional=PARTS), callback=st.none() | VALUES)
def test_any_body_is_a_job_or_an_error_of_the_vendor(zoho: Zoho, query: Any, callback: Any) -> None:
    try:
        answer = bulk.create(zoho, {"query": query, "callback": callback})
    except requests.exceptions.InvalidJSONError:
        return
    if answer.status_code != 201:
        assert refused(answer)[0] == 400
