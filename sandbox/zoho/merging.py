"""What becomes of records that are merged, whoever merges them (docs/vendor/zoho.md §9A.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho.change import Changes
from sandbox.zoho.fields import ID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row, Table

MOST_CHILDREN = 2
MERGEABLE = ("Leads", "Contacts", "Accounts", "Deals", "Vendors")


def carry_out(state: State, table: Table, master: Row, children: dict[int, list[str]], by: int) -> Row:
    """The master takes the named fields from each child, and all that points at one; then the children are deleted.

    Args:
        state: The org.
        table: The module of them all.
        master: The record that stays.
        children: By id, the stored fields whose values the master takes.
        by: The user who merges.
    """
    position, switches = table.module.position, state.switches
    values = {name: table.rows[child][position[name]] for child, names in children.items() for name in names}
    changes = Changes(state)
    for child in children:
        for other, row, field in list(pointing_at(state, table, child)):
            # The master may have pointed at a child, but points at itself never.
            target = None if other is table and row[ID] == master[ID] else master[ID]
            current = other.rows[row[ID]]
            changes.put(other, other.change(current, {field: target}), {}, by, touch=switches.merge_touches_related)
    for child in children:
        if switches.merge_losers_listed:
            table.delete(child, state.now(), by)
        else:
            table.vanish(child)
    touch = switches.merge_touches_modified_time
    return changes.put(table, table.rows[master[ID]], values, by, touch=touch)


def pointing_at(state: State, table: Table, record_id: int) -> Iterator[tuple[Table, Row, str]]:
    """All records with a lookup that holds this record, and the field's name; lines and trackers stay with theirs."""
    for other in state.tables.values():
        if not other.module.writable:
            continue
        for field in other.module.fields:
            if field.points_at(table.module.api_name):
                for row in other.with_value(field.api_name, record_id):
                    yield other, row, field.api_name
