"""New records: docs/vendor/fxiaoke.md §5.2, §6.5, §6.7, §6.8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.fxiaoke.test_write import QUIET

if TYPE_CHECKING:
    from tests.sandbox.fxiaoke.conftest import Client

CREATE, CUSTOM = "/cgi/crm/v2/data/create", "/cgi/crm/custom/v2/data/create"


def create(client: Client, values: dict[str, Any], path: str = CREATE, **more: Any) -> dict[str, Any]:
    return client.new(path, {**QUIET, "data": {"object_data": values, **more}})


def test_a_record_is_created_and_found(fxiaoke: Client) -> None:
    values = {"dataObjectApiName": "performance__c", "name": "新人", "salesperson__c": ["1003"], "owner": ["1003"]}
    answer = create(fxiaoke, values, CUSTOM)
    assert answer.pop("traceId").startswith("E-O.")
    made = answer.pop("dataId")
    assert answer == {"errorCode": 0, "errorMessage": "OK", "errorDescription": "success"}
    record = fxiaoke.get("performance__c", made)["data"]
    assert len(made) == 24
    assert (record["name"], record["salesperson__c"], record["version"]) == ("新人", ["1003"], "1")
    assert (record["life_status"], record["record_type"]) == ("normal", "default__c")
    assert (record["owner"], record["data_own_department"], record["created_by"]) == (["1003"], ["1001"], ["1000"])
    assert {item["field"] for item in fxiaoke.last_write()["records"]} == {"name", "salesperson__c", "owner"}
    assert create(fxiaoke, {**values, "owner": ["4711"]}, CUSTOM)["errorCode"] == 30027


def test_a_deal_needs_what_its_describe_requires(fxiaoke: Client) -> None:
    account = fxiaoke.rows("AccountObj")[0]["_id"]
    needed = {
        "name": "新商机",
        "account_id": account,
        "sales_process_id": "64e0c0ffee00000000000001",
        "sales_stage": "2",
        "close_date": 1_800_000_000_000,
        "owner": ["1002"],
    }
    whole = {"dataObjectApiName": "NewOpportunityObj", **needed, "amount": 5000}
    described = fxiaoke.new("/cgi/crm/v2/object/describe", {"apiName": "NewOpportunityObj"})["data"]["describe"]
    assert {name for name, field in described["fields"].items() if field["is_required"]} == needed.keys()
    for name in needed:
        answer = create(fxiaoke, {key: value for key, value in whole.items() if key != name})
        assert answer["errorCode"] == 500
        assert answer["errorMessage"].endswith(f"({name}) 必填")
    made = create(fxiaoke, whole)["dataId"]
    deal = fxiaoke.get("NewOpportunityObj", made)["data"]
    assert (deal["owner"], deal["amount"], deal["sales_status"]) == (["1002"], "5000.00", "1")


def test_a_number_that_the_crm_counts_comes_by_itself(fxiaoke: Client) -> None:
    values = {"dataObjectApiName": "ActiveRecordObj", "active_record_content": "电话回访", "owner": ["1001"]}
    names = [fxiaoke.get("ActiveRecordObj", create(fxiaoke, values)["dataId"])["data"]["name"] for _ in range(2)]
    day, _, number = names[0].partition("-")
    assert (len(day), number, names[1]) == (8, "0001", f"{day}-0002")
    told = {**values, "name": "my own"}
    assert fxiaoke.get("ActiveRecordObj", create(fxiaoke, told)["dataId"])["data"]["name"] == f"{day}-0003"


def test_details_are_created_with_their_master(fxiaoke: Client) -> None:
    account = fxiaoke.rows("AccountObj")[0]["_id"]
    values = {
        "dataObjectApiName": "PaymentObj",
        "account_id": account,
        "payment_time": 1_767_196_800_000,
        "amount": "30.00",
        "owner": ["1004"],
    }
    lines = [{"payment_amount": "10"}, {"payment_amount": "20", "payment_time": 1_767_196_800_000}]
    body = {"data": {"object_data": values, "details": {"OrderPaymentObj": lines}}}
    answer = fxiaoke.new(CREATE, {**QUIET, "includeDetailIds": True, **body})
    payment = fxiaoke.get("PaymentObj", answer["dataId"])["data"]
    inside = [detail["containerDocument"] for detail in payment["details"]["OrderPaymentObj"]]
    assert answer["detailIds"] == {"OrderPaymentObj": [line["_id"] for line in inside]}
    assert [line["payment_amount"] for line in inside] == ["10.00", "20.00"]
    assert {(line["payment_id"], line["owner"][0]) for line in inside} == {(answer["dataId"], "1004")}
    assert len({line["name"] for line in inside}) == 2
    assert "detailIds" not in fxiaoke.new(CREATE, {**QUIET, **body})


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"OrderPaymentObj": [{"payment_amount": "10"}, {}]}, 500),
        ({"OrderPaymentObj": [{"payment_amount": "ten"}]}, 500),
        ({"OrderPaymentObj": {}}, 32000),
        ({"OrderPaymentObj": ["x"]}, 32000),
        ({"SalesOrderObj": []}, 32000),
        ([], 32000),
    ],
)
def test_with_details_that_cannot_be_nothing_is_created(fxiaoke: Client, details: Any, code: int) -> None:
    account = fxiaoke.rows("AccountObj")[0]["_id"]
    values = {
        "dataObjectApiName": "PaymentObj",
        "account_id": account,
        "payment_time": 0,
        "amount": "1",
        "owner": ["1004"],
    }
    before = fxiaoke.query("PaymentObj", limit=1)["data"]["total"]
    assert create(fxiaoke, values, details=details)["errorCode"] == code
    assert fxiaoke.query("PaymentObj", limit=1)["data"]["total"] == before
