"""COQL and SQLite, asked the same of the same records, give the same rows."""
# ruff: noqa: S608 - the queries are the test's own

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.zoho.conftest import Zoho

# COQL's path: SQL's column. Accounts are joined to deals, and their parents to them.
TEXTS = {
    "Deal_Name": "d.Deal_Name",
    "Stage": "d.Stage",
    "Reason_For_Loss__s": "d.Reason_For_Loss__s",
    "Account_Name.Account_Name": "a.Account_Name",
    "Account_Name.Industry": "a.Industry",
    "Account_Name.Parent_Account.Account_Name": "p.Account_Name",
}
NUMBERS = {
    "Amount": "d.Amount",
    "Probability": "d.Probability",
    "Expected_Revenue": "d.Expected_Revenue",
    "Account_Name.Employees": "a.Employees",
}
IDS = {"id": "d.id", "Account_Name.id": "a.id"}
DATES = {"Closing_Date": "d.Closing_Date"}
TIMES = {"Modified_Time": "d.Modified_Time", "Created_Time": "d.Created_Time"}
LOOKUPS = {"Owner": "d.Owner", "Account_Name": "d.Account_Name", "Account_Name.Owner": "a.Owner"}
FLAGS = {"Locked__s": "d.Locked__s"}
# By these a query may reach its records without looking at all.
BOUNDED = {"id": "d.id", "Modified_Time": "d.Modified_Time", "Amount": "d.Amount"}
ORDERED = TEXTS | NUMBERS | IDS | DATES | TIMES | LOOKUPS
COLUMNS = {
    "Deals": "Deal_Name,Stage,Reason_For_Loss__s,Amount,Probability,Expected_Revenue,Closing_Date,Modified_Time,"
    "Created_Time,Owner,Account_Name,Locked__s",
    "Accounts": "Account_Name,Industry,Employees,Owner,Parent_Account",
}
FROM = "from Deals d left join Accounts a on a.id = d.Account_Name left join Accounts p on p.id = a.Parent_Account"


