"""Each example of CONTRIBUTING.md, taken from the page and made in a copy of the code, has the effect that it promises.

What is expected is counted in plain Python from the records that the fake CRMs serve.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]
PACKAGES = ("cli", "connectors", "flows", "models", "pipeline")
SHANGHAI = ZoneInfo("Asia/Shanghai")
EXAMPLE = re.compile(r"<!-- example: (?P<name>\w+) -->\n```diff\n(?P<diff>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(
    r"^--- (?P<old>\S+)\n\+\+\+ b/(?P<path>\S+)\n@@\n(?P<hunk>(?:[ +-].*\n|\n)+?)(?=^--- |\Z)", re.MULTILINE
)

DRIVER = """
import json, sys
from cli.main import app
for arguments in json.loads(sys.argv[1]):
    try:
        app(arguments)
    except SystemExit as end:
        if end.code:
            raise
"""
"""Runs `crmsync` commands one after the other in one process, up to the first that fails."""


class Checkout:
    """A contributor's copy of the code, with a configuration for the sandbox in it."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder, self.sandbox = folder, sandbox
        for package in PACKAGES:
            shutil.copytree(ROOT / package, folder / package)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def init(self) -> None:
        self.run(["init", "--sandbox", self.sandbox.url])
        # The sandbox takes any number of calls here, so the client need not wait.
        self._replace("config.yaml", "calls_per_20_s: 100 ", "calls_per_20_s: 100000 ")

    def change(self, example: str, *, only: str = "") -> None:
        """Make every change of an example to files whose path starts with `only`."""
        found = [match["diff"] for match in EXAMPLE.finditer(CONTRIBUTING) if match["name"] == example]
        assert found, f"CONTRIBUTING.md has no example {example}"
        changes = [match for diff in found for match in FILE.finditer(diff) if match["path"].startswith(only)]
        assert changes, f"the example {example} changes no file {only}"
        newest = self.newest_migration()
        # The page takes the numbers that were free when it was written; a contributor takes the next free one.
        numbers = {"0002": f"{newest:04}", "0003": f"{newest + 1:04}"}
        for match in changes:
            path = match["path"].replace("0003", numbers["0003"])
            lines = match["hunk"].splitlines(keepends=True)
            old = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
            new = "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))
            if match["old"] == "/dev/null":
                new = re.sub(r'(?<=")\d{4}(?=")', lambda number: numbers[number[0]], new)
                (self.folder / path).write_text(new, encoding="utf-8")
            else:
                self._replace(path, old, new)

    def newest_migration(self) -> int:
        versions = self.folder / "models" / "warehouse" / "migrations" / "versions"
        return max(int(path.name[:4]) for path in versions.glob("[0-9]*.py"))

    def run(self, *commands: list[str]) -> None:
        arguments = json.dumps([[*command, "--quiet"] for command in commands])
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", DRIVER, arguments],
            cwd=self.folder,
            env={"PYTHONPATH": str(self.folder), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.folder / "warehouse.db")
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def _replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{path} holds these lines {text.count(old)} times:\n{old}"
        (self.folder / path).write_text(text.replace(old, new), encoding="utf-8")


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=7, fxiaoke_limit=1_000_000) as running:
        yield running


@pytest.fixture
def checkout(tmp_path: Path, sandbox: Sandbox) -> Checkout:
    return Checkout(tmp_path / "crmsync", sandbox)


