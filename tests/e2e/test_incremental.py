"""Whatever people do between two syncs, after the second the warehouse holds what the CRMs hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.harness import ENTITIES, Crms, Fxiaoke, Project, Result, Row, Zoho

DAY_MS = 86_400_000
SALES = tuple(word for entity in ENTITIES for word in ("--stream", entity))
"""The streams of the tables that are compared here; `test_entities.py` compares the others."""


@pytest.fixture
def synced(computed: Project) -> Project:
    return computed


# --- what the CRMs hold, in the words of the warehouse


def _id(value: Any) -> str | None:
    """A reference, whether the CRM shows it as text, number, object or list of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("id")
    return str(value) if value not in {None, ""} else None


def _text(value: Any) -> str | None:
    return None if value in {None, ""} else str(value)


def _amount(value: Any) -> float | None:
    return None if value in {None, ""} else round(float(value), 4)


def _iso(value: str | None) -> str | None:
    """Zoho's time as SQLite holds it."""
    return _stamp(datetime.fromisoformat(value)) if value else None


def _ms(value: int | None) -> str | None:
    """Fxiaoke's time as SQLite holds it."""
    return _stamp(datetime.fromtimestamp(value / 1000, UTC)) if value else None


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _day(value: int | None) -> str | None:
    return datetime.fromtimestamp((value + 8 * 3_600_000) / 1000, UTC).date().isoformat() if value else None


ZOHO_STATUS = {"Closed Won": "won", "Closed Lost": "lost", "Closed Lost to Competition": "lost"}
FXIAOKE_STATUS = {"1": "open", "2": "won", "3": "lost", "4": "void"}


def zoho_holds(crms: Crms) -> dict[str, dict[str, Row]]:
    """Entity → id → what its row must show."""
    api = Zoho(crms.url)

    def records(module: str, *fields: str) -> dict[str, Row]:
        return api.records(module, [*fields, "Owner", "Created_Time", "Modified_Time"])

    def common(raw: Row) -> Row:
        times = {"created_at": _iso(raw["Created_Time"]), "modified_at": _iso(raw["Modified_Time"])}
        return {"owner_id": _id(raw["Owner"]), **times}

    return {
        "users": {
            key: {"name": raw["full_name"], "email": raw["email"], "active": int(raw["status"] == "active")}
            for key, raw in api.users().items()
        },
        "teams": {
            key: {"name": raw["name"], "parent_id": _id(raw["reporting_to"])} for key, raw in api.roles().items()
        },
        "accounts": {
            key: common(raw)
            | {"name": raw["Account_Name"], "industry": _text(raw["Industry"]), "crm_tier": _text(raw["Customer_Tier"])}
            for key, raw in records("Accounts", "Account_Name", "Industry", "Customer_Tier").items()
        },
        "contacts": {
            key: common(raw)
            | {"name": raw["Full_Name"], "account_id": _id(raw["Account_Name"]), "email": _text(raw["Email"])}
            for key, raw in records("Contacts", "Full_Name", "Account_Name", "Email").items()
        },
        "leads": {
            key: common(raw)
            | {
                "company": _text(raw["Company"]),
                "status": _text(raw["Lead_Status"]),
                "converted_at": _iso(raw["Converted_Date_Time"]),
                "converted_account_id": _id(raw["Converted_Account"]),
                "converted_deal_id": _id(raw["Converted_Deal"]),
            }
            for key, raw in records(
                "Leads", "Company", "Lead_Status", "Converted_Date_Time", "Converted_Account", "Converted_Deal"
            ).items()
        },
        "deals": {
            key: common(raw)
            | {
                "name": raw["Deal_Name"],
                "account_id": _id(raw["Account_Name"]),
                "stage": raw["Stage"],
                "stage_status": ZOHO_STATUS.get(raw["Stage"], "open"),
                "amount": _amount(raw["Amount"]),
                "close_date": raw["Closing_Date"],
            }
            for key, raw in records("Deals", "Deal_Name", "Account_Name", "Stage", "Amount", "Closing_Date").items()
        },
    }


