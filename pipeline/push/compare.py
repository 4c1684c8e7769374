"""One result against the live values of the CRM: which records there are, and where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.batches import batches
from models.progress import Progress
from models.protocols import Connector
from pipeline.push.ledger import Item
from pipeline.push.results import ResultRow, Scope
from pipeline.push.targets import Target
from pipeline.push.values import fitting_form, text_form

_SHOWN = 5


@dataclass(slots=True)
class Comparison:
    """What comparing one target found.

    Attributes:
        items: The values that differ.
        records: Records that were compared.
        missing: Results without a record to match in the CRM, or with two.
        deleted: Records that the CRM no longer has.
        notes: Sentences about the missing and the records left over, for the person at the terminal.
    """

    target: Target
    items: list[Item] = field(default_factory=list)
    records: int = 0
    missing: int = 0
    deleted: int = 0
    notes: list[str] = field(default_factory=list)

    def planned(self) -> Mapping[str, int]:
        """Field → values that differ."""
        return Counter(item.field for item in self.items)


def compare(
    connector: Connector, target: Target, rows: list[ResultRow], scope: Scope, progress: Progress
) -> Comparison:
    """Read the live values of every record that has a result, a batch at a time."""
    found = Comparison(target)
    pairs = _match(connector, target, rows, scope, found) if target.match else [(row.key, row) for row in rows]
    done = 0
    for batch in batches(pairs, connector.read_batch):
        live = connector.get(target.object, [source_id for source_id, _ in batch], target.api_names)
        for source_id, row in batch:
            if source_id in live:
                found.records += 1
                found.items += _differences(target, source_id, row, live[source_id])
            else:
                found.deleted += 1
        done += len(batch)
        progress(f"{connector.name} {target.result.name}", done, len(pairs))
    return found


def _match(
    connector: Connector, target: Target, rows: list[ResultRow], scope: Scope, found: Comparison
) -> list[tuple[str, ResultRow]]:
    """Pair each result with the one record whose lookup names it; the others are counted and reported."""
    by_key: dict[str, list[str]] = {}
    keys, left_over = {row.key for row in rows}, 0
    assert target.match is not None  # noqa: S101 - for the type checker; `compare` asked
    for source_id, values in connector.scan(target.object, [target.match, *target.api_names]):
        key = values.get(target.match)
        if key in keys:
            by_key.setdefault(key, []).append(source_id)
        elif key:
            left_over += any(text_form(values.get(field.api_name), field) for field in target.fields.values())
    if left_over:
        found.notes.append(_kept(connector, target, scope, left_over))
    pairs, without = [], []
    for row in rows:
        ids = by_key.get(row.key, [])
        if len(ids) == 1:
            pairs.append((ids[0], row))
            continue
        found.missing += 1
        if ids:
            found.notes.append(
                f"{connector.name}/{target.object}: {target.match} {row.key} is named by {len(ids)} records "
                f"({', '.join(sorted(ids))}); none was planned, delete all but one"
            )
        else:
            without.append(row.label or row.key)
    if without:
        shown = ", ".join(sorted(without)[:_SHOWN]) + (", …" if len(without) > _SHOWN else "")
        found.notes.append(
            f"{connector.name}/{target.object}: {len(without)} of {len(rows)} {target.result.name} results have no "
            f"record whose {target.match} names them ({shown}); create it in the CRM"
        )
    return pairs


def _kept(connector: Connector, target: Target, scope: Scope, number: int) -> str:
    when = f" in {scope.quarter.name}" if target.result.of_quarter else ""
    what = f"without a {target.result.name}{when}"
    if number == 1:
        return f"{connector.name}/{target.object}: 1 record belongs to a person {what} and keeps what it holds"
    return f"{connector.name}/{target.object}: {number} records belong to people {what} and keep what they hold"


def _differences(target: Target, source_id: str, row: ResultRow, live: Mapping[str, Any]) -> Iterator[Item]:
    for name, info in target.fields.items():
        old, new = text_form(live.get(info.api_name), info), fitting_form(row.values[name], info)
        if old != new:
            yield Item(
                object=target.object,
                source_id=source_id,
                field=info.api_name,
                target=target.result.name,
                label=row.label,
                old_value=old,
                new_value=new,
                reason_en=row.reason_en,
                reason_zh=row.reason_zh,
                rule_version=row.rule_version,
            )
