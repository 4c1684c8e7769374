"""What only an old tenant of many currencies has: a custom field of each type (docs/vendor/fxiaoke.md §3.3, §3.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.fxiaoke.schema import COMPUTED_TYPES, Field, ObjectSpec, Options, with_fields

if TYPE_CHECKING:
    from collections.abc import Iterator

CHOICES: Options = (("option1", "选项一"), ("aB3dE5fG7", "选项二"), ("other", "其他"))
COLOURS: Options = (("r1", "红"), ("g2", "绿"), ("b3", "蓝"))
STATUS: Options = (("1", "未成交"), ("2", "已成交"))  # §6.3: the older name of deal_status
CURRENCIES: Options = (("CNY", "人民币"), ("USD", "美元"), ("EUR", "欧元"), ("JPY", "日元"))

# Type, and what is special about the field.
_TYPES: tuple[tuple[str, Options, int | None, str], ...] = (
    ("text", (), None, ""),
    ("long_text", (), None, ""),
    ("html_rich_text", (), None, ""),
    ("email", (), None, ""),
    ("url", (), None, ""),
    ("phone_number", (), None, ""),
    ("auto_number", (), None, ""),
    ("select_one", CHOICES, None, ""),
    ("select_many", COLOURS, None, ""),
    ("number", (), 5, ""),
    ("currency", (), 2, ""),
    ("percentile", (), 2, ""),
    ("date", (), None, ""),
    ("date_time", (), None, ""),
    ("time", (), None, ""),
    ("true_or_false", (), None, ""),
    ("employee", (), None, ""),
    ("employee_many", (), None, ""),
    ("department", (), None, ""),
    ("department_many", (), None, ""),
    ("out_employee", (), None, ""),
    ("object_reference", (), None, "ContactObj"),
    ("master_detail", (), None, "AccountObj"),
    ("object_reference_many", (), None, "ContactObj"),
    ("file_attachment", (), None, ""),
    ("image", (), None, ""),
    ("signature", (), None, ""),
    ("formula", (), 2, ""),
    ("count", (), 0, ""),
    ("quote", (), None, ""),
    ("country", (), None, ""),
    ("province", (), None, ""),
    ("city", (), None, ""),
    ("district", (), None, ""),
    ("town", (), None, ""),
    ("location", (), None, ""),
    ("embedded_object_list", (), None, ""),
    ("tag", (), None, ""),
    ("array", (), None, ""),
    ("tree_path", (), None, ""),
)
STORED_ANYWAY = frozenset({"auto_number", "embedded_object_list"})


def field_name(kind: str) -> str:
    """`field_` and five letters, as a tenant's own fields have (§3.4): here telling the type."""
    place = [item[0] for item in _TYPES].index(kind)
    return f"field_t{place:02d}Zz__c"


def _every_type() -> Iterator[Field]:
    for kind, options, decimals, target in _TYPES:
        yield Field(
            field_name(kind),
            f"类型 {kind}",
            kind,
            define_type="custom",
            options=options,
            decimals=decimals,
            target=target,
            max_length=5000 if kind in ("long_text", "html_rich_text") else 255,
            stored=kind not in COMPUTED_TYPES or kind in STORED_ANYWAY,
        )
    select = field_name("select_one")
    yield Field(f"{select}__o", "类型 select_one", companion=True)
    yield Field("account_status", "客户状态", "select_one", options=STATUS, writable=False)
    yield Field("UDCal1__c", "旧计算字段", "number", define_type="custom", decimals=2)
    yield Field("UDAttach1__c", "旧附件", "file_attachment", define_type="custom")
    yield Field("UDImg1__c", "旧图片", "image", define_type="custom")


EVERY_TYPE = tuple(_every_type())

# §6.4: a contact's numbers in one field each, beside the numbered ones; a tenant may have them.
COMBINED = (
    Field("mobile", "手机", "phone_number", writable=False, stored=False),
    Field("tel", "电话", "phone_number", writable=False, stored=False),
)
# §6.5: a stage that the tenant made, among the default ones.
OWN_STAGE = ("kQ7mZ2xP9", "试用")


def with_own_stage(opportunities: ObjectSpec) -> ObjectSpec:
    fields = opportunities.fields
    stages = replace(fields["sales_stage"], options=(*fields["sales_stage"].options, OWN_STAGE))
    return with_fields(opportunities, {**fields, "sales_stage": stages}.values())


# §6.1: keys of tenants with several currencies.
CURRENCY_FIELDS = (
    Field("mc_currency", "币种", "select_one", options=CURRENCIES),
    Field("mc_exchange_rate", "汇率", "number", decimals=6),
    Field("mc_functional_currency", "本位币", "text", writable=False),
    Field("mc_exchange_rate_version", "汇率版本", "text", writable=False),
)
