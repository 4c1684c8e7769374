"""A person's acts in Zoho's pages, and what the API shows of them afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.zoho.conftest import Zoho


def today(zoho: Zoho) -> date:
    """In Shanghai."""
    return (zoho.sandbox.world.now() + timedelta(hours=8)).date()


def new_deal(zoho: Zoho, **values: Any) -> str:
    given = {"Deal_Name": "Zeta rollout", "Stage": "Qualification", "Amount": 1000, "Owner": "5000000000000212"}
    deal: str = zoho.edit("Deals", "create", **(given | values))["id"]
    return deal


def test_a_persons_edit_is_the_owners_and_newest(zoho: Zoho) -> None:
    lead = zoho.get("/Leads", fields="Owner", per_page=1).json()["data"][0]
    record = zoho.edit("Leads", "update", lead["id"], Lead_Status="Contacted", Company="Zeta Ltd")
    assert (record["Lead_Status"], record["Company"]) == ("Contacted", "Zeta Ltd")
    newest = zoho.get("/Leads", fields="Modified_By,Modified_Time", sort_by="Modified_Time", per_page=1).json()
    assert newest["data"][0] == {
        "id": lead["id"],
        "Modified_By": lead["Owner"],
        "Modified_Time": record["Modified_Time"],
    }
    assert zoho.writes() == []


def test_a_created_record_takes_lookups_as_ids(zoho: Zoho) -> None:
    account = zoho.get("/Accounts", fields="Account_Name", per_page=1).json()["data"][0]
    deal = new_deal(zoho, Account_Name=account["id"])
    shown = zoho.read("Deals", deal, "Account_Name", "Owner", "Created_By", "Pipeline", "Probability", "Stage")
    assert shown["Account_Name"] == {"name": account["Account_Name"], "id": account["id"]}
    assert shown["Owner"]["id"] == shown["Created_By"]["id"] == "5000000000000212"
    assert (shown["Pipeline"], shown["Probability"]) == ("Standard", 10)


@pytest.mark.parametrize("planned", [30, -3, 0])
def test_closing_a_deal_early_moves_its_closing_date_to_today(zoho: Zoho, planned: int) -> None:
    day = (today(zoho) + timedelta(days=planned)).isoformat()
    deal = new_deal(zoho, Closing_Date=day)
    # Not a day that was asked for before: it may have ended meanwhile.
    closed_on = zoho.edit("Deals", "update", deal, Stage="Closed Won")["Modified_Time"][:10]
    shown = zoho.read("Deals", deal, "Stage", "Probability", "Closing_Date", "Expected_Revenue")
    assert shown == {
        "id": deal,
        "Stage": "Closed Won",
        "Probability": 100,
        "Closing_Date": closed_on if planned > 0 else day,
        "Expected_Revenue": 1000,
    }


def test_a_closing_date_that_is_given_stays(zoho: Zoho) -> None:
    deal = new_deal(zoho)
    zoho.edit("Deals", "update", deal, Stage="Closed Lost", Closing_Date="2030-01-01", Reason_For_Loss__s="Price")
    shown = zoho.read("Deals", deal, "Closing_Date", "Expected_Revenue", "Reason_For_Loss__s")
    assert (shown["Closing_Date"], shown["Expected_Revenue"]) == ("2030-01-01", 0)


def test_delete_and_restore_go_through_the_recycle_bin(zoho: Zoho) -> None:
    deal = new_deal(zoho)
    zoho.edit("Deals", "delete", deal)
    assert zoho.get(f"/Deals/{deal}", fields="id").status_code == 204
    entry = zoho.get("/Deals/deleted", type="recycle").json()["data"][0]
    assert (entry["id"], entry["display_name"], entry["deleted_by"]["id"]) == (deal, "Zeta rollout", "5000000000000212")
    zoho.edit("Deals", "restore", deal)
    assert zoho.get("/Deals/deleted").status_code == 204
    assert zoho.read("Deals", deal, "Deal_Name")["Deal_Name"] == "Zeta rollout"


def test_a_lead_converts_to_account_contact_and_deal(zoho: Zoho) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Rao", Company="Zeta Ltd", Email="rao@zeta.example", Mobile="138")
    before = zoho.get("/Leads/actions/count").json()["count"]
    record = zoho.edit("Leads", "convert", lead["id"], Deals={"Deal_Name": "Zeta pilot", "Stage": "Qualification"})
    assert record["Converted__s"] is True
    account, contact, deal = (record[f"Converted_{part}"] for part in ("Account", "Contact", "Deal"))
    assert (account["name"], contact["name"], deal["name"]) == ("Zeta Ltd", "Rao", "Zeta pilot")
    assert record["Converted_Date_Time"] == record["Modified_Time"]
    shown = zoho.read("Contacts", contact["id"], "Account_Name", "Email", "Mobile")
    assert (shown["Account_Name"]["id"], shown["Email"], shown["Mobile"]) == (account["id"], "rao@zeta.example", "138")
    assert zoho.read("Deals", deal["id"], "Contact_Name")["Contact_Name"]["id"] == contact["id"]
    assert zoho.get("/Leads/actions/count").json()["count"] == before - 1
    assert zoho.get("/Leads", fields="id", ids=lead["id"]).status_code == 204
    assert zoho.get("/Leads", fields="id", ids=lead["id"], converted="both").status_code == 200
    assert zoho.get(f"/Leads/{lead['id']}", fields="id").status_code == 200


def test_a_lead_converts_to_what_is_there_without_a_deal(zoho: Zoho) -> None:
    contact = zoho.get("/Contacts", fields="Account_Name", per_page=1).json()["data"][0]
    lead = zoho.edit("Leads", "create", Last_Name="Rao")
    counts = [zoho.get(f"/{module}/actions/count").json() for module in ("Accounts", "Contacts", "Deals")]
    record = zoho.edit(
        "Leads",
        "convert",
        lead["id"],
        Accounts={"id": contact["Account_Name"]["id"]},
        Contacts={"id": contact["id"]},
    )
    assert (record["Converted_Contact"]["id"], record["Converted_Deal"]) == (contact["id"], None)
    assert counts == [zoho.get(f"/{module}/actions/count").json() for module in ("Accounts", "Contacts", "Deals")]


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (("Nothing", "update", "1", {}), "unknown module 'Nothing'"),
        (("Leads", "paint", "1", {}), "unknown action 'paint'"),
        (("Leads", "update", "1", {}), "Leads has no record '1'"),
        (("Leads", "delete", None, {}), "Leads has no record None"),
        (("Leads", "restore", "x", {}), "in the recycle bin"),
        (("Leads", "create", None, {"Company": "Zeta"}), "Leads needs Last_Name"),
        (("Leads", "create", None, {"Last_Name": "Rao", "Nope": 1}), "no field 'Nope'"),
        (("Leads", "create", None, {"Last_Name": "Rao", "Created_Time": 1}), "no field 'Created_Time'"),
        (("Leads", "create", None, {"Last_Name": "Rao", "Email": "rao"}), "Leads: invalid data"),
        (("Deals", "create", None, {"Deal_Name": "x", "Stage": "Qualification", "Owner": "1"}), "the id given"),
        (("Deals", "convert", "5000000400000001", {}), "only Leads can be converted"),
        (("Leads", "convert", "5000000600000001", {"Deals": "yes"}), "each an object"),
    ],
)
def test_nonsense_is_refused_in_words(
    zoho: Zoho, order: tuple[str, str, str | None, dict[str, Any]], says: str
) -> None:
    keys = ("module", "action", "id", "values")
    answer = zoho.control("edit", {"system": "zoho", **dict(zip(keys, order, strict=True))})
    assert answer.status_code == 400
    assert says in answer.json()["error"]


def test_a_conversion_with_a_wrong_deal_makes_nothing(zoho: Zoho) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Rao")
    before = zoho.get("/Accounts/actions/count").json()
    order = {"system": "zoho", "module": "Leads", "action": "convert", "id": lead["id"], "values": {"Deals": {"a": 1}}}
    assert zoho.control("edit", order).status_code == 400
    assert zoho.get("/Accounts/actions/count").json() == before


def test_deleted_records_are_permanent_after_sixty_days_and_forgotten_after_120(zoho: Zoho) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Gone")["id"]
    zoho.edit("Leads", "delete", lead)

    def listed(kind: str) -> bool:
        answer = zoho.get("/Leads/deleted", type=kind)
        return answer.status_code == 200 and lead in [entry["id"] for entry in answer.json()["data"]]

    assert (listed("recycle"), listed("permanent"), listed("all")) == (True, False, True)
    zoho.control("clock", {"advance_s": 61 * 86_400})
    zoho.refresh()
    assert (listed("recycle"), listed("permanent"), listed("all")) == (False, True, True)
    order = {"system": "zoho", "module": "Leads", "action": "restore", "id": lead}
    assert "recycle bin" in zoho.control("edit", order).json()["error"]
    zoho.control("clock", {"advance_s": 60 * 86_400})
    zoho.refresh()
    assert listed("all") is False
    bad = zoho.get("/Leads/deleted", type="gone")
    assert (bad.status_code, bad.json()["data"][0]["code"]) == (400, "PATTERN_NOT_MATCHED")
