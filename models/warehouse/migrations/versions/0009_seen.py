"""The ids that a read of everything brings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ops_seen",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False, comment="of one batch, as a JSON list; the first row's is empty"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_seen")),
        comment="what a read of everything has brought, until the rows that it did not bring are looked for",
    )
    op.create_index(op.f("ix_ops_seen_source_stream"), "ops_seen", ["source", "stream"], unique=False)


def downgrade() -> None:
    op.drop_table("ops_seen")
