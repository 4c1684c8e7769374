"""What the CRMs hold, in the words of the warehouse: a second, plain mapping, written from the vendor pages alone.

Values are as `tests.e2e.values` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.e2e.harness import Fxiaoke, Row, Zoho
from tests.e2e.values import plain

Rows = dict[str, dict[str, Row]]
"""Entity → id → the row's columns, those apart that tell of runs and of deletions."""

CHINA_MS = 8 * 3_600_000
NOTHING: tuple[Any, ...] = (None, "", [], {})


def _id(value: Any) -> str | None:
    """A reference, whether it is shown as text, number, object or list of one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("id")
    return None if value in NOTHING else str(value)


def _text(value: Any) -> str | None:
    return None if value in NOTHING else str(value)


def _money(value: Any) -> float | None:
    return None if value in NOTHING else float(Decimal(str(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _whole(value: Any) -> float | None:
    return None if value in NOTHING else float(Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP))


def _flag(value: Any) -> float | None:
    return None if value is None else float(bool(value))


def _iso(value: Any) -> str | None:
    return plain(datetime.fromisoformat(value)) if value else None


def _ms(value: Any) -> str | None:
    return plain(datetime.fromtimestamp(int(value) / 1000, UTC)) if value not in NOTHING else None


def _ms_day(value: Any) -> str | None:
    if value in NOTHING:
        return None
    return datetime.fromtimestamp((int(value) + CHINA_MS) / 1000, UTC).date().isoformat()


def _day_of(instant: str | None) -> str | None:
    """The day in China of an instant of the warehouse."""
    if instant is None:
        return None
    moment = datetime.fromisoformat(f"{instant}+00:00")
    return datetime.fromtimestamp(moment.timestamp() + CHINA_MS / 1000, UTC).date().isoformat()


Mapping_ = Mapping[str, tuple[str, Callable[[Any], Any]]]
"""Column → the CRM's field, and how it is read."""

_ZOHO: Mapping_ = {
    "owner_id": ("Owner", _id),
    "created_at": ("Created_Time", _iso),
    "modified_at": ("Modified_Time", _iso),
    "modified_by": ("Modified_By", _id),
}
ZOHO: dict[str, tuple[str, Mapping_]] = {
    "accounts": (
        "Accounts",
        {
            **_ZOHO,
            "name": ("Account_Name", _text),
            "account_type": ("Account_Type", _text),
            "industry": ("Industry", _text),
            "phone": ("Phone", _text),
            "website": ("Website", _text),
            "country": ("Billing_Country", _text),
            "province": ("Billing_State", _text),
            "city": ("Billing_City", _text),
            "parent_id": ("Parent_Account", _id),
            "crm_tier": ("Customer_Tier", _text),
            "last_activity_at": ("Last_Activity_Time", _iso),
        },
    ),
    "contacts": (
        "Contacts",
        {
            **_ZOHO,
            "name": ("Full_Name", _text),
            "account_id": ("Account_Name", _id),
            "email": ("Email", _text),
            "phone": ("Phone", _text),
            "title": ("Title", _text),
            "birthday": ("Date_of_Birth", _text),
            "opt_out": ("Email_Opt_Out", _flag),
        },
    ),
    "leads": (
        "Leads",
        {
            **_ZOHO,
            "name": ("Full_Name", _text),
            "company": ("Company", _text),
            "email": ("Email", _text),
            "phone": ("Phone", _text),
            "lead_source": ("Lead_Source", _text),
            "status": ("Lead_Status", _text),
            "converted_at": ("Converted_Date_Time", _iso),
            "converted_account_id": ("Converted_Account", _id),
            "converted_contact_id": ("Converted_Contact", _id),
            "converted_deal_id": ("Converted_Deal", _id),
        },
    ),
    "deals": (
        "Deals",
        {
            **_ZOHO,
            "name": ("Deal_Name", _text),
            "account_id": ("Account_Name", _id),
            "contact_id": ("Contact_Name", _id),
            "pipeline": ("Pipeline", _text),
            "stage": ("Stage", _text),
            "probability": ("Probability", _whole),
            "amount": ("Amount", _money),
            "close_date": ("Closing_Date", _text),
            "lost_reason": ("Reason_For_Loss__s", _text),
        },
    ),
}
NOT_READ = {"Layout", "Record_Status__s"}
"""Which screen shows a record."""

