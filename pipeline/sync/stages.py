"""The moves of deals from stage to stage: as the CRM keeps them, else as we saw them between two reads."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, delete, func, insert, literal, select

from models.warehouse.core import deal_stages
from models.warehouse.functions import one_of
from models.warehouse.history import deal_history, deal_stage_changes


def keep_stage_changes(connection: Connection, source: str, deal_ids: Sequence[str]) -> None:
    """Make the moves of these deals anew: from the CRM's own list of them, or from our history of a deal without one."""
    if not deal_ids:
        return
    t = deal_stage_changes
    connection.execute(delete(t).where(t.c.source == source, one_of(t.c.deal_id, deal_ids)))
    for moves in (_told(source, deal_ids), _observed(source, deal_ids)):
        connection.execute(insert(t).from_select(list(moves.selected_columns.keys()), moves))


def deals_of(connection: Connection, source: str, ids: Sequence[str]) -> Sequence[str]:
    """The deals of these rows of `deal_stages`."""
    s = deal_stages.c
    query = select(s.deal_id).where(s.source == source, one_of(s.source_id, ids), s.deal_id.is_not(None)).distinct()
    return connection.scalars(query).all()


def _told(source: str, deal_ids: Sequence[str]) -> Select[tuple[object, ...]]:
    """The first entry of a deal is its beginning: it comes from no stage."""
    s = deal_stages.c
    order = (s.entered_at, s.source_id)
    entries = (
        select(
            s.source,
            s.deal_id,
            s.entered_at.label("changed_at"),
            func.lag(s.stage).over(partition_by=s.deal_id, order_by=order).label("from_stage"),
            s.stage.label("to_stage"),
            s.amount,
            s.probability,
            func.row_number()
            .over(partition_by=(s.deal_id, s.entered_at, s.stage), order_by=s.source_id)
            .label("place"),
        )
        .where(s.source == source, one_of(s.deal_id, deal_ids), s.stage.is_not(None), s.entered_at.is_not(None))
        .subquery()
    )
    columns = [column for column in entries.c if column.name != "place"]
    return select(*columns, literal("crm").label("origin")).where(entries.c.place == 1)


def _observed(source: str, deal_ids: Sequence[str]) -> Select[tuple[object, ...]]:
    """A state that follows another with another stage; when the deal was modified last is when it moved at the latest."""
    h = deal_history.c
    states = (
        select(
            h.source,
            h.deal_id,
            h.valid_from.label("changed_at"),
            func.lag(h.stage).over(partition_by=h.deal_id, order_by=h.valid_from).label("from_stage"),
            h.stage.label("to_stage"),
            h.amount,
            h.probability,
        )
        .where(h.source == source, one_of(h.deal_id, deal_ids))
        .subquery()
    )
    s, moved = deal_stages.c, states.c
    is_told = select(1).where(s.source == moved.source, s.deal_id == moved.deal_id).exists()
    differs = (moved.from_stage.is_not(None), moved.to_stage.is_not(None), moved.from_stage != moved.to_stage)
    return select(states, literal("observed").label("origin")).where(*differs, ~is_told)
