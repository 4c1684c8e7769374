"""What a tenant may do either way, since nobody has confirmed it: one switch each, with its likely setting."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.switches import Switchboard, choice


@dataclass(slots=True)
class Switches(Switchboard):
    """See `sandbox.switches`; the sections are those of docs/vendor/fxiaoke.md."""

    # Who may call
    limit: int = 100  # calls in 20 s and path (§8)
    limit_code: int = 14001  # or 30004 (§8)
    limit_per_object: bool = False  # each object of a path has a window of its own (§8)
    daily_quota: int | None = None  # calls a day, then 30002 (§8)
    expired_code: int = 20016  # or 20005 (§1.4)
    refusal: int | None = None  # a code for every call: 20020, 15003 (whitelist), 30003, 20021, 20022 (§1.5, §7)
    trace_id_required: bool = False  # a call without thirdTraceId is refused with 32000 (§1.1)
    either_id: bool = False  # plain ids and FSUIDs are taken in both styles, not only the one in force (§1.1, §4.1)
    # Reading
    default_limit: int = 20  # records in a page whose size is not given (§4.1)
    clamp_limit: bool = False  # a page size over 100 is cut to 100 instead of refused (§4.1)
    total_by_default: bool = True  # the total is counted where the call does not say (§4.1)
    most_in: int = 100  # values in a list of IN and its like (§4.6)
    between_ends: bool = True  # BETWEEN includes both ends (§4.1)
    empty_operand: str = choice("any", "none", "blank")  # what IS and ISN take: both, only [], or only [""] (§4.1)
    filter_by_related: bool = False  # activities can be filtered by a related record's id (§6.7)
    show_invalid: bool = False  # invalid records come back from query and get (§4.4)
    find_invalid: bool = False  # ... from a query that filters life_status or is_deleted (§4.4)
    vanished_code: int = 500  # or 50009: the refusal for a record that is not there (§4.4)
    index_lag_s: int = 0  # a query finds a record only so long after its change (§4.3)
    describe_hidden: bool = False  # a describe also names the fields that the acting user may not see (§2.1, §6.1)
    inactive_in_describe: bool = True  # fields that were switched off stay in a describe, marked so (§3.2)
    personnel_hidden: bool = False  # PersonnelObj shows even an administrator only himself (§2.3)
    standard_on_custom_path: bool = True  # /custom/v2/ serves standard objects too (§4.1)
    task_object: bool = False  # the tenant has TaskObj (§3.5)
    internals: bool = False  # records also carry the product's internal keys: X__p, X__e, X__v, total_num (§3.4, §6.1)
    rich_activity: bool = False  # the words of an activity are rich text, plain ones stand in X__o (§6.7)
    # Writing
    simulate_approval: bool = False  # a write that triggers approval leaves the record in approval_status (§5.1)
    approval_status: str = choice("under_review", "in_change")
    null_clears: bool = True  # null clears a field, else it is passed over (§5.1)
    blank_clears: bool = True  # "" clears a field, else it is passed over (§5.1)
    clear_by_type: bool = False  # only "" clears a text or option, [] a list, null a number or date (§5.1)
    numbers_accepted: bool = True  # a number field takes JSON numbers, not only texts (§3.3)
    refuse_unknown_field: bool = False  # an unknown field is refused with 500 instead of passed over (§5.1)
    refuse_unwritable: bool = False  # so is owner, life_status or a computed field in an update (§5.1)
    store_unknown_option: bool = False  # an unknown option is kept instead of refused with 500 (§5.1)
    check_version: bool = False  # an update with another version than the record's is refused with 500 (§5.1)
    specify_on_update: bool = False  # hasSpecifyTime and hasSpecifyCreatedBy work in an update too (§5.1)
    specify_modified: bool = False  # an update with hasSpecifyTime keeps a last_modified_time that it brings (§5.1)
    close_date_follows: bool = True  # a win moves close_date to its day (§6.5)
    duplicate_code: int = 500  # the refusal of a duplicate (查重) (§5.2)
    no_right_code: int = 50009  # or 500: the refusal of a write for want of a right (§5.1, §7)
    pool_moves_bump: bool = True  # a move into or out of a pool changes last_modified_time (§4.3)
    owner_change_bumps: bool = True  # so does a change of owner (§4.3)
    conversion_bumps: bool = True  # so does the conversion of a lead (§4.3)
    computed_bumps: bool = False  # so does what moves a record's rollup or quote (§4.3)
