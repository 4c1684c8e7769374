"""The modules of the sandbox's org."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho.fields import Module
from sandbox.zoho.modules import awkward
from sandbox.zoho.modules.accounts import ACCOUNTS
from sandbox.zoho.modules.activities import CALLS, EVENTS, TASKS
from sandbox.zoho.modules.cases import CASES
from sandbox.zoho.modules.catalogue import CAMPAIGNS, PRICE_BOOKS, PRODUCTS, VENDORS
from sandbox.zoho.modules.contacts import CONTACTS
from sandbox.zoho.modules.deals import DEALS
from sandbox.zoho.modules.feedback import FEEDBACK
from sandbox.zoho.modules.history import DEAL_HISTORY
from sandbox.zoho.modules.leads import LEADS
from sandbox.zoho.modules.notes import NOTES
from sandbox.zoho.modules.orders import INVOICED_ITEMS, INVOICES, ORDERED_ITEMS, QUOTED_ITEMS, QUOTES, SALES_ORDERS
from sandbox.zoho.modules.payments import PAYMENT_PLANS, PAYMENTS
from sandbox.zoho.modules.performance import PERFORMANCE

if TYPE_CHECKING:
    from sandbox.world import Scale

_ALL = (
    *(LEADS, ACCOUNTS, CONTACTS, DEALS, PERFORMANCE),
    *(TASKS, CALLS, EVENTS, NOTES, CASES, PRODUCTS, CAMPAIGNS),
    *(QUOTES, QUOTED_ITEMS, SALES_ORDERS, ORDERED_ITEMS, INVOICES, INVOICED_ITEMS),
    *(DEAL_HISTORY, PAYMENT_PLANS, PAYMENTS, FEEDBACK, VENDORS, PRICE_BOOKS),
)
MODULES: dict[str, Module] = {module.api_name: module for module in _ALL}


def modules_of(scale: Scale) -> dict[str, Module]:
    return awkward.widened(MODULES) if scale == "awkward" else MODULES


def metadata_id(api_name: str) -> str:
    """The id of a module itself."""
    return (awkward.VISITS if api_name == awkward.VISITS.api_name else MODULES[api_name]).tab_id
