"""Raw pages are looked for by their age alone."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_raw_page_fetched_at"), "raw_page", ["fetched_at"], unique=False)
    op.drop_index(op.f("ix_raw_page_source_fetched_at"), "raw_page")


def downgrade() -> None:
    op.create_index(op.f("ix_raw_page_source_fetched_at"), "raw_page", ["source", "fetched_at"], unique=False)
    op.drop_index(op.f("ix_raw_page_fetched_at"), "raw_page")
