"""Tokens are given out, limited and refused as Zoho's accounts server does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

GOOD = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "sandbox-refresh",
    "grant_type": "refresh_token",
}


def token_call(zoho: Zoho, **kwargs: Any) -> requests.Response:
    return requests.post(f"{zoho.base}/oauth/v2/token", timeout=10, **kwargs)


def new_window(zoho: Zoho) -> None:
    assert zoho.control("clock", {"advance_s": 601}).status_code == 200


def org_with(zoho: Zoho, header: str | None) -> requests.Response:
    return requests.get(f"{zoho.base}/crm/v8/org", headers={"Authorization": header} if header else {}, timeout=10)


@pytest.mark.parametrize(
    "sent",
    [{"params": GOOD}, {"data": GOOD}, {"files": {name: (None, value) for name, value in GOOD.items()}}],
    ids=["query", "form", "multipart"],
)
def test_a_token_comes_for_query_form_and_multipart(zoho: Zoho, sent: dict[str, Any]) -> None:
    new_window(zoho)
    answer = token_call(zoho, **sent)
    body = answer.json()
    token = body.pop("access_token")
    assert (answer.status_code, token[:5], body.pop("scope").split()[0]) == (200, "1000.", "ZohoCRM.modules.ALL")
    assert body == {"api_domain": zoho.base, "token_type": "Bearer", "expires_in": 3600}
    assert org_with(zoho, f"Zoho-oauthtoken {token}").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "x"}, "invalid_client"),
        ({"client_secret": "x"}, "invalid_client_secret"),
        ({"refresh_token": "x"}, "invalid_code"),
        ({"grant_type": "authorization_code"}, "invalid_code"),
    ],
)
def test_refusals_come_with_status_200(zoho: Zoho, wrong: dict[str, str], error: str) -> None:
    answer = token_call(zoho, data=GOOD | wrong)
    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_the_eleventh_token_in_ten_minutes_is_denied(zoho: Zoho) -> None:
    new_window(zoho)
    assert all("access_token" in token_call(zoho, data=GOOD).json() for _ in range(10))
    answer = token_call(zoho, data=GOOD)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Access Denied",
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "status": "failure",
    }
    new_window(zoho)
    assert "access_token" in token_call(zoho, data=GOOD).json()


def test_a_sixteenth_token_ends_the_oldest(zoho: Zoho) -> None:
    tokens = []
    for number in range(16):
        if number % 8 == 0:
            new_window(zoho)
        tokens.append(token_call(zoho, data=GOOD).json()["access_token"])
    assert [org_with(zoho, f"Zoho-oauthtoken {token}").status_code for token in tokens] == [401] + [200] * 15


def test_a_token_lives_for_an_hour(zoho: Zoho) -> None:
    new_window(zoho)
    header = "Zoho-oauthtoken " + token_call(zoho, data=GOOD).json()["access_token"]
    zoho.control("clock", {"advance_s": 3590})
    assert org_with(zoho, header).status_code == 200
    zoho.control("clock", {"advance_s": 11})
    answer = org_with(zoho, header)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "INVALID_TOKEN",
        "details": {},
        "message": "invalid oauth token",
        "status": "error",
    }


def test_an_expired_token_may_fail_authentication_instead(zoho: Zoho) -> None:
    new_window(zoho)
    header = "Zoho-oauthtoken " + token_call(zoho, data=GOOD).json()["access_token"]
    zoho.edit("switches", "update", expired_code="AUTHENTICATION_FAILURE")
    assert org_with(zoho, header).status_code == 200
    zoho.control("clock", {"advance_s": 3601})
    answer = org_with(zoho, header)
    unknown = org_with(zoho, "Zoho-oauthtoken 1000.no.such")
    zoho.edit("switches", "update", expired_code="INVALID_TOKEN")
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTHENTICATION_FAILURE")
    assert unknown.json()["code"] == "INVALID_TOKEN"


@pytest.mark.parametrize("header", [None, "Bearer x", "Zoho-oauthtoken", "Zoho-oauthtoken  "])
def test_a_missing_or_malformed_header_fails_authentication(zoho: Zoho, header: str | None) -> None:
    answer = org_with(zoho, header)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "AUTHENTICATION_FAILURE",
        "details": {},
        "message": "Authentication failed",
        "status": "error",
    }


def test_a_read_only_grant_may_not_write(zoho: Zoho) -> None:
    body = GOOD | {"refresh_token": "sandbox-refresh-readonly"}
    headers = {"Authorization": "Zoho-oauthtoken " + token_call(zoho, data=body).json()["access_token"]}
    url = f"{zoho.base}/crm/v8/Accounts"
    assert requests.get(url, params={"fields": "id"}, headers=headers, timeout=10).status_code == 200
    answer = requests.put(url, json={"data": [{"id": "1"}]}, headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "OAUTH_SCOPE_MISMATCH",
        "details": {},
        "message": "invalid oauth scope to access this URL",
        "status": "error",
    }


def test_a_revoked_token_is_no_longer_known(zoho: Zoho) -> None:
    new_window(zoho)
    token = token_call(zoho, data=GOOD).json()["access_token"]
    revoked = requests.post(f"{zoho.base}/oauth/v2/token/revoke", params={"token": token}, timeout=10)
    assert (revoked.status_code, revoked.json()) == (200, {"status": "success"})
    assert org_with(zoho, f"Zoho-oauthtoken {token}").json()["code"] == "INVALID_TOKEN"
