"""Modules that fill no table of ours: a line in the configuration, and everything else is as with any other stream."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.e2e.harness import Crms, Fxiaoke, Project, Row, Zoho, execute, without

ZOHO = {"performance": "Sales_Performance", "products": "Products"}
FXIAOKE = {"performance": "performance__c", "products": "ProductObj"}
STREAMS = ("--stream", "performance", "--stream", "products")
NOTHING: tuple[Any, ...] = (None, "", [], {})
OF_ZOHO = {"id", "Owner", "Created_Time", "Modified_Time", "Modified_By", "Layout", "Record_Status__s"}
OF_FXIAOKE = {"_id", "owner", "create_time", "last_modified_time", "last_modified_by", "name"}


@pytest.fixture
def project(database: str, fresh: Project, computed: Project, request: pytest.FixtureRequest) -> Project:
    """Two modules of each CRM, read once; Zoho's are declared with their object alone."""
    project = fresh
    if database == "postgresql":
        project = computed.with_warehouse("postgresql", request.getfixturevalue("postgres_url"))
        project.run("migrate").expect(0)
    declared = "".join(f"      {name}: {{object: {module}}}\n" for name, module in ZOHO.items())
    project.change("    streams:\n      payment_plans:", f"    streams:\n{declared}      payment_plans:")
    declared = "".join(f"      {name}: {{object: {one}, fields: {{name: name}}}}\n" for name, one in FXIAOKE.items())
    survey = "      surveys:\n        entity: feedback\n        object: object_f7B2k__c"
    project.change(survey, declared + survey)
    project.run("sync", *STREAMS).expect(0)
    return project


both = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
sqlite = pytest.mark.parametrize("database", ["sqlite"])


def rows(project: Project) -> dict[tuple[str, str], Row]:
    return {(row["source"], row["source_id"]): row for row in project.rows("custom_records")}


def data(row: Row) -> dict[str, Any]:
    held = row["data"]
    found: dict[str, Any] = json.loads(held) if isinstance(held, str) else held
    return found


def assert_mirrors(project: Project, crms: Crms) -> None:
    """Each record that exists, with its module and every value of a field that the CRM describes."""
    wanted: dict[tuple[str, str], tuple[str, str | None, Row]] = {}
    zoho, fxiaoke = Zoho(crms.url), Fxiaoke(crms.url)
    for module in ZOHO.values():
        names = zoho.fields(module)
        for key, record in zoho.records(module, names).items():
            wanted["zoho", key] = (module, None, {name: record[name] for name in names - OF_ZOHO})
    for module in FXIAOKE.values():
        names = fxiaoke.fields(module)
        for key, record in fxiaoke.records(module).items():
            values = {name: record[name] for name in names - OF_FXIAOKE if name in record}
            wanted["fxiaoke", key] = (module, record["name"], values)
    found = {key: row for key, row in rows(project).items() if row["deleted_at"] is None}
    assert found.keys() == wanted.keys()
    for at, (module, name, values) in wanted.items():
        held = {field: value for field, value in values.items() if value not in NOTHING}
        assert (found[at]["module"], found[at]["name"], data(found[at])) == (module, name, held)


@both
def test_records_are_read_whole_edited_and_deleted_as_in_any_other_stream(project: Project, crms: Crms) -> None:
    assert_mirrors(project, crms)
    before = rows(project)
    keys = {source: sorted(key for at, key in before if at == source) for source in ("zoho", "fxiaoke")}
    edited, gone = [key for key in keys["zoho"] if before["zoho", key]["module"] == ZOHO["performance"]][:2]
    other = next(key for key in keys["fxiaoke"] if before["fxiaoke", key]["module"] == FXIAOKE["performance"])
    crms.edit("zoho", ZOHO["performance"], "update", edited, {"Score": 12.5})
    crms.edit("zoho", ZOHO["performance"], "delete", gone)
    crms.edit("fxiaoke", FXIAOKE["performance"], "update", other, {"score__c": "7.25"})

    project.run("sync", *STREAMS).expect(0)

    assert_mirrors(project, crms)
    assert rows(project)["zoho", gone]["deleted_reason"] == "recycle"
    history = {(row["source_id"], row["field"]): row["new_value"] for row in project.rows("hist_change")}
    assert history.keys() == {(edited, "Score"), (other, "score__c")}
    assert {row["entity"] for row in project.rows("hist_change")} == {"custom_records"}
    # Nothing else has touched a row: the two modules of a CRM keep off each other's.
    changed = {key for key, row in rows(project).items() if row != before[key]}
    assert changed == {("zoho", edited), ("zoho", gone), ("fxiaoke", other)}


