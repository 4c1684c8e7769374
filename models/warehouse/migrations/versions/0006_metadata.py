"""What a CRM says of itself, kept for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ops_metadata",
        sa.Column("source", types.Id, nullable=False),
        sa.Column(
            "key",
            sa.Text(),
            nullable=False,
            comment="the call without its credentials, and a hash of whose answer it is",
        ),
        sa.Column("answer", sa.Text(), nullable=False, comment="JSON, as the CRM sent it"),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_ops_metadata")),
        comment="what a CRM says of itself (fields, layouts, pipelines); used for a day",
    )


def downgrade() -> None:
    op.drop_table("ops_metadata")
