"""A grant code becomes a refresh token once; refresh tokens, users, apps and scopes have their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.server import Sandbox
from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho

if TYPE_CHECKING:
    from pathlib import Path

CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
OTHER = {"client_id": "sandbox-client-2", "client_secret": "sandbox-secret-2"}
COUNTED = "ZohoSearch.securesearch.READ,ZohoCRM.modules.leads.READ"
SALESPERSON = "5000000000000211"
DENIED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


def grant(zoho: Zoho, scope: str = "ZohoCRM.org.READ", **values: Any) -> str:
    code: str = zoho.edit("grants", "create", scope=scope, **values)["code"]
    return code


def exchange(zoho: Zoho, code: str, client: dict[str, str] = CLIENT) -> requests.Response:
    form = client | {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.example/back"}
    return requests.post(f"{zoho.base}/oauth/v2/token", data=form, timeout=10)


def refresh(zoho: Zoho, token: str, client: dict[str, str] = CLIENT) -> requests.Response:
    form = client | {"grant_type": "refresh_token", "refresh_token": token}
    return requests.post(f"{zoho.base}/oauth/v2/token", data=form, timeout=10)


def call(zoho: Zoho, token: str, path: str, method: str = "GET", **kwargs: Any) -> requests.Response:
    headers = {"Authorization": f"Zoho-oauthtoken {token}"}
    return requests.request(method, f"{zoho.base}/crm/v8{path}", headers=headers, timeout=10, **kwargs)


@pytest.fixture
def fresh(zoho: Zoho) -> Zoho:
    """The file's sandbox, ten minutes later."""
    zoho.control("clock", {"advance_s": 601})
    return zoho


def test_a_grant_code_gives_a_refresh_token_and_an_access_token(fresh: Zoho) -> None:
    record = fresh.edit("grants", "create", scope="ZohoCRM.org.READ,ZohoCRM.users.READ")
    assert record["expires_in"] == 180
    answer = exchange(fresh, record["code"])
    body = answer.json()
    access, token = body.pop("access_token"), body.pop("refresh_token")
    assert (answer.status_code, body) == (
        200,
        {
            "scope": "ZohoCRM.org.READ ZohoCRM.users.READ",
            "api_domain": fresh.base,
            "token_type": "Bearer",
            "expires_in": 3600,
        },
    )
    assert (access[:5], token[:5]) == ("1000.", "1000.")
    assert call(fresh, access, "/org").status_code == 200
    again = refresh(fresh, token).json()
    assert "refresh_token" not in again
    assert call(fresh, again["access_token"], "/users").status_code == 200


def test_a_grant_code_is_used_once(fresh: Zoho) -> None:
    code = grant(fresh)
    assert "refresh_token" in exchange(fresh, code).json()
    answer = exchange(fresh, code)
    assert (answer.status_code, answer.json()) == (200, {"error": "invalid_code"})


@pytest.mark.parametrize(("values", "lives_s"), [({}, 180), ({"lifetime_s": 600}, 600), ({"lifetime_s": 1}, 1)])
def test_a_grant_code_lives_for_its_minutes(fresh: Zoho, values: dict[str, Any], lives_s: int) -> None:
    code = grant(fresh, **values)
    fresh.control("clock", {"advance_s": lives_s})
    assert exchange(fresh, code).json() == {"error": "invalid_code"}


def test_codes_and_refresh_tokens_belong_to_their_client(fresh: Zoho) -> None:
    code = grant(fresh, client_id="sandbox-client-2")
    assert exchange(fresh, code).json() == {"error": "invalid_code"}
    token = exchange(fresh, code, OTHER).json()["refresh_token"]
    assert refresh(fresh, token).json() == {"error": "invalid_code"}
    assert "access_token" in refresh(fresh, token, OTHER).json()


def test_a_client_gets_ten_grant_codes_in_ten_minutes(fresh: Zoho) -> None:
    for _ in range(10):
        grant(fresh)
    order = {"system": "zoho", "module": "grants", "action": "create", "values": {"scope": "ZohoCRM.org.READ"}}
    answer = fresh.control("edit", order)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "sandbox-client has had 10 grant codes in ten minutes"},
    )


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"scope": ""},
        {"scope": 5},
        {"scope": "a", "client_id": "nobody"},
        {"scope": "a", "user": "1"},
        {"scope": "a", "user": 5},
        {"scope": "a", "lifetime_s": 601},
        {"scope": "a", "lifetime_s": True},
        {"scope": "a", "x": 1},
        {"scope": "a", "client_id": []},
    ],
)
def test_wrong_wishes_for_a_code_are_refused(fresh: Zoho, values: dict[str, Any]) -> None:
    order = {"system": "zoho", "module": "grants", "action": "create", "values": values}
    assert fresh.control("edit", order).status_code == 400
    assert fresh.control("edit", order | {"action": "delete"}).status_code == 400


