"""The vendor's own SDK works against the sandbox unchanged, and leaves this machine in no case."""

from __future__ import annotations

import csv
import io
import socket
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import body_wrapper as bulk_body
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import criteria as bulk_criteria
from zohocrmsdk.src.com.zoho.crm.api.bulk_read import query as bulk_query
from zohocrmsdk.src.com.zoho.crm.api.bulk_read.bulk_read_operations import BulkReadOperations
from zohocrmsdk.src.com.zoho.crm.api.exception.sdk_exception import SDKException
from zohocrmsdk.src.com.zoho.crm.api.fields.fields_operations import FieldsOperations, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.fields.minified_field import MinifiedField
from zohocrmsdk.src.com.zoho.crm.api.header_map import HeaderMap
from zohocrmsdk.src.com.zoho.crm.api.modules.minified_module import MinifiedModule
from zohocrmsdk.src.com.zoho.crm.api.modules.modules_operations import ModulesOperations
from zohocrmsdk.src.com.zoho.crm.api.record import APIException, BodyWrapper, Record, SuccessResponse
from zohocrmsdk.src.com.zoho.crm.api.record.record_operations import (
    GetDeletedRecordsParam,
    GetRecordsHeader,
    GetRecordsParam,
    RecordOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

from sandbox.server import Sandbox
from tests.sandbox.zoho import bulk, sdk
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module", autouse=True)
def _connected(zoho: Zoho, tmp_path_factory: pytest.TempPathFactory) -> None:
    sdk.connect(zoho.sandbox, tmp_path_factory.mktemp("sdk"))


@pytest.fixture
def faults(zoho: Zoho) -> Iterator[Any]:
    yield lambda *ordered: zoho.control("faults", list(ordered))
    zoho.control("faults", [])


def leads(**wanted: Any) -> Any:
    pairs = [(getattr(GetRecordsParam, name), value) for name, value in wanted.items()]
    return RecordOperations("Leads").get_records(sdk.parameters(*pairs))


def test_a_connection_off_this_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(ConnectionRefusedError, match="may not leave"):
        outside.connect(("192.0.2.1", 443))


def test_metadata_are_understood(zoho: Zoho) -> None:
    modules = ModulesOperations().get_modules().get_object().get_modules()
    assert {"Leads", "Accounts", "Contacts", "Deals"} <= {module.get_api_name() for module in modules}
    answer = FieldsOperations().get_fields(sdk.parameters((GetFieldsParam.module, "Deals")))
    fields = {field.get_api_name(): field for field in answer.get_object().get_fields()}
    assert fields["Amount"].get_data_type() == "currency"
    assert fields["Account_Name"].get_lookup().get_module().get_api_name() == "Accounts"
    stages = [value.get_actual_value() for value in fields["Stage"].get_pick_list_values()]
    assert stages[:3] == ["Qualification", "Needs Analysis", "Value Proposition"]


def test_values_come_as_the_sdk_types_them(zoho: Zoho) -> None:
    made = zoho.edit("Deals", "create", Deal_Name="Typed", Stage="Closed Won", Amount=12.5, Closing_Date="2026-01-02")
    wanted = sdk.parameters((GetRecordsParam.fields, "Deal_Name,Stage,Amount,Closing_Date,Modified_Time,Owner"))
    found = RecordOperations("Deals").get_record(int(made["id"]), wanted).get_object().get_data()[0]
    assert found.get_id() == int(made["id"])
    assert (found.get_key_value("Amount"), found.get_key_value("Stage").get_value()) == (12.5, "Closed Won")
    assert found.get_key_value("Closing_Date").isoformat() == "2026-01-02"
    assert found.get_modified_time() == datetime.fromisoformat(made["Modified_Time"])
    assert found.get_key_value("Owner").get_id() == int(made["Owner"]["id"])


def test_pages_lead_past_2000_records(zoho: Zoho) -> None:
    ids: list[int] = []
    wanted = {"fields": "Last_Name,Email", "per_page": 200, "converted": "both", "sort_by": "Modified_Time"}
    answer = leads(**wanted)
    while True:
        page = answer.get_object()
        ids += [record.get_id() for record in page.get_data()]
        if not page.get_info().get_more_records():
            break
        answer = leads(**wanted, page_token=page.get_info().get_next_page_token())
    assert len(ids) == len(set(ids)) == len(zoho.sandbox.zoho.state.tables["Leads"].rows) > 2_000


def test_nothing_new_is_no_object() -> None:
    headers = HeaderMap()
    headers.add(GetRecordsHeader.if_modified_since, datetime(2999, 1, 1, tzinfo=UTC))
    wanted = sdk.parameters((GetRecordsParam.fields, "Last_Name"))
    answer = RecordOperations("Leads").get_records(wanted, headers)
    assert (answer.get_status_code(), answer.get_object()) == (304, None)


def test_deleted_records_are_listed(zoho: Zoho) -> None:
    gone = zoho.edit("Leads", "create", Last_Name="Gone", Company="Zeta")["id"]
    zoho.edit("Leads", "delete", gone)
    wanted = sdk.parameters((GetDeletedRecordsParam.type, "recycle"))
    found = RecordOperations("Leads").get_deleted_records(wanted).get_object().get_data()
    assert int(gone) in {entry.get_id() for entry in found}
    entry = next(entry for entry in found if entry.get_id() == int(gone))
    assert (entry.get_display_name(), entry.get_type()) == ("Gone", "recycle")


def _update(record_id: int, **values: Any) -> Any:
    record = Record()
    record.set_id(record_id)
    for name, value in values.items():
        record.add_key_value(name, value)
    return record


def test_an_update_with_one_bad_item_does_the_others(zoho: Zoho) -> None:
    made = [int(zoho.edit("Leads", "create", Last_Name=name, Company="Zeta")["id"]) for name in ("Rao", "Li")]
    body = BodyWrapper()
    body.set_data(
        [
            _update(made[0], Description="one"),
            _update(77, Description="two"),
            _update(made[1], Annual_Revenue=88.25),
        ]
    )
    body.set_trigger([])
    answer = RecordOperations("Leads").update_records(body)
    items = answer.get_object().get_data()
    assert answer.get_status_code() == 207
    assert [type(item) for item in items] == [SuccessResponse, APIException, SuccessResponse]
    assert [item.get_code().get_value() for item in items] == ["SUCCESS", "INVALID_DATA", "SUCCESS"]
    assert zoho.read("Leads", str(made[0]), "Description")["Description"] == "one"
    assert zoho.read("Leads", str(made[1]), "Annual_Revenue")["Annual_Revenue"] == 88.25
    assert zoho.writes()[-1]["automation"] is False


def test_the_sdk_sends_a_bigint_as_a_number_and_takes_no_text(zoho: Zoho) -> None:
    """Against §6.6, which says text; so whoever uses the SDK needs the switch."""

    def create(sent: object) -> Any:
        record, body = Record(), BodyWrapper()
        record.add_key_value("Campaign_Name", "Mailing")
        record.add_key_value("Num_sent", sent)
        body.set_data([record])
        return RecordOperations("Campaigns").create_records(body)

    refused = create(9_007_199_254_740_993)
    wrong = refused.get_object().get_data()[0]
    assert (refused.get_status_code(), wrong.get_details()["expected_data_type"]) == (400, "bigint")
    with pytest.raises(SDKException) as excinfo:
        create("9007199254740993")
    assert excinfo.value.details["accepted_type"] == "Integer"
    zoho.edit("switches", "update", bigint_numbers=True)
    made = create(9_007_199_254_740_993)
    zoho.edit("switches", "update", bigint_numbers=False)
    campaign = str(made.get_object().get_data()[0].get_details()["id"])
    assert zoho.read("Campaigns", campaign, "Num_sent")["Num_sent"] == "9007199254740993"


def _bulk_body() -> Any:
    module, field, condition = MinifiedModule(), MinifiedField(), bulk_criteria.Criteria()
    module.set_api_name("Leads")
    field.set_api_name("Last_Name")
    condition.set_field(field)
    condition.set_comparator(Choice("equal"))
    condition.set_value("Bulk")
    query = bulk_query.Query()
    query.set_module(module)
    query.set_fields(["Last_Name", "Company", "Owner.email"])
    query.set_criteria(condition)
    query.set_page(1)
    body = bulk_body.BodyWrapper()
    body.set_query(query)
    body.set_file_type("csv")
    return body


def test_a_bulk_read_job_is_created_polled_and_downloaded(zoho: Zoho) -> None:
    made = zoho.edit("Leads", "create", Last_Name="Bulk", Company="Zeta, Ltd", Owner="5000000000000211")
    operations = BulkReadOperations()
    created = operations.create_bulk_read_job(_bulk_body()).get_object().get_data()[0]
    assert (created.get_code().get_value(), created.get_message().get_value()) == (
        "ADDED_SUCCESSFULLY",
        "Added successfully.",
    )
    job = int(created.get_details()["id"])
    bulk.advance(zoho, bulk.DONE_S)
    shown = operations.get_bulk_read_job_details(job).get_object().get_data()[0]
    assert (shown.get_state().get_value(), shown.get_result().get_count()) == ("COMPLETED", 1)
    file = operations.download_result(job).get_object().get_file()
    assert file.get_name() == f"{job}.zip"
    packed = b"".join(file.get_stream().iter_content(1_024))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read(f"{job}.csv").decode()
    assert list(csv.reader(io.StringIO(text))) == [
        ["Id", "Last_Name", "Company", "Owner.email"],
        [made["id"], "Bulk", "Zeta, Ltd", made["Owner"]["email"]],
    ]


@pytest.mark.parametrize(("code", "status"), [("TOO_MANY_REQUESTS", 429), ("INVALID_TOKEN", 401)])
def test_errors_come_as_exceptions_with_their_status(faults: Any, code: str, status: int) -> None:
    faults({"match": {"system": "zoho"}, "do": {"error_code": code}})
    answer = leads(fields="Last_Name")
    assert (answer.get_status_code(), answer.get_object().get_code().get_value()) == (status, code)


def test_a_grant_code_connects_and_the_user_is_found(tmp_path: Path) -> None:
    with Sandbox(only="zoho") as running:
        zoho = Zoho(running)
        scope = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ"
        code = zoho.edit("grants", "create", scope=scope)["code"]
        running.world.calls["zoho"].clear()
        sdk.connect(running, tmp_path, grant_token=code, refresh_token=None, find_user=True)
        assert leads(fields="Last_Name").get_status_code() == 200
        calls = running.world.calls["zoho"]
        assert calls["GET /crm/v8/users"] == calls["GET /crm/v8/org"] == calls["POST /oauth/v2/token"] == 1