def fxiaoke_holds(crms: Crms) -> dict[str, dict[str, Row]]:
    """Entity → id → what its row must show."""
    api = Fxiaoke(crms.url)

    def common(raw: Row) -> Row:
        times = {"created_at": _ms(raw["create_time"]), "modified_at": _ms(raw["last_modified_time"])}
        return {"owner_id": _id(raw.get("owner")), "name": raw["name"], **times}

    return {
        "users": {
            key: {"name": raw["name"], "email": _text(raw["email"]), "active": int(not raw["isStop"])}
            for key, raw in api.users().items()
        },
        "teams": {key: {"name": raw["name"]} for key, raw in api.departments().items()},
        "accounts": {
            key: common(raw) | {"crm_tier": _text(raw.get("customer_tier__c"))}
            for key, raw in api.records("AccountObj").items()
        },
        "contacts": {
            key: common(raw) | {"account_id": _id(raw.get("account_id")), "email": _text(raw.get("email"))}
            for key, raw in api.records("ContactObj").items()
        },
        "leads": {
            key: common(raw)
            | {
                "company": _text(raw.get("company")),
                "status": raw["biz_status"],
                "converted_at": _ms(raw.get("transform_time")),
                "converted_account_id": _id(raw.get("account_id")),
                "converted_deal_id": _id(raw.get("new_opportunity_id")),
            }
            for key, raw in api.records("LeadsObj").items()
        },
        "deals": {
            key: common(raw)
            | {
                "account_id": _id(raw.get("account_id")),
                "stage": raw["sales_stage"],
                "stage_status": FXIAOKE_STATUS[raw["sales_status"]],
                "amount": _amount(raw.get("amount")),
                "close_date": _day(raw.get("close_date")),
            }
            for key, raw in api.records("NewOpportunityObj").items()
        },
    }


HOLDS = {"zoho": zoho_holds, "fxiaoke": fxiaoke_holds}


def assert_mirrors(project: Project, crms: Crms, *sources: str) -> None:
    """Every core table holds exactly the CRM's records, with its values; what is gone there is marked here."""
    for source in sources or ("zoho", "fxiaoke"):
        for entity, wanted in HOLDS[source](crms).items():
            rows = {row["source_id"]: row for row in project.rows(entity, f"source = '{source}'")}
            live = {key: row for key, row in rows.items() if row["deleted_at"] is None}
            assert wanted
            assert live.keys() == wanted.keys(), f"{source} {entity}: {set(live) ^ set(wanted)}"
            for key, values in wanted.items():
                differing = {
                    name: (live[key][name], value) for name, value in values.items() if live[key][name] != value
                }
                assert differing == {}, f"{source} {entity} {key}: {differing}"
    people = {(row["source"], row["user_id"]) for row in project.rows("people")}
    assert people == {(row["source"], row["source_id"]) for row in project.rows("users")}


def live_ids(project: Project, source: str, entity: str, where: str = "1 = 1") -> list[str]:
    return [row["source_id"] for row in project.rows(entity, f"source = '{source}' AND deleted_at IS NULL AND {where}")]


def streams(result: Result) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(one["source"], one["stream"]): one for one in result.document["sync"]}


# --- people at work


def test_after_the_first_sync_every_table_is_the_crm_s(synced: Project, crms: Crms) -> None:
    assert_mirrors(synced, crms)


def work_in_zoho(project: Project, crms: Crms) -> dict[str, str]:
    """A day in Zoho's pages. Returns ids of what matters later."""
    deals, leads = (
        live_ids(project, "zoho", "deals", "stage_status = 'open'"),
        live_ids(project, "zoho", "leads", "converted_at IS NULL"),
    )
    accounts, users = live_ids(project, "zoho", "accounts"), live_ids(project, "zoho", "users", "active = 1")
    crms.edit("zoho", "Deals", "update", deals[0], {"Stage": "Closed Won", "Amount": 123456.78})
    crms.edit("zoho", "Deals", "update", deals[1], {"Stage": "Closed Lost", "Reason_For_Loss__s": "Price"})
    crms.edit("zoho", "Deals", "update", deals[2], {"Owner": users[3], "Amount": None})
    crms.edit(
        "zoho", "Accounts", "update", accounts[0], {"Account_Name": "更名有限公司 'Zeta' \"Ltd\"", "Owner": users[4]}
    )
    crms.edit("zoho", "Accounts", "create", None, {"Account_Name": "Brand New 公司", "Customer_Tier": "B"})
    crms.edit("zoho", "Leads", "create", None, {"Last_Name": "新", "Company": "Lead & Co <b>"})
    crms.edit(
        "zoho",
        "Leads",
        "convert",
        leads[0],
        {"Deals": {"Deal_Name": "Out of a lead", "Stage": "Qualification", "Closing_Date": "2030-01-31"}},
    )
    for module, gone in (
        ("Leads", leads[1]),
        ("Deals", deals[3]),
        ("Contacts", live_ids(project, "zoho", "contacts")[5]),
    ):
        crms.edit("zoho", module, "delete", gone)
    return {"lead": leads[1], "deal": deals[3]}


