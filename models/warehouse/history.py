"""What changed when: one row per changed field, and one per state of a deal."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from models.warehouse.core import metadata
from models.warehouse.types import Id, Instant, Money

hist_change = Table(
    "hist_change",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", Id, nullable=False),
    Column("entity", String, nullable=False, comment="the core table"),
    Column("source_id", Id, nullable=False),
    Column(
        "field", String, nullable=False, comment="column of the core table; of `custom`, the CRM's name of the field"
    ),
    Column("old_value", Text, comment="NULL: it was empty"),
    Column("new_value", Text, comment="NULL: it is empty now"),
    Column("changed_at", Instant, comment="modified_at of the record with the new value"),
    Column("changed_by", Id, comment="its modified_by: users.source_id"),
    Column("seen_at", Instant, nullable=False, comment="when it was read"),
    Column("run_id", String, nullable=False),
    Column("origin", String, nullable=False, comment="crm, or push:<plan> for the echo of our own write"),
    Index(None, "source", "entity", "source_id", "changed_at"),
    comment="one row per changed field of a record; what every write moves, such as modified_at, is not in it",
)

deal_history = Table(
    "deal_history",
    metadata,
    Column("source", Id, nullable=False),
    Column("deal_id", Id, nullable=False),
    Column("valid_from", Instant, nullable=False, comment="inclusive: modified_at of the deal in this state"),
    Column("valid_to", Instant, comment="exclusive; NULL: it is so now"),
    Column("stage", String),
    Column("stage_status", String),
    Column("amount", Money),
    Column("currency", String(3)),
    Column("probability", Integer),
    Column("close_date", Date),
    Column("owner_id", Id),
    Column("pipeline", String),
    PrimaryKeyConstraint("source", "deal_id", "valid_from"),
    Index(None, "source", "valid_to"),
    comment="one row per state of a deal, from when it is known; none while it is deleted",
)

deal_stage_changes = Table(
    "deal_stage_changes",
    metadata,
    Column("source", Id, nullable=False),
    Column("deal_id", Id, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("from_stage", String, comment="NULL: the deal began in to_stage"),
    Column("to_stage", String, nullable=False),
    Column("amount", Money, comment="of the deal in its new stage"),
    Column("probability", Integer, comment="of the deal in its new stage, per cent"),
    Column("origin", String, nullable=False, comment="crm, or observed: seen between two reads"),
    PrimaryKeyConstraint("source", "deal_id", "changed_at", "to_stage"),
    Index(None, "source", "changed_at"),
    comment="one row per move of a deal from stage to stage",
)

DEAL_STATE = ("stage", "stage_status", "amount", "currency", "probability", "close_date", "owner_id", "pipeline")
"""Columns of a deal that make a state of their own when they change."""
