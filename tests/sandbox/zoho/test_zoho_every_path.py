"""Whatever a call holds, on any path that is served, the answer is the vendor's (docs/vendor/zoho.md §0, §6.4)."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.server import Sandbox
from sandbox.zoho.urls import urls
from tests.sandbox.fuzz import Log, places, replaced
from tests.sandbox.zoho import hard
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from sandbox.zoho.front import Url

# No answer takes so long by far.
PATIENCE_S = 20
MODULES = (
    "Leads",
    "Contacts",
    "Deals",
    "Tasks",
    "Quotes",
    "Notes",
    "Calls",
    "Events",
    "DealHistory",
    "Quoted_Items",
    "No",
)


class Hostile:
    """Sends anything to one sandbox and looks at each answer."""

    def __init__(self, zoho: Zoho, log: Log) -> None:
        self.zoho, self.log = zoho, log
        served = zoho.sandbox.zoho
        self.urls: list[Url] = urls(served.state, served.desk, served.jobs)

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        answer = self.zoho.session.request(method, self.zoho.base + path, timeout=PATIENCE_S, **kwargs)
        told = hard.complaint(answer)
        assert told is None, (told, answer.text[:500], self.log.lines)
        assert self.log.lines == []
        return answer


def filled(path: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        path = path.replace(f"{{{name}}}", part)
    return path


def good_body(path: str) -> Any:
    return hard.GOOD[max((end for end in hard.GOOD if path.endswith(end)), key=len)]


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    log = Log()
    logging.getLogger().addHandler(log)
    with Sandbox(seed=7) as running:
        zoho = Zoho(running)
        zoho.edit("switches", "update", daily_credits=10**9)
        yield Hostile(zoho, log)
    logging.getLogger().removeHandler(log)


def test_every_path_refuses_the_methods_that_it_does_not_have(hostile: Hostile) -> None:
    for url in hostile.urls:
        path = filled(url.path, {"module": "Leads"} | {name: parts[0] for name, parts in hard.PARTS.items()})
        for method in hard.METHODS:
            answer = hostile.send(method, path)
            if method not in url.handlers and method != "HEAD":
                assert answer.status_code == 400, (method, path)
                assert answer.json().get("data", [answer.json()])[0]["code"] == "INVALID_REQUEST_METHOD"


def test_every_writing_call_refuses_bodies_of_the_wrong_kind(hostile: Hostile) -> None:
    for url in hostile.urls:
        path = filled(url.path, {"module": "Accounts"} | {name: parts[0] for name, parts in hard.PARTS.items()})
        for method in url.handlers.keys() - {"GET", "DELETE"}:
            for body in hard.BODIES:
                answer = hostile.send(method, path, data=body, headers={"Content-Type": "application/json"})
                assert url.public or answer.status_code >= 400


@pytest.mark.parametrize(
    "line",
    ["OPTIONS * HTTP/1.1", "CONNECT zoho:443 HTTP/1.1", "GET zoho HTTP/1.1", "GET // HTTP/1.1", "GET / HTTP/1.1"],
)
def test_a_request_line_without_a_path_that_is_known_is_not_found(hostile: Hostile, line: str) -> None:
    host, port = hostile.zoho.sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as client:
        client.sendall(f"{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert client.makefile("rb").readline().split()[1] in (b"400", b"404")
    assert [found for found in hostile.log.lines if "Traceback" in found] == []
    hostile.log.lines.clear()


@st.composite
def bodies(draw: st.DrawFn, path: str) -> bytes:
    """A good body of this or another call, with up to three of its parts replaced."""
    body = draw(st.sampled_from([good_body(path), *hard.GOOD.values()]))
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.sampled_from(hard.VALUES) | st.text(max_size=5) | st.integers(-(2**63), 2**64 - 1))
        body = replaced(body, draw(st.sampled_from(list(places(body)))), value)
    return orjson.dumps(body)


TEXTS = st.sampled_from(hard.TEXTS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
QUERIES = st.dictionaries(st.sampled_from(hard.PARAMS), TEXTS, max_size=3)
HEADER_TEXTS = st.sampled_from([*hard.KINDS, *(text for text in hard.TEXTS if text.isprintable() and text.isascii())])
HEADERS = st.dictionaries(st.sampled_from(hard.HEADERS), HEADER_TEXTS.map(str.strip), max_size=1)


def send_any(hostile: Hostile, data: st.DataObject) -> None:
    url = data.draw(st.sampled_from(hostile.urls))
    method = data.draw(st.sampled_from([*url.handlers] * 4 + [*hard.METHODS]))
    choices = {"module": MODULES} | hard.PARTS
    path = filled(url.path, {name: data.draw(st.sampled_from(choices[name])) for name in url.pattern.groupindex})
    query = data.draw(st.sampled_from([{}, {"fields": "id"}, {"module": "Leads", "fields": "id,Owner"}])) | data.draw(
        QUERIES
    )
    headers = {"Content-Type": "application/json"} | data.draw(HEADERS)
    body = b"" if method == "GET" else data.draw(st.sampled_from(hard.BODIES[:14]) | bodies(url.path))
    hostile.send(method, path, params=query, headers={k: v.encode("latin-1") for k, v in headers.items()}, data=body)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_call_gets_the_vendors_answer(hostile: Hostile, data: st.DataObject) -> None:
    send_any(hostile, data)


@pytest.mark.nightly
@settings(max_examples=20_000, deadline=None)
@given(data=st.data())
def test_very_many_calls_get_the_vendors_answer(hostile: Hostile, data: st.DataObject) -> None:
    send_any(hostile, data)
