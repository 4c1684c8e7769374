"""Alembic's entry: runs the migrations on the connection that `models.warehouse.migrate` hands over."""

from __future__ import annotations

from alembic import context

from models.warehouse import history, kept, marts, ops  # noqa: F401 - they define tables
from models.warehouse.core import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
context.run_migrations()