def test_the_eleventh_refresh_token_in_ten_minutes_is_denied_and_its_code_kept(fresh: Zoho) -> None:
    codes = [grant(fresh) for _ in range(10)]
    assert all("refresh_token" in exchange(fresh, code).json() for code in codes)
    fresh.control("clock", {"advance_s": 1})
    fresh.sandbox.zoho.desk.grants._windows.clear()
    late = grant(fresh, lifetime_s=600)
    answer = exchange(fresh, late)
    assert (answer.status_code, answer.json()) == (400, DENIED)
    fresh.edit("switches", "update", refresh_tokens_in_window=20)
    assert "refresh_token" in exchange(fresh, late).json()
    fresh.edit("switches", "update", refresh_tokens_in_window=10)


def test_a_21st_refresh_token_of_a_user_ends_the_oldest_with_its_access_tokens(fresh: Zoho) -> None:
    values = {"client_id": "sandbox-client-2", "user": SALESPERSON}
    first = exchange(fresh, grant(fresh, **values), OTHER).json()
    other_user = exchange(fresh, grant(fresh, client_id="sandbox-client-2"), OTHER).json()
    for number in range(19):
        if number % 7 == 0:
            fresh.control("clock", {"advance_s": 601})
        assert "refresh_token" in exchange(fresh, grant(fresh, **values), OTHER).json()
    assert call(fresh, first["access_token"], "/org").status_code == 200
    exchange(fresh, grant(fresh, **values), OTHER)
    assert call(fresh, first["access_token"], "/org").json()["code"] == "INVALID_TOKEN"
    assert refresh(fresh, first["refresh_token"], OTHER).json() == {"error": "invalid_code"}
    assert call(fresh, other_user["access_token"], "/org").status_code == 200


def test_revoking_a_refresh_token_ends_its_access_tokens(fresh: Zoho) -> None:
    made = exchange(fresh, grant(fresh)).json()
    url = f"{fresh.base}/oauth/v2/token/revoke"
    answer = requests.post(url, params={"token": made["refresh_token"]}, timeout=10)
    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert call(fresh, made["access_token"], "/org").json()["code"] == "INVALID_TOKEN"
    assert refresh(fresh, made["refresh_token"]).json() == {"error": "invalid_code"}
    assert requests.post(url, params={"token": made["refresh_token"]}, timeout=10).json() == {"error": "invalid_code"}


@pytest.mark.parametrize(("setting", "status"), [("token_error_status", 400), ("token_error_status", 200)])
def test_a_switch_sets_the_status_of_a_wrong_client(fresh: Zoho, setting: str, status: int) -> None:
    fresh.edit("switches", "update", **{setting: status})
    for wrong, error in (({"client_id": "x"}, "invalid_client"), ({"client_secret": "x"}, "invalid_client_secret")):
        answer = refresh(fresh, "sandbox-refresh", CLIENT | wrong)
        assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_a_switch_sets_the_status_of_a_denied_token(fresh: Zoho) -> None:
    fresh.edit("switches", "update", throttled_token_status=200)
    for _ in range(10):
        assert "access_token" in refresh(fresh, "sandbox-refresh-readonly").json()
    answer = refresh(fresh, "sandbox-refresh-readonly")
    assert (answer.status_code, answer.json()) == (200, DENIED)
    fresh.edit("switches", "update", throttled_token_status=400)


def test_the_current_user_is_the_one_who_granted(fresh: Zoho) -> None:
    access = exchange(fresh, grant(fresh, "ZohoCRM.users.READ", user=SALESPERSON)).json()["access_token"]
    users = call(fresh, access, "/users?type=CurrentUser").json()["users"]
    assert [user["id"] for user in users] == [SALESPERSON]


def test_all_notes_are_for_administrators(fresh: Zoho) -> None:
    access = exchange(fresh, grant(fresh, "ZohoCRM.modules.READ", user=SALESPERSON)).json()["access_token"]
    refused = call(fresh, access, "/Notes?fields=Note_Title")
    assert (refused.status_code, refused.json()["code"], refused.json()["status"]) == (403, "NOT_SUPPORTED", "error")
    fresh.refresh()
    assert fresh.get("/Notes", fields="Note_Title").status_code == 200
    lead = fresh.edit("Leads", "create", Last_Name="Noted")["id"]
    fresh.post(f"/Leads/{lead}/Notes", {"data": [{"Note_Content": "x"}]})
    assert call(fresh, access, f"/Leads/{lead}/Notes?fields=Note_Title").status_code == 200


