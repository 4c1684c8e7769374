"""Make rows again from the records as they were fetched, after a change of mapping, time zone or currency: no call.

Of each record the newest version that was kept counts, so no row walks through older states. A replay makes no history:
the CRM did not change. docs/adr/0008 says what becomes of the states of deals.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection, select

from models.errors import SchemaDriftError
from models.records import Raw, Reject, Row
from models.spec import Stream
from models.warehouse.core import rows_of
from models.warehouse.functions import one_of
from models.warehouse.ops import ops_dead_letter
from models.wording import counted
from pipeline.sync import checkpoint, raw
from pipeline.sync.context import count_rejects
from pipeline.sync.dead_letters import store as dead_letters
from pipeline.sync.follow import follow
from pipeline.sync.load import Loader
from pipeline.sync.normalize import Normalizer
from pipeline.sync.people import link_people
from pipeline.sync.personal import refuse_plain
from pipeline.sync.presence import count_existing, own
from pipeline.sync.run import SourceSync


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What a replay of one stream would do.

    Attributes:
        records: Whose raw versions are kept.
        rows: That would be altered.
        columns: Column, or field in `custom`, → rows in which it would be altered.
        new: Records that could not be read before and can now.
        missing: Rows of existing records of which no raw version is kept; they stay as they are.
    """

    source: str
    stream: str
    records: int
    rows: int
    columns: Mapping[str, int]
    new: int
    missing: int


@dataclass(slots=True)
class ReplayResult:
    """What a replay of one stream did. `warnings` are the first reasons of rejects, `notes` what else to know.

    `stopped` says why nothing was done, until somebody acts.
    """

    source: str
    stream: str
    records: int = 0
    changed: int = 0
    new: int = 0
    rejected: int = 0
    missing: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: str = ""