class Twin:
    """The deals and accounts, read by Get Records into tables."""

    def __init__(self, zoho: Zoho, database: sqlite3.Connection) -> None:
        self.zoho, self._database = zoho, database
        database.execute("pragma case_sensitive_like = on")
        self.values: dict[str, list[Any]] = {}
        for module, fields in COLUMNS.items():
            names = ["id", *fields.split(",")]
            database.execute(f"create table {module} ({', '.join(names)}, primary key (id))")
            for page in zoho.pages(module, fields=fields):
                cells = [[self._plain(name, record[name]) for name in names] for record in page["data"]]
                database.executemany(f"insert into {module} values ({', '.join('?' * len(names))})", cells)

    @staticmethod
    def _plain(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return int(value["id"])
        if value is not None and name in TIMES:
            return int(datetime.fromisoformat(value).timestamp())
        return int(value) if name == "id" else value

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        return self._database.execute(query).fetchall()

    def coql(self, query: str) -> list[dict[str, Any]]:
        answer = self.zoho.post("/coql", {"select_query": query})
        assert answer.status_code in (200, 204), (query, answer.text)
        found: list[dict[str, Any]] = answer.json()["data"] if answer.content else []
        return found

    def known(self, column: str) -> list[Any]:
        """Some values that a column has, each once."""
        if column not in self.values:
            rows = self.sql(f"select distinct {column} {FROM} where {column} is not null order by {column}")
            values = [row[0] for row in rows]
            # Neighbours, and some from all over.
            self.values[column] = sorted({*values[1000:1010], *values[:: max(1, len(values) // 20)]})
        return self.values[column]


@pytest.fixture(scope="module")
def twin(zoho: Zoho) -> Iterator[Twin]:
    """Some accounts get a parent, and a few of the accounts that lead on are in the recycle bin."""
    accounts = [record["id"] for page in zoho.pages("Accounts", fields="id") for record in page["data"]]
    links = [{"id": child, "Parent_Account": {"id": accounts[n // 3]}} for n, child in enumerate(accounts[100:500])]
    for start in range(0, len(links), 100):
        assert zoho.put("/Accounts", {"data": links[start : start + 100]}).status_code == 200
    assert zoho.call("DELETE", "/Accounts", params={"ids": ",".join(accounts[:200:7])}).status_code == 200
    with closing(sqlite3.connect(":memory:")) as database:
        yield Twin(zoho, database)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def instant(seconds: int, hours: int) -> str:
    """The same instant, as people in another zone would write it."""
    return quoted(datetime.fromtimestamp(seconds, timezone(timedelta(hours=hours))).isoformat())


def literal(draw: st.DrawFn, column: str, value: Any) -> tuple[str, str]:
    """A value for COQL and for SQL."""
    if column in TIMES:
        return instant(value, draw(st.integers(-11, 12))), str(value)
    if column in LOOKUPS:
        return quoted(str(value)), str(value)
    text = quoted(value) if isinstance(value, str) else str(value)
    return text, text


def condition(draw: st.DrawFn, twin: Twin) -> tuple[str, str]:
    path, column = draw(st.sampled_from(sorted(BOUNDED.items())) | st.sampled_from(sorted((ORDERED | FLAGS).items())))
    if path in FLAGS:
        truth = draw(st.booleans())
        return f"{path} = '{str(truth).lower()}'", f"{column} = {int(truth)}"
    known = twin.known(column)
    operators = ["=", "!=", "in", "not in", "is null", "is not null"]
    if path in TEXTS:
        operators += ["like", "not like"]
    elif path not in LOOKUPS:
        operators += [">", ">=", "<", "<=", "between", "not between"]
    operator = draw(st.sampled_from(operators))
    if operator.startswith("is"):
        return f"{path} {operator}", f"{column} {operator}"
    if operator.endswith("like"):
        part = draw(st.sampled_from(known))[draw(st.integers(0, 3)) :][: draw(st.integers(1, 4))]
        shapes = ["%{}%"] if operator == "not like" else ["%{}%", "{}%", "%{}", "{}"]
        pattern = quoted(draw(st.sampled_from(shapes)).format(part.replace("_", "") or "a"))
        return f"{path} {operator} {pattern}", f"{column} {operator} {pattern}"
    count = {"between": 2, "not between": 2, "in": 3, "not in": 3}.get(operator, 1)
    values = draw(st.lists(st.sampled_from(known), min_size=count, max_size=count, unique=len(known) > count))
    pairs = [literal(draw, path, value) for value in sorted(values)]
    joint = " and " if operator.endswith("between") else ", "
    coql, sql = (joint.join(sides) for sides in zip(*pairs, strict=True))
    if operator.endswith("in"):
        coql, sql = f"({coql})", f"({sql})"
    return f"{path} {operator} {coql}", f"{column} {operator} {sql}"


def criteria(draw: st.DrawFn, twin: Twin, depth: int) -> tuple[str, str]:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return condition(draw, twin)
    left, right = criteria(draw, twin, depth - 1), criteria(draw, twin, depth - 1)
    word = draw(st.sampled_from(["and", "or"]))
    return f"({left[0]} {word} {right[0]})", f"({left[1]} {word} {right[1]})"


def orders(draw: st.DrawFn) -> tuple[str, str]:
    chosen = draw(st.lists(st.sampled_from(sorted(ORDERED.items())), unique=True, max_size=3))
    if draw(st.booleans()):
        chosen = [("Modified_Time", "d.Modified_Time"), *(pair for pair in chosen if pair[0] != "Modified_Time")]
    keys = [(path, column, draw(st.sampled_from(["", " asc", " desc"]))) for path, column in chosen]
    coql = ", ".join(path + way for path, _, way in keys)
    sql = ", ".join([*(column + way for _, column, way in keys), "d.id"])
    return (f" order by {coql}" if coql else ""), f" order by {sql}"


def shown(path: str, value: Any) -> Any:
    """As SQLite holds it."""
    if isinstance(value, dict):
        return int(value["id"])
    if value is not None and path in TIMES:
        return int(datetime.fromisoformat(value).timestamp())
    return int(value) if path in IDS and value is not None else value


QUIET = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUIET
@given(st.data())
def test_any_where_order_and_page_give_the_rows_that_sqlite_gives(twin: Twin, data: st.DataObject) -> None:
    draw: st.DrawFn = data.draw  # type: ignore[assignment]  # it lacks only the label
    where, order = criteria(draw, twin, 4), orders(draw)
    offset, limit = draw(st.sampled_from([0, 0, 0, 1, 50])), draw(st.sampled_from([2000, 2000, 20, 1]))
    chosen = {"id": "d.id"} | dict(draw(st.lists(st.sampled_from(sorted(ORDERED.items())), unique=True, max_size=4)))
    found = twin.coql(
        f"select {', '.join(chosen)} from Deals where {where[0]}{order[0]} limit {offset}, {limit}",
    )
    expected = twin.sql(
        f"select {', '.join(chosen.values())} {FROM} where {where[1]}{order[1]} limit {limit} offset {offset}"
    )
    assert [tuple(shown(path, row[path]) for path in chosen) for row in found] == expected


@QUIET
@given(st.data())
def test_any_aggregates_and_groups_give_the_rows_that_sqlite_gives(twin: Twin, data: st.DataObject) -> None:
    draw: st.DrawFn = data.draw  # type: ignore[assignment]  # it lacks only the label
    where = criteria(draw, twin, 2)
    groups = draw(st.lists(st.sampled_from(["Stage", "Owner", "Account_Name.Industry"]), unique=True, max_size=2))
    numbers = draw(st.lists(st.sampled_from(sorted(NUMBERS)), unique=True, min_size=1, max_size=2))
    functions = draw(
        st.lists(st.sampled_from(["COUNT", "SUM", "AVG", "MIN", "MAX"]), unique=True, min_size=1, max_size=2)
    )
    computed = [(function, path) for function in functions for path in numbers]
    keys = [f"{function}({path})" for function, path in computed]
    columns = [ORDERED[path] for path in groups]
    group = f" group by {', '.join(groups)} order by {', '.join(groups)}" if groups else ""
    group_sql = f" group by {', '.join(columns)} order by {', '.join(columns)}" if groups else ""
    found = twin.coql(f"select {', '.join([*groups, *keys])} from Deals where {where[0]}{group}")
    sums = [f"{function.lower()}({NUMBERS[path]})" for function, path in computed]
    expected = twin.sql(f"select {', '.join([*columns, *sums])} {FROM} where {where[1]}{group_sql} limit 200")
    rows = [[shown(path, row[path]) for path in groups] + [row[key] for key in keys] for row in found]
    assert rows == [pytest.approx(list(row)) for row in expected]


def test_keyset_pages_lead_once_through_all_records(twin: Twin) -> None:
    by_id, by_time = [], []
    last = "0"
    while page := twin.coql(f"select id from Deals where id > {last} order by id limit 700"):
        by_id += [int(row["id"]) for row in page]
        last = page[-1]["id"]
    assert by_id == [row[0] for row in twin.sql("select id from Deals order by id")]
    at, last = "1970-01-01T00:00:00+00:00", "0"
    where = "((Modified_Time > '{0}') or (Modified_Time = '{0}' and id > {1}))"
    query = f"select Modified_Time from Deals where {where} order by Modified_Time asc, id asc limit 700"
    while page := twin.coql(query.format(at, last)):
        by_time += [int(row["id"]) for row in page]
        at, last = page[-1]["Modified_Time"], page[-1]["id"]
    assert by_time == [row[0] for row in twin.sql("select id from Deals order by Modified_Time, id")]
