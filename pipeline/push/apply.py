"""Apply: write a plan into the CRM, where the CRM still holds what the plan was made on.

Each write is recorded as `sent` before the call and settled after it. A lost answer is settled by reading back, never
by guessing; so a killed apply is simply run again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from models.batches import batches
from models.errors import ConfigError, CrmSyncError, OutcomeUnknownError, RateLimitedError, ServiceUnavailableError
from models.progress import Progress
from models.protocols import Connector
from models.records import Change
from models.warehouse.engine import Warehouse
from pipeline.push import ledger
from pipeline.push.ledger import Item, Verdict
from pipeline.push.look import look
from pipeline.push.values import from_text

_FRESH = timedelta(seconds=5)
"""How old a look at the live values may be when a write is sent."""
_ATTEMPTS = 3
_REFUSALS = 9
"""Times in a row that a write may be refused for its rate before we stop: about three minutes of pauses."""


@dataclass(frozen=True, slots=True)
class ApplyLine:
    """One field of one object, over the whole life of the plan: the outcomes add up to `planned`.

    `unknown` was sent and is not known to have arrived; `pending` was never sent.
    """

    object: str
    field: str
    planned: int
    applied: int
    unchanged: int
    conflict: int
    rejected: int
    unknown: int
    pending: int


@dataclass(frozen=True, slots=True)
class ApplySummary:
    """`calls` and `credits` are of this apply. `stopped` says why it ended early, if it did."""

    plan_id: int
    source: str
    settled: bool
    lines: tuple[ApplyLine, ...]
    calls: int
    credits: int
    stopped: str | None


def apply_plan(
    warehouse: Warehouse,
    connector: Connector,
    plan_id: int,
    *,
    now: Callable[[], datetime],
    progress: Progress,
) -> ApplySummary:
    """Write what is outstanding of an open plan. The caller holds the source's lock.

    Args:
        warehouse: With the plan.
        connector: Of the plan's source.
        plan_id: From `make_plan` or `newest_open_plans`.
        now: The time, aware; asked before each write.
        progress: Called after each write.

    Raises:
        ConfigError: There is no such plan, or it is settled or superseded: nothing was done.
        AuthError: The CRM refuses us; the plan stays open.
    """
    plan = ledger.find_plan(warehouse, plan_id)
    if plan.state != "open":
        raise ConfigError(
            f"{plan.source}: push plan {plan_id} is {plan.state} and cannot be applied; "
            f"make a new one with: crmsync push plan --source {plan.source}"
        )
    if plan.source != connector.name:
        raise ValueError(f"plan {plan_id} is of {plan.source}, the connector of {connector.name}")
    calls, credit = connector.usage.calls, connector.usage.credits
    stopped = None
    try:
        _Writer(warehouse, connector, plan_id, now, progress).run()
    except (RateLimitedError, ServiceUnavailableError) as error:
        stopped = str(error)
    settled = ledger.close_if_done(warehouse, plan_id, now())
    return ApplySummary(
        plan_id=plan_id,
        source=plan.source,
        settled=settled,
        lines=_lines(warehouse, plan_id),
        calls=connector.usage.calls - calls,
        credits=connector.usage.credits - credit,
        stopped=stopped,
    )


def _lines(warehouse: Warehouse, plan_id: int) -> tuple[ApplyLine, ...]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for object_name, field, outcome, number in ledger.count_outcomes(warehouse, plan_id):
        counts.setdefault((object_name, field), Counter())[outcome] += number
    return tuple(
        ApplyLine(
            object=object_name,
            field=field,
            planned=found.total(),
            applied=found["applied"],
            unchanged=found["unchanged"],
            conflict=found["conflict"],
            rejected=found["rejected"],
            unknown=found["unknown"],
            pending=found["pending"],
        )
        for (object_name, field), found in counts.items()
    )


@dataclass(slots=True)
class _Writer:
    warehouse: Warehouse
    connector: Connector
    plan_id: int
    now: Callable[[], datetime]
    progress: Progress

    def run(self) -> None:
        for object_name, ids in ledger.records(self.warehouse, self.plan_id).items():
            begun = 0
            for batch in batches(ids, self.connector.read_batch):
                begun += len(batch)
                for left in self._write_batch(object_name, batch):
                    self.progress(f"{self.connector.name} {object_name}", begun - left, len(ids))

    def _write_batch(self, object_name: str, ids: Sequence[str]) -> Iterator[int]:
        """Look at a batch, write it in parts, and look again at what is left whenever the look is too old.

        Yields the number of records left after each part.
        """
        lost: dict[str, list[str]] = {source_id: [] for source_id in ids}
        left: list[list[Item]] = []
        looked_at = None
        refused = 0
        while ids:
            self.connector.ready(object_name)  # a pause for the CRM's limits comes before the look, not after it
            if looked_at is None or not timedelta(0) <= self.now() - looked_at <= _FRESH:
                left = self._look(object_name, ids, lost)
                looked_at = self.now()
            part, left = left[: self.connector.write_batch], left[self.connector.write_batch :]
            error = self._write(object_name, part) if part else None
            refused = refused + 1 if isinstance(error, RateLimitedError) else 0
            if isinstance(error, RateLimitedError) and (error.retry_after_s is None or refused > _REFUSALS):
                raise error
            if isinstance(error, OutcomeUnknownError):
                for record in part:
                    lost[record[0].source_id].append(str(error))
            if error is not None:
                looked_at = None
                left = part + left
            ids = [record[0].source_id for record in left]
            yield len(ids)

    def _look(self, object_name: str, ids: Sequence[str], lost: Mapping[str, Sequence[str]]) -> list[list[Item]]:
        """Settle what need not or must not be written; the records that may be are returned.

        Args:
            object_name: Of the batch.
            ids: Of the records that are left in it.
            lost: Record id → what the writes said whose outcome was unknown.
        """
        verdicts = look(self.warehouse, self.connector, self.plan_id, object_name, ids)
        settled = []
        writable = []
        for verdict in verdicts:
            errors = lost[verdict.item.source_id]
            if verdict.outcome != "pending":
                settled.append(verdict)
            elif len(errors) >= _ATTEMPTS:
                message = f"{errors[-1]}; after {len(errors)} writes the CRM still holds the old value"
                settled.append(Verdict(verdict.item, "pending", message))
            else:
                writable.append(verdict.item)
        ledger.settle(self.warehouse, self.plan_id, settled, self.now())
        return [list(items) for _, items in groupby(writable, lambda item: item.source_id)]

    def _write(
        self, object_name: str, records: Sequence[Sequence[Item]]
    ) -> OutcomeUnknownError | RateLimitedError | None:
        """One call, recorded before and after. Returned is why the records must be looked at again, if they must."""
        items = [item for record in records for item in record]
        known = self.connector.fields(object_name)
        changes = [
            Change(record[0].source_id, {item.field: from_text(item.new_value, known[item.field]) for item in record})
            for record in records
        ]
        ledger.mark_sent(self.warehouse, self.plan_id, items, self.now())
        try:
            results = self.connector.write(object_name, changes)
        except OutcomeUnknownError as error:
            return error
        except RateLimitedError as error:
            ledger.take_back(self.warehouse, self.plan_id, items)
            return error
        except CrmSyncError:
            ledger.take_back(self.warehouse, self.plan_id, items)
            raise
        verdicts = [
            Verdict(item, result.outcome, result.message or None)
            for record, result in zip(records, results, strict=True)
            for item in record
        ]
        ledger.settle(self.warehouse, self.plan_id, verdicts, self.now())
        return None
