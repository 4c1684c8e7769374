"""What people do and customers say: activities, schedules, tasks, cases, feedback (docs/vendor/fxiaoke.md §6.7, §6.9).

Of CasesObj the sheet knows nothing and of TaskObj four names: the rest is chosen, and a describe tells it.
"""

from __future__ import annotations

from sandbox.fxiaoke.common_fields import COMMON
from sandbox.fxiaoke.schema import Field, Options, make_object

RECORD_TYPES: Options = (("1", "拜访"), ("2", "电话"), ("3", "邮件"), ("4", "微信"), ("5", "会议"))
TASK_STATUS: Options = (("1", "未开始"), ("2", "进行中"), ("3", "已完成"))
CASE_STATUS: Options = (("1", "待分配"), ("2", "处理中"), ("3", "已解决"), ("4", "已关闭"))
PRIORITY: Options = (("1", "低"), ("2", "中"), ("3", "高"), ("4", "紧急"))
CHANNELS: Options = (("1", "电话"), ("2", "邮件"), ("3", "微信"), ("4", "门户"))

_RELATED = (
    Field("related_object_data", "关联对象", "related_objects"),
    Field("related_api_names", "关联对象类型", "array", stored=False),
)

ACTIVITIES = make_object(
    "ActiveRecordObj",
    "销售记录",
    (
        Field("name", "编号", "auto_number"),
        Field("active_record_type", "销售记录类型", "select_one", options=RECORD_TYPES),
        Field("active_record_content", "内容", "long_text", max_length=5000, required=True),
        Field("interactive_scenario", "互动场景", max_length=100),
        Field("interactive_types", "互动方式", "select_many", options=RECORD_TYPES),
        *_RELATED,
    ),
    COMMON,
)

TELESALES = make_object(
    "TelesalesRecordObj",
    "电销记录",
    (
        Field("name", "编号", "auto_number"),
        Field("record_content", "内容", "long_text", max_length=5000, required=True),
        *_RELATED,
    ),
    COMMON,
)

SCHEDULES = make_object(
    "ScheduleObj",
    "日程",
    (
        Field("name", "编号", "auto_number"),
        Field("content", "内容", "long_text", max_length=2000, required=True),
        Field("begin_time", "开始时间", "date_time", required=True),
        Field("end_time", "结束时间", "date_time", required=True),
        Field("participants", "参与人", "employee_many"),
        *_RELATED,
    ),
    COMMON,
)

JOURNALS = make_object(
    "JournalObj",
    "日志",
    (
        Field("name", "编号", "auto_number"),
        Field("work_summary", "工作总结", "long_text", max_length=5000),
        Field("work_experience", "工作心得", "long_text", max_length=5000),
        Field("work_plan", "工作计划", "long_text", max_length=5000),
        Field("journal_time", "日志时间", "date"),
    ),
    COMMON,
)

CHECKINS = make_object(
    "CheckinsObj",
    "高级外勤",
    (
        Field("name", "编号", "auto_number"),
        Field("customer_id", "客户", "object_reference", target="AccountObj"),
        Field("communicate_record", "沟通记录", "long_text", max_length=2000),
        Field("checkins_scene", "外勤场景", max_length=100),
        Field("new_stat_date", "统计日期", "date"),
    ),
    COMMON,
)

TASKS = make_object(
    "TaskObj",
    "任务",
    (
        Field("name", "任务名称", max_length=200, required=True),
        Field("status", "状态", "select_one", options=TASK_STATUS),
        Field("dead_line", "截止时间", "date_time"),
        *_RELATED,
    ),
    COMMON,
)

CASES = make_object(
    "CasesObj",
    "工单",
    (
        Field("name", "工单编号", "auto_number"),
        Field("subject", "主题", max_length=200, required=True),
        Field("account_id", "客户", "object_reference", target="AccountObj"),
        Field("contact_id", "联系人", "object_reference", target="ContactObj"),
        Field("case_status", "状态", "select_one", options=CASE_STATUS),
        Field("priority", "优先级", "select_one", options=PRIORITY),
        Field("source", "来源", "select_one", options=CHANNELS),
        Field("description", "描述", "long_text", max_length=5000),
        Field("solved_time", "解决时间", "date_time"),
    ),
    COMMON,
)

FEEDBACK = make_object(
    "object_f7B2k__c",
    "客户反馈",
    (
        Field("name", "编号", "auto_number"),
        Field("account_id__c", "客户", "object_reference", target="AccountObj", define_type="custom", required=True),
        Field("contact_id__c", "联系人", "object_reference", target="ContactObj", define_type="custom"),
        Field("score__c", "推荐意愿(0-10)", "number", define_type="custom", decimals=0, required=True),
        Field("comment__c", "意见", "long_text", define_type="custom", max_length=2000),
        Field("channel__c", "渠道", "select_one", define_type="custom", options=CHANNELS),
        Field("surveyed_time__c", "调查时间", "date_time", define_type="custom"),
    ),
    COMMON,
)

WORK = (ACTIVITIES, TELESALES, SCHEDULES, JOURNALS, CHECKINS, TASKS, CASES, FEEDBACK)
