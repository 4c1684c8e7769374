"""What is made from the rows of some entities is brought in line with them: states and moves of deals, links."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Table

from models.warehouse.core import activities, deal_stages, deals
from pipeline.sync.history import keep_deal_states, restate_deals
from pipeline.sync.links import keep_links
from pipeline.sync.stages import deals_of, keep_stage_changes


def follow(
    connection: Connection,
    table: Table,
    source: str,
    changed: Collection[str],
    new: Collection[str],
    *,
    restate: bool = False,
) -> None:
    """After rows of a core table were written.

    Args:
        changed: Ids of the rows that were there before.
        new: Ids of the others.
        restate: The CRM did not change, only how we read it: a deal's present state is put in other words.
    """
    written = [*changed, *new]
    if not written:
        return
    if table is deals:
        if restate:
            restate_deals(connection, source, list(changed))
        keep_deal_states(connection, source, list(new) if restate else written)
        keep_stage_changes(connection, source, list(changed))
    elif table is deal_stages:
        keep_stage_changes(connection, source, deals_of(connection, source, written))
    elif table is activities:
        keep_links(connection, source, written)
