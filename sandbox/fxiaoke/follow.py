"""Where a tenant counts it as a change that a rollup or a quote of a record moves (docs/vendor/fxiaoke.md §4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.fxiaoke.changes import stamp
from sandbox.fxiaoke.directory import SYSTEM_USER
from sandbox.fxiaoke.objects_awkward import field_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.fxiaoke.state import State
    from sandbox.fxiaoke.store import Row


def follow_sources(state: State) -> None:
    """Accounts count their deals and quote the name of the account above, if the tenant has such fields."""
    accounts, deals = state.tables["AccountObj"], state.tables["NewOpportunityObj"]
    if field_name("count") not in accounts.spec.fields:
        return

    def bump(ids: Iterable[str]) -> None:
        for account_id in ids:
            row = accounts.get(account_id)
            if row is not None:
                accounts.put(stamp(state, accounts, row, {}, SYSTEM_USER))

    def deal_moved(before: Row | None, after: Row | None) -> None:
        sides = [None if row is None else deals.value(row, "account_id") for row in (before, after)]
        if state.switches.computed_bumps and sides[0] != sides[1]:
            bump(side for side in sides if side is not None)

    def account_renamed(before: Row | None, after: Row | None) -> None:
        """One that goes to the recycle bin or comes back is one whose name goes or comes."""
        names = [None if row is None else accounts.value(row, "name") for row in (before, after)]
        if state.switches.computed_bumps and names[0] != names[1]:
            above = accounts.value(after or before or (), "_id")
            below = [row for row in accounts.rows() if accounts.value(row, "parent_account_id") == above]
            bump(accounts.value(row, "_id") for row in below)

    deals.followers.append(deal_moved)
    accounts.followers.append(account_renamed)
