"""What calls have made is there again after a restart from the state file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.server import Sandbox
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from pathlib import Path


def test_a_created_field_and_its_values_survive(tmp_path: Path) -> None:
    with Sandbox(state=tmp_path / "state.gz") as first:
        zoho = Zoho(first)
        wish = {"field_label": "Win Key", "data_type": "text", "unique": {"case_sensitive": False}}
        assert zoho.post("/settings/fields?module=Accounts", {"fields": [wish]}).status_code == 201
        item = {"Account_Name": "Zeta Ltd", "Win_Key": "k1"}
        account = zoho.post("/Accounts", {"data": [item]}).json()["data"][0]["details"]["id"]
        described = zoho.get("/settings/fields", module="Accounts").json()
    with Sandbox(state=tmp_path / "state.gz") as second:
        zoho = Zoho(second)
        assert zoho.get("/settings/fields", module="Accounts").json() == described
        assert zoho.read("Accounts", account, "Win_Key")["Win_Key"] == "k1"
        assert zoho.post("/Accounts", {"data": [item]}).json()["data"][0]["code"] == "DUPLICATE_DATA"
