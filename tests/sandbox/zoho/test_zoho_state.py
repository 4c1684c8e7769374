"""What calls have made is there again after a restart from the state file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.server import Sandbox
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from pathlib import Path


def test_a_created_field_and_its_values_survive(tmp_path: Path) -> None:
    with Sandbox(only="zoho", state=tmp_path / "state.gz") as first:
        zoho = Zoho(first)
        wish = {"field_label": "Win Key", "data_type": "text", "unique": {"case_sensitive": False}}
        assert zoho.post("/settings/fields?module=Accounts", {"fields": [wish]}).status_code == 201
        item = {"Account_Name": "Zeta Ltd", "Win_Key": "k1"}
        account = zoho.post("/Accounts", {"data": [item]}).json()["data"][0]["details"]["id"]
        described = zoho.get("/settings/fields", module="Accounts").json()
    with Sandbox(only="zoho", state=tmp_path / "state.gz") as second:
        zoho = Zoho(second)
        assert zoho.get("/settings/fields", module="Accounts").json() == described
        assert zoho.read("Accounts", account, "Win_Key")["Win_Key"] == "k1"
        assert zoho.post("/Accounts", {"data": [item]}).json()["data"][0]["code"] == "DUPLICATE_DATA"


def test_tags_locks_and_jobs_survive(tmp_path: Path) -> None:
    with Sandbox(only="zoho", state=tmp_path / "state.gz") as first:
        zoho = Zoho(first)
        lead = zoho.post("/Leads", {"data": [{"Last_Name": "Rao"}]}).json()["data"][0]["details"]["id"]
        zoho.post(f"/Leads/{lead}/actions/add_tags", {"tags": [{"name": "hot", "color_code": "#F17574"}]})
        locks = f"/Leads/{lead}/Locking_Information__s"
        zoho.post(locks, {"data": [{"Locked_Reason__s": "kept"}]})
        order = {"data": [{"Rating": "Active"}], "cvid": "5000000000221001"}
        job = zoho.post("/Accounts/actions/mass_update", order).json()["data"][0]["details"]["job_id"]
        zoho.edit("switches", "update", merge_losers_listed=False)
        record = zoho.read("Leads", lead, "Tag", "Locked__s")
        lock = zoho.get(locks, fields="Locked_Reason__s,Locked_By__s,Locked_Time__s").json()
    with Sandbox(only="zoho", state=tmp_path / "state.gz") as second:
        zoho = Zoho(second)
        assert record["Tag"][0]["color_code"] == "#F17574"
        assert zoho.read("Leads", lead, "Tag", "Locked__s") == record
        assert zoho.get(locks, fields="Locked_Reason__s,Locked_By__s,Locked_Time__s").json() == lock
        assert zoho.get("/Accounts/actions/mass_update", job_id=job).json()["data"][0]["Total_Count"] > 0
        assert zoho.edit("switches", "update")["merge_losers_listed"] is False


def test_a_record_that_cannot_be_written_stays_so(tmp_path: Path) -> None:
    codes = {"$approved": "NOT_APPROVED", "$reviewed": "NOT_REVIEWED", "$editable": "AUTHORIZATION_FAILED"}
    with Sandbox(state=tmp_path / "state.gz") as first:
        zoho = Zoho(first)
        held = {key: zoho.edit("Accounts", "create", Account_Name=key)["id"] for key in codes}
        for key, account in held.items():
            zoho.edit("Accounts", "update", account, **{key: False})
    with Sandbox(state=tmp_path / "state.gz") as second:
        zoho = Zoho(second)
        for key, account in held.items():
            answer = zoho.put("/Accounts", {"data": [{"id": account, "Rating": "Active"}]})
            assert answer.json()["data"][0]["code"] == codes[key]
