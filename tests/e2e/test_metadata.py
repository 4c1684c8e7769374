"""Metadata of the CRMs are kept for a day, and nobody is misled by them."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

import pytest

from tests.e2e.harness import Crms, Project
from tests.e2e.test_incremental import assert_mirrors, live_ids

DESCRIBE = "POST /cgi/crm/v2/object/describe"
SETTINGS = ("GET /crm/v8/settings/fields", "GET /crm/v8/settings/layouts", "GET /crm/v8/settings/pipeline")


def calls(crms: Crms, system: str) -> Counter[str]:
    return Counter(crms.control("state")["calls"][system])


def calls_of(project: Project, crms: Crms, *arguments: str) -> dict[str, Counter[str]]:
    """What a command calls, by system."""
    before = {system: calls(crms, system) for system in ("zoho", "fxiaoke")}
    project.run(*arguments).expect(0)
    return {system: calls(crms, system) - before[system] for system in before}


def asked(made: Mapping[str, Counter[str]]) -> int:
    """Calls for metadata."""
    return sum(made["zoho"][call] for call in SETTINGS) + made["fxiaoke"][DESCRIBE]


def custom_of(project: Project, entity: str, source_id: str) -> Mapping[str, object]:
    [row] = project.rows(entity, f"source_id = '{source_id}'")
    found: Mapping[str, object] = json.loads(row["custom"] or "{}")
    return found


def test_a_sync_without_changes_asks_for_the_records_alone(computed: Project, crms: Crms) -> None:
    made = calls_of(computed, crms, "sync")

    assert asked(made) == 0
    assert (
        made["fxiaoke"]["POST /cgi/crm/v2/object/list"] == 1
    )  # an object that this tenant lacks: perhaps it is there now
    assert made["zoho"].pop("GET /crm/v8/users") == 2
    assert set(made["zoho"].values()) == {1}  # a page of each module, its deleted records, roles, and the clock
    assert {f"GET /crm/v8/{module}" for module in ("org", "settings/roles", "Deals", "Deals/deleted")} < made[
        "zoho"
    ].keys()


@pytest.mark.parametrize("age", ["-25 hours", "+1 hours"])
def test_metadata_older_than_a_day_or_from_a_clock_that_jumped_are_asked_anew(
    computed: Project, crms: Crms, age: str
) -> None:
    with closing(sqlite3.connect(computed.database)) as connection, connection:
        connection.execute("UPDATE ops_metadata SET asked_at = strftime('%Y-%m-%d %H:%M:%f000', 'now', ?)", [age])
    assert asked(calls_of(computed, crms, "sync")) > 0
    assert asked(calls_of(computed, crms, "sync")) == 0


def test_full_asks_anew(computed: Project, crms: Crms) -> None:
    made = calls_of(computed, crms, "sync", "--full")
    modules = [call for call in made["zoho"] if call.endswith("/deleted")]
    assert made["zoho"]["GET /crm/v8/settings/fields"] >= len(modules) > 4
    assert made["fxiaoke"][DESCRIBE] > 4


def test_a_new_field_lands_in_custom_though_metadata_are_kept(fresh: Project, crms: Crms) -> None:
    crms.faults(
        ({"path": "/cgi/crm/v2/object/describe"}, {"alter": {"which": {"api_name": "remark"}, "drop": True}}),
        ({"path": "/cgi/crm/v2/data/query"}, {"alter": {"unset": ["remark"]}}),
    )
    fresh.run("sync", "--source", "fxiaoke").expect(0)
    account = live_ids(fresh, "fxiaoke", "accounts")[0]
    crms.faults()
    crms.edit("fxiaoke", "AccountObj", "update", account, {"remark": "新备注"})

    made = calls_of(fresh, crms, "sync", "--source", "fxiaoke")

    assert custom_of(fresh, "accounts", account)["remark"] == "新备注"
    assert made["fxiaoke"][DESCRIBE] > 0
    crms.edit("fxiaoke", "AccountObj", "update", account, {"remark": "又改"})
    assert calls_of(fresh, crms, "sync", "--source", "fxiaoke")["fxiaoke"][DESCRIBE] == 0
    assert custom_of(fresh, "accounts", account)["remark"] == "又改"


def test_a_field_that_is_mapped_from_now_on_is_looked_for_in_the_crm_itself(fresh: Project, crms: Crms) -> None:
    fresh.change("tier: Customer_Tier", "tier: Rating")
    crms.faults(
        ({"path": "/crm/v8/settings/fields"}, {"alter": {"which": {"api_name": "Customer_Tier"}, "drop": True}})
    )
    fresh.run("sync", "--source", "zoho").expect(0)
    account = live_ids(fresh, "zoho", "accounts")[0]
    crms.faults()
    crms.edit("zoho", "Accounts", "update", account, {"Customer_Tier": "A"})
    fresh.change("tier: Rating", "tier: Customer_Tier")

    fresh.run("sync", "--source", "zoho").expect(0)

    assert_mirrors(fresh, crms, "zoho")


def test_a_stage_that_kept_metadata_do_not_know_is_asked_for_once(computed: Project, crms: Crms) -> None:
    deal, other = live_ids(computed, "zoho", "deals", "stage_status = 'open'")[:2]
    crms.edit("zoho", "Deals", "update", deal, {"Stage": "Unheard of"})
    assert asked(calls_of(computed, crms, "sync", "--source", "zoho")) > 0
    [row] = computed.rows("deals", f"source_id = '{deal}'")
    assert (row["stage"], row["stage_status"]) == ("Unheard of", "open")

    crms.edit("zoho", "Deals", "update", other, {"Stage": "Unheard of"})
    assert asked(calls_of(computed, crms, "sync", "--source", "zoho")) == 0
    assert_mirrors(computed, crms, "zoho")


def test_a_plan_is_made_on_the_fields_of_now(computed: Project, crms: Crms) -> None:
    crms.faults(
        ({"path": "/crm/v8/settings/fields"}, {"alter": {"which": {"api_name": "Customer_Tier"}, "drop": True}})
    )
    result = computed.run("push", "plan", "--source", "zoho").expect(2)
    assert "Accounts has no field 'Customer_Tier'" in result.words


def test_what_is_kept_holds_no_secret(computed: Project) -> None:
    rows = computed.rows("ops_metadata")
    assert {row["source"] for row in rows} == {"zoho", "fxiaoke"}
    tokens = [json.loads(path.read_text())["value"] for path in computed.folder.glob(".crmsync-token-*.json")]
    assert len(tokens) == 2
    for secret in (*tokens, "sandbox-secret", "sandbox-refresh", "sandbox-code"):
        assert secret not in repr(rows)
