"""All that hangs on accounts, contacts, deals and leads. Their own values stay as they are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.zoho.modules.cases import CASES
from sandbox.zoho.modules.catalogue import CAMPAIGNS
from sandbox.zoho.seed import activities, catalogue, orders, service, stages
from sandbox.zoho.seed.frame import as_row

if TYPE_CHECKING:
    from sandbox.zoho.seed.accounts import Account
    from sandbox.zoho.seed.contact import Contact
    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Table


def fill(
    tables: dict[str, Table], frame: Frame, customers: list[Account], business: list[Deal], known: list[Contact]
) -> None:
    tables["Vendors"].fill(catalogue.vendors(frame))
    tables["Price_Books"].fill(catalogue.price_books(frame))
    tables["Products"].fill(catalogue.products(frame))
    campaigns = catalogue.campaigns(frame)
    tables["Campaigns"].fill(as_row(CAMPAIGNS, draft) for draft in campaigns)
    catalogue.attribute(frame, tables["Deals"], business, campaigns)
    tables["DealHistory"].fill(stages.rows(frame, business))
    orders.fill(tables, frame, business)
    about = activities.parents(business, customers, tables["Leads"])
    tables["Tasks"].fill(activities.tasks(frame, about))
    tables["Calls"].fill(activities.calls(frame, about))
    tables["Events"].fill(activities.events(frame, about, tables["Contacts"]))
    tables["Notes"].fill(activities.notes(frame, about))
    cases = service.cases(frame, business)
    tables["Cases"].fill(as_row(CASES, draft) for draft in cases)
    tables["Customer_Feedback"].fill(service.feedback(frame, known, cases))
