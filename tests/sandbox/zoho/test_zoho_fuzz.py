"""Whatever a body holds, a writing call answers with the vendor's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho

LEAD, ACCOUNT = "5000000600000001", "5000000200000001"
PATHS = (
    ("POST", "/Leads"),
    ("PUT", f"/Leads/{LEAD}"),
    ("POST", "/Leads/upsert"),
    ("POST", "/settings/fields?module=Accounts"),
    ("POST", "/Accounts/actions/add_tags"),
    ("POST", "/Accounts/actions/remove_tags"),
    ("POST", "/Accounts/actions/mass_update"),
    ("POST", f"/Accounts/{ACCOUNT}/Locking_Information__s"),
    ("POST", f"/Accounts/{ACCOUNT}/actions/merge"),
    ("POST", f"/Leads/{LEAD}/actions/convert"),
)
KEYS = (
    "data", "fields", "merge", "tags", "ids", "id", "name", "over_write", "trigger", "duplicate_check_fields",
    "skip_feature_execution", "field_label", "data_type", "length", "unique", "pick_list_values", "textarea", "_fields",
    "api_name", "Accounts", "Contacts", "Deals", "assign_to", "carry_over_tags", "Last_Name", "Email", "Owner",
    "Annual_Revenue", "No_of_Employees", "$append_values", "Locked_Reason__s", "Tag", "Layout", "Stage", "cvid",
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["text", "picklist", "double", "textarea", "rich_text", LEAD, ACCOUNT, "Email", "x" * 300]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "data": st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5), max_size=2) | VALUES,
        "fields": st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5), max_size=2) | VALUES,
        "merge": st.lists(st.fixed_dictionaries({"data": st.lists(VALUES, max_size=2)}), max_size=1) | VALUES,
        "tags": st.lists(st.fixed_dictionaries({"name": SCALARS}), max_size=2) | VALUES,
        "ids": st.lists(SCALARS, max_size=3) | VALUES,
        **dict.fromkeys(("over_write", "trigger", "duplicate_check_fields", "skip_feature_execution", "cvid"), VALUES),
    },
)


@pytest.mark.parametrize(("method", "path"), PATHS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | VALUES)
def test_any_body_gets_an_answer(zoho: Zoho, method: str, path: str, body: Any) -> None:
    answer = zoho.call(method, path, json=body)
    assert answer.status_code in (200, 201, 202, 207, 400, 412), answer.text
    found = answer.json()
    items = next((value for key, value in found.items() if key in ("data", "fields", "merge")), [found])
    assert {item["status"] for item in items} <= {"success", "error"}


@pytest.mark.parametrize(("method", "path"), PATHS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 10_000, b'{"data":' * 2_000, b"null", b'"x"', b"1e999"]
)
def test_a_body_that_is_no_object_is_refused(zoho: Zoho, method: str, path: str, body: bytes) -> None:
    answer = zoho.call(method, path, data=body)
    assert (answer.status_code, "INVALID_DATA" in answer.text) == (400, True)
