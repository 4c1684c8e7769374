"""What comparing the warehouse with the CRMs found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ops_verify",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column(
            "what", sa.String(), nullable=False, comment="count, sum (of amounts), ids, or modified (records compared)"
        ),
        sa.Column("crm_value", types.Exact(precision=20, scale=4), nullable=True, comment="what the CRM has"),
        sa.Column("our_value", types.Exact(precision=20, scale=4), nullable=True, comment="what the warehouse has"),
        sa.Column(
            "differences",
            sa.Integer(),
            nullable=False,
            comment="records that differ; those changed since the sync are none",
        ),
        sa.Column("after_repair", sa.Boolean(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False, comment="of the stream's whole look"),
        sa.Column("verified_at", types.Instant(), nullable=False),
        sa.Column(
            "details",
            types.Json,
            nullable=True,
            comment="causes and how many of each; the first records by id, with cause and detail",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_verify")),
    )
    op.create_index(
        op.f("ix_ops_verify_source_stream_verified_at"), "ops_verify", ["source", "stream", "verified_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ops_verify_source_stream_verified_at"), table_name="ops_verify")
    op.drop_table("ops_verify")
