"""A CRM in memory, and a warehouse with results for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, update

from models.config import ConnectionConfig, PushTargetConfig, ScoreConfig
from models.errors import ConfigError, OutcomeUnknownError, RateLimitedError, ServiceUnavailableError
from models.progress import silent
from models.protocols import Answers
from models.records import Change, FieldInfo, Usage, WriteResult
from models.warehouse.core import accounts, metadata, users
from models.warehouse.engine import Warehouse
from models.warehouse.marts import mart_account_tier, mart_score
from models.warehouse.ops import ops_push_item, ops_push_plan
from pipeline.push.apply import ApplySummary, apply_plan
from pipeline.push.plan import PlanSummary, make_plan

START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TIERS = ("VIP", "A", "B", "C")


class Crash(BaseException):
    """The process dies here."""


@dataclass
class Fuse:
    """Raises Crash at the chosen step; None: never."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Crash


@dataclass
class Clock:
    """Stands still unless told otherwise."""

    time: datetime = START

    def __call__(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


def _info(name: str, type_: str, **more: Any) -> FieldInfo:
    return FieldInfo(name, name.replace("_", " "), type_, **more)


FIELDS = {
    "Accounts": (
        _info("Customer_Tier", "picklist", options=TIERS),
        _info("Tier_Reason", "text", length=12),
        _info("Locked", "formula", read_only=True),
        _info("Employees", "integer", decimals=0),
        _info("Owner", "ownerlookup", takes_text=False),
        _info("Reviewed", "boolean", takes_text=False),
        _info("Reviewed_On", "date", takes_text=False),
    ),
    "Sales_Performance": (
        _info("Salesperson", "userlookup", takes_text=False),
        _info("Period", "text", length=20),
        _info("Score", "double", decimals=2),
        _info("Rank", "integer", decimals=0),
    ),
}


@dataclass
class FakeCrm:
    """Implements models.protocols.Connector as far as push asks; refuses what a CRM refuses."""

    name: str = "zoho"
    write_batch: int = 2
    read_batch: int = 3
    list_batch: int = 3
    list_credits: int = 1
    numeric_ids: bool = False
    streams: tuple[Any, ...] = ()
    usage: Usage = field(default_factory=Usage)
    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {name: {} for name in FIELDS})
    locked: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    """What the next writes do: ok, lost (no effect), late (effect, no answer), limited (for today), busy (for a while), unavailable."""
    written: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """(record, values before, values written) of every write that had an effect."""
    on_get: Callable[[], None] = lambda: None
    on_write: Callable[[], None] = lambda: None
    on_ready: Callable[[], None] = lambda: None
    fuse: Fuse = field(default_factory=Fuse)

    def remember(self, answers: Answers | None) -> None: ...

    def fields(self, object_name: str) -> Mapping[str, FieldInfo]:
        if object_name not in FIELDS:
            raise ConfigError(f"{self.name}: there is no module {object_name}")
        return {info.api_name: info for info in FIELDS[object_name]}

    def get(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        assert 0 < len(ids) <= self.read_batch
        self.on_get()
        self._call()
        records = self.records[object_name]
        return {key: {name: records[key].get(name) for name in fields} for key in ids if key in records}

    def scan(self, object_name: str, fields: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        self._call()
        for key, values in self.records[object_name].items():
            yield key, {name: values.get(name) for name in fields}

    def ready(self, object_name: str) -> None:
        assert object_name in self.records
        self.on_ready()

    def write(self, object_name: str, changes: Sequence[Change]) -> Sequence[WriteResult]:
        assert 0 < len(changes) <= self.write_batch
        self.on_write()
        self._call()
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault == "limited":
            raise RateLimitedError("zoho: too many calls today")
        if fault == "busy":
            raise RateLimitedError("zoho: too many calls", retry_after_s=20)
        if fault == "unavailable":
            raise ServiceUnavailableError("zoho: no answer")
        if fault == "lost":
            raise OutcomeUnknownError("zoho: the answer was lost")
        results = [self._write_one(object_name, change) for change in changes]
        self.usage.credits += 1
        self.fuse.burn()
        if fault == "late":
            raise OutcomeUnknownError("zoho: the answer was lost")
        return results

    def _write_one(self, object_name: str, change: Change) -> WriteResult:
        record = self.records[object_name].get(change.id)
        if record is None or change.id in self.locked:
            return WriteResult(change.id, "rejected", "RECORD_LOCKED the record is locked")
        before = {name: record.get(name) for name in change.values}
        stored = {name: self._stored(object_name, name, value) for name, value in change.values.items()}
        self.written.append((change.id, before, stored))
        record.update(stored)
        return WriteResult(change.id, "applied")

    def _stored(self, object_name: str, name: str, value: Any) -> Any:
        """As this CRM keeps it: it rounds in its own way, and an empty text is ''."""
        info = self.fields(object_name)[name]
        if info.decimals is not None:
            assert value is None or isinstance(value, Decimal)
            return None if value is None else value.quantize(Decimal(1).scaleb(-info.decimals), ROUND_HALF_EVEN)
        assert value is None or isinstance(value, str)
        assert info.length is None or len(value or "") <= info.length
        return value or ""

    def _call(self) -> None:
        self.fuse.burn()
        self.usage.calls += 1

    def close(self) -> None: ...

    def clock(self) -> Any: ...

    def tenant(self) -> Any: ...

    def read(self, *_: Any, **__: Any) -> Any: ...

    def window(self, *_: Any, **__: Any) -> Any: ...

    def count(self, *_: Any, **__: Any) -> Any: ...

    def price(self, *_: Any, **__: Any) -> Any: ...

    def notes(self, *_: Any, **__: Any) -> Any: ...

    def slowest_s(self, *_: Any, **__: Any) -> Any: ...

    def deleted(self, *_: Any, **__: Any) -> Any: ...

    def ids(self, *_: Any, **__: Any) -> Any: ...

    def listing(self, *_: Any, **__: Any) -> Any: ...

    def fetch(self, *_: Any, **__: Any) -> Any: ...


class FusedWarehouse(Warehouse):
    """Can die before and after each write transaction."""

    fuse = Fuse()

    @contextmanager
    def begin(self, alone: str | None = None) -> Iterator[Connection]:
        self.fuse.burn()
        with super().begin(alone) as connection:
            yield connection
        self.fuse.burn()


CONNECTION = ConnectionConfig(
    connector="zoho",
    language="en",
    push={
        "tier": PushTargetConfig(object="Accounts", fields={"tier": "Customer_Tier", "reason": "Tier_Reason"}),
        "score": PushTargetConfig(
            object="Sales_Performance",
            match="Salesperson",
            fields={"score": "Score", "rank": "Rank", "period": "Period"},
        ),
    },
)


@dataclass
class World:
    """A warehouse, a CRM, a clock, and short words for what tests do with them."""

    warehouse: Warehouse
    crm: FakeCrm = field(default_factory=FakeCrm)
    clock: Clock = field(default_factory=Clock)
    connection: ConnectionConfig = CONNECTION

    def clear(self) -> World:
        """Empty tables and a new CRM, for the next example of a property."""
        with self.warehouse.begin() as connection:
            for table in (ops_push_item, ops_push_plan, mart_account_tier, mart_score, accounts, users):
                connection.execute(delete(table))
        return replace(self, crm=FakeCrm(), clock=Clock())

    def insert(self, table: Table, **values: Any) -> None:
        with self.warehouse.begin() as connection:
            connection.execute(insert(table).values(**values))

    def add_account(self, key: str, *, source: str = "zoho", deleted: bool = False) -> None:
        self.insert(accounts, source=source, source_id=key, name=f"Account {key}", **_loaded(deleted=deleted))

    def add_user(self, key: str, *, deleted: bool = False) -> None:
        self.insert(users, source="zoho", source_id=key, name=f"User {key}", **_loaded(deleted=deleted))

    def add_tier(self, key: str, tier: str, reason: str = "why", **more: Any) -> None:
        row = {
            "source": "zoho", "account_id": key, "valid_from": START - timedelta(days=9), "tier": tier,
            "computed_tier": tier, "value_score": 1, "need_score": 1, "value_amount": Decimal(0),
            "need_amount": Decimal(0), "currency": "CNY", "pinned": False, "reason_en": reason,
            "reason_zh": f"因为{reason}", "rule_version": "1", "run_id": "r0",
        }  # fmt: skip
        self.insert(mart_account_tier, **(row | more))

    def add_score(self, key: str, score: Decimal | None, rank: int | None, **more: Any) -> None:
        row = {
            "source": "zoho", "user_id": key, "period_type": "quarter", "period_start": date(2026, 10, 1),
            "period_end": date(2026, 12, 31), "score": score, "rank": rank, "coverage": Decimal(1), "eligible": True,
            "components": {}, "reason_en": "why", "reason_zh": "因为", "rule_version": "1", "as_of": START,
            "run_id": "r0",
        }  # fmt: skip
        self.insert(mart_score, **(row | more))

    def customer(
        self, key: str, live_tier: str | None, tier: str, *, live_reason: str = "", reason: str = "why"
    ) -> None:
        """An account with a computed tier, and its record in the CRM."""
        self.add_account(key)
        self.add_tier(key, tier, reason)
        self.crm.records["Accounts"][key] = {"Customer_Tier": live_tier, "Tier_Reason": live_reason}

    def set_tier(self, key: str, tier: str) -> None:
        with self.warehouse.begin() as connection:
            table = mart_account_tier
            connection.execute(update(table).where(table.c.account_id == key).values(tier=tier))

    def plan(self, now: datetime = START) -> PlanSummary:
        return make_plan(
            self.warehouse, self.crm, self.connection, score=ScoreConfig(), run_id="r1", now=now,
            timezone=ZoneInfo("Asia/Shanghai"), progress=silent,
        )  # fmt: skip

    def apply(self, plan_id: int) -> ApplySummary:
        return apply_plan(self.warehouse, self.crm, plan_id, now=self.clock, progress=silent)

    def live(self, key: str, name: str = "Customer_Tier", object_name: str = "Accounts") -> Any:
        return self.crm.records[object_name][key].get(name)

    def items(self, plan_id: int, *columns: str) -> list[tuple[Any, ...]]:
        """The plan's items by record and field, as plain rows."""
        table = ops_push_item
        names = ("source_id", "field", *columns)
        query = select(*(table.c[name] for name in names)).where(table.c.plan_id == plan_id)
        with self.warehouse.read() as connection:
            return sorted(tuple(row) for row in connection.execute(query))

    def outcomes(self, plan_id: int) -> dict[tuple[str, str], str]:
        return {(key, name): outcome for key, name, outcome in self.items(plan_id, "outcome")}

    def state(self, plan_id: int) -> str:
        with self.warehouse.read() as connection:
            query = select(ops_push_plan.c.state).where(ops_push_plan.c.plan_id == plan_id)
            return str(connection.execute(query).scalar_one())


def _loaded(*, deleted: bool) -> dict[str, Any]:
    times = {"first_seen_at": START, "synced_at": START, "deleted_at": START if deleted else None}
    return {"row_hash": "h", "run_id": "r0", **times}


@pytest.fixture
def world(warehouse: Warehouse) -> World:
    """On SQLite and on PostgreSQL."""
    return World(warehouse)


@pytest.fixture(scope="session")
def fused_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On SQLite, for properties: `clear()` it in each example; its fuse is shared by warehouse and CRM."""
    opened = FusedWarehouse(f"sqlite:///{tmp_path_factory.mktemp('push') / 'warehouse.db'}")
    metadata.create_all(opened.engine)
    yield World(opened)
    opened.close()


@pytest.fixture
def sqlite_world(fused_world: World) -> World:
    """Empty, on SQLite only, for what does not depend on the database."""
    return fused_world.clear()
