"""Dimensions and marts: what compute writes and BI tools, push and publish read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, PrimaryKeyConstraint, String, Table

from models.warehouse.core import metadata
from models.warehouse.types import Id, Instant, Json, Money, Ratio

ALL_SOURCES = "*"
"""In place of a connection's name, for all of them together."""

dim_date = Table(
    "dim_date",
    metadata,
    Column("day", Date, primary_key=True),
    Column("ends_at", Instant, comment="the instant in which the next day begins, in reporting.timezone"),
    Column("year", Integer, nullable=False),
    Column("quarter", Integer, nullable=False),
    Column("month", Integer, nullable=False),
    Column("iso_week", Integer, nullable=False),
    Column("weekday", Integer, nullable=False, comment="1 = Monday"),
    Column("month_start", Date, nullable=False),
    Column("month_end", Date, nullable=False, comment="last day"),
    Column("quarter_start", Date, nullable=False),
    Column("quarter_end", Date, nullable=False, comment="last day"),
    Column("fiscal_year", Integer, nullable=False),
    Column("fiscal_quarter", Integer, nullable=False),
    Column("is_workday", Boolean, nullable=False, comment="in China, make-up workdays included"),
    Column("holiday_en", String),
    Column("holiday_zh", String),
)

dim_stage = Table(
    "dim_stage",
    metadata,
    Column("source", Id, nullable=False),
    Column("pipeline", String, nullable=False, comment="'' where the CRM has one only"),
    Column("stage", String, nullable=False, comment="the code in deals.stage"),
    Column("label", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("status", String, nullable=False, comment="open, won, lost or void"),
    Column("probability", Integer, comment="per cent"),
    PrimaryKeyConstraint("source", "pipeline", "stage"),
)

dim_picklist = Table(
    "dim_picklist",
    metadata,
    Column("source", Id, nullable=False),
    Column("object", String, nullable=False, comment="as the CRM names it"),
    Column("field", String, nullable=False, comment="API name in the CRM"),
    Column("code", String, nullable=False, comment="what the records hold"),
    Column("valid_from", Instant, nullable=False, comment="when it was first seen"),
    Column("valid_to", Instant, comment="when it was gone or called otherwise; NULL: it is so now"),
    Column("label", String, nullable=False),
    Column("position", Integer, nullable=False, comment="in the CRM's order, from 1"),
    Column("entity", String, nullable=False, comment="the core table that the object fills"),
    Column("column_name", String, comment="its column that the field fills; NULL: the field is in `custom`"),
    PrimaryKeyConstraint("source", "object", "field", "code", "valid_from"),
    comment="options of the CRMs' picklists",
)

dim_metric = Table(
    "dim_metric",
    metadata,
    Column("metric", String, primary_key=True),
    Column("label_en", String, nullable=False),
    Column("label_zh", String, nullable=False),
    Column("unit", String, nullable=False, comment="money, count or ratio"),
    Column("direction", String, nullable=False, comment="up: more is better; down: less is"),
    Column("definition_en", String, nullable=False),
    Column("definition_zh", String, nullable=False),
)

mart_kpi = Table(
    "mart_kpi",
    metadata,
    Column("metric", String, nullable=False),
    Column("source", Id, nullable=False, comment="a connection, or * for all together"),
    Column("owner_type", String, nullable=False, comment="company, team or user"),
    Column("owner_id", Id, nullable=False, comment="'' for the company and for records that nobody owns"),
    Column("period_type", String, nullable=False, comment="month or quarter"),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False, comment="last day"),
    Column("numerator", Money),
    Column("denominator", Money),
    Column("value", Ratio, comment="NULL if not defined; reason says why"),
    Column("reason", String),
    Column("currency", String(3), comment="of money metrics"),
    Column("mature", Boolean, nullable=False, comment="the period is over"),
    Column("as_of", Instant, nullable=False),
    Column("rule_version", String, nullable=False),
    Column("run_id", String, nullable=False),
    PrimaryKeyConstraint("metric", "source", "owner_type", "owner_id", "period_type", "period_start"),
)

mart_account_tier = Table(
    "mart_account_tier",
    metadata,
    Column("source", Id, nullable=False),
    Column("account_id", Id, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_to", Instant, comment="NULL: the tier of today"),
    Column("tier", String, nullable=False),
    Column("computed_tier", String, nullable=False),
    Column("rfm_r", Integer),
    Column("rfm_f", Integer),
    Column("rfm_m", Integer),
    Column("abc_class", String),
    Column("value_score", Integer, nullable=False),
    Column("need_score", Integer, nullable=False),
    Column("value_amount", Money, nullable=False, comment="won in 12 months, base currency"),
    Column("need_amount", Money, nullable=False, comment="open pipeline, base currency"),
    Column("currency", String(3), nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("reason_en", String, nullable=False),
    Column("reason_zh", String, nullable=False),
    Column("rule_version", String, nullable=False),
    Column("run_id", String, nullable=False),
    PrimaryKeyConstraint("source", "account_id", "valid_from"),
)

mart_score = Table(
    "mart_score",
    metadata,
    Column("source", Id, nullable=False, comment="a connection, or * for all together"),
    Column("user_id", Id, nullable=False, comment="with source *, a person_id"),
    Column("period_type", String, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False, comment="last day"),
    Column("score", Ratio, comment="0 to 100 and above; NULL if nothing can be scored"),
    Column("rank", Integer, comment="1, 2, 2, 4; NULL if not eligible"),
    Column("coverage", Ratio, nullable=False, comment="weight of the components that have a value, 0 to 1"),
    Column("eligible", Boolean, nullable=False),
    Column("components", Json, nullable=False, comment="name → input, score and weight"),
    Column("reason_en", String, nullable=False),
    Column("reason_zh", String, nullable=False),
    Column("rule_version", String, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("run_id", String, nullable=False),
    PrimaryKeyConstraint("source", "user_id", "period_type", "period_start"),
)
