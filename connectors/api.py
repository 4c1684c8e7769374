"""The words of an HTTP API: a request, its answer, a refusal, and the table that says what each refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from models.errors import (
    AuthError,
    CrmSyncError,
    FatalSyncError,
    RateLimitedError,
    RetriableError,
    ServiceUnavailableError,
    WriteRejectedError,
)

TRIES = 6
"""Times that a request is sent before its failure is final; with growing pauses about half a minute."""

_MESSAGE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Request:
    """One call.

    Attributes:
        method: HTTP verb.
        path: After the base URL; rate limits and usage are counted by it.
        subject: Stream or object that it is for, as messages name it.
        record: Id of the one record of the path that it is about, where that stands in the URL; '' elsewhere.
        body: Sent as JSON.
        form: Sent as an HTML form instead.
        write: It changes the CRM, so that it is not sent again when its outcome is unknown.
        rows: Most records that it may return, where its price depends on that.
        tries: Most times that it is sent, whatever the rule for its failure allows.
        lasting: What it asks for seldom changes (fields, layouts), so that an answer of today may do.
    """

    method: str
    path: str
    subject: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    write: bool = False
    rows: int = 0
    tries: int = TRIES
    lasting: bool = False
    record: str = ""

    @property
    def url(self) -> str:
        """What follows the base URL, without parameters."""
        return f"{self.path}/{self.record}" if self.record else self.path

    @property
    def key(self) -> str:
        """What tells it from other requests, without the credentials, which are attached later."""
        params = f"?{urlencode(sorted(self.params.items()))}" if self.params else ""
        body = f" {orjson.dumps(self.body, option=orjson.OPT_SORT_KEYS).decode()}" if self.body else ""
        return f"{self.method} {self.url}{params}{body}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` is decoded JSON, None if there was none; `date` is the CRM's clock, aware UTC."""

    status: int
    body: Any
    date: datetime | None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, in the CRM's own words. `trace` is what its support asks for."""

    code: str
    message: str
    trace: str = ""
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means.

    Attributes:
        error: Class of the error to raise.
        remedy: What to do about it; may name `{connection}` and `{secrets}`, the prefix of its environment variables.
        tries: Times that the request is sent in all; None: TRIES if the error is retriable, else once.
        retry_after_s: Pause where the CRM does not name one.
    """

    error: type[CrmSyncError]
    remedy: str = ""
    tries: int | None = None
    retry_after_s: float | None = None


ErrorMap = Mapping[str, Rule]
"""The CRM's code → what it means."""


def free(_request: Request) -> int:
    """The price of a call in a CRM that has no credits."""
    return 0


@dataclass(frozen=True, slots=True)
class Api:
    """How one CRM answers, declared once per CRM.

    Attributes:
        refusal: Finds the refusal in an answer; None if it is a success.
        errors: What the codes mean.
        unknown: The rule for a code that the table lacks, for reads. An unknown code rejects a write.
        host_key: Configuration key that the host comes from.
        cost: Credits that a call costs.
        quota_header: Header in which the CRM tells how many credits are left; '' if it never does.
    """

    refusal: Callable[[Request, Answer], Refusal | None]
    errors: ErrorMap
    unknown: Rule
    host_key: str
    cost: Callable[[Request], int] = free
    quota_header: str = ""

    def rule(self, request: Request, answer: Answer, code: str) -> Rule:
        """The rule for a code: by the table, else by the status, else `unknown`."""
        if code in self.errors:
            return self.errors[code]
        if answer.status == 429:  # noqa: PLR2004 - the status has no better name than its number
            return Rule(RateLimitedError)
        if answer.status == 401:  # noqa: PLR2004
            return Rule(AuthError)
        if answer.status >= 500:  # noqa: PLR2004
            return Rule(ServiceUnavailableError)
        return Rule(WriteRejectedError) if request.write else self.unknown


UNKNOWN = Rule(FatalSyncError, "this answer is not known to crmsync; please report it")


def tries(rule: Rule) -> int:
    if rule.tries is not None:
        return rule.tries
    return TRIES if issubclass(rule.error, RetriableError) else 1


def error_of(connection: str, request: Request, refusal: Refusal, rule: Rule) -> CrmSyncError:
    """The error that says who refused what, why, and what to do."""
    remedy = rule.remedy.format(connection=connection, secrets=f"CRMSYNC_{connection.upper()}")
    text = (
        f"{connection}/{request.subject}: {request.method} {request.url} was refused: {words(refusal)}"
        f"{f'; {remedy}' if remedy else ''}"
    )
    if issubclass(rule.error, RetriableError):
        return rule.error(text, retry_after_s=refusal.retry_after_s or rule.retry_after_s)
    return rule.error(text)


def words(refusal: Refusal) -> str:
    """Code, message and trace in one line of bounded length."""
    message = " ".join(refusal.message.split())[:_MESSAGE_LENGTH]
    return f"{refusal.code}{f' {message}' if message else ''}{f' (trace {refusal.trace})' if refusal.trace else ''}"
