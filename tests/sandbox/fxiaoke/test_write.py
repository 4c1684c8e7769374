"""Writing, and people's acts: docs/vendor/fxiaoke.md §5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

QUIET: dict[str, Any] = {"triggerWorkFlow": False, "triggerApprovalFlow": False}
UPDATE = "/cgi/crm/v2/data/update"


def account(client: Client, place: int = 0) -> dict[str, Any]:
    return client.rows("AccountObj")[place]


def test_an_update_changes_what_is_sent_and_leaves_its_marks(fxiaoke: Client) -> None:
    before = account(fxiaoke)
    answer = fxiaoke.update("AccountObj", before["_id"], {"customer_tier__c": "A", "tier_reason__c": "好客户"}, **QUIET)
    assert answer.pop("traceId").startswith("E-O.")
    assert answer == {"errorCode": 0, "errorMessage": "OK", "errorDescription": "success"}
    after = fxiaoke.get("AccountObj", before["_id"])["data"]
    assert (after["customer_tier__c"], after["tier_reason__c"]) == ("A", "好客户")
    assert int(after["version"]) == int(before["version"]) + 1
    assert after["last_modified_by"] == ["1000"]
    assert after["last_modified_time"] > before["last_modified_time"]
    assert after["name"] == before["name"]
    assert fxiaoke.last_write() == {
        "n": fxiaoke.last_write()["n"],
        "system": "fxiaoke",
        "method": "POST",
        "path": UPDATE,
        "status": 200,
        "automation": False,
        "records": [
            {"id": before["_id"], "field": "customer_tier__c", "before": None, "after": "A", "outcome": "applied"},
            {"id": before["_id"], "field": "tier_reason__c", "before": None, "after": "好客户", "outcome": "applied"},
        ],
    }


@pytest.mark.parametrize(
    ("switches", "fires"),
    [({}, True), ({"triggerWorkFlow": False}, True), ({"triggerApprovalFlow": False}, True), (QUIET, False)],
)
def test_automation_fires_unless_both_triggers_are_off(fxiaoke: Client, switches: dict[str, Any], fires: bool) -> None:  # noqa: FBT001
    fxiaoke.update("AccountObj", account(fxiaoke, 1)["_id"], {"remark": "x"}, **switches)
    assert fxiaoke.last_write()["automation"] is fires


def test_an_update_moves_the_record_into_the_next_increment(fxiaoke: Client) -> None:
    target = account(fxiaoke, 2)["_id"]
    fxiaoke.update("AccountObj", target, {"remark": "again"}, **QUIET)
    changed = fxiaoke.get("AccountObj", target)["data"]["last_modified_time"]
    assert [row["_id"] for row in fxiaoke.rows("AccountObj", ("last_modified_time", "GTE", [changed]))] == [target]


def test_a_score_is_written_as_number_or_text_and_read_as_text(fxiaoke: Client) -> None:
    record = fxiaoke.rows("performance__c")[0]["_id"]
    for sent, read in ((87.5, "87.50"), ("91.25", "91.25"), (90, "90.00")):
        assert fxiaoke.update("performance__c", record, {"score__c": sent, "rank__c": "1"})["errorCode"] == 0
        assert fxiaoke.get("performance__c", record)["data"]["score__c"] == read
    assert fxiaoke.get("performance__c", record)["data"]["rank__c"] == "1"


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_value_clears_a_field(fxiaoke: Client, empty: Any) -> None:
    target = account(fxiaoke, 3)["_id"]
    fxiaoke.update("AccountObj", target, {"customer_tier__c": "B"})
    fxiaoke.update("AccountObj", target, {"customer_tier__c": empty})
    assert "customer_tier__c" not in fxiaoke.get("AccountObj", target)["data"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"customer_tier__c": "Platinum"}, 500),
        ({"customer_tier__c": ["A"]}, 500),
        ({"field_a1B2c__c": "12.345"}, 500),
        ({"field_a1B2c__c": "12,5"}, 500),
        ({"field_a1B2c__c": "1e400"}, 500),
        ({"field_a1B2c__c": "NaN"}, 500),
        ({"field_a1B2c__c": True}, 500),
        ({"remark": "长" * 2001}, 500),
        ({"remark": 7}, 500),
        ({"field_d4T5e__c": "2026-01-01"}, 500),
        ({"field_d4T5e__c": 10**18}, 500),
        ({"field_d4T5e__c": 253_402_272_000_000}, 500),
        ({"field_d4T5e__c": -62_135_596_800_001}, 500),
        ({"field_b0O1l__c": "maybe"}, 500),
        ({"field_m2N3y__c": ["m9"]}, 500),
        ({"field_m2N3y__c": "m1"}, 500),
        ({"name": ""}, 500),
        ({"parent_account_id": "65f0c0ffee00000000000999"}, 201112011),
        ({"data_own_department": "1001"}, 500),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_changes_nothing(
    fxiaoke: Client, values: dict[str, Any], code: int
) -> None:
    before = account(fxiaoke, 4)
    answer = fxiaoke.update("AccountObj", before["_id"], {"fax": "021-1", **values}, **QUIET)
    assert answer["errorCode"] == code
    assert fxiaoke.get("AccountObj", before["_id"])["data"] == before
    write = fxiaoke.last_write()
    assert {record["outcome"] for record in write["records"]} == {str(code)}
    assert write["automation"] is False
    assert all(record["before"] == record["after"] for record in write["records"])


def test_unknown_and_protected_fields_are_passed_over_in_silence(fxiaoke: Client) -> None:
    before = account(fxiaoke, 5)
    values = {"no_such__c": "x", "owner": ["1002"], "life_status": "invalid", "version": "1", "account_no": "C-9"}
    assert fxiaoke.update("AccountObj", before["_id"], {**values, "fax": "021-2"})["errorCode"] == 0
    after = fxiaoke.get("AccountObj", before["_id"])["data"]
    assert after["fax"] == "021-2"
    assert [after[name] for name in ("owner", "life_status", "account_no")] == [
        before[name] for name in ("owner", "life_status", "account_no")
    ]
    outcomes = {record["field"]: record["outcome"] for record in fxiaoke.last_write()["records"]}
    assert outcomes == {**dict.fromkeys(values, "ignored"), "fax": "applied"}


def test_a_locked_record_refuses_edits(fxiaoke: Client) -> None:
    target = account(fxiaoke, 6)["_id"]
    assert fxiaoke.edit("AccountObj", "lock", target)["lock_status"] == "1"
    answer = fxiaoke.update("AccountObj", target, {"customer_tier__c": "A"}, **QUIET)
    assert answer["errorCode"] == 50009
    assert answer["errorMessage"] == "不能进行[编辑]操作，以下这些数据已被锁定。"
    assert fxiaoke.last_write()["records"] == [
        {"id": target, "field": "customer_tier__c", "before": None, "after": None, "outcome": "50009"}
    ]
    fxiaoke.edit("AccountObj", "unlock", target)
    assert fxiaoke.update("AccountObj", target, {"customer_tier__c": "A"}, **QUIET)["errorCode"] == 0


def test_what_nobody_owns_cannot_be_edited(fxiaoke: Client) -> None:
    pooled = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["un_assigned"]))[0]["_id"]
    assert fxiaoke.update("LeadsObj", pooled, {"remark": "mine"})["errorCode"] == 50009


@pytest.mark.parametrize(("place", "status"), [(7, "under_review"), (10, "in_change")])
def test_what_is_in_approval_cannot_be_edited(fxiaoke: Client, place: int, status: str) -> None:
    target = account(fxiaoke, place)["_id"]
    fxiaoke.edit("switches", "update", None, simulate_approval=True, approval_status=status)
    assert fxiaoke.update("AccountObj", target, {"fax": "1"}, **QUIET)["errorCode"] == 0
    assert fxiaoke.get("AccountObj", target)["data"]["life_status"] == "normal"
    assert fxiaoke.update("AccountObj", target, {"fax": "2"}, triggerWorkFlow=False)["errorCode"] == 0
    assert fxiaoke.get("AccountObj", target)["data"]["life_status"] == status
    assert fxiaoke.update("AccountObj", target, {"fax": "3"}, **QUIET)["errorCode"] == 50009
    fxiaoke.edit("switches", "update", None, simulate_approval=False, approval_status="under_review")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": {"dataObjectApiName": "AccountObj", "object_data": {"_id": "x"}}}, 32000),
        ({"data": {"object_data": {"dataObjectApiName": "AccountObj"}}}, 32000),
        ({"data": {"object_data": {"dataObjectApiName": "AccountObj", "_id": "65f0"}}}, 500),
        ({"data": {"object_data": {"dataObjectApiName": "performance__c", "_id": "65f0"}}}, 10006),
        ({"data": {"object_data": []}}, 32000),
        ({"data": []}, 32000),
        ({}, 32000),
    ],
)
def test_an_update_that_names_no_record_is_refused(fxiaoke: Client, body: dict[str, Any], code: int) -> None:
    assert fxiaoke.new(UPDATE, body)["errorCode"] == code


def test_a_stage_brings_its_status_and_probability(fxiaoke: Client) -> None:
    deal = fxiaoke.rows("NewOpportunityObj", ("sales_status", "EQ", ["1"]))[0]["_id"]
    fxiaoke.update("NewOpportunityObj", deal, {"sales_stage": "4"}, **QUIET)
    moved = fxiaoke.get("NewOpportunityObj", deal)["data"]
    assert (moved["sales_status"], moved["probability"]) == ("1", "80")


def test_a_deal_that_somebody_wins_early_closes_today(fxiaoke: Client) -> None:
    later = ("close_date", "GT", [1_798_000_000_000])
    deal = fxiaoke.rows("NewOpportunityObj", ("sales_status", "EQ", ["1"]), later)[0]
    won = fxiaoke.edit("NewOpportunityObj", "update", deal["_id"], sales_stage="5")
    now_s = won["last_modified_time"] // 1000
    assert won["close_date"] == ((now_s + 28_800) // 86_400 * 86_400 - 28_800) * 1000
    assert (won["sales_status"], won["probability"]) == ("2", "100")
    assert won["last_modified_by"] == deal["owner"]
    lost = fxiaoke.edit("NewOpportunityObj", "update", deal["_id"], sales_stage="6", close_date=1_795_363_200_000)
    assert (lost["close_date"], lost["sales_status"], lost["probability"]) == (1_795_363_200_000, "3", "0")


def test_invalidating_hides_and_recovering_brings_back(fxiaoke: Client) -> None:
    target = account(fxiaoke, 8)
    body = {"data": {"object_data_id": target["_id"], "dataObjectApiName": "AccountObj"}}
    assert fxiaoke.new("/cgi/crm/v2/data/invalid", body)["errorCode"] == 0
    assert fxiaoke.last_write()["records"] == [
        {"id": target["_id"], "field": "life_status", "before": "normal", "after": "invalid", "outcome": "applied"}
    ]
    assert fxiaoke.get("AccountObj", target["_id"])["errorCode"] == 500
    assert fxiaoke.rows("AccountObj", ("_id", "EQ", [target["_id"]])) == []
    assert fxiaoke.new("/cgi/crm/v2/data/invalid", body)["errorCode"] == 500
    back = fxiaoke.edit("AccountObj", "recover", target["_id"])
    assert (back["life_status"], back["name"]) == ("normal", target["name"])
    assert fxiaoke.get("AccountObj", target["_id"])["errorCode"] == 0


def test_a_person_deletes_creates_and_hands_over(fxiaoke: Client) -> None:
    made = fxiaoke.edit("LeadsObj", "create", None, name="Zoë", company="Ünï Ltd", owner="1004", source="1")
    assert (made["owner"], made["biz_status"], made["data_own_department"]) == (["1004"], "un_processed", ["1001"])
    handed = fxiaoke.edit("LeadsObj", "changeOwner", made["_id"], owner=["1006"])
    assert (handed["owner"], handed["data_own_department"], handed["version"]) == (["1006"], ["1002"], "2")
    assert handed["owner_change_time"] == handed["last_modified_time"]
    gone = fxiaoke.edit("LeadsObj", "delete", made["_id"])
    assert (gone["life_status"], gone["is_deleted"]) == ("invalid", True)
    assert fxiaoke.get("LeadsObj", made["_id"])["errorCode"] == 500


def test_a_lead_becomes_account_contact_and_deal(fxiaoke: Client) -> None:
    lead = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["processed"]))[0]
    done = fxiaoke.edit(
        "LeadsObj", "convert", lead["_id"], NewOpportunityObj={"amount": "12000.00", "sales_stage": "2"}
    )
    assert done["biz_status"] == "transformed"
    assert done["transform_time"] == done["last_modified_time"]
    company = fxiaoke.get("AccountObj", done["account_id"])["data"]
    person = fxiaoke.get("ContactObj", done["contact_id"])["data"]
    deal = fxiaoke.get("NewOpportunityObj", done["new_opportunity_id"])["data"]
    assert (company["name"], company["leads_id"], company["owner"]) == (lead["company"], lead["_id"], lead["owner"])
    assert (person["name"], person["account_id"], person["mobile1"]) == (lead["name"], company["_id"], lead["mobile"])
    assert (deal["amount"], deal["account_id"], deal["leads_id"]) == ("12000.00", company["_id"], lead["_id"])


@pytest.mark.parametrize(
    ("module", "action", "values"),
    [
        ("NopeObj", "update", {}),
        ("LeadsObj", "fly", {}),
        ("LeadsObj", "update", {}),
        ("LeadsObj", "create", {"no_such": 1}),
        ("LeadsObj", "create", {"source": "官网"}),
        ("AccountObj", "convert", {}),
        ("switches", "update", {"limit": "many"}),
        ("switches", "update", {"nope": 1}),
    ],
)
def test_an_act_that_cannot_be_is_told_in_one_line(
    fxiaoke: Client, module: str, action: str, values: dict[str, Any]
) -> None:
    body = {"system": "fxiaoke", "module": module, "action": action, "id": "65f0", "values": values}
    answer = fxiaoke.session.post(f"{fxiaoke.base}/_sandbox/edit", json=body, timeout=10)
    assert answer.status_code == 400
    assert answer.json()["error"]
