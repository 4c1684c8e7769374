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
    tags_touch_modified_time: bool = True  # tagging a record is an edit of it (§6.9)
    record_locking: bool = True  # the org has a locking configuration (§6.9)
    conversion_touches_modified_time: bool = True  # of the lead (§9A.6)
    merge_touches_modified_time: bool = True  # of the record that stays (§9A.6)
    merge_touches_related: bool = False  # of those that pointed at a merged one (§9A.6)
    merge_losers_listed: bool = True  # merged records are in the deleted list (§5.1)
    mass_update_automation: bool = True  # a mass update starts workflows (§12)
    search_credits: int = 1  # or 3 (§8.2)
    search_delay_s: int = 0  # a search finds records only so long after their Modified_Time (§2)
    page_token_keeps_place: bool = True  # else a token is an offset, and edits between pages skip and repeat (§2)
