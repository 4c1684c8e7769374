"""What is read from Zoho CRM and into which columns (docs/vendor/zoho.md §9 shows the records).

Fields that an organisation can take out of use are optional; the others are what the metrics stand on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.convert import (
    boolean,
    choice,
    currency,
    day_iso,
    derived,
    instant_iso,
    links,
    lookup,
    number,
    plain_id,
    rounded,
    small_text,
    text,
)
from models.spec import Converter, Field, Stream, Tenant

PIPELINE_STAGE = "$pipeline_stage"
"""Pipeline and stage of a deal, which the connector puts together: the same stage may mean another thing in another
pipeline."""


def stage_status(tenant: Tenant) -> Converter:
    """A deal's pipeline and stage to what they mean, by the forecast type of the CRM's own stages.

    The API takes any text as a stage and treats it as an early one (§5.6). So does this: only a stage that the CRM
    says is closed closes a deal.
    """
    anywhere = {stage.stage: stage.status for stage in reversed(tenant.stages)}
    exactly = {(stage.pipeline, stage.stage): stage.status for stage in tenant.stages}

    def read(value: list[str | None]) -> str | None:
        pipeline, stage = value
        return exactly.get((pipeline or "", stage), anywhere.get(stage, "open")) if stage else None

    return derived("stage_status", read, lambda value: (value[0] or "", value[1]) in exactly)


ABOUT = "$about"
"""What a task, call or meeting is about, put together by the connector: a record, its module, and a contact (§5.8)."""


def _about(value: list[Any]) -> Iterator[tuple[str, str]]:
    what, name, who = value
    if what:
        yield _ENTITIES.get(name, text.read(name) if name else ""), lookup.read(what)
    if who:
        yield "contacts", lookup.read(who)


def _first(value: list[Any], part: int) -> str | None:
    first = next(_about(value), None)
    return first[part] if first else None


_LINKS = derived("links", lambda value: links(_about(value)))


def _parent(value: Mapping[str, Any]) -> str | None:
    name = value["module"]["api_name"]
    return links([(_ENTITIES.get(name, text.read(name)), lookup.read(value))])


_POLYMORPHIC = {"together": {ABOUT: ("What_Id", "$se_module", "Who_Id")}, "unlisted": ("$se_module",)}

_CASE_KINDS = {"problem": "complaint", "feature request": "suggestion"}


def _case_kind(value: Any) -> str:
    word: str = small_text.read(value)
    return _CASE_KINDS.get(word, word)


_TRACKED = (
    Field("Created_Time", "created_at", instant_iso),
    Field("Modified_Time", "modified_at", instant_iso),
    Field("Modified_By", "modified_by", lookup, optional=True),
)
_RECORD = (Field("Owner", "owner_id", lookup), *_TRACKED)
_MOVED_BY_EVERY_WRITE = frozenset({"Modified_By", "Modified_Time", "Last_Activity_Time"})

_FEED_REACH = timedelta(days=100)
"""Zoho lists a deletion for 120 days (docs/vendor/zoho.md §5.1); some days are kept in reserve."""


def module(name: str, object_name: str, *fields: Field, optional: bool = True, **more: Any) -> Stream:
    """A module that an edition may lack, or the tenant's own."""
    return Stream(
        name,
        object_name,
        (*_RECORD, *fields),
        optional=optional,
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        feed_reach=_FEED_REACH,
        **more,
    )


