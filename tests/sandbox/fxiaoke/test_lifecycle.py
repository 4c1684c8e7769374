"""Invalid, recovered, gone; owners and locks: docs/vendor/fxiaoke.md §4.4, §5.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

V2, CUSTOM = "/cgi/crm/v2/data/", "/cgi/crm/custom/v2/data/"
LOCKED = "不能进行[作废]操作，以下这些数据已被锁定。"


def named(**data: Any) -> dict[str, Any]:
    return {"data": {"dataObjectApiName": "ContactObj", **data}}


def contact(client: Client, place: int) -> str:
    return str(client.rows("ContactObj")[place]["_id"])


def owner_of(client: Client, record_id: str) -> Any:
    return client.get("ContactObj", record_id)["data"]["owner"]


def test_only_what_is_invalid_can_be_deleted_and_then_it_is_gone(fxiaoke: Client) -> None:
    target = contact(fxiaoke, 0)
    refused = fxiaoke.new(f"{V2}delete", named(idList=[target]))
    assert refused["errorCode"] == 50009
    assert refused["errorMessage"] == "不能进行该操作，数据未作废。"
    assert fxiaoke.new(f"{V2}invalid", named(object_data_id=target))["errorCode"] == 0
    answer = fxiaoke.new(f"{V2}delete", named(idList=[target]))
    assert answer.pop("traceId")
    assert answer == {"errorCode": 0, "errorMessage": "OK", "errorDescription": "success"}
    assert fxiaoke.new(f"{V2}recover", named(idList=[target]))["errorCode"] == 500
    fxiaoke.edit("switches", "update", None, show_invalid=True)
    assert fxiaoke.get("ContactObj", target)["errorCode"] == 500
    fxiaoke.edit("switches", "update", None, show_invalid=False)


def test_recovering_brings_back_the_former_state(fxiaoke: Client) -> None:
    target = contact(fxiaoke, 1)
    fxiaoke.new(f"{V2}invalid", named(object_data_id=target))
    assert fxiaoke.new(f"{V2}recover", named(idList=[target]))["errorCode"] == 0
    back = fxiaoke.get("ContactObj", target)["data"]
    assert (back["life_status"], back["is_deleted"]) == ("normal", False)
    assert "life_status_before_invalid" not in back
    assert fxiaoke.new(f"{V2}recover", named(idList=[target]))["errorCode"] == 50009


def test_a_list_is_invalidated_whole_or_not_at_all(fxiaoke: Client) -> None:
    first, second = contact(fxiaoke, 2), contact(fxiaoke, 3)
    path = "/cgi/crm/custom/data/invalid"
    assert fxiaoke.new(path, named(idList=[first, "65f0"]))["errorCode"] == 500
    assert fxiaoke.last_write()["records"] == [
        {"id": first, "field": "life_status", "before": None, "after": None, "outcome": "500"},
        {"id": "65f0", "field": "life_status", "before": None, "after": None, "outcome": "500"},
    ]
    assert fxiaoke.get("ContactObj", first)["errorCode"] == 0
    assert fxiaoke.new(path, named(idList=[first, second]))["errorCode"] == 0
    assert [fxiaoke.get("ContactObj", one)["errorCode"] for one in (first, second)] == [500, 500]


@pytest.mark.parametrize("owner", [["1007"], "[1007]"])
def test_an_owner_is_changed_by_list_or_by_text(fxiaoke: Client, owner: Any) -> None:
    target = contact(fxiaoke, 4)
    before = fxiaoke.get("ContactObj", target)["data"]
    answer = fxiaoke.new(f"{V2}changeOwner", named(Data=[{"objectDataId": target, "ownerId": owner}]))
    assert answer["errorCode"] == 0
    after = fxiaoke.get("ContactObj", target)["data"]
    assert (after["owner"], after["owner__r"]["id"], after["data_own_department"]) == (["1007"], "1007", ["1002"])
    assert int(after["version"]) == int(before["version"]) + 1
    assert after["last_modified_by"] == ["1000"]


def test_an_owner_comes_as_fsuid_in_the_legacy_style(fxiaoke: Client) -> None:
    target = contact(fxiaoke, 5)
    mobile = fxiaoke.new("/cgi/user/get", {"openUserId": "1012"})["mobile"]
    fsuid = fxiaoke.legacy("/cgi/user/getByMobile", {"mobile": mobile}, user="")["empList"][0]["openUserId"]
    body = named(Data=[{"objectDataId": target, "ownerId": [fsuid]}])
    assert fxiaoke.legacy(f"{V2}changeOwner", body, "1000")["errorCode"] == 0
    assert owner_of(fxiaoke, target) == ["1012"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, 32000),
        ({"Data": []}, 32000),
        ({"Data": {"objectDataId": "x"}}, 32000),
        ({"Data": ["x"]}, 32000),
        ({"Data": [{"objectDataId": "65f0", "ownerId": ["1001"]}]}, 500),
        ({"Data": [{"objectDataId": None, "ownerId": ["1001"]}]}, 32000),
    ],
)
def test_a_change_of_owner_that_is_wrong_is_refused(fxiaoke: Client, data: dict[str, Any], code: int) -> None:
    assert fxiaoke.new(f"{V2}changeOwner", named(**data))["errorCode"] == code


@pytest.mark.parametrize(("owner", "code"), [(["4711"], 30027), ([], 32000), ([7], 32000), ("", 32000), (None, 32000)])
def test_an_owner_that_cannot_be_is_refused(fxiaoke: Client, owner: Any, code: int) -> None:
    target = contact(fxiaoke, 6)
    data = [{"objectDataId": target, "ownerId": owner}]
    assert fxiaoke.new(f"{V2}changeOwner", named(Data=data))["errorCode"] == code


def test_a_locked_record_refuses_all_but_its_unlocking(fxiaoke: Client) -> None:
    target = contact(fxiaoke, 7)
    assert fxiaoke.new("/cgi/crm/v2/object/lock", named(dataIds=[target], detailObjStrategy=1))["errorCode"] == 0
    locked = fxiaoke.get("ContactObj", target)["data"]
    assert (locked["lock_status"], locked["lock_user"]) == ("1", ["1000"])
    refused = fxiaoke.new(f"{V2}invalid", named(object_data_id=target))
    assert (refused["errorCode"], refused["errorMessage"]) == (50009, LOCKED)
    handed = fxiaoke.new(f"{V2}changeOwner", named(Data=[{"objectDataId": target, "ownerId": ["1001"]}]))
    assert handed["errorCode"] == 50009
    assert fxiaoke.update("ContactObj", target, {"remark": "x"})["errorCode"] == 50009
    assert fxiaoke.new("/cgi/crm/v2/object/unlock", named(dataIds=[target]))["errorCode"] == 0
    assert fxiaoke.get("ContactObj", target)["data"]["lock_status"] == "0"


def test_a_custom_object_is_locked_and_edited_in_spite_of_it(fxiaoke: Client) -> None:
    target = fxiaoke.rows("performance__c")[0]["_id"]
    lock = {"data": {"dataObjectApiName": "performance__c", "dataIds": [target]}}
    assert fxiaoke.new("/cgi/crm/v2/object/lock", lock)["errorCode"] == 0
    assert fxiaoke.update("performance__c", target, {"score__c": 1})["errorCode"] == 50009
    record = {"_id": target, "dataObjectApiName": "performance__c", "score__c": 2}
    body = {"data": {"object_data": record, "skipDataStatusValidate": True}}
    assert fxiaoke.new(f"{CUSTOM}update", body)["errorCode"] == 0


def test_a_lock_is_passed_over_on_the_custom_path_alone(fxiaoke: Client) -> None:
    target = contact(fxiaoke, 8)
    fxiaoke.new("/cgi/crm/v2/object/lock", named(dataIds=[target]))
    record = {"_id": target, "dataObjectApiName": "ContactObj", "remark": "x"}
    body = {"data": {"object_data": record, "skipDataStatusValidate": True}}
    assert fxiaoke.new(f"{V2}update", body)["errorCode"] == 50009
    assert fxiaoke.new(f"{CUSTOM}update", {"data": {"object_data": record}})["errorCode"] == 50009
    assert fxiaoke.new(f"{CUSTOM}update", body)["errorCode"] == 0


def test_custom_objects_live_and_die_on_their_own_path(fxiaoke: Client) -> None:
    target = fxiaoke.rows("performance__c")[1]["_id"]
    name = {"dataObjectApiName": "performance__c"}
    assert fxiaoke.new(f"{V2}delete", {"data": {**name, "idList": [target]}})["errorCode"] == 10006
    assert fxiaoke.new(f"{CUSTOM}invalid", {"data": {**name, "object_data_id": target}})["errorCode"] == 0
    assert fxiaoke.new(f"{CUSTOM}recover", {"data": {**name, "idList": [target]}})["errorCode"] == 0
    data = {**name, "Data": [{"objectDataId": target, "ownerId": ["1002"]}]}
    assert fxiaoke.new(f"{CUSTOM}changeOwner", {"data": data})["errorCode"] == 0
    assert fxiaoke.get("performance__c", target)["data"]["owner"] == ["1002"]
    assert fxiaoke.new("/cgi/crm/custom/data/invalid", {"data": {**name, "object_data_id": target}})["errorCode"] == 0
    assert fxiaoke.new(f"{CUSTOM}delete", {"data": {**name, "idList": [target]}})["errorCode"] == 0


@pytest.mark.parametrize("ids", [None, [], "65f0", [1], ["x"] * 501])
def test_a_list_of_ids_that_is_none_is_refused(fxiaoke: Client, ids: Any) -> None:
    assert fxiaoke.new(f"{V2}delete", named(idList=ids))["errorCode"] == 32000


def test_what_somebody_else_owns_cannot_be_recovered(fxiaoke: Client) -> None:
    target = fxiaoke.rows("ContactObj", ("owner", "EQ", ["1009"]))[0]["_id"]
    fxiaoke.new(f"{V2}invalid", named(object_data_id=target))
    assert fxiaoke.new(f"{V2}recover", named(idList=[target]), user="1010")["errorCode"] == 500
    assert fxiaoke.new(f"{V2}recover", named(idList=[target]), user="1009")["errorCode"] == 0


TRANSFER = "/cgi/crm/v2/leads/transfer"


def test_a_lead_is_transferred_into_what_the_call_lists(fxiaoke: Client) -> None:
    lead = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["processed"]))[0]
    made = {"AccountObj": {"name": "转换客户"}, "ContactObj": {}, "NewOpportunityObj": {"amount": "5000.00"}}
    body = {"data": {"leadsId": lead["_id"], "combineCRMFeed": True, "dataList": made}}
    assert fxiaoke.new(TRANSFER, body)["errorCode"] == 0
    done = fxiaoke.get("LeadsObj", lead["_id"])["data"]
    assert (done["biz_status"], done["account_id__r"]) == ("transformed", "转换客户")
    assert fxiaoke.get("NewOpportunityObj", done["new_opportunity_id"])["data"]["amount"] == "5000.00"
    assert fxiaoke.last_write()["records"] == [
        {
            "id": lead["_id"],
            "field": "biz_status",
            "before": "processed",
            "after": "transformed",
            "outcome": "applied",
        }
    ]
    assert fxiaoke.new(TRANSFER, body)["errorCode"] == 500


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, 32000),
        ({"leadsId": "65f0", "dataList": {}}, 500),
        ({"dataList": None}, 32000),
        ({"dataList": {"AccountObj": []}}, 32000),
        ({"dataList": {"AccountObj": {"no_such": 1}}}, 500),
        ({"dataList": {"AccountObj": {}, "NewOpportunityObj": {"amount": "many"}}}, 500),
    ],
)
def test_a_transfer_that_cannot_be_makes_nothing(fxiaoke: Client, data: dict[str, Any], code: int) -> None:
    lead = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["processed"]))[1]["_id"]
    before = fxiaoke.query("AccountObj", limit=1)["data"]["total"]
    assert fxiaoke.new(TRANSFER, {"data": {"leadsId": lead, **data} if data else {}})["errorCode"] == code
    assert fxiaoke.query("AccountObj", limit=1)["data"]["total"] == before


def test_a_transfer_without_a_deal_makes_none(fxiaoke: Client) -> None:
    lead = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["processed"]))[2]["_id"]
    assert fxiaoke.new(TRANSFER, {"data": {"leadsId": lead, "dataList": {"AccountObj": {}}}})["errorCode"] == 0
    done = fxiaoke.get("LeadsObj", lead)["data"]
    assert "account_id" in done
    assert "new_opportunity_id" not in done
