"""What an org may do either way, since nobody has confirmed it: one switch each, with its likely setting."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.switches import Switchboard


@dataclass(slots=True)
class Switches(Switchboard):
    """See `sandbox.switches`; the sections are those of docs/vendor/zoho.md."""

    since_inclusive: bool = True  # If-Modified-Since takes records of that very second too (§2)
    ignore_unknown_keys: bool = False  # a write's unknown field is passed over instead of refused (§6.3)
    all_failed_status: int = 400  # or 202: of a write whose items all failed (§6.2)
    rate_per_home_unit: bool = True  # Exchange_Rate is units of the currency for one of the home currency (§9A.5)
    call_duration_with_hours: bool = False  # a call of 75 minutes lasts 01:15:00 instead of 75:00 (§9A.3)
    stage_probability_in_fields: bool = False  # settings/fields tells it of Deals.Stage, not only the layout (§5.5)
    all_users_with_deleted: bool = False  # type=AllUsers lists deleted users, too (§5.2)
