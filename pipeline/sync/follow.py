"""What is made from the rows of some entities is brought in line with them: states and moves of deals, links."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from models.warehouse.core import activities, deal_stages, deals
from pipeline.sync.history import keep_deal_states, restate_deals
from pipeline.sync.links import keep_links
from pipeline.sync.stages import deals_of, keep_stage_changes


def follow(
    connection: Connection,
    table: Table,
    source: str,
    changed: Sequence[Mapping[str, Any]],
    new: Collection[str],
    *,
    restate: bool = False,
) -> None:
    """After rows of a core table were written.

    Args:
        changed: Rows that were there before, as they were.
        new: Ids of the others.
        restate: The CRM did not change, only how we read it: a deal's present state is put in other words.
    """
    former = [row["source_id"] for row in changed]
    written = [*former, *new]
    if not written:
        return
    if table is deals:
        if restate:
            restate_deals(connection, source, former)
        keep_deal_states(connection, source, list(new) if restate else written)
        keep_stage_changes(connection, source, former)
    elif table is deal_stages:  # an entry that moved to another deal is one less of the former
        left = {row["deal_id"] for row in changed if row["deal_id"]}
        keep_stage_changes(connection, source, list(left.union(deals_of(connection, source, written))))
    elif table is activities:
        keep_links(connection, source, written)
