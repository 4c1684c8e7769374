"""Records as they were fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "raw_page",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False, comment="rises with each commit"),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column(
            "digest",
            sa.String(),
            nullable=False,
            comment="of the body: a batch that comes again takes the former's place",
        ),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column(
            "body",
            sa.LargeBinary(),
            nullable=False,
            comment="zstd frames; a line for each page, a JSON list of its records",
        ),
        sa.Column("fetched_at", types.Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_page")),
        comment="records as they were fetched, one row a batch, for raw.retention_days",
    )
    if op.get_bind().dialect.name == "postgresql":  # it is compressed already
        op.execute("ALTER TABLE raw_page ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_index("uq_raw_page_batch", "raw_page", ["source", "stream", "digest"], unique=True)
    op.create_index(op.f("ix_raw_page_source_stream_id"), "raw_page", ["source", "stream", "id"], unique=False)
    op.create_index(op.f("ix_raw_page_source_fetched_at"), "raw_page", ["source", "fetched_at"], unique=False)


def downgrade() -> None:
    op.drop_table("raw_page")
