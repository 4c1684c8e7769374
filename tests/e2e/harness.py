"""The command in a process of its own, the sandbox over real HTTP, and tables read without the product's help."""

from __future__ import annotations

import json
import os
import pickle
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import psycopg

from sandbox.server import Sandbox
from tests.e2e.starter import Started

CRMSYNC = str(Path(sys.executable).with_name("crmsync"))
TIMEOUT_S = 180
SCHEMA = "crmsync"

CORE = ("users", "teams", "people", "accounts", "contacts", "leads", "deals")
MORE = ("activities", "tasks", "orders", "payment_plans", "payments", "feedback", "deal_stages")
KEPT = (*CORE, *MORE, "activity_links", "deal_history", "deal_stage_changes")
ENTITIES = ("users", "teams", "accounts", "contacts", "leads", "deals")
OPTIONAL = {
    "zoho": ("deal_stages", "tasks", "calls", "meetings", "notes", "orders", "cases"),
    "fxiaoke": (
        "activities",
        "telesales",
        "visits",
        "meetings",
        "tasks",
        "orders",
        "payment_plans",
        "payments",
        "cases",
    ),
}
"""Streams on which no metric stands."""
MARTS = ("mart_kpi", "mart_account_tier", "mart_score", "dim_date", "dim_stage", "dim_metric")
OF_THE_RUN = frozenset({"run_id", "first_seen_at", "synced_at"})
"""Columns that say when and by which run a row was written, not what the CRM holds."""

Row = dict[str, Any]
Json = Any


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind when it ended."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> Json:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    def expect(self, code: int) -> Result:
        assert self.code == code, f"exit {self.code} instead of {code}\n{self.out}\n{self.err}"
        return self


