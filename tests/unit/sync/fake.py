"""A CRM in a dictionary: enough of a connector to sync from, with a switch that makes it fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from models.errors import ServiceUnavailableError
from models.protocols import Answers
from models.records import Change, Deletion, FieldInfo, Page, Price, Raw, Usage, Window, WriteResult
from models.spec import Converter, Field, Stream, Tenant

START = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)

TEXT = Converter("text", str, str)
INSTANT = Converter("instant", datetime.fromisoformat, datetime.isoformat)


def _name(value: Any) -> str:
    if value == "bad":
        raise ValueError("'bad' is no name")
    return str(value)


def stream(deletes: str = "feed", *, incremental: bool = True) -> Stream:
    fields = (Field("Name", "name", Converter("name", _name, str)), Field("Modified", "modified_at", INSTANT))
    return Stream(
        "accounts",
        "Accounts",
        fields,
        incremental=incremental,
        deletes=deletes,
        feed_reach=timedelta(days=100),
        bookkeeping=frozenset({"By"}),
    )


@dataclass
class FakeCrm:
    """Implements models.protocols.Connector for one stream. `records` is the CRM's truth, by id."""

    streams: tuple[Stream, ...] = (stream(),)
    name: str = "crm"
    page_size: int = 3
    read_batch: int = 2
    write_batch: int = 1
    list_batch: int = 3
    list_credits: int = 2
    numeric_ids: bool = False
    now: datetime = START
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    trash: dict[str, datetime] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    fail_after: int | None = None

    def put(self, key: str, **values: Any) -> None:
        """A person saves a record, now."""
        record = self.records.get(key, {"id": key, "Created": self.now.isoformat()})
        self.records[key] = record | values | {"Modified": self.now.isoformat()}
        self.trash.pop(key, None)

    def remove(self, key: str) -> None:
        del self.records[key]
        self.trash[key] = self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def clock(self) -> datetime:
        return self.now.replace(microsecond=0)

    def tenant(self) -> Tenant:
        return Tenant(UTC, "CNY")

    def remember(self, answers: Answers | None) -> None: ...

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        assert object_name == "Accounts"
        return {name: FieldInfo(name, name, "text") for name in ("Name", "Modified", "Tier", "By")}

    def read(
        self, stream: Stream, *, since: datetime | None, until: datetime, position: Mapping[str, Any] | None
    ) -> Iterator[Page]:
        floor = since.isoformat() if since else ""
        return self._pages(lambda record: floor <= record["Modified"] <= until.isoformat(), position)

    def window(
        self, stream: Stream, window: Window, *, position: Mapping[str, Any] | None, field: str | None = None
    ) -> Iterator[Page]:
        start, end = window.start.isoformat(), window.end.isoformat()
        return self._pages(lambda record: start <= record[window.by.capitalize()] < end, position)

    def count(self, stream: Stream, window: Window | None) -> int:
        self._call()
        times = [record[window.by.capitalize() if window else "Modified"] for record in self.records.values()]
        return sum(window is None or window.start.isoformat() <= at < window.end.isoformat() for at in times)

    def price(self, stream: Stream, records: int, window: Window | None = None, field: str | None = None) -> Price:
        return Price(-(-records // self.page_size), 0)

    def notes(self, stream: Stream) -> Sequence[str]:
        return []

    def slowest_s(self, calls: int) -> float:
        return 2.0 * calls

    def _pages(self, takes: Callable[[Mapping[str, Any]], bool], position: Mapping[str, Any] | None) -> Iterator[Page]:
        after = position["after"] if position else ""
        found = sorted((r for r in self.records.values() if takes(r) and r["id"] > after), key=lambda r: str(r["id"]))
        for start in range(0, len(found), self.page_size):
            self._call()
            records = found[start : start + self.page_size]
            yield Page(records, {"after": records[-1]["id"]})

    def deleted(self, stream: Stream, *, since: datetime | None) -> Iterator[Sequence[Deletion]]:
        self._call()
        yield [Deletion(k, at, "recycle") for k, at in self.trash.items() if since is None or at >= since]

    def ids(self, stream: Stream, *, after: str | None) -> Iterator[Sequence[str]]:
        found = sorted(key for key in self.records if key > (after or ""))
        for start in range(0, len(found), self.page_size):
            self._call()
            yield found[start : start + self.page_size]

    def listing(self, stream: Stream, fields: Sequence[str], *, after: str | None) -> Iterator[Sequence[Raw]]:
        for ids in self.ids(stream, after=after):
            yield [{name: self.records[key].get(name) for name in ("id", *fields)} for key in ids]

    def fetch(self, stream: Stream, ids: Sequence[str]) -> Sequence[Raw]:
        assert len(ids) <= self.read_batch
        self._call()
        return [self.records[key] for key in ids if key in self.records]

    def get(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        assert len(ids) <= self.read_batch
        self._call()
        return {key: {name: self.records[key].get(name) for name in fields} for key in ids if key in self.records}

    def scan(self, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        raise NotImplementedError

    def ready(self, object_name: str) -> None: ...

    def write(self, object_name: str, changes: Sequence[Change]) -> Sequence[WriteResult]:
        raise NotImplementedError

    def close(self) -> None: ...

    def _call(self) -> None:
        self.usage.calls += 1
        if self.fail_after is not None:
            self.fail_after -= 1
            if self.fail_after < 0:
                self.fail_after = None
                raise ServiceUnavailableError("crm: no answer")
