"""Every figure that the demo prints, computed a second time from the CRMs by code that shares no line with crmsync."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.oracle import figures, words
from tests.e2e.oracle.figures import METRICS, Period, Person, Sales, Score, Tier
from tests.e2e.oracle.page import Side, read_page
from tests.e2e.oracle.played import Played, crmsync, number, play, served
from tests.e2e.oracle.vendors import Crm, call

SOURCES = ("zoho", "fxiaoke")
STREAMS = ("users", "teams", "accounts", "contacts", "leads", "deals")
LANGUAGES = {"zoho": "en", "fxiaoke": "zh"}
# Where the results stand in each CRM: object and field of tier, reason, score, rank and period.
TARGETS = {
    "zoho": {
        "tier": ("Accounts", "Customer_Tier"),
        "reason": ("Accounts", "Tier_Reason"),
        "score": ("Sales_Performance", "Score"),
        "rank": ("Sales_Performance", "Rank"),
        "period": ("Sales_Performance", "Period"),
    },
    "fxiaoke": {
        "tier": ("AccountObj", "customer_tier__c"),
        "reason": ("AccountObj", "tier_reason__c"),
        "score": ("performance__c", "score__c"),
        "rank": ("performance__c", "rank__c"),
        "period": ("performance__c", "period__c"),
    },
}

# (source, object, record, field) → the value as text.
Values = dict[tuple[str, str, str, str], str]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    base = tmp_path_factory.getbasetemp()
    return play(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
def sales_before(played: Played) -> Sales:
    return Sales(list(played.before.values()), played.today)


@pytest.fixture(scope="session")
def sales(played: Played) -> Sales:
    return Sales(list(played.after.values()), played.today)


@pytest.fixture(scope="session")
def quarter(played: Played) -> Period:
    return figures.shown_quarter(played.today)


@pytest.fixture(scope="session")
def standings(sales: Sales, quarter: Period) -> dict[Person, Score]:
    return {who: score for who, score in sales.scores("*", quarter).items() if isinstance(who, frozenset)}


@pytest.fixture(scope="session")
def tiers_before(played: Played) -> dict[str, dict[str, Tier]]:
    return {source: figures.tiers(crm, played.today) for source, crm in played.before.items()}


@pytest.fixture(scope="session")
def tiers(played: Played) -> dict[str, dict[str, Tier]]:
    return {source: figures.tiers(crm, played.today) for source, crm in played.after.items()}


@pytest.fixture
def warehouse(played: Played) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{played.folder / 'warehouse.db'}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def page(played: Played) -> dict[str, Side]:
    return read_page((played.folder / "report.html").read_text("utf-8"))


def results_of(crm: Crm, tiers: dict[str, Tier], scores: dict[str | Person, Score], quarter: Period) -> Values:
    """Every value that belongs into one CRM."""
    targets = {name: (crm.source, *where) for name, where in TARGETS[crm.source].items()}

    def at(name: str, record: str) -> tuple[str, str, str, str]:
        source, module, field = targets[name]
        return source, module, record, field

    values: Values = {}
    for account, tier in tiers.items():
        values[at("tier", account)] = tier.tier
        values[at("reason", account)] = tier.reason[LANGUAGES[crm.source]]
    for result in crm.results:
        if score := scores.get(result.user):
            values[at("score", result.id)] = str(score.score)
            values[at("period", result.id)] = quarter.name
            if score.rank is not None:
                values[at("rank", result.id)] = str(score.rank)
    return values


def live(crm: Crm) -> Values:
    """Every value that stands in one CRM where results belong."""
    values: dict[tuple[str, str, str, str], str | None] = {}
    for name, (module, field) in TARGETS[crm.source].items():
        if name in ("tier", "reason"):
            values.update({(crm.source, module, one.id, field): getattr(one, name) for one in crm.accounts})
        else:
            found = {one.id: getattr(one, name) for one in crm.results}
            if name == "score":
                found = {
                    key: None if value is None else value.quantize(Decimal("0.01")) for key, value in found.items()
                }
            values.update({(crm.source, module, key, field): value for key, value in found.items()})
    return {key: str(value) for key, value in values.items() if value is not None}


@pytest.fixture(scope="session")
def values_before(
    played: Played, sales_before: Sales, tiers_before: dict[str, dict[str, Tier]], quarter: Period
) -> Values:
    values: Values = {}
    for source, crm in played.before.items():
        values.update(results_of(crm, tiers_before[source], sales_before.scores(source, quarter), quarter))
    return values


@pytest.fixture(scope="session")
def values(played: Played, sales: Sales, tiers: dict[str, dict[str, Tier]], quarter: Period) -> Values:
    found: Values = {}
    for source, crm in played.after.items():
        found.update(results_of(crm, tiers[source], sales.scores(source, quarter), quarter))
    return found


def synced(run: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["source"], one["stream"]): one for one in run["sync"]}


def touched(played: Played, source: str, stream: str) -> tuple[set[str], set[str], set[str]]:
    """Records changed, new and gone between the two states of a CRM."""
    before, after = played.before[source].rows[stream], played.after[source].rows[stream]
    changed = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    return changed, after.keys() - before.keys(), before.keys() - after.keys()


def test_the_oracle_knows_nothing_of_the_product() -> None:
    files = [*Path(words.__file__).parent.glob("*.py"), Path(__file__)]
    imported = {
        name.split(".")[0]
        for file in files
        for name in re.findall(r"^(?:from|import) ([\w.]+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert imported - sys.stdlib_module_names == {"pytest", "tests"}
    assert {"urllib", "sqlite3"} <= imported


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("stream", STREAMS)
def test_first_run_pulls_every_record_of_each_stream(played: Played, source: str, stream: str) -> None:
    told = synced(played.document["first"])[source, stream]
    everything = len(played.before[source].rows[stream])
    assert (told["rows"], told["new"]) == (everything, everything)
    assert [told[name] for name in ("changed", "unchanged", "echo", "deleted", "rejected")] == [0] * 5


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("stream", STREAMS)
def test_second_run_finds_exactly_what_people_did(played: Played, source: str, stream: str) -> None:
    told = synced(played.document["second"])[source, stream]
    changed, new, gone = touched(played, source, stream)
    assert (told["changed"], told["new"], told["deleted"]) == (len(changed), len(new), len(gone))
    assert told["rows"] == told["changed"] + told["new"] + told["unchanged"] + told["echo"]


@pytest.mark.parametrize("source", SOURCES)
def test_second_run_knows_its_own_writes_again(played: Played, source: str, values_before: Values) -> None:
    told = synced(played.document["second"])
    ours = {(key[0], key[2]) for key in values_before if key[1] == TARGETS[source]["tier"][0]}
    assert told[source, "accounts"]["echo"] == len(ours) > 0
    assert all(told[source, stream]["echo"] == 0 for stream in STREAMS if stream != "accounts")


@pytest.mark.parametrize("source", SOURCES)
def test_edits_told_are_those_that_happened(played: Played, source: str) -> None:
    told = played.document["edits"][source]
    leads, deals = touched(played, source, "leads"), touched(played, source, "deals")
    status = {deal.id: deal.status for deal in played.after[source].deals}
    assert set(told["edited_records"]) == leads[0]
    assert set(told["deleted"]) == leads[2]
    assert {word: {deal for deal in deals[0] if status[deal] == word} for word in ("won", "lost")} == {
        word: set(told[word]) for word in ("won", "lost")
    }


@pytest.mark.parametrize(("stream", "module"), [("contacts", "Contacts"), ("leads", "Leads"), ("deals", "Deals")])
def test_calls_told_are_those_that_zoho_counted(played: Played, stream: str, module: str) -> None:
    told = sum(synced(played.document[run])["zoho", stream]["calls"] for run in ("first", "second"))
    calls = played.control["state"]["calls"]["zoho"]
    counted = calls[f"GET /crm/v8/{module}"] + calls[f"GET /crm/v8/{module}/deleted"]
    assert told - counted in {0, 1, 2}, "each run may ask once for the module's fields"


def test_people_in_both_crms_are_one_person(sales: Sales, warehouse: sqlite3.Connection) -> None:
    joined: dict[str, set[tuple[str, str]]] = {}
    for row in warehouse.execute("SELECT * FROM people"):
        joined.setdefault(row["person_id"], set()).add((row["source"], row["user_id"]))
    assert {frozenset(users) for users in joined.values()} == sales.persons
    assert sum(len(person) == 2 for person in sales.persons) == 5


def owner_keys(warehouse: sqlite3.Connection) -> dict[str, Person]:
    """person_id → the users that he is."""
    joined: dict[str, set[tuple[str, str]]] = {}
    for row in warehouse.execute("SELECT * FROM people"):
        joined.setdefault(row["person_id"], set()).add((row["source"], row["user_id"]))
    return {key: frozenset(users) for key, users in joined.items()}


@pytest.mark.parametrize("source", ["*", *SOURCES])
@pytest.mark.parametrize("metric", METRICS)
def test_every_kpi_row_is_what_the_crms_say(
    sales: Sales, played: Played, warehouse: sqlite3.Connection, metric: str, source: str
) -> None:
    periods = figures.months(sales.first_day, played.today) + figures.quarters(sales.first_day, played.today)
    expected = {}
    for owner in [*sales.owners(), (source, "user", "")]:
        for period in periods if owner[0] == source else ():
            figure = sales.measure(owner, period)[metric]
            # Records that nobody owns have a row only where there are some.
            counted = sales.of(owner, period)[metric == "lead_conversion_rate"]
            if counted or owner[1:] != ("user", ""):
                expected[owner[1], owner[2], period.kind, str(period.start)] = (str(period.end), figure)
    persons = owner_keys(warehouse)
    found = {}
    for row in warehouse.execute("SELECT * FROM mart_kpi WHERE metric = ? AND source = ?", (metric, source)):
        owner_id = row["owner_id"]
        who = persons[owner_id] if owner_id and source == "*" and row["owner_type"] == "user" else owner_id
        found[row["owner_type"], who, row["period_type"], row["period_start"]] = row
    assert found.keys() == expected.keys()
    wrong = [
        (key, figure, dict(found[key]))
        for key, (end, figure) in expected.items()
        if not _agrees(found[key], figure, end, metric)
    ]
    assert wrong == []


def _agrees(row: sqlite3.Row, figure: figures.Figure, end: str, metric: str) -> bool:
    value = figure.value
    currency = "CNY" if metric in ("bookings", "average_deal_size") else None
    return (
        (row["period_end"], row["currency"]) == (end, currency)
        and Fraction(str(row["numerator"])) == figure.numerator
        and row["denominator"] == figure.denominator
        and (row["value"] is None) == (value is None) == bool(row["reason"])
        and (value is None or abs(Fraction(str(row["value"])) - value) <= Fraction(1, 2_000_000))
    )


def test_every_metric_has_a_name_in_both_languages(warehouse: sqlite3.Connection) -> None:
    rows = {row["metric"]: row for row in warehouse.execute("SELECT * FROM dim_metric")}
    used = {row[0] for row in warehouse.execute("SELECT DISTINCT metric FROM mart_kpi")}
    assert used == set(METRICS) <= rows.keys()
    for row in rows.values():
        for kind in ("label", "definition"):
            assert re.search("[a-z]", row[f"{kind}_en"])
            assert re.search("[\u4e00-\u9fff]", row[f"{kind}_zh"])


@pytest.mark.parametrize("source", ["*", *SOURCES])
def test_every_score_of_every_quarter_is_the_rules_own(
    sales: Sales, played: Played, warehouse: sqlite3.Connection, source: str
) -> None:
    persons = owner_keys(warehouse)
    found: dict[tuple[str, str | Person], tuple[Any, ...]] = {}
    for row in warehouse.execute("SELECT * FROM mart_score WHERE source = ?", (source,)):
        who = persons[row["user_id"]] if source == "*" else row["user_id"]
        score = Decimal(str(row["score"])).quantize(Decimal("0.01"))
        reasons = {"en": row["reason_en"], "zh": row["reason_zh"]}
        found[row["period_start"], who] = (score, row["rank"], Fraction(str(row["coverage"])), reasons)
    expected = {
        (str(period.start), who): (score.score, score.rank, score.coverage, score.reason)
        for period in figures.quarters(sales.first_day, played.today)
        for who, score in sales.scores(source, period).items()
    }
    assert found == expected


def test_leaderboard_is_complete_and_right(
    played: Played, standings: dict[Person, Score], warehouse: sqlite3.Connection, quarter: Period
) -> None:
    persons = owner_keys(warehouse)
    names = {(crm.source, user.id): user.name for crm in played.after.values() for user in crm.users}
    told = played.document["leaderboard"]
    assert played.document["quarter"] == quarter.name
    assert [one["rank"] for one in told if one["rank"]] == sorted(
        score.rank for score in standings.values() if score.rank
    )
    assert {persons[one["person_id"]] for one in told} == standings.keys()
    for one in told:
        score = standings[persons[one["person_id"]]]
        assert one["name"] in {names[user] for user in persons[one["person_id"]]}
        assert (one["rank"], Decimal(one["score"]), one["reason"]) == (score.rank, score.score, score.reason)
        assert Decimal(one["bookings"]) == score.bookings


@pytest.mark.parametrize("source", SOURCES)
def test_results_in_the_crm_are_exactly_those_of_its_last_state(played: Played, values: Values, source: str) -> None:
    expected = {key: value for key, value in values.items() if key[0] == source}
    assert live(played.after[source]) == expected
    assert {key[3] for key in expected} == {field for _, field in TARGETS[source].values()}


@pytest.mark.parametrize("source", SOURCES)
def test_first_run_writes_every_value_that_the_crm_lacks(played: Played, values_before: Values, source: str) -> None:
    held = live(played.before[source])
    missing = {key: value for key, value in values_before.items() if key[0] == source and held.get(key) != value}
    assert told_fields(played.document["first"], source) == per_field(missing)


@pytest.mark.parametrize("source", SOURCES)
def test_second_run_writes_exactly_what_the_edits_changed(
    played: Played, values_before: Values, values: Values, source: str
) -> None:
    differing = {key: value for key, value in values.items() if key[0] == source and values_before.get(key) != value}
    assert 0 < len(differing) < 100
    assert told_fields(played.document["second"], source) == per_field(differing)


def test_values_told_as_written_are_the_old_and_the_new_ones(
    played: Played, values_before: Values, values: Values
) -> None:
    told = {
        (one["source"], one["object"], one["source_id"], one["field"]): (one["old_value"], one["new_value"])
        for one in played.document["written"]
    }
    expected = {
        key: (values_before.get(key), value) for key, value in values.items() if values_before.get(key) != value
    }
    assert {key: (old, str(new)) for key, (old, new) in told.items()} == expected
    assert len(played.document["written"]) == len(told)
    names: dict[tuple[str, str], str] = {}
    for source, crm in played.after.items():
        names.update({(source, account.id): account.name for account in crm.accounts})
        users = {user.id: user.name for user in crm.users}
        names.update({(source, result.id): users[result.user] for result in crm.results})
    assert [one["label"] for one in played.document["written"]] == [
        names[one["source"], one["source_id"]] for one in played.document["written"]
    ]


def per_field(values: Values) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(object, field) → planned, planned, applied."""
    fields = [(module, field) for _, module, _, field in values]
    return {field: (fields.count(field),) * 3 for field in fields}


