"""The walking skeleton's tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
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
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("account_type", sa.String(), nullable=True),
        sa.Column("industry", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("parent_id", types.Id, nullable=True),
        sa.Column("crm_tier", sa.String(), nullable=True, comment="the tier field as it stands in the CRM"),
        sa.Column(
            "last_activity_at", types.Instant(), nullable=True, comment="no metric reads it: our own writes move it"
        ),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "contacts",
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
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("account_id", types.Id, nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("birthday_lunar", sa.String(), nullable=True),
        sa.Column("opt_out", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "deals",
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
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("account_id", types.Id, nullable=True),
        sa.Column("contact_id", types.Id, nullable=True),
        sa.Column("pipeline", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("stage_status", sa.String(), nullable=True, comment="open, won, lost or void"),
        sa.Column("probability", sa.Integer(), nullable=True, comment="per cent"),
        sa.Column("amount", types.Money, nullable=True, comment="as the CRM has it"),
        sa.Column("currency", sa.String(length=3), nullable=True, comment="ISO 4217"),
        sa.Column(
            "amount_base", types.Money, nullable=True, comment="in reporting.base_currency; NULL if no rate is known"
        ),
        sa.Column("fx_rate", types.Ratio, nullable=True),
        sa.Column("fx_date", sa.Date(), nullable=True),
        sa.Column(
            "close_date", sa.Date(), nullable=True, comment="as the CRM has it: expected while open, actual when closed"
        ),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="close_date of a won or lost deal"),
        sa.Column(
            "closed_at", types.Instant(), nullable=True, comment="local midnight of closed_on: no CRM keeps the instant"
        ),
        sa.Column("lead_id", types.Id, nullable=True),
        sa.Column("lost_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_deals")),
    )
    op.create_index(op.f("ix_deals_source_account_id"), "deals", ["source", "account_id"], unique=False)
    op.create_index(
        op.f("ix_deals_source_owner_id_closed_on"), "deals", ["source", "owner_id", "closed_on"], unique=False
    )
    op.create_table(
        "dim_date",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("iso_week", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False, comment="1 = Monday"),
        sa.Column("month_start", sa.Date(), nullable=False),
        sa.Column("month_end", sa.Date(), nullable=False, comment="last day"),
        sa.Column("quarter_start", sa.Date(), nullable=False),
        sa.Column("quarter_end", sa.Date(), nullable=False, comment="last day"),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("fiscal_quarter", sa.Integer(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False, comment="in China, make-up workdays included"),
        sa.Column("holiday_en", sa.String(), nullable=True),
        sa.Column("holiday_zh", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_dim_date")),
    )
    op.create_table(
        "dim_metric",
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("label_en", sa.String(), nullable=False),
        sa.Column("label_zh", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False, comment="money, count or ratio"),
        sa.Column("direction", sa.String(), nullable=False, comment="up: more is better; down: less is"),
        sa.Column("definition_en", sa.String(), nullable=False),
        sa.Column("definition_zh", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("metric", name=op.f("pk_dim_metric")),
    )
    op.create_table(
        "dim_stage",
        sa.Column("source", types.Id, nullable=False),
        sa.Column("pipeline", sa.String(), nullable=False, comment="'' where the CRM has one only"),
        sa.Column("stage", sa.String(), nullable=False, comment="the code in deals.stage"),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False, comment="open, won, lost or void"),
        sa.Column("probability", sa.Integer(), nullable=True, comment="per cent"),
        sa.PrimaryKeyConstraint("source", "pipeline", "stage", name=op.f("pk_dim_stage")),
    )
    op.create_table(
        "leads",
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
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("company", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("lead_source", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("first_response_at", types.Instant(), nullable=True),
        sa.Column("converted_at", types.Instant(), nullable=True),
        sa.Column("converted_account_id", types.Id, nullable=True),
        sa.Column("converted_contact_id", types.Id, nullable=True),
        sa.Column("converted_deal_id", types.Id, nullable=True),
        sa.Column("assigned_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_leads")),
    )
    op.create_index(
        op.f("ix_leads_source_owner_id_created_on"), "leads", ["source", "owner_id", "created_on"], unique=False
    )
    op.create_table(
        "mart_account_tier",
        sa.Column("source", types.Id, nullable=False),
        sa.Column("account_id", types.Id, nullable=False),
        sa.Column("valid_from", types.Instant(), nullable=False),
        sa.Column("valid_to", types.Instant(), nullable=True, comment="NULL: the tier of today"),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("computed_tier", sa.String(), nullable=False),
        sa.Column("rfm_r", sa.Integer(), nullable=True),
        sa.Column("rfm_f", sa.Integer(), nullable=True),
        sa.Column("rfm_m", sa.Integer(), nullable=True),
        sa.Column("abc_class", sa.String(), nullable=True),
        sa.Column("value_score", sa.Integer(), nullable=False),
        sa.Column("need_score", sa.Integer(), nullable=False),
        sa.Column("value_amount", types.Money, nullable=False, comment="won in 12 months, base currency"),
        sa.Column("need_amount", types.Money, nullable=False, comment="open pipeline, base currency"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("reason_zh", sa.String(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "account_id", "valid_from", name=op.f("pk_mart_account_tier")),
    )
    op.create_table(
        "mart_kpi",
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("source", types.Id, nullable=False, comment="a connection, or * for all together"),
        sa.Column("owner_type", sa.String(), nullable=False, comment="company, team or user"),
        sa.Column("owner_id", types.Id, nullable=False, comment="'' for the company and for records that nobody owns"),
        sa.Column("period_type", sa.String(), nullable=False, comment="month or quarter"),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False, comment="last day"),
        sa.Column("numerator", types.Money, nullable=True),
        sa.Column("denominator", types.Money, nullable=True),
        sa.Column("value", types.Ratio, nullable=True, comment="NULL if not defined; reason says why"),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True, comment="of money metrics"),
        sa.Column("mature", sa.Boolean(), nullable=False, comment="the period is over"),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "metric", "source", "owner_type", "owner_id", "period_type", "period_start", name=op.f("pk_mart_kpi")
        ),
    )
    op.create_table(
        "mart_score",
        sa.Column("source", types.Id, nullable=False, comment="a connection, or * for all together"),
        sa.Column("user_id", types.Id, nullable=False, comment="with source *, a person_id"),
        sa.Column("period_type", sa.String(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False, comment="last day"),
        sa.Column("score", types.Ratio, nullable=True, comment="0 to 100 and above; NULL if nothing can be scored"),
        sa.Column("rank", sa.Integer(), nullable=True, comment="1, 2, 2, 4; NULL if not eligible"),
        sa.Column(
            "coverage", types.Ratio, nullable=False, comment="weight of the components that have a value, 0 to 1"
        ),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("components", types.Json, nullable=False, comment="name → input, score and weight"),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("reason_zh", sa.String(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "user_id", "period_type", "period_start", name=op.f("pk_mart_score")),
    )
    op.create_table(
        "ops_checkpoint",
        sa.Column("source", types.Id, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("slice", sa.String(), nullable=False, comment="modified, or deleted"),
        sa.Column("state", sa.String(), nullable=False, comment="reading, or done"),
        sa.Column("position", types.Json, nullable=True, comment="where an unfinished slice goes on"),
        sa.Column("since", types.Instant(), nullable=True, comment="lower bound of the slice; NULL: everything"),
        sa.Column("until", types.Instant(), nullable=True, comment="upper bound of the slice"),
        sa.Column("watermark", types.Instant(), nullable=True, comment="everything modified up to here has been read"),
        sa.Column(
            "basis",
            sa.String(),
            nullable=True,
            comment="hash of what the rows depend on beside the CRM: mapping, time zone, currency",
        ),
        sa.Column("updated_at", types.Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "stream", "slice", name=op.f("pk_ops_checkpoint")),
    )
    op.create_table(
        "ops_dead_letter",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("source_id", types.Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False, comment="the record as the CRM sent it"),
        sa.Column(
            "state",
            sa.String(),
            nullable=False,
            comment="open, or resolved: a later version of the record could be read",
        ),
        sa.Column("first_seen_at", types.Instant(), nullable=False),
        sa.Column("last_seen_at", types.Instant(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_dead_letter")),
    )
    op.create_index("uq_ops_dead_letter_record", "ops_dead_letter", ["source", "stream", "source_id"], unique=True)
    op.create_table(
        "ops_message",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(), nullable=False, comment="slack or teams"),
        sa.Column("kind", sa.String(), nullable=False, comment="digest"),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("payload", types.Json, nullable=False),
        sa.Column("state", sa.String(), nullable=False, comment="sending, sent or refused"),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("settled_at", types.Instant(), nullable=True),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ops_message")),
    )
    op.create_table(
        "ops_push_plan",
        sa.Column("plan_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("state", sa.String(), nullable=False, comment="open, settled, or superseded by a later plan"),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("settled_at", types.Instant(), nullable=True),
        sa.Column("compared", sa.Integer(), nullable=False, comment="values that were compared with the CRM"),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_ops_push_plan")),
    )
    op.create_table(
        "ops_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column(
            "command", sa.String(), nullable=False, comment="sync, compute, push plan, push apply, publish or run daily"
        ),
        sa.Column("state", sa.String(), nullable=False, comment="running, done, partial or failed"),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("summary", types.Json, nullable=True, comment="the document that --json prints"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_ops_run")),
    )
    op.create_table(
        "people",
        sa.Column("person_id", types.Id, nullable=False, comment="the same for all users who are one person"),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("user_id", types.Id, nullable=False),
        sa.PrimaryKeyConstraint("source", "user_id", name=op.f("pk_people")),
        comment="who is the same person in several CRMs: same e-mail or phone",
    )
    op.create_index(op.f("ix_people_person_id"), "people", ["person_id"], unique=False)
    op.create_table(
        "teams",
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
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("parent_id", types.Id, nullable=True),
        sa.Column("manager_id", types.Id, nullable=True),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_teams")),
    )
    op.create_table(
        "users",
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
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("team_id", types.Id, nullable=True),
        sa.Column("manager_id", types.Id, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk_users")),
    )
    op.create_table(
        "ops_push_item",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("source", types.Id, nullable=False),
        sa.Column("object", sa.String(), nullable=False, comment="as the CRM names it"),
        sa.Column("source_id", types.Id, nullable=False),
        sa.Column("field", sa.String(), nullable=False, comment="as the CRM names it"),
        sa.Column("target", sa.String(), nullable=False, comment="tier or score"),
        sa.Column("label", sa.String(), nullable=True, comment="name of the record for people"),
        sa.Column("old_value", types.Json, nullable=True, comment="live value when planned"),
        sa.Column("new_value", types.Json, nullable=True),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column(
            "outcome", sa.String(), nullable=False, comment="pending, sent, applied, unchanged, conflict or rejected"
        ),
        sa.Column("message", sa.Text(), nullable=True, comment="the CRM's words, or the live value of a conflict"),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("settled_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["ops_push_plan.plan_id"]),
        sa.PrimaryKeyConstraint("plan_id", "object", "source_id", "field", name=op.f("pk_ops_push_item")),
    )
    op.create_index(
        op.f("ix_ops_push_item_source_object_source_id_field_settled_at"),
        "ops_push_item",
        ["source", "object", "source_id", "field", "settled_at"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_ops_push_item_source_object_source_id_field_settled_at"), table_name="ops_push_item")
    op.drop_table("ops_push_item")
    op.drop_table("users")
    op.drop_table("teams")
    op.drop_index(op.f("ix_people_person_id"), table_name="people")
    op.drop_table("people")
    op.drop_table("ops_run")
    op.drop_table("ops_push_plan")
    op.drop_table("ops_message")
    op.drop_index("uq_ops_dead_letter_record", table_name="ops_dead_letter")
    op.drop_table("ops_dead_letter")
    op.drop_table("ops_checkpoint")
    op.drop_table("mart_score")
    op.drop_table("mart_kpi")
    op.drop_table("mart_account_tier")
    op.drop_index(op.f("ix_leads_source_owner_id_created_on"), table_name="leads")
    op.drop_table("leads")
    op.drop_table("dim_stage")
    op.drop_table("dim_metric")
    op.drop_table("dim_date")
    op.drop_index(op.f("ix_deals_source_owner_id_closed_on"), table_name="deals")
    op.drop_index(op.f("ix_deals_source_account_id"), table_name="deals")
    op.drop_table("deals")
    op.drop_table("contacts")
    op.drop_table("accounts")
