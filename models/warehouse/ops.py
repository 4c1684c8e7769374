"""Operation tables: what ran, what it cost, how far it got, what was refused, what was written and what was sent."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from models.warehouse.core import metadata
from models.warehouse.types import Id, Instant, Json, Money

ops_run = Table(
    "ops_run",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("command", String, nullable=False, comment="as it was typed, without its options"),
    Column("state", String, nullable=False, comment="running, done, partial or failed"),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("host", String, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("error", Text),
    Column("summary", Json, comment="the document that --json prints"),
)

ops_checkpoint = Table(
    "ops_checkpoint",
    metadata,
    Column("source", Id, nullable=False),
    Column("stream", String, nullable=False),
    Column("slice", String, nullable=False, comment="modified, or deleted"),
    Column("state", String, nullable=False, comment="reading, or done"),
    Column("position", Json, comment="where an unfinished slice goes on"),
    Column("since", Instant, comment="lower bound of the slice; NULL: everything"),
    Column("until", Instant, comment="upper bound of the slice"),
    Column("watermark", Instant, comment="everything modified up to here has been read"),
    Column("basis", String, comment="hash of what the rows depend on beside the CRM: mapping, time zone, currency"),
    Column("updated_at", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    PrimaryKeyConstraint("source", "stream", "slice"),
)

ops_dead_letter = Table(
    "ops_dead_letter",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("source", Id, nullable=False),
    Column("stream", String, nullable=False),
    Column("source_id", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False, comment="the record as the CRM sent it"),
    Column(
        "state",
        String,
        nullable=False,
        comment="open; resolved: a later version of the record could be read, or it is gone; given up: by a person",
    ),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    Column("raw_hash", String, nullable=False, server_default="", comment="tells records without an id apart"),
    Column("settled_at", Instant, comment="when it was resolved or given up"),
    Column("note", Text, comment="why it was given up"),
    Index("uq_ops_dead_letter_record", "source", "stream", "source_id", "raw_hash", unique=True),
)

ops_api_usage = Table(
    "ops_api_usage",
    metadata,
    Column("day", Date, nullable=False, comment="in reporting.timezone, on which the step ended"),
    Column("source", Id, nullable=False),
    Column("subject", String, nullable=False, comment="stream or object that the calls were for"),
    Column("call", String, nullable=False, comment="method and path"),
    Column("calls", Integer, nullable=False),
    Column("credits", Integer, nullable=False),
    Column("quota_left", Integer, comment="credits that the CRM said were left; NULL: it did not say"),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("day", "source", "subject", "call"),
    comment="API calls by day; of a run that was killed those of the step that it was at are missing",
)

ops_verify = Table(
    "ops_verify",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String, nullable=False),
    Column("source", Id, nullable=False),
    Column("stream", String, nullable=False),
    Column("what", String, nullable=False, comment="count, sum (of amounts), ids, or modified (records compared)"),
    Column("crm_value", Money, comment="what the CRM has"),
    Column("our_value", Money, comment="what the warehouse has"),
    Column(
        "differences", Integer, nullable=False, comment="records that differ; those changed since the sync are none"
    ),
    Column("after_repair", Boolean, nullable=False),
    Column("calls", Integer, nullable=False, comment="of the stream's whole look"),
    Column("verified_at", Instant, nullable=False),
    Column("details", Json, comment="causes and how many of each; the first records by id, with cause and detail"),
    Index(None, "source", "stream", "verified_at"),
)

ops_push_plan = Table(
    "ops_push_plan",
    metadata,
    Column("plan_id", Integer, primary_key=True, autoincrement=True),
    Column("source", Id, nullable=False),
    Column("state", String, nullable=False, comment="open, settled, or superseded by a later plan"),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("compared", Integer, nullable=False, comment="values that were compared with the CRM"),
    Column("run_id", String, nullable=False),
)

ops_push_item = Table(
    "ops_push_item",
    metadata,
    Column("plan_id", ForeignKey("ops_push_plan.plan_id"), nullable=False),
    Column("source", Id, nullable=False),
    Column("object", String, nullable=False, comment="as the CRM names it"),
    Column("source_id", Id, nullable=False),
    Column("field", String, nullable=False, comment="as the CRM names it"),
    Column("target", String, nullable=False, comment="tier or score"),
    Column("label", String, comment="name of the record for people"),
    Column("old_value", Json, comment="live value when planned"),
    Column("new_value", Json),
    Column("reason_en", Text, nullable=False),
    Column("reason_zh", Text, nullable=False),
    Column("rule_version", String, nullable=False),
    Column("outcome", String, nullable=False, comment="pending, sent, applied, unchanged, conflict or rejected"),
    Column("message", Text, comment="the CRM's words, or the live value of a conflict"),
    Column("sent_at", Instant),
    Column("settled_at", Instant),
    PrimaryKeyConstraint("plan_id", "object", "source_id", "field"),
    Index(None, "source", "object", "source_id", "field", "settled_at"),
)

ops_message = Table(
    "ops_message",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("channel", String, nullable=False, comment="slack or teams"),
    Column("kind", String, nullable=False, comment="digest"),
    Column("content_hash", String, nullable=False),
    Column("payload", Json, nullable=False),
    Column("state", String, nullable=False, comment="sending, sent or refused"),
    Column("answer", Text),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("run_id", String, nullable=False),
)
