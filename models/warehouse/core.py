"""The core tables: one per entity, the same on every CRM.

`ENTITIES` is what a stream fills. Adding a column is one line here and one migration. Where a table has `X_at`, an instant,
and `X_on`, its day in `reporting.timezone`, the CRM tells one of them and the loader derives the other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    Text,
    select,
)

from models.warehouse.types import Id, Instant, Json, Money, Ratio

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def common_columns(custom: str = "custom") -> list[Column]:  # type: ignore[type-arg]
    """What every core table has, whatever the entity. Instants are UTC; days are in `reporting.timezone`.

    Args:
        custom: What the database calls the column `custom`.
    """
    return [
        Column("source", Id, nullable=False, comment="connection name"),
        Column("source_id", Id, nullable=False, comment="the CRM's id of the record"),
        Column("owner_id", Id, comment="users.source_id of the person who owns it; NULL if nobody does"),
        Column("created_at", Instant),
        Column("modified_at", Instant, comment="as the CRM has it; our own writes move it"),
        Column("modified_by", Id, comment="users.source_id of who changed it last; our own writes move it"),
        Column("created_on", Date, comment="local day of created_at"),
        Column("deleted_at", Instant, comment="when it was deleted, merged away or no longer found; NULL = it exists"),
        Column("deleted_reason", String),
        Column("row_hash", String, nullable=False, comment="of all values that come from the CRM"),
        Column("first_seen_at", Instant, nullable=False),
        Column("synced_at", Instant, nullable=False, comment="when a changed row was last written here"),
        Column("run_id", String, nullable=False, comment="ops_run.run_id of the run that wrote it"),
        Column(custom, Json, key="custom", comment="fields that no column holds, by API name"),
    ]


def _entity(
    name: str,
    *columns: Column | Index,  # type: ignore[type-arg]
    custom: str = "custom",
    comment: str | None = None,
) -> Table:
    key = PrimaryKeyConstraint("source", "source_id")
    return Table(name, metadata, *common_columns(custom), key, *columns, comment=comment)


def _object_column(name: str = "object") -> Column:  # type: ignore[type-arg]
    """Of an entity that several objects of a CRM may fill."""
    return Column(name, Id, key="object", nullable=False, comment="the CRM's object that the record is of")


def rows_of(table: Table) -> Select[Any]:
    """Whole rows of a core table, by the names that its columns have here: a database may call them otherwise."""
    return select(*(column.label(name) for name, column in table.columns.items()))


def _moment(name: str) -> list[Column]:  # type: ignore[type-arg]
    return [
        Column(f"{name}_at", Instant, comment="local midnight where the CRM names a day only"),
        Column(f"{name}_on", Date, comment=f"local day of {name}_at"),
    ]


def _amount_columns() -> list[Column]:  # type: ignore[type-arg]
    return [
        Column("amount", Money, comment="as the CRM has it"),
        Column("currency", String(3), comment="ISO 4217"),
        Column("amount_base", Money, comment="in reporting.base_currency; NULL if no rate is known"),
        Column("fx_rate", Ratio),
        Column("fx_date", Date),
    ]


users = _entity(
    "users",
    Column("name", String),
    Column("email", String),
    Column("phone", String),
    Column("team_id", Id),
    Column("manager_id", Id),
    Column("active", Boolean),
    Column("hired_on", Date),
    Column("birthday", Date),
)

teams = _entity(
    "teams",
    Column("name", String),
    Column("parent_id", Id),
    Column("manager_id", Id),
)

accounts = _entity(
    "accounts",
    Column("name", String),
    Column("account_type", String),
    Column("industry", String),
    Column("phone", String),
    Column("email", String),
    Column("website", String),
    Column("country", String),
    Column("province", String),
    Column("city", String),
    Column("parent_id", Id),
    Column("crm_tier", String, comment="the tier field as it stands in the CRM"),
    Column("last_activity_at", Instant, comment="no metric reads it: our own writes move it"),
)

contacts = _entity(
    "contacts",
    Column("name", String),
    Column("account_id", Id),
    Column("email", String),
    Column("phone", String),
    Column("title", String),
    Column("birthday", Date),
    Column("birthday_lunar", String),
    Column("opt_out", Boolean),
)

leads = _entity(
    "leads",
    Column("name", String),
    Column("company", String),
    Column("email", String),
    Column("phone", String),
    Column("lead_source", String),
    Column("status", String),
    Column("first_response_at", Instant),
    Column("converted_at", Instant),
    Column("converted_account_id", Id),
    Column("converted_contact_id", Id),
    Column("converted_deal_id", Id),
    Column("assigned_at", Instant),
    Index(None, "source", "owner_id", "created_on"),
)

deals = _entity(
    "deals",
    Column("name", String),
    Column("account_id", Id),
    Column("contact_id", Id),
    Column("pipeline", String),
    Column("stage", String),
    Column("stage_status", String, comment="open, won, lost or void"),
    Column("probability", Integer, comment="per cent"),
    *_amount_columns(),
    Column("close_date", Date, comment="as the CRM has it: expected while open, actual when closed"),
    Column("closed_on", Date, comment="close_date of a won or lost deal"),
    Column("closed_at", Instant, comment="local midnight of closed_on: no CRM keeps the instant"),
    Column("lead_id", Id),
    Column("lost_reason", String),
    Index(None, "source", "owner_id", "closed_on"),
    Index(None, "source", "account_id"),
)


def moments(table: Table) -> list[tuple[str, str]]:
    """The pairs of an instant and its local day: `created_at` and `created_on`."""
    instants = (column.name for column in table.columns if column.name.endswith("_at"))
    pairs = ((at, f"{at.removesuffix('_at')}_on") for at in instants)
    return [(at, on) for at, on in pairs if on in table.columns]


deal_stages = _entity(
    "deal_stages",
    Column("deal_id", Id, comment="NULL if the deal was deleted before this was read"),
    Column("stage", String),
    Column("entered_at", Instant),
    *_amount_columns(),
    Column("probability", Integer, comment="per cent"),
    Column("close_date", Date),
    Index(None, "source", "deal_id"),
    comment="each entry of a deal into a stage, where the CRM keeps them; deal_stage_changes is made of it",
)

activities = _entity(
    "activities",
    _object_column(),
    Column("kind", String, comment="call, visit, email, message, meeting, note or other"),
    Column("subject", String),
    Column("text", Text),
    *_moment("happened"),
    Column("direction", String, comment="in or out"),
    Column("status", String, comment="as the CRM has it"),
    Column("duration_s", Integer),
    Column("links", Text, comment="what it is about: JSON, [[entity, id], …], as rows in activity_links"),
    Index(None, "source", "owner_id", "happened_on"),
)

activity_links = Table(
    "activity_links",
    metadata,
    Column("source", Id, nullable=False),
    Column("activity_id", Id, nullable=False),
    Column(
        "entity",
        String,
        nullable=False,
        comment="core table; the CRM's object if none holds it, empty if it does not tell",
    ),
    Column("entity_id", Id, nullable=False),
    PrimaryKeyConstraint("source", "activity_id", "entity", "entity_id"),
    Index(None, "source", "entity", "entity_id"),
    comment="what an activity is about: one row for each record",
)

tasks = _entity(
    "tasks",
    _object_column(),
    Column("subject", String),
    Column("status", String, comment="as the CRM has it"),
    Column("priority", String),
    *_moment("due"),
    *_moment("completed"),
    Column(
        "related_entity", String, comment="core table; the CRM's object if none holds it, empty if it does not tell"
    ),
    Column("related_id", Id),
    Index(None, "source", "owner_id", "due_on"),
)

orders = _entity(
    "orders",
    _object_column(),
    Column("name", String),
    Column("account_id", Id),
    Column("deal_id", Id),
    Column("status", String, comment="as the CRM has it"),
    *_moment("ordered"),
    *_amount_columns(),
    Index(None, "source", "account_id", "ordered_on"),
)

payment_plans = _entity(
    "payment_plans",
    _object_column(),
    Column("name", String),
    Column("account_id", Id),
    Column("deal_id", Id),
    Column("order_id", Id),
    Column("status", String, comment="as the CRM has it"),
    *_moment("due"),
    *_amount_columns(),
    Column("paid_amount", Money, comment="what came in on it, where the CRM tells"),
    Index(None, "source", "account_id", "due_on"),
)

payments = _entity(
    "payments",
    _object_column(),
    Column("name", String),
    Column("account_id", Id),
    Column("deal_id", Id),
    Column("order_id", Id),
    Column("plan_id", Id, comment="payment_plans.source_id"),
    Column("status", String, comment="as the CRM has it"),
    Column("method", String, comment="as the CRM has it"),
    *_moment("paid"),
    *_amount_columns(),
    Index(None, "source", "account_id", "paid_on"),
)

feedback = _entity(
    "feedback",
    _object_column(),
    Column("kind", String, comment="csat, nps, complaint, suggestion, or as the CRM calls it"),
    Column("from_kind", String, comment="customer or team"),
    Column("account_id", Id),
    Column("contact_id", Id),
    Column("rating", Ratio),
    Column("scale", Integer, comment="the best rating"),
    Column("subject", String),
    Column("text", Text),
    Column("status", String, comment="as the CRM has it"),
    *_moment("happened"),
    Column("case_id", Id, comment="the case that it is about; of a case its own id"),
    Index(None, "source", "account_id", "happened_on"),
)

custom_records = _entity(
    "custom_records",
    _object_column("module"),
    Column("name", String),
    Index(None, "source", "object"),
    custom="data",
    comment="records of modules that fill no other table; their fields are in data",
)

people = Table(
    "people",
    metadata,
    Column("person_id", Id, nullable=False, comment="the same for all users who are one person"),
    Column("source", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    PrimaryKeyConstraint("source", "user_id"),
    Index(None, "person_id"),
    comment="who is the same person in several CRMs: same e-mail or phone",
)

NEEDED = (users, teams, accounts, contacts, leads, deals)
"""What metrics, tiers and scores stand on."""

ENTITIES: dict[str, Table] = {
    table.name: table
    for table in (
        *NEEDED,
        *(deal_stages, activities, tasks, orders, payment_plans, payments, feedback, custom_records),
    )
}
