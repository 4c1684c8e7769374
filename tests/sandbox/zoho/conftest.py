"""A sandbox of its own for each file of tests, and a caller that holds a token of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

CREDENTIALS = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "sandbox-refresh",
    "grant_type": "refresh_token",
}


class Zoho:
    """Calls below `/crm/v8`, as any HTTP client would make them."""

    def __init__(self, sandbox: Sandbox, credentials: dict[str, str] = CREDENTIALS) -> None:
        self.sandbox, self.credentials = sandbox, credentials
        self.base = f"{sandbox.url}/zoho"
        self.session = requests.Session()
        self.refresh()

    def refresh(self) -> None:
        answer = requests.post(f"{self.base}/oauth/v2/token", data=self.credentials, timeout=10).json()
        self.session.headers["Authorization"] = f"Zoho-oauthtoken {answer['access_token']}"

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return self.session.request(method, f"{self.base}/crm/v8{path}", timeout=30, **kwargs)

    def get(self, path: str, headers: Any = None, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params, headers=headers)

    def put(self, path: str, body: Any, **kwargs: Any) -> requests.Response:
        return self.call("PUT", path, json=body, **kwargs)

    def post(self, path: str, body: Any, **kwargs: Any) -> requests.Response:
        return self.call("POST", path, json=body, **kwargs)

    def control(self, name: str, body: Any) -> requests.Response:
        return requests.post(f"{self.sandbox.url}/_sandbox/{name}", json=body, timeout=30)

    def writes(self) -> list[dict[str, Any]]:
        found = requests.get(f"{self.sandbox.url}/_sandbox/writes", timeout=10).json()["writes"]
        return [write for write in found if write["system"] == "zoho"]

    def edit(self, module: str, action: str, record_id: Any = None, **values: Any) -> dict[str, Any]:
        order = {"system": "zoho", "module": module, "action": action, "id": record_id, "values": values}
        answer = self.control("edit", order)
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()["record"]
        return record

    def read(self, module: str, record_id: str, *fields: str) -> dict[str, Any]:
        answer = self.get(f"/{module}/{record_id}", fields=",".join(fields))
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.json()["data"][0]
        return record

    def pages(self, module: str, **params: Any) -> Iterator[dict[str, Any]]:
        """All pages by token."""
        while True:
            answer = self.get(f"/{module}", **params)
            assert answer.status_code == 200, answer.text
            yield answer.json()
            token = answer.json()["info"]["next_page_token"]
            if token is None:
                return
            params["page_token"] = token


@pytest.fixture(scope="module")
def zoho() -> Iterator[Zoho]:
    with Sandbox(only="zoho") as running:
        yield Zoho(running)
