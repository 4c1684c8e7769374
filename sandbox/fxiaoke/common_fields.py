"""The fields that every record has (docs/vendor/fxiaoke.md §3.2, §6.1)."""

from __future__ import annotations

from sandbox.fxiaoke.schema import Field, Options

LIFE_STATUS: Options = (
    ("normal", "正常"),
    ("ineffective", "未生效"),
    ("under_review", "审核中"),
    ("in_change", "变更中"),
    ("invalid", "作废"),
)
RECORD_TYPES: Options = (("default__c", "预设业务类型"), ("record_k3A9x__c", "渠道业务"))
LOCK_STATUS: Options = (("0", "未锁定"), ("1", "锁定"))


def _system(api_name: str, label: str, kind: str, *, stored: bool = True) -> Field:
    return Field(api_name, label, kind, define_type="system", writable=False, stored=stored)


COMMON: tuple[Field, ...] = (
    _system("_id", "ID", "text"),
    Field("name", "名称", max_length=200, required=True),
    _system("object_describe_api_name", "对象", "text", stored=False),
    _system("object_describe_id", "对象ID", "text", stored=False),
    _system("tenant_id", "租户", "text", stored=False),
    _system("package", "package", "text", stored=False),
    _system("extend_obj_data_id", "extend_obj_data_id", "text", stored=False),
    Field("owner", "负责人", "employee", required=True, writable=False),
    Field("owner_department", "负责人主属部门", "quote", stored=False),
    Field("data_own_department", "归属部门", "department"),
    Field("data_own_organization", "归属组织", "department_many", writable=False, stored=False),
    _system("created_by", "创建人", "employee"),
    _system("last_modified_by", "最后修改人", "employee"),
    _system("create_time", "创建时间", "date_time"),
    _system("last_modified_time", "最后修改时间", "date_time"),
    _system("version", "版本", "text"),
    _system("is_deleted", "是否删除", "true_or_false", stored=False),
    Field("life_status", "生命状态", "select_one", options=LIFE_STATUS, writable=False),
    Field("life_status_before_invalid", "作废前生命状态", "text", writable=False),
    Field("lock_status", "锁定状态", "select_one", options=LOCK_STATUS, writable=False),
    Field("lock_rule", "锁定规则", "text", writable=False, stored=False),
    Field("lock_user", "加锁人", "employee", writable=False),
    Field("record_type", "业务类型", "record_type", options=RECORD_TYPES),
    Field("relevant_team", "相关团队", "embedded_object_list", stored=False),
    Field("out_owner", "外部负责人", "employee", writable=False, stored=False),
    Field("out_tenant_id", "外部企业", writable=False, stored=False),
    Field("partner_id", "合作伙伴", "object_reference", target="PartnerObj", writable=False, stored=False),
)
