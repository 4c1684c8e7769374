"""The scale awkward: docs/vendor/fxiaoke.md §3.3, §3.4, §4.2, §11."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from sandbox.fxiaoke.system import FxiaokeSystem
from sandbox.server import Sandbox
from sandbox.world import World
from tests.sandbox.fxiaoke.conftest import Client
from tests.sandbox.fxiaoke.test_query import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 11, 24, 3, tzinfo=UTC)
BY_ID = [{"fieldName": "_id", "isAsc": True}]
# The types of §3.3, and how a value of each looks on the wire.
WIRE: dict[str, Any] = {
    "text": str,
    "long_text": str,
    "html_rich_text": str,
    "email": str,
    "url": str,
    "phone_number": str,
    "auto_number": str,
    "select_one": str,
    "select_many": list,
    "number": str,
    "currency": str,
    "percentile": str,
    "date": int,
    "date_time": int,
    "time": int,
    "true_or_false": bool,
    "employee": list,
    "employee_many": list,
    "department": list,
    "department_many": list,
    "out_employee": list,
    "object_reference": str,
    "master_detail": str,
    "object_reference_many": list,
    "file_attachment": list,
    "image": list,
    "signature": list,
    "formula": str,
    "count": str,
    "country": str,
    "province": str,
    "city": str,
    "district": str,
    "town": str,
    "location": str,
    "embedded_object_list": list,
    "tag": list,
    "array": list,
    "tree_path": str,
}


@pytest.fixture(scope="module")
def awkward() -> Iterator[Client]:
    with Sandbox(only="fxiaoke", scale="awkward", fxiaoke_limit=1_000_000, started_at=START) as sandbox:
        client = Client(sandbox)
        yield client
        client.session.close()


@pytest.fixture(scope="module")
def leads(awkward: Client) -> list[dict[str, Any]]:
    return scan(awkward, "LeadsObj")


def test_there_is_one_lead_more_than_pages_by_offset_reach(awkward: Client, leads: list[dict[str, Any]]) -> None:
    assert len(leads) == len({lead["_id"] for lead in leads}) == 10_001
    last = awkward.query("LeadsObj", limit=100, offset=10_000, orders=BY_ID)["data"]
    assert (last["total"], [row["_id"] for row in last["dataList"]]) == (10_001, [leads[-1]["_id"]])
    assert awkward.query("LeadsObj", limit=100, offset=10_001)["errorCode"] == 10013


def test_five_hundred_leads_share_a_millisecond_and_as_many_a_second(leads: list[dict[str, Any]]) -> None:
    # An hour, and an hour and a second, after the last midnight but one in China.
    instant = 1_795_449_600_000 - 86_400_000 + 3_600_000
    times = Counter(lead["last_modified_time"] for lead in leads)
    assert times.most_common(1) == [(instant, 500)]
    assert sum(number for time, number in times.items() if time // 1000 == instant // 1000 + 1) == 500
    assert all(lead["create_time"] <= lead["last_modified_time"] for lead in leads)


def test_names_are_hostile(awkward: Client, leads: list[dict[str, Any]]) -> None:
    hostile = {
        "=cmd|' /C calc'!A0",
        "<script>alert(1)</script>",
        "𠮷野家 𝒳 𪚥",
        "😀 表情公司 👩‍👩‍👧‍👦",
        "引号 \"双\" '单' `反` “中文”",
        "two\nlines",
        "长" * 100,
    }
    assert hostile <= {lead["name"] for lead in leads}
    assert hostile <= {deal["name"] for deal in scan(awkward, "NewOpportunityObj")}
    assert {len(lead["remark"]) for lead in leads if lead.get("name") in hostile} == {255}
    assert "长" * 200 in {account["name"] for account in scan(awkward, "AccountObj")}
    found = awkward.rows("LeadsObj", ("name", "EQ", ["=cmd|' /C calc'!A0"]))
    assert [row["name"] for row in found] == ["=cmd|' /C calc'!A0"]


def test_owners_are_missing_stopped_or_gone(awkward: Client, leads: list[dict[str, Any]]) -> None:
    owners = Counter(lead.get("owner", [""])[0] for lead in leads)
    assert owners["1099"] == 10
    assert owners["1021"] >= 10
    nobody = [lead for lead in leads if "owner" not in lead and "leads_pool_id" not in lead]
    assert len(nobody) == 10
    gone = next(lead for lead in leads if lead.get("owner") == ["1099"])
    assert not {"owner__r", "owner__l", "owner_department"} & gone.keys()
    assert awkward.new("/cgi/user/get", {"openUserId": "1099"})["errorCode"] == 20012
    person = next(lead for lead in leads if lead.get("owner") == ["1021"])["owner__r"]
    assert person["status"] == 1


def test_the_system_user_makes_and_owns_records(awkward: Client, leads: list[dict[str, Any]]) -> None:
    made = awkward.rows("LeadsObj", ("created_by", "EQ", ["-10000"]))
    assert len(made) == 10
    system = {"id": "-10000", "name": "系统"}
    assert all(lead["created_by__r"] == lead["last_modified_by__r"] == system for lead in made)
    owned = [lead for lead in leads if lead.get("owner") == ["-10000"]]
    assert [(lead["owner__r"], lead["relevant_team__r"]) for lead in owned] == [(system, "系统")] * 2
    body = {"data": {"dataObjectApiName": "LeadsObj", "objectDataId": owned[0]["_id"]}}
    legacy = awkward.legacy("/cgi/crm/v2/data/get", body, "1000")["data"]
    assert (legacy["owner"], legacy["created_by"]) == (["-10000"], ["-10000"])


def test_records_are_in_each_state_and_some_are_locked(awkward: Client, leads: list[dict[str, Any]]) -> None:
    assert {lead["life_status"] for lead in leads} == {"normal", "under_review", "in_change", "ineffective"}
    assert sum(lead["lock_status"] == "1" for lead in leads) == 10
    locked = next(lead["_id"] for lead in leads if lead["lock_status"] == "1")
    assert awkward.update("LeadsObj", locked, {"remark": "x"})["errorCode"] == 50009
    assert {lead["record_type"] for lead in leads} == {"default__c", "record_k3A9x__c"}
    assert {len(lead["_id"]) for lead in leads} == {24, 32}
    assert any((lead["create_time"] + 28_800_000) % 86_400_000 == 0 for lead in leads)


def test_an_account_has_a_custom_field_of_each_type(awkward: Client) -> None:
    answer = awkward.new("/cgi/crm/v2/object/describe", {"data": {"apiName": "AccountObj"}})
    fields = answer["data"]["describe"]["fields"]
    custom = {name: field["type"] for name, field in fields.items() if name.startswith("field_t")}
    assert set(custom.values()) == {*WIRE, "quote"}
    assert len(fields) > 50
    accounts = scan(awkward, "AccountObj")
    full = [row for row in accounts if any(name in row for name, kind in custom.items() if kind == "text")]
    assert len(full) == 52
    for name, kind in custom.items():
        values = [row[name] for row in full if name in row]
        assert kind == "quote" or len(values) == 52
        assert {type(value) for value in values} <= {WIRE.get(kind, str)}
    shown = full[0]
    by_type = {kind: name for name, kind in custom.items()}
    assert shown[f"{by_type['html_rich_text']}__o"] == "你好 world & <tag>"
    labels = {"country": "中国", "province": "上海市", "city": "上海", "district": "徐汇区", "town": "天平路街道"}
    assert {kind: shown[f"{by_type[kind]}__r"] for kind in labels} == labels
    assert len(shown[f"{by_type['employee_many']}__l"]) == 2
    assert shown[by_type["location"]] == "121.47#%$31.23#%$上海市示例路1号"
    assert shown[by_type["file_attachment"]][0].keys() == {"filename", "path", "ext", "size"}
    for kind in ("image", "signature"):
        assert shown[by_type[kind]][0].keys() == {"ext", "path", "filename", "size", "isImage"}
    assert {row[f"{by_type['select_one']}__o"] for row in full if row[by_type["select_one"]] == "other"} == {"自己写的"}
    assert {"UDSText2__c", "UDCal1__c", "UDAttach1__c", "UDImg1__c"} <= fields.keys()


def test_formula_rollup_and_quote_follow_without_a_new_modified_time(awkward: Client) -> None:
    names = awkward.new("/cgi/crm/v2/object/describe", {"data": {"apiName": "AccountObj"}})["data"]["describe"][
        "fields"
    ]
    by_type = {field["type"]: name for name, field in names.items() if name.startswith("field_t")}
    deal = awkward.rows("NewOpportunityObj", limit=1)[0]
    before = awkward.get("AccountObj", deal["account_id"])["data"]
    awkward.edit("NewOpportunityObj", "delete", deal["_id"])
    after = awkward.get("AccountObj", deal["account_id"])["data"]
    assert int(after[by_type["count"]]) == int(before[by_type["count"]]) - 1
    assert (after["last_modified_time"], after["version"]) == (before["last_modified_time"], before["version"])
    child = next(row for row in scan(awkward, "AccountObj") if "parent_account_id" in row)
    assert child[by_type["quote"]] == child["parent_account_id__r"]
    number = next(row for row in scan(awkward, "AccountObj") if row.get(by_type["number"]) == "12345678.12345")
    assert number[by_type["formula"]] == "123456.78"
    assert awkward.update("AccountObj", number["_id"], {by_type["formula"]: "1"})["errorCode"] == 0
    assert awkward.get("AccountObj", number["_id"])["data"][by_type["formula"]] == "123456.78"


def test_a_moved_rollup_or_quote_may_count_as_a_change(awkward: Client) -> None:
    deal = awkward.rows("NewOpportunityObj", limit=1)[0]
    child = awkward.rows("AccountObj", ("parent_account_id", "ISN", []))[0]

    def marks(record_id: str) -> tuple[int, int]:
        row = awkward.get("AccountObj", record_id)["data"]
        return int(row["version"]), row["last_modified_time"]

    before = marks(deal["account_id"]), marks(child["_id"])
    awkward.edit("switches", "update", None, computed_bumps=True)
    try:
        awkward.edit("NewOpportunityObj", "update", deal["_id"], amount="1.00")
        assert marks(deal["account_id"]) == before[0]
        awkward.edit("NewOpportunityObj", "delete", deal["_id"])
        awkward.edit("AccountObj", "update", child["parent_account_id"], name="改名")
    finally:
        awkward.edit("switches", "update", None, computed_bumps=False)
    after = marks(deal["account_id"]), marks(child["_id"])
    for (version, time), (old_version, old_time) in zip(after, before, strict=True):
        assert version == old_version + 1
        assert time > old_time
    assert awkward.get("AccountObj", child["_id"])["data"]["last_modified_by"] == ["-10000"]
    awkward.edit("NewOpportunityObj", "recover", deal["_id"])
    assert marks(deal["account_id"]) == after[0]


def test_a_quote_moves_when_what_it_quotes_goes_and_comes_back(awkward: Client) -> None:
    child = awkward.rows("AccountObj", ("parent_account_id", "ISN", []))[1]
    awkward.edit("switches", "update", None, computed_bumps=True)
    try:
        for times, action in enumerate(("delete", "recover"), start=1):
            awkward.edit("AccountObj", action, child["parent_account_id"])
            now = awkward.get("AccountObj", child["_id"])["data"]
            assert int(now["version"]) == int(child["version"]) + times
    finally:
        awkward.edit("switches", "update", None, computed_bumps=False)


def test_files_lists_and_areas_can_be_written(awkward: Client) -> None:
    fields = awkward.new("/cgi/crm/v2/object/describe", {"apiName": "AccountObj"})["data"]["describe"]["fields"]
    by_type = {field["type"]: name for name, field in fields.items() if name.startswith("field_t")}
    target = awkward.rows("AccountObj")[0]["_id"]
    file = {"filename": "a.pdf", "path": "N_1", "ext": "pdf", "size": 1}
    for kind, good, bad in (
        ("file_attachment", [file], [{"filename": "a.pdf"}]),
        ("tag", ["x"], "x"),
        ("department_many", ["1001"], [1001]),
        ("object_reference_many", ["a", "b"], {"a": "b"}),
    ):
        assert awkward.update("AccountObj", target, {by_type[kind]: bad})["errorCode"] == 500
        assert awkward.update("AccountObj", target, {by_type[kind]: good})["errorCode"] == 0
        assert awkward.get("AccountObj", target)["data"][by_type[kind]] == good
    for operator, code in (("ISN", 0), ("EQ", 32000)):
        values = ["x"] if code else []
        condition = {"field_name": by_type["file_attachment"], "operator": operator, "field_values": values}
        assert awkward.query("AccountObj", filters=[condition])["errorCode"] == code


def test_an_order_by_files_or_objects_is_passed_over(awkward: Client) -> None:
    fields = awkward.new("/cgi/crm/v2/object/describe", {"apiName": "AccountObj"})["data"]["describe"]["fields"]
    unsorted = awkward.query("AccountObj", limit=100)["data"]["dataList"]
    names = [name for name, field in fields.items() if not field["is_index"]]
    assert {fields[name]["type"] for name in names} == {"file_attachment", "image", "signature", "embedded_object_list"}
    for name in names:
        answer = awkward.query("AccountObj", limit=100, orders=[{"fieldName": name, "isAsc": True}])
        assert (answer["errorCode"], answer["data"]["dataList"]) == (0, unsorted)


def test_deals_are_in_four_currencies(awkward: Client) -> None:
    deals = scan(awkward, "NewOpportunityObj")
    assert {deal["mc_currency"] for deal in deals} == {"CNY", "USD", "EUR", "JPY"}
    rates = {deal["mc_currency"]: deal["mc_exchange_rate"] for deal in deals}
    assert rates == {"CNY": "1.000000", "USD": "7.118200", "EUR": "7.743100", "JPY": "0.046800"}
    assert {deal["mc_functional_currency"] for deal in deals} == {"CNY"}


def test_a_contact_has_its_first_number_in_one_field_too(awkward: Client) -> None:
    fields = awkward.new("/cgi/crm/v2/object/describe", {"apiName": "ContactObj"})["data"]["describe"]["fields"]
    assert (fields["mobile"]["type"], fields["tel"]["type"]) == ("phone_number", "phone_number")
    contact = awkward.rows("ContactObj", ("tel1", "ISN", []))[0]
    assert (contact["mobile"], contact["tel"]) == (contact["mobile1"], contact["tel1"])
    found = awkward.rows("ContactObj", ("mobile", "EQ", [contact["mobile1"]]), fieldProjection=["_id", "mobile"])
    assert {"_id": contact["_id"], "mobile": contact["mobile1"]} in found
    awkward.update("ContactObj", contact["_id"], {"mobile1": "", "mobile2": "13900000009", "mobile": "1"})
    assert awkward.get("ContactObj", contact["_id"])["data"]["mobile"] == "13900000009"
    owner = contact["owner"][0]
    assert awkward.get("ContactObj", contact["_id"], user=owner)["data"]["mobile"] == "139****0009"


def test_a_tenant_has_a_stage_of_its_own(awkward: Client) -> None:
    answer = awkward.new("/cgi/crm/v2/object/describe", {"apiName": "NewOpportunityObj"})
    options = answer["data"]["describe"]["fields"]["sales_stage"]["options"]
    assert [option["value"] for option in options] == ["1", "2", "3", "4", "5", "6", "7", "kQ7mZ2xP9"]
    deals = awkward.rows("NewOpportunityObj", ("sales_stage", "EQ", ["kQ7mZ2xP9"]))
    assert len(deals) > 5
    assert {(deal["sales_status"], deal["probability"]) for deal in deals} == {("1", "80")}
    assert {deal["sales_stage__r"] for deal in deals if "sales_stage__r" in deal} == {"试用"}


def test_days_lie_on_local_midnight_on_either_side_of_1970(awkward: Client) -> None:
    born = {row["date_of_birth"] for row in scan(awkward, "ContactObj") if "date_of_birth" in row}
    assert {-115_200_000, -28_800_000, 951_753_600_000, 4_102_329_600_000} <= born
    # 4 May 1986, when China put its clocks forward, and 15 September 1991, when it put them back for the last time.
    assert {515_520_000_000, 684_864_000_000} <= born
    assert {(day + 28_800_000) % 86_400_000 for day in born} == {0}


def test_instants_lie_on_clock_changes_of_others_and_just_before(awkward: Client) -> None:
    answer = awkward.new("/cgi/crm/v2/object/describe", {"data": {"apiName": "AccountObj"}})
    fields = answer["data"]["describe"]["fields"]
    name = next(name for name, field in fields.items() if name.startswith("field_t") and field["type"] == "date_time")
    instants = {row[name] for row in scan(awkward, "AccountObj") if name in row}
    # Berlin on 29 March and 25 October 2026 at 01:00 UTC; New York on 8 March at 07:00 and 1 November at 06:00.
    changes = {1_774_746_000_000, 1_792_890_000_000, 1_772_953_200_000, 1_793_512_800_000}
    assert changes | {change - 1 for change in changes} <= instants


def test_many_leads_are_transferred_and_tell_when(leads: list[dict[str, Any]]) -> None:
    done = [lead for lead in leads if lead["biz_status"] == "transformed"]
    assert len(done) > 1_000
    assert all("transform_time" in lead for lead in done)
    assert not any("transform_time" in lead for lead in leads if lead["biz_status"] != "transformed")


def test_an_old_tenant_has_old_opportunities_and_another_name_for_the_amount(awkward: Client) -> None:
    old = scan(awkward, "OpportunityObj")
    assert len(old) == 60
    assert {row["biz_status"] for row in old} == {"running", "win", "lose"}
    assert {len(row["oppo_stage_id"]) for row in old} == {32}
    counts = ("before_sale_stage_count", "after_sale_stage_order", "after_stage_stay_time")
    assert {tuple(row[name] for name in counts) for row in old} == {(4, 0, 0)}
    assert {row["is_start_after_sale"] for row in old} == {False}
    assert {type(row["expected_deal_closed_date"]) for row in old} == {int}
    payment = awkward.rows("PaymentObj")[0]
    assert "amount" not in payment
    assert payment["payment_amount"].count(".") == 1
    sea = awkward.rows("AccountObj", ("high_seas_id", "ISN", []))
    assert len(sea) == 6
    assert not any("owner" in row for row in sea)
    assert {(row["account_status"], row["deal_status"]) for row in awkward.rows("AccountObj")} == {
        ("1", "1"),
        ("2", "2"),
    }


def test_awkward_data_are_the_same_each_time_and_outlive_a_restart() -> None:
    first = FxiaokeSystem(World(seed=7, scale="awkward", started_at=START))
    second = FxiaokeSystem(World(seed=7, scale="awkward", started_at=START))
    kept = orjson.dumps(first.dump())
    assert orjson.dumps(second.dump()) == kept
    other = FxiaokeSystem(World(seed=9, scale="awkward", started_at=START))
    other.load(orjson.loads(kept))
    assert orjson.dumps(other.dump()) == kept
