"""Fields that change in the CRMs are told, and wait for a person where the configuration says so."""

from __future__ import annotations

import pytest

from tests.e2e.harness import Crms, Fxiaoke, Project

FIELD = {
    "zoho": ("Accounts", "Industry", "/crm/v8/settings/fields", "/crm/v8/Accounts"),
    "fxiaoke": ("AccountObj", "industry_level1", "/cgi/crm/v2/object/describe", "/cgi/crm/v2/data/query"),
}


def take_away(crms: Crms, source: str) -> str:
    """The industry of accounts is gone, from the metadata and from the records. Returns its name."""
    _, name, metadata, records = FIELD[source]
    crms.faults(
        ({"path": metadata}, {"alter": {"which": {"api_name": name}, "drop": True}}),
        ({"path": records}, {"alter": {"unset": [name]}}),
    )
    return name


@pytest.mark.parametrize("source", FIELD)
def test_a_field_that_vanishes_is_told_and_its_column_keeps_its_values(
    source: str, computed: Project, crms: Crms
) -> None:
    before = {row["source_id"]: row["industry"] for row in computed.rows("accounts", f"source = '{source}'")}
    assert any(before.values())
    object_name, name = FIELD[source][0], take_away(crms, source)

    document = computed.run("sync", "--source", source, "--full", "--json").expect(0).document

    [told] = [note for note in document["problems"] if f"{source}/accounts:" in note]
    assert f"{object_name}.{name}: vanished" in told
    assert told.endswith("accounts.industry keeps its last values")
    after = {row["source_id"]: row["industry"] for row in computed.rows("accounts", f"source = '{source}'")}
    assert after == before
    assert computed.rows("hist_change", "field = 'industry'") == []
    [change] = computed.rows("ops_schema_change", f"field = '{name}' AND object = '{object_name}'")
    assert (change["source"], change["change"], change["acknowledged_at"]) == (source, "vanished", None)


@pytest.mark.parametrize("source", FIELD)
def test_a_field_that_vanishes_while_metadata_are_kept_is_noticed_by_the_first_record_without_it(
    source: str, computed: Project, crms: Crms
) -> None:
    accounts = computed.rows("accounts", f"source = '{source}' AND industry IS NOT NULL")
    object_name, name = FIELD[source][0], take_away(crms, source)
    label = {"zoho": "Account_Name", "fxiaoke": "name"}[source]
    crms.edit(source, object_name, "update", accounts[0]["source_id"], {label: "改名"})

    document = computed.run("sync", "--source", source, "--json").expect(0).document

    [row] = computed.rows("accounts", f"source_id = '{accounts[0]['source_id']}'")
    assert (row["name"], row["industry"]) == ("改名", accounts[0]["industry"])
    assert [change["field"] for change in computed.rows("hist_change", "entity = 'accounts'")] == ["name"]
    assert [note for note in document["problems"] if f"{object_name}.{name}: vanished" in note]


def test_where_the_configuration_says_stop_only_the_changed_streams_wait_for_a_person(
    computed: Project, crms: Crms
) -> None:
    computed.change("connector: zoho", "connector: zoho\n    on_schema_change: stop")
    take_away(crms, "zoho")
    crms.edit("zoho", "Deals", "create", None, {"Deal_Name": "New", "Stage": "Qualification"})
    crms.edit("zoho", "Accounts", "create", None, {"Account_Name": "New"})

    result = computed.run("sync", "--source", "zoho", "--full", "--json").expect(3)

    read = {one["stream"]: one["new"] for one in result.document["sync"]}
    assert (read["accounts"], read["deals"]) == (0, 1)
    accounts, leads = (
        line for line in result.document["problems"] if "waits for a person" in line
    )  # leads have one, too
    assert accounts.startswith("zoho/accounts waits for a person: Accounts.Industry: vanished")
    assert leads.startswith("zoho/leads waits for a person: Leads.Industry: vanished")
    assert accounts.endswith("run: crmsync schema-changes acknowledge --source zoho")
    computed.run("sync", "--source", "zoho").expect(3)
    told = computed.run("status").expect(0).out
    assert "zoho: Accounts waits for a person, changes of its fields: 1; see: " in told
    assert "zoho: Leads waits for a person" in told
    assert "crmsync schema-changes --config" in told

    listed = computed.run("schema-changes", "--json").expect(0).document["schema_changes"]
    first = computed.run("schema-changes", "--source", "zoho", "--limit", "1").expect(0).out
    assert "… and 1 more: " in first
    assert "crmsync schema-changes --source zoho --limit 2 --config" in first
    assert "crmsync schema-changes acknowledge --source zoho --config" in first
    assert sorted((one["object"], one["field"], one["change"]) for one in listed) == [
        ("Accounts", "Industry", "vanished"),
        ("Leads", "Industry", "vanished"),
    ]
    computed.run("schema-changes", "acknowledge", "--source", "zoho").expect(0)
    assert computed.run("status", "--json").expect(0).document["schema_changes"] == []

    found = computed.run("sync", "--source", "zoho", "--json").expect(0).document["sync"]
    assert {one["stream"]: one["new"] for one in found}["accounts"] == 1


def test_the_options_of_picklists_are_those_of_the_crm(computed: Project) -> None:
    rows = computed.rows("dim_picklist", "object = 'Accounts' AND field = 'Customer_Tier'")
    assert [row["code"] for row in sorted(rows, key=lambda row: row["position"]) if row["code"] != "-None-"] == [
        "VIP",
        "A",
        "B",
        "C",
    ]
    assert {(row["source"], row["entity"], row["column_name"], row["valid_to"]) for row in rows} == {
        ("zoho", "accounts", "crm_tier", None)
    }
    [won] = computed.rows("dim_picklist", "object = 'NewOpportunityObj' AND field = 'sales_status' AND code = '2'")
    assert (won["label"], won["column_name"]) == ("赢单", "stage_status")


def test_a_view_shows_the_labels_of_codes_that_fill_a_column_or_none(computed: Project, crms: Crms) -> None:
    described = Fxiaoke(crms.url).options("LeadsObj")
    own = next(name for name in sorted(described) if name.startswith("field_"))
    labels = {"status_label": "status", "own_label": own}
    chosen = "".join(f"    {name}: {{fields: [{field}], type: label}}\n" for name, field in labels.items())
    computed.change("\nconnections:\n", f"\nbi:\n  leads:\n{chosen}\nconnections:\n")
    computed.run("migrate").expect(0)

    rows = computed.rows("bi_leads", "source = 'fxiaoke'")

    truth = Fxiaoke(crms.url).records("LeadsObj")
    assert {row["source_id"]: (row["status_label"], row["own_label"]) for row in rows} == {
        key: (described["biz_status"][record["biz_status"]], described[own].get(record.get(own, "")))
        for key, record in truth.items()
    }
    assert len({row["status_label"] for row in rows}) > 2
    assert any(row["own_label"] for row in rows)
