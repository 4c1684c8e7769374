"""Custom fields are created by a call, can be used at once, and may be unique."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


def create(zoho: Zoho, module: str, *fields: Any) -> requests.Response:
    return zoho.post(f"/settings/fields?module={module}", {"fields": list(fields)})


def described(zoho: Zoho, module: str, label: str) -> dict[str, Any]:
    fields = zoho.get("/settings/fields", module=module).json()["fields"]
    return next(field for field in fields if field["field_label"] == label)


def test_a_created_field_is_described_and_can_be_written_at_once(zoho: Zoho) -> None:
    old = zoho.get("/Leads", fields="Last_Name,Layout", per_page=1).json()["data"][0]
    ids = {field["api_name"]: field["id"] for field in zoho.get("/settings/fields", module="Leads").json()["fields"]}
    before = zoho.sandbox.world.credits["zoho"]
    wish = {"field_label": "Win Score", "data_type": "double", "length": 5, "decimal_place": 2}
    answer = create(zoho, "Leads", wish | {"tooltip": {"name": "info_icon", "value": "Computed"}})
    assert zoho.sandbox.world.credits["zoho"] - before == 10
    field = described(zoho, "Leads", "Win Score")
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "fields": [
                {"code": "SUCCESS", "details": {"id": field["id"]}, "message": "field created", "status": "success"}
            ]
        },
    )
    keys = ("api_name", "data_type", "json_type", "length", "decimal_place", "custom_field", "read_only", "unique")
    assert [field[key] for key in keys] == ["Win_Score", "double", "double", 5, 2, True, False, {}]
    assert field["tooltip"] == {"name": "info_icon", "value": "Computed"}
    after = {field["api_name"]: field["id"] for field in zoho.get("/settings/fields", module="Leads").json()["fields"]}
    assert after == ids | {"Win_Score": field["id"]}
    assert zoho.read("Leads", old["id"], "Last_Name", "Layout", "Win_Score") == old | {"Win_Score": None}
    assert zoho.put(f"/Leads/{old['id']}", {"data": [{"Win_Score": 88.25}], "trigger": []}).status_code == 200
    assert zoho.read("Leads", old["id"], "Last_Name", "Win_Score") == {
        "id": old["id"],
        "Last_Name": old["Last_Name"],
        "Win_Score": 88.25,
    }
    wrong = zoho.put(f"/Leads/{old['id']}", {"data": [{"Win_Score": 88.255}], "trigger": []}).json()["data"][0]
    assert wrong["details"] == {
        "expected_data_type": "double",
        "api_name": "Win_Score",
        "json_path": "$.data[0].Win_Score",
    }


@pytest.mark.parametrize(
    ("wish", "value", "shown"),
    [
        ({"data_type": "text", "length": 10}, "x" * 10, "x" * 10),
        ({"data_type": "textarea", "textarea": {"type": "small"}}, "y" * 2000, "y" * 2000),
        ({"data_type": "email"}, "a@b.example", "a@b.example"),
        ({"data_type": "phone", "length": 30}, "138", "138"),
        ({"data_type": "website"}, "https://zeta.example", "https://zeta.example"),
        ({"data_type": "integer", "length": 2}, 99, 99),
        ({"data_type": "bigint"}, "123456789012345678", "123456789012345678"),
        ({"data_type": "currency", "decimal_place": 3}, 1.125, 1.125),
        ({"data_type": "percent"}, 12.5, 12.5),
        ({"data_type": "boolean"}, True, True),
        ({"data_type": "date"}, "2026-12-17", "2026-12-17"),
        ({"data_type": "datetime"}, "2026-12-17T00:00:00+00:00", "2026-12-17T08:00:00+08:00"),
        ({"data_type": "picklist", "pick_list_values": [{"display_value": "A", "actual_value": "a"}]}, "a", "a"),
        (
            {"data_type": "multiselectpicklist", "pick_list_values": [{"display_value": "A"}, {"display_value": "B"}]},
            ["A", "B"],
            ["A", "B"],
        ),
    ],
)
def test_fields_of_each_type_keep_their_values(zoho: Zoho, wish: dict[str, Any], value: Any, shown: Any) -> None:
    label = f"My {wish['data_type']}"
    assert create(zoho, "Accounts", wish | {"field_label": label}).status_code == 201
    name = described(zoho, "Accounts", label)["api_name"]
    assert name == f"My_{wish['data_type']}"
    account = zoho.get("/Accounts", fields=name, per_page=1).json()["data"][0]
    assert account[name] is (False if wish["data_type"] == "boolean" else None)
    answer = zoho.put(f"/Accounts/{account['id']}", {"data": [{name: value}], "trigger": []})
    assert answer.status_code == 200, answer.text
    assert zoho.read("Accounts", account["id"], name)[name] == shown


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("1" * 19, {"maximum_length": 18}),
        (12.5, {"expected_data_type": "bigint"}),
        ("12x", {"expected_data_type": "bigint"}),
    ],
)
def test_a_bigint_is_text_of_18_digits(zoho: Zoho, value: Any, wrong: dict[str, Any]) -> None:
    if not any(
        field["field_label"] == "Big" for field in zoho.get("/settings/fields", module="Deals").json()["fields"]
    ):
        create(zoho, "Deals", {"field_label": "Big", "data_type": "bigint"})
    deal = zoho.get("/Deals", fields="id", per_page=1).json()["data"][0]["id"]
    answer = zoho.put(f"/Deals/{deal}", {"data": [{"Big": value}]}).json()["data"][0]
    assert answer["details"] == {**wrong, "api_name": "Big", "json_path": "$.data[0].Big"}


def test_rich_text_is_cut_in_lists_and_whole_alone(zoho: Zoho) -> None:
    create(zoho, "Contacts", {"field_label": "Story", "data_type": "textarea", "textarea": {"type": "rich_text"}})
    contact = zoho.get("/Contacts", fields="Story", per_page=1).json()["data"][0]["id"]
    zoho.put(f"/Contacts/{contact}", {"data": [{"Story": "s" * 600}]})
    assert zoho.read("Contacts", contact, "Story")["Story"] == "s" * 600
    assert zoho.get("/Contacts", fields="Story", ids=contact).json()["data"][0]["Story"] == "s" * 500


def test_chosen_values_are_replaced_or_appended(zoho: Zoho) -> None:
    options = [{"display_value": value} for value in ("Mon", "Tue", "Wed")]
    create(zoho, "Leads", {"field_label": "Days", "data_type": "multiselectpicklist", "pick_list_values": options})
    lead = zoho.post("/Leads", {"data": [{"Last_Name": "Dane", "Days": ["Mon"]}]}).json()["data"][0]["details"]["id"]

    def after(item: dict[str, Any]) -> Any:
        assert zoho.put(f"/Leads/{lead}", {"data": [item], "trigger": []}).status_code == 200
        return zoho.read("Leads", lead, "Days")["Days"]

    assert after({"Days": ["Tue"], "$append_values": {"Days": True}}) == ["Mon", "Tue"]
    assert after({"Days": ["Tue", "Wed"], "$append_values": {"Days": True, "Company": True}}) == ["Mon", "Tue", "Wed"]
    for criteria, found in (
        ("equals:wed", True),
        ("in:Sun,Mon", True),
        ("starts_with:Su", False),
        ("not_equal:Tue", False),
    ):
        answer = zoho.get("/Leads/search", criteria=f"((Last_Name:equals:Dane)and(Days:{criteria}))")
        assert (answer.status_code == 200) is found
    assert after({"Days": ["Tue"], "$append_values": {"Days": False}}) == ["Tue"]
    assert after({"Days": []}) == []
    assert after({"Days": None}) is None
    assert after({"Days": ["Wed"], "$append_values": {"Days": True}}) == ["Wed"]
    wrong = zoho.put(f"/Leads/{lead}", {"data": [{"Days": "Mon", "$append_values": []}]}).json()["data"][0]
    assert [error["details"] for error in wrong["details"]["errors"]] == [
        {"expected_data_type": "jsonobject", "api_name": "$append_values", "json_path": "$.data[0].$append_values"},
        {"expected_data_type": "jsonarray", "api_name": "Days", "json_path": "$.data[0].Days"},
    ]


def test_a_label_becomes_a_free_api_name(zoho: Zoho) -> None:
    labels = ["Score (in %)", "Score in", "客户分", "2nd try", "first name!"]
    wishes = [{"field_label": label, "data_type": "text"} for label in labels]
    assert create(zoho, "Contacts", *wishes).status_code == 201
    names = [described(zoho, "Contacts", label)["api_name"] for label in labels]
    assert names == ["Score_in", "Score_in1", "Field", "Field_2nd_try", "first_name"]


def test_options_keep_what_is_stored_and_what_is_displayed(zoho: Zoho) -> None:
    given = [{"display_value": "Very good", "actual_value": "vg"}, {"actual_value": "ok"}, {"display_value": "Bad"}]
    create(zoho, "Cases", {"field_label": "Mark", "data_type": "picklist", "pick_list_values": given})
    shown = described(zoho, "Cases", "Mark")["pick_list_values"]
    assert [(option["display_value"], option["actual_value"]) for option in shown] == [
        ("Very good", "vg"),
        ("ok", "ok"),
        ("Bad", "Bad"),
    ]


def test_unique_fields_refuse_a_second_record_with_the_value(zoho: Zoho) -> None:
    module = "Sales_Performance"
    unique = {"data_type": "text", "unique": {"case_sensitive": False}}
    create(zoho, module, {"field_label": "Key One", **unique}, {"field_label": "Key Two", **unique})
    assert described(zoho, module, "Key One")["unique"] == {"case_sensitive": False}
    third = create(zoho, module, {"field_label": "Key Three", **unique})
    assert (third.status_code, third.json()["fields"][0]["code"], third.json()["fields"][0]["details"]) == (
        400,
        "LIMIT_EXCEEDED",
        {"limit": 2, "api_name": "unique", "json_path": "$.fields[0].unique"},
    )
    items = [{"Name": "A", "Key_One": "k1"}, {"Name": "B", "Key_One": "k2", "Key_Two": "t2"}]
    first, second = (result["details"]["id"] for result in zoho.post(f"/{module}", {"data": items}).json()["data"])
    repeated = zoho.post(f"/{module}", {"data": [{"Name": "C", "Key_One": "K1"}]})
    duplicate = {
        "code": "DUPLICATE_DATA",
        "details": {
            "api_name": "Key_One",
            "json_path": "$.data[0].Key_One",
            "id": first,
            "more_records": False,
            "duplicate_record": {
                "id": first,
                "module": {"api_name": module, "id": "5000000000501025"},
                "Owner": {"id": "5000000000000201", "name": "CRM Admin", "zuid": "700000002"},
            },
        },
        "message": "duplicate data",
        "status": "error",
    }
    assert (repeated.status_code, repeated.json()["data"]) == (400, [duplicate])
    assert zoho.put(f"/{module}", {"data": [{"id": second, "Key_One": "k1"}]}).json()["data"] == [duplicate]
    assert zoho.put(f"/{module}", {"data": [{"id": first, "Key_One": "K1"}]}).status_code == 200
    found = zoho.post(f"/{module}/upsert", {"data": [{"Key_Two": "t2"}, {"Name": "A", "Key_Two": "t3"}]}).json()["data"]
    assert [(item["details"]["id"], item["action"], item["duplicate_field"]) for item in found] == [
        (second, "update", "Key_Two"),
        (first, "update", "Name"),
    ]
    listed = {"data": [{"Name": "B", "Key_One": "k1"}], "duplicate_check_fields": ["Key_Two"]}
    third_way = zoho.post(f"/{module}/upsert", listed).json()["data"][0]
    assert (third_way["details"]["id"], third_way["duplicate_field"]) == (first, "Key_One")
    clash = {"data": [{"Key_Two": "t2", "Key_One": "k1"}], "duplicate_check_fields": ["Key_Two"]}
    assert zoho.post(f"/{module}/upsert", clash).json()["data"][0]["code"] == "DUPLICATE_DATA"
    zoho.call("DELETE", f"/{module}", params={"ids": first})
    assert zoho.post(f"/{module}", {"data": [{"Name": "C", "Key_One": "k1"}]}).status_code == 201


@pytest.mark.parametrize(
    ("wish", "code", "details"),
    [
        (7, "INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": "$.fields[0]"}),
        ({"data_type": "text"}, "MANDATORY_NOT_FOUND", {"json_path": "$.fields[0].field_label"}),
        ({"field_label": "X"}, "MANDATORY_NOT_FOUND", {"json_path": "$.fields[0].data_type"}),
        ({"field_label": " ", "data_type": "text"}, "INVALID_DATA", {"api_name": "field_label"}),
        ({"field_label": "last name", "data_type": "text"}, "DUPLICATE_DATA", {"api_name": "field_label"}),
        ({"field_label": "X", "data_type": "formula"}, "INVALID_DATA", {"api_name": "data_type"}),
        (
            {"field_label": "X", "data_type": "text", "length": 256},
            "DEPENDENT_MISMATCH",
            {"api_name": "length", "range": {"min": 1, "max": 255}},
        ),
        ({"field_label": "X", "data_type": "text", "length": "9"}, "INVALID_DATA", {"expected_data_type": "integer"}),
        ({"field_label": "X", "data_type": "double", "decimal_place": 10}, "DEPENDENT_MISMATCH", {}),
        ({"field_label": "X", "data_type": "textarea"}, "DEPENDENT_FIELD_MISSING", {"api_name": "textarea"}),
        ({"field_label": "X", "data_type": "textarea", "textarea": {}}, "INVALID_DATA", {"api_name": "type"}),
        ({"field_label": "X", "data_type": "picklist"}, "EXPECTED_DEPENDENT_FIELD_MISSING", {}),
        ({"field_label": "X", "data_type": "picklist", "pick_list_values": [1]}, "INVALID_DATA", {}),
        ({"field_label": "X", "data_type": "picklist", "pick_list_values": []}, "INVALID_DATA", {}),
        (
            {"field_label": "X", "data_type": "picklist", "pick_list_values": [{"display_value": "A"}] * 2},
            "DUPLICATE_DATA",
            {"api_name": "pick_list_values"},
        ),
        (
            {
                "field_label": "X",
                "data_type": "picklist",
                "pick_list_values": [{"actual_value": "a", "display_value": 1}],
            },
            "INVALID_DATA",
            {"api_name": "pick_list_values"},
        ),
        ({"field_label": "X", "data_type": "text", "unique": True}, "INVALID_DATA", {"api_name": "unique"}),
        ({"field_label": "X", "data_type": "text", "tooltip": "x"}, "INVALID_DATA", {"api_name": "tooltip"}),
    ],
)
def test_a_wish_that_is_wrong_is_refused(zoho: Zoho, wish: Any, code: str, details: dict[str, Any]) -> None:
    answer = create(zoho, "Leads", wish)
    error = answer.json()["fields"][0]
    assert (answer.status_code, error["code"], error["status"]) == (400, code, "error")
    assert error["details"].items() >= details.items()


def test_some_good_some_bad_is_207_and_a_malformed_call_is_refused_whole(zoho: Zoho) -> None:
    mixed = create(zoho, "Leads", {"field_label": "Good one", "data_type": "date"}, {"field_label": "Bad one"})
    assert (mixed.status_code, [field["status"] for field in mixed.json()["fields"]]) == (207, ["success", "error"])
    six = create(zoho, "Leads", *[{"field_label": f"F{n}", "data_type": "text"} for n in range(6)])
    assert (six.status_code, six.json()["code"], six.json()["details"]) == (
        400,
        "LIMIT_EXCEEDED",
        {"maximum_length": 5, "api_name": "fields"},
    )
    assert zoho.post("/settings/fields", {"fields": []}).json()["code"] == "REQUIRED_PARAM_MISSING"
    assert create(zoho, "Nothing", {}).json()["code"] == "INVALID_MODULE"
    assert zoho.post("/settings/fields?module=Leads", {}).json()["code"] == "MANDATORY_NOT_FOUND"


def test_the_edition_says_how_many_custom_fields_a_module_takes(zoho: Zoho) -> None:
    for edition, most in (("standard", 10), ("professional", 155), ("enterprise", 300), ("ultimate", 500)):
        zoho.edit("switches", "update", edition=edition)
        results: list[dict[str, Any]] = [{"code": "SUCCESS"}]
        while results[-1]["code"] == "SUCCESS":
            wishes = [{"field_label": f"{edition} {len(results)} {n}", "data_type": "date"} for n in range(5)]
            results += create(zoho, "Campaigns", *wishes).json()["fields"]
        fields = zoho.get("/settings/fields", module="Campaigns").json()["fields"]
        assert (results[-1]["code"], results[-1]["details"]["limit"]) == ("LIMIT_EXCEEDED", most)
        assert sum(field["custom_field"] for field in fields) == most
    zoho.edit("switches", "update", edition="enterprise")
