"""Leads, accounts, contacts and opportunities (docs/vendor/fxiaoke.md §6.2 to §6.5)."""

from __future__ import annotations

from sandbox.fxiaoke.common_fields import COMMON
from sandbox.fxiaoke.schema import Field, Options, make_object

SOURCES: Options = (
    ("1", "官网"),
    ("2", "电话咨询"),
    ("3", "广告投放"),
    ("4", "展会"),
    ("5", "客户介绍"),
    ("6", "微信公众号"),
    ("other", "其他"),
)
INDUSTRIES: Options = (
    ("1", "制造业"),
    ("2", "电子"),
    ("3", "软件"),
    ("4", "物流"),
    ("5", "零售"),
    ("6", "医疗"),
    ("7", "能源"),
    ("8", "建筑"),
    ("9", "食品"),
    ("10", "教育"),
    ("other", "其他"),
)
LEAD_STATUS: Options = (
    ("un_assigned", "未分配"),
    ("un_processed", "待处理"),
    ("processed", "跟进中"),
    ("transformed", "已转换"),
    ("closed", "无效"),
)
SALES_STAGES: Options = (
    ("1", "验证客户"),
    ("2", "需求确定"),
    ("3", "方案/报价"),
    ("4", "谈判审核"),
    ("5", "赢单"),
    ("6", "输单"),
    ("7", "无效"),
)
SALES_STATUS: Options = (("1", "进行中"), ("2", "赢单"), ("3", "输单"), ("4", "无效"))
LOST_REASONS: Options = (
    ("1", "价格过高"),
    ("2", "选择竞品"),
    ("3", "预算取消"),
    ("4", "功能不满足"),
    ("5", "联系不上"),
    ("other", "其他"),
)
# §5.3 names the values of a return to the pool; their labels are not known.
BACK_REASONS: Options = (("0", "无法联系"), ("1", "暂无需求"), ("2", "信息有误"), ("other", "其他"))
LEVELS: Options = (("1", "重点客户"), ("2", "普通客户"), ("3", "小型客户"))
TIERS: Options = (("VIP", "VIP"), ("A", "A"), ("B", "B"), ("C", "C"))

# §6.5: the status that a stage brings about, and its probability.
STATUS_OF_STAGE = {"1": "1", "2": "1", "3": "1", "4": "1", "5": "2", "6": "3", "7": "4"}
PROBABILITY_OF_STAGE = {"1": "10", "2": "30", "3": "60", "4": "80", "5": "100", "6": "0", "7": "0"}
# A record of the one process; SalesProcessObj itself is only pointed at.
SALES_PROCESS = "64e0c0ffee00000000000001"


def _custom(api_name: str, label: str, kind: str, *, options: Options = (), decimals: int | None = None) -> Field:
    return Field(
        api_name,
        label,
        kind,
        define_type="custom",
        options=options,
        decimals=decimals,
        max_length=2000 if kind == "long_text" else 100,
    )


