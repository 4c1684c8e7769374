"""A warehouse that somebody altered by hand is refused with what was altered, unless that does no harm."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from models.errors import ConfigError
from models.warehouse.engine import Warehouse
from models.warehouse.migrate import check_version, migrate
from models.warehouse.views import drop_views

_PEOPLE = "CREATE TABLE people (person_id {text} NOT NULL, source {text} NOT NULL, user_id {text} NOT NULL{more})"
HARM = {
    "leads has no column company": ["ALTER TABLE leads DROP COLUMN company"],
    "leads has no column status": ["ALTER TABLE leads RENAME COLUMN status TO state"],
    "table hist_change is gone": ["DROP TABLE hist_change"],
    "leads.phone is integer instead of": [
        "ALTER TABLE leads DROP COLUMN phone",
        "ALTER TABLE leads ADD COLUMN phone INTEGER",
    ],
    "people has a column mine that may not be empty": [
        "DROP TABLE people",
        _PEOPLE.replace("{more}", ", mine INTEGER NOT NULL").replace("{text}", "VARCHAR"),
    ],
    "leads.email may not be empty any more": [
        "ALTER TABLE leads DROP COLUMN email",
        "ALTER TABLE leads ADD COLUMN email VARCHAR NOT NULL",
    ],
}
HARMLESS = {
    "a column that may be empty": "ALTER TABLE leads ADD COLUMN mine VARCHAR",
    "one with a default": "ALTER TABLE leads ADD COLUMN mine VARCHAR NOT NULL DEFAULT 'x'",
    "an index": "CREATE INDEX mine ON leads (company)",
    "a table": "CREATE TABLE mine (name VARCHAR NOT NULL)",
    "a view": "CREATE VIEW mine AS SELECT name FROM leads",
}


@pytest.fixture
def made(warehouse_url: str) -> Iterator[Warehouse]:
    opened = Warehouse(warehouse_url, schema="客户 仓库")
    migrate(opened)
    with opened.begin() as connection:
        drop_views(connection)  # with them no column that they show can be dropped by hand
    yield opened
    opened.close()


@pytest.mark.parametrize("told", HARM)
def test_what_was_altered_is_named(told: str, made: Warehouse, database: str) -> None:
    if "email" in told and database == "sqlite":
        pytest.skip("SQLite adds no such column to a table that there is")
    with made.begin() as connection:
        for statement in HARM[told]:
            connection.execute(text(statement))
    with pytest.raises(ConfigError, match=re.escape(told)) as raised:
        check_version(made)
    assert "was altered by hand" in str(raised.value)
    assert "take that back" in str(raised.value)


@pytest.mark.parametrize("what", HARMLESS)
def test_what_does_no_harm_is_nobodys_business(what: str, made: Warehouse) -> None:
    with made.begin() as connection:
        connection.execute(text(HARMLESS[what]))
    check_version(made)


def test_of_many_alterations_some_are_told(made: Warehouse) -> None:
    with made.begin() as connection:
        for name in ("company", "status", "phone", "lead_source", "converted_at"):
            connection.execute(text(f"ALTER TABLE leads DROP COLUMN {name}"))
    with pytest.raises(ConfigError, match="company; .*phone; .* and 2 more; take"):
        check_version(made)


def test_every_table_is_looked_at_whoever_else_is_loaded() -> None:
    script = "from models.warehouse import shape; print(*shape.metadata.tables)"
    tables = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    kept = {
        "raw_page",
        "ops_metadata",
        "ops_schema_change",
        "ops_verify",
        "hist_change",
        "dim_picklist",
        "deals",
        "people",
    }
    assert kept <= set(tables)
