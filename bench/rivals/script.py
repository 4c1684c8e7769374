"""The hundred-line script that one would write oneself: Zoho's leads into one table, and nothing else.

    python -m bench.rivals.script SANDBOX_URL sqlite:///leads.db
    python -m bench.rivals.script SANDBOX_URL "postgresql://..."

No state, no history, no raw pages, no deletes, no retries: `requests`, `executemany`, one commit for each page. Prints
the records and the seconds from the first request to the last commit as JSON.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import requests

FIELDS = [
    "Owner",
    "Company",
    "Salutation",
    "First_Name",
    "Last_Name",
    "Full_Name",
    "Designation",
    "Email",
    "Secondary_Email",
    "Phone",
    "Mobile",
    "Fax",
    "Website",
    "Skype_ID",
    "Twitter",
    "Lead_Source",
    "Lead_Status",
    "Industry",
    "Rating",
    "No_of_Employees",
    "Annual_Revenue",
    "Street",
    "City",
    "State",
    "Zip_Code",
    "Country",
    "Latitude",
    "Longitude",
    "Coordinates",
    "nearby_distance__s",
    "Description",
    "Email_Opt_Out",
    "Unsubscribed_Mode",
    "Unsubscribed_Time",
    "Record_Image",
    "Created_Time",
    "Created_By",
    "Modified_Time",
    "Modified_By",
    "Last_Activity_Time",
    "Tag",
    "Locked__s",
    "Converted_Date_Time",
    "Converted_Account",
    "Converted_Contact",
    "Converted_Deal",
]
"""Zoho's standard fields of a lead (docs/vendor/zoho.md §9)."""

COLUMNS = ["id", *(name.lower() for name in FIELDS)]
_TYPES = {
    "no_of_employees": "integer",
    "annual_revenue": "numeric",
    "latitude": "numeric",
    "longitude": "numeric",
    "nearby_distance__s": "numeric",
    "email_opt_out": "boolean",
    "locked__s": "boolean",
}
SECRETS = {
    "grant_type": "refresh_token",
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "sandbox-refresh",
}


def pages(base: str) -> Iterator[list[dict[str, Any]]]:
    """All leads, two hundred at a time."""
    session = requests.Session()
    session.trust_env = False
    token = session.post(f"{base}/oauth/v2/token", params=SECRETS, timeout=60).json()["access_token"]
    session.headers["Authorization"] = f"Zoho-oauthtoken {token}"
    asked = {"fields": ",".join(FIELDS), "converted": "both", "per_page": "200"}
    while True:
        answer = session.get(f"{base}/crm/v8/Leads", params=asked, timeout=60).json()
        yield answer["data"]
        if not answer["info"]["more_records"]:
            return
        asked["page_token"] = answer["info"]["next_page_token"]


def row(record: dict[str, Any]) -> list[Any]:
    """A lookup becomes its id, a list becomes JSON."""
    values = [record["id"]]
    for name in FIELDS:
        value = record.get(name)
        if isinstance(value, dict):
            value = value["id"]
        elif isinstance(value, list):
            value = json.dumps(value, ensure_ascii=False)
        values.append(value)
    return values


def load(base: str, database: str) -> int:
    """Into a new table `leads`; returns how many."""
    is_sqlite = database.startswith("sqlite:///")
    connection: Any = sqlite3.connect(database.removeprefix("sqlite:///")) if is_sqlite else psycopg.connect(database)
    if is_sqlite:
        connection.execute("PRAGMA journal_mode = WAL")
    mark, columns = "?" if is_sqlite else "%s", ", ".join(COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
    places = ", ".join([mark] * len(COLUMNS))
    upsert = f"INSERT INTO leads ({columns}) VALUES ({places}) ON CONFLICT (id) DO UPDATE SET {updates}"  # noqa: S608
    types = ", ".join(f"{name} {_TYPES.get(name, 'text')}" for name in COLUMNS)
    connection.execute(f"CREATE TABLE leads ({types}, PRIMARY KEY (id))")
    cursor, count = connection.cursor(), 0
    for page in pages(base):
        cursor.executemany(upsert, [row(record) for record in page])
        connection.commit()
        count += len(page)
    connection.close()
    return count


if __name__ == "__main__":
    started = time.perf_counter()
    records = load(f"{sys.argv[1]}/zoho", sys.argv[2])
    print(json.dumps({"records": records, "seconds": time.perf_counter() - started}))  # noqa: T201
