"""What is read from Fxiaoke and into which columns (docs/vendor/fxiaoke.md §2.2 and §6 show the records).

Fields that a tenant may lack, or whose name is not confirmed, are optional; the others are what the metrics stand on.
The pipeline of a deal is left to `custom`: the describe call gives one list of stages for all sales processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from connectors.convert import (
    choice,
    currency,
    day_iso,
    day_ms,
    derived,
    first_of,
    instant_ms,
    number,
    plain_id,
    rounded,
    text,
    unless,
)
from models.spec import Converter, Field, Stream, Tenant

ZONE = ZoneInfo("Asia/Shanghai")
"""Dates are midnight of GMT+8 (§3.3, §10.10). Read in this zone they are right in its former summers too."""

STAGE_STATUS = {"1": "open", "2": "won", "3": "lost", "4": "void"}
"""`sales_status` → ours by default; the codes of 3 and 4 are a guess, so a label that says otherwise wins (§6.5)."""

day = day_ms(ZONE)
employee = first_of(plain_id)  # ids of people come in a list, even a single one (§3.3)


def is_deleted(record: Mapping[str, Any]) -> bool:
    """An invalid record (作废) is one that the CRM calls deleted, if it shows it at all (§4.4)."""
    return record.get("life_status") == "invalid" or record.get("is_deleted") is True


def sales_status(tenant: Tenant) -> Converter:
    return choice(tenant.statuses)


_RECORD = (
    Field("owner", "owner_id", employee),
    Field("create_time", "created_at", instant_ms),
    Field("last_modified_time", "modified_at", instant_ms),
    Field("last_modified_by", "modified_by", employee, optional=True),
    Field("name", "name", text),
)
_MOVED_BY_EVERY_WRITE = frozenset({"last_modified_by", "last_modified_time", "version"})


def _object(name: str, object_name: str, *fields: Field) -> Stream:
    return Stream(
        name,
        object_name,
        (*_RECORD, *fields),
        key="_id",
        deletes="sweep",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        is_deleted=is_deleted,
    )


STREAMS: tuple[Stream, ...] = (
    Stream(
        "users",
        "userList",
        key="openUserId",
        incremental=False,
        deletes="absence",
        options={
            "path": "/cgi/user/list",
            "body": {"departmentId": 999999, "fetchChild": True, "showDepartmentIdsDetail": True},
        },
        fields=(
            Field("name", "name", text),
            Field("email", "email", text),
            Field("mobile", "phone", text),
            Field("mainDepartmentId", "team_id", unless("0", plain_id)),
            Field("leaderId", "manager_id", plain_id),
            Field("isStop", "active", derived("active", lambda stopped: not stopped)),
            Field("hireDate", "hired_on", day_iso),
            Field("birthDate", "birthday", day_iso),
            Field("createTime", "created_at", instant_ms),
        ),
    ),
    Stream(
        "teams",
        "departments",
        incremental=False,
        deletes="absence",
        options={"path": "/cgi/department/list", "body": {}},
        fields=(
            Field("name", "name", text),
            Field("parentId", "parent_id", unless("0", plain_id)),
        ),
    ),
    _object(
        "accounts",
        "AccountObj",
        Field("account_type", "account_type", text, optional=True),
        Field("industry_level1", "industry", text, optional=True),
        Field("tel", "phone", text, optional=True),
        Field("email", "email", text, optional=True),
        Field("url", "website", text, optional=True),
        Field("country", "country", text, optional=True),
        Field("province", "province", text, optional=True),
        Field("city", "city", text, optional=True),
        Field("parent_account_id", "parent_id", plain_id, optional=True),
        Field("last_followed_time", "last_activity_at", instant_ms, optional=True),
    ),
    _object(
        "contacts",
        "ContactObj",
        Field("account_id", "account_id", plain_id, optional=True),
        Field("email", "email", text, optional=True),
        Field("mobile1", "phone", text, optional=True),
        Field("job_title", "title", text, optional=True),
        Field("date_of_birth", "birthday", day, optional=True),
    ),
    _object(
        "leads",
        "LeadsObj",
        Field("company", "company", text, optional=True),
        Field("email", "email", text, optional=True),
        Field("mobile", "phone", text, optional=True),
        Field("source", "lead_source", text, optional=True),
        Field("biz_status", "status", text),
        Field("assigned_time", "assigned_at", instant_ms, optional=True),
        Field("transform_time", "converted_at", instant_ms),
        Field("account_id", "converted_account_id", plain_id, optional=True),
        Field("contact_id", "converted_contact_id", plain_id, optional=True),
        Field("new_opportunity_id", "converted_deal_id", plain_id, optional=True),
    ),
    _object(
        "deals",
        "NewOpportunityObj",
        Field("account_id", "account_id", plain_id, optional=True),
        Field("sales_stage", "stage", text),
        Field("sales_status", "stage_status", sales_status),
        Field("probability", "probability", rounded, optional=True),
        Field("amount", "amount", number),
        Field("mc_currency", "currency", currency, optional=True),
        Field("close_date", "close_date", day),
        Field("leads_id", "lead_id", plain_id, optional=True),
        Field("lost_reason", "lost_reason", text, optional=True),
    ),
)