# A proxy at which nobody listens: whatever would leave the machine through one fails.
NO_WAY_OUT = {
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's, without what would lead the command to another configuration or off this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CRMSYNC_", "PREFECT_"))}
    return kept | {"NO_COLOR": "1", "COLUMNS": "100"} | NO_WAY_OUT | dict(extra or {})


def crmsync(*arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Result:
    """Run the command to its end."""
    return finish(Started([CRMSYNC, *arguments], environment(env), cwd))


def finish(process: Started, timeout_s: float = TIMEOUT_S) -> Result:
    """Wait for the end of a command that was begun."""
    out, err = process.communicate(timeout=timeout_s)
    return Result(process.wait(), out, err)


def installed(*arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Result:
    """Run the installed script to its end, as a shell does."""
    done = subprocess.run(
        [CRMSYNC, *arguments],
        capture_output=True,
        text=True,
        env=environment(env),
        cwd=cwd,
        timeout=TIMEOUT_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Project:
    """A configuration file with its secrets and its warehouse."""

    config: Path
    url: str
    schema: str = SCHEMA

    @property
    def folder(self) -> Path:
        return self.config.parent

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def run(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        return crmsync(*arguments, "--config", str(self.config), env=env)

    def start(self, *arguments: str) -> Started:
        """Begin the command; the caller ends it."""
        return Started([CRMSYNC, *arguments, "--config", str(self.config)], environment(), None)

    def change(self, old: str, new: str) -> None:
        """Replace a text of the configuration file that is there."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text, f"the configuration has no {old!r}"
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    def lean(self) -> Project:
        """From now on as the demo reads: without streams of one's own and others on which no metric stands."""
        text = self.config.read_text(encoding="utf-8")
        for names in OPTIONAL.values():
            skipped = f"    skip: [{', '.join(names)}]\n"
            text, found = re.subn(r"^    streams:\n(?: {6}.*\n)+", skipped, text, count=1, flags=re.MULTILINE)
            assert found
        self.config.write_text(text, encoding="utf-8")
        return self

    def with_warehouse(self, name: str, url: str, schema: str = SCHEMA) -> Project:
        """The same connections, tokens included, with a warehouse of its own."""
        config = self.folder / f"{name}.yaml"
        text = self.config.read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("  url: "))
        config.write_text(text.replace(line, f"  url: {url}\n  schema: {schema}"), encoding="utf-8")
        return Project(config, url, schema)

    def copy_to(self, folder: Path) -> Project:
        """Everything, the SQLite warehouse and the tokens included, in another folder."""
        shutil.copytree(self.folder, folder)
        return Project(folder / self.config.name, f"sqlite:///{folder / self.database.name}")

    def rows(self, table: str, where: str = "") -> list[Row]:
        """A table's rows as the database gives them, in the order of their keys."""
        return read_rows(self.url, table, schema=self.schema, where=where)


def make_project(folder: Path, sandbox_url: str, warehouse: str | None = None) -> Project:
    """What `crmsync init --sandbox` makes."""
    config = folder / "config.yaml"
    chosen = ["--warehouse", warehouse] if warehouse else []
    crmsync("init", "--sandbox", sandbox_url, *chosen, "--config", str(config)).expect(0)
    return Project(config, warehouse or f"sqlite:///{folder / 'warehouse.db'}")


def read_rows(url: str, table: str, *, schema: str = SCHEMA, where: str = "") -> list[Row]:
    """All rows of one table, sorted by their text, by the database's own driver."""
    clause = f" WHERE {where}" if where else ""
    if url.startswith("sqlite:///"):
        query = f"SELECT * FROM {table}{clause}"  # noqa: S608 - names from this file's callers
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            found = [dict(zip(names, row, strict=True)) for row in cursor]
    else:
        dsn = url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
            answer = connection.execute(f'SELECT * FROM "{schema}".{table}{clause}')  # noqa: S608
            names = [column.name for column in answer.description or ()]
            found = [dict(zip(names, row, strict=True)) for row in answer]
    return sorted(found, key=_sort_key)


def execute(project: Project, *statements: str) -> None:
    """By the driver alone."""
    if project.url.startswith("sqlite"):
        with closing(sqlite3.connect(project.database, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    dsn = project.url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(dsn, options=f"-c search_path={project.schema}") as session:
        for statement in statements:
            session.execute(statement)


def _sort_key(row: Row) -> str:
    key = [str(value) for name, value in row.items() if name not in OF_THE_RUN]
    return "\x00".join(key)


def without(row: Row, names: Iterable[str] = OF_THE_RUN) -> Row:
    return {name: value for name, value in row.items() if name not in set(names)}


def core_tables(url: str, schema: str = SCHEMA) -> dict[str, list[Row]]:
    """Every core table and the states of deals, without the columns that tell of the run."""
    return {table: [without(row) for row in read_rows(url, table, schema=schema)] for table in KEPT}


def assert_same_tables(found: Mapping[str, list[Row]], expected: Mapping[str, list[Row]], told: str = "") -> None:
    """Row by row; a difference is named instead of printed with thousands of rows around it."""
    for table, rows in expected.items():
        assert len(found[table]) == len(rows), f"{told} {table}: {len(found[table])} rows instead of {len(rows)}"
        for got, wanted in zip(found[table], rows, strict=True):
            differing = {name: (got[name], wanted[name]) for name in wanted if got[name] != wanted[name]}
            assert not differing, f"{told} {table} {wanted}: {differing}"


@dataclass(slots=True)
class Crms:
    """Both fake CRMs: their control by HTTP, and a way back to how they were."""

    sandbox: Sandbox
    _kept: dict[str, bytes] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.sandbox.url

    def control(self, name: str, body: Json = None) -> Json:
        return call(f"{self.url}/_sandbox/{name}", body)

    def edit(
        self,
        system: str,
        module: str,
        action: str,
        record_id: str | None = None,
        values: Mapping[str, Any] | None = None,
    ) -> Row:
        """A person's act in the CRM's own pages; the record after it."""
        order = {"system": system, "module": module, "action": action, "id": record_id, "values": dict(values or {})}
        record: Row = self.control("edit", order)["record"]
        return record

    def faults(self, *orders: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
        """Replace the faults by these: what calls they meet, what happens to those."""
        self.control("faults", [{"match": dict(match), "do": dict(do)} for match, do in orders])

    def fired(self) -> list[int]:
        """How often each fault struck."""
        return [one["fired"] for one in self.control("faults")["faults"]]

    def writes(self, system: str | None = None) -> list[Json]:
        return [one for one in self.control("writes")["writes"] if system in (None, one["system"])]

    def calls(self, system: str) -> int:
        return sum(self.control("state")["calls"][system].values())

    def keep(self) -> None:
        """Remember the state of both CRMs for `restore`."""
        systems = self.sandbox.site.systems.items()
        self._kept = {name: pickle.dumps(json.loads(json.dumps(system.dump()))) for name, system in systems}

    def restore(self) -> None:
        """Data as when kept, the clock as the machine's; no faults, no log of writes, no messages."""
        for name, system in self.sandbox.site.systems.items():
            system.load(pickle.loads(self._kept[name]))  # noqa: S301 - ours; loads in a third of JSON's time
        self.sandbox.world.clock_offset = timedelta()
        self.sandbox.site.faults.clear()
        self.sandbox.world.writes.clear()
        self.sandbox.world.messages.clear()


def call(url: str, body: Json = None, headers: Mapping[str, str] | None = None) -> Json:
    """One JSON call by the standard library alone; None for an answer without a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})})  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            text = answer.read()
    except urllib.error.HTTPError as error:
        if error.code == 304:
            return None
        raise AssertionError(f"{url} answered {error.code}: {error.read().decode()}") from error
    return json.loads(text) if text else None


class Zoho:
    """Zoho's API as its documentation has it, for looking at what the CRM holds."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/zoho"
        form = {
            "grant_type": "refresh_token",
            "client_id": "sandbox-client",
            "client_secret": "sandbox-secret",
            "refresh_token": "sandbox-refresh",
        }
        request = urllib.request.Request(f"{self._url}/oauth/v2/token", urllib.parse.urlencode(form).encode())  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            self._headers = {"Authorization": f"Zoho-oauthtoken {json.load(answer)['access_token']}"}

    def records(self, module: str, fields: Iterable[str]) -> dict[str, Row]:
        """All records of a module by id, page by page; converted leads too."""
        found: dict[str, Row] = {}
        params = {"fields": ",".join(fields), "per_page": "200"} | ({"converted": "both"} if module == "Leads" else {})
        token = ""
        while True:
            page = params | ({"page_token": token} if token else {})
            body = self._get(f"/crm/v8/{module}?{urllib.parse.urlencode(page)}")
            if body is None:
                return found
            found |= {record["id"]: record for record in body["data"]}
            token = body["info"].get("next_page_token") or ""
            if not body["info"]["more_records"]:
                return found

    def fields(self, module: str) -> set[str]:
        """Names of the module's fields, as the CRM describes them."""
        return {field["api_name"] for field in self._get(f"/crm/v8/settings/fields?module={module}")["fields"]}

    def users(self) -> dict[str, Row]:
        return {user["id"]: user for user in self._get("/crm/v8/users?type=AllUsers&per_page=200")["users"]}

    def roles(self) -> dict[str, Row]:
        return {role["id"]: role for role in self._get("/crm/v8/settings/roles")["roles"]}

    def _get(self, path: str) -> Json:
        return call(self._url + path, headers=self._headers)


class Fxiaoke:
    """Fxiaoke's API as its documentation has it, for looking at what the CRM holds."""

    _logins: ClassVar[dict[str, dict[str, str]]] = {}
    """Headers by URL: the CRM hands out ten tokens a minute, and the same one for hours."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/fxiaoke"
        if url in self._logins and self._ask("/cgi/department/list", {})["errorCode"] == 0:
            return
        login = {"appId": "FSAID_sandbox", "appSecret": "sandbox-secret", "permanentCode": "sandbox-code"}
        token = call(f"{self._url}/oauth2.0/token", login | {"grantType": "app_secret"})
        assert token["errorCode"] == 0, token
        self._logins[url] = {
            "Authorization": f"Bearer {token['accessToken']}",
            "x-fs-ea": token["ea"],
            "x-fs-userid": "1000",
        }

    def records(self, object_name: str) -> dict[str, Row]:
        """All records of an object that are not invalid, by id."""
        found: dict[str, Row] = {}
        path = f"/cgi/crm/{'custom/' if object_name.endswith('__c') else ''}v2/data/query"
        after = ""
        while True:
            filters = [{"field_name": "_id", "operator": "GT", "field_values": [after]}] if after else []
            search = {"limit": 100, "offset": 0, "filters": filters, "orders": [{"fieldName": "_id", "isAsc": True}]}
            rows = self._post(path, {"data": {"dataObjectApiName": object_name, "search_query_info": search}})
            page = rows["data"]["dataList"]
            found |= {row["_id"]: row for row in page if row.get("life_status") != "invalid"}
            if len(page) < 100:
                return found
            after = page[-1]["_id"]

    def fields(self, object_name: str) -> set[str]:
        """Names of the object's fields, as the CRM describes them."""
        asked = {"data": {"apiName": object_name, "includeDetail": True}}
        return set(self._post("/cgi/crm/v2/object/describe", asked)["data"]["describe"]["fields"])

    def options(self, object_name: str) -> dict[str, dict[str, str]]:
        """Picklist → code → label, as the CRM describes them."""
        asked = {"data": {"apiName": object_name, "includeDetail": True}}
        fields = self._post("/cgi/crm/v2/object/describe", asked)["data"]["describe"]["fields"]
        return {
            name: {option["value"]: option["label"] for option in field["options"]}
            for name, field in fields.items()
            if field["type"] == "select_one"
        }

    def users(self) -> dict[str, Row]:
        body = {"departmentId": 999999, "fetchChild": True}
        return {user["openUserId"]: user for user in self._post("/cgi/user/list", body)["userList"]}

    def departments(self) -> dict[str, Row]:
        return {str(item["id"]): item for item in self._post("/cgi/department/list", {})["departments"]}

    def _ask(self, path: str, body: Json) -> Json:
        return call(self._url + path, body, self._logins[self._url.removesuffix("/fxiaoke")])

    def _post(self, path: str, body: Json) -> Json:
        answer = self._ask(path, body)
        assert answer["errorCode"] == 0, answer
        return answer


def thin_out(sandbox: Sandbox, every: int) -> None:
    """Keep about one account in `every`, with what belongs to it, and a part of the open leads: a small tenant."""
    tables: dict[str, Any] = {"zoho": sandbox.zoho.state.tables, "fxiaoke": sandbox.fxiaoke.state.tables}
    _thin_zoho(tables["zoho"], every)
    _thin_fxiaoke(tables["fxiaoke"], every)
    for system, names in _UNREAD.items():
        for name in names:
            tables[system][name].fill([])


_UNREAD = {
    "zoho": ("Quotes", "Quoted_Items", "Invoices", "Invoiced_Items"),
    "fxiaoke": ("OrderPaymentObj", "JournalObj"),
}
"""What no stream reads: half of all data, which only makes it slow to go back to the start."""


def _thin_zoho(tables: Mapping[str, Any], every: int) -> None:
    accounts = tables["Accounts"]
    kept = {
        record_id: row for place, (record_id, row) in enumerate(sorted(accounts.rows.items())) if place % every == 0
    }
    accounts.fill([accounts.change(row, {"Parent_Account": None}) for row in kept.values()])
    for name, link in (("Contacts", "Account_Name"), ("Deals", "Account_Name"), ("Leads", "Converted_Account")):
        table = tables[name]
        at = table.module.position[link]
        rows = [
            row
            for place, (_, row) in enumerate(sorted(table.rows.items()))
            if (row[at] in kept if row[at] is not None else place % every == 0)
        ]
        table.fill(rows)
    left = {record_id for name in ("Accounts", "Contacts", "Deals", "Leads") for record_id in tables[name].rows}
    for link, names in _ZOHO_ABOUT.items():
        for name in names:
            table = tables[name]
            at = table.module.position[link]
            table.fill([row for _, row in sorted(table.rows.items()) if row[at] in left])


_ZOHO_ABOUT = {
    "What_Id": ("Tasks", "Calls", "Events"),
    "Parent_Id": ("Notes",),
    "Potential_Name": ("DealHistory",),
    "Account_Name": ("Sales_Orders", "Cases"),
    "Account": ("Payment_Plans", "Payments", "Customer_Feedback"),
}
"""What a record is about → modules of such records."""
_FXIAOKE_ABOUT = {
    "related_object_data": ("ActiveRecordObj", "TelesalesRecordObj", "ScheduleObj", "TaskObj"),
    "account_id": ("SalesOrderObj", "PaymentPlanObj", "PaymentObj", "CasesObj"),
    "customer_id": ("CheckinsObj",),
    "account_id__c": ("object_f7B2k__c",),
}


def _thin_fxiaoke(tables: Mapping[str, Any], every: int) -> None:
    accounts = tables["AccountObj"]
    kept = {account_id for place, account_id in enumerate(sorted(accounts.ids())) if place % every == 0}
    accounts.fill([row for row in accounts.rows() if accounts.value(row, "_id") in kept])
    for name in ("ContactObj", "NewOpportunityObj", "LeadsObj"):
        table = tables[name]
        rows = [
            row
            for place, row in enumerate(map(table.get, sorted(table.ids())))
            if (table.value(row, "account_id") in kept if table.value(row, "account_id") else place % every == 0)
        ]
        table.fill(rows)
    for link, names in _FXIAOKE_ABOUT.items():
        for name in names:
            table = tables[name]
            about = kept if link != "related_object_data" else {(f"AccountObj:{account_id}") for account_id in kept}
            table.fill([row for row in table.rows() if _is_about(table.value(row, link), about)])


def _is_about(value: Any, kept: set[str]) -> bool:
    return value in kept if isinstance(value, str) else bool(value) and value[0] in kept


def kill_after(process: Started, seconds: float) -> bool:
    """SIGKILL at that moment after now; False if the process had ended before."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return process.returncode == -signal.SIGKILL


def seconds_of(project: Project, *arguments: str) -> float:
    """How long the command takes when nobody disturbs it, from the start of its process on."""
    begun = time.monotonic()
    project.run(*arguments).expect(0)
    return time.monotonic() - begun


def moments(count: int, start: float, end: float, seed: int) -> list[float]:
    """One random point in each of `count` equal parts of a stretch, shuffled."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, not secret
    found = [start + (place + rng.random()) * (end - start) / count for place in range(count)]
    rng.shuffle(found)
    return found
