"""A contact while it is drawn, apart from the drawing: deals are drawn first, and know theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.cast import ContactName
    from sandbox.zoho.seed.accounts import Account


@dataclass(slots=True)
class Contact:
    account: Account
    name: ContactName
    title: str
    born: str | None
    source: str | None
    created: int
    touched: int
    id: int = 0
