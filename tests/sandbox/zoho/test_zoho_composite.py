"""Up to five calls in one, which may use each other's answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.zoho.conftest import CREDENTIALS, Zoho
from tests.sandbox.zoho.test_zoho_fuzz import VALUES

if TYPE_CHECKING:
    from collections.abc import Sequence

INSERT = {"sub_request_id": "1", "method": "POST", "uri": "/crm/v8/Leads", "body": {"data": [{"Last_Name": "Boyle"}]}}
READ = {"method": "GET", "uri": "/crm/v8/Leads/@{1:$.data[0].details.id}", "params": {"fields": "Last_Name"}}
BAD = {"method": "PUT", "uri": "/crm/v8/Leads", "body": {"data": [{"id": "42", "Company": "x"}]}}


def composite(zoho: Zoho, *items: Any, **body: Any) -> requests.Response:
    return zoho.post("/__composite_requests", {"__composite_requests": list(items), **body})


def results(answer: requests.Response) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["__composite_requests"]
    return found


def statuses(found: Sequence[dict[str, Any]]) -> list[Any]:
    return [one["details"]["response"]["status_code"] if one["status"] == "success" else one["code"] for one in found]


def test_sub_requests_use_the_answers_before_them(zoho: Zoho) -> None:
    before = zoho.sandbox.world.credits["zoho"]
    rename = {
        "sub_request_id": "rename",
        "method": "PUT",
        "uri": "/crm/v8/Leads",
        "body": {"data": [{"id": "@{1:$.data[0].details.id}", "Company": "Of @{1:$.data[0].code}"}]},
    }
    later = {**READ, "params": {"fields": "Last_Name,Company"}}
    answer = composite(zoho, INSERT, rename, later, BAD)
    found = results(answer)
    assert (answer.status_code, statuses(found)) == (200, [201, 200, 200, 400])
    lead = found[0]["details"]["response"]["body"]["data"][0]["details"]["id"]
    assert found[2] == {
        "code": "SUCCESS",
        "details": {
            "response": {
                "headers": {
                    "Content-Disposition": "attachment; filename=response.json",
                    "content-type": "application/json;charset=UTF-8",
                },
                "status_code": 200,
                "body": {"data": [{"id": lead, "Last_Name": "Boyle", "Company": "Of SUCCESS"}]},
            }
        },
        "message": "composite sub request executed successfully",
        "status": "success",
    }
    assert zoho.sandbox.world.credits["zoho"] - before == 1


def test_a_sub_request_uses_a_record_of_a_list(zoho: Zoho) -> None:
    newest = {"sub_request_id": "1", "method": "GET", "uri": "/crm/v8/Leads", "params": {"fields": "Owner"}}
    owner = {"method": "GET", "uri": "/crm/v8/users/@{1:$.data[0].Owner.id}"}
    found = [one["details"]["response"]["body"] for one in results(composite(zoho, newest, owner))]
    assert found[1]["users"][0]["id"] == found[0]["data"][0]["Owner"]["id"]


def test_a_failure_rolls_all_back_if_asked_to(zoho: Zoho) -> None:
    count, log = zoho.get("/Leads/actions/count").json(), len(zoho.writes())
    before = zoho.sandbox.world.credits["zoho"]
    answer = composite(zoho, INSERT, BAD, READ, rollback_on_fail=True)
    assert (answer.status_code, statuses(results(answer))) == (400, ["ROLLBACK_PERFORMED", 400, "PROCESSING_STOPPED"])
    assert zoho.sandbox.world.credits["zoho"] - before == 2
    assert (zoho.get("/Leads/actions/count").json(), len(zoho.writes())) == (count, log)
    before = zoho.sandbox.world.credits["zoho"]
    assert composite(zoho, INSERT, READ, rollback_on_fail=True, parallel_execution=False).status_code == 200
    assert zoho.sandbox.world.credits["zoho"] - before == 2
    assert zoho.get("/Leads/actions/count").json()["count"] == count["count"] + 1


@pytest.mark.parametrize(
    "item",
    [
        INSERT,
        {"method": "PUT", "uri": "/crm/v8/Deals", "body": {"data": [{"id": "{Deals}", "Stage": "Closed Won"}]}},
        {"method": "DELETE", "uri": "/crm/v8/Quotes/{Quotes}"},
        {"method": "POST", "uri": "/crm/v8/Accounts/{Accounts}/actions/add_tags", "body": {"tags": [{"name": "new"}]}},
        {
            "method": "POST",
            "uri": "/crm/v8/Tasks/{Tasks}/Locking_Information__s",
            "body": {"data": [{"Locked_Reason__s": "x"}]},
        },
        {"method": "POST", "uri": "/crm/v8/Leads/{Leads}/actions/convert", "body": {"data": [{}]}},
        {
            "method": "POST",
            "uri": "/crm/v8/Cases/actions/mass_update",
            "body": {"data": [{"Type": "Question"}], "cvid": "5000000001021001"},
        },
        {
            "method": "POST",
            "uri": "/crm/v8/settings/fields",
            "params": {"module": "Calls"},
            "body": {"fields": [{"field_label": "Mood", "data_type": "text"}]},
        },
    ],
    ids=["insert", "stage", "lines", "tag", "lock", "convert", "job", "field"],
)
def test_a_rollback_leaves_nothing_of_any_kind_of_write(zoho: Zoho, item: Any) -> None:
    text = json.dumps(item)
    for module in ("Deals", "Quotes", "Accounts", "Tasks", "Leads"):
        newest = zoho.get(f"/{module}", fields="id", per_page=1).json()["data"][0]["id"]
        text = text.replace(f"{{{module}}}", newest)
    first = json.loads(text)
    state = zoho.sandbox.zoho.dump()
    kept = {key: state[key] for key in ("tables", "next_id", "jobs")}
    answer = composite(zoho, first, BAD, rollback_on_fail=True)
    assert statuses(results(answer)) == ["ROLLBACK_PERFORMED", 400]
    after = zoho.sandbox.zoho.dump()
    assert {key: after[key] for key in kept} == kept
    # The same without a failure does something, so that there was something to undo.
    assert statuses(results(composite(zoho, first, rollback_on_fail=True)))[0] in (200, 201)
    assert {key: zoho.sandbox.zoho.dump()[key] for key in kept} != kept


def test_records_are_found_and_ordered_after_a_rollback(zoho: Zoho) -> None:
    params = {"fields": "Email", "sort_by": "Modified_Time", "converted": "both"}
    before, found = list(zoho.pages("Leads", **params)), zoho.get("/Leads/search", email="Boyle@x.example")
    mail = {
        "method": "POST",
        "uri": "/crm/v8/Leads/upsert",
        "body": {"data": [{"Last_Name": "B", "Email": "boyle@x.example"}]},
    }
    composite(zoho, mail, BAD, rollback_on_fail=True)
    after = list(zoho.pages("Leads", **params))
    assert [page["data"] for page in after] == [page["data"] for page in before]
    assert found.status_code == zoho.get("/Leads/search", email="boyle@x.example").status_code == 204
    upserts = [results(composite(zoho, mail))[0]["details"]["response"]["body"]["data"][0]["action"] for _ in range(2)]
    assert upserts == ["insert", "update"]


@pytest.mark.parametrize(
    ("item", "code", "name"),
    [
        (7, "INVALID_DATA", "uri"),
        ({"method": "GET"}, "MANDATORY_NOT_FOUND", "uri"),
        ({"method": "GET", "uri": "crm/v8/Leads"}, "MANDATORY_NOT_FOUND", "uri"),
        ({"uri": "/crm/v8/Leads"}, "MANDATORY_NOT_FOUND", "method"),
        ({**READ, "sub_request_id": "_x"}, "INVALID_DATA", "sub_request_id"),
        ({**READ, "sub_request_id": "1"}, "DUPLICATE_DATA", "sub_request_id"),
        (READ, "INVALID_REFERENCE", "uri"),
        ({**READ, "params": [1]}, "INVALID_DATA", "params"),
        ({"method": "GET", "uri": "/crm/v9/Leads"}, "NOT_ALLOWED", "uri"),
        ({"method": "POST", "uri": "/crm/v8/__composite_requests"}, "NOT_SUPPORTED", "uri"),
        ({"method": "GET", "uri": "/crm/v8/Leads", "params": {"per_page": 26}}, "LIMIT_EXCEEDED", "params"),
        ({"method": "PUT", "uri": "/crm/v8/Leads", "body": {"data": [{}, {}]}}, "LIMIT_EXCEEDED", "body"),
        ({"method": "GET", "uri": "/crm/v8/Leads/@{2:$.data}"}, "INVALID_REFERENCE", "uri"),
        ({"method": "GET", "uri": "/crm/v8/Leads/@{1:$.data[5].id}"}, "INVALID_REFERENCE", "uri"),
        ({"method": "GET", "uri": "/crm/v8/Leads/@{1:$..data}"}, "INVALID_REFERENCE", "uri"),
        ({"method": "GET", "uri": "/crm/v8/Leads/@{bad:$.data}"}, "INVALID_REFERENCE", "uri"),
    ],
)
def test_a_sub_request_that_is_wrong_is_not_run(zoho: Zoho, item: Any, code: str, name: str) -> None:
    org = {"sub_request_id": "1", "method": "GET", "uri": "/crm/v8/org"}
    answer = composite(zoho, org, {**BAD, "sub_request_id": "bad"}, item)
    found = results(answer)
    assert (answer.status_code, found[2]["code"]) == (207, code)
    assert found[2]["details"]["json_path"] == f"$.__composite_requests[2].{name}"


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "__composite_requests"}),
        ({"__composite_requests": None}, "MANDATORY_NOT_FOUND", {"api_name": "__composite_requests"}),
        ({"__composite_requests": {}}, "INVALID_DATA", {"expected_data_type": "jsonarray"}),
        ({"__composite_requests": []}, "INVALID_DATA", {"minimum_length": 1}),
        ({"__composite_requests": [{}] * 6}, "INVALID_DATA", {"maximum_length": 5}),
        ({"rollback_on_fail": "yes"}, "INVALID_DATA", {"api_name": "rollback_on_fail"}),
        ({"rollback_on_fail": True, "parallel_execution": True}, "AMBIGUITY_DURING_PROCESSING", {}),
    ],
)
def test_a_composite_that_is_wrong_is_refused(zoho: Zoho, body: Any, code: str, details: dict[str, Any]) -> None:
    answer = zoho.post("/__composite_requests", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["details"].items() >= details.items()


def test_nothing_that_can_be_run_is_400_and_scopes_are_those_of_each_call(zoho: Zoho) -> None:
    assert composite(zoho, 7, {}).status_code == 400
    unknown = composite(zoho, {"method": "GET", "uri": "/crm/v8/leads"}, {"method": "PATCH", "uri": "/crm/v8/Leads"})
    assert statuses(results(unknown)) == [404, 400]
    reader = Zoho(zoho.sandbox, CREDENTIALS | {"refresh_token": "sandbox-refresh-readonly"})
    assert composite(reader, READ).json()["code"] == "OAUTH_SCOPE_MISMATCH"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(
        st.fixed_dictionaries(
            {"method": st.sampled_from(["GET", "POST", "PUT", "DELETE"])},
            optional={
                "uri": st.sampled_from(
                    ["/crm/v8/Leads", "/crm/v8/Deals/actions/add_tags", "/crm/v8/@{1:$.x}", "/crm/v8/"]
                ),
                "sub_request_id": st.sampled_from(["1", "2", "", "a b"]) | VALUES,
                "params": VALUES,
                "body": VALUES,
                "headers": VALUES,
            },
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_composite_breaks_the_server(zoho: Zoho, items: list[Any]) -> None:
    answer = composite(zoho, *items)
    assert answer.status_code in (200, 207, 400), answer.text
    assert {one["status"] for one in results(answer)} <= {"success", "error"}
