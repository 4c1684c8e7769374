"""What a failure below HTTP means: was the request sent, and what should a person look at?"""

from __future__ import annotations

from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, NameResolutionError, NewConnectionError, ReadTimeoutError

CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Loss:
    """Why no answer came.

    Attributes:
        cause: For a person; never holds the URL's parameters.
        sent: The CRM may have got the request, so that the outcome of a write is unknown.
        certificate: The host's certificate could not be checked: trying again cannot help.
    """

    cause: str
    sent: bool
    certificate: bool = False


_BEFORE_SENDING: tuple[tuple[type[requests.RequestException], str], ...] = (
    (requests.exceptions.ProxyError, "the proxy does not let us through"),
    (requests.exceptions.ConnectTimeout, f"no connection within {CONNECT_TIMEOUT_S} s"),
)


def explain(error: requests.RequestException | HTTPError) -> Loss:
    """Read the cause out of what `requests` wraps around it; an HTTPError is urllib3's, from the body of an answer."""
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error):
        return Loss("its TLS certificate cannot be verified", sent=False, certificate=True)
    for kind, cause in _BEFORE_SENDING:
        if isinstance(error, kind):
            return Loss(cause, sent=False)
    if isinstance(error, requests.exceptions.Timeout | ReadTimeoutError):
        return Loss(f"no answer within {READ_TIMEOUT_S} s", sent=True)
    reason = error.args[0] if error.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    if isinstance(reason, NameResolutionError):
        return Loss("its name is not known", sent=False)
    if isinstance(reason, NewConnectionError):
        return Loss("it refuses the connection", sent=False)
    return Loss("the connection broke", sent=True)