LEADS = make_object(
    "LeadsObj",
    "销售线索",
    (
        Field("name", "姓名", max_length=100, required=True),
        Field("company", "公司", max_length=200),
        Field("department", "部门", max_length=100),
        Field("job_title", "职务", max_length=100),
        Field("mobile", "手机", "phone_number", max_length=30),
        Field("tel", "电话", "phone_number", max_length=30),
        Field("email", "邮件", "email", max_length=100),
        Field("address", "地址", max_length=300),
        Field("url", "网址", "url", max_length=200),
        Field("source", "来源", "select_one", options=SOURCES),
        Field("remark", "备注", "long_text", max_length=2000),
        Field("leads_pool_id", "线索池", "object_reference", target="LeadsPoolObj", writable=False),
        Field("leads_stage", "线索阶段", "select_one", options=(("Lead", "Lead"), ("MQL", "MQL"), ("SQL", "SQL"))),
        Field("leads_stage_changed_time", "阶段变更时间", "date_time", writable=False),
        Field("changed_to_mql_time", "转为MQL时间", "date_time", writable=False),
        Field("promotion_channel", "推广渠道", max_length=100),
        Field("marketing_event_id", "市场活动", "object_reference", target="MarketingEventObj"),
        Field("biz_status", "业务状态", "select_one", options=LEAD_STATUS, writable=False),
        Field("is_duplicated", "是否重复", "true_or_false", writable=False),
        Field("is_collected", "是否收集", "true_or_false", writable=False, stored=False),
        Field("biz_reg_name", "工商注册", "true_or_false", writable=False, stored=False),
        Field("resale_count", "转售次数", "number", decimals=0, writable=False, stored=False),
        Field("assigned_time", "分配时间", "date_time", writable=False),
        Field("assigner_id", "分配人", "employee", writable=False),
        Field("last_follower", "最后跟进人", "employee", writable=False),
        Field("last_follow_time", "最后跟进时间", "date_time", writable=False),
        Field("transform_time", "转换时间", "date_time", writable=False),
        Field("owner_change_time", "负责人变更时间", "date_time", writable=False),
        Field("next_followed_time", "下次跟进时间", "date_time"),
        Field("expire_time", "到期时间", "date_time", writable=False),
        Field("returned_time", "退回时间", "date_time", writable=False),
        Field("back_reason", "退回原因", "select_one", options=BACK_REASONS, writable=False),
        Field("close_reason", "无效原因", max_length=200),
        Field("account_id", "客户", "object_reference", target="AccountObj", writable=False),
        Field("contact_id", "联系人", "object_reference", target="ContactObj", writable=False),
        Field("new_opportunity_id", "商机", "object_reference", target="NewOpportunityObj", writable=False),
        Field("opportunity_status", "商机状态", writable=False, stored=False),
        Field("transfer_partner_id", "转换的合作伙伴", "object_reference", writable=False, stored=False),
        _custom("field_q1W2e__c", "意向产品", "select_one", options=(("option1", "标准版"), ("aB3dE5fG7", "企业版"))),
    ),
    COMMON,
)

ACCOUNTS = make_object(
    "AccountObj",
    "客户",
    (
        Field("name", "客户名称", max_length=200, required=True, unique=True),
        Field("account_no", "客户编号", "auto_number"),
        Field("account_type", "客户类型", "select_one", options=(("1", "最终客户"), ("2", "代理商"))),
        Field("account_level", "客户级别", "select_one", options=LEVELS),
        Field("account_source", "来源", "select_one", options=SOURCES),
        Field("deal_status", "成交状态", "select_one", options=(("1", "未成交"), ("2", "已成交")), writable=False),
        Field("biz_status", "业务状态", "select_one", options=(("1", "未分配"), ("2", "已分配")), writable=False),
        Field("industry_level1", "一级行业", "select_one", options=INDUSTRIES),
        Field("industry_level2", "二级行业", max_length=100),
        Field("tel", "电话", "phone_number", max_length=30),
        Field("fax", "传真", max_length=30),
        Field("email", "邮件", "email", max_length=100),
        Field("url", "网址", "url", max_length=200),
        Field("country", "国家", "country", max_length=20),
        Field("province", "省", "province", max_length=20),
        Field("city", "市", "city", max_length=20),
        Field("district", "区", "district", max_length=20),
        Field("area_location", "定位", "location", max_length=300),
        Field("address", "详细地址", max_length=300),
        Field("high_seas_id", "公海", "object_reference", target="HighSeasObj", writable=False),
        Field("parent_account_id", "上级客户", "object_reference", target="AccountObj"),
        Field("account_path", "客户层级", "tree_path", writable=False, stored=False),
        Field("account_main_data_id", "客户主数据", "object_reference", writable=False, stored=False),
        Field("biz_reg_name", "工商注册", "true_or_false", writable=False, stored=False),
        Field("leads_id", "源线索", "object_reference", target="LeadsObj"),
        Field("last_followed_time", "最后跟进时间", "date_time", writable=False),
        Field("last_deal_closed_time", "最后成交时间", "date_time", writable=False),
        Field("claimed_time", "领取时间", "date_time", writable=False),
        Field("owner_modified_time", "负责人变更时间", "date_time", writable=False),
        Field("transfer_count", "转手次数", "number", decimals=0, writable=False),
        Field("expire_time", "到期时间", "date_time", writable=False),
        Field("returned_time", "退回时间", "date_time", writable=False),
        Field("back_reason", "退回原因", "select_one", options=BACK_REASONS, writable=False),
        Field("uniform_social_credit_code", "统一社会信用代码", max_length=18),
        Field("remark", "备注", "long_text", max_length=2000),
        Field("customer_tier__c", "客户分级", "select_one", define_type="custom", options=TIERS),
        _custom("tier_reason__c", "分级理由", "long_text"),
        _custom("field_a1B2c__c", "满意度", "number", decimals=2),
        _custom("field_d4T5e__c", "签约日", "date"),
        _custom("field_m2N3y__c", "使用模块", "select_many", options=(("m1", "销售"), ("m2", "服务"), ("m3", "营销"))),
        _custom("field_b0O1l__c", "是否续约", "true_or_false"),
        _custom("field_c9U8r__c", "授信额度", "currency", decimals=2),
        _custom("UDSText2__c", "旧系统编号", "text"),
        Field("field_x0X0x__c", "停用字段", define_type="custom", active=False),
    ),
    COMMON,
)

