"""A body that is nested without end is refused in each one's form, and leaves nothing that could not be written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from sandbox.jsontext import DEEPEST, read

if TYPE_CHECKING:
    from sandbox.server import Sandbox

ZOHO_TOKEN = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "sandbox-refresh",
    "grant_type": "refresh_token",
}
FXIAOKE_APP = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


def post(sandbox: Sandbox, path: str, body: str, **headers: str) -> requests.Response:
    return requests.post(sandbox.url + path, data=body.encode(), headers=headers, timeout=10)


def test_a_body_may_be_so_deep_and_no_deeper() -> None:
    assert read(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(ValueError, match="nested more than 100 deep"):
        read(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))
    assert read(b'"' + b"[" * 500 + b'"') == "[" * 500
    assert len(read(b"[" + b"[1]," * 500 + b"1]")) == 501


@pytest.mark.parametrize("depth", [251, 300, 1000])
def test_no_call_fails_and_the_state_can_be_written(sandbox: Sandbox, depth: int) -> None:
    token = requests.post(f"{sandbox.url}/zoho/oauth/v2/token", data=ZOHO_TOKEN, timeout=10).json()["access_token"]
    zoho = {"Authorization": f"Zoho-oauthtoken {token}", "Content-Type": "application/json"}
    sub = '{"sub_request_id":"1","method":"PUT","uri":"/crm/v8/Leads","body":' + nested(depth) + "}"
    composite = post(sandbox, "/zoho/crm/v8/__composite_requests", '{"__composite_requests":[' + sub + "]}", **zoho)
    assert (composite.status_code, composite.json()["code"]) == (400, "INVALID_DATA")
    criteria = '{"query":{"module":{"api_name":"Leads"},"criteria":' + nested(depth) + "}}"
    assert post(sandbox, "/zoho/crm/bulk/v8/read", criteria, **zoho).status_code == 400

    app = requests.post(f"{sandbox.url}/fxiaoke/cgi/corpAccessToken/get/V2", json=FXIAOKE_APP, timeout=10).json()
    auth = f'"corpAccessToken":"{app["corpAccessToken"]}","corpId":"{app["corpId"]}","currentOpenUserId":"1000"'
    query = post(sandbox, "/fxiaoke/cgi/crm/v2/data/query", "{" + auth + ',"data":' + nested(depth) + "}")
    assert (query.status_code, query.json()["errorCode"]) == (200, 32000)

    fault = post(sandbox, "/_sandbox/faults", '[{"match":{"path":"/no"},"do":{"body":' + nested(depth) + "}}]")
    assert fault.status_code == 400
    post(sandbox, "/slack/services/1", nested(depth))
    for control in ("faults", "messages", "snapshot"):
        assert requests.get(f"{sandbox.url}/_sandbox/{control}", timeout=10).status_code == 200
