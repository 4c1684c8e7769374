"""What becomes of a lead that is converted, whoever converts it (docs/vendor/zoho.md §9A.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.change import Changes
from sandbox.zoho.fields import CREATED, ID

if TYPE_CHECKING:
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row

MODULES = ("Accounts", "Contacts", "Deals")
# What the lead hands on: target field from lead field.
_HANDED_ON = {
    "Accounts": {"Account_Name": "Company", "Phone": "Phone", "Website": "Website", "Industry": "Industry"},
    "Contacts": {name: name for name in ("First_Name", "Last_Name", "Email", "Phone", "Mobile", "Lead_Source")},
    "Deals": {"Lead_Source": "Lead_Source"},
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the lead becomes: ids of records that exist, columns of new ones, or nothing.

    Attributes:
        by: The user who converts, and so makes the new records.
        overwrite: A contact that exists changes to this account even if it has another one.
    """

    account: int | dict[str, Any] | None
    contact: int | dict[str, Any]
    deal: dict[str, Any] | None
    by: int
    overwrite: bool = False


def handed_on(state: State, lead: Row, module: str) -> dict[str, Any]:
    """Columns that the lead gives to a new record of the module."""
    place = state.tables["Leads"].module.position
    copied = {to: lead[place[source]] for to, source in _HANDED_ON[module].items()}
    return {name: value for name, value in copied.items() if value is not None}


def carry_out(state: State, lead: Row, order: Order) -> Row:
    """The lead keeps its id and gets the links."""
    changes, tables = Changes(state), state.tables

    def record(module: str, wanted: int | dict[str, Any] | None, links: dict[str, Any]) -> int | None:
        if not isinstance(wanted, dict):
            return wanted
        known = {name: value for name, value in links.items() if value is not None}
        row = changes.new_row(tables[module], known | wanted, order.by)
        tables[module].put(row)
        return int(row[ID])

    account = record("Accounts", order.account, {})
    contact = record("Contacts", order.contact, {"Account_Name": account})
    if isinstance(order.contact, int) and account is not None:
        _associate(state, changes, order, account)
    deal = record("Deals", order.deal, {"Account_Name": account, "Contact_Name": contact})
    now = state.now()
    links = {
        "Converted__s": True,
        "Converted_Date_Time": now,
        "Converted_Account": account,
        "Converted_Contact": contact,
        "Converted_Deal": deal,
        "Lead_Conversion_Time": (now - lead[CREATED]) // times.DAY_S,
    }
    touch = state.switches.conversion_touches_modified_time
    return changes.put(tables["Leads"], lead, links, order.by, touch=touch)


def _associate(state: State, changes: Changes, order: Order, account: int) -> None:
    """A contact that exists gets the account if it has none, or if it may be overwritten."""
    contacts = state.tables["Contacts"]
    row = contacts.rows[order.contact] if isinstance(order.contact, int) else None
    if row is None:
        return
    former = row[contacts.module.position["Account_Name"]]
    if former is None or (order.overwrite and former != account):
        contacts.put(changes.changed(contacts, row, {"Account_Name": account}, order.by))
