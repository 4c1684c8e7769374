"""`custom_records` calls its columns `module` and `data`, as its view does."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLE, _INDEX = "custom_records", "ix_custom_records_source_"


def upgrade() -> None:
    _rename({"object": "module", "custom": "data"}, index=("object", "module"), fields_in="data")


def downgrade() -> None:
    _rename({"module": "object", "data": "custom"}, index=("module", "object"), fields_in="custom")


def _rename(names: dict[str, str], *, index: tuple[str, str], fields_in: str) -> None:
    before, after = index
    op.drop_index(op.f(_INDEX + before), table_name=_TABLE)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:  # else it refuses while somebody's own view reads one of ours, which are made anew afterwards
        op.execute("PRAGMA writable_schema = ON")
    for old, new in names.items():
        op.execute(f"ALTER TABLE {_TABLE} RENAME COLUMN {old} TO {new}")
    if is_sqlite:
        op.execute("PRAGMA writable_schema = OFF")
    else:
        op.create_table_comment(_TABLE, f"records of modules that fill no other table; their fields are in {fields_in}")
    op.create_index(op.f(_INDEX + after), _TABLE, ["source", after], unique=False)
