"""Which objects a tenant has: those of demo, and the oddities of an old one at the scale awkward."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.fxiaoke.objects_awkward import COMBINED, CURRENCY_FIELDS, EVERY_TYPE, with_own_stage
from sandbox.fxiaoke.objects_market import MARKET
from sandbox.fxiaoke.objects_money import MONEY, PAYMENTS, with_old_amount
from sandbox.fxiaoke.objects_org import DEPARTMENTS, PERFORMANCE, PERSONNEL
from sandbox.fxiaoke.objects_sales import ACCOUNTS, CONTACTS, LEADS, OPPORTUNITIES
from sandbox.fxiaoke.objects_work import WORK
from sandbox.fxiaoke.schema import ObjectSpec, with_fields

if TYPE_CHECKING:
    from sandbox.world import Scale

OBJECTS = (LEADS, ACCOUNTS, CONTACTS, OPPORTUNITIES, PERFORMANCE, DEPARTMENTS, PERSONNEL, *MARKET, *MONEY, *WORK)


def objects_of(scale: Scale) -> tuple[ObjectSpec, ...]:
    if scale != "awkward":
        return OBJECTS
    odd = {
        ACCOUNTS.api_name: with_fields(ACCOUNTS, (*ACCOUNTS.fields.values(), *EVERY_TYPE)),
        OPPORTUNITIES.api_name: with_own_stage(
            with_fields(OPPORTUNITIES, (*OPPORTUNITIES.fields.values(), *CURRENCY_FIELDS))
        ),
        CONTACTS.api_name: with_fields(CONTACTS, (*CONTACTS.fields.values(), *COMBINED)),
        PAYMENTS.api_name: with_old_amount(PAYMENTS),
    }
    return tuple(odd.get(spec.api_name, spec) for spec in OBJECTS)