class Replay:
    """The replay of one stream: `look`, then `run`. The caller holds the source's lock.

    Args:
        work: Of the source, with metadata however old.
        stream: One of its connector's.
    """

    def __init__(self, work: SourceSync, stream: Stream) -> None:
        self.context, self.stream, self._work = work.context, stream, work
        self._newest = _Newest()
        self.name = f"{self.context.source} {self.stream.name}"
        self.plan: ReplayPlan | None = None

    @cached_property
    def _normalizer(self) -> Normalizer:
        return self._work.mapping(self.stream)[1]

    @cached_property
    def _loader(self) -> Loader:
        rules = self._normalizer
        return Loader(self.stream.table, self.context.source, rules.columns, left_alone=rules.left_alone, revives=False)

    def look(self) -> ReplayPlan:
        """Compare what the rows would be with what they are; nothing is written."""
        if not raw.is_kept(self.context.warehouse, self.context.source, self.stream.name):
            missing = count_existing(self.context.warehouse, self.stream, self.context.source)
            self.plan = ReplayPlan(self.context.source, self.stream.name, 0, 0, {}, 0, missing)
            return self.plan
        refuse_plain(self.context, self.stream, self._normalizer.basis)
        columns: Counter[str] = Counter()
        records = rows = new = kept = 0
        for page in self._pages(first=True):
            with self.context.warehouse.read() as connection:
                present = self._present(connection, page)
                old = {row["source_id"]: row for row in self._whole(connection, present.changed)}
            for key, row in present.changed.items():
                columns.update(self._differing(old[key], row))
            records, rows, new = records + len(page.records), rows + len(present.changed), new + len(present.new)
            kept += present.kept
        missing = count_existing(self.context.warehouse, self.stream, self.context.source) - kept
        ordered = dict(sorted(columns.items(), key=lambda item: (-item[1], item[0])))
        self.plan = ReplayPlan(self.context.source, self.stream.name, records, rows, ordered, new, missing)
        return self.plan

    def run(self) -> ReplayResult:
        """Do what `look` has planned, a batch in each transaction; stopped at any point, the same again goes on."""
        context, started, plan = self.context, time.monotonic(), self.plan
        assert plan is not None  # noqa: S101 - `look` comes first
        result = ReplayResult(context.source, self.stream.name, missing=plan.missing)
        if not plan.records:  # of a stream that was never read no metadata are kept either
            self._finish(result)
            return result
        try:
            self._work.admit(self._normalizer.stream)
        except SchemaDriftError as error:
            result.stopped = str(error)
            return result
        for page in self._pages(first=False):
            self._remake(page, result)
            context.progress(self.name, result.records, plan.records)
        # Pages that grew too old since the look: a run of another source takes them away.
        result.missing += plan.records - result.records
        if self.stream.entity == "users":
            link_people(context.warehouse)
        self._finish(result)
        result.seconds = time.monotonic() - started
        return result

    def _pages(self, *, first: bool) -> Iterator[_Versions]:
        """The batches with those records of which they hold the newest version, one that is not of a deleted record."""
        is_deleted = self.stream.is_deleted
        for page in raw.newest_first(self.context.warehouse, self.context.source, self.stream.name):
            key = self._normalizer.key
            latest = {key(record): record for record in page.records if not (is_deleted and is_deleted(record))}
            latest.pop("", None)
            if first:
                self._newest.add(page.id, latest)
            mine = self._newest.of(page.id, latest)
            records = [record for name, record in latest.items() if name in mine]
            yield _Versions(records, *self._normalizer.rows(records), page.fetched_at)

    def _present(self, connection: Connection, page: _Versions) -> _Present:
        """What the rows of a batch meet: rows that are no newer, or a dead letter that waits for them."""
        t = self.stream.table
        ids = [row[0] for row in page.rows] + [reject.source_id for reject in page.rejects]
        query = select(t.c.source_id, t.c.row_hash, t.c.modified_at, t.c.deleted_at)
        found = connection.execute(query.where(own(self.stream, self.context.source), one_of(t.c.source_id, ids)))
        there = {row.source_id: row for row in found}
        letters = self._letters(connection, ids)
        result = _Present({key for key, seen_at in letters.items() if seen_at <= page.fetched_at})
        for row in page.rows:
            row_there = there.get(row[0])
            if row_there is None:
                if row[0] in result.waiting:
                    result.new[row[0]] = row
            elif not self._is_older(row, row_there.modified_at):
                result.kept += row_there.deleted_at is None
                if row_there.row_hash != row[1]:
                    result.changed[row[0]] = row
        self._keep_filled(connection, page, result)
        for reject in page.rejects:
            alive = reject.source_id in there and there[reject.source_id].deleted_at is None
            result.kept += alive
            if reject.source_id in result.waiting or (alive and reject.source_id not in letters):
                result.rejects.append(reject)
        return result

    def _keep_filled(self, connection: Connection, page: _Versions, present: _Present) -> None:
        """What `backfill --field` has filled is in no raw page, and stays: a row is of the same version as its page.

        If the field has a column now, the value goes there; if it does not fit, a dead letter says so, as after a sync.
        """
        t, rules = self.stream.table, self._normalizer
        raws = {rules.key(raw): raw for raw in page.records}
        query = select(t.c.source_id, t.c.row_hash, t.c.custom, t.c.deleted_at).where(
            own(self.stream, self.context.source), one_of(t.c.source_id, list(present.changed)), t.c.custom.is_not(None)
        )
        for key, row_hash, custom, deleted_at in connection.execute(query):
            filled = {name: value for name, value in custom.items() if name not in raws[key] and name in rules.names}
            if not filled:
                continue
            remade, rejects = rules.rows([{**filled, **raws[key]}])
            if deleted_at is None:
                present.rejects += rejects
            if remade and remade[0][1] != row_hash:
                present.changed[key] = remade[0]
            else:
                del present.changed[key]

    def _letters(self, connection: Connection, ids: Sequence[str]) -> dict[str, datetime]:
        """When the record of each dead letter that is not resolved was fetched."""
        t = ops_dead_letter
        query = select(t.c.source_id, t.c.last_seen_at).where(
            t.c.source == self.context.source,
            t.c.stream == self.stream.name,
            t.c.state != dead_letters.RESOLVED,
            one_of(t.c.source_id, ids),
        )
        return {row.source_id: row.last_seen_at for row in connection.execute(query)}

    def _is_older(self, row: Row, modified_at: datetime | None) -> bool:
        if modified_at is None or "modified_at" not in self._normalizer.columns:
            return False
        own_time = row[self._normalizer.columns.index("modified_at")]
        return own_time is not None and own_time < modified_at

    def _remake(self, page: _Versions, result: ReplayResult) -> None:
        context, source, name = self.context, self.context.source, self.stream.name
        with context.warehouse.begin() as connection:
            present = self._present(connection, page)
            rows = [*present.changed.values(), *present.new.values()]
            loaded = self._loader.load(connection, rows, run_id=context.run_id, now=context.clock())
            former = [old for old, _ in loaded.changed]
            follow(connection, self.stream.table, source, former, list(present.new), restate=True)
            read = [row[0] for row in page.rows if row[0] in present.waiting]
            dead_letters.resolve(connection, source, name, read, now=context.clock())
            letters = dead_letters.keep(
                connection, source, name, present.rejects, run_id=context.run_id, now=page.fetched_at
            )
        result.records += len(page.records)
        result.changed += len(present.changed)
        result.new += len(present.new)
        count_rejects(result, letters)

    def _finish(self, result: ReplayResult) -> None:
        """The next sync need not read everything again, if every row was made anew."""
        context, told = self.context, f"{self.context.source}/{self.stream.name}"
        if result.missing:
            stay = "its row stays as it is" if result.missing == 1 else "their rows stay as they are"
            result.notes.append(
                f"{told}: of {counted(result.missing, 'record')} no raw page is kept, so {stay}; if the "
                "mapping has changed, the next sync reads all records again"
            )
        elif result.records:
            with context.warehouse.begin() as connection:
                mark = checkpoint.load(connection, context.source, self.stream.name, "modified")
                if mark.updated_at is not None and mark.basis != self._normalizer.basis:
                    made = replace(mark, basis=self._normalizer.basis)
                    checkpoint.save(connection, made, run_id=context.run_id, now=context.clock())

    def _whole(self, connection: Connection, ids: Mapping[str, Row]) -> Sequence[Mapping[str, Any]]:
        table = self.stream.table
        query = rows_of(table).where(own(self.stream, self.context.source), one_of(table.c.source_id, list(ids)))
        return [dict(row) for row in connection.execute(query).mappings()]

    def _differing(self, old: Mapping[str, Any], row: Row) -> Iterator[str]:
        new = dict(zip(self._normalizer.columns, row, strict=True))
        custom = orjson.loads(new.pop("custom") or "{}")
        still = {"row_hash", *self._normalizer.left_alone}
        yield from (name for name, value in new.items() if name not in still and old[name] != value)
        before = old["custom"] or {}
        yield from (f"custom.{name}" for name in before.keys() | custom.keys() if before.get(name) != custom.get(name))


