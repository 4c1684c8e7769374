"""Makes the tenant's data: the same for the same seed and start day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.fxiaoke.generate.awkward import make_awkward
from sandbox.fxiaoke.generate.customers import make_accounts, make_contacts
from sandbox.fxiaoke.generate.deals import make_deals
from sandbox.fxiaoke.generate.leads import make_leads
from sandbox.fxiaoke.generate.market import make_market
from sandbox.fxiaoke.generate.money import make_money
from sandbox.fxiaoke.generate.org import make_org
from sandbox.fxiaoke.generate.timeline import Timeline
from sandbox.fxiaoke.generate.work import make_work

if TYPE_CHECKING:
    from sandbox.fxiaoke.state import State


def generate(state: State) -> None:
    """Fill all tables."""
    timeline = Timeline(state.world.started_at)
    sellers = make_org(state, timeline)
    accounts = make_accounts(state, timeline, sellers)
    contacts = make_contacts(state, timeline, accounts)
    deals = make_deals(state, timeline, sellers, accounts, contacts)
    make_leads(state, timeline, sellers=sellers, accounts=accounts, contacts=contacts, deals=deals)
    for name, records in (("AccountObj", accounts), ("ContactObj", contacts), ("NewOpportunityObj", deals)):
        table = state.tables[name]
        rows = [table.make(record) for record in records]
        life = table.spec.columns["life_status"]
        table.fill([row for row in rows if row[life] != "invalid"], [row for row in rows if row[life] == "invalid"])
    make_market(state, timeline)
    make_money(state, timeline, deals)
    make_work(state, timeline, accounts, contacts, deals)
    if state.world.scale == "awkward":
        make_awkward(state, timeline)
