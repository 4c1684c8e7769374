"""The data of the start: 24 months that end at the start day's midnight, the same for the same seed and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho import directory
from sandbox.zoho.seed import accounts, awkward, contacts, deals, leads, others, performance
from sandbox.zoho.seed.frame import SIZES, Frame
from sandbox.zoho.state import State

if TYPE_CHECKING:
    from sandbox.world import World


def build(world: World) -> State:
    """A new org.

    Deals are drawn first, since the ages of accounts and contacts follow from theirs.
    """
    frame = Frame(world)
    people = directory.build(world, frame.start, frame.end)
    state = State(world, people)
    size = SIZES[world.scale]
    customers = accounts.draw(frame, size.accounts)
    business = deals.draw(frame, customers, size.deals)
    known = contacts.draw(frame, customers, business, size.contacts)
    converted = leads.draw_converted(frame, business, leads.CORE)
    state.tables["Accounts"].fill(accounts.rows(frame, customers))
    state.tables["Contacts"].fill(contacts.rows(known))
    state.tables["Deals"].fill(deals.rows(business))
    leads.fill(state.tables["Leads"], frame, converted, known, size.leads)
    state.tables["Sales_Performance"].fill(performance.rows(frame, people))
    others.fill(state.tables, frame, customers, business, known)
    if world.scale == "awkward":
        awkward.trouble(state.tables, frame)
    state.history.learn()
    return state
