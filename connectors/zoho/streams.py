"""What is read from Zoho CRM and into which columns (docs/vendor/zoho.md §9 shows the records).

Fields that an organisation can take out of use are optional; the others are what the metrics stand on.
"""

from __future__ import annotations

from datetime import timedelta

from connectors.convert import boolean, currency, day_iso, derived, instant_iso, lookup, number, rounded, text
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


_RECORD = (
    Field("Owner", "owner_id", lookup),
    Field("Created_Time", "created_at", instant_iso),
    Field("Modified_Time", "modified_at", instant_iso),
    Field("Modified_By", "modified_by", lookup, optional=True),
)
_MOVED_BY_EVERY_WRITE = frozenset({"Modified_By", "Modified_Time", "Last_Activity_Time"})

_FEED_REACH = timedelta(days=100)
"""Zoho lists a deletion for 120 days (docs/vendor/zoho.md §5.1); some days are kept in reserve."""

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
)
