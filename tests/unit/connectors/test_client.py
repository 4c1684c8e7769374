"""The shared client: what it tries again, what it does not, and what it says."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import responses
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ReadTimeoutError

from connectors.api import UNKNOWN, Answer, Api, Refusal, Request, Rule
from connectors.client import Client
from connectors.transport import explain
from models.errors import (
    AuthError,
    ConfigError,
    FatalSyncError,
    OutcomeUnknownError,
    RateLimitedError,
    ServiceUnavailableError,
    WriteRejectedError,
)
from models.records import Usage
from tests.unit.connectors.fakes import FakeTime

BASE = "https://crm.example.com/api"
READ = Request("GET", "/deals", "deals")
WRITE = Request("PUT", "/deals", "Deals", body={"data": []}, write=True)


def refusal(_request: Request, answer: Answer) -> Refusal | None:
    body = answer.body or {}
    if answer.status < 400 and "code" not in body:
        return None
    return Refusal(body.get("code", f"HTTP {answer.status}"), body.get("message", ""), body.get("trace", ""))


API = Api(
    refusal,
    {
        "OLD_TOKEN": Rule(AuthError),
        "BUSY": Rule(RateLimitedError, retry_after_s=20),
        "DAY_OVER": Rule(RateLimitedError, "wait until midnight", tries=1),
        "ODD": Rule(ServiceUnavailableError, tries=2),
        "NO_SUCH": Rule(ConfigError, "check {secrets}_KEY and connections.{connection}.host"),
    },
    UNKNOWN,
    host_key="host",
    cost=lambda request: 10 if request.write else 1,
)


class FakeAuth:
    """Numbers its tokens; `renewed` counts how often the last one was refused."""

    def __init__(self) -> None:
        self.renewed = 0

    def attach(self, request: Request) -> Request:
        return replace(request, headers={"Authorization": f"token-{self.renewed}"})

    def renew(self) -> None:
        self.renewed += 1


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(registry=responses.registries.OrderedRegistry) as mock:
        yield mock


def answers(http: responses.RequestsMock, *steps: int | dict[str, Any] | Exception, method: str = "GET") -> None:
    """Script the host: a status, a JSON body with status 200, or a failure below HTTP."""
    for step in steps:
        if isinstance(step, int):
            http.add(method, f"{BASE}/deals", status=step)
        elif isinstance(step, Exception):
            http.add(method, f"{BASE}/deals", body=step)
        else:
            http.add(method, f"{BASE}/deals", json=step)


def client(time: FakeTime, auth: FakeAuth | None = None) -> Client:
    return Client("acme", BASE, API, usage=Usage(), auth=auth, timing=time.timing)


def test_a_read_is_sent_again_with_growing_pauses_until_it_succeeds(http: responses.RequestsMock) -> None:
    answers(http, 500, 503, requests.ReadTimeout(), {"data": [1]})
    time = FakeTime()
    caller = client(time)
    assert caller.send(READ).body == {"data": [1]}
    for slept, base in zip(time.slept, (1, 2, 4), strict=True):
        assert base <= slept <= base + 1
    assert caller.usage.calls == 4
    assert caller.usage.credits == 4
    assert caller.usage.waited_s == pytest.approx(sum(time.slept))
    assert caller.usage.by_path == {"GET /deals": 4}


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"a": 1}}, {"data": ""}, {"data": "x"}, [], "x"])
def test_an_answer_without_the_list_that_was_asked_for_is_refused(http: responses.RequestsMock, body: Any) -> None:
    http.get(f"{BASE}/deals", json=body)
    with pytest.raises(FatalSyncError, match=r"acme/deals: GET /deals was answered without data; run again"):
        client(FakeTime()).ask_list(READ, "data")


def test_what_was_asked_for_is_found_below_its_path(http: responses.RequestsMock) -> None:
    answers(http, {"data": [{"id": "7"}]}, {"data": []})
    caller = client(FakeTime())
    assert caller.ask(READ, "data", 0, kind=dict) == {"id": "7"}
    with pytest.raises(FatalSyncError, match=r"without data\.0"):
        caller.ask(READ, "data", 0, kind=dict)


def test_an_answer_without_a_body_is_an_empty_list_only_where_that_is_meant(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", status=204)
    http.get(f"{BASE}/deals", status=204)
    caller = client(FakeTime())
    assert caller.ask_list(READ, "data") == []
    with pytest.raises(FatalSyncError):
        caller.ask(READ, "data")


def test_a_question_that_is_worth_one_try_gets_one(http: responses.RequestsMock) -> None:
    answers(http, 502, requests.ConnectionError())
    time = FakeTime()
    for _ in range(2):
        with pytest.raises(ServiceUnavailableError):
            client(time).send(replace(READ, tries=1))
    assert time.slept == []


def test_a_read_that_keeps_failing_ends_as_unavailable(http: responses.RequestsMock) -> None:
    answers(http, *[502] * 6)
    with pytest.raises(ServiceUnavailableError, match=r"acme/deals: GET /deals was refused: HTTP 502"):
        client(FakeTime()).send(READ)


def test_a_read_refused_for_its_rate_waits_as_long_as_asked_and_goes_on(http: responses.RequestsMock) -> None:
    answers(http, {"code": "BUSY"}, {"code": "BUSY"}, {"ok": True})
    time = FakeTime()
    assert client(time).send(READ).body == {"ok": True}
    assert time.slept == [20, 20]


def test_a_write_refused_for_its_rate_goes_back_to_the_caller_and_ready_waits(http: responses.RequestsMock) -> None:
    answers(http, {"code": "BUSY"}, {"ok": True}, method="PUT")
    time = FakeTime()
    caller = client(time)
    with pytest.raises(RateLimitedError) as caught:
        caller.send(WRITE)
    assert (caught.value.retry_after_s, time.slept) == (20, [])
    caller.ready(WRITE.path)
    assert time.slept == [20]
    assert caller.send(WRITE).body == {"ok": True}


def test_a_write_that_would_wait_for_hours_names_no_pause(http: responses.RequestsMock) -> None:
    http.put(f"{BASE}/deals", status=429, headers={"Retry-After": "3600"})
    time = FakeTime()
    caller = Client("acme", BASE, replace(API, refusal=_with_wait), usage=Usage(), timing=time.timing)
    with pytest.raises(RateLimitedError) as caught:
        caller.send(WRITE)
    caller.ready(WRITE.path)
    assert (caught.value.retry_after_s, time.slept) == (None, [])


def test_retry_after_is_honoured_but_not_beyond_the_total_limit(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", status=429, headers={"Retry-After": "7"})
    http.get(f"{BASE}/deals", status=429, headers={"Retry-After": "3600"})
    api = replace(API, refusal=_with_wait)
    time = FakeTime()
    with pytest.raises(RateLimitedError) as caught:
        Client("acme", BASE, api, usage=Usage(), timing=time.timing).send(READ)
    assert time.slept == [7]
    assert caught.value.retry_after_s == 3600


def _with_wait(request: Request, answer: Answer) -> Refusal | None:
    found = refusal(request, answer)
    return replace(found, retry_after_s=answer.retry_after_s) if found else None


@pytest.mark.parametrize(
    ("code", "error", "calls"),
    [("DAY_OVER", RateLimitedError, 1), ("ODD", ServiceUnavailableError, 2), ("NEW_CODE", FatalSyncError, 1)],
)
def test_the_table_says_how_often_a_refused_read_is_sent(
    http: responses.RequestsMock, code: str, error: type[Exception], calls: int
) -> None:
    answers(http, *[{"code": code}] * calls)
    with pytest.raises(error, match=code):
        client(FakeTime()).send(READ)


def test_a_refusal_names_connection_stream_cause_trace_and_remedy(http: responses.RequestsMock) -> None:
    answers(http, {"code": "NO_SUCH", "message": "gone\nfar away", "trace": "E-1"})
    with pytest.raises(ConfigError) as caught:
        client(FakeTime()).send(READ)
    assert str(caught.value) == (
        "acme/deals: GET /deals was refused: NO_SUCH gone far away (trace E-1); "
        "check CRMSYNC_ACME_KEY and connections.acme.host"
    )


@pytest.mark.parametrize("loss", [500, requests.ReadTimeout(), requests.ConnectionError("reset"), {"code": "ODD"}])
def test_a_write_whose_answer_is_lost_is_not_sent_again(
    http: responses.RequestsMock, loss: int | dict[str, Any] | Exception
) -> None:
    answers(http, loss, method="PUT")
    with pytest.raises(OutcomeUnknownError, match="acme/Deals"):
        client(FakeTime()).send(WRITE)


def test_a_write_that_never_left_is_sent_again(http: responses.RequestsMock) -> None:
    answers(http, requests.ConnectTimeout(), {"ok": True}, method="PUT")
    assert client(FakeTime()).send(WRITE).body == {"ok": True}


def test_a_write_refused_for_an_unknown_reason_is_rejected(http: responses.RequestsMock) -> None:
    answers(http, {"code": "NEW_CODE"}, method="PUT")
    with pytest.raises(WriteRejectedError, match="NEW_CODE"):
        client(FakeTime()).send(WRITE)


def test_a_refused_token_is_renewed_once_and_the_call_repeated(http: responses.RequestsMock) -> None:
    answers(http, {"code": "OLD_TOKEN"}, {"data": []})
    auth = FakeAuth()
    assert client(FakeTime(), auth).send(READ).body == {"data": []}
    assert [call.request.headers["Authorization"] for call in http.calls] == ["token-0", "token-1"]


def test_a_fresh_token_that_is_refused_too_ends_the_matter(http: responses.RequestsMock) -> None:
    answers(http, {"code": "OLD_TOKEN"}, {"code": "OLD_TOKEN"})
    auth = FakeAuth()
    with pytest.raises(AuthError, match="OLD_TOKEN"):
        client(FakeTime(), auth).send(READ)
    assert auth.renewed == 1


def _unknown_name() -> requests.ConnectionError:
    reason = NameResolutionError("crm.example.com", HTTPConnection("crm.example.com"), OSError())  # type: ignore[arg-type]
    return requests.ConnectionError(MaxRetryError(None, "/deals", reason))  # type: ignore[arg-type]


def _refused() -> requests.ConnectionError:
    reason = NewConnectionError(HTTPConnection("crm.example.com"), "refused")
    return requests.ConnectionError(MaxRetryError(None, "/deals", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("failure", "cause"),
    [(_unknown_name(), "its name is not known"), (_refused(), "it refuses the connection")],
)
def test_a_wrong_host_is_named_with_cause_and_remedy(
    http: responses.RequestsMock, failure: Exception, cause: str
) -> None:
    answers(http, failure, failure, failure)
    with pytest.raises(ServiceUnavailableError) as caught:
        client(FakeTime()).send(READ)
    assert str(caught.value) == (
        f"acme/deals: no answer from crm.example.com: {cause}; check connections.acme.host, the network and HTTPS_PROXY"
    )


def test_a_certificate_that_cannot_be_verified_is_not_tried_again(http: responses.RequestsMock) -> None:
    answers(http, requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"))
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"):
        client(FakeTime()).send(READ)


def test_a_write_whose_secure_connection_breaks_may_have_been_done(http: responses.RequestsMock) -> None:
    answers(http, requests.exceptions.SSLError("[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), method="PUT")
    with pytest.raises(OutcomeUnknownError):
        client(FakeTime()).send(WRITE)


def test_a_redirect_is_not_followed(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", status=302, headers={"Location": "https://elsewhere.example.com"})
    with pytest.raises(ConfigError, match="is not an API host"):
        client(FakeTime()).send(READ)


@pytest.mark.parametrize("half", [b"\\ud83d", b"\\uDE00", b"\xed\xa0\xbd"])
def test_an_emoji_that_the_crm_cut_in_two_takes_no_other_record_with_it(
    http: responses.RequestsMock, half: bytes
) -> None:
    """As JSON escapes it, or as bytes that are no UTF-8."""
    body = (
        b'{"data": [{"id": "1", "name": "a%s", "big": 1e22}, {"id": "2", "name": "\\ud83d\\ude00 \xe5\xae\xa2"}]}'
        % half
    )
    http.get(f"{BASE}/deals", body=body)
    shown = client(FakeTime()).send(READ).body["data"]
    assert shown == [{"id": "1", "name": "a?", "big": 1e22}, {"id": "2", "name": "😀 客"}]


def test_an_answer_that_is_no_json_counts_as_no_answer(http: responses.RequestsMock) -> None:
    for body in ("<html>", '[{"a": NaN}]', "[" * 2_000, b"\xff", "[1", ""):
        http.get(f"{BASE}/deals", body=body)
    with pytest.raises(ServiceUnavailableError, match="something else than JSON"):
        client(FakeTime()).send(READ)


def test_the_clock_is_the_hosts_date(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", json={}, headers={"Date": "Tue, 24 Nov 2026 08:00:00 GMT"})
    assert client(FakeTime()).clock(READ) == datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize("date", ["yesterday", "0", "Tue, 99 Nov 2026 08:00:00 GMT"])
def test_a_date_that_is_none_spoils_no_write_and_gives_no_clock(http: responses.RequestsMock, date: str) -> None:
    http.put(f"{BASE}/deals", json={}, headers={"Date": date})
    http.get(f"{BASE}/deals", json={}, headers={"Date": date})
    caller = client(FakeTime())
    assert caller.send(WRITE).body == {}
    with pytest.raises(ServiceUnavailableError, match="its clock is not known"):
        caller.clock(READ)


def test_a_date_that_names_no_zone_is_utc(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", json={}, headers={"Date": "Tue, 24 Nov 2026 08:00:00 -0000"})
    assert client(FakeTime()).clock(READ) == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_tokens_are_in_no_log_and_no_error(http: responses.RequestsMock, caplog: pytest.LogCaptureFixture) -> None:
    answers(http, 500, {"code": "NO_SUCH"})
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigError) as caught:
        client(FakeTime(), FakeAuth()).send(READ)
    assert "trying again" in caplog.text
    assert "token-0" not in caplog.text + str(caught.value)


def test_a_netrc_file_does_not_replace_the_token(
    http: responses.RequestsMock, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine crm.example.com login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answers(http, {"data": []})
    client(FakeTime(), FakeAuth()).send(READ)
    assert http.calls[0].request.headers["Authorization"] == "token-0"


def test_an_empty_answer_with_status_200_was_cut_off_and_is_asked_for_again(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", body=b"")
    http.get(f"{BASE}/deals", json={"data": [1]})
    assert client(FakeTime()).send(READ).body == {"data": [1]}


def test_a_write_answered_with_nothing_is_of_unknown_outcome(http: responses.RequestsMock) -> None:
    http.put(f"{BASE}/deals", body=b"")
    with pytest.raises(OutcomeUnknownError):
        client(FakeTime()).send(WRITE)


def test_no_content_is_an_answer(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/deals", status=204)
    assert client(FakeTime()).send(READ).body is None


@contextmanager
def host(*bodies: bytes, promised: int, gzipped: bool = False) -> Iterator[str]:
    """A real host on this machine that answers with these bodies in turn, each promised to be so long, and hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(promised))
            if gzipped:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(left.pop(0))

        do_PUT = do_GET  # noqa: N815 - the server calls it so

        def log_message(self, *_words: object) -> None: ...

    left = list(bodies)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_read_whose_body_breaks_off_is_sent_again() -> None:
    time = FakeTime()
    with host(b'{"data": ', b'{"data": [1]}', promised=13) as url:
        assert Client("acme", url, API, usage=Usage(), timing=time.timing).ask(READ, "data") == [1]
    assert len(time.slept) == 1


def test_a_write_whose_body_breaks_off_is_of_unknown_outcome() -> None:
    with (
        host(b'{"data": ', promised=13) as url,
        pytest.raises(OutcomeUnknownError, match="the connection broke"),
    ):
        Client("acme", url, API, usage=Usage(), timing=FakeTime().timing).send(WRITE)


def test_a_compressed_body_is_read() -> None:
    packed = gzip.compress(b'{"data": [1]}', mtime=0)
    with host(packed, promised=len(packed), gzipped=True) as url:
        assert Client("acme", url, API, usage=Usage()).ask(READ, "data") == [1]


def test_a_body_that_does_not_come_is_told_as_no_answer() -> None:
    loss = explain(ReadTimeoutError(HTTPConnectionPool("127.0.0.1"), "/deals", "timed out"))
    assert (loss.cause, loss.sent) == ("no answer within 60 s", True)