def told_fields(run: dict[str, Any], source: str) -> dict[tuple[str, str], tuple[int, int, int]]:
    planned = {
        (line["object"], line["field"]): line["planned"]
        for plan in run["plan"]
        if plan["source"] == source
        for line in plan["lines"]
    }
    applied = {
        (line["object"], line["field"]): line
        for one in run["apply"]
        if one["source"] == source
        for line in one["lines"]
    }
    for line in applied.values():
        assert [line[name] for name in ("unchanged", "conflict", "rejected", "unknown", "pending")] == [0] * 5
    assert {field for field, count in planned.items() if count} == applied.keys()
    return {field: (planned[field], line["planned"], line["applied"]) for field, line in applied.items()}


def test_nothing_is_left_to_write(played: Played, values: Values) -> None:
    plans = played.document["again"]["plan"]
    assert sum(plan["compared"] for plan in plans) == len(values)
    assert [plan["planned"] for plan in plans] == [0, 0]


def test_ledger_has_every_write_applied(
    warehouse: sqlite3.Connection, played: Played, values_before: Values, values: Values
) -> None:
    rows = warehouse.execute("SELECT plan_id, source, object, source_id, field, new_value, outcome FROM ops_push_item")
    items = list(rows)
    assert {row["outcome"] for row in items} == {"applied"}
    last: dict[tuple[str, str, str, str], str] = {}
    for row in sorted(items, key=lambda row: row["plan_id"]):
        last[row["source"], row["object"], row["source_id"], row["field"]] = str(json.loads(row["new_value"]))
    assert last == values
    changed = sum(values_before.get(key) != value for key, value in values.items())
    assert len(items) == len(values_before) + changed


