"""Prove that the warehouse holds what a CRM has, put right what differs, and keep what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from models.errors import FatalSyncError, ObjectUnavailableError, SchemaDriftError
from models.records import Deletion, Price, Raw
from models.spec import Stream
from models.warehouse.ops import ops_verify
from pipeline.sync import checkpoint, deletes
from pipeline.sync.batch import BatchLoader
from pipeline.sync.context import StreamResult, SyncContext
from pipeline.sync.presence import count_existing
from pipeline.sync.run import SourceSync, measured
from pipeline.sync.verify.audit import Audit, Finding, Tally
from pipeline.sync.verify.sides import Listed, Whole, compared

_STORED = 200
"""Records by id in `ops_verify.details`."""


@dataclass(frozen=True, slots=True)
class VerifyCost:
    """What looking at one stream will take, if nothing differs: `rows` are those that the warehouse holds."""

    source: str
    stream: str
    rows: int
    calls: int
    credits: int


@dataclass(slots=True)
class VerifyResult:
    """What one look at one stream found.

    Attributes:
        listed, here: Records that the CRM lists, and rows of ours.
        listed_amount, here_amount: Sums of their amounts; None if the entity, or the CRM, has none.
        differences: Records that differ; not those of a cause that excuses them.
        causes: Cause → records, those that are no difference too.
        records: The first of them by id.
        mended: Records that were put right; then another look follows, which says whether it helped.
        after_repair: This is that other look, or there was nothing that could be put right.
        rejected: Records that could not be read when they were fetched, and `warnings` the first reasons.
        unread: There is nothing to compare with, since no sync has read the stream to its end.
        optional: The CRM may lack it.
        missing: It did, when the last sync asked.
        stopped: Why nothing was mended, until somebody acts; '' otherwise.
        failed: Why it could not be compared, or not to the end; '' otherwise.
    """

    source: str
    stream: str
    listed: int = 0
    here: int = 0
    listed_amount: Decimal | None = None
    here_amount: Decimal | None = None
    differences: int = 0
    causes: dict[str, int] = field(default_factory=dict)
    records: list[Finding] = field(default_factory=list)
    mended: int = 0
    after_repair: bool = False
    calls: int = 0
    credits: int = 0
    seconds: float = 0.0
    unread: bool = False
    optional: bool = False
    missing: bool = False
    rejected: int = 0
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: str = ""
    failed: str = ""


def cost(context: SyncContext, stream: Stream) -> VerifyCost:
    """By our own number of rows; each hundred records that differ take a call more, and one for each group of fields.

    Of an incremental stream the fields are asked for first. A stream that no sync has read to its end is not looked at.
    """
    rows = count_existing(context.warehouse, stream, context.source)
    with context.warehouse.read() as connection:
        is_read = checkpoint.load(connection, context.source, stream.name, "modified").watermark is not None
    calls = rows // context.connector.list_batch + 1
    price = Price(calls + 1, calls * context.connector.list_credits + 1) if stream.incremental else Price(1, 1)
    price = price if is_read else Price(0, 0)
    return VerifyCost(context.source, stream.name, rows, price.calls, price.credits)


def verify(work: SourceSync, stream: Stream, *, repair: bool) -> list[VerifyResult]:
    """Look at one stream; with `repair` put right what differs and look again. The caller holds the source's lock."""
    context = work.context
    with context.warehouse.read() as connection:
        mark = checkpoint.load(connection, context.source, stream.name, "modified")
    if mark.watermark is None:
        found = VerifyResult(context.source, stream.name, unread=True, optional=stream.optional, missing=mark.missing)
        return [found]
    first = _look(work, stream, repair=repair)
    if not first.mended:
        return [first]
    return [first, _look(work, stream, repair=False, again=True)]


def _look(work: SourceSync, stream: Stream, *, repair: bool, again: bool = False) -> VerifyResult:
    context = work.context
    result = VerifyResult(context.source, stream.name, after_repair=again)
    with measured(context, result):
        try:
            fitted = work.mapping(stream)[0] if repair else work.fitted(stream)
            repair = repair and _may_load(work, fitted, result)
            mender = _Mender(work, stream) if repair and stream.incremental else None
            side = Listed(context, fitted) if stream.incremental else Whole(context, fitted, work.now)
            tally = Audit(context, fitted, side, mender.mend if mender else None).run()
        except ObjectUnavailableError as error:
            if not stream.optional:
                raise
            result.notes.append(f"{context.source}/{stream.name} was passed over: {error}")
            return result
        except FatalSyncError as error:
            result.failed = str(error)
            return result
        _fill(result, tally, with_amount="amount" in compared(context, fitted))
        if mender:
            _take_over(result, mender.loaded)
        elif repair and tally.differences:
            _take_over(result, work.sync(stream))
            result.mended = tally.differences
        result.after_repair |= repair and tally.differences > 0 and not result.mended
    with context.warehouse.begin() as connection:
        _keep(connection, context, result, tally)
    return result


def _may_load(work: SourceSync, stream: Stream, result: VerifyResult) -> bool:
    try:
        result.notes += work.admit(stream)
    except SchemaDriftError as error:
        result.stopped = str(error)
    return not result.stopped


class _Mender:
    """Loads records as a sync does, and marks others as gone."""

    def __init__(self, work: SourceSync, stream: Stream) -> None:
        self._context = work.context
        self._stream, normalizer = work.mapping(stream)
        self.loaded = StreamResult(self._context.source, stream.name)
        self._loader = BatchLoader(self._context, self._stream, normalizer, self.loaded, rewrites=True)

    def mend(self, records: Sequence[Raw], gone: Sequence[Deletion]) -> None:
        def bury(connection: Connection) -> None:
            deletes.bury(self._context, connection, self._stream, gone)

        self._loader.load(self._loader.prepare(records), bury)


def _take_over(result: VerifyResult, loaded: StreamResult) -> None:
    """What a person should know of the loading."""
    result.rejected, result.stopped = loaded.rejected, loaded.stopped
    result.warnings += loaded.warnings
    result.notes += loaded.notes


def _fill(result: VerifyResult, tally: Tally, *, with_amount: bool) -> None:
    result.listed, result.here = tally.listed, tally.here
    if with_amount:
        result.listed_amount, result.here_amount = tally.listed_amount, tally.here_amount
    result.differences, result.mended = tally.differences, tally.mended
    result.causes, result.records = dict(tally.causes), tally.findings


def _keep(connection: Connection, context: SyncContext, result: VerifyResult, tally: Tally) -> None:
    """One row for each thing that was compared; what differs is told with the ids."""
    records = [{"id": one.source_id, "cause": one.cause, "detail": one.detail} for one in tally.findings[:_STORED]]
    details = {"causes": result.causes, "records": records}
    looked_at: list[tuple[str, Any, Any, int, Any]] = [
        ("count", tally.listed, tally.here, abs(tally.missing - tally.extra), None),
        ("ids", tally.listed, tally.here, tally.missing + tally.extra, details),
        ("modified", tally.compared, tally.compared - tally.changed, tally.changed, None),
    ]
    if result.listed_amount is not None:
        looked_at.append(("sum", tally.listed_amount, tally.here_amount, int(tally.gap != 0), None))
    stamps = {
        "run_id": context.run_id,
        "source": result.source,
        "stream": result.stream,
        "after_repair": result.after_repair,
        "calls": result.calls,
        "verified_at": context.clock(),
    }
    rows = [
        {"what": what, "crm_value": theirs, "our_value": ours, "differences": differences, "details": told} | stamps
        for what, theirs, ours, differences, told in looked_at
    ]
    connection.execute(insert(ops_verify), rows)
