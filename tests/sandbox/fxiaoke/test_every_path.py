"""Whatever a call holds, on any path, the answer is the vendor's with HTTP 200 (docs/vendor/fxiaoke.md §1.4, §7)."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.fxiaoke.entrance import CALLS, READS, TOKENS, WRITES
from sandbox.server import Sandbox
from tests.sandbox.fuzz import Log, places, replaced
from tests.sandbox.fxiaoke import hostile as hard
from tests.sandbox.fxiaoke.conftest import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

# No answer takes so long by far.
PATIENCE_S = 20
PATHS = (*TOKENS, *CALLS, *READS, *WRITES)
UNKNOWN = (
    "", "/", "//", "/cgi", "/cgi/", "/cgi/crm/v2/data/query/", "/cgi/crm/v2/data/QUERY", "/cgi/crm/v2/data/batchCreate",
    "/cgi/crm/v2/data/findSimple", "/cgi/crm/v2/data/..", "/cgi/crm/v2/object/list%00", "/oauth2.0", "/oauth2.0/authorize",
    "/cgi/crm/crmLog/query", "/%FF", "/" + "x" * 10_000,
)  # fmt: skip
# A token call is let through after a minute of the clock, and brings a new token when the last one is 6600 s old.
MINUTE_S, FRESH_S = 61, 6600


class Hostile:
    """Sends anything to one sandbox and looks at each answer."""

    def __init__(self, client: Client, log: Log) -> None:
        self.client, self.log = client, log
        self.age_s = FRESH_S
        self.tokens: dict[str, dict[str, str]] = {}
        names = {"LEAD": "LeadsObj", "ACCOUNT": "AccountObj", "CONTACT": "ContactObj"}
        client.new("/cgi/crm/v2/object/list", {})
        self.ids = {mark: client.rows(name)[7]["_id"] for mark, name in names.items()}

    def send(self, method: str, path: str, raw: bytes, style: str = "new") -> requests.Response:
        if path in TOKENS:
            self.wait()
        headers = {"Content-Type": "application/json", **(self.token()["new"] if style == "new" else {})}
        answer = self.client.session.request(
            method,
            f"{self.client.base}/fxiaoke{path}?thirdTraceId=1",
            data=raw,
            headers=headers,
            timeout=PATIENCE_S,
        )
        told = hard.complaint(answer, token=path in TOKENS)
        assert told is None, (told, answer.text[:500], self.log.lines)
        assert self.log.lines == []
        return answer

    def good(self, path: str, style: str) -> dict[str, Any]:
        """A body that the path takes."""
        text = orjson.dumps(hard.GOOD[next(end for end in hard.GOOD if path.endswith(end))])
        for mark, record_id in self.ids.items():
            text = text.replace(f'"{mark}"'.encode(), f'"{record_id}"'.encode())
        body: dict[str, Any] = orjson.loads(text)
        return {**body, **self.token()["legacy"]} if style == "legacy" else body

    def wait(self) -> None:
        self.client.control("clock", {"advance_s": MINUTE_S})
        self.age_s += MINUTE_S

    def token(self) -> dict[str, dict[str, str]]:
        """How to say who calls, in both styles."""
        if self.age_s >= FRESH_S:
            self.wait()
            self.age_s = 0
            new = self.client.post("/oauth2.0/token", hard.GOOD["/oauth2.0/token"])
            legacy = self.client.post("/cgi/corpAccessToken/get/V2", hard.CREDENTIALS)
            self.tokens["new"] = {
                "authorization": f"Bearer {new['accessToken']}",
                "x-fs-ea": new["ea"],
                "x-fs-userid": "1000",
            }
            self.tokens["legacy"] = {
                "corpAccessToken": legacy["corpAccessToken"],
                "corpId": legacy["corpId"],
                "currentOpenUserId": "1000",
            }
        return self.tokens


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    log = Log()
    with Sandbox(only="fxiaoke", fxiaoke_limit=10**9) as running:
        client = Client(running)
        found = Hostile(client, log)
        logging.getLogger().addHandler(log)
        yield found
        logging.getLogger().removeHandler(log)
        client.session.close()


def test_every_path_knows_one_method(hostile: Hostile) -> None:
    for path in PATHS:
        for method in hard.METHODS:
            answer = hostile.send(method, path, b"" if method == "HEAD" else b"{}")
            assert method == "HEAD" or answer.json()["errorCode"] == 10006


@pytest.mark.parametrize("path", UNKNOWN)
def test_a_path_that_is_not_served_is_unknown(hostile: Hostile, path: str) -> None:
    for method in ("POST", "GET", "OPTIONS"):
        answer = hostile.send(method, path, b"{}").json()
        assert (answer["errorCode"], answer["errorMessage"]) == (10006, "the request uri and apiName do not exist")


@pytest.mark.parametrize(
    "line", ["OPTIONS * HTTP/1.1", "CONNECT fxiaoke:443 HTTP/1.1", "GET fxiaoke HTTP/1.1", "\0 / HTTP/1.1"]
)
def test_a_request_line_without_a_path_is_not_found(hostile: Hostile, line: str) -> None:
    host, port = hostile.client.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
        connection.sendall(f"{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert connection.makefile("rb").readline().split()[1] in (b"400", b"404")
    assert [found for found in hostile.log.lines if "Traceback" in found] == []
    hostile.log.lines.clear()


def test_every_path_refuses_what_is_no_json_object(hostile: Hostile) -> None:
    for place, path in enumerate(PATHS):
        for raw in hard.BODIES[place % 3 :: 3]:
            expected = 12004 if raw.strip() == b"" else 32000
            assert hostile.send("POST", path, raw).json()["errorCode"] == expected, raw[:50]


def test_every_path_takes_its_own_good_body(hostile: Hostile) -> None:
    """Else the bodies that are made of good ones would all fail at the same place."""
    # Of an app token that is unknown, of a record that is not invalid, and of one that has an owner.
    odd = {"/corpAccessToken/get": 11003, "/delete": 50009, "/recover": 50009, "/choose": 50009}
    for path in (path for path in PATHS if not path.endswith(("invalid", "transfer"))):
        code = next((code for end, code in odd.items() if path.endswith(end)), 0)
        body = orjson.dumps(hostile.good(path, "new"))
        assert hostile.send("POST", path, body).json()["errorCode"] == code, path


@st.composite
def calls(draw: st.DrawFn, hostile: Hostile) -> tuple[str, bytes, str]:
    """A good body of this or another path, with up to three of its parts replaced, in either style."""
    path, style = draw(st.sampled_from(PATHS)), draw(st.sampled_from(("new", "new", "legacy")))
    body: Any = hostile.good(draw(st.sampled_from((path, path, path, *PATHS))), style)
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.sampled_from(hard.VALUES) | st.text(max_size=5) | st.integers(-(2**63), 2**64 - 1))
        body = replaced(body, draw(st.sampled_from(list(places(body)))), value)
    return path, orjson.dumps(body), style


def send_any(hostile: Hostile, data: st.DataObject) -> None:
    path, raw, style = data.draw(calls(hostile))
    hostile.send("POST", path, raw, style)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_call_gets_the_vendors_answer(hostile: Hostile, data: st.DataObject) -> None:
    send_any(hostile, data)


@pytest.mark.nightly
@settings(max_examples=10_000, deadline=None)
@given(data=st.data())
def test_very_many_calls_get_the_vendors_answer(hostile: Hostile, data: st.DataObject) -> None:
    send_any(hostile, data)