def test_sandbox_saw_these_writes_and_no_automation(
    played: Played, warehouse: sqlite3.Connection, values: Values
) -> None:
    writes = played.control["writes"]["writes"]
    assert not any(write["automation"] for write in writes)
    assert played.document["automation_fired"] is False
    assert {write["status"] for write in writes} == {200}
    outcomes = {(w["system"], one["outcome"]) for w in writes for one in w["records"]}
    assert outcomes <= {("zoho", "SUCCESS"), ("fxiaoke", "applied"), ("fxiaoke", "14001")}
    done = {"SUCCESS", "applied"}  # a call that was refused for its rate is in the list too, and was sent again
    seen = [(w["system"], one["id"], one["field"]) for w in writes for one in w["records"] if one["outcome"] in done]
    items = warehouse.execute("SELECT source, source_id, field FROM ops_push_item")
    assert sorted(seen) == sorted(map(tuple, items))
    assert f"counts {len(writes):,} write calls; automation fired in 0 of them" in played.text


def test_tier_changes_told_are_those_between_the_two_states(
    played: Played, tiers_before: dict[str, dict[str, Tier]], tiers: dict[str, dict[str, Tier]]
) -> None:
    names = {(crm.source, one.id): one.name for crm in played.after.values() for one in crm.accounts}
    expected = {
        (source, account): (names[source, account], tiers_before[source][account].tier, tier.tier, tier.reason)
        for source in SOURCES
        for account, tier in tiers[source].items()
        if tiers_before[source][account].tier != tier.tier
    }
    told = played.document["tier_changes"]
    assert {
        (one["source"], one["account_id"]): (one["name"], one["old"], one["new"], one["reason"]) for one in told
    } == expected
    moved = [tiers[one["source"]][one["account_id"]] for one in told]
    assert [Decimal(one["weight"]) for one in told] == [tier.won + tier.opened for tier in moved]
    assert all(one.won + one.opened >= other.won + other.opened for one, other in pairwise(moved))


