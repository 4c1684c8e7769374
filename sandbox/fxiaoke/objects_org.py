"""Departments, people and the custom object that takes scores (docs/vendor/fxiaoke.md §2.3)."""

from __future__ import annotations

from sandbox.fxiaoke.common_fields import COMMON
from sandbox.fxiaoke.schema import Field, Options, make_object

DEPARTMENT_STATUS: Options = (("0", "启用"), ("1", "停用"), ("2", "已删除"))
PERSON_STATUS: Options = (("0", "启用"), ("1", "停用"))

DEPARTMENTS = make_object(
    "DepartmentObj",
    "部门",
    (
        Field("name", "部门名称", max_length=100, required=True),
        Field("parent_id", "上级部门", "department"),
        Field("manager_id", "部门负责人", "employee"),
        Field("status", "状态", "select_one", options=DEPARTMENT_STATUS),
    ),
    COMMON,
    everyone=True,
)

PERSONNEL = make_object(
    "PersonnelObj",
    "人员",
    (
        Field("name", "昵称", max_length=100, required=True),
        Field("full_name", "姓名", max_length=100),
        Field("user_id", "员工ID", writable=False),
        Field("user_name", "登录账号", max_length=100),
        Field("phone", "手机", "phone_number", max_length=30),
        Field("email", "邮箱", "email", max_length=100),
        Field("sex", "性别", "select_one", options=(("M", "男"), ("F", "女"))),
        Field("position", "职位", max_length=100),
        Field("employee_number", "工号", max_length=50),
        Field("main_department", "主属部门", "department"),
        Field("vice_departments", "附属部门", "department_many"),
        Field("leader", "汇报对象", "employee"),
        Field("status", "状态", "select_one", options=PERSON_STATUS),
        Field("is_active", "是否激活", "true_or_false"),
        Field("date_of_joining", "入职日期", "date"),
        Field("birthday", "生日", "date"),
        Field("stop_time", "停用时间", "date_time"),
    ),
    COMMON,
)

PERFORMANCE = make_object(
    "performance__c",
    "销售业绩评分",
    (
        Field("name", "名称", max_length=100, required=True),
        Field("salesperson__c", "销售人员", "employee", define_type="custom"),
        Field("period__c", "周期", define_type="custom", max_length=20),
        Field("score__c", "得分", "number", define_type="custom", decimals=2),
        Field("rank__c", "排名", "number", define_type="custom", decimals=0),
    ),
    COMMON,
)
