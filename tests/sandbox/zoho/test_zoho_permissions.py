"""What the API's user may not do, and scopes that a call needs beside its first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/Leads?fields=id", "Crm_Implied_View_Leads"),
        ("GET", "/Leads/search?word=xx", "Crm_Implied_View_Leads"),
        ("GET", "/Leads/deleted", "Crm_Implied_View_Leads"),
        ("POST", "/Leads", "Crm_Implied_Create_Leads"),
        ("PUT", "/Leads", "Crm_Implied_Edit_Leads"),
        ("DELETE", "/Leads?ids=1", "Crm_Implied_Delete_Leads"),
    ],
)
def test_a_withdrawn_permission_refuses_the_call(zoho: Zoho, method: str, path: str, permission: str) -> None:
    assert zoho.edit("permissions", "update", **{permission: False}) == {permission: False}
    answer = zoho.call(method, path, json={"data": [{}]} if method in ("POST", "PUT") else None)
    error = {
        "code": "NO_PERMISSION",
        "details": {"permissions": [permission]},
        "message": "permission denied",
        "status": "error",
    }
    assert (answer.status_code, answer.json()) == (403, {"data": [error]} if path == "/Leads/deleted" else error)
    assert zoho.get("/Accounts", fields="id", per_page=1).status_code == 200
    assert zoho.edit("permissions", "update", **{permission: True}) == {}
    assert zoho.call(method, path, json={"data": [{}]}).status_code != 403


@pytest.mark.parametrize(
    ("action", "values", "says"),
    [
        ("create", {}, "there is update"),
        ("update", {"Crm_Implied_View_Nothing": False}, "names like Crm_Implied_View_Leads"),
        ("update", {"Crm_Implied_View_Leads": "no"}, "true or false"),
    ],
)
def test_permissions_that_are_none_are_told(zoho: Zoho, action: str, values: dict[str, object], says: str) -> None:
    order = {"system": "zoho", "module": "permissions", "action": action, "values": values}
    answer = zoho.control("edit", order)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
