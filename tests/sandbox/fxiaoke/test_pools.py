"""Records that nobody owns: docs/vendor/fxiaoke.md §4.8, §5.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

V2 = "/cgi/crm/v2/data/"
POOL = "0123456789abcdef0123456789abcdef"
SEA = "89abcdef0123456789abcdef01234567"


def lead(**data: Any) -> dict[str, Any]:
    return {"data": {"apiName": "LeadsObj", **data}}


def waiting(client: Client, place: int = 0) -> str:
    return str(client.rows("LeadsObj", ("owner", "IS", []))[place]["_id"])


def test_pools_are_read_like_any_object(fxiaoke: Client) -> None:
    assert [(row["_id"], row["name"]) for row in fxiaoke.rows("LeadsPoolObj")] == [(POOL, "总部线索池")]
    assert {row["name"] for row in fxiaoke.rows("HighSeasObj")} == {"全国公海", "海外公海"}
    row = fxiaoke.rows("LeadsObj", ("owner", "IS", []))[0]
    assert (row["leads_pool_id"], row["leads_pool_id__r"]) == (POOL, "总部线索池")
    assert not {"owner", "owner__r", "relevant_team", "owner_department"} & row.keys()


def test_a_lead_is_claimed_and_then_can_be_edited(fxiaoke: Client) -> None:
    target = waiting(fxiaoke)
    assert fxiaoke.update("LeadsObj", target, {"remark": "x"})["errorCode"] == 50009
    assert fxiaoke.get("LeadsObj", target, user="1004")["errorCode"] == 500
    assert fxiaoke.new(f"{V2}choose", lead(objectIds=[target]), user="1004")["errorCode"] == 0
    mine = fxiaoke.get("LeadsObj", target, user="1004")["data"]
    assert (mine["owner"], mine["biz_status"], mine["data_own_department"]) == (["1004"], "un_processed", ["1001"])
    assert mine["assigned_time"] == mine["owner_change_time"] == mine["last_modified_time"]
    assert fxiaoke.update("LeadsObj", target, {"remark": "x"}, user="1004")["errorCode"] == 0
    again = fxiaoke.new(f"{V2}choose", lead(objectIds=[target]), user="1005")
    assert (again["errorCode"], again["errorMessage"]) == (50009, "不能进行[领取]操作，数据已被领取。")


def test_a_lead_goes_back_with_a_reason(fxiaoke: Client) -> None:
    target = fxiaoke.rows("LeadsObj", ("biz_status", "EQ", ["processed"]))[0]["_id"]
    back = lead(objectIds=[target], objectPoolId=POOL, backReason="other", backReason__o="搬家了")
    assert fxiaoke.new(f"{V2}return", back)["errorCode"] == 0
    row = fxiaoke.get("LeadsObj", target)["data"]
    assert "owner" not in row
    assert (row["biz_status"], row["back_reason"], row["back_reason__o"]) == ("un_assigned", "other", "搬家了")
    assert (row["leads_pool_id"], row["returned_time"]) == (POOL, row["last_modified_time"])


def test_an_account_leaves_the_sea_with_an_owner(fxiaoke: Client) -> None:
    target = fxiaoke.rows("AccountObj")[0]["_id"]
    data = {"apiName": "AccountObj", "objectPoolId": SEA}
    remove = {"data": {**data, "objectIDs": [target], "isKeepOwner": False, "owner": "1008"}}
    outside = fxiaoke.new(f"{V2}remove", remove)
    assert (outside["errorCode"], outside["errorMessage"]) == (50009, "不能进行[移除]操作，数据不在该公海中。")
    assert fxiaoke.new(f"{V2}return", {"data": {**data, "objectIds": [target], "backReason": 1}})["errorCode"] == 0
    lost = fxiaoke.get("AccountObj", target)["data"]
    assert (lost["high_seas_id__r"], lost["biz_status"]) == ("全国公海", "1")
    assert fxiaoke.new(f"{V2}remove", remove)["errorCode"] == 0
    kept = fxiaoke.get("AccountObj", target)["data"]
    assert (kept["owner"], kept["biz_status"]) == (["1008"], "2")
    assert "high_seas_id" not in kept


def test_an_owner_may_be_kept_when_a_record_leaves_the_sea(fxiaoke: Client) -> None:
    target = fxiaoke.rows("AccountObj")[1]["_id"]
    data = {"apiName": "AccountObj", "objectPoolId": SEA}
    fxiaoke.new(f"{V2}return", {"data": {**data, "objectIds": [target], "backReason": "0"}})
    fxiaoke.new(f"{V2}choose", {"data": {"apiName": "AccountObj", "objectIds": [target]}}, user="1002")
    assert fxiaoke.new(f"{V2}remove", {"data": {**data, "objectIDs": [target], "isKeepOwner": True}})["errorCode"] == 0
    assert fxiaoke.get("AccountObj", target)["data"]["owner"] == ["1002"]


@pytest.mark.parametrize(
    ("verb", "data", "code"),
    [
        ("choose", {"objectIds": ["65f0"]}, 500),
        ("choose", {"objectIds": "65f0"}, 32000),
        ("choose", {"apiName": "ContactObj", "objectIds": ["65f0"]}, 32000),
        ("choose", {"apiName": None, "objectIds": ["65f0"]}, 32000),
        ("choose", {"apiName": "NopeObj", "objectIds": ["65f0"]}, 500),
        ("return", {"objectIds": ["65f0"], "backReason": "0"}, 32000),
        ("return", {"objectIds": ["65f0"], "objectPoolId": "65f0", "backReason": "0"}, 201112011),
        ("return", {"objectIds": ["65f0"], "objectPoolId": POOL, "backReason": "7"}, 32000),
        ("return", {"objectIds": ["65f0"], "objectPoolId": POOL}, 32000),
        ("return", {"objectIds": ["65f0"], "objectPoolId": POOL, "backReason": "0"}, 500),
        ("remove", {"objectIDs": ["65f0"], "objectPoolId": POOL, "owner": "4711"}, 30027),
        ("remove", {"objectIds": ["65f0"], "objectPoolId": POOL}, 32000),
    ],
)
def test_a_move_that_cannot_be_is_refused(fxiaoke: Client, verb: str, data: dict[str, Any], code: int) -> None:
    assert fxiaoke.new(f"{V2}{verb}", lead(**data))["errorCode"] == code


@pytest.mark.parametrize(
    ("verb", "deed", "data"),
    [
        ("choose", "领取", {"apiName": "LeadsObj"}),
        ("return", "退回", {"apiName": "LeadsObj", "objectPoolId": POOL, "backReason": "0"}),
        ("remove", "移除", {"apiName": "LeadsObj", "objectPoolId": POOL}),
    ],
)
def test_a_locked_record_stays_where_it_is(fxiaoke: Client, verb: str, deed: str, data: dict[str, Any]) -> None:
    target = waiting(fxiaoke, 3)
    fxiaoke.edit("LeadsObj", "lock", target)
    answer = fxiaoke.new(f"{V2}{verb}", {"data": {**data, "objectIds": [target], "objectIDs": [target]}})
    fxiaoke.edit("LeadsObj", "unlock", target)
    assert answer["errorCode"] == 50009
    assert answer["errorMessage"] == f"不能进行[{deed}]操作，以下这些数据已被锁定。"


def test_a_move_may_leave_the_modified_time_alone(fxiaoke: Client) -> None:
    target = waiting(fxiaoke, 1)
    before = fxiaoke.get("LeadsObj", target)["data"]["last_modified_time"]
    fxiaoke.edit("switches", "update", None, pool_moves_bump=False)
    assert fxiaoke.new(f"{V2}choose", lead(objectIds=[target]))["errorCode"] == 0
    fxiaoke.edit("switches", "update", None, pool_moves_bump=True)
    assert fxiaoke.get("LeadsObj", target)["data"]["last_modified_time"] == before
    assert fxiaoke.get("LeadsObj", target)["data"]["owner"] == ["1000"]


def test_a_change_of_owner_takes_a_lead_out_of_the_pool_too(fxiaoke: Client) -> None:
    target = waiting(fxiaoke, 2)
    data = {"dataObjectApiName": "LeadsObj", "Data": [{"objectDataId": target, "ownerId": ["1003"]}]}
    assert fxiaoke.new(f"{V2}changeOwner", {"data": data})["errorCode"] == 0
    row = fxiaoke.get("LeadsObj", target)["data"]
    assert (row["owner"], row["biz_status"]) == (["1003"], "un_processed")
