"""Every error that crmsync raises, by what to do about it.

CrmSyncError
├─ ConfigError              stop; the message names the key, field or credential and the remedy (exit 2)
│  └─ ObjectUnavailableError  the CRM has no such object, or not for this user: a stream that may lack is passed over
├─ RetriableError           wait, then try the same request again
│  ├─ RateLimitedError      the CRM says that we call too often
│  └─ ServiceUnavailableError  no answer, or a 5xx
├─ AuthError                the token is refused: get a new one once, then stop
├─ RecordError              one record is bad: dead letter, the others go on
│  ├─ MappingError          a value that cannot be read
│  └─ WriteRejectedError    the CRM refuses a value
├─ OutcomeUnknownError      a write whose answer was lost: read back, never guess
├─ SourceBusyError          another run holds the source (exit 3)
└─ FatalSyncError           stop the stream, keep its checkpoint
   ├─ CheckpointConflictError
   └─ SchemaDriftError      the CRM's fields have changed, and the configuration wants a person to look first
"""

from __future__ import annotations


class CrmSyncError(Exception):
    """Base of all. The text is one line for the person at the terminal: what, where, why, and the remedy."""


class ConfigError(CrmSyncError):
    """Wrong configuration or credentials: trying again cannot help."""


class ObjectUnavailableError(ConfigError):
    """The CRM has no such object: an edition without it, or a user who may not read it."""


class RetriableError(CrmSyncError):
    """The same request may succeed later.

    Attributes:
        retry_after_s: Seconds that the CRM asked us to wait; None if it did not say.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RateLimitedError(RetriableError):
    """The call was refused before it had an effect, so even a write may be sent again."""


class ServiceUnavailableError(RetriableError):
    """No usable answer. A read may be sent again; of a write the outcome is unknown."""


class AuthError(CrmSyncError):
    """The CRM does not take our token (any more)."""


class RecordError(CrmSyncError):
    """One record is bad; its neighbours are not."""


class MappingError(RecordError):
    """A value does not fit its column."""


class WriteRejectedError(RecordError):
    """The CRM refused to write a value."""


class OutcomeUnknownError(CrmSyncError):
    """A write was sent and its answer never came."""


class SourceBusyError(CrmSyncError):
    """Another run holds the source."""


class FatalSyncError(CrmSyncError):
    """The stream cannot go on; what is committed stays, and its checkpoint with it."""


class CheckpointConflictError(FatalSyncError):
    """The stored position does not fit the stream any more."""


class SchemaDriftError(FatalSyncError):
    """Fields of the CRM have changed, and `on_schema_change: stop` waits for someone to acknowledge it."""
