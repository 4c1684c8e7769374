"""A kept answer says whose it is beside its key, so that the next one takes its place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM ops_metadata WHERE key LIKE 'GET %' OR key LIKE 'POST %'")  # they are asked for anew
    told = "hash of the credentials that it was given to; '' for what is not an answer"
    op.add_column("ops_metadata", sa.Column("whose", sa.String(), nullable=False, server_default="", comment=told))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("ops_metadata", "key", comment="the call without its credentials")


def downgrade() -> None:
    op.drop_column("ops_metadata", "whose")
