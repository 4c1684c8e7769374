"""API calls are booked after each step."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = "ops_api_usage"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment(
            _TABLE, "API calls by day; of a run that was killed those of the step that it was at are missing"
        )
        op.alter_column(_TABLE, "day", comment="in reporting.timezone, on which the step ended")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment(_TABLE, "API calls by day; a process that was killed leaves no trace here")
        op.alter_column(_TABLE, "day", comment="in reporting.timezone, on which the run ended")