class Api:
    """The records as the fake CRMs serve them, read without the product."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        zoho = self._post(
            "zoho/oauth/v2/token",
            data={
                "grant_type": "refresh_token",
                "client_id": "sandbox-client",
                "client_secret": "sandbox-secret",
                "refresh_token": "sandbox-refresh",
            },
        )
        app = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}
        fxiaoke = self._post("fxiaoke/oauth2.0/token", json={**app, "grantType": "app_secret"})
        self._zoho = {"Authorization": f"Zoho-oauthtoken {zoho['access_token']}"}
        self._fxiaoke = {"Authorization": f"Bearer {fxiaoke['accessToken']}", "x-fs-ea": fxiaoke["ea"]}

    def zoho(self, module: str, *fields: str) -> list[dict[str, Any]]:
        params = {"fields": ",".join(fields), "converted": "both", "per_page": "200"}
        records: list[dict[str, Any]] = []
        while True:
            answer = self._session.get(f"{self._url}/zoho/crm/v8/{module}", params=params, headers=self._zoho).json()
            records += answer["data"]
            if not answer["info"]["more_records"]:
                return records
            params["page_token"] = answer["info"]["next_page_token"]

    def fxiaoke(self, name: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        while True:
            after = [{"field_name": "_id", "operator": "GT", "field_values": [records[-1]["_id"]]}] if records else []
            search = {"limit": 100, "offset": 0, "filters": after, "orders": [{"fieldName": "_id", "isAsc": True}]}
            page = self._post(
                "fxiaoke/cgi/crm/v2/data/query",
                json={"data": {"dataObjectApiName": name, "search_query_info": search}},
                headers={**self._fxiaoke, "x-fs-userid": "1000"},
            )["data"]["dataList"]
            records += page
            if len(page) < 100:
                return records

    def close(self) -> None:
        self._session.close()

    def _post(self, path: str, **content: Any) -> Any:
        return self._session.post(f"{self._url}/{path}", timeout=60, **content).json()


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    opened = Api(sandbox.url)
    yield opened
    opened.close()


def _local_day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, SHANGHAI).date()


def test_one_more_field_fills_its_column(checkout: Checkout, api: Api) -> None:
    checkout.change("field")
    checkout.init()
    checkout.run(["sync", "--source", "fxiaoke", "--stream", "deals"])
    expected = {deal["_id"]: deal.get("contact_id") or None for deal in api.fxiaoke("NewOpportunityObj")}
    assert sum(contact is not None for contact in expected.values()) > 500
    assert dict(checkout.query("SELECT source_id, contact_id FROM deals WHERE source = 'fxiaoke'")) == expected


def test_one_more_column_comes_with_its_migration_into_a_warehouse_that_has_data(checkout: Checkout, api: Api) -> None:
    checkout.init()
    checkout.run(["sync", "--source", "zoho", "--stream", "contacts"])
    newest = checkout.newest_migration()
    assert checkout.query("SELECT version_num FROM alembic_version") == [(f"{newest:04}",)]
    checkout.change("column")
    checkout.run(["migrate"], ["sync", "--source", "zoho", "--stream", "contacts", "--full"])
    expected = {contact["id"]: contact["Mailing_City"] for contact in api.zoho("Contacts", "Mailing_City")}
    assert sum(city is not None for city in expected.values()) > 1000
    assert dict(checkout.query("SELECT source_id, city FROM contacts WHERE source = 'zoho'")) == expected
    assert checkout.query("SELECT version_num FROM alembic_version") == [(f"{newest + 1:04}",)]


def test_one_more_metric_is_described_and_computed_for_every_source_and_period(checkout: Checkout, api: Api) -> None:
    checkout.change("metric")
    checkout.init()
    checkout.run(["sync", "--stream", "leads"], ["compute", "dates", "metrics"])
    assert checkout.query("SELECT label_en, label_zh, unit FROM dim_metric WHERE metric = 'new_leads'") == [
        ("New leads", "新增线索数", "count")
    ]
    days = [
        ("zoho", datetime.fromisoformat(lead["Created_Time"]).astimezone(SHANGHAI).date())
        for lead in api.zoho("Leads", "Created_Time")
    ]
    days += [("fxiaoke", _local_day(lead["create_time"])) for lead in api.fxiaoke("LeadsObj")]
    assert len(days) == 6500
    for period, months in (("month", 1), ("quarter", 3)):
        expected: Counter[tuple[str, str]] = Counter()
        for source, day in days:
            start = day.replace(month=(day.month - 1) // months * months + 1, day=1).isoformat()
            expected[source, start] += 1
            expected["*", start] += 1
        found = checkout.query(
            "SELECT source, period_start, value FROM mart_kpi WHERE metric = 'new_leads' AND owner_type = 'company' "
            "AND period_type = ? AND value > 0",
            period,
        )
        assert {(source, start): value for source, start, value in found} == expected


def test_one_more_push_target_is_planned_and_written_into_the_field(checkout: Checkout, api: Api) -> None:
    checkout.change("push", only="pipeline/")
    checkout.init()
    checkout.change("push", only="config.yaml")
    deals = api.fxiaoke("NewOpportunityObj")
    before = {account["_id"]: account.get("field_c9U8r__c") for account in api.fxiaoke("AccountObj")}
    only = ["--source", "fxiaoke"]
    checkout.run(
        ["sync", *only],
        ["compute", "fx", "tier"],
        ["push", "plan", *only],
        ["push", "apply"],
    )
    today = datetime.now(UTC).astimezone(SHANGHAI).date()
    year_ago = (
        today.replace(year=today.year - 1) if (today.month, today.day) != (2, 29) else date(today.year - 1, 2, 28)
    )
    won: dict[str, Decimal] = defaultdict(lambda: Decimal("0.00"))
    for deal in deals:
        if deal["sales_status"] == "2" and year_ago < _local_day(deal["close_date"]) <= today:
            won[deal["account_id"]] += Decimal(deal["amount"])
    expected = {account: won[account] for account in before}
    assert sum(amount > 0 for amount in expected.values()) > 50
    after = {account["_id"]: Decimal(account["field_c9U8r__c"]) for account in api.fxiaoke("AccountObj")}
    assert after == expected
    planned = checkout.query(
        "SELECT source_id, old_value, new_value, outcome FROM ops_push_item WHERE field = 'field_c9U8r__c'"
    )
    assert {source_id for source_id, *_ in planned} == {
        account for account, old in before.items() if old is None or Decimal(old) != expected[account]
    }
    assert {outcome for *_, outcome in planned} == {"applied"}


@pytest.mark.parametrize("example", ["field", "column", "metric", "push"])
def test_every_example_passes_the_linter_and_the_formatter(checkout: Checkout, example: str) -> None:
    checkout.change(example, only="pipeline/" if example == "push" else "")
    for check in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *check, "--no-cache", "."]
        done = subprocess.run(command, cwd=checkout.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
