"""The modules of the sandbox's org."""

from sandbox.zoho.fields import Module
from sandbox.zoho.modules.accounts import ACCOUNTS
from sandbox.zoho.modules.contacts import CONTACTS
from sandbox.zoho.modules.deals import DEALS
from sandbox.zoho.modules.leads import LEADS
from sandbox.zoho.modules.performance import PERFORMANCE

MODULES: dict[str, Module] = {module.api_name: module for module in (LEADS, ACCOUNTS, CONTACTS, DEALS, PERFORMANCE)}