@pytest.mark.parametrize("source", SOURCES)
def test_tiers_in_the_warehouse_are_the_rules_own(
    warehouse: sqlite3.Connection, tiers: dict[str, dict[str, Tier]], source: str
) -> None:
    rows = list(warehouse.execute("SELECT * FROM mart_account_tier WHERE source = ? AND valid_to IS NULL", (source,)))
    found = {
        row["account_id"]: (
            row["tier"],
            row["computed_tier"],
            Decimal(str(row["value_amount"])),
            Decimal(str(row["need_amount"])),
            row["reason_en"],
            row["reason_zh"],
            row["currency"],
        )
        for row in rows
    }
    expected = {
        account: (one.tier, one.tier, one.won, one.opened, one.reason["en"], one.reason["zh"], "CNY")
        for account, one in tiers[source].items()
    }
    assert len(rows) == len(found)
    assert found == expected


def test_former_tiers_are_kept_with_their_time(
    warehouse: sqlite3.Connection, tiers_before: dict[str, dict[str, Tier]], tiers: dict[str, dict[str, Tier]]
) -> None:
    ended = {
        (row["source"], row["account_id"]): row["tier"]
        for row in warehouse.execute("SELECT * FROM mart_account_tier WHERE valid_to IS NOT NULL")
    }
    assert ended == {
        (source, account): one.tier
        for source in SOURCES
        for account, one in tiers_before[source].items()
        if tiers[source][account].tier != one.tier
    }


