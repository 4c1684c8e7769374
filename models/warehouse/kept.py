"""What is kept of a CRM's answers: what it said of itself, how that changed, its records as they came, ids it listed."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, String, Table, Text

from models.warehouse.core import metadata
from models.warehouse.types import Id, Instant

ops_metadata = Table(
    "ops_metadata",
    metadata,
    Column("source", Id, nullable=False),
    Column("key", Text, nullable=False, comment="the call without its credentials"),
    Column("answer", Text, nullable=False, comment="JSON, as the CRM sent it"),
    Column("asked_at", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    Column(
        "whose",
        String,
        nullable=False,
        server_default="",
        comment="hash of the credentials that it was given to; '' for what is not an answer",
    ),
    PrimaryKeyConstraint("source", "key"),
    comment="what a CRM says of itself (fields, layouts, pipelines); used for a day",
)

raw_page = Table(
    "raw_page",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True, comment="rises with each commit"),
    Column("source", Id, nullable=False),
    Column("stream", String, nullable=False),
    Column("digest", String, nullable=False, comment="of the body: a batch that comes again takes the former's place"),
    Column("records", Integer, nullable=False),
    Column(
        "body", LargeBinary, nullable=False, comment="zstd frames; a line for each page, a JSON list of its records"
    ),
    Column("fetched_at", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    Index("uq_raw_page_batch", "source", "stream", "digest", unique=True),
    Index(None, "source", "stream", "id"),
    Index(None, "fetched_at"),
    comment="records as they were fetched, one row a batch, for raw.retention_days",
)

ops_seen = Table(
    "ops_seen",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", Id, nullable=False),
    Column("stream", String, nullable=False),
    Column("ids", Text, nullable=False, comment="of one batch, as a JSON list; the first row's is empty"),
    Index(None, "source", "stream"),
    comment="what a read of everything has brought, until the rows that it did not bring are looked for",
)

ops_schema_change = Table(
    "ops_schema_change",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", Id, nullable=False),
    Column("object", String, nullable=False, comment="as the CRM names it"),
    Column("field_id", String, nullable=False, comment="'' where the CRM tells none"),
    Column("field", String, nullable=False, comment="its API name now, or before it vanished"),
    Column(
        "change",
        String,
        nullable=False,
        comment="new, renamed, relabelled, retyped or vanished; option added, option removed or option relabelled",
    ),
    Column("old", Text, comment="API name, label, type, or code and label of an option"),
    Column("new", Text),
    Column("seen_at", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    Column("acknowledged_at", Instant, comment="when a person said that it is known"),
    Index(None, "source", "object"),
    comment="what changed in the fields of the CRMs",
)