ZOHO_STATUS = {"Closed Won": "won", "Closed Lost": "lost", "Closed Lost to Competition": "lost"}
_FXIAOKE: Mapping_ = {
    "owner_id": ("owner", _id),
    "created_at": ("create_time", _ms),
    "modified_at": ("last_modified_time", _ms),
    "modified_by": ("last_modified_by", _id),
    "name": ("name", _text),
}
FXIAOKE: dict[str, tuple[str, Mapping_]] = {
    "accounts": (
        "AccountObj",
        {
            **_FXIAOKE,
            "account_type": ("account_type", _text),
            "industry": ("industry_level1", _text),
            "phone": ("tel", _text),
            "email": ("email", _text),
            "website": ("url", _text),
            "country": ("country", _text),
            "province": ("province", _text),
            "city": ("city", _text),
            "parent_id": ("parent_account_id", _id),
            "crm_tier": ("customer_tier__c", _text),
            "last_activity_at": ("last_followed_time", _ms),
        },
    ),
    "contacts": (
        "ContactObj",
        {
            **_FXIAOKE,
            "account_id": ("account_id", _id),
            "email": ("email", _text),
            "phone": ("mobile1", _text),
            "title": ("job_title", _text),
            "birthday": ("date_of_birth", _ms_day),
        },
    ),
    "leads": (
        "LeadsObj",
        {
            **_FXIAOKE,
            "company": ("company", _text),
            "email": ("email", _text),
            "phone": ("mobile", _text),
            "lead_source": ("source", _text),
            "status": ("biz_status", _text),
            "assigned_at": ("assigned_time", _ms),
            "converted_at": ("transform_time", _ms),
            "converted_account_id": ("account_id", _id),
            "converted_contact_id": ("contact_id", _id),
            "converted_deal_id": ("new_opportunity_id", _id),
        },
    ),
    "deals": (
        "NewOpportunityObj",
        {
            **_FXIAOKE,
            "account_id": ("account_id", _id),
            "stage": ("sales_stage", _text),
            "stage_status": ("sales_status", {"1": "open", "2": "won", "3": "lost", "4": "void"}.get),
            "probability": ("probability", _whole),
            "amount": ("amount", _money),
            "close_date": ("close_date", _ms_day),
            "lead_id": ("leads_id", _id),
            "lost_reason": ("lost_reason", _text),
        },
    ),
}


class Holds:
    """Reads both CRMs by their own calls."""

    def __init__(self, url: str) -> None:
        self._url = url
        zoho, fxiaoke = Zoho(url), Fxiaoke(url)
        self._fields = {module: zoho.fields(module) for module, _ in ZOHO.values()}
        self._described = {name: fxiaoke.fields(name) for name, _ in FXIAOKE.values()}

    def of(self, source: str) -> Rows:
        return self._of_zoho() if source == "zoho" else self._of_fxiaoke()

    def _of_zoho(self) -> Rows:
        api = Zoho(self._url)
        found: Rows = {}
        for entity, (module, mapping) in ZOHO.items():
            names = (self._fields[module] | {field for field, _ in mapping.values()}) - NOT_READ
            raw = _all_fields(api, module, sorted(names))
            found[entity] = {key: _row(record, mapping, names | {"id"}) for key, record in raw.items()}
        for row in found["deals"].values():
            row["stage_status"] = ZOHO_STATUS.get(row["stage"], "open")
        return _closed(found)

    def _of_fxiaoke(self) -> Rows:
        api = Fxiaoke(self._url)
        found: Rows = {}
        for entity, (name, mapping) in FXIAOKE.items():
            raw = api.records(name)
            found[entity] = {key: _row(record, mapping, self._described[name]) for key, record in raw.items()}
        return _closed(found)


def _all_fields(api: Zoho, module: str, names: list[str]) -> dict[str, Row]:
    """Records by id; a call takes fifty fields."""
    found: dict[str, Row] = {}
    for start in range(0, len(names), 50):
        for key, record in api.records(module, names[start : start + 50]).items():
            found.setdefault(key, {}).update(record)
    return found


def _row(record: Row, mapping: Mapping_, known: set[str]) -> Row:
    row = {column: read(record.get(name)) for column, (name, read) in mapping.items()}
    mapped = {name for name, _ in mapping.values()} | {"id", "_id"}
    custom = {name: value for name, value in record.items() if name in known - mapped and value not in NOTHING}
    return row | {"created_on": _day_of(row["created_at"]), "custom": custom}


def _closed(found: Rows) -> Rows:
    """What follows for a deal; both tenants have one currency."""
    for row in found["deals"].values():
        day = row["close_date"] if row["stage_status"] in {"won", "lost"} else None
        midnight = datetime.fromisoformat(f"{day}T00:00:00+08:00") if day else None
        row |= {"closed_on": day, "closed_at": plain(midnight) if midnight else None, "currency": "CNY"}
    return found