def lines(text: str) -> list[list[str]]:
    """The cells of printed tables: two spaces end one, and what stands far to the right goes on with the last one."""
    rows: list[list[str]] = []
    for line in text.splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if line.startswith(" " * 8) and len(cells) == 1 and rows:
            rows[-1][-1] += f" {cells[0]}"
        else:
            rows.append(cells)
    return rows


def test_pulled_is_printed_as_in_the_document(played: Played) -> None:
    printed = {
        (row[0], row[1]): [number(cell) for cell in row[2:]]
        for row in lines(played.text)
        if len(row) == 11 and row[0] in SOURCES
    }
    first, second = synced(played.document["first"]), synced(played.document["second"])
    assert printed.keys() == first.keys()
    for key, cells in printed.items():
        one, two = first[key], second[key]
        told = [one["rows"], one["calls"], *(two[name] for name in ("changed", "new", "deleted", "echo", "calls"))]
        assert [*cells[:2], *cells[3:8]] == told


def test_leaderboard_is_printed_as_in_the_document(played: Played) -> None:
    told = played.document["leaderboard"][:5]
    expected = [(str(one["rank"]), one["name"], Decimal(one["score"]), one["reason"]["en"]) for one in told]
    printed = [row for row in lines(played.text) if len(row) == 4 and row[3].startswith("bookings ")]
    assert [(row[0], row[1], Decimal(row[2]), row[3]) for row in printed] == expected
    assert all(re.fullmatch(r"\d+\.\d\d", row[2]) for row in printed)
    assert f"Leaderboard {played.document['quarter']} · all sources" in played.text


