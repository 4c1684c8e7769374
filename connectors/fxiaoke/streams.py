"""What is read from Fxiaoke and into which columns (docs/vendor/fxiaoke.md §2.2 and §6 show the records).

Fields that a tenant may lack, or whose name is not confirmed, are optional; the others are what the metrics stand on.
The pipeline of a deal is left to `custom`: the describe call gives one list of stages for all sales processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from connectors.convert import (
    boolean,
    choice,
    currency,
    day_iso,
    day_ms,
    derived,
    first_of,
    instant_ms,
    links,
    number,
    plain_id,
    rounded,
    small_text,
    text,
    unless,
)
from models.spec import Converter, Field, Labels, Stream, Tenant

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
)
_NAME = Field("name", "name", text)
_MOVED_BY_EVERY_WRITE = frozenset({"last_modified_by", "last_modified_time", "version"})
_COMPANIONS = ("__r", "__l", "__o", "__v", "__p", "__e", "__relation_ids")
"""Keys beside a field's own (§3.4): names of records and people, other texts, raw values, a number's location."""


def module(name: str, object_name: str, *fields: Field, **more: Any) -> Stream:
    return Stream(
        name,
        object_name,
        (*_RECORD, *fields),
        key="_id",
        deletes="sweep",
        bookkeeping=_MOVED_BY_EVERY_WRITE,
        is_deleted=is_deleted,
        companions=_COMPANIONS,
        **more,
    )


_KINDS = Labels(
    {"电话": "call", "拜访": "visit", "邮件": "email", "微信": "message", "短信": "message", "会议": "meeting"}, "other"
)
"""What a sales record is, by the label that the tenant gave its type (§6.7)."""


def _about(value: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for item in value:
        name = item["describe_api_name"]
        yield _ENTITIES.get(name, name), plain_id.read(item["id"])


def _first(value: list[Mapping[str, Any]], part: int) -> str | None:
    first = next(_about(value), None)
    return first[part] if first else None


_LINKS = Field("related_object_data", "links", derived("links", lambda value: links(_about(value))), optional=True)
_CUSTOMER = derived("links", lambda value: links([("accounts", plain_id.read(value))]))


def _activities(name: str, object_name: str, *fields: Field, **constants: str) -> Stream:
    return module(name, object_name, *fields, entity="activities", constants=constants, optional=True)


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
    module(
        "accounts",
        "AccountObj",
        _NAME,
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
    module(
        "contacts",
        "ContactObj",
        _NAME,
        Field("account_id", "account_id", plain_id, optional=True),
        Field("email", "email", text, optional=True),
        Field("mobile1", "phone", text, optional=True),
        Field("job_title", "title", text, optional=True),
        Field("date_of_birth", "birthday", day, optional=True),
    ),
    module(
        "leads",
        "LeadsObj",
        _NAME,
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
    module(
        "deals",
        "NewOpportunityObj",
        _NAME,
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
    _activities(
        "activities",
        "ActiveRecordObj",
        Field("active_record_content", "text", text),
        Field("active_record_type", "kind", _KINDS, optional=True),
        Field("create_time", "happened_at", instant_ms),
        _LINKS,
    ),
    _activities(
        "telesales",
        "TelesalesRecordObj",
        Field("record_content", "text", text),
        Field("create_time", "happened_at", instant_ms),
        _LINKS,
        kind="call",
        direction="out",
    ),
    _activities(
        "visits",
        "CheckinsObj",
        Field("communicate_record", "text", text, optional=True),
        Field("create_time", "happened_at", instant_ms),
        Field("customer_id", "links", _CUSTOMER, optional=True),
        kind="visit",
    ),
    _activities(
        "meetings",
        "ScheduleObj",
        Field("content", "subject", text),
        Field("begin_time", "happened_at", instant_ms),
        _LINKS,
        kind="meeting",
    ),
    # Whether a tenant has tasks is not confirmed, nor is more than their names, states and ends (§3.5, §6.9).
    module(
        "tasks",
        "TaskObj",
        Field("name", "subject", text),
        Field("status", "status", text, optional=True),
        Field("dead_line", "due_at", instant_ms, optional=True),
        Field(
            "related_object_data",
            "related_entity",
            derived("related_entity", lambda value: _first(value, 0)),
            optional=True,
        ),
        Field(
            "related_object_data", "related_id", derived("related_id", lambda value: _first(value, 1)), optional=True
        ),
        optional=True,
    ),
    module(
        "orders",
        "SalesOrderObj",
        _NAME,
        Field("account_id", "account_id", plain_id),
        Field("new_opportunity_id", "deal_id", plain_id, optional=True),
        Field("order_status", "status", text, optional=True),
        Field("order_time", "ordered_on", day),
        Field("order_amount", "amount", number),
        Field("mc_currency", "currency", currency, optional=True),
        optional=True,
    ),
    module(
        "payment_plans",
        "PaymentPlanObj",
        _NAME,
        Field("account_id", "account_id", plain_id),
        Field("order_id", "order_id", plain_id, optional=True),
        Field("plan_payment_status", "status", text, optional=True),
        Field("plan_payment_time", "due_on", day),
        Field("plan_payment_amount", "amount", number),
        Field("mc_currency", "currency", currency, optional=True),
        Field("actual_payment_amount", "paid_amount", number, optional=True),
        optional=True,
    ),
    module(
        "payments",
        "PaymentObj",
        _NAME,
        Field("account_id", "account_id", plain_id),
        Field("order_id", "order_id", plain_id, optional=True),
        Field("life_status", "status", text, optional=True),
        Field("payment_term", "method", text, optional=True),
        Field("payment_time", "paid_on", day),
        Field("amount", "amount", number, alias="payment_amount"),  # pick it by describe (§6.8)
        Field("mc_currency", "currency", currency, optional=True),
        optional=True,
    ),
    # Only the object's name is known (§6.8): all of its fields may be others.
    module(
        "cases",
        "CasesObj",
        Field("_id", "case_id", plain_id),
        Field("subject", "subject", text, optional=True),
        Field("description", "text", text, optional=True),
        Field("case_status", "status", text, optional=True),
        Field("account_id", "account_id", plain_id, optional=True),
        Field("contact_id", "contact_id", plain_id, optional=True),
        Field("create_time", "happened_at", instant_ms),
        entity="feedback",
        constants={"kind": "complaint", "from_kind": "customer"},
        optional=True,
    ),
)

_ENTITIES: dict[str, str] = {stream.object: stream.entity for stream in STREAMS}

CONVERTERS: dict[str, Converter] = {
    "id": employee,
    "text": text,
    "instant": instant_ms,
    "day": day,
    "number": number,
    "whole": rounded,
    "flag": boolean,
    "kind": small_text,
}
