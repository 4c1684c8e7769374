"""A tenant of its own for each test module, and a client that speaks plain HTTP."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.fxiaoke.gateway import Gateway
from sandbox.fxiaoke.switches import Switches
from sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

CREDENTIALS = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}


class Client:
    """Posts JSON; `new` and `legacy` are the two ways to say who calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.base = sandbox, sandbox.url
        self.session = requests.Session()
        self._new: dict[str, str] = {}
        self._legacy: dict[str, str] = {}

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
        response = self.session.post(f"{self.base}/fxiaoke{path}", json=body, headers=headers, timeout=30)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    def new(self, path: str, body: dict[str, Any], user: str = "1000") -> dict[str, Any]:
        if not self._new:
            answer = self.post("/oauth2.0/token", {**CREDENTIALS, "grantType": "app_secret"})
            self._new = {"authorization": f"Bearer {answer['accessToken']}", "x-fs-ea": answer["ea"]}
        return self.post(path, body, {**self._new, "x-fs-userid": user})

    def legacy(self, path: str, body: dict[str, Any], user: str) -> dict[str, Any]:
        if not self._legacy:
            answer = self.post("/cgi/corpAccessToken/get/V2", CREDENTIALS)
            self._legacy = {"corpAccessToken": answer["corpAccessToken"], "corpId": answer["corpId"]}
        return self.post(path, {**self._legacy, "currentOpenUserId": user, **body})

    def query(self, name: str, user: str = "1000", **info: Any) -> dict[str, Any]:
        kind = "custom/v2" if name.endswith("__c") else "v2"
        body = {"data": {"dataObjectApiName": name, "search_query_info": info}}
        return self.new(f"/cgi/crm/{kind}/data/query", body, user)

    def rows(self, name: str, *filters: tuple[str, str, list[Any]], **info: Any) -> list[dict[str, Any]]:
        """The first hundred records that match, by id."""
        spelled = [{"field_name": field, "operator": op, "field_values": values} for field, op, values in filters]
        order = [{"fieldName": "_id", "isAsc": True}]
        answer = self.query(name, **{"limit": 100, "filters": spelled, "orders": order, **info})
        assert answer["errorCode"] == 0, answer
        found: list[dict[str, Any]] = answer["data"]["dataList"]
        return found

    def get(self, name: str, record_id: str, user: str = "1000", **more: Any) -> dict[str, Any]:
        kind = "custom/v2" if name.endswith("__c") else "v2"
        body = {**more, "data": {"dataObjectApiName": name, "objectDataId": record_id}}
        return self.new(f"/cgi/crm/{kind}/data/get", body, user)

    def update(
        self, name: str, record_id: str, values: dict[str, Any], user: str = "1000", **more: Any
    ) -> dict[str, Any]:
        kind = "custom/v2" if name.endswith("__c") else "v2"
        body = {**more, "data": {"object_data": {"_id": record_id, "dataObjectApiName": name, **values}}}
        return self.new(f"/cgi/crm/{kind}/data/update", body, user)

    def control(self, action: str, body: Any) -> dict[str, Any]:
        response = self.session.post(f"{self.base}/_sandbox/{action}", json=body, timeout=30)
        answer: dict[str, Any] = response.json()
        assert response.status_code == 200, answer
        return answer

    def edit(self, module: str, action: str, record_id: str | None, **values: Any) -> dict[str, Any]:
        body = {"system": "fxiaoke", "module": module, "action": action, "id": record_id, "values": values}
        record: dict[str, Any] = self.control("edit", body)["record"]
        return record

    def last_write(self) -> dict[str, Any]:
        writes = self.session.get(f"{self.base}/_sandbox/writes", timeout=30).json()["writes"]
        write: dict[str, Any] = writes[-1]
        return write


@pytest.fixture(scope="module")
def fxiaoke() -> Iterator[Client]:
    """Fresh for the module and without a practical limit; the data begin and end on known days."""
    with Sandbox(only="fxiaoke", fxiaoke_limit=1_000_000, started_at=datetime(2026, 11, 24, 3, tzinfo=UTC)) as sandbox:
        client = Client(sandbox)
        yield client
        client.session.close()


@pytest.fixture
def strict(fxiaoke: Client) -> Iterator[Client]:
    """The module's tenant as it was at its start but for its records, with the vendor's limit; all is put back."""
    state, world = fxiaoke.sandbox.fxiaoke.state, fxiaoke.sandbox.world
    kept = state.switches, state.gateway, world.clock_offset, world.calls, world.credits
    state.switches = Switches(limit=100)
    state.gateway = Gateway(state.directory, state.switches)
    world.clock_offset, world.calls, world.credits = timedelta(), defaultdict(Counter), Counter()
    client = Client(fxiaoke.sandbox)
    yield client
    client.session.close()
    state.switches, state.gateway, world.clock_offset, world.calls, world.credits = kept