def test_tier_changes_are_printed_as_in_the_document(played: Played) -> None:
    told = played.document["tier_changes"]
    expected = [[one["name"], f"{one['old']} → {one['new']}", one["reason"]["en"]] for one in told]
    printed = [row for row in lines(played.text) if len(row) == 3 and " in 12 months (" in row[2]]
    assert printed == expected[:5]
    assert f"Tiers · {len(told):,} changed after the edits" in played.text


def test_examples_printed_are_values_that_were_written(played: Played) -> None:
    written = {
        f"For example {one['source']} {one['label']}: {one['field']} {one['old_value'] or '–'} → {one['new_value']}"
        for one in played.document["written"]
    }
    printed = {line for line in played.text.splitlines() if line.startswith("For example ")}
    assert printed
    assert printed <= written


def test_written_back_is_printed_as_in_the_document(played: Played) -> None:
    printed = {
        (row[0], row[1]): [int(number(cell)) for cell in row[2:]]
        for row in lines(played.text)
        if len(row) == 8 and row[0] in SOURCES
    }
    expected = {}
    for source in SOURCES:
        first = told_fields(played.document["first"], source)
        second = told_fields(played.document["second"], source)
        for field, (_, planned, applied) in first.items():
            expected[source, ".".join(field)] = [planned, applied, 0, 0, *second.get(field, (0, 0, 0))[1:]]
    assert printed == expected
    compared = sum(plan["compared"] for plan in played.document["again"]["plan"])
    assert f"Compared again: 0 of {compared:,} values differ" in played.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_shows_the_whole_leaderboard(
    page: dict[str, Side], played: Played, standings: dict[Person, Score], language: str
) -> None:
    names = {(crm.source, user.id): user.name for crm in played.after.values() for user in crm.users}
    shown = page[language].rows({"en": "Rank", "zh": "名次"}[language])
    expected = {
        (
            str(score.rank or "–"),
            names[min(who)],
            str(figures.rounded(score.score, 1)),
            words.money(score.bookings, language),
            score.reason[language],
        )
        for who, score in standings.items()
    }
    assert {tuple(row) for row in shown} == expected
    assert len(shown) == len(expected)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_shows_the_quarter_in_numbers(
    page: dict[str, Side],
    sales: Sales,
    warehouse: sqlite3.Connection,
    quarter: Period,
    language: str,
) -> None:
    labels = {row["metric"]: row[f"label_{language}"] for row in warehouse.execute("SELECT * FROM dim_metric")}
    former = figures.quarter_of(quarter.start.replace(day=1) - figures.ONE_DAY)
    now, before = (sales.measure(("*", "company", ""), period) for period in (quarter, former))
    for metric in METRICS:
        value, note = page[language].cards[labels[metric]][:2]
        assert value == shown(metric, now[metric], language)
        assert shown(metric, before[metric], language) in note
        if metric in ("bookings", "won_deals"):
            share = now[metric].numerator / before[metric].numerator
            ended = quarter.end < sales.today  # then the difference is told, else what part of the former it is
            assert words.percent(abs(share - 1) if ended else share, language) in note