@sqlite
def test_verify_replay_backfill_and_a_second_look_find_nothing_to_do(project: Project, crms: Crms) -> None:
    before = rows(project)
    verified = project.run("verify", *STREAMS, "--json").expect(0).document["verify"]
    assert [(one["stream"], one["differences"]) for one in verified] == [("performance", 0), ("products", 0)] * 2
    again = project.run("sync", "--full", *STREAMS, "--json").expect(0).document["sync"]
    assert sum(one["unchanged"] for one in again) == len(before)
    day = str(next(iter(before.values()))["created_on"])
    slices = project.run("backfill", *STREAMS, "--from", day, "--to", day, "--by", "created", "--json").expect(0)
    made = [row for row in before.values() if str(row["created_on"]) == day]
    assert sum(one["unchanged"] for one in slices.document["backfill"]) == len(made) > 0
    project.run("replay", *STREAMS).expect(0)
    assert rows(project) == before
    assert project.rows("hist_change") == []


@both
def test_what_was_lost_from_rows_is_brought_back_by_verify_replay_and_the_backfill_of_a_field(project: Project) -> None:
    def content() -> list[Row]:
        return [without(row) for row in rows(project).values()]

    before = content()
    products = [row for row in before if row["module"] == "Products"]
    execute(
        project,
        "UPDATE custom_records SET modified_at = '2026-01-01 00:00:00.000000', row_hash = 'x', data = NULL "
        "WHERE module = 'Products'",
    )
    verified = project.run("verify", "--repair", *STREAMS, "--json").expect(0).document["verify"]
    assert sum(one["mended"] for one in verified) == len(products) > 3
    assert content() == before
    history = project.rows("hist_change")  # a change of its own to whoever reads the records again

    execute(project, "UPDATE custom_records SET row_hash = 'x', data = NULL WHERE module = 'Products'")
    planned = project.run("replay", "--plan", *STREAMS, "--json").expect(0).document["replay_plan"]
    altered = {(one["source"], one["stream"]): one["columns"] for one in planned if one["rows"]}
    assert altered.keys() == {("zoho", "products")}
    assert altered["zoho", "products"]["custom.Unit_Price"] == len(products)
    project.run("replay", *STREAMS).expect(0)
    assert content() == before

    for row in products:
        held = json.dumps({name: value for name, value in data(row).items() if name != "Unit_Price"})
        which = f"source_id = '{row['source_id']}'"
        execute(project, f"UPDATE custom_records SET data = '{held}' WHERE {which}")  # noqa: S608 - our own words
    days = [str(row["created_on"]) for row in products]
    span = ("--from", min(days), "--to", max(days), "--by", "created")
    fill = ("backfill", "--source", "zoho", "--stream", "products", "--field", "Unit_Price", *span)
    filled = project.run(*fill, "--json").expect(0).document["backfill"]
    assert sum(one["changed"] for one in filled) == len(products)
    assert [data(row) for row in rows(project).values()] == [data(row) for row in before]
    assert project.rows("hist_change") == history


@pytest.mark.parametrize(("database", "how"), [("sqlite", "drop"), ("sqlite", "hash"), ("postgresql", "drop")])
def test_a_field_that_is_personal_from_now_on_is_taken_out(project: Project, how: str) -> None:
    coded = {key for key, row in rows(project).items() if "Product_Code" in data(row)}
    assert len(coded) > 3
    project.change(
        "    streams:\n      performance: {object: Sales",
        f"    personal_data: {{products: {{Product_Code: {how}}}}}\n    streams:\n      performance: {{object: Sales",
    )
    project.run("sync", *STREAMS, env={"CRMSYNC_PERSONAL_DATA_KEY": "a key of sixteen!"}).expect(0)
    found = {key: data(row)["Product_Code"] for key, row in rows(project).items() if "Product_Code" in data(row)}
    assert found.keys() == (coded if how == "hash" else set())
    assert [value for value in found.values() if not re.fullmatch("hmac:[0-9a-f]+", value)] == []


@sqlite
def test_the_view_shows_module_data_owner_and_chosen_fields(project: Project, crms: Crms) -> None:
    chosen = "\nbi:\n  custom_records:\n    price: {fields: [Unit_Price, price], type: number}\n"
    project.change("\nconnections:\n", f"{chosen}\nconnections:\n")
    project.run("migrate").expect(0)
    project.run("sync", "--source", "zoho", "--stream", "users").expect(0)
    shown = {(row["source"], row["source_id"]): row for row in project.rows("bi_custom_records")}
    api = Zoho(crms.url)
    truth, people = api.records("Products", ["Unit_Price", "Owner"]), api.users()
    assert len(truth) > 3
    for key, record in truth.items():
        row = shown["zoho", key]
        assert (row["module"], float(row["price"])) == ("Products", record["Unit_Price"])
        assert (json.loads(row["data"]) if isinstance(row["data"], str) else row["data"])["Unit_Price"] == float(
            row["price"]
        )
        assert row["owner"] == people[record["Owner"]["id"]]["full_name"]
