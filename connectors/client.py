"""The HTTP client that all connectors share: one session, patience with what passes, and a clear word for what does not.

Retries stand around one request, and only here: a read is sent again after any passing trouble, a write only when
the CRM cannot have acted on it.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter
from urllib3.exceptions import HTTPError

from connectors.api import TRIES, Answer, Api, Request, Rule, error_of, tries
from connectors.hosts import is_loopback
from connectors.quota import Quota
from connectors.timing import SYSTEM, Timing
from connectors.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, explain
from models.errors import (
    AuthError,
    ConfigError,
    CrmSyncError,
    FatalSyncError,
    OutcomeUnknownError,
    RateLimitedError,
    RetriableError,
    ServiceUnavailableError,
)
from models.protocols import Answers
from models.records import Usage

MAX_WAIT_S = 180.0
"""Seconds that the retries of one request may wait in all; a CRM that asks for more has its error raised at once."""

_OK = 200  # always with a body: an empty one was cut off on its way
_UNREACHABLE_TRIES = 3
_PAUSE_S = 10.0
"""Before the next write where a CRM refuses one for its rate and names no time."""
_COUNTING = threading.Lock()
"""Threads that read side by side count into one `Usage`."""
_logger = logging.getLogger("crmsync.connectors")
_backoff = wait_exponential_jitter(initial=1, max=60)


class Auth(Protocol):
    """Puts the credentials into a request."""

    def attach(self, request: Request) -> Request: ...

    def renew(self) -> None:
        """The CRM refused what was attached last: get a new token."""
        ...


class Client:
    """Calls to one host.

    Args:
        connection: Name of the connection, for messages.
        base_url: https, or http to this machine (`connectors.hosts.base_url` has checked it).
        api: How the CRM answers.
        usage: Is counted up.
        auth: None where calls carry their own credentials.
        quota: Limits to keep before each call.
        timing: Clocks and sleep.
        identity: Tells whose answers these are: another tenant or user gets others.

    Attributes:
        answers: Where the answers to lasting requests are kept; None: every request is sent.
    """

    def __init__(
        self,
        connection: str,
        base_url: str,
        api: Api,
        *,
        usage: Usage,
        auth: Auth | None = None,
        quota: Quota | None = None,
        timing: Timing = SYSTEM,
        identity: str = "",
    ) -> None:
        self.connection = connection
        self.usage = usage
        self.answers: Answers | None = None
        self._identity = identity
        self._base_url, self._api, self._auth, self._quota, self._timing = base_url, api, auth, quota, timing
        self._host = urlsplit(base_url).hostname or ""
        self._closed_until: dict[str, float] = {}
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(self._host)  # a proxy cannot reach this machine
        self._session.headers["User-Agent"] = "crmsync"

    def send(self, request: Request) -> Answer:
        """Send it, with all patience that is due, and return the answer if it is a success.

        Raises:
            CrmSyncError: The class that `Api.errors` gives to the refusal; ServiceUnavailableError if no answer came;
                OutcomeUnknownError for a write that may have had its effect.
        """
        if self.answers is None or not request.lasting:
            return self._sent(request)
        kept = self.answers.get(request.key, self._identity)
        if kept is not None:
            return Answer(_OK, orjson.loads(kept), None)
        answer = self._sent(request)
        self.keep(request, answer.body)
        return answer

    def keep(self, request: Request, body: Any) -> None:
        """Keep an answer to a lasting request, where answers are kept."""
        if self.answers is not None:
            self.answers.put(request.key, orjson.dumps(body), self._identity)

    def renew(self) -> bool:
        """Give out no answer of a former run any more. False if none was: then the CRM itself has been asked."""
        return self.answers is not None and self.answers.renew()

    def _sent(self, request: Request) -> Answer:
        try:
            return self._patiently(request)
        except AuthError:
            if self._auth is None:
                raise
            self._auth.renew()
        return self._patiently(request)

    def ask(self, request: Request, *keys: str | int, kind: type[Any] = list) -> Any:
        """Send it and return what its answer holds under `keys`.

        Raises:
            FatalSyncError: See `part`.
        """
        return self.part(request, self.send(request).body, *keys, kind=kind)

    def ask_list(self, request: Request, key: str) -> list[Any]:
        """Send it and return the list in its answer, where an answer without a body says that there is nothing.

        Raises:
            FatalSyncError: See `part`.
        """
        body = self.send(request).body
        found: list[Any] = [] if body is None else self.part(request, body, key)
        return found

    def part(self, request: Request, body: Any, *keys: str | int, kind: type[Any] = list) -> Any:
        """What an answer's body holds under `keys`.

        Raises:
            FatalSyncError: Nothing, or something of another kind: taken for an empty list it would mean that every
                record is gone.
        """
        found = body
        try:
            for key in keys:
                found = found[key]
        except (KeyError, IndexError, TypeError):
            found = None
        if not isinstance(found, kind):
            path = ".".join(map(str, keys))
            raise FatalSyncError(
                f"{self.connection}/{request.subject}: {request.method} {request.path} was answered without {path}; "
                "run again, and report it if it stays"
            )
        return found

    def ready(self, path: str) -> None:
        """Wait until the limits would let a call of `path` through at once."""
        pause = self._closed_until.get(path, 0.0) - self._timing.monotonic()
        self._sleep(max(pause, self._quota.of(path).wait_s() if self._quota else 0.0))

    def clock(self, request: Request) -> datetime:
        """The CRM's clock, from the answer to a cheap request; aware UTC, whole seconds."""
        date = self.send(request).date
        if date is None:
            raise ServiceUnavailableError(
                f"{self.connection}: {self._host} sends no Date header, so its clock is not known; {self._check_host()}"
            )
        return date

    def close(self) -> None:
        self._session.close()

    def _patiently(self, request: Request) -> Answer:
        retrying = Retrying(
            retry=retry_if_exception_type(_AgainError),
            wait=_wait,
            stop=_stop,
            sleep=self._sleep,
            before_sleep=_tell,
            reraise=True,
        )
        try:
            return retrying(self._once, request)
        except _AgainError as last:
            raise last.error from None

    def _once(self, request: Request) -> Answer:
        if self._quota:
            self._sleep(self._quota.of(request.path).reserve())
        signed = self._auth.attach(request) if self._auth else request
        self._count(request)
        answer = self._exchange(signed)
        refusal = self._api.refusal(request, answer)
        if refusal is None:
            return answer
        rule = self._api.rule(request, answer, refusal.code)
        raise self._judge(request, error_of(self.connection, request, refusal, rule), rule)

    def _exchange(self, request: Request) -> Answer:
        """One request and its answer, whatever it says."""
        headers = dict(request.headers)
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = self._session.request(
                request.method,
                f"{self._base_url}{request.url}",
                params=dict(request.params),
                data=orjson.dumps(request.body) if request.body is not None else request.form,
                headers=headers,
                auth=_as_it_is,
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            )
            # In one piece: a loop over small ones would ask for the interpreter's lock again after each.
            content = response.raw.read(decode_content=True)
        except (requests.RequestException, HTTPError) as error:
            raise self._lost(request, error) from error
        left = response.headers.get(self._api.quota_header, "") if self._api.quota_header else ""
        if left.isdecimal():
            self.usage.quota_left = int(left)
        if response.is_redirect:
            raise ConfigError(
                f"{self.connection}: {self._host} is not an API host, it answers with a redirect; {self._check_host()}"
            )
        return self._decoded(request, response, content)

    def _decoded(self, request: Request, response: requests.Response, content: bytes) -> Answer:
        try:
            body = _json(content) if content or response.status_code == _OK else None
        except (ValueError, RecursionError):
            if response.ok:
                text = f"{self.connection}/{request.subject}: {self._host} answered {request.path} with something else than JSON"
                error = ServiceUnavailableError(f"{text}; {self._check_host()}")
                raise self._judge(request, error, Rule(ServiceUnavailableError)) from None
            body = None
        wait = response.headers.get("Retry-After", "")
        return Answer(
            response.status_code,
            body,
            _instant(response.headers.get("Date")),
            float(wait) if wait.isdecimal() else None,
        )

    def _judge(self, request: Request, error: CrmSyncError, rule: Rule) -> Exception:
        """What to raise for an error: itself, that it may be tried again, or that a write's outcome is unknown."""
        if request.write and isinstance(error, ServiceUnavailableError):
            return OutcomeUnknownError(f"{error}; whether it was written will be read back")
        if request.write:
            return self._paused(request, error, rule) if isinstance(error, RateLimitedError) else error
        allowed = min(tries(rule), request.tries)
        return _AgainError(error, allowed) if allowed > 1 else error

    def _paused(self, request: Request, error: RateLimitedError, rule: Rule) -> RateLimitedError:
        """A refused write goes back to the caller, who looks at the record again once `ready` lets him."""
        pause = error.retry_after_s or _PAUSE_S
        error.retry_after_s = pause if tries(rule) > 1 and pause <= MAX_WAIT_S else None
        if error.retry_after_s is not None:
            self._closed_until[request.path] = self._timing.monotonic() + pause
        return error

    def _lost(self, request: Request, error: requests.RequestException | HTTPError) -> Exception:
        loss = explain(error)
        text = f"{self.connection}/{request.subject}: no answer from {self._host}: {loss.cause}"
        if loss.certificate:
            return ConfigError(
                f"{text}; {self._check_host()}, or set REQUESTS_CA_BUNDLE to your organisation's certificates"
            )
        if loss.sent:
            return self._judge(request, ServiceUnavailableError(text), Rule(ServiceUnavailableError))
        return _AgainError(
            ServiceUnavailableError(f"{text}; {self._check_host()}"), min(_UNREACHABLE_TRIES, request.tries)
        )

    def _check_host(self) -> str:
        if is_loopback(self._host):
            return f"check that it runs, and connections.{self.connection}.base_url"
        return f"check connections.{self.connection}.{self._api.host_key}, the network and HTTPS_PROXY"

    def _count(self, request: Request) -> None:
        with _COUNTING:
            self.usage.count(request.subject, f"{request.method} {request.path}", self._api.cost(request))

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            with _COUNTING:
                self.usage.waited_s += seconds
            self._timing.sleep(seconds)