STREAMS: tuple[Stream, ...] = (
    Stream(
        "users",
        "users",
        incremental=False,
        deletes="absence",
        # Those who were deleted still own what they sold; "all" may not mean them (§5.2).
        options={
            "path": "/crm/v8/users",
            "params": [{"type": kind, "per_page": "200"} for kind in ("AllUsers", "DeletedUsers")],
        },
        fields=(
            Field("full_name", "name", text),
            Field("email", "email", text),
            Field("mobile", "phone", text),
            Field("role", "team_id", lookup),
            Field("Reporting_To", "manager_id", lookup),
            Field("status", "active", derived("active", lambda status: status == "active")),
            Field("created_time", "created_at", instant_iso),
            Field("Modified_Time", "modified_at", instant_iso),
        ),
    ),
    Stream(
        "teams",
        "roles",
        incremental=False,
        deletes="absence",
        options={"path": "/crm/v8/settings/roles", "params": [{}]},
        fields=(
            Field("name", "name", text),
            Field("reporting_to", "parent_id", lookup),
            Field("created_time__s", "created_at", instant_iso),
            Field("modified_time__s", "modified_at", instant_iso),
        ),
    ),
    Stream(
        "accounts",
        "Accounts",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        feed_reach=_FEED_REACH,
        fields=(
            *_RECORD,
            Field("Account_Name", "name", text),
            Field("Account_Type", "account_type", text, optional=True),
            Field("Industry", "industry", text, optional=True),
            Field("Phone", "phone", text, optional=True),
            Field("Website", "website", text, optional=True),
            Field("Billing_Country", "country", text, optional=True),
            Field("Billing_State", "province", text, optional=True),
            Field("Billing_City", "city", text, optional=True),
            Field("Parent_Account", "parent_id", lookup, optional=True),
            Field("Last_Activity_Time", "last_activity_at", instant_iso, optional=True),
        ),
    ),
    Stream(
        "contacts",
        "Contacts",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        feed_reach=_FEED_REACH,
        fields=(
            *_RECORD,
            Field("Full_Name", "name", text),
            Field("Account_Name", "account_id", lookup, optional=True),
            Field("Email", "email", text, optional=True),
            Field("Phone", "phone", text, optional=True),
            Field("Title", "title", text, optional=True),
            Field("Date_of_Birth", "birthday", day_iso, optional=True),
            Field("Email_Opt_Out", "opt_out", boolean, optional=True),
        ),
    ),
    Stream(
        "leads",
        "Leads",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        feed_reach=_FEED_REACH,
        # Converted leads are left out by default, and when that happened may be in no list of fields (§2).
        options={"params": {"converted": "both"}, "unlisted": ("Converted_Date_Time",)},
        fields=(
            *_RECORD,
            Field("Full_Name", "name", text),
            Field("Company", "company", text, optional=True),
            Field("Email", "email", text, optional=True),
            Field("Phone", "phone", text, optional=True),
            Field("Lead_Source", "lead_source", text, optional=True),
            Field("Lead_Status", "status", text, optional=True),
            Field("Converted_Date_Time", "converted_at", instant_iso, optional=True),
            Field("Converted_Account", "converted_account_id", lookup, optional=True),
            Field("Converted_Contact", "converted_contact_id", lookup, optional=True),
            Field("Converted_Deal", "converted_deal_id", lookup, optional=True),
        ),
    ),
    Stream(
        "deals",
        "Deals",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        feed_reach=_FEED_REACH,
        options={"together": {PIPELINE_STAGE: ("Pipeline", "Stage")}},
        fields=(
            *_RECORD,
            Field("Deal_Name", "name", text),
            Field("Account_Name", "account_id", lookup, optional=True),
            Field("Contact_Name", "contact_id", lookup, optional=True),
            Field("Pipeline", "pipeline", text, optional=True),
            Field("Stage", "stage", text),
            Field(PIPELINE_STAGE, "stage_status", stage_status, optional=True),
            Field("Probability", "probability", rounded, optional=True),
            Field("Amount", "amount", number),
            Field("Currency", "currency", currency, optional=True),
            Field("Closing_Date", "close_date", day_iso),
            Field("Reason_For_Loss__s", "lost_reason", text, optional=True),
        ),
    ),
    # Deals of which this was read live on here when they are deleted; that a deal left a stage moves no time (§5.7).
    Stream(
        "deal_stages",
        "DealHistory",
        optional=True,
        deletes="never",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        options={"without": ("Moved_To__s", "Stage_Duration_Calendar_Days", "Duration_Days")},
        fields=(
            *_TRACKED,
            Field("Potential_Name", "deal_id", lookup),
            Field("Stage", "stage", text),
            Field("Modified_Time", "entered_at", instant_iso),
            Field("Amount", "amount", number, optional=True),
            Field("Currency", "currency", currency, optional=True),
            Field("Probability", "probability", rounded, optional=True),
            Field("Closing_Date", "close_date", day_iso, optional=True),
        ),
    ),
    module(
        "tasks",
        "Tasks",
        Field("Subject", "subject", text),
        Field("Status", "status", text),
        Field("Priority", "priority", text, optional=True),
        Field("Due_Date", "due_on", day_iso),
        Field("Closed_Time", "completed_at", instant_iso, optional=True),
        Field(ABOUT, "related_entity", derived("related_entity", lambda value: _first(value, 0)), optional=True),
        Field(ABOUT, "related_id", derived("related_id", lambda value: _first(value, 1)), optional=True),
        options=_POLYMORPHIC,
    ),
    module(
        "calls",
        "Calls",
        Field("Subject", "subject", text),
        Field("Description", "text", text, optional=True),
        Field("Call_Start_Time", "happened_at", instant_iso),
        Field("Call_Type", "direction", choice({"Outbound": "out", "Inbound": "in", "Missed": "in"}), optional=True),
        Field("Call_Status", "status", text, optional=True, alias="Outgoing_Call_Status"),
        Field("Call_Duration_in_seconds", "duration_s", rounded, optional=True),
        Field(ABOUT, "links", _LINKS, optional=True),
        entity="activities",
        constants={"kind": "call"},
        options=_POLYMORPHIC,
    ),
    module(
        "meetings",
        "Events",
        Field("Event_Title", "subject", text),
        Field("Description", "text", text, optional=True),
        Field("Start_DateTime", "happened_at", instant_iso),
        Field("Check_In_Status", "status", text, optional=True),
        Field(ABOUT, "links", _LINKS, optional=True),
        entity="activities",
        constants={"kind": "meeting"},
        options=_POLYMORPHIC,
    ),
    # Only administrators may list them (§2).
    module(
        "notes",
        "Notes",
        Field("Note_Title", "subject", text, optional=True),
        Field("Note_Content", "text", text),
        Field("Created_Time", "happened_at", instant_iso),
        Field("Parent_Id", "links", derived("links", _parent), optional=True),
        entity="activities",
        constants={"kind": "note"},
    ),
    # Zoho keeps no day of ordering (§9A.2).
    module(
        "orders",
        "Sales_Orders",
        Field("Subject", "name", text),
        Field("Account_Name", "account_id", lookup, optional=True),
        Field("Deal_Name", "deal_id", lookup, optional=True),
        Field("Status", "status", text, optional=True),
        Field("Created_Time", "ordered_at", instant_iso),
        Field("Grand_Total", "amount", number),
        Field("Currency", "currency", currency, optional=True),
    ),
    module(
        "cases",
        "Cases",
        Field("id", "case_id", plain_id),
        Field("Subject", "subject", text),
        Field("Description", "text", text, optional=True),
        Field("Type", "kind", derived("kind", _case_kind), optional=True),
        Field("Status", "status", text, optional=True),
        Field("Account_Name", "account_id", lookup, optional=True),
        Field("Related_To", "contact_id", lookup, optional=True),
        Field("Created_Time", "happened_at", instant_iso),
        entity="feedback",
        constants={"from_kind": "customer"},
    ),
)

_ENTITIES: dict[str, str] = {stream.object: stream.entity for stream in STREAMS}

CONVERTERS: dict[str, Converter] = {
    "id": lookup,
    "text": text,
    "instant": instant_iso,
    "day": day_iso,
    "number": number,
    "whole": rounded,
    "flag": boolean,
    "kind": small_text,
}
