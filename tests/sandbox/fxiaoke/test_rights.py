"""Who may see and do what: docs/vendor/fxiaoke.md §2.1, §5.1, §7, §10.7, §10.8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.fxiaoke.test_query import scan

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

V2 = "/cgi/crm/v2/data/"
NO_RIGHT = "无此操作的数据权限"


def product(client: Client, place: int = 0) -> str:
    return str(client.rows("ProductObj")[place]["_id"])


def test_another_user_sees_only_own_records_and_no_private_fields(fxiaoke: Client) -> None:
    mine = scan(fxiaoke, "AccountObj", user="1003")
    assert {tuple(record["owner"]) for record in mine} == {("1003",)}
    assert len(mine) < 30
    assert all("****" in record["tel"] for record in mine if "tel" in record)
    assert not any("uniform_social_credit_code" in record for record in mine)
    others = fxiaoke.rows("AccountObj", ("owner", "N", ["1003"]), limit=1)[0]["_id"]
    assert fxiaoke.get("AccountObj", others, user="1003")["errorCode"] == 500


def test_a_field_that_a_user_may_not_see_is_as_if_it_were_not_there(fxiaoke: Client) -> None:
    secret = {"field_name": "uniform_social_credit_code", "operator": "ISN", "field_values": []}
    assert fxiaoke.query("AccountObj", filters=[secret])["errorCode"] == 0
    assert fxiaoke.query("AccountObj", user="1003", filters=[secret])["errorCode"] == 32000
    upwards, downwards = (
        [
            row["_id"]
            for row in fxiaoke.query(
                "AccountObj",
                user="1003",
                limit=100,
                orders=[{"fieldName": "uniform_social_credit_code", "isAsc": ascending}],
            )["data"]["dataList"]
        ]
        for ascending in (True, False)
    )
    assert upwards == downwards
    target = upwards[0]
    before = fxiaoke.get("AccountObj", target)["data"].get("uniform_social_credit_code")
    values = {"uniform_social_credit_code": "91310000000000000X", "fax": "021-3"}
    assert fxiaoke.update("AccountObj", target, values, user="1003")["errorCode"] == 0
    after = fxiaoke.get("AccountObj", target)["data"]
    assert (after.get("uniform_social_credit_code"), after["fax"]) == (before, "021-3")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (f"{V2}update", {"object_data": {"dataObjectApiName": "ProductObj", "_id": "ID", "remark": "x"}}),
        (f"{V2}invalid", {"dataObjectApiName": "ProductObj", "object_data_id": "ID"}),
        (
            f"{V2}changeOwner",
            {"dataObjectApiName": "ProductObj", "Data": [{"objectDataId": "ID", "ownerId": ["1003"]}]},
        ),
        ("/cgi/crm/v2/object/lock", {"dataObjectApiName": "ProductObj", "dataIds": ["ID"]}),
    ],
)
def test_what_everybody_sees_is_changed_by_its_owner_alone(fxiaoke: Client, path: str, data: dict[str, Any]) -> None:
    target = product(fxiaoke)
    before = fxiaoke.get("ProductObj", target, user="1003")["data"]
    body = {"data": _with_id(data, target)}
    answer = fxiaoke.new(path, body, user="1003")
    assert answer.pop("traceId")
    assert answer == {"errorCode": 50009, "errorMessage": NO_RIGHT}
    assert fxiaoke.get("ProductObj", target, user="1003")["data"] == before
    assert fxiaoke.new(path, body)["errorCode"] == 0
    restore(fxiaoke, target)


def _with_id(value: Any, record_id: str) -> Any:
    if isinstance(value, dict):
        return {key: _with_id(inner, record_id) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_id(inner, record_id) for inner in value]
    return record_id if value == "ID" else value


def restore(client: Client, target: str) -> None:
    """Live, unlocked and the administrator's again."""
    name = {"dataObjectApiName": "ProductObj"}
    client.new(f"{V2}recover", {"data": {**name, "idList": [target]}})
    client.new("/cgi/crm/v2/object/unlock", {"data": {**name, "dataIds": [target]}})
    client.new(f"{V2}changeOwner", {"data": {**name, "Data": [{"objectDataId": target, "ownerId": ["1000"]}]}})


def test_nor_is_it_recovered_or_deleted_by_another(fxiaoke: Client) -> None:
    target, name = product(fxiaoke, 1), {"dataObjectApiName": "ProductObj"}
    fxiaoke.new(f"{V2}invalid", {"data": {**name, "object_data_id": target}})
    for verb in ("recover", "delete"):
        answer = fxiaoke.new(f"{V2}{verb}", {"data": {**name, "idList": [target]}}, user="1003")
        assert (answer["errorCode"], answer["errorMessage"]) == (50009, NO_RIGHT)
    assert fxiaoke.new(f"{V2}recover", {"data": {**name, "idList": [target]}})["errorCode"] == 0


def test_what_everybody_sees_is_made_by_the_administrator_alone(fxiaoke: Client) -> None:
    body = {"data": {"object_data": {"dataObjectApiName": "ProductObj", "name": "新产品", "owner": ["1003"]}}}
    answer = fxiaoke.new(f"{V2}create", body, user="1003")
    assert (answer["errorCode"], answer["errorMessage"]) == (50009, "没有新建产品权限")
    made = fxiaoke.new(f"{V2}create", body)["dataId"]
    assert fxiaoke.update("ProductObj", made, {"remark": "mine"}, user="1003")["errorCode"] == 0
