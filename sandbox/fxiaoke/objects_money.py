"""Products, orders and payments (docs/vendor/fxiaoke.md §6.8).

The sheet gives the names of the fields, not the values of their options, and of ProductObj only its name: these are
chosen, and a describe tells them.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.fxiaoke.common_fields import COMMON
from sandbox.fxiaoke.schema import Field, ObjectSpec, Options, make_object, with_fields

ORDER_STATUS: Options = (("1", "确认中"), ("2", "已确认"), ("3", "已发货"), ("4", "已完成"), ("5", "已撤回"))
PLAN_STATUS: Options = (("1", "未完成"), ("2", "已完成"), ("3", "已逾期"))
TERMS: Options = (("1", "银行转账"), ("2", "支票"), ("3", "现金"), ("other", "其他"))

PRODUCTS = make_object(
    "ProductObj",
    "产品",
    (
        Field("name", "产品名称", max_length=200, required=True, unique=True),
        Field("product_code", "产品编码", max_length=100),
        Field(
            "category", "分类", "select_one", options=(("1", "软件"), ("2", "服务"), ("3", "硬件"), ("other", "其他"))
        ),
        Field("price", "标准价格", "currency", decimals=2),
        Field("unit", "单位", "select_one", options=(("1", "套"), ("2", "年"), ("3", "台"))),
        Field("product_status", "上下架", "select_one", options=(("1", "已上架"), ("2", "已下架"))),
        Field("remark", "备注", "long_text", max_length=2000),
    ),
    COMMON,
    everyone=True,
)

ORDERS = make_object(
    "SalesOrderObj",
    "销售订单",
    (
        Field("name", "销售订单编号", "auto_number"),
        Field("account_id", "客户名称", "object_reference", target="AccountObj", required=True),
        Field("new_opportunity_id", "商机2.0", "object_reference", target="NewOpportunityObj"),
        Field("order_time", "下单日期", "date", required=True),
        Field("order_amount", "销售订单金额", "currency", decimals=2, required=True),
        Field("order_status", "状态", "select_one", options=ORDER_STATUS),
        Field("product_amount", "产品合计", "currency", decimals=2),
        Field("receivable_amount", "待回款金额", "currency", decimals=2, writable=False),
        Field("delivered_amount_sum", "已发货金额", "currency", decimals=2, writable=False),
        Field("discount", "整单折扣", "percentile", decimals=2),
        Field("delivery_date", "交货日期", "date"),
        Field("price_book_id", "价目表", "object_reference", target="PriceBookObj"),
        Field("quote_id", "报价单", "object_reference", target="QuoteObj"),
        Field("ship_to_id", "收货人", "object_reference", target="ContactObj"),
        Field("ship_to_add", "收货地址", max_length=300),
        Field("ship_to_tel", "收货人电话", "phone_number", max_length=30),
        Field("remark", "备注", "long_text", max_length=2000),
    ),
    COMMON,
)

PAYMENTS = make_object(
    "PaymentObj",
    "回款",
    (
        Field("name", "回款编号", "auto_number"),
        Field("account_id", "客户名称", "object_reference", target="AccountObj", required=True),
        Field("order_id", "销售订单", "object_reference", target="SalesOrderObj"),
        Field("order_data_id", "销售订单数据", "object_reference", writable=False),
        Field("payment_time", "回款日期", "date", required=True),
        Field("submit_time", "提交时间", "date_time", writable=False),
        Field("notification_time", "通知时间", "date_time"),
        Field("amount", "本次回款金额", "currency", decimals=2, required=True),
        Field("payment_term", "回款方式", "select_one", options=TERMS),
        Field("attachment", "附件", "file_attachment"),
        Field("remark", "备注", "long_text", max_length=2000),
    ),
    COMMON,
)

ORDER_PAYMENTS = make_object(
    "OrderPaymentObj",
    "回款明细",
    (
        Field("name", "回款明细编号", "auto_number"),
        Field("payment_id", "回款", "master_detail", target="PaymentObj", required=True),
        Field("order_id", "销售订单", "object_reference", target="SalesOrderObj"),
        Field("payment_amount", "本次回款金额", "currency", decimals=2, required=True),
        Field("payment_time", "回款日期", "date"),
    ),
    COMMON,
)

PAYMENT_PLANS = make_object(
    "PaymentPlanObj",
    "回款计划",
    (
        Field("name", "回款计划编号", "auto_number"),
        Field("account_id", "客户名称", "object_reference", target="AccountObj", required=True),
        Field("order_id", "销售订单", "object_reference", target="SalesOrderObj", required=True),
        Field("plan_payment_amount", "计划回款金额", "currency", decimals=2, required=True),
        Field("plan_payment_time", "计划回款日期", "date", required=True),
        Field("plan_payment_status", "状态", "select_one", options=PLAN_STATUS, writable=False),
        Field("plan_payment_method", "计划回款方式", "select_one", options=TERMS),
        Field("actual_payment_amount", "实际回款金额", "currency", decimals=2, writable=False),
        Field("remind_time", "提醒时间", "date_time"),
    ),
    COMMON,
)

MONEY = (PRODUCTS, ORDERS, PAYMENTS, ORDER_PAYMENTS, PAYMENT_PLANS)


def with_old_amount(payments: ObjectSpec) -> ObjectSpec:
    """PaymentObj of an older tenant, whose amount is `payment_amount` (§6.8)."""
    return with_fields(
        payments,
        (
            replace(item, api_name="payment_amount") if item.api_name == "amount" else item
            for item in payments.fields.values()
        ),
    )