def shown(metric: str, figure: figures.Figure, language: str) -> str:
    value = figure.value
    if value is None:
        return "–"
    if metric in ("bookings", "average_deal_size"):
        return words.money(Decimal(value.numerator) / Decimal(value.denominator), language)
    return words.percent(value, language) if figure.denominator is not None else f"{value.numerator:,}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_shows_twelve_months_of_bookings(
    page: dict[str, Side], sales: Sales, played: Played, language: str
) -> None:
    shown_months = page[language].rows({"en": "Month", "zh": "月份"}[language])
    recent = figures.months(sales.first_day, played.today)[-12:][::-1]
    booked = {}
    for period in recent:
        earlier = figures.months(*[period.start.replace(year=period.start.year - 1)] * 2)[0]
        booked[period.name] = [
            sales.measure(("*", "company", ""), one)["bookings"].numerator for one in (period, earlier)
        ]
    assert [row[0][:7] for row in shown_months] == [period.name for period in recent]
    for row in shown_months:
        now, before = booked[row[0][:7]]
        current = row[0][:7] == recent[0].name
        change = "–" if current else signed(now / before - 1, language)
        assert row[1:] == [words.money(Decimal(int(one)), language) for one in (now, before)] + [change]
    full = [booked[period.name] for period in recent[1:]]
    now, before = (sum((one[place] for one in full), Fraction()) for place in (0, 1))
    parts = [words.money(Decimal(int(one)), language) for one in (now, before)]
    assert answered(page[language], [*parts, words.percent(abs(now / before - 1), language)])


def answered(side: Side, parts: list[str]) -> bool:
    """One answer on the page has all of these figures."""
    return any(all(part in answer for part in parts) for answer in side.answers)


def signed(change: Fraction, language: str) -> str:
    return f"{'−' if change < 0 else '+'}{words.percent(abs(change), language)}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_shows_the_tiers_customers_and_money(
    page: dict[str, Side], tiers: dict[str, dict[str, Tier]], language: str
) -> None:
    every = [tier for found in tiers.values() for tier in found.values()]
    expected = []
    for name in ("VIP", "A", "B", "C"):
        won = [tier.won for tier in every if tier.tier == name]
        expected.append([name, f"{len(won):,}", words.money(sum(won, Decimal()), language)])
    assert page[language].rows({"en": "Tier", "zh": "等级"}[language]) == expected
    best = [tier.won for tier in every if tier.tier == "VIP"]
    share = Fraction(sum(best, Decimal())) / Fraction(sum((tier.won for tier in every), Decimal()))
    shares = [words.percent(one, language) for one in (share, Fraction(len(best), len(every)))]
    assert answered(page[language], [expected[0][2], *shares])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_shows_the_tier_changes(page: dict[str, Side], played: Played, language: str) -> None:
    rows = page[language].rows({"en": "Customer", "zh": "客户"}[language])
    told = played.document["tier_changes"]
    assert [(row[0], row[2]) for row in rows] == [(one["name"], one["reason"][language]) for one in told]
    for row, one in zip(rows, told, strict=True):
        assert re.findall(r"VIP|[ABC]\b", row[1]) == [one["old"], one["new"]]