def test_a_page_token_is_its_users(fresh: Zoho) -> None:
    own, others = (
        exchange(fresh, grant(fresh, "ZohoCRM.modules.leads.READ", **values)).json()["access_token"]
        for values in ({}, {"user": SALESPERSON})
    )
    path = "/Leads?fields=id&per_page=5"
    page_token = call(fresh, own, path).json()["info"]["next_page_token"]
    refused = call(fresh, others, f"{path}&page_token={page_token}")
    assert (refused.status_code, refused.json()["code"]) == (400, "TOKEN_BOUND_DATA_MISMATCH")
    assert call(fresh, own, f"{path}&page_token={page_token}").status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("ZohoCRM.modules.leads.READ", "GET", "/Leads?fields=id", True),
        ("ZohoCRM.modules.leads.READ", "GET", "/Deals?fields=id", False),
        ("ZohoCRM.modules.leads.READ", "PUT", "/Leads", False),
        ("ZohoCRM.modules.leads.WRITE", "PUT", "/Leads", True),
        ("ZohoCRM.modules.leads.WRITE", "GET", "/Leads?fields=id", False),
        ("ZohoCRM.modules.leads.ALL", "DELETE", "/Leads?ids=1", True),
        ("ZohoCRM.modules.UPDATE", "PUT", "/Leads", True),
        ("ZohoCRM.modules.CREATE", "PUT", "/Leads", False),
        ("ZohoCRM.modules.custom.READ", "GET", "/Sales_Performance?fields=id", True),
        ("ZohoCRM.modules.custom.READ", "GET", "/Leads?fields=id", False),
        ("ZohoCRM.settings.fields.READ", "GET", "/settings/fields?module=Leads", True),
        ("ZohoCRM.settings.fields.READ", "GET", "/settings/modules", False),
        ("ZohoCRM.settings.modules.ALL", "GET", "/settings/modules/Leads", True),
        ("ZohoCRM.settings.currencies.READ", "GET", "/org/currencies", True),
        ("ZohoCRM.settings.layouts.READ", "GET", "/org/currencies", False),
        ("ZohoCRM.settings.roles.READ", "GET", "/settings/roles", True),
        ("ZohoCRM.settings.layouts.READ", "GET", "/settings/layouts?module=Leads", True),
        ("ZohoCRM.settings.pipeline.READ", "GET", "/settings/pipeline?layout_id=1", True),
        ("ZohoCRM.settings.related_lists.READ", "GET", "/settings/related_lists?module=Leads", True),
        (f"{COUNTED},ZohoCRM.settings.layouts.READ", "GET", "/Leads/actions/count", True),
        (f"{COUNTED},ZohoCRM.settings.fields.READ", "GET", "/Leads/actions/count", False),
        (COUNTED, "GET", "/Leads/search?word=xy", True),
        ("ZohoCRM.modules.leads.WRITE", "POST", "/Leads/1/actions/convert", True),
        ("ZohoCRM.modules.deals.WRITE", "POST", "/Leads/1/actions/convert", False),
        ("ZohoCRM.modules.leads.READ", "GET", "/Leads/search?word=xy", False),
        ("zohocrm.Org.read", "GET", "/org", True),
        ("ZohoCRM.org.ALL", "GET", "/org", True),
        ("ZohoCRM.users.READ", "GET", "/org", False),
    ],
)
def test_a_token_does_what_its_scopes_say(fresh: Zoho, scope: str, method: str, path: str, *, allowed: bool) -> None:
    access = exchange(fresh, grant(fresh, scope)).json()["access_token"]
    answer = call(fresh, access, path, method, json={"data": [{"id": "1"}]} if method == "PUT" else None)
    if allowed:
        assert answer.status_code != 401
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


def test_codes_tokens_and_switches_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.json.gz"
    with Sandbox(only="zoho", state=state) as running:
        zoho = Zoho(running)
        zoho.edit("switches", "update", edition="free")
        waiting = grant(zoho, lifetime_s=600)
        made = exchange(zoho, grant(zoho)).json()
        for _ in range(9):
            refresh(zoho, made["refresh_token"])
    with Sandbox(only="zoho", state=state) as running:
        zoho = Zoho(running, CREDENTIALS)
        assert call(zoho, made["access_token"], "/org").json()["org"][0]["license_details"]["paid_type"] == "free"
        assert refresh(zoho, made["refresh_token"]).json() == DENIED
        assert "refresh_token" in exchange(zoho, waiting).json()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "multipart/form-data; boundary=x", ""]))
def test_any_token_call_gets_an_answer_of_the_accounts_server(zoho: Zoho, body: bytes, kind: str) -> None:
    answer = requests.post(
        f"{zoho.base}/oauth/v2/token", data=b"--x\r\n" + body, headers={"Content-Type": kind}, timeout=10
    )
    assert (answer.status_code, answer.json()) == (200, {"error": "invalid_client"})