CONTACTS = make_object(
    "ContactObj",
    "联系人",
    (
        Field("name", "姓名", max_length=100, required=True),
        Field("account_id", "客户名称", "object_reference", target="AccountObj"),
        Field("company", "公司", max_length=200),
        Field("department", "部门", max_length=100),
        Field("job_title", "职务", max_length=100),
        Field("mobile1", "手机1", "phone_number", max_length=30),
        Field("mobile2", "手机2", "phone_number", max_length=30),
        Field("mobile3", "手机3", "phone_number", max_length=30),
        Field("mobile4", "手机4", "phone_number", max_length=30),
        Field("mobile5", "手机5", "phone_number", max_length=30),
        Field("tel1", "电话1", "phone_number", max_length=30),
        Field("tel2", "电话2", "phone_number", max_length=30),
        Field("tel3", "电话3", "phone_number", max_length=30),
        Field("tel4", "电话4", "phone_number", max_length=30),
        Field("tel5", "电话5", "phone_number", max_length=30),
        Field("email", "邮件", "email", max_length=100),
        Field("add", "地址", max_length=300),
        Field("gender", "性别", "select_one", options=(("1", "男"), ("2", "女"))),
        Field("introducer", "介绍人", "object_reference", target="ContactObj"),
        Field("date_of_birth", "生日", "date"),
        Field("primary_contact", "主联系人", "true_or_false"),
        Field("leads_id", "源线索", "object_reference", target="LeadsObj"),
        Field("remark", "备注", "long_text", max_length=2000),
    ),
    COMMON,
)

OPPORTUNITIES = make_object(
    "NewOpportunityObj",
    "商机2.0",
    (
        Field("name", "商机名称", max_length=200, required=True),
        Field("account_id", "客户名称", "object_reference", target="AccountObj", required=True),
        Field("contact_id", "联系人", "object_reference", target="ContactObj"),
        Field("amount", "商机金额", "currency", decimals=2),
        Field("close_date", "预计成交日期", "date", required=True),
        Field("probability", "赢率", "percentile", decimals=0),
        Field("probability_amount", "预测金额", "formula", decimals=2, stored=False),
        Field("sales_process_id", "销售流程", "object_reference", target="SalesProcessObj", required=True),
        Field("sales_stage", "销售阶段", "select_one", options=SALES_STAGES, required=True),
        Field("sales_status", "阶段状态", "select_one", options=SALES_STATUS, writable=False),
        Field("stg_changed_time", "阶段变更时间", "date_time", writable=False),
        Field("last_followed_time", "最后跟进时间", "date_time", writable=False),
        Field("cost_time", "阶段停留时长", "integer", writable=False, stored=False),
        Field("opp_lines_sum", "商机明细合计", "count", decimals=2, stored=False),
        Field("opp_discount", "整单折扣", "percentile", decimals=2),
        Field("leads_id", "源线索", "object_reference", target="LeadsObj"),
        Field("opportunity_type", "商机类型", "select_one", options=(("1", "新购"), ("2", "续约"), ("3", "增购"))),
        Field("lost_reason", "输单原因", "select_one", options=LOST_REASONS),
        Field("remark", "备注", "long_text", max_length=2000),
    ),
    COMMON,
)