class _AgainError(Exception):
    """Carries an error that may pass, through tenacity."""

    def __init__(self, error: CrmSyncError, allowed: int = TRIES) -> None:
        super().__init__(str(error))
        self.error, self.allowed = error, allowed


def _failure(state: RetryCallState) -> _AgainError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, _AgainError)  # noqa: S101 - for the type checker; nothing else is retried
    return error


def _wait(state: RetryCallState) -> float:
    error = _failure(state).error
    asked = error.retry_after_s if isinstance(error, RetriableError) else None
    return asked if asked is not None else _backoff(state)


def _stop(state: RetryCallState) -> bool:
    return state.attempt_number >= _failure(state).allowed or state.idle_for + state.upcoming_sleep > MAX_WAIT_S


def _tell(state: RetryCallState) -> None:
    _logger.warning("%s; trying again in %.0f s", _failure(state), state.upcoming_sleep)


def _json(content: bytes) -> Any:
    """The decoded body; half of a surrogate pair, such as of an emoji that the CRM cut in two, is a question mark.

    Raises:
        ValueError, RecursionError: It is no JSON.
    """
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        whole = json.dumps(json.loads(content), ensure_ascii=False).encode(errors="replace")
        return orjson.loads(whole)


def _instant(date: str | None) -> datetime | None:
    """A Date header as aware UTC; None if it is none."""
    try:
        instant = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _as_it_is(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps `requests` from putting credentials of a .netrc in place of ours."""
    return prepared
