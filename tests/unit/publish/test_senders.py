"""Posting to a webhook: what counts as taken, what is tried again, and that the URL stays secret."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import responses
from pydantic import SecretStr

from models.config import Config
from models.errors import ConfigError
from pipeline.publish.senders import CHANNELS, post, webhook_url

MakeConfig = Callable[..., Config]
_URL = "https://hooks.slack.example/services/T0/B0/canary-4711"
_PAYLOAD = {"text": "hello"}


@pytest.mark.parametrize(
    ("channel", "status", "body", "taken"),
    [
        ("slack", 200, "ok", True),
        ("slack", 200, "<html>proxy</html>", False),
        ("slack", 404, "no_service", False),
        ("slack", 302, "", False),
        ("teams", 202, "", True),
        ("teams", 200, "1", True),
        ("teams", 200, "Webhook message delivery failed with error: HTTP error 413", False),
        ("teams", 401, '{"error":{"code":"DirectApiAuthorizationRequired"}}', False),
    ],
)
@responses.activate
def test_each_channel_knows_the_answer_that_means_taken(channel: str, status: int, body: str, *, taken: bool) -> None:
    responses.post(_URL, status=status, body=body, headers={"Location": "https://elsewhere.example/"})
    answer = post(CHANNELS[channel], SecretStr(_URL), _PAYLOAD, sleep=_never)
    assert answer.accepted is taken
    assert answer.text.startswith(f"HTTP {status}")
    assert len(responses.calls) == 1


@responses.activate
def test_busy_chat_is_asked_again_after_the_time_it_names() -> None:
    responses.post(_URL, status=429, headers={"Retry-After": "30"})
    responses.post(_URL, status=503)
    responses.post(_URL, body=requests.ConnectionError(f"cannot reach {_URL}"))
    responses.post(_URL, body="ok")
    slept: list[float] = []
    assert post(CHANNELS["slack"], SecretStr(_URL), _PAYLOAD, sleep=slept.append).accepted
    assert (len(slept), slept[0]) == (3, 30.0)


@responses.activate
def test_silence_ends_as_a_refusal_that_names_the_failure_and_not_the_url() -> None:
    responses.post(_URL, body=requests.ConnectTimeout(f"cannot reach {_URL}"))
    answer = post(CHANNELS["slack"], SecretStr(_URL), _PAYLOAD, sleep=lambda _: None)
    assert (answer.accepted, answer.text) == (False, "no answer after 4 attempts (ConnectTimeout)")


@responses.activate
def test_answer_that_repeats_the_url_is_cleaned_and_cut() -> None:
    responses.post(_URL, status=400, body=f"bad {_URL}\n" + "x" * 500)
    answer = post(CHANNELS["slack"], SecretStr(_URL), _PAYLOAD, sleep=_never)
    assert "canary" not in answer.text
    assert len(answer.text) <= 220


def test_missing_url_names_the_variable(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match="CRMSYNC_TEAMS_WEBHOOK_URL"):
        webhook_url(make_config(), CHANNELS["teams"])


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.example/canary",
        "canary",
        "file:///canary",
        "https://[canary",
        "http://127.0.0.1:99999/canary",
    ],
)
def test_url_that_is_not_https_is_refused_without_being_shown(make_config: MakeConfig, url: str) -> None:
    config = make_config(secrets={"CRMSYNC_SLACK_WEBHOOK_URL": url})
    with pytest.raises(ConfigError, match="CRMSYNC_SLACK_WEBHOOK_URL is not an https URL") as caught:
        webhook_url(config, CHANNELS["slack"])
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1:8900", "127.0.0.2:8900", "localhost:8900", "[::1]:8900"])
def test_plain_http_is_for_this_machine(make_config: MakeConfig, host: str) -> None:
    config = make_config(secrets={"CRMSYNC_SLACK_WEBHOOK_URL": f"http://{host}/slack"})
    assert webhook_url(config, CHANNELS["slack"]).get_secret_value() == f"http://{host}/slack"


@pytest.fixture
def chat_url() -> Iterator[str]:
    """A real server on this machine that answers `ok`."""

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Chat)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/services/canary-4711"
    server.shutdown()
    thread.join()
    server.server_close()


def test_debug_logging_does_not_show_the_url(chat_url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    assert post(CHANNELS["slack"], SecretStr(chat_url), _PAYLOAD, sleep=_never).accepted
    assert "canary" not in caplog.text


def _never(_: float) -> None:
    raise AssertionError("nothing to wait for")
