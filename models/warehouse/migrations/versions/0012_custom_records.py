"""Records of modules that fill no other table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custom_records",
        sa.Column("source", types.Id, nullable=False, comment="connection name"),
        sa.Column("source_id", types.Id, nullable=False, comment="the CRM's id of the record"),
        sa.Column(
            "owner_id",
            types.Id,
            nullable=True,
            comment="users.source_id of the person who owns it; NULL if nobody does",
        ),
        sa.Column("created_at", types.Instant(), nullable=True),
        sa.Column("modified_at", types.Instant(), nullable=True, comment="as the CRM has it; our own writes move it"),
        sa.Column(
            "modified_by",
            types.Id,
            nullable=True,
            comment="users.source_id of who changed it last; our own writes move it",
        ),
        sa.Column("created_on", sa.Date(), nullable=True, comment="local day of created_at"),
        sa.Column(
            "deleted_at",
            types.Instant(),
            nullable=True,
            comment="when it was deleted, merged away or no longer found; NULL = it exists",
        ),
        sa.Column("deleted_reason", sa.String(), nullable=True),
        sa.Column("row_hash", sa.String(), nullable=False, comment="of all values that come from the CRM"),
        sa.Column("first_seen_at", types.Instant(), nullable=False),
        sa.Column("synced_at", types.Instant(), nullable=False, comment="when a changed row was last written here"),
        sa.Column("run_id", sa.String(), nullable=False, comment="ops_run.run_id of the run that wrote it"),
        sa.Column("custom", types.Json, nullable=True, comment="fields that no column holds, by API name"),
        sa.Column("object", types.Id, nullable=False, comment="the CRM's object that the record is of"),
        sa.Column("name", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_custom_records")),
        comment="records of modules that fill no other table; their fields are in custom",
    )
    op.create_index(op.f("ix_custom_records_source_object"), "custom_records", ["source", "object"], unique=False)


def downgrade() -> None:
    op.drop_table("custom_records")
