"""What the demo's salespeople do in the CRMs between the two runs: win, lose, edit and delete some records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import Select, select

from models.warehouse.core import deals, leads
from models.warehouse.engine import Warehouse


@dataclass(frozen=True, slots=True)
class Act:
    """The same act on some records of one module."""

    words: str  # a key of the demo's phrases
    module: str
    action: str
    values: dict[str, Any]
    records: Select[tuple[str]]


def _open_deals(source: str, offset: int, count: int) -> Select[tuple[str]]:
    """The largest open deals."""
    query = select(deals.c.source_id).where(deals.c.source == source, deals.c.stage_status == "open")
    query = query.where(deals.c.deleted_at.is_(None), deals.c.account_id.is_not(None))
    return query.order_by(deals.c.amount.desc(), deals.c.source_id).offset(offset).limit(count)


def _new_leads(source: str, offset: int, count: int) -> Select[tuple[str]]:
    """The newest leads that are not converted."""
    query = select(leads.c.source_id).where(leads.c.source == source, leads.c.converted_at.is_(None))
    query = query.where(leads.c.deleted_at.is_(None), leads.c.owner_id.is_not(None))
    return query.order_by(leads.c.created_at.desc(), leads.c.source_id).offset(offset).limit(count)


ACTS: dict[str, tuple[Act, ...]] = {
    "zoho": (
        Act("won", "Deals", "update", {"Stage": "Closed Won"}, _open_deals("zoho", 0, 4)),
        Act("lost", "Deals", "update", {"Stage": "Closed Lost"}, _open_deals("zoho", 4, 2)),
        Act(
            "edited_records", "Leads", "update", {"Lead_Status": "Contacted", "City": "杭州"}, _new_leads("zoho", 0, 3)
        ),
        Act("deleted", "Leads", "delete", {}, _new_leads("zoho", 3, 2)),
    ),
    "fxiaoke": (
        Act("won", "NewOpportunityObj", "update", {"sales_stage": "5"}, _open_deals("fxiaoke", 0, 4)),
        Act("lost", "NewOpportunityObj", "update", {"sales_stage": "6"}, _open_deals("fxiaoke", 4, 2)),
        Act("edited_records", "LeadsObj", "update", {"mobile": "13900000000"}, _new_leads("fxiaoke", 0, 3)),
        Act("deleted", "LeadsObj", "delete", {}, _new_leads("fxiaoke", 3, 2)),
    ),
}


def act_as_salespeople(warehouse: Warehouse, sandbox_url: str) -> dict[str, dict[str, list[str]]]:
    """Do it through the sandbox's control. Returns source → what was done → ids."""
    done: dict[str, dict[str, list[str]]] = {}
    for system, acts in ACTS.items():
        for act in acts:
            with warehouse.read() as connection:
                ids = [str(record_id) for record_id in connection.scalars(act.records)]
            for record_id in ids:
                body = {
                    "system": system,
                    "module": act.module,
                    "action": act.action,
                    "id": record_id,
                    "values": act.values,
                }
                requests.post(f"{sandbox_url}/_sandbox/edit", json=body, timeout=30).raise_for_status()
            done.setdefault(system, {})[act.words] = ids
    return done