def work_in_fxiaoke(project: Project, crms: Crms) -> dict[str, str]:
    """A day in Fxiaoke's client. Returns ids of what matters later."""
    deals = live_ids(project, "fxiaoke", "deals", "stage_status = 'open'")
    leads = live_ids(project, "fxiaoke", "leads", "converted_at IS NULL AND owner_id IS NOT NULL")
    accounts, users = live_ids(project, "fxiaoke", "accounts"), live_ids(project, "fxiaoke", "users", "active = 1")
    crms.edit("fxiaoke", "NewOpportunityObj", "update", deals[0], {"sales_stage": "5", "amount": "98765.43"})
    crms.edit("fxiaoke", "NewOpportunityObj", "update", deals[1], {"sales_stage": "6", "lost_reason": "1"})
    crms.edit("fxiaoke", "NewOpportunityObj", "update", deals[2], {"sales_stage": "7"})
    crms.edit("fxiaoke", "AccountObj", "changeOwner", accounts[0], {"owner": [users[4]]})
    crms.edit("fxiaoke", "AccountObj", "create", None, {"name": "全新客户 ' \"", "customer_tier__c": "B"})
    crms.edit("fxiaoke", "LeadsObj", "create", None, {"name": "新线索", "company": "Lead & Co <b>"})
    crms.edit("fxiaoke", "LeadsObj", "convert", leads[0])
    for module, gone in (
        ("LeadsObj", leads[1]),
        ("NewOpportunityObj", deals[3]),
        ("ContactObj", live_ids(project, "fxiaoke", "contacts")[5]),
    ):
        crms.edit("fxiaoke", module, "delete", gone)
    return {"lead": leads[1], "deal": deals[3]}


def test_edits_creates_deletes_conversions_owners_and_restores_arrive_with_the_next_sync(
    synced: Project, crms: Crms
) -> None:
    gone = {"zoho": work_in_zoho(synced, crms), "fxiaoke": work_in_fxiaoke(synced, crms)}

    found = streams(synced.run("sync", *SALES, "--json").expect(0))

    assert_mirrors(synced, crms)
    for source in gone:
        assert [found[source, stream]["new"] for stream in ("accounts", "contacts", "leads", "deals")] == [2, 1, 1, 1]
        assert [found[source, stream]["deleted"] for stream in ("accounts", "contacts", "leads", "deals")] == [
            0,
            1,
            1,
            1,
        ]
        assert found[source, "leads"]["changed"] == 1
        assert found[source, "deals"]["changed"] == 3
        [kept] = synced.rows("leads", f"source_id = '{gone[source]['lead']}'")
        assert kept["deleted_at"] is not None
        assert kept["deleted_reason"]

    crms.edit("zoho", "Leads", "restore", gone["zoho"]["lead"])
    crms.edit("fxiaoke", "LeadsObj", "recover", gone["fxiaoke"]["lead"])
    synced.run("sync", *SALES).expect(0)

    assert_mirrors(synced, crms)
    for source in gone:
        [back] = synced.rows("leads", f"source_id = '{gone[source]['lead']}'")
        assert (back["deleted_at"], back["deleted_reason"]) == (None, None)
        [still] = synced.rows("deals", f"source_id = '{gone[source]['deal']}'")
        assert still["deleted_at"] is not None


