"""Reading: docs/vendor/fxiaoke.md §4, §6."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.fxiaoke.conftest import Client

BY_ID = [{"fieldName": "_id", "isAsc": True}]
PLAIN_IDS: dict[str, Any] = {"convertUserId": False}
LIMITS = {"limit": 100, "offset": 0}


def scan(client: Client, name: str, *filters: dict[str, Any], user: str = "1000") -> list[dict[str, Any]]:
    """All records, by keyset."""
    records: list[dict[str, Any]] = []
    while True:
        after = [{"field_name": "_id", "operator": "GT", "field_values": [records[-1]["_id"]]}] if records else []
        answer = client.query(name, user, **LIMITS, filters=[*filters, *after], orders=BY_ID)
        page = answer["data"]["dataList"]
        records += page
        if len(page) < 100:
            return records


@pytest.fixture(scope="module")
def whole(fxiaoke: Client) -> Callable[[str], list[dict[str, Any]]]:
    """All records of an object, read once."""
    return cache(lambda name: scan(fxiaoke, name))


def test_a_scan_by_id_finds_each_record_once(fxiaoke: Client) -> None:
    for name, number in (("AccountObj", 200), ("ContactObj", 400), ("LeadsObj", 1500), ("NewOpportunityObj", 1000)):
        ids = [record["_id"] for record in scan(fxiaoke, name)]
        assert ids == sorted(set(ids))
        assert len(ids) == number


def test_a_scan_inside_a_window_of_time_finds_what_lies_in_it(fxiaoke: Client) -> None:
    start, end = 1_780_000_000_000, 1_790_000_000_000
    window: list[dict[str, Any]] = [
        {"field_name": "last_modified_time", "operator": "GTE", "field_values": [start]},
        {"field_name": "last_modified_time", "operator": "LTE", "field_values": [str(end)]},
    ]
    found = [record["_id"] for record in scan(fxiaoke, "LeadsObj", *window)]
    everything = scan(fxiaoke, "LeadsObj")
    assert found == [item["_id"] for item in everything if start <= item["last_modified_time"] <= end]
    assert 100 < len(found) < 1500


def test_pages_by_offset_count_rows(fxiaoke: Client) -> None:
    first = fxiaoke.query("AccountObj", limit=60, offset=0, orders=BY_ID)["data"]
    second = fxiaoke.query("AccountObj", limit=60, offset=60.0, orders=BY_ID)["data"]
    last = fxiaoke.query("AccountObj", limit=60, offset=180, orders=BY_ID)["data"]
    assert (first["total"], first["offset"], first["limit"]) == (200, 0, 60)
    assert [len(page["dataList"]) for page in (first, second, last)] == [60, 60, 20]
    assert first["dataList"][-1]["_id"] < second["dataList"][0]["_id"]


def test_the_total_can_be_switched_off(fxiaoke: Client) -> None:
    data = {"dataObjectApiName": "AccountObj", "find_explicit_total_num": False, "search_query_info": {"limit": 1}}
    answer = fxiaoke.new("/cgi/crm/v2/data/query", {"data": data})
    assert (answer["data"]["total"], len(answer["data"]["dataList"])) == (0, 1)


def test_the_total_of_a_keyset_page_counts_what_is_left(fxiaoke: Client) -> None:
    ids = [record["_id"] for record in scan(fxiaoke, "AccountObj")]
    filters = [{"field_name": "_id", "operator": "GT", "field_values": [ids[149]]}]
    assert fxiaoke.query("AccountObj", limit=10, filters=filters, orders=BY_ID)["data"]["total"] == 50


@pytest.mark.parametrize(
    ("info", "code"),
    [
        ({"limit": 101}, 10006),
        ({"limit": 0}, 32000),
        ({"limit": "many"}, 32000),
        ({"offset": -1}, 32000),
        ({"offset": 10_001}, 10013),
        ({"filters": None, "orders": None, "limit": 1}, 0),
        ({"filters": {}}, 32000),
        ({"filters": "x"}, 32000),
        ({"filters": ["x"]}, 32000),
        ({"filters": [{"field_name": "nope", "operator": "EQ", "field_values": ["1"]}]}, 32000),
        ({"filters": [{"field_name": "name", "operator": "NEQ", "field_values": ["1"]}]}, 32000),
        ({"filters": [{"field_name": "name", "operator": "EQ", "field_values": "1"}]}, 32000),
        ({"filters": [{"field_name": "name", "operator": "EQ", "field_values": []}]}, 32000),
        ({"filters": [{"field_name": "name", "operator": "HASANYOF", "field_values": ["1"]}]}, 32000),
        ({"filters": [{"field_name": "create_time", "operator": "GT", "field_values": ["May"]}]}, 32000),
        ({"filters": [{"field_name": "create_time", "operator": "BETWEEN", "field_values": [1]}]}, 32000),
        ({"fieldProjection": "name"}, 32000),
        ({"orders": "name"}, 32000),
    ],
)
def test_what_is_wrong_in_a_query_is_refused(fxiaoke: Client, info: dict[str, Any], code: int) -> None:
    assert fxiaoke.query("LeadsObj", **info)["errorCode"] == code


def test_an_offset_over_ten_thousand_is_told_in_two_languages(fxiaoke: Client) -> None:
    answer = fxiaoke.query("LeadsObj", offset=10_100)
    assert answer["errorMessage"] == "offset out of range 10000"
    assert answer["errorDescription"] == "offset 不能超过10000"


# Filters, and what must hold for each record that they leave.
@pytest.mark.parametrize(
    ("name", "condition", "holds"),
    [
        ("LeadsObj", ("biz_status", "EQ", ["transformed"]), lambda v: v == "transformed"),
        ("LeadsObj", ("biz_status", "N", ["closed"]), lambda v: v != "closed"),
        ("LeadsObj", ("biz_status", "IN", ["closed", "processed"]), lambda v: v in ("closed", "processed")),
        ("LeadsObj", ("biz_status", "NIN", ["closed", "processed"]), lambda v: v not in ("closed", "processed")),
        ("LeadsObj", ("owner", "IN", ["1001", "1002"]), lambda v: v in (["1001"], ["1002"])),
        ("LeadsObj", ("owner", "HASANYOF", ["1003"]), lambda v: v == ["1003"]),
        ("LeadsObj", ("owner", "NHASANYOF", ["1003"]), lambda v: v != ["1003"]),
        ("LeadsObj", ("owner", "IS", []), lambda v: v is None),
        ("LeadsObj", ("owner", "ISN", [""]), lambda v: v is not None),
        ("LeadsObj", ("email", "EXISTS", []), lambda v: v is not None),
        ("LeadsObj", ("email", "NEXISTS", []), lambda v: v is None),
        ("LeadsObj", ("company", "LIKE", ["科技"]), lambda v: "科技" in v),
        ("LeadsObj", ("company", "NLIKE", ["有限公司"]), lambda v: "有限公司" not in v),
        ("LeadsObj", ("company", "STARTWITH", ["上海"]), lambda v: v.startswith("上海")),
        ("LeadsObj", ("company", "ENDWITH", ["公司"]), lambda v: v.endswith("公司")),
        ("LeadsObj", ("is_duplicated", "EQ", [True]), lambda v: v is True),
        ("NewOpportunityObj", ("amount", "GTE", [100_000]), lambda v: float(v) >= 100_000),
        ("NewOpportunityObj", ("amount", "LT", ["9000.00"]), lambda v: float(v) < 9000),
        ("NewOpportunityObj", ("amount", "BETWEEN", [20_000, 30_000]), lambda v: 20_000 <= float(v) <= 30_000),
        ("NewOpportunityObj", ("amount", "NBETWEEN", [1000, 100_000]), lambda v: not 1000 <= float(v) <= 100_000),
        ("NewOpportunityObj", ("close_date", "GT", [1_795_449_600_000]), lambda v: v > 1_795_449_600_000),
        ("NewOpportunityObj", ("lost_reason", "N", ["1"]), lambda v: v != "1"),
        ("AccountObj", ("field_m2N3y__c", "CONTAINS", ["m1"]), lambda v: "m1" in v),
        ("AccountObj", ("owner_department", "EQ", ["华东"]), lambda v: v == "华东"),
    ],
)
def test_each_operator_leaves_the_right_records(
    fxiaoke: Client,
    whole: Callable[[str], list[dict[str, Any]]],
    name: str,
    condition: tuple[str, str, list[Any]],
    holds: Any,
) -> None:
    field, operator, values = condition
    found = scan(fxiaoke, name, {"field_name": field, "operator": operator, "field_values": values})
    everything = whole(name)
    assert found
    assert len(found) < len(everything)
    assert all(holds(record.get(field)) for record in found)
    left = {record["_id"] for record in everything} - {record["_id"] for record in found}
    empty_ok = operator in ("N", "NIN", "NLIKE", "NBETWEEN", "NHASANYOF", "IS", "NEXISTS")
    for record in everything:
        if record["_id"] in left and (field in record or empty_ok):
            assert not holds(record.get(field))


def test_several_filters_must_all_hold(fxiaoke: Client) -> None:
    found = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["closed"]), ("source", "EQ", ["1"]))
    assert {(record["biz_status"], record["source"]) for record in found} == {("closed", "1")}


def test_records_come_by_a_list_of_ids(fxiaoke: Client) -> None:
    ids = [record["_id"] for record in fxiaoke.rows("AccountObj", limit=5)]
    found = fxiaoke.rows("AccountObj", ("_id", "IN", [*ids, "unknown"]))
    assert [record["_id"] for record in found] == ids


def test_orders_sort_by_any_field_and_bad_ones_are_passed_over(fxiaoke: Client) -> None:
    orders = [{"fieldName": "amount", "isAsc": False}]
    amounts = [
        float(item["amount"])
        for item in fxiaoke.query("NewOpportunityObj", limit=100, orders=orders)["data"]["dataList"]
    ]
    assert amounts == sorted(amounts, reverse=True)
    for bad in ({"field": "amount", "ascending": True}, {"fieldName": "amount", "isAsc": "false"}):
        page = fxiaoke.query("NewOpportunityObj", limit=100, orders=[bad])["data"]["dataList"]
        times = [item["last_modified_time"] for item in page]
        assert times == sorted(times, reverse=True)


def test_a_projection_returns_only_what_it_names(fxiaoke: Client) -> None:
    record = fxiaoke.rows("AccountObj", limit=1, fieldProjection=["_id", "owner", "no_such_field"])[0]
    assert record.keys() == {"_id", "owner", "owner__r", "owner__l"}
    assert fxiaoke.rows("AccountObj", limit=1, fieldProjection=["name"])[0].keys() == {"name"}


def test_empty_fields_are_left_out_unless_asked_for(fxiaoke: Client) -> None:
    lead = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["un_assigned"]))[0]
    assert not {"owner", "account_id", "transform_time", "owner__r"} & lead.keys()
    body = {"includeNull": True, "data": {"dataObjectApiName": "LeadsObj", "objectDataId": lead["_id"]}}
    full = fxiaoke.new("/cgi/crm/v2/data/get", body)["data"]
    assert (full["owner"], full["account_id"], full["transform_time"]) == (None, None, None)


def test_a_record_has_the_shape_of_the_vendor(fxiaoke: Client) -> None:
    deal = fxiaoke.rows("NewOpportunityObj", ("sales_status", "EQ", ["2"]), ("leads_id", "ISN", []))[0]
    assert isinstance(deal["owner"], list)
    assert deal["owner__r"]["id"] == deal["owner"][0]
    assert deal["owner__l"] == [deal["owner__r"]]
    assert deal["created_by__r"]["tenantId"] == "700001"
    assert deal["sales_stage"] == "5"
    assert deal["probability"] == "100"
    assert deal["probability_amount"] == deal["amount"]
    assert deal["amount"].split(".")[1].isdigit()
    assert isinstance(deal["close_date"], int)
    # Local midnight of GMT+8, and not after the first day (2026-11-24).
    assert deal["close_date"] % 86_400_000 == 57_600_000
    assert deal["close_date"] < 1_795_449_600_000
    assert deal["sales_process_id__r"] == "预设流程"
    assert deal["life_status"] == "normal"
    assert deal["is_deleted"] is False
    assert deal["version"].isdigit()
    account = fxiaoke.get("AccountObj", deal["account_id"])["data"]
    assert account["name"] == deal["account_id__r"]
    assert account["deal_status"] == "2"
    lead = fxiaoke.get("LeadsObj", deal["leads_id"])["data"]
    assert (lead["new_opportunity_id"], lead["account_id"]) == (deal["_id"], deal["account_id"])
    assert lead["transform_time"] == deal["create_time"]


def test_some_option_labels_stay_away(fxiaoke: Client) -> None:
    labelled = ["life_status__r" in record for record in fxiaoke.rows("LeadsObj")]
    assert any(labelled)
    assert not all(labelled)


def test_legacy_answers_hold_fsuids_in_lists_and_numbers_in_expansions(fxiaoke: Client) -> None:
    users = fxiaoke.new("/cgi/user/list", {"departmentId": 999999, "fetchChild": True})["userList"]
    mobile = next(user["mobile"] for user in users if user["openUserId"] == "1000")
    fxiaoke.legacy("/cgi/user/getByMobile", {"mobile": mobile}, user="")
    admin = fxiaoke.legacy("/cgi/user/getByMobile", {"mobile": mobile}, user="")["empList"][0]["openUserId"]
    assert admin.startswith("FSUID_")
    assert len(admin) == 38
    info = {"limit": 1, "filters": [{"field_name": "owner", "operator": "ISN", "field_values": []}]}
    body = {"data": {"dataObjectApiName": "LeadsObj", "search_query_info": info}}
    lead = fxiaoke.legacy("/cgi/crm/v2/data/query", body, admin)["data"]["dataList"][0]
    fsuid = lead["owner"][0]
    assert fsuid.startswith("FSUID_")
    assert lead["owner__r"]["id"].isdigit()
    assert lead["relevant_team"][0]["teamMemberEmployee"] == [fsuid]
    assert lead["leads_pool_id"] == ""
    plain_id = lead["owner__r"]["id"]
    info = {"limit": 1, "filters": [{"field_name": "owner", "operator": "IN", "field_values": [plain_id]}]}
    body = {**PLAIN_IDS, "data": {"dataObjectApiName": "LeadsObj", "search_query_info": info}}
    plain = fxiaoke.legacy("/cgi/crm/v2/data/query", body, admin)["data"]["dataList"][0]
    assert plain["owner"] == [plain_id]


def owned_by(owner: str, **top: Any) -> dict[str, Any]:
    condition = {"field_name": "owner", "operator": "IN", "field_values": [owner]}
    data = {"dataObjectApiName": "AccountObj", "search_query_info": {"limit": 1, "filters": [condition]}}
    return {**top, "data": data}


def test_an_id_of_the_other_style_is_nobodys(fxiaoke: Client) -> None:
    converted = fxiaoke.new("/cgi/user/get", {"openUserId": "1003", "convertUserId": True})
    path, fsuid = "/cgi/crm/v2/data/query", converted["openUserId"]
    found = {
        "new, plain": fxiaoke.new(path, owned_by("1003")),
        "new, FSUID": fxiaoke.new(path, owned_by(fsuid)),
        "new, FSUID, converted": fxiaoke.new(path, owned_by(fsuid, convertUserId=True)),
        "legacy, plain": fxiaoke.legacy(path, owned_by("1003"), fsuid),
        "legacy, FSUID": fxiaoke.legacy(path, owned_by(fsuid), fsuid),
        "legacy, plain, not converted": fxiaoke.legacy(path, owned_by("1003", **PLAIN_IDS), fsuid),
    }
    assert {name: answer["data"]["total"] > 0 for name, answer in found.items()} == {
        "new, plain": True,
        "new, FSUID": False,
        "new, FSUID, converted": True,
        "legacy, plain": False,
        "legacy, FSUID": True,
        "legacy, plain, not converted": True,
    }
    target = fxiaoke.rows("AccountObj", ("owner", "EQ", ["1003"]))[0]["_id"]
    for owner, code in ((fsuid, 30027), ("1003", 0)):
        data = {"dataObjectApiName": "AccountObj", "Data": [{"objectDataId": target, "ownerId": [owner]}]}
        assert fxiaoke.new("/cgi/crm/v2/data/changeOwner", {"data": data})["errorCode"] == code
    fxiaoke.edit("switches", "update", None, either_id=True)
    either = fxiaoke.new(path, owned_by(fsuid)), fxiaoke.legacy(path, owned_by("1003"), fsuid)
    fxiaoke.edit("switches", "update", None, either_id=False)
    assert all(answer["data"]["total"] > 0 for answer in either)


def test_custom_objects_have_a_path_of_their_own(fxiaoke: Client) -> None:
    scores = fxiaoke.rows("performance__c")
    assert len(scores) == 20
    assert sorted(record["salesperson__c"][0] for record in scores) == [str(number) for number in range(1001, 1021)]
    assert not any("score__c" in record or "rank__c" in record or "period__c" in record for record in scores)
    body: dict[str, Any] = {"data": {"dataObjectApiName": "performance__c", "search_query_info": {}}}
    assert fxiaoke.new("/cgi/crm/v2/data/query", body)["errorCode"] == 10006
    body["data"]["dataObjectApiName"] = "AccountObj"
    assert fxiaoke.new("/cgi/crm/custom/v2/data/query", body)["errorCode"] == 0
    fxiaoke.edit("switches", "update", None, standard_on_custom_path=False)
    assert fxiaoke.new("/cgi/crm/custom/v2/data/query", body)["errorCode"] == 10006
    fxiaoke.edit("switches", "update", None, standard_on_custom_path=True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, 32000),
        ({}, 32000),
        ({"search_query_info": {"dataObjectApiName": "LeadsObj"}}, 32000),
        ({"dataObjectApiName": "NopeObj", "search_query_info": {}}, 500),
        ({"dataObjectApiName": "LeadsObj"}, 32000),
    ],
)
def test_the_object_must_be_named_in_the_right_place(fxiaoke: Client, data: Any, code: int) -> None:
    assert fxiaoke.new("/cgi/crm/v2/data/query", {"data": data})["errorCode"] == code


def test_a_limit_over_a_hundred_is_clamped_where_the_tenant_does_so(fxiaoke: Client) -> None:
    fxiaoke.edit("switches", "update", None, clamp_limit=True)
    assert len(fxiaoke.query("LeadsObj", limit=500)["data"]["dataList"]) == 100
    fxiaoke.edit("switches", "update", None, clamp_limit=False)


def test_ids_are_of_both_generations(fxiaoke: Client) -> None:
    lengths = {len(record["_id"]) for record in scan(fxiaoke, "LeadsObj")}
    assert lengths == {24, 32}


def test_invalid_records_stay_hidden_unless_the_tenant_shows_them(fxiaoke: Client) -> None:
    invalid = [{"field_name": "life_status", "operator": "EQ", "field_values": ["invalid"]}]
    assert scan(fxiaoke, "LeadsObj", *invalid) == []
    fxiaoke.edit("switches", "update", None, show_invalid=True)
    shown = scan(fxiaoke, "LeadsObj", *invalid)
    assert len(shown) == 15
    assert all(record["is_deleted"] and record["life_status_before_invalid"] == "normal" for record in shown)
    fxiaoke.edit("switches", "update", None, show_invalid=False)
    assert fxiaoke.get("LeadsObj", shown[0]["_id"])["errorCode"] == 500
