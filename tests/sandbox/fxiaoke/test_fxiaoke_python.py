"""`fxiaoke-python` of PyPI, which others wrote for the real service, works unchanged (legacy style; §0, §1.2, §4).

It knows one host, open.fxiaoke.com: an adapter of its own `requests` session leads there to the sandbox, and any
connection off loopback fails the test.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from requests.adapters import HTTPAdapter

from tests.sandbox.fxiaoke.conftest import CREDENTIALS

# Its import configures the root logger, which belongs to the tests.
with pytest.MonkeyPatch.context() as patch:
    patch.setattr("logging.basicConfig", lambda **_: None)
    from fxiaoke.api import FxiaokeApi
    from fxiaoke.baseObj import baseObj
    from fxiaoke.op_create import createObj
    from fxiaoke.op_get import getObj
    from fxiaoke.op_query import queryObj

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest, Response

    from tests.sandbox.fxiaoke.conftest import Client

HOST = "https://open.fxiaoke.com"
BY_ID = [{"fieldName": "_id", "isAsc": True}]


class Detour(HTTPAdapter):
    """Sends what is meant for the vendor's host to the sandbox."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        request.url = f"{self._base}/fxiaoke{urlsplit(str(request.url)).path}"
        return super().send(request, *args, **kwargs)


@pytest.fixture
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect, lookup = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            pytest.fail(f"a connection off loopback: {address}")
        connect(self, address)

    def guarded_lookup(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "127.0.0.1":
            pytest.fail(f"the address of {host} is looked up")
        return lookup(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture
def api(fxiaoke: Client, _loopback_only: None) -> Iterator[Any]:
    """The package's client, acting as the administrator by FSUID as its README shows."""
    mobile = fxiaoke.new("/cgi/user/get", {"openUserId": "1000"})["mobile"]
    found = fxiaoke.legacy("/cgi/user/getByMobile", {"mobile": mobile}, user="")["empList"]
    client = FxiaokeApi.init(
        app_id=CREDENTIALS["appId"],
        app_secret=CREDENTIALS["appSecret"],
        permanent_code=CREDENTIALS["permanentCode"],
        open_user_id=found[0]["openUserId"],
        timeout=30,
    )
    client._session.requests.mount(HOST, Detour(fxiaoke.base))
    yield client
    client._session.requests.close()


def test_it_authenticates_and_keeps_its_token(api: Any) -> None:
    first = api._session.fresh_token()
    assert first["corpId"] == "FSCID_0C0FFEE0000000000000000000000001"
    assert api._session.fresh_token() == first
    assert api._session.corpAccessToken


def test_it_pages_through_all_leads_by_offset(api: Any) -> None:
    cursor = queryObj().execute(dataObjectApiName="LeadsObj", orders=BY_ID, limit=100)
    records = list(cursor)
    assert cursor.total() == 1500
    assert len({record["_id"] for record in records}) == 1500
    assert api.get_num_requests_succeeded() == api.get_num_requests_attempted() == 15
    owned = next(record for record in records if record["owner"])
    assert owned["owner"][0].startswith("FSUID_")
    assert owned["owner__r"]["id"].isdigit()


def test_it_reads_a_window_of_time(api: Any) -> None:
    window = [1_780_000_000_000, 1_790_000_000_000]
    found = {"field_name": "last_modified_time", "field_values": window, "operator": "BETWEEN"}
    times = [
        record["last_modified_time"]
        for record in queryObj().execute(dataObjectApiName="LeadsObj", filters=[found], limit=100, offset=0)
    ]
    assert len(times) > 100
    assert all(window[0] <= time <= window[1] for time in times)


def test_it_creates_gets_and_describes(api: Any) -> None:
    account = queryObj().execute(dataObjectApiName="AccountObj", limit=1).get_one()
    assert getObj().execute(objectDataId=account["_id"], dataObjectApiName="AccountObj")["name"] == account["name"]
    values = {"name": "新联系人", "account_id": account["_id"], "owner": account["owner"]}
    made = createObj().execute(object_data=values, dataObjectApiName="ContactObj")["dataId"]
    read = getObj().execute(objectDataId=made, dataObjectApiName="ContactObj")
    assert (read["name"], read["account_id__r"], read["owner"]) == ("新联系人", account["name"], account["owner"])
    assert baseObj().describe("AccountObj")["describe"]["api_name"] == "AccountObj"


def test_it_reads_custom_objects_on_their_own_path(api: Any) -> None:
    feedback = queryObj().execute(dataObjectApiName="object_f7B2k__c", limit=100)
    assert len(list(feedback)) == 320
    assert api.get_last_response().url.endswith("/fxiaoke/cgi/crm/custom/v2/data/query")


def test_it_tells_an_error_by_its_code(api: Any) -> None:
    with pytest.raises(RuntimeError, match="'errorCode': 10013"):
        queryObj().execute(dataObjectApiName="LeadsObj", offset=10_001)
    with pytest.raises(RuntimeError, match="'errorCode': 10006"):
        queryObj().execute(dataObjectApiName="LeadsObj", limit=200)
