"""The connector for Fxiaoke."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.api import Request
from connectors.client import Client
from connectors.fxiaoke.api import API, KEPT_WINDOW_S, TOKEN_API, TOKEN_LIMITS
from connectors.fxiaoke.auth import token_auth
from connectors.fxiaoke.metadata import TYPES, fields_of, tenant_of
from connectors.fxiaoke.reading import (
    LIMIT,
    MODIFIED,
    Filter,
    changed,
    count,
    data_path,
    query,
    record_pages,
    where,
    within,
)
from connectors.fxiaoke.settings import FxiaokeSettings
from connectors.fxiaoke.streams import STREAMS, is_deleted
from connectors.metadata import Metadata
from connectors.quota import Limit, Quota
from connectors.timing import SYSTEM, Timing
from models.config import near_names
from models.errors import FatalSyncError, ObjectUnavailableError, ServiceUnavailableError, WriteRejectedError
from models.protocols import Answers
from models.records import Change, Deletion, FieldInfo, Page, Price, Raw, Usage, Window, WriteResult
from models.spec import Stream, Tenant

_KEY = "_id"
_ALIVE = ("life_status", "is_deleted")
_LISTS = {stream.object for stream in STREAMS if "path" in stream.options}
_OPTIONAL = {stream.object for stream in STREAMS if stream.optional}

# Workflows, approvals and validation functions stay still; they run if not told so (§5.1).
_QUIET = {"triggerWorkFlow": False, "triggerApprovalFlow": False}
_OPTIONS = {"skipFuncValidate": True, "isDuplicateSearch": False}


class Fxiaoke:
    """Implements `models.protocols.Connector`."""

    streams = STREAMS
    write_batch = 1  # there is no batch update (§5)
    read_batch = LIMIT
    list_batch, list_credits = LIMIT, 1
    numeric_ids = False

    def __init__(self, name: str, settings: FxiaokeSettings, folder: Path, timing: Timing = SYSTEM) -> None:
        self.name = name
        self.usage = Usage()
        self._limit = Limit(settings.calls_per_20_s, KEPT_WINDOW_S)
        quota = Quota(self._limit, TOKEN_LIMITS, timing.monotonic)
        self._login = Client(name, settings.api_url, TOKEN_API, usage=self.usage, quota=quota, timing=timing)
        auth = token_auth(settings, folder, self._login, timing)
        self._client = Client(
            name,
            settings.api_url,
            API,
            usage=self.usage,
            auth=auth,
            quota=quota,
            timing=timing,
            identity=f"{auth.identity} {settings.user_id}",  # who acts decides which fields there are
        )
        self._is_legacy = settings.style == "legacy"
        self._metadata = Metadata(name, self._load_fields, TYPES, key=_KEY, renew=self._renew)
        self._described: dict[str, Mapping[str, Any]] = {}
        self._objects: dict[bool, tuple[str, ...]] = {}
        """By whether a kept answer would do."""
        self._tenant: Tenant | None = None

    def clock(self) -> datetime:
        return self._client.clock(Request("POST", "/cgi/department/list", "clock", body={}))

    def tenant(self) -> Tenant:
        if self._tenant is None:
            self._tenant = tenant_of(self._describe("NewOpportunityObj"))
        return self._tenant

    def remember(self, answers: Answers | None) -> None:
        self._client.answers = answers
        self._forget()

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        return self._metadata.fields(object_name)

    def read(
        self, stream: Stream, *, since: datetime | None, until: datetime, position: Mapping[str, Any] | None
    ) -> Iterator[Page]:
        if "path" in stream.options:
            request = Request("POST", stream.options["path"], stream.name, body=stream.options["body"])
            yield Page(self._client.ask(request, stream.object), {})
            return
        self._metadata.check(stream)
        yield from self._pages(stream, changed(since, until), position)

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        self._metadata.check(stream)
        yield from self._pages(stream, within(window), position, [_KEY, MODIFIED, *_ALIVE, field] if field else ())

    def count(self, stream: Stream, window: Window | None) -> int:
        return count(self._client, stream.name, stream.object, within(window) if window else ())

    def price(
        self,
        stream: Stream,
        records: int,
        window: Window | None = None,  # noqa: ARG002 - 100 records a call, however they are chosen
        field: str | None = None,  # noqa: ARG002 - and however little of each is wanted
    ) -> Price:
        calls = 1 if "path" in stream.options else records // LIMIT + 1
        return Price(calls, calls)

    def notes(self, stream: Stream) -> Sequence[str]:  # noqa: ARG002 - each query brings all fields
        return []

    def slowest_s(self, calls: int) -> float:
        return (max(calls, 1) - 1) // self._limit.calls * self._limit.per_s

    def deleted(self, stream: Stream, *, since: datetime | None) -> Iterator[Sequence[Deletion]]:
        raise NotImplementedError(f"{stream.name} since {since}: Fxiaoke does not list what was deleted")

    def ids(self, stream: Stream, *, after: str | None) -> Iterator[Sequence[str]]:
        for rows in record_pages(self._client, stream.name, stream.object, after=after, projection=[_KEY, *_ALIVE]):
            alive = [str(row[_KEY]) for row in rows if not is_deleted(row)]
            if alive:
                yield alive

    def listing(self, stream: Stream, fields: Sequence[str], *, after: str | None) -> Iterator[Sequence[Raw]]:
        wanted = [_KEY, *_ALIVE, *fields]
        for rows in record_pages(self._client, stream.name, stream.object, after=after, projection=wanted):
            alive = [row for row in rows if not is_deleted(row)]
            if alive:
                yield alive

    def fetch(self, stream: Stream, ids: Sequence[str]) -> Sequence[Raw]:
        rows = query(self._client, stream.name, stream.object, [where(_KEY, "IN", *ids)], ())
        return [row for row in rows if not is_deleted(row)]

    def get(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        rows = query(self._client, object_name, object_name, [where(_KEY, "IN", *ids)], [_KEY, *_ALIVE, *fields])
        return dict(self._alive(object_name, rows, fields))

    def scan(self, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for rows in record_pages(self._client, object_name, object_name, projection=[_KEY, *_ALIVE, *fields]):
            yield from self._alive(object_name, rows, fields)

    def ready(self, object_name: str) -> None:
        self._client.ready(data_path(object_name, "update"))

    def write(self, object_name: str, changes: Sequence[Change]) -> Sequence[WriteResult]:
        return [self._write_one(object_name, change) for change in changes]

    def close(self) -> None:
        self._login.close()
        self._client.close()

    def _pages(
        self,
        stream: Stream,
        filters: Sequence[Filter],
        position: Mapping[str, Any] | None,
        projection: Sequence[str] = (),
    ) -> Iterator[Page]:
        after = position["after"] if position else None
        pages = record_pages(self._client, stream.name, stream.object, filters, after=after, projection=projection)
        for rows in pages:
            yield Page(rows, {"after": rows[-1][_KEY]})

    def _write_one(self, object_name: str, change: Change) -> WriteResult:
        values = self._metadata.encode(object_name, change.values)
        record = {_KEY: change.id, "dataObjectApiName": object_name, **values}
        body = {**_QUIET, "data": {"object_data": record, "optionInfo": _OPTIONS}}
        try:
            self._client.send(Request("POST", data_path(object_name, "update"), object_name, body=body, write=True))
        except WriteRejectedError as error:
            return WriteResult(change.id, "rejected", str(error))
        return WriteResult(change.id, "applied")

    def _alive(
        self, object_name: str, rows: Sequence[Mapping[str, Any]], fields: Sequence[str]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for row in rows:
            if not is_deleted(row):
                yield row[_KEY], self._metadata.decode(object_name, row, fields)

    def _renew(self) -> bool:
        if not self._client.renew():
            return False
        self._forget()
        return True

    def _forget(self) -> None:
        self._metadata.forget()
        self._described.clear()
        self._objects.clear()
        self._tenant = None

    def _load_fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        return {} if object_name in _LISTS else fields_of(self._describe(object_name))

    def _describe(self, object_name: str) -> Mapping[str, Any]:
        if object_name in self._described:
            return self._described[object_name]
        if object_name in _OPTIONAL:
            self._check_exists(object_name)
        what = {"apiName": object_name, "includeDetail": True}
        body = what if self._is_legacy else {"data": what}
        try:
            request = Request("POST", "/cgi/crm/v2/object/describe", object_name, body=body, lasting=True)
            found = self._client.ask(request, "data", "describe", kind=dict)
        except (FatalSyncError, ServiceUnavailableError):
            self._check_exists(object_name)  # with which code an unknown name is refused is not documented
            raise
        self._described[object_name] = found
        return self._described[object_name]

    def _check_exists(self, object_name: str) -> None:
        """By a kept list, and by the CRM's own before it is said that there is none."""
        known: tuple[str, ...] = ()
        for lasting in (True, False):
            known = self._listed(object_name, lasting=lasting)
            if object_name in known:
                return
        near = near_names(object_name, known)
        raise ObjectUnavailableError(
            f"{self.name}/{object_name}: the CRM has no such object{near or '; check its name'}"
        )

    def _listed(self, subject: str, *, lasting: bool) -> tuple[str, ...]:
        """The names of all objects."""
        if lasting not in self._objects:
            question = Request("POST", "/cgi/crm/v2/object/list", subject, body={}, tries=1, lasting=lasting)
            body = self._client.send(question).body
            found = self._client.part(question, body, "data", "objects")
            self._objects[lasting] = tuple(item["describeApiName"] for item in found)
            if not lasting:
                self._client.keep(question, body)
        return self._objects[lasting]
