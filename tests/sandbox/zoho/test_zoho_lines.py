"""Lines of quotes, orders and invoices: shown with one record only, written with it, and summed up in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.world import World
from sandbox.zoho.system import ZohoSystem

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

# The first two products of the start: an annual licence at 12,000 and a standard edition at 6,800.
LICENCE, STANDARD = "5000000711000001", "5000000711000002"
PRICES = "5000000725000001"
SUMS = ("Sub_Total", "Discount", "Tax", "Adjustment", "Grand_Total")


def quote(zoho: Zoho, *lines: dict[str, Any], **values: Any) -> str:
    item = {"Subject": "Rollout", "Quoted_Items": list(lines), **values}
    answer = zoho.post("/Quotes", {"data": [item], "trigger": []})
    assert answer.status_code == 201, answer.text
    record: str = answer.json()["data"][0]["details"]["id"]
    return record


def update(zoho: Zoho, record: str, **values: Any) -> dict[str, Any]:
    item: dict[str, Any] = zoho.put("/Quotes", {"data": [{"id": record, **values}], "trigger": []}).json()["data"][0]
    return item


def lines_of(zoho: Zoho, record: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = zoho.read("Quotes", record, "Quoted_Items")["Quoted_Items"]
    return lines


def test_a_line_has_a_price_a_discount_and_taxes(zoho: Zoho) -> None:
    vat = [{"name": "VAT", "percentage": 13}]
    record = quote(
        zoho,
        {"Product_Name": {"id": LICENCE}, "Quantity": 3, "Line_Tax": vat, "Price_Book_Name": {"id": PRICES}},
        {"Product_Name": {"id": STANDARD}, "Quantity": 2.5, "List_Price": 10.1, "Discount": 1},
        Discount=100,
        Adjustment=0.5,
    )
    found = zoho.read("Quotes", record, "Quoted_Items", "Quote_Stage", "Quote_Number", *SUMS)
    licence, standard = found["Quoted_Items"]
    assert licence == {
        "id": licence["id"],
        "Parent_Id": {"name": "Rollout", "id": record},
        "Created_Time": licence["Created_Time"],
        "Modified_Time": licence["Created_Time"],
        "Layout": {"name": "Standard", "id": "5000000001400067"},
        "$in_merge": False,
        "$field_states": None,
        "$zia_visions": None,
        "Product_Name": {"name": "年度订阅 Annual Licence", "id": LICENCE},
        "Quantity": 3,
        "List_Price": 12000,
        "Discount": 0,
        "Price_Book_Name": {"name": "标准价 List Prices", "id": "5000000725000001"},
        "Description": None,
        "Line_Tax": vat,
        "Total": 36000,
        "Tax": 4680,
        "Net_Total": 40680,
    }
    assert [standard[name] for name in ("Quantity", "List_Price", "Total", "Net_Total")] == [2.5, 10.1, 25.25, 24.25]
    assert [found[name] for name in SUMS] == [40704.25, 100, None, 0.5, 40604.75]
    assert (found["Quote_Stage"], found["$has_more"]) == ("Draft", {"Quoted_Items": False})
    assert found["Quote_Number"].isdigit()


def test_lists_leave_the_lines_out_and_the_lines_are_a_module_of_their_own(zoho: Zoho) -> None:
    record = quote(zoho, {"Product_Name": {"id": LICENCE}})
    listed = zoho.get("/Quotes", fields="Subject,Quoted_Items,Grand_Total", ids=record).json()["data"][0]
    assert listed == {"id": record, "Subject": "Rollout", "Grand_Total": 12000}
    line = lines_of(zoho, record)[0]["id"]
    own = zoho.read("Quoted_Items", line, "Parent_Id", "Net_Total")
    assert own == {"id": line, "Parent_Id": {"name": "Rollout", "id": record}, "Net_Total": 12000}
    facts = zoho.get("/settings/modules/Quoted_Items").json()["modules"][0]
    assert facts["generated_type"] == "subform"
    assert facts["parent_module"] == {"api_name": "Quotes", "id": "5000000001301025"}


def test_lines_are_changed_added_and_removed_by_id(zoho: Zoho) -> None:
    record = quote(zoho, {"Product_Name": {"id": LICENCE}}, {"Product_Name": {"id": STANDARD}})
    licence, standard = lines_of(zoho, record)
    changes = [{"id": licence["id"], "Quantity": 2}, {"id": standard["id"], "_delete": None}]
    added = {"Product_Name": {"id": STANDARD}, "List_Price": 500, "Description": "spare"}
    assert update(zoho, record, Quoted_Items=[*changes, added])["code"] == "SUCCESS"
    lines = lines_of(zoho, record)
    assert [(line["Product_Name"]["id"], line["Net_Total"]) for line in lines] == [(LICENCE, 24000), (STANDARD, 500)]
    assert zoho.read("Quotes", record, "Grand_Total")["Grand_Total"] == 24500
    assert update(zoho, record, Discount=500)["code"] == "SUCCESS"
    assert zoho.read("Quotes", record, "Grand_Total")["Grand_Total"] == 24000
    last = zoho.writes()[-2]["records"][0]
    assert (last["field"], len(last["before"]), len(last["after"])) == ("Quoted_Items", 2, 2)
    assert [line["Quantity"] for line in last["before"]] == [1, 1]


def test_lines_go_and_come_back_with_their_record(zoho: Zoho) -> None:
    record = quote(zoho, {"Product_Name": {"id": LICENCE}}, {"Product_Name": {"id": STANDARD}})
    kept, removed = (line["id"] for line in lines_of(zoho, record))
    update(zoho, record, Quoted_Items=[{"id": removed, "_delete": None}])
    zoho.edit("Quotes", "delete", record)
    assert zoho.get(f"/Quoted_Items/{kept}", fields="id").status_code == 204
    zoho.edit("Quotes", "restore", record)
    assert [line["id"] for line in lines_of(zoho, record)] == [kept]


def test_lines_survive_a_saved_state() -> None:
    first, second = (ZohoSystem(World(started_at=datetime(2026, 11, 24, 4, tzinfo=UTC))) for _ in range(2))
    lines = [{"Product_Name": {"id": LICENCE}}, {"Product_Name": {"id": STANDARD}}]
    made = first.edit("Quotes", "create", None, {"Subject": "Kept", "Quoted_Items": lines})
    second.load(json.loads(json.dumps(first.dump())))
    kept = second.edit("Quotes", "update", made["id"], {"Discount": 800})
    assert kept["Quoted_Items"] == made["Quoted_Items"]
    assert (made["Grand_Total"], kept["Grand_Total"]) == (18800, 18000)


@pytest.mark.parametrize(
    ("lines", "code", "details"),
    [
        ([], "MANDATORY_NOT_FOUND", {"json_path": "$.data[0].Quoted_Items"}),
        ("none", "INVALID_DATA", {"expected_data_type": "jsonarray", "json_path": "$.data[0].Quoted_Items"}),
        ([7], "INVALID_DATA", {"expected_data_type": "jsonobject", "json_path": "$.data[0].Quoted_Items[0]"}),
        ([{"Quantity": 1}], "MANDATORY_NOT_FOUND", {"json_path": "$.data[0].Quoted_Items[0].Product_Name"}),
        (
            [{"Product_Name": {"id": "1"}}],
            "INVALID_DATA",
            {"api_name": "id", "json_path": "$.data[0].Quoted_Items[0].Product_Name.id"},
        ),
        (
            [{"Product_Name": {"id": LICENCE}, "Quantity": "three"}],
            "INVALID_DATA",
            {"expected_data_type": "double", "json_path": "$.data[0].Quoted_Items[0].Quantity"},
        ),
        (
            [{"Product_Name": {"id": LICENCE}, "Line_Tax": [{"percentage": "13"}]}],
            "INVALID_DATA",
            {"expected_data_type": "jsonarray", "json_path": "$.data[0].Quoted_Items[0].Line_Tax"},
        ),
        ([{"id": "5000000714000001"}], "INVALID_DATA", {"json_path": "$.data[0].Quoted_Items[0].id"}),
        ([{"Product_Name": {"id": LICENCE}}] * 501, "LIMIT_EXCEEDED", {"limit": 500}),
    ],
)
def test_a_wrong_line_is_named_with_its_place(zoho: Zoho, lines: Any, code: str, details: dict[str, Any]) -> None:
    item = {"Subject": "x", "Quoted_Items": lines}
    answer = zoho.post("/Quotes", {"data": [item], "trigger": []})
    result = answer.json()["data"][0]
    assert (answer.status_code, result["code"]) == (400, code)
    assert result["details"].items() >= details.items()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
LINE = st.fixed_dictionaries(
    {"Product_Name": st.just({"id": LICENCE})},
    optional=dict.fromkeys(("Quantity", "List_Price", "Discount", "Line_Tax", "id", "_delete", "Total"), JSON),
)


@settings(max_examples=50, deadline=None)
@given(lines=st.lists(LINE | JSON, max_size=3), discount=JSON)
def test_no_line_breaks_the_server(zoho: Zoho, lines: list[Any], discount: Any) -> None:
    item = {"Subject": "fuzz", "Quoted_Items": lines, "Discount": discount}
    answer = zoho.post("/Quotes", {"data": [item], "trigger": []})
    assert answer.status_code in (201, 400)
    if answer.status_code == 201:
        record = answer.json()["data"][0]["details"]["id"]
        assert zoho.get(f"/Quotes/{record}", fields="Quoted_Items,Grand_Total").status_code == 200
