"""The criteria of a bulk read choose the records that they describe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import Zoho

OWNERS = {"alpha": "5000000000000212", "beta": "5000000000000213"}
# Four deals, known by their names; what is not given is empty.
DEALS: dict[str, dict[str, Any]] = {
    "alpha": {"Amount": 100.5, "Probability": 10, "Closing_Date": "2026-01-10", "Type": "New Business"},
    "beta": {"Amount": 200, "Probability": 20, "Closing_Date": "2026-02-20", "Type": "Existing Business"},
    "Alphabet": {"Amount": -5, "Probability": 30, "Closing_Date": "2026-03-30"},
    "delta's": {"Probability": 40},
}


@pytest.fixture(autouse=True)
def _fresh(zoho: Zoho) -> Iterator[None]:
    bulk.advance(zoho, 601)
    zoho.refresh()
    return iter([None])


@pytest.fixture(scope="module")
def ids(zoho: Zoho) -> dict[str, str]:
    """Ids of the four deals and of the accounts of two of them."""
    made = {}
    for name, values in DEALS.items():
        fields = values | {"Deal_Name": name, "Stage": "Qualification", "Next_Step": "bulk"}
        if name in OWNERS:
            made[f"account of {name}"] = zoho.edit("Accounts", "create", Account_Name=f"A {name}", Fax=name)["id"]
            fields |= {"Account_Name": made[f"account of {name}"], "Owner": OWNERS[name]}
        made[name] = zoho.edit("Deals", "create", **fields)["id"]
        bulk.advance(zoho, 100)
    zoho.edit("Deals", "lock", made["beta"])
    return made


def condition(name: str, comparator: str, value: Any) -> dict[str, Any]:
    return {"field": {"api_name": name}, "comparator": comparator, "value": value}


def group(operator: str, *members: dict[str, Any]) -> dict[str, Any]:
    return {"group_operator": operator, "group": list(members)}


OURS = condition("Next_Step", "equal", "bulk")


def chosen(zoho: Zoho, criteria: dict[str, Any]) -> set[str]:
    body = bulk.query("Deals", fields=["Deal_Name"], criteria=group("and", OURS, criteria))
    return {row[1] for row in bulk.export(zoho, body)[1:]}


@pytest.mark.parametrize(
    ("name", "comparator", "value", "names"),
    [
        ("Amount", "equal", 100.5, {"alpha"}),
        ("Amount", "equal", "100.5", {"alpha"}),
        ("Amount", "equal", "${EMPTY}", {"delta's"}),
        ("Amount", "not_equal", 200, {"alpha", "Alphabet"}),
        ("Amount", "not_equal", "${EMPTY}", {"alpha", "beta", "Alphabet"}),
        ("Amount", "in", [200, -5], {"beta", "Alphabet"}),
        ("Amount", "in", [200, "${EMPTY}"], {"beta", "delta's"}),
        ("Amount", "not_in", [200, -5], {"alpha"}),
        ("Amount", "not_in", [200, "${EMPTY}"], {"alpha", "Alphabet"}),
        ("Amount", "less_than", 100.5, {"Alphabet"}),
        ("Amount", "less_equal", 100.5, {"alpha", "Alphabet"}),
        ("Amount", "greater_than", 100.5, {"beta"}),
        ("Amount", "greater_equal", 100.5, {"alpha", "beta"}),
        ("Probability", "greater_than", "25", {"Alphabet", "delta's"}),
        ("Deal_Name", "equal", "alpha", {"alpha"}),
        ("Deal_Name", "not_equal", "alpha", {"beta", "Alphabet", "delta's"}),
        ("Deal_Name", "in", ["alpha", "delta's"], {"alpha", "delta's"}),
        ("Deal_Name", "not_in", ["alpha", "delta's"], {"beta", "Alphabet"}),
        ("Deal_Name", "contains", "lpha", {"alpha", "Alphabet"}),
        ("Deal_Name", "not_contains", "lpha", {"beta", "delta's"}),
        ("Deal_Name", "starts_with", "Alpha", {"Alphabet"}),
        ("Deal_Name", "ends_with", "ta", {"beta"}),
        ("Type", "equal", "${EMPTY}", {"Alphabet", "delta's"}),
        ("Type", "not_equal", "New Business", {"beta"}),
        ("Closing_Date", "equal", "2026-02-20", {"beta"}),
        ("Closing_Date", "not_equal", "2026-02-20", {"alpha", "Alphabet"}),
        ("Closing_Date", "between", ["2026-01-10", "2026-02-20"], {"alpha", "beta"}),
        ("Closing_Date", "not_between", ["2026-01-10", "2026-02-20"], {"Alphabet"}),
        ("Closing_Date", "less_than", "2026-02-20", {"alpha"}),
        ("Closing_Date", "greater_equal", "2026-02-20", {"beta", "Alphabet"}),
        ("Closing_Date", "in", ["2026-02-20", "${EMPTY}"], {"beta", "delta's"}),
        ("Created_Time", "greater_than", "2020-01-01T00:00:00+00:00", set(DEALS)),
        ("Created_Time", "less_than", "2020-01-01T00:00:00+00:00", set()),
        ("Created_Time", "between", ["2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+08:00"], set(DEALS)),
        ("Locked__s", "equal", True, {"beta"}),
        ("Locked__s", "equal", "false", {"alpha", "Alphabet", "delta's"}),
        ("Account_Name", "equal", "${EMPTY}", {"Alphabet", "delta's"}),
        ("Account_Name", "not_equal", "${EMPTY}", {"alpha", "beta"}),
        ("Account_Name.Fax", "equal", "beta", {"beta"}),
        ("Account_Name.Fax", "equal", "${EMPTY}", {"Alphabet", "delta's"}),
        ("Owner", "equal", OWNERS["alpha"], {"alpha"}),
        ("Owner", "in", [int(OWNERS["alpha"]), OWNERS["beta"]], {"alpha", "beta"}),
        ("Owner.id", "equal", OWNERS["beta"], {"beta"}),
    ],
)
def test_each_comparator_chooses_by_the_type(
    zoho: Zoho, ids: dict[str, str], *, name: str, comparator: str, value: Any, names: set[str]
) -> None:
    assert chosen(zoho, condition(name, comparator, value)) == names


def test_ids_may_be_numbers_or_texts(zoho: Zoho, ids: dict[str, str]) -> None:
    assert chosen(zoho, condition("id", "in", [ids["alpha"], int(ids["beta"])])) == {"alpha", "beta"}
    assert chosen(zoho, condition("id", "greater_than", ids["beta"])) == {"Alphabet", "delta's"}
    assert chosen(zoho, condition("Account_Name", "not_equal", ids["account of alpha"])) == {"beta"}


def test_datetimes_are_compared_to_the_second(zoho: Zoho, ids: dict[str, str]) -> None:
    at = zoho.read("Deals", ids["beta"], "Created_Time")["Created_Time"]
    assert chosen(zoho, condition("Created_Time", "equal", at)) == {"beta"}
    assert chosen(zoho, condition("Created_Time", "greater_equal", at)) == {"beta", "Alphabet", "delta's"}
    assert chosen(zoho, condition("Created_Time", "less_than", at)) == {"alpha"}


def test_fields_that_are_not_stored_are_compared_too(zoho: Zoho, ids: dict[str, str]) -> None:
    revenue = condition("Expected_Revenue", "greater_than", 30)
    assert chosen(zoho, revenue) == {"beta"}
    lead = zoho.edit("Leads", "create", First_Name="Ada", Last_Name="Bulkhead", Company="Zeta")
    named = condition("Full_Name", "ends_with", "Bulkhead")
    changed = condition("Change_Log_Time__s", "equal", lead["Modified_Time"])
    fields = ["Full_Name", "Change_Log_Time__s"]
    query = bulk.query("Leads", fields=fields, criteria=group("and", named, changed))
    assert bulk.export(zoho, query)[1:] == [[lead["id"], "Ada Bulkhead", lead["Modified_Time"]]]


def test_groups_stand_within_groups(zoho: Zoho, ids: dict[str, str]) -> None:
    amount, probability = condition("Amount", "greater_than", 150), condition("Probability", "equal", 40)
    early = condition("Closing_Date", "less_than", "2026-02-01")
    assert chosen(zoho, group("or", amount, probability)) == {"beta", "delta's"}
    assert chosen(zoho, group("and", amount, probability)) == set()
    assert chosen(zoho, group("or", early, group("and", amount, group("or", probability, OURS)))) == {"alpha", "beta"}


def test_a_condition_may_name_its_field_directly_and_stand_alone(zoho: Zoho, ids: dict[str, str]) -> None:
    alone = {"api_name": "Deal_Name", "comparator": "equal", "value": "delta's", "type": "value"}
    assert bulk.export(zoho, bulk.query("Deals", fields=["Deal_Name"], criteria=alone))[1:] == [
        [ids["delta's"], "delta's"]
    ]


def told(name: str, comparator: str, value: Any) -> dict[str, Any]:
    return {"api_name": name, "comparator": comparator, "value": value, "type": "value"}


NUMBER = ["equal", "not_equal", "in", "not_in", "less_than", "less_equal", "greater_than", "greater_equal"]
TEXT = ["equal", "not_equal", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with"]
DATE = ["equal", "not_equal", "in", "not_in", "between", "not_between", *NUMBER[4:]]
UNSUPPORTED = "FIELD_COMPARATOR_IN_CRITERIA_NOT_SUPPORTED"
MISFIT = "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"
WRONG_SHAPE = "COMPARATOR_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE"


@pytest.mark.parametrize(
    ("name", "comparator", "supported"),
    [
        ("Amount", "contains", NUMBER),
        ("Amount", "between", NUMBER),
        ("Probability", "starts_with", NUMBER),
        ("Deal_Name", "less_than", TEXT),
        ("Type", "between", TEXT),
        ("Closing_Date", "contains", DATE),
        ("Created_Time", "like", DATE),
        ("Locked__s", "not_equal", ["equal"]),
        ("Owner", "contains", NUMBER[:4]),
        ("Account_Name", "greater_than", NUMBER[:4]),
    ],
)
def test_a_comparator_of_another_type_is_refused(zoho: Zoho, name: str, comparator: str, supported: list[str]) -> None:
    answer = bulk.create(zoho, bulk.query("Deals", criteria=condition(name, comparator, "1")))
    assert (answer.status_code, answer.json()["code"]) == (400, UNSUPPORTED)
    assert answer.json()["details"] == {"api_name": name, "supported": supported}


@pytest.mark.parametrize(
    ("name", "comparator", "value", "code"),
    [
        ("Amount", "equal", "many", MISFIT),
        ("Amount", "equal", True, MISFIT),
        ("Amount", "equal", None, MISFIT),
        ("Amount", "greater_than", "${EMPTY}", MISFIT),
        ("Deal_Name", "equal", 5, MISFIT),
        ("Deal_Name", "contains", "${EMPTY}", None),
        ("Deal_Name", "equal", "x" * 256, "VALUE_IN_CRITERIA_NOT_SUPPORTED"),
        ("Closing_Date", "equal", "2026-13-01", MISFIT),
        ("Created_Time", "equal", "2026-01-01T00:00:00.000+00:00", MISFIT),
        ("Created_Time", "equal", "2026-01-01", MISFIT),
        ("Locked__s", "equal", "perhaps", MISFIT),
        ("Owner", "equal", "Asha", MISFIT),
        ("id", "equal", "1" * 20, MISFIT),
        ("Amount", "equal", [1], WRONG_SHAPE),
        ("Amount", "equal", {}, WRONG_SHAPE),
        ("Amount", "in", 1, WRONG_SHAPE),
        ("Amount", "in", [], WRONG_SHAPE),
        ("Amount", "in", ["x"], MISFIT),
        ("Closing_Date", "between", ["2026-01-01"], WRONG_SHAPE),
        ("Closing_Date", "between", ["2026-01-01"] * 3, WRONG_SHAPE),
    ],
)
def test_a_value_of_another_type_is_refused(
    zoho: Zoho, name: str, comparator: str, value: Any, code: str | None
) -> None:
    answer = bulk.create(zoho, bulk.query("Deals", criteria=condition(name, comparator, value)))
    if code is None:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["details"] == told(name, comparator, value)


@pytest.mark.parametrize(
    ("criteria", "code", "details"),
    [
        (condition("Nothing", "equal", 1), "FIELD_IN_CRITERIA_NOT_AVAILABLE", {"api_name": "Nothing"}),
        (condition("Layout", "equal", "1"), "FIELD_IN_CRITERIA_NOT_SUPPORTED", told("Layout", "equal", "1")),
        (condition("Tag", "equal", "1"), "FIELD_IN_CRITERIA_NOT_SUPPORTED", told("Tag", "equal", "1")),
        ({}, "INVALID_CRITERIA", {}),
        ({"field": {"api_name": "id"}}, "INVALID_CRITERIA", {"field": {"api_name": "id"}}),
        ({"comparator": "equal", "value": 1}, "INVALID_CRITERIA", {"comparator": "equal", "value": 1}),
        (OURS | {"group": []}, "AMBIGUOUS_CRITERIA", OURS | {"group": []}),
        ({"group": [OURS]}, "AMBIGUOUS_GROUP_IN_CRITERIA", {"group": [OURS]}),
        (group("and"), "AMBIGUOUS_GROUP_IN_CRITERIA", {"group_operator": "and", "group": []}),
        (group("xor", OURS), "GROUP_OPERATOR_NOT_SUPPORTED", {"supported": ["and", "or"]}),
        (OURS | {"type": "field"}, "VALUE_TYPE_NOT_SUPPORTED", {"api_name": "Next_Step", "supported": ["value"]}),
        (group("and", *[OURS] * 26), "CRITERIA_LIMIT_EXCEEDED", {"max_limit": 25}),
        (condition("id", "in", list(range(201))), "VALUE_LIMIT_EXCEEDED_IN_CRITERIA", {"max_limit": 200}),
    ],
)
def test_criteria_of_a_wrong_form_are_refused(zoho: Zoho, criteria: Any, code: str, details: Any) -> None:
    answer = bulk.create(zoho, bulk.query("Deals", criteria=criteria))
    assert (answer.status_code, answer.json()["code"], answer.json()["details"]) == (400, code, details)


def test_the_limits_themselves_are_allowed(zoho: Zoho) -> None:
    assert bulk.create(zoho, bulk.query("Deals", criteria=group("and", *[OURS] * 25))).status_code == 201
    many = condition("id", "in", list(range(200)))
    assert bulk.create(zoho, bulk.query("Deals", criteria=many)).status_code == 201


@pytest.mark.parametrize("depth", [30, 450])
def test_deep_criteria_are_refused(zoho: Zoho, depth: int) -> None:
    criteria: dict[str, Any] = OURS
    for _ in range(depth):
        criteria = group("and", criteria)
    answer = bulk.create(zoho, bulk.query("Deals", criteria=criteria))
    assert (answer.status_code, answer.json()["code"]) == (400, "CRITERIA_LIMIT_EXCEEDED")