def test_a_further_run_writes_nothing_and_says_so(played: Played, values: Values, tmp_path: Path) -> None:
    folder, state = tmp_path / "demo", tmp_path / "sandbox.state"
    shutil.copytree(played.folder, folder)
    shutil.copy(played.folder / "sandbox.state", state)
    config = folder / "config.yaml"
    port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/zoho", config.read_text("utf-8"))[0])
    with served(state, port) as url:
        before = call("GET", f"{url}/_sandbox/writes")
        done = crmsync("run", "daily", "--config", str(config), "--json")
        after = call("GET", f"{url}/_sandbox/writes")
    assert after == before == played.control["writes"]
    document = json.loads(done.stdout)
    assert document["state"] == "done"
    assert {plan["source"]: (plan["planned"], plan["compared"]) for plan in document["plan"]} == {
        source: (0, sum(key[0] == source for key in values)) for source in SOURCES
    }
    for source in SOURCES:
        compared = sum(key[0] == source for key in values)
        assert f"{source}: 0 of {compared:,} values differ, nothing to write." in done.stderr
    for told in document["sync"]:
        assert (told["new"], told["changed"], told["deleted"]) == (0, 0, 0)
    assert all(one["changed"] == 0 for one in document["compute"])


def test_all_runs_of_the_demo_end_well(played: Played) -> None:
    assert [played.document[name]["state"] for name in ("first", "second", "again")] == ["done"] * 3
    for run in (played.document["first"], played.document["second"]):
        assert synced(run).keys() == {(source, stream) for source in SOURCES for stream in STREAMS}
        assert {one["source"] for one in run["plan"]} == {one["source"] for one in run["apply"]} == set(SOURCES)


def test_the_last_words_are_what_to_do_next(played: Played) -> None:
    told = played.text.splitlines()
    config = played.folder / "config.yaml"
    assert told[-1].endswith(f"run daily --config {config})")
    assert told[-5] == "Next:"


def test_the_readme_shows_what_the_demo_prints(played: Played) -> None:
    """All but the names of the day: the tables of people and customers, and the examples."""
    told = {_shape(line.replace(str(played.folder), "demo")) for line in played.text.splitlines()}
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown = next(re.finditer(r"^```\n(Pulled: .*?)^```$", text, re.MULTILINE | re.DOTALL))[1]
    before, rest = shown.split("Leaderboard ")
    after = rest[rest.index("Written back") :]
    lines = [line for line in (before + after).splitlines() if not line.startswith("For example ")]
    assert len(lines) > 35
    assert [line for line in lines if _shape(line) not in told] == []


def _shape(line: str) -> str:
    """Digits, durations, the width of columns and where the command lies do not matter."""
    masked = re.sub(r"\d[\d,.]*", "#", re.sub(r"\S*crmsync ", "crmsync ", line))
    return " ".join(masked.replace("# m # s", "# s").split())


def test_status_tells_the_state_as_json(played: Played) -> None:
    status = json.loads(crmsync("status", "--config", str(played.folder / "config.yaml"), "--json").stdout)
    assert {(one["source"], one["stream"], one["state"]) for one in status["streams"]} == {
        (source, stream, "done") for source in SOURCES for stream in STREAMS
    }
    assert [run["command"] for run in status["runs"]] == ["push plan", "run daily", "run daily"]
    assert {run["run_id"] for run in status["runs"]} == {
        played.document[name]["run_id"] for name in ("first", "second", "again")
    }
    assert status["open_plans"] == []
