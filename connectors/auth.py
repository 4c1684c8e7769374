"""Access tokens: got when needed, kept in a file beside the configuration, shared by all processes that use it.

Both CRMs let a client ask for about ten tokens in ten minutes and no more (docs/vendor/zoho.md §1.3,
docs/vendor/fxiaoke.md §1.1), so a token outlives the process that got it, and only one process at a time asks.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from connectors.api import Request
from connectors.timing import SYSTEM, Timing
from models.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when to replace it.

    Attributes:
        value: The secret itself.
        renew_at: Seconds since 1970.
        facts: What came with it and each call has to repeat.
    """

    value: str = field(repr=False)
    renew_at: float
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


def renew_at(now: float, expires_in_s: float, early_s: float) -> float:
    """When to replace a token: `early_s` before its end, but never in the first half of its life."""
    return now + max(expires_in_s - early_s, expires_in_s / 2)


class TokenAuth:
    """Attaches the current token to each request.

    Args:
        folder: Where the token is kept.
        identity: What the token stands for: URL, client and secrets. Only its hash is stored; a changed secret is tried
            at once.
        fetch: Asks the CRM for a token.
        attach: Puts a token into a request.
        timing: Clocks.
    """

    def __init__(
        self,
        folder: Path,
        identity: Sequence[str],
        *,
        fetch: Callable[[], Token],
        attach: Callable[[Request, Token], Request],
        timing: Timing = SYSTEM,
    ) -> None:
        self.identity = hashlib.blake2b("\0".join(identity).encode(), digest_size=12).hexdigest()
        """A hash of it, which tells one user's connection to one tenant from all others."""
        self._path = folder / f".crmsync-token-{self.identity}.json"
        self._fetch, self._attach, self._timing = fetch, attach, timing
        self._token: Token | None = None
        self._attached = threading.local()
        """By thread: the token that it attached last, which is the one that was refused."""

    def attach(self, request: Request) -> Request:
        if not self._is_fresh(self._token):
            self._replace(refused=None)
        token = self._token
        assert token is not None  # noqa: S101 - for the type checker; `_replace` set it
        self._attached.token = token
        return self._attach(request, token)

    def renew(self) -> None:
        self._replace(refused=getattr(self._attached, "token", None))

    def _replace(self, refused: Token | None) -> None:
        """Take the token that another process got meanwhile, else ask for one."""
        with self._lock():
            stored = self._load()
            if not self._is_fresh(stored) or (refused and stored and stored.value == refused.value):
                stored = self._fetch()
                self._save(stored)
            self._token = stored

    def _is_fresh(self, token: Token | None) -> bool:
        return token is not None and self._timing.now() < token.renew_at

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process or thread at a time; the kernel lets go when the holder dies."""
        with self._writable():
            handle = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _load(self) -> Token | None:
        try:
            token = Token(**orjson.loads(self._path.read_bytes()))
            self._attach(Request("GET", "/", "token"), token)
            is_whole = isinstance(token.value, str) and isinstance(token.renew_at, int | float)
        except (OSError, ValueError, TypeError, LookupError):  # not there yet, or not ours: a new one is got
            return None
        return token if is_whole else None

    def _save(self, token: Token) -> None:
        """Written whole or not at all, and before its first use: a crash must not cost a token."""
        draft = self._path.with_suffix(".new")
        with self._writable():
            draft.unlink(missing_ok=True)
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(asdict(token)))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)

    @contextmanager
    def _writable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or "it fails"
            raise ConfigError(
                f"the access token cannot be kept in {self._path.parent}: {reason}; make the folder writable"
            ) from error
