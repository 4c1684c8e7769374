"""What changed when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


_DAILY = """
CREATE VIEW deal_snapshot_daily AS
SELECT d.day, h.source, h.deal_id, h.stage, h.stage_status, h.amount, h.currency, h.probability, h.close_date,
       h.owner_id, h.pipeline
FROM dim_date AS d
JOIN deal_history AS h ON h.valid_from < d.ends_at AND (h.valid_to IS NULL OR h.valid_to >= d.ends_at)
WHERE d.ends_at <= {soon}
"""
_SOON = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+1 day')",
    "postgresql": "now() + interval '1 day'",
}
"""A day has a state when it has ended, and today has the present one."""

_ENTITIES = ("accounts", "contacts", "deals", "leads", "teams", "users")


def upgrade() -> None:
    for name in _ENTITIES:
        told = "users.source_id of who changed it last; our own writes move it"
        op.add_column(name, sa.Column("modified_by", types.Id, nullable=True, comment=told))
    op.create_table(
        "hist_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("entity", sa.String(), nullable=False, comment="the core table"),
        sa.Column("source_id", types.Id, nullable=False),
        sa.Column(
            "field",
            sa.String(),
            nullable=False,
            comment="column of the core table; of `custom`, the CRM's name of the field",
        ),
        sa.Column("old_value", sa.Text(), nullable=True, comment="NULL: it was empty"),
        sa.Column("new_value", sa.Text(), nullable=True, comment="NULL: it is empty now"),
        sa.Column("changed_at", types.Instant(), nullable=True, comment="modified_at of the record with the new value"),
        sa.Column("changed_by", types.Id, nullable=True, comment="its modified_by: users.source_id"),
        sa.Column("seen_at", types.Instant(), nullable=False, comment="when it was read"),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False, comment="crm, or push:<plan> for the echo of our own write"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hist_change")),
        comment="one row per changed field of a record; what every write moves, such as modified_at, is not in it",
    )
    op.create_index(
        op.f("ix_hist_change_source_entity_source_id_changed_at"),
        "hist_change",
        ["source", "entity", "source_id", "changed_at"],
        unique=False,
    )
    op.create_table(
        "deal_history",
        sa.Column("source", types.Id, nullable=False),
        sa.Column("deal_id", types.Id, nullable=False),
        sa.Column(
            "valid_from",
            types.Instant(),
            nullable=False,
            comment="inclusive: modified_at of the deal in this state",
        ),
        sa.Column("valid_to", types.Instant(), nullable=True, comment="exclusive; NULL: it is so now"),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("stage_status", sa.String(), nullable=True),
        sa.Column("amount", types.Exact(precision=20, scale=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("probability", sa.Integer(), nullable=True),
        sa.Column("close_date", sa.Date(), nullable=True),
        sa.Column("owner_id", types.Id, nullable=True),
        sa.Column("pipeline", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "deal_id", "valid_from", name=op.f("pk_deal_history")),
        comment="one row per state of a deal, from when it is known; none while it is deleted",
    )
    op.create_index(op.f("ix_deal_history_source_valid_to"), "deal_history", ["source", "valid_to"], unique=False)
    told = "the instant in which the next day begins, in reporting.timezone"
    op.add_column("dim_date", sa.Column("ends_at", types.Instant(), nullable=True, comment=told))
    op.execute(_DAILY.format(soon=_SOON[op.get_bind().dialect.name]))


def downgrade() -> None:
    op.execute("DROP VIEW deal_snapshot_daily")
    op.drop_column("dim_date", "ends_at")
    op.drop_index(op.f("ix_deal_history_source_valid_to"), table_name="deal_history")
    op.drop_table("deal_history")
    op.drop_index(op.f("ix_hist_change_source_entity_source_id_changed_at"), table_name="hist_change")
    op.drop_table("hist_change")
    for name in reversed(_ENTITIES):
        op.drop_column(name, "modified_by")
