"""What the API calls cost; dead letters that people settle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LETTER = "uq_ops_dead_letter_record"


def upgrade() -> None:
    op.create_table(
        "ops_api_usage",
        sa.Column("day", sa.Date(), nullable=False, comment="in reporting.timezone, on which the run ended"),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("subject", sa.String(), nullable=False, comment="stream or object that the calls were for"),
        sa.Column("call", sa.String(), nullable=False, comment="method and path"),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column(
            "quota_left",
            sa.Integer(),
            nullable=True,
            comment="credits that the CRM said were left; NULL: it did not say",
        ),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", "subject", "call", name=op.f("pk_ops_api_usage")),
        comment="API calls by day; a process that was killed leaves no trace here",
    )
    told = "tells records without an id apart"
    op.add_column(
        "ops_dead_letter", sa.Column("raw_hash", sa.String(), nullable=False, server_default="", comment=told)
    )
    told = "when it was resolved or given up"
    op.add_column("ops_dead_letter", sa.Column("settled_at", types.Instant(), nullable=True, comment=told))
    op.add_column("ops_dead_letter", sa.Column("note", sa.Text(), nullable=True, comment="why it was given up"))
    op.drop_index(_LETTER, table_name="ops_dead_letter")
    op.create_index(_LETTER, "ops_dead_letter", ["source", "stream", "source_id", "raw_hash"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        told = "open; resolved: a later version of the record could be read, or it is gone; given up: by a person"
        op.alter_column("ops_dead_letter", "state", comment=told)
        op.alter_column("ops_run", "command", comment="as it was typed, without its options")


def downgrade() -> None:
    op.drop_index(_LETTER, table_name="ops_dead_letter")
    op.execute("DELETE FROM ops_dead_letter WHERE raw_hash <> ''")
    op.create_index(_LETTER, "ops_dead_letter", ["source", "stream", "source_id"], unique=True)
    for name in ("note", "settled_at", "raw_hash"):
        op.drop_column("ops_dead_letter", name)
    op.drop_table("ops_api_usage")