@dataclass(slots=True)
class _Versions:
    """Records of a batch, and what they are today."""

    records: Sequence[Raw]
    rows: Sequence[Row]
    rejects: Sequence[Reject]
    fetched_at: datetime


@dataclass(slots=True)
class _Present:
    """`kept` counts existing records of which the batch holds a version that counts; `waiting` are open dead letters."""

    waiting: set[str]
    changed: dict[str, Row] = field(default_factory=dict)
    new: dict[str, Row] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    kept: int = 0


class _Newest:
    """Which batch holds the newest version of each record: on disk, in a file that no other process sees or inherits."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE newest (id TEXT PRIMARY KEY, page INTEGER) WITHOUT ROWID")

    def add(self, page: int, ids: Mapping[str, Raw]) -> None:
        """Batches come newest first: who is there already has a newer version."""
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR IGNORE INTO newest VALUES (?, ?)", [(name, page) for name in ids])
        self._file.execute("COMMIT")

    def of(self, page: int, ids: Mapping[str, Raw]) -> set[str]:
        listed = orjson.dumps(list(ids)).decode()
        query = "SELECT id FROM newest WHERE id IN (SELECT value FROM json_each(?)) AND page = ?"
        with closing(self._file.execute(query, (listed, page))) as found:
            return {name for (name,) in found}