def test_a_record_edited_deleted_and_restored_between_two_syncs_is_as_it_is_in_the_end(
    synced: Project, crms: Crms
) -> None:
    zoho, fxiaoke = live_ids(synced, "zoho", "deals")[7], live_ids(synced, "fxiaoke", "deals")[7]
    for amount in (1, 2, 3):
        crms.edit("zoho", "Deals", "update", zoho, {"Amount": amount})
        crms.edit("fxiaoke", "NewOpportunityObj", "update", fxiaoke, {"amount": str(amount)})
    crms.edit("zoho", "Deals", "delete", zoho)
    crms.edit("fxiaoke", "NewOpportunityObj", "delete", fxiaoke)
    crms.edit("zoho", "Deals", "restore", zoho)
    crms.edit("fxiaoke", "NewOpportunityObj", "recover", fxiaoke)

    synced.run("sync", *SALES).expect(0)

    assert_mirrors(synced, crms)
    assert [row["amount"] for row in synced.rows("deals", f"source_id IN ('{zoho}', '{fxiaoke}')")] == [3, 3]


def test_a_sync_without_changes_writes_no_row_and_asks_little(synced: Project, crms: Crms) -> None:
    before = {table: synced.rows(table) for table in ("accounts", "leads", "deals", "users")}
    calls = crms.calls("zoho") + crms.calls("fxiaoke")

    found = streams(synced.run("sync", "--json").expect(0))

    assert {table: synced.rows(table) for table in before} == before
    assert all((one["new"], one["changed"], one["deleted"]) == (0, 0, 0) for one in found.values())
    assert sum(one["calls"] for one in found.values()) == crms.calls("zoho") + crms.calls("fxiaoke") - calls
    assert crms.calls("zoho") + crms.calls("fxiaoke") - calls < 90


def test_an_edit_in_the_same_second_as_a_sync_is_not_lost(synced: Project, crms: Crms) -> None:
    ids = live_ids(synced, "zoho", "deals")[:3]
    for number, deal in enumerate(ids):
        process = synced.start("sync", *SALES, "--source", "zoho")
        while process.poll() is None:
            crms.edit("zoho", "Deals", "update", deal, {"Amount": 1000 + number})
            time.sleep(0.05)
        process.communicate()

    synced.run("sync", *SALES, "--source", "zoho").expect(0)

    assert_mirrors(synced, crms, "zoho")


# --- choosing what is read


def test_stream_and_source_read_only_what_is_named(synced: Project, crms: Crms) -> None:
    work_in_zoho(synced, crms)
    work_in_fxiaoke(synced, crms)
    before = crms.calls("fxiaoke")

    found = streams(synced.run("sync", "--source", "zoho", "--stream", "deals", "--json").expect(0))

    assert set(found) == {("zoho", "deals")}
    assert crms.calls("fxiaoke") == before
    rows = {row["source_id"] for row in synced.rows("deals", "source = 'zoho' AND deleted_at IS NULL")}
    assert rows == set(zoho_holds(crms)["deals"])
    assert len(synced.rows("leads", "source = 'zoho'")) == len(zoho_holds(crms)["leads"])  # one new, one not marked yet
    synced.run("sync", *SALES).expect(0)
    assert_mirrors(synced, crms)


def test_full_reads_every_record_again_and_finds_nothing_changed(synced: Project, crms: Crms) -> None:
    counts = crms.control("state")["counts"]

    found = streams(synced.run("sync", *SALES, "--full", "--json").expect(0))

    assert found["zoho", "leads"]["rows"] == counts["zoho"]["Leads"]
    assert found["fxiaoke", "deals"]["rows"] == counts["fxiaoke"]["NewOpportunityObj"]
    assert all((one["new"], one["changed"], one["deleted"]) == (0, 0, 0) for one in found.values())
    assert_mirrors(synced, crms)


def test_full_repairs_a_row_that_somebody_changed_in_the_warehouse(synced: Project, crms: Crms) -> None:
    import sqlite3  # noqa: PLC0415 - used here only

    with sqlite3.connect(synced.database) as connection:
        connection.execute("DELETE FROM leads WHERE source = 'zoho'")
        connection.execute("UPDATE accounts SET name = 'mine', row_hash = 'x' WHERE source = 'fxiaoke'")
    connection.close()

    synced.run("sync", *SALES, "--full").expect(0)

    assert_mirrors(synced, crms)


# --- trouble on the way


def test_tokens_that_expire_in_mid_run_are_replaced_and_nothing_is_missing(fresh: Project, crms: Crms) -> None:
    crms.faults(
        ({"system": "zoho", "path": "/crm/v8/Leads", "nth": 2}, {"error_code": "INVALID_TOKEN", "status": 401}),
        ({"system": "fxiaoke", "path": "/cgi/crm/v2/data/query", "nth": 3}, {"error_code": 20016}),
    )

    fresh.run("sync", *SALES).expect(0)

    assert crms.fired() == [1, 1]
    assert_mirrors(fresh, crms)


