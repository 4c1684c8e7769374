"""The rest of the entities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.warehouse import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MONEY = {"precision": 20, "scale": 4}
_ENTITY = "core table; the CRM's object if none holds it, empty if it does not tell"


def _column(name: str, kind: object = None, comment: str | None = None, *, nullable: bool = True) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.String() if kind is None else kind, nullable=nullable, comment=comment)  # type: ignore[arg-type]


def _ids(*names: str) -> list[sa.Column]:  # type: ignore[type-arg]
    return [_column(name, types.Id) for name in names]


def _common() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        _column("source", types.Id, "connection name", nullable=False),
        _column("source_id", types.Id, "the CRM's id of the record", nullable=False),
        _column("owner_id", types.Id, "users.source_id of the person who owns it; NULL if nobody does"),
        _column("created_at", types.Instant()),
        _column("modified_at", types.Instant(), "as the CRM has it; our own writes move it"),
        _column("modified_by", types.Id, "users.source_id of who changed it last; our own writes move it"),
        _column("created_on", sa.Date(), "local day of created_at"),
        _column("deleted_at", types.Instant(), "when it was deleted, merged away or no longer found; NULL = it exists"),
        _column("deleted_reason"),
        _column("row_hash", None, "of all values that come from the CRM", nullable=False),
        _column("first_seen_at", types.Instant(), nullable=False),
        _column("synced_at", types.Instant(), "when a changed row was last written here", nullable=False),
        _column("run_id", None, "ops_run.run_id of the run that wrote it", nullable=False),
        _column("custom", types.Json, "fields that no column holds, by API name"),
    ]


def _object() -> sa.Column:  # type: ignore[type-arg]
    return _column("object", types.Id, "the CRM's object that the record is of", nullable=False)


def _moment(name: str) -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        _column(f"{name}_at", types.Instant(), "local midnight where the CRM names a day only"),
        _column(f"{name}_on", sa.Date(), f"local day of {name}_at"),
    ]


def _amounts() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        _column("amount", types.Exact(**_MONEY), "as the CRM has it"),
        _column("currency", sa.String(length=3), "ISO 4217"),
        _column("amount_base", types.Exact(**_MONEY), "in reporting.base_currency; NULL if no rate is known"),
        _column("fx_rate", types.Exact(precision=24, scale=6)),
        _column("fx_date", sa.Date()),
    ]


_INDEXES = (
    ("deal_stages", "source", "deal_id"),
    ("deal_stage_changes", "source", "changed_at"),
    ("activities", "source", "owner_id", "happened_on"),
    ("activity_links", "source", "entity", "entity_id"),
    ("tasks", "source", "owner_id", "due_on"),
    ("orders", "source", "account_id", "ordered_on"),
    ("payment_plans", "source", "account_id", "due_on"),
    ("payments", "source", "account_id", "paid_on"),
    ("feedback", "source", "account_id", "happened_on"),
)


def _create(name: str, *columns: sa.Column, key: tuple[str, ...], comment: str | None = None) -> None:  # type: ignore[type-arg]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")), comment=comment)


def _create_entity(name: str, *columns: sa.Column, comment: str | None = None) -> None:  # type: ignore[type-arg]
    _create(name, *_common(), *columns, key=("source", "source_id"), comment=comment)


def upgrade() -> None:
    as_it_is = "as the CRM has it"
    _create_entity(
        "deal_stages",
        _column("deal_id", types.Id, "NULL if the deal was deleted before this was read"),
        _column("stage"),
        _column("entered_at", types.Instant()),
        *_amounts(),
        _column("probability", sa.Integer(), "per cent"),
        _column("close_date", sa.Date()),
        comment="each entry of a deal into a stage, where the CRM keeps them; deal_stage_changes is made of it",
    )
    _create(
        "deal_stage_changes",
        _column("source", types.Id, nullable=False),
        _column("deal_id", types.Id, nullable=False),
        _column("changed_at", types.Instant(), nullable=False),
        _column("from_stage", None, "NULL: the deal began in to_stage"),
        _column("to_stage", nullable=False),
        _column("amount", types.Exact(**_MONEY), "of the deal in its new stage"),
        _column("probability", sa.Integer(), "of the deal in its new stage, per cent"),
        _column("origin", None, "crm, or observed: seen between two reads", nullable=False),
        key=("source", "deal_id", "changed_at", "to_stage"),
        comment="one row per move of a deal from stage to stage",
    )
    _create_entity(
        "activities",
        _object(),
        _column("kind", None, "call, visit, email, message, meeting, note or other"),
        _column("subject"),
        _column("text", sa.Text()),
        *_moment("happened"),
        _column("direction", None, "in or out"),
        _column("status", None, as_it_is),
        _column("duration_s", sa.Integer()),
        _column("links", sa.Text(), "what it is about: JSON, [[entity, id], …], as rows in activity_links"),
    )
    _create(
        "activity_links",
        _column("source", types.Id, nullable=False),
        _column("activity_id", types.Id, nullable=False),
        _column("entity", None, _ENTITY, nullable=False),
        _column("entity_id", types.Id, nullable=False),
        key=("source", "activity_id", "entity", "entity_id"),
        comment="what an activity is about: one row for each record",
    )
    _create_entity(
        "tasks",
        _object(),
        _column("subject"),
        _column("status", None, as_it_is),
        _column("priority"),
        *_moment("due"),
        *_moment("completed"),
        _column("related_entity", None, _ENTITY),
        *_ids("related_id"),
    )
    _create_entity(
        "orders",
        _object(),
        _column("name"),
        *_ids("account_id", "deal_id"),
        _column("status", None, as_it_is),
        *_moment("ordered"),
        *_amounts(),
    )
    _create_entity(
        "payment_plans",
        _object(),
        _column("name"),
        *_ids("account_id", "deal_id", "order_id"),
        _column("status", None, as_it_is),
        *_moment("due"),
        *_amounts(),
        _column("paid_amount", types.Exact(**_MONEY), "what came in on it, where the CRM tells"),
    )
    _create_entity(
        "payments",
        _object(),
        _column("name"),
        *_ids("account_id", "deal_id", "order_id"),
        _column("plan_id", types.Id, "payment_plans.source_id"),
        _column("status", None, as_it_is),
        _column("method", None, as_it_is),
        *_moment("paid"),
        *_amounts(),
    )
    _create_entity(
        "feedback",
        _object(),
        _column("kind", None, "csat, nps, complaint, suggestion, or as the CRM calls it"),
        _column("from_kind", None, "customer or team"),
        *_ids("account_id", "contact_id"),
        _column("rating", types.Exact(precision=24, scale=6)),
        _column("scale", sa.Integer(), "the best rating"),
        _column("subject"),
        _column("text", sa.Text()),
        _column("status", None, as_it_is),
        *_moment("happened"),
        _column("case_id", types.Id, "the case that it is about; of a case its own id"),
    )
    for table, *columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns, unique=False)


def downgrade() -> None:
    for table, *columns in reversed(_INDEXES):
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
        op.drop_table(table)
