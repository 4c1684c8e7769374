"""Keys that some tenants' records carry besides their fields, each behind a switch (docs/vendor/fxiaoke.md §3.4, §6.1, §6.7)."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from sandbox.fxiaoke.render import PHONES
from sandbox.fxiaoke.schema import EMPLOYEE_TYPES

if TYPE_CHECKING:
    from sandbox.fxiaoke.schema import Field
    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Table

    Record = dict[str, Any]

RICH = ("ActiveRecordObj", "active_record_content")


def shown_field(state: State, table: Table, field: Field) -> Field:
    """The field as a describe shows it."""
    rich = state.switches.rich_activity and (table.spec.api_name, field.api_name) == RICH
    return replace(field, type="html_rich_text") if rich else field


def dressed(state: State, table: Table, records: list[Any], total: int | None = None) -> list[Any]:
    """The records of an answer with what the switches ask for; `total` is that of a query."""
    switches = state.switches
    rich = switches.rich_activity and table.spec.api_name == RICH[0]
    if not rich and not switches.internals:
        return records
    shown: list[Record] = msgspec.json.decode(msgspec.json.encode(records))
    for record in shown:
        if rich:
            _enrich(record)
        if switches.internals:
            record.update(_internals(table, record))
            if total is not None:
                record.update(total_num=total, searchAfterId=[record.get("_id")], order_by=None)
    return shown


def _enrich(record: Record) -> None:
    words = record.get(RICH[1])
    if words:
        record.update({RICH[1]: f"<p>{escape(words)}</p>", f"{RICH[1]}__o": words})


def _internals(table: Table, record: Record) -> Record:
    """What the page only names: their forms are chosen, and a client is to ignore them."""
    found: Record = {"extend_obj_data_id": "65f0c0ffee000000000e0001"}
    for name, field in table.spec.fields.items():
        value = record.get(name)
        if not value:
            continue
        if name in PHONES:
            found[f"{name}__p"] = {"province": "上海", "city": "上海", "operator": ""}
        elif field.type in EMPLOYEE_TYPES:
            found[f"{name}__e"] = value
        elif field.kind == "ref":
            found[f"{name}__relation_ids"] = value
        elif field.type == "quote":
            found[f"{name}__v"] = value
    return found
