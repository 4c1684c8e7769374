"""What the pipeline asks of a connector. Each connector implements this; nothing above knows more about a CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

from models.records import Change, Deletion, FieldInfo, Page, Price, Raw, Usage, Window, WriteResult
from models.spec import Converter, Stream, Tenant, check_streams


class Answers(Protocol):
    """Keeps what a CRM said of itself, so that it need not be asked in every run: key → answer, as JSON text.

    `whose` tells who asked: another tenant or user is told something else.
    """

    def get(self, key: str, whose: str) -> bytes | None:
        """The kept answer; None if there is none that may still be used."""
        ...

    def put(self, key: str, answer: bytes, whose: str) -> None:
        """Keep it in place of the former answer, whoever got that."""
        ...

    def renew(self) -> bool:
        """Give out no answer of a former run from now on. False if none was given out since this was asked last."""
        ...


class Connector(Protocol):
    """One connection to one tenant of a CRM.

    Every method may raise ConfigError (credentials, data centre, unknown object), ServiceUnavailableError (host or
    server, after retries) or RateLimitedError (a daily quota; short limits are waited for).
    """

    name: str
    streams: tuple[Stream, ...]
    usage: Usage
    write_batch: int
    """Records that one write call takes."""
    read_batch: int
    """Ids that one call of `get` or `fetch` takes."""
    list_batch: int
    """Records that one call of `listing` brings."""
    list_credits: int
    """What that call costs."""
    numeric_ids: bool
    """Ids ascend as numbers, in listings; else as text."""

    def clock(self) -> datetime:
        """The CRM's clock, from the Date header of a cheap call; aware UTC, whole seconds."""
        ...

    def tenant(self) -> Tenant:
        """Time zone, currency and deal stages, read once."""
        ...

    def remember(self, answers: Answers | None) -> None:
        """Look there before asking the CRM for what it says of itself; None, as at the start: always ask the CRM.

        What was asked before is forgotten. What is looked for and not found is asked for anew before it is an error.
        """
        ...

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        """The readable fields of an object by API name, from the CRM's metadata, read once."""
        ...

    def read(
        self, stream: Stream, *, since: datetime | None, until: datetime, position: Mapping[str, Any] | None
    ) -> Iterator[Page]:
        """Every record modified in [since, until]; all if `since` is None. Later ones may come along.

        Args:
            stream: One of `spec.streams`.
            since: Inclusive, aware UTC.
            until: Inclusive, aware UTC.
            position: From the last page that was committed, to go on after it.
        """
        ...

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        """The records of a window as they are now, each as `read` shows it. For incremental streams.

        Several windows may be read at the same time, each in a thread of its own.

        Args:
            stream: One of `spec.streams`.
            window: By the CRM's own times.
            position: As for `read`, of the same window and field.
            field: Only this one is wanted, beside the id, the time of the last edit, and what tells deleted records.
        """
        ...

    def count(self, stream: Stream, window: Window | None) -> int:
        """How many records there are, in the window or in all, by one call. For incremental streams."""
        ...

    def price(self, stream: Stream, records: int, window: Window | None = None, field: str | None = None) -> Price:
        """What it costs to read so many records, or one field of them, by `window`, or by `read` without one."""
        ...

    def notes(self, stream: Stream) -> Sequence[str]:
        """What a person should know of how a stream is read: what it costs beyond the usual, what it does not bring."""
        ...

    def slowest_s(self, calls: int) -> float:
        """Seconds that the CRM's limits make so many calls of reading last at the least. Asks nobody."""
        ...

    def deleted(self, stream: Stream, *, since: datetime | None) -> Iterator[Sequence[Deletion]]:
        """For streams with `deletes="feed"`: records deleted at or after `since`, or as far back as the CRM tells."""
        ...

    def ids(self, stream: Stream, *, after: str | None) -> Iterator[Sequence[str]]:
        """For streams with `deletes="sweep"`: ids that exist, ascending as text, those greater than `after`.

        A page is never empty.
        """
        ...

    def listing(self, stream: Stream, fields: Sequence[str], *, after: str | None) -> Iterator[Sequence[Raw]]:
        """For incremental streams: the records that exist, each with its id and these fields alone, by ascending id.

        Those greater than `after`; a page is never empty.
        """
        ...

    def fetch(self, stream: Stream, ids: Sequence[str]) -> Sequence[Raw]:
        """For incremental streams: up to `read_batch` records as `read` shows them, without those that do not exist."""
        ...

    def get(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Live values of up to `read_batch` records, decoded by the fields' types: id → field → value.

        Numbers come as Decimal, lookups as ids, empty as None. Records that do not exist (any more) are left out.
        """
        ...

    def scan(self, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The same for all records of an object."""
        ...

    def ready(self, object_name: str) -> None:
        """Wait until the CRM's limits let a write of this object through at once; then comes the last look."""
        ...

    def write(self, object_name: str, changes: Sequence[Change]) -> Sequence[WriteResult]:
        """Update up to `write_batch` records in one call, with the CRM's automation off; results in order.

        Raises:
            OutcomeUnknownError: The call may or may not have had its effect. It is not sent again.
            RateLimitedError: Refused before it had an effect. With `retry_after_s`, `ready` waits for so long.
            CrmSyncError: Any other says that it had none.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """One kind of CRM.

    Attributes:
        name: As `connector:` in the configuration says it.
        settings: The keys that a connection of this kind takes; SecretStr fields come from the environment.
        streams: In the order in which they are read.
        connect: Makes the connector: connection name, settings, folder for its token cache.
        module: Makes the stream of an object of the tenant's own, from what `Stream` takes beside the fields.
        converters: What reads a value into a column that is an `id`, `text`, `instant`, `day`, `number`, `whole`, `flag`
            or `kind` (a word in small letters).
        example: Keys of a connection that people have to look at, with the values that `crmsync init` writes.
    """

    name: str
    settings: type[BaseModel]
    streams: tuple[Stream, ...]
    connect: Callable[[str, Any, Path], Connector]
    module: Callable[..., Stream]
    converters: Mapping[str, Converter]
    example: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_streams(self.name, self.streams)
