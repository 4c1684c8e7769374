"""A person converts a lead to an account and a contact and, if wanted, a deal (docs/vendor/zoho.md §9A.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.fields import CREATED, ID

if TYPE_CHECKING:
    from sandbox.zoho.edit import Editor
    from sandbox.zoho.store import Row, Table

# What the lead hands on: target field from lead field.
_TO_ACCOUNT = {"Account_Name": "Company", "Phone": "Phone", "Website": "Website", "Industry": "Industry"}
_TO_CONTACT = {name: name for name in ("First_Name", "Last_Name", "Email", "Phone", "Mobile", "Lead_Source")}
_TO_DEAL = {"Lead_Source": "Lead_Source"}


def convert(editor: Editor, leads: Table, lead: Row, values: dict[str, Any]) -> Row:
    """The lead keeps its id and gets the links.

    Args:
        editor: Whose acts make the records.
        leads: The module that was named.
        lead: The record.
        values: `Accounts` and `Contacts`: `{"id": …}` of a record that exists, or fields; `Deals`: fields, and only
            then there is a deal.

    Raises:
        ValueError: It cannot be converted, or a field is wrong; then nothing has been made.
    """
    if leads.module.api_name != "Leads":
        raise ValueError("only Leads can be converted")
    unknown = values.keys() - {"Accounts", "Contacts", "Deals"}
    if unknown or not all(isinstance(given, dict) for given in values.values()):
        raise ValueError("convert takes Accounts, Contacts and Deals, each an object")
    cells = dict(zip(leads.module.columns, lead, strict=True))
    if cells["Converted__s"]:
        raise ValueError(f"lead {lead[ID]} is converted already")
    account = _prepare(editor, "Accounts", cells, _TO_ACCOUNT, values.get("Accounts", {}))
    contact = _prepare(editor, "Contacts", cells, _TO_CONTACT, values.get("Contacts", {}))
    deal = _prepare(editor, "Deals", cells, _TO_DEAL, values["Deals"]) if values.get("Deals") else None
    return editor.save(leads, lead, _links(editor, lead, account, contact, deal))


def _prepare(
    editor: Editor, module: str, lead: dict[str, Any], handed_on: dict[str, str], given: dict[str, Any]
) -> int | dict[str, Any]:
    table = editor.state.tables[module]
    if "id" in given:
        return int(editor.row(table, str(given["id"]))[ID])
    copied = {to: lead[source] for to, source in handed_on.items() if lead[source] is not None}
    if module == "Accounts":
        copied.setdefault("Account_Name", lead["Last_Name"])
    return editor.prepare(table, copied | {"Owner": lead["Owner"]} | given)


def _links(
    editor: Editor,
    lead: Row,
    account: int | dict[str, Any],
    contact: int | dict[str, Any],
    deal: int | dict[str, Any] | None,
) -> dict[str, Any]:
    tables = editor.state.tables
    account_id = account if isinstance(account, int) else editor.make(tables["Accounts"], account)[ID]
    if isinstance(contact, dict):
        contact = editor.make(tables["Contacts"], {"Account_Name": account_id} | contact)[ID]
    if isinstance(deal, dict):
        deal = editor.make(tables["Deals"], {"Account_Name": account_id, "Contact_Name": contact} | deal)[ID]
    now = editor.state.now()
    return {
        "Converted__s": True,
        "Converted_Date_Time": now,
        "Converted_Account": account_id,
        "Converted_Contact": contact,
        "Converted_Deal": deal,
        "Lead_Conversion_Time": (now - lead[CREATED]) // times.DAY_S,
    }