def test_a_token_that_an_administrator_revoked_is_replaced(synced: Project, crms: Crms) -> None:
    crms.edit("fxiaoke", "switches", "expire_tokens")
    crms.edit("fxiaoke", "AccountObj", "create", None, {"name": "后来的客户"})

    synced.run("sync", *SALES, "--source", "fxiaoke").expect(0)

    assert_mirrors(synced, crms, "fxiaoke")


TROUBLE: dict[str, dict[str, Any]] = {
    "500": {"status": 500, "body": "<html>", "headers": {"Retry-After": "1"}},
    "torn off before": {"disconnect": "before"},
    "torn off after": {"disconnect": "after", "when": "after"},
    "half a body": {"truncate": 300, "disconnect": "after"},
    "a body that is no JSON": {"body": "<html>maintenance</html>"},
    "late": {"delay_ms": 1500},
}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_with_single_pages_costs_time_and_no_record(name: str, fresh: Project, crms: Crms) -> None:
    crms.faults(
        ({"system": "zoho", "path": "/crm/v8/Leads", "nth": 2}, TROUBLE[name]),
        ({"system": "zoho", "path": "/crm/v8/Deals/deleted", "nth": 1}, TROUBLE[name]),
        ({"system": "fxiaoke", "path": "/cgi/crm/v2/data/query", "nth": 4}, TROUBLE[name]),
        ({"system": "fxiaoke", "path": "/cgi/user/list", "nth": 1}, TROUBLE[name]),
    )

    fresh.run("sync", *SALES).expect(0)

    assert crms.fired() == [1, 1, 1, 1]
    assert_mirrors(fresh, crms)


def test_a_source_that_fails_in_the_middle_goes_on_where_it_stopped(fresh: Project, crms: Crms) -> None:
    down = {"status": 503, "body": "", "headers": {"Retry-After": "1"}}
    crms.faults(({"system": "zoho", "path": "/crm/v8/Leads", "nth": 3, "times": 6}, down))
    result = fresh.run("sync", *SALES, "--json").expect(1)
    assert "zoho/leads" in result.document["problems"][0]
    kept = len(fresh.rows("leads", "source = 'zoho'"))
    total = crms.control("state")["counts"]["zoho"]["Leads"]
    assert 300 < kept <= 400, "two pages of 200 came, perhaps with records that come twice"
    assert_mirrors(fresh, crms, "fxiaoke")

    crms.faults()
    found = streams(fresh.run("sync", *SALES, "--json").expect(0))

    assert found["zoho", "leads"]["new"] == total - kept
    assert_mirrors(fresh, crms)


def test_of_two_syncs_at_once_the_second_says_who_holds_the_source_and_exits_3(synced: Project, crms: Crms) -> None:
    work_in_zoho(synced, crms)
    crms.faults(({"system": "zoho", "path": "/crm/v8/Accounts", "nth": 1}, {"delay_ms": 6000}))
    first = synced.start("sync")
    until = time.monotonic() + 30
    while crms.fired() == [0]:
        assert time.monotonic() < until
        time.sleep(0.05)

    second = synced.run("sync", *SALES, "--source", "zoho").expect(3)

    assert "zoho is held by run" in second.out
    assert f"crmsync sync, process {first.pid} on" in second.out
    assert first.communicate(timeout=120) is not None
    assert first.returncode == 0
    assert_mirrors(synced, crms)


def test_a_source_is_free_again_at_once_when_its_holder_is_killed(synced: Project, crms: Crms) -> None:
    crms.faults(({"system": "zoho", "path": "/crm/v8/Accounts", "nth": 1}, {"delay_ms": 3000}))
    first = synced.start("sync")
    until = time.monotonic() + 30
    while crms.fired() == [0]:
        assert time.monotonic() < until
        time.sleep(0.05)
    first.kill()
    first.communicate()

    synced.run("sync", *SALES, "--source", "zoho").expect(0)

    [dead] = synced.rows("ops_run", f"pid = {first.pid}")
    assert (dead["state"], dead["error"]) == ("failed", "the process ended without a word")
