"""What is kept of a CRM's answers: what it said of itself."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table, Text

from models.warehouse.core import metadata
from models.warehouse.types import Id, Instant

ops_metadata = Table(
    "ops_metadata",
    metadata,
    Column("source", Id, nullable=False),
    Column("key", Text, nullable=False, comment="the call without its credentials, and a hash of whose answer it is"),
    Column("answer", Text, nullable=False, comment="JSON, as the CRM sent it"),
    Column("asked_at", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    PrimaryKeyConstraint("source", "key"),
    comment="what a CRM says of itself (fields, layouts, pipelines); used for a day",
)
