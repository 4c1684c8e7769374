"""What changed in the fields of the CRMs, and the options of their picklists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_CHANGES = "new, renamed, relabelled, retyped or vanished; option added, option removed or option relabelled"


def upgrade() -> None:
    op.create_table(
        "ops_schema_change",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("object", sa.String(), nullable=False, comment="as the CRM names it"),
        sa.Column("field_id", sa.String(), nullable=False, comment="'' where the CRM tells none"),
        sa.Column("field", sa.String(), nullable=False, comment="its API name now, or before it vanished"),
        sa.Column("change", sa.String(), nullable=False, comment=_CHANGES),
        sa.Column("old", sa.Text(), nullable=True, comment="API name, label, type, or code and label of an option"),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("acknowledged_at", types.Instant(), nullable=True, comment="when a person said that it is known"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_schema_change")),
        comment="what changed in the fields of the CRMs",
    )
    op.create_index(op.f("ix_ops_schema_change_source_object"), "ops_schema_change", ["source", "object"], unique=False)
    op.create_table(
        "dim_picklist",
        sa.Column("source", types.Id, nullable=False),
        sa.Column("object", sa.String(), nullable=False, comment="as the CRM names it"),
        sa.Column("field", sa.String(), nullable=False, comment="API name in the CRM"),
        sa.Column("code", sa.String(), nullable=False, comment="what the records hold"),
        sa.Column("valid_from", types.Instant(), nullable=False, comment="when it was first seen"),
        sa.Column(
            "valid_to",
            types.Instant(),
            nullable=True,
            comment="when it was gone or called otherwise; NULL: it is so now",
        ),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="in the CRM's order, from 1"),
        sa.Column("entity", sa.String(), nullable=False, comment="the core table that the object fills"),
        sa.Column(
            "column_name",
            sa.String(),
            nullable=True,
            comment="its column that the field fills; NULL: the field is in `custom`",
        ),
        sa.PrimaryKeyConstraint("source", "object", "field", "code", "valid_from", name=op.f("pk_dim_picklist")),
        comment="options of the CRMs' picklists",
    )


def downgrade() -> None:
    op.drop_table("dim_picklist")
    op.drop_table("ops_schema_change")
