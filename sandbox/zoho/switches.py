"""What an org may do either way, since nobody has confirmed it: one switch each, with its likely setting."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.switches import Switchboard, choice
from sandbox.zoho.editions import EDITIONS


@dataclass(slots=True)
class Switches(Switchboard):
    """See `sandbox.switches`; the sections are those of docs/vendor/zoho.md."""

    since_inclusive: bool = True  # If-Modified-Since takes records of that very second too (§2)
    ignore_unknown_keys: bool = False  # a write's unknown field is passed over instead of refused (§6.3)
    bigint_numbers: bool = False  # a write's bigint may be a JSON number, too, not only text (§6.6)
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
    deleted_credits: int = 1  # or 2 (§8.2)
    search_credits: int = 1  # or 3 (§8.2)
    search_delay_s: int = 0  # a search finds records only so long after their Modified_Time (§2)
    count_delay_s: int = 0  # a count knows records only so long after their Modified_Time (§2)
    page_token_keeps_place: bool = True  # else a token is an offset, and edits between pages skip and repeat (§2)
    token_error_status: int = 200  # or 400: of invalid_client and invalid_client_secret (§1.2)
    throttled_token_status: int = 400  # or 200: of a token call that is one too many (§1.2)
    expired_code: str = choice("INVALID_TOKEN", "AUTHENTICATION_FAILURE")  # of a token that was valid once (§1.4)
    refresh_tokens_in_window: int = 10  # or 20: refresh tokens of a user and app in ten minutes (§1.3)
    edition: str = choice("enterprise", *EDITIONS)  # credits and concurrency (§8.1)
    users_licensed: int = 25  # credits grow with them (§8.1)
    daily_credits: int | None = None  # another limit than the edition's, to reach it soon (§8.1)
    retry_after_s: int | None = None  # a Retry-After on each 429; none is documented (§8.3)
    limit_details: bool = False  # a 429 tells trace_id, retry_after, limit and window (§8.3)
    bulk_media_type_status: int = 415  # or 400: of a bulk job that is not declared as JSON (§4)
    bulk_last_page: int = 1  # or more: jobs reach beyond their first page without a page_token (§4)
    bulk_rows: int = 200_000  # of a job; fewer, to see a continuation soon (§4)
    bulk_job_fails: bool = False  # jobs created while it is on end in FAILURE (§4)
    bulk_poll_credits: int = 1  # or 0: of a poll, and of a download (§8.2)
    bulk_converted_leads: bool = True  # jobs take converted leads unless the criteria leave them out (§4)
    bulk_id_header: str = choice("Id", "id")  # of the column that is always there (§4)
    bulk_booleans: str = choice("true/false", "TRUE/FALSE", "1/0")  # in the CSV file (§4)
    bulk_separator: str = ";"  # between the values of a multi-select field (§4)
    bulk_quote_all: bool = False  # quotes around each cell, not only where RFC 4180 needs them (§4)
    bulk_result_days: int = 1  # how long a result can be downloaded (§4)
    coql_converted: bool = False  # COQL finds converted leads although no condition is about conversion (§3)
    coql_ignores_case: bool = False  # COQL compares and orders texts without regard to case (§3)
    coql_null_differs: bool = False  # in COQL a null is different from every value, against SQL (§3)
    coql_most_columns: int = 500  # or 200 or 50: of a COQL query's SELECT (§3)
