"""The connector for Zoho CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.api import Refusal, Request, words
from connectors.client import Client
from connectors.convert import instant_iso
from connectors.metadata import Metadata
from connectors.timing import SYSTEM, Timing
from connectors.zoho.api import API, TOKEN_API, is_success, tells
from connectors.zoho.auth import token_auth
from connectors.zoho.coql import CREDITS, ROWS, rows_by_id
from connectors.zoho.groups import IDS, MOST_FIELDS, by_ids, grouped, possible, whole, whole_pages
from connectors.zoho.metadata import TYPES, UNLISTED_TYPES, field_info, raw_fields, read_tenant
from connectors.zoho.reading import (
    EVERY,
    MODIFIED,
    PER_PAGE,
    deletion_pages,
    numbered_pages,
    record_pages,
    records_request,
)
from connectors.zoho.settings import ZohoSettings
from connectors.zoho.streams import STREAMS
from connectors.zoho.windows import (
    PLAIN_TYPES,
    count,
    criteria,
    everything,
    field_pages,
    field_price,
    price,
    window_pages,
)
from models.errors import ConfigError, OutcomeUnknownError, WriteRejectedError
from models.protocols import Answers
from models.records import Change, Deletion, FieldInfo, Page, Price, Raw, Usage, Window, WriteResult
from models.spec import Stream, Tenant

_LEFT_OUT = frozenset({"Layout", "Record_Status__s"})
"""Of every module: which screen shows a record, and that it is no draft. With them leads would take three calls in place of
one."""
# An empty trigger keeps workflows, approvals and blueprints still; without the key they run (§6.1).
_QUIET = {"trigger": [], "skip_feature_execution": [{"name": "cadences"}]}
_LISTS = {stream.object: stream for stream in STREAMS if "path" in stream.options}
_PARAMS: dict[str, Mapping[str, str]] = {
    stream.object: stream.options.get("params", {}) for stream in STREAMS if stream.object not in _LISTS
}


class Zoho:
    """Implements `models.protocols.Connector`."""

    streams = STREAMS
    write_batch = 100
    read_batch = IDS
    list_batch, list_credits = ROWS, CREDITS
    numeric_ids = True

    def __init__(self, name: str, settings: ZohoSettings, folder: Path, timing: Timing = SYSTEM) -> None:
        self.name = name
        self.usage = Usage()
        self._accounts = Client(name, settings.accounts_url, TOKEN_API, usage=self.usage, timing=timing)
        auth = token_auth(settings, folder, self._accounts, timing)
        self._client = Client(
            name, settings.api_url, API, usage=self.usage, auth=auth, timing=timing, identity=auth.identity
        )
        self._raw_fields: dict[str, list[Mapping[str, Any]]] = {}
        self._metadata = Metadata(name, self._load_fields, TYPES, key="id", renew=self._renew)
        self._tenant: Tenant | None = None

    def clock(self) -> datetime:
        return self._client.clock(Request("GET", "/crm/v8/org", "clock"))

    def tenant(self) -> Tenant:
        if self._tenant is None:
            try:
                self._tenant = self._read_tenant()
            except ConfigError:
                if not self._renew():
                    raise
                self._tenant = self._read_tenant()
        return self._tenant

    def remember(self, answers: Answers | None) -> None:
        self._client.answers = answers
        self._forget()

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        return self._metadata.fields(object_name)

    def read(
        self,
        stream: Stream,
        *,
        since: datetime | None,
        until: datetime,  # noqa: ARG002 - Get Records has no upper bound; later records do no harm
        position: Mapping[str, Any] | None,
    ) -> Iterator[Page]:
        if "path" in stream.options:
            for params in stream.options["params"]:
                request = Request("GET", stream.options["path"], stream.name, params)
                for records in numbered_pages(self._client, request, stream.object):
                    yield Page(records, {})
            return
        self._metadata.check(stream)
        start = instant_iso.read(position["from"]) if position else since
        groups = grouped(self._chosen(stream))
        request = records_request(stream.name, stream.object, groups[0], _PARAMS.get(stream.object, {}))
        pages = record_pages(self._client, request, start)
        yield from _joined(stream, whole_pages(self._client, request, groups, pages))

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        self._metadata.check(stream)
        if field and field not in self._chosen(stream):
            raise ConfigError(
                f"{self.name}/{stream.name}: {field} is not among the fields that a sync reads, so the next one would take "
                "it away again: no list of records shows it, personal_data drops it, or it is one of Layout and Record_Status__s; "
                "leave it out"
            )
        params = _PARAMS.get(stream.object, {})
        if field and self._is_plain(stream, field):
            fields = (MODIFIED, field)
            yield from field_pages(self._client, stream, fields, criteria(params, window), position)
            return
        groups = [[MODIFIED, field]] if field else grouped(self._chosen(stream))
        request = records_request(stream.name, stream.object, groups[0], params)
        pages = window_pages(self._client, stream.object, request, window, position)
        yield from pages if field else _joined(stream, whole_pages(self._client, request, groups, pages))

    def count(self, stream: Stream, window: Window | None) -> int:
        params = _PARAMS.get(stream.object, {})
        where = criteria(params, window) if window else everything(params)
        return count(self._client, stream.name, stream.object, where)

    def price(self, stream: Stream, records: int, window: Window | None = None, field: str | None = None) -> Price:
        if "path" not in stream.options:
            if field and self._is_plain(stream, field):
                return field_price(records)
            return price(records, window, 1 if field else len(grouped(self._chosen(stream))))
        pages = len(stream.options["params"]) + records // PER_PAGE
        return Price(pages, pages)

    def notes(self, stream: Stream) -> Sequence[str]:
        if "path" in stream.options:
            return []
        name, fields = f"{self.name}/{stream.name}", self._chosen(stream)
        unlisted = [raw["api_name"] for raw in self._raw_fields[stream.object] if raw["data_type"] in UNLISTED_TYPES]
        found = [f"{name}: not read, since only a single record shows them: {', '.join(unlisted)}"] if unlisted else []
        if (groups := len(grouped(fields))) > 1:
            calls = 1 + (groups - 1) * -(-PER_PAGE // IDS)
            found.append(
                f"{name}: one call takes {MOST_FIELDS} of its {len(fields)} fields, so {PER_PAGE} records take {calls} calls; "
                "fields that personal_data drops are not asked for"
            )
        return found

    def slowest_s(self, calls: int) -> float:  # noqa: ARG002 - Zoho counts credits of a day, and calls at the same time
        return 0.0

    def deleted(self, stream: Stream, *, since: datetime | None) -> Iterator[Sequence[Deletion]]:
        return deletion_pages(self._client, stream.name, stream.object, since)

    def ids(self, stream: Stream, *, after: str | None) -> Iterator[Sequence[str]]:
        raise NotImplementedError(f"{stream.name} after {after}: Zoho lists what was deleted, so no stream is swept")

    def listing(self, stream: Stream, fields: Sequence[str], *, after: str | None) -> Iterator[Sequence[Raw]]:
        where = everything(_PARAMS.get(stream.object, {}))
        return rows_by_id(self._client, stream.name, stream.object, fields, where, after=after)

    def fetch(self, stream: Stream, ids: Sequence[str]) -> Sequence[Raw]:
        groups = grouped(self._chosen(stream))
        request = records_request(stream.name, stream.object, groups[0], _PARAMS.get(stream.object, {}))
        found = list(by_ids(self._client, request, ids, groups[0]).values())
        return next(_joined(stream, iter([Page(whole(self._client, request, groups, found), {})]))).records

    def get(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        if not (asked := possible(ids)):
            return {}
        params = {**EVERY, **_PARAMS.get(object_name, {}), "ids": ",".join(asked), "fields": ",".join(fields) or "id"}
        records = self._client.ask_list(Request("GET", f"/crm/v8/{object_name}", object_name, params), "data")
        return {record["id"]: self._metadata.decode(object_name, record, fields) for record in records}

    def scan(self, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        wanted = list(dict.fromkeys([*fields, MODIFIED]))
        request = records_request(object_name, object_name, wanted, _PARAMS.get(object_name, {}))
        for page in record_pages(self._client, request, None):
            for record in page.records:
                yield record["id"], self._metadata.decode(object_name, record, fields)

    def ready(self, object_name: str) -> None:
        self._client.ready(_write_path(object_name))

    def write(self, object_name: str, changes: Sequence[Change]) -> Sequence[WriteResult]:
        items = [{"id": change.id, **self._metadata.encode(object_name, change.values)} for change in changes]
        request = Request("PUT", _write_path(object_name), object_name, body={"data": items, **_QUIET}, write=True)
        try:
            body = self._client.send(request).body
        except WriteRejectedError as error:
            return [WriteResult(change.id, "rejected", str(error)) for change in changes]
        results = body.get("data") if isinstance(body, Mapping) else None
        if not isinstance(results, list) or len(results) != len(changes) or not all(map(tells, results)):
            raise OutcomeUnknownError(f"{self.name}/{object_name}: the answer does not tell what became of each record")
        return [_result(change, item) for change, item in zip(changes, results, strict=True)]

    def close(self) -> None:
        self._accounts.close()
        self._client.close()

    def _renew(self) -> bool:
        if not self._client.renew():
            return False
        self._forget()
        return True

    def _forget(self) -> None:
        self._metadata.forget()
        self._raw_fields.clear()
        self._tenant = None

    def _read_tenant(self) -> Tenant:
        self.fields("Deals")
        return read_tenant(self._client, self._raw_fields["Deals"])

    def _load_fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        if object_name in _LISTS:
            return {}
        self._raw_fields[object_name] = raw_fields(self._client, object_name)
        return {raw["api_name"]: field_info(raw) for raw in self._raw_fields[object_name]}

    def _is_plain(self, stream: Stream, field: str) -> bool:
        """Whether COQL shows the field as Get Records does."""
        known = self.fields(stream.object)
        return field in known and known[field].type in PLAIN_TYPES

    def _chosen(self, stream: Stream) -> list[str]:
        """The mapped fields that there are, then the others that a list can show and that somebody may want."""
        known = {*self.fields(stream.object), *stream.options.get("unlisted", ())}
        together = [name for names in stream.options.get("together", {}).values() for name in names]
        mapped = [name for name in (*(field.api_name for field in stream.fields), *together) if name in known]
        others = [
            raw["api_name"]
            for raw in self._raw_fields[stream.object]
            if raw["data_type"] not in UNLISTED_TYPES
            and raw.get("visible", True)
            and raw["api_name"] not in {stream.key, *_LEFT_OUT, *stream.options.get("without", ())}
            and stream.personal.get(raw["api_name"]) != "drop"
        ]
        return list(dict.fromkeys([*mapped, *others]))


def _joined(stream: Stream, pages: Iterator[Page]) -> Iterator[Page]:
    """The pages, with what a stream wants to have together put together."""
    together: Mapping[str, Sequence[str]] = stream.options.get("together", {})
    for page in pages:
        yield Page([_with(record, stream, together) for record in page.records], page.position) if together else page


def _with(record: Raw, stream: Stream, together: Mapping[str, Sequence[str]]) -> Raw:
    """Copies hold no more of a record than its id, and nothing of what is dropped: who hides a field need not know them."""
    dropped = {name for name, how in stream.personal.items() if how == "drop"}
    copies = {
        key: [None if name in dropped else _bare(record.get(name)) for name in names] for key, names in together.items()
    }
    return {**record, **copies}


def _bare(value: Any) -> Any:
    return {"id": value.get("id")} if value and isinstance(value, Mapping) else value


def _result(change: Change, item: Mapping[str, Any]) -> WriteResult:
    if is_success(item):
        return WriteResult(change.id, "applied")
    told = item.get("details")
    details = (
        {key: value for key, value in told.items() if key != "duplicate_record"} if isinstance(told, Mapping) else {}
    )
    said = f"{item.get('message') or ''} {details or ''}"
    return WriteResult(change.id, "rejected", words(Refusal(str(item.get("code") or "error"), said)))


def _write_path(object_name: str) -> str:
    return f"/crm/v8/{object_name}"
