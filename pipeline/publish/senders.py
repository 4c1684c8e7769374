"""Post a message to a chat webhook. The URL is the secret: it is in no log line, no error and no ledger."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr
from requests import Response
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from connectors.hosts import is_loopback
from models.config import SECRETS_FILE, Config
from models.errors import ConfigError
from pipeline.publish import slack, teams
from pipeline.publish.digest import Digest

Sleep = Callable[[float], None]

_TIMEOUT_S = (5.0, 20.0)  # to connect, to answer
_ATTEMPTS = 4
_LONGEST_WAIT_S = 60.0
_ANSWER_LIMIT = 200
_backoff = wait_random_exponential(multiplier=1, max=30)


@dataclass(frozen=True, slots=True)
class Channel:
    """One chat tool: how a digest looks there, and which answer means that it was taken."""

    name: str
    label: str
    render: Callable[[Digest], dict[str, Any]]
    accepted: Callable[[Response], bool]

    @property
    def variable(self) -> str:
        return f"CRMSYNC_{self.name.upper()}_WEBHOOK_URL"


CHANNELS = {
    channel.name: channel
    for channel in (
        Channel("slack", "Slack", slack.render, slack.accepted),
        Channel("teams", "Microsoft Teams", teams.render, teams.accepted),
    )
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one message; `text` is the chat tool's own word, or why there was none."""

    accepted: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Try:
    """One attempt: a response, or the kind of failure that kept it from coming."""

    response: Response | None
    failure: str = ""

    @property
    def is_worth_a_retry(self) -> bool:
        return self.response is None or self.response.status_code == 429 or self.response.status_code >= 500  # noqa: PLR2004 - HTTP


def webhook_url(config: Config, channel: Channel) -> SecretStr:
    """The channel's address.

    Raises:
        ConfigError: It is missing, or not https (http is for this machine only).
    """
    url = config.secret(channel.variable)
    if url is None:
        raise ConfigError(
            f"publish.channels has {channel.name}, but its webhook URL is missing: set the environment variable "
            f"{channel.variable} or write {channel.variable}=… into {SECRETS_FILE} (mode 0600) beside the configuration"
        )
    if not _is_safe(url.get_secret_value()):
        raise ConfigError(f"{channel.variable} is not an https URL; copy it again from {channel.label}")
    return url


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, is_tls = parts.hostname or "", parts.scheme == "https"
        requests.Request("POST", url).prepare()
        return parts.port != 0 and bool(host) and (is_tls or (parts.scheme == "http" and is_loopback(host)))
    except (ValueError, requests.RequestException):  # no host name, a port out of range
        return False


def post(channel: Channel, url: SecretStr, payload: dict[str, Any], *, sleep: Sleep = time.sleep) -> Answer:
    """Send one message, again after 429, 5xx and lost connections. A message may so arrive twice, but not be lost."""
    retrying = Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=_wait,
        sleep=sleep,
        retry=retry_if_result(lambda attempt: attempt.is_worth_a_retry),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    with _silenced(url):
        attempt: _Try = retrying(_post_once, url, payload)
    response = attempt.response
    if response is None:
        return Answer(accepted=False, text=f"no answer after {_ATTEMPTS} attempts ({attempt.failure})")
    words = " ".join(response.text.replace(url.get_secret_value(), "…").split())[:_ANSWER_LIMIT]
    return Answer(channel.accepted(response), f"HTTP {response.status_code} {words}".rstrip())


def _post_once(url: SecretStr, payload: dict[str, Any]) -> _Try:
    try:
        return _Try(requests.post(url.get_secret_value(), json=payload, timeout=_TIMEOUT_S, allow_redirects=False))
    except requests.RequestException as error:
        return _Try(None, type(error).__name__)  # its text holds the URL


def _wait(state: RetryCallState) -> float:
    """What the chat tool asks for (Retry-After, seconds), else a growing pause."""
    attempt: _Try | None = state.outcome.result() if state.outcome else None
    asked = attempt.response.headers.get("Retry-After", "") if attempt and attempt.response is not None else ""
    return min(float(asked), _LONGEST_WAIT_S) if asked.isdecimal() else _backoff(state)


@contextmanager
def _silenced(url: SecretStr) -> Iterator[None]:
    """Keep the HTTP library from logging the path, which is the secret, where somebody turns debug logging on."""
    logger = logging.getLogger("urllib3.connectionpool")
    path = urlsplit(url.get_secret_value()).path

    def harmless(record: logging.LogRecord) -> bool:
        return path not in record.getMessage()

    logger.addFilter(harmless)
    try:
        yield
    finally:
        logger.removeFilter(harmless)
