"""Personal data that the configuration names are nowhere in the warehouse, whatever the commands do."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from pipeline.sync import raw
from tests.e2e.harness import Crms, Project

KEY = {"CRMSYNC_PERSONAL_DATA_KEY": "a key of sixteen!"}
ZOHO = """connector: zoho
    personal_data:
      contacts: {Email: hash, Phone: drop, Mobile: drop, Full_Name: hash, First_Name: drop, Last_Name: drop}
      leads: {Email: hash, Phone: drop, Mobile: drop, Full_Name: drop, First_Name: drop, Last_Name: drop, Created_By.email: drop}
      accounts: {Phone: drop}
      cases: {Email: hash, Phone: drop, Reported_By: drop}
      tasks: {Who_Id.name: drop}
      calls: {Who_Id.name: hash}
      meetings: {Participants.Email: drop, Participants.name: drop, Who_Id.name: drop}
"""
FXIAOKE = """connector: fxiaoke
    personal_data:
      deals: {account_id: drop, owner__r: drop, owner__l: drop, created_by__l.name: drop}
"""


def texts(project: Project) -> str:
    """All values of all tables, and those of the records of the raw pages, each once."""
    with closing(sqlite3.connect(project.database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = (row for table in tables for row in connection.execute(f"SELECT * FROM {table}"))  # noqa: S608
        values = {str(value) for row in rows for value in row}
    values |= {json.dumps(value, ensure_ascii=False) for record in fetched(project) for value in record.values()}
    return "\n".join(values)


def fetched(project: Project, source: str = "zoho") -> list[Any]:
    """The records of the raw pages."""
    with closing(sqlite3.connect(project.database)) as connection:
        pages = connection.execute("SELECT body FROM raw_page WHERE source = ?", [source]).fetchall()
    return [record for (body,) in pages for record in raw.unpack(body)]


def test_a_warehouse_holds_no_address_and_number_of_the_people_named(
    crms: Crms, computed: Project, fresh: Project
) -> None:
    people = [row for table in ("contacts", "leads") for row in computed.rows(table) if row["source"] == "zoho"]
    personal = {row[name] for row in people for name in ("email", "phone") if row[name]}
    assert len(personal) > 500
    fresh.change("connector: zoho\n", ZOHO)
    fresh.change("connector: fxiaoke\n", FXIAOKE)
    for command in (["sync"], ["compute"], ["push", "plan"], ["sync", "--full", "--source", "zoho"]):
        fresh.run(*command, env=KEY).expect(0)
    kept = texts(fresh)
    assert [word for word in personal if word in kept] == []
    guests = [record for record in fetched(fresh) if "$about" in record and record["Who_Id"]]
    assert len(guests) > 50
    assert {tuple(record["$about"][2]) for record in guests} == {("id",)}
    names = {record["Who_Id"]["name"] for record in guests}
    assert {str(name)[:5] for name in names} == {"None", "hmac:"}
    deals = [row for row in fetched(fresh, "fxiaoke") if row.get("object_describe_api_name") == "NewOpportunityObj"]
    assert len([row for row in deals if "account_id__r" in row and "owner__r" in row]) > 50
    assert {row.get(key) for row in deals for key in ("account_id", "account_id__r", "owner__r", "owner__l")} == {None}
    assert {person["name"] for row in deals for person in row.get("created_by__l", [])} == {None}
    contacts = [row for row in fresh.rows("contacts") if row["source"] == "zoho"]
    assert len({row["email"] for row in contacts}) == len({row["email"] for row in people if "title" in row})
    assert {row["phone"] for row in contacts} == {None}


def test_without_its_key_nothing_is_read(fresh: Project) -> None:
    fresh.change("connector: zoho\n", ZOHO)
    answer = fresh.run("sync").expect(2)
    assert "CRMSYNC_PERSONAL_DATA_KEY" in answer.err
    assert [row for row in fresh.rows("contacts") if row["source"] == "zoho"] == []
