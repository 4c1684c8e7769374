"""Pools, market events and the old opportunity (docs/vendor/fxiaoke.md §3.5, §4.8, §6.6).

Of the pools and of MarketingEventObj the sheet gives only the names: their fields are chosen.
"""

from __future__ import annotations

from sandbox.fxiaoke.common_fields import COMMON
from sandbox.fxiaoke.schema import Field, Options, make_object

EVENT_TYPES: Options = (("1", "展会"), ("2", "线上研讨会"), ("3", "广告"), ("4", "邮件营销"), ("other", "其他"))
EVENT_STATUS: Options = (("1", "计划中"), ("2", "进行中"), ("3", "已结束"), ("4", "终止"))
OLD_STATUS: Options = (("running", "进行中"), ("win", "赢单"), ("lose", "输单"), ("invalid", "无效"))


def _pool(api_name: str, label: str) -> tuple[str, str, tuple[Field, ...]]:
    own = (
        Field("name", f"{label}名称", max_length=100, required=True, unique=True),
        Field("pool_admins", "管理员", "employee_many"),
        Field("pool_members", "成员", "department_many"),
    )
    return api_name, label, own


LEADS_POOLS = make_object(*_pool("LeadsPoolObj", "线索池"), COMMON, everyone=True)
HIGH_SEAS = make_object(*_pool("HighSeasObj", "公海"), COMMON, everyone=True)

EVENTS = make_object(
    "MarketingEventObj",
    "市场活动",
    (
        Field("name", "活动名称", max_length=200, required=True),
        Field("event_type", "活动类型", "select_one", options=EVENT_TYPES),
        Field("biz_status", "状态", "select_one", options=EVENT_STATUS),
        Field("begin_time", "开始日期", "date"),
        Field("end_time", "结束日期", "date"),
        Field("expected_cost", "预计成本", "currency", decimals=2),
        Field("actual_cost", "实际成本", "currency", decimals=2),
        Field("expected_income", "预期收入", "currency", decimals=2),
        Field("remark", "备注", "long_text", max_length=2000),
    ),
    COMMON,
    everyone=True,
)

OLD_OPPORTUNITIES = make_object(
    "OpportunityObj",
    "商机",
    (
        Field("name", "商机名称", max_length=200, required=True),
        Field("account_id", "客户名称", "object_reference", target="AccountObj", required=True),
        Field("expected_deal_closed_date", "预计成交日期", "date"),
        Field("expected_deal_amount", "预计成交金额", "currency", decimals=2),
        Field("oppo_stage_id", "销售阶段", "text", max_length=32),
        Field("sales_process_name", "销售流程", max_length=100, writable=False),
        Field("sales_stg_changed_time", "阶段变更时间", "date_time", writable=False),
        Field("probability", "赢率", "percentile", decimals=0),
        Field("biz_status", "状态", "select_one", options=OLD_STATUS, writable=False),
        Field("before_sale_stage_count", "售前阶段数", "integer", writable=False),
        Field("after_sale_stage_order", "售后阶段序号", "integer", writable=False),
        Field("after_stage_stay_time", "售后停留时长", "integer", writable=False),
        Field("is_start_after_sale", "是否进入售后", "true_or_false", writable=False),
        Field("last_followed_time", "最后跟进时间", "date_time", writable=False),
        Field("source_sale_action_stage_name", "来源阶段", max_length=100, writable=False),
    ),
    COMMON,
)

MARKET = (LEADS_POOLS, HIGH_SEAS, EVENTS, OLD_OPPORTUNITIES)
