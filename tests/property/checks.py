"""What must be true of a warehouse when everything has come to rest."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tests.e2e.harness import OF_THE_RUN, Project, Row
from tests.e2e.values import stored
from tests.property.holds import Holds, Rows

ENTITIES = ("accounts", "contacts", "leads", "deals")
WORK = ("tasks", "activities", "orders", "payment_plans", "payments", "feedback")
SOURCES = ("zoho", "fxiaoke")
_ASIDE = OF_THE_RUN | {"source", "source_id", "row_hash", "deleted_at", "deleted_reason"}
_UNTRACKED = _ASIDE | {"modified_at", "modified_by", "custom", "object", "created_on", "closed_on", "closed_at"}
_TWICE = {f"{name}_{end}" for name in ("due", "completed", "happened", "ordered", "paid") for end in ("at", "on")}
"""Which of the two the CRM gives, and the history therefore follows, differs by object."""
_MOVED_BY_EVERY_WRITE = {"last_activity_at", "version", "Last_Activity_Time"}
_STATE = ("stage", "stage_status", "amount", "currency", "probability", "close_date", "owner_id", "pipeline")


def tables(project: Project) -> Rows:
    """Rows of both sources by entity and (source, id)."""
    return {
        entity: {f"{row['source']} {row['source_id']}": stored(row) for row in project.rows(entity)}
        for entity in (*ENTITIES, *WORK)
    }


def assert_mirror(found: Rows, holds: Holds) -> None:
    """Each table holds exactly the CRM's records, column by column; the others are marked as gone."""
    for source in SOURCES:
        for entity, wanted in holds.of(source).items():
            rows = {row["source_id"]: row for row in found[entity].values() if row["source"] == source}
            live = {key for key, row in rows.items() if row["deleted_at"] is None}
            assert live == wanted.keys(), f"{source} {entity}: only one side has {sorted(live ^ wanted.keys())}"
            for key, values in wanted.items():
                row = {name: value for name, value in rows[key].items() if name not in _ASIDE}
                wanted_row = dict.fromkeys(row) | values
                differing = {
                    name: (value, wanted_row.get(name, "no such column"))
                    for name, value in row.items()
                    if _comparable(value) != _comparable(wanted_row.get(name, "no such column"))
                }
                assert not differing, f"{source} {entity} {key}, (warehouse, CRM): {differing}"


def _comparable(value: Any) -> Any:
    """Of a link in `custom` the id alone: the name beside it is another record's, and changes with that."""
    if isinstance(value, dict):
        return {key: _link(item) for key, item in value.items()}
    return value


def _link(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def assert_changes_chain(before: Rows, found: Rows, changes: list[Row]) -> None:
    """Each change begins where the former ended, the first at what was there before, and the last ends at what is."""
    chains: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for change in sorted(changes, key=lambda row: row["id"]):
        chains[change["entity"], f"{change['source']} {change['source_id']}"][change["field"]].append(change)
    for entity, rows in found.items():
        for key, row in rows.items():
            was, now = before[entity].get(key), _fields(row)
            chain, former = chains[entity, key], _fields(was) if was else {}
            for name in (now.keys() | chain.keys() | former.keys()) - _MOVED_BY_EVERY_WRITE - _TWICE:
                told = f"{entity} {key} {name}"
                steps = [(change["old_value"], change["new_value"]) for change in chain.get(name, ())]
                start = former.get(name) if was else (steps[0][0] if steps else now.get(name))
                for old, new in steps:
                    assert old == start, f"{told}: a change from {old!r} follows {start!r}: {steps}"
                    assert old != new, f"{told}: {steps}"
                    start = new
                assert start == now.get(name), f"{told}: is {now.get(name)!r}, the history ends at {start!r}: {steps}"


def _fields(row: Row) -> Mapping[str, str | None]:
    """The tracked values of a row as the history writes them."""
    custom = row["custom"]
    values = {name: value for name, value in row.items() if name not in _UNTRACKED | _TWICE} | custom
    return {name: _written(name, value) for name, value in values.items() if value is not None}


_FLAGS = {"opt_out"}
_NUMBERS = {"amount", "paid_amount", "probability", "duration_s", "rating", "scale"}


def _written(name: str, value: Any) -> str:
    if isinstance(value, str):
        is_instant = name.endswith("_at") and len(value) == len("2026-01-01 00:00:00.000000")
        return f"{value[:10]}T{value[11:19]}+00:00" if is_instant else value
    if isinstance(value, bool) or name in _FLAGS:
        return "true" if value else "false"
    if isinstance(value, float) and name in _NUMBERS:
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def states_of(project: Project) -> dict[str, list[Row]]:
    """The states of each deal, in order."""
    states: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(map(stored, project.rows("deal_history")), key=lambda row: row["valid_from"]):
        states[f"{row['source']} {row['deal_id']}"].append(row)
    return states


def assert_deal_history(deals: Mapping[str, Row], before: dict[str, list[Row]], states: dict[str, list[Row]]) -> None:
    """One open state for each deal that exists, and it is the deal's; none for the others; no two at a time; none lost."""
    assert states.keys() <= deals.keys()
    for key, was in before.items():
        assert [row["valid_from"] for row in states[key]][:1] == [row["valid_from"] for row in was], f"deal {key}"
    for key, deal in deals.items():
        told = f"deal {key}: {[(row['valid_from'], row['valid_to'], row['stage']) for row in states[key]]}"
        is_open = [row for row in states[key] if row["valid_to"] is None]
        if deal["deleted_at"] is not None:
            assert is_open == [], told
        else:
            assert [[row[name] for name in _STATE] for row in is_open] == [[deal[name] for name in _STATE]], told
        for one, other in zip(states[key], states[key][1:], strict=False):
            assert one["valid_from"] < (one["valid_to"] or "") <= other["valid_from"], told


def assert_at_rest(project: Project) -> None:
    """Nothing is half done, rejected or held."""
    assert project.rows("ops_dead_letter", "state = 'open'") == []
    assert project.rows("ops_checkpoint", "state = 'reading'") == []
    assert project.rows("ops_run", "state = 'running'") == []
