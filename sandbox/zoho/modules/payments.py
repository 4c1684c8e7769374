"""Payment plans and payments, as tenants add them (docs/vendor/zoho.md §9A.2: the standard modules keep no payment)."""

from sandbox.zoho.fields import Module, field, lookup, money, picklist

_NAME = field("Name", "text", 120, mandatory=True)

PAYMENT_PLANS = Module(
    api_name="Payment_Plans",
    singular="Payment Plan",
    plural="Payment Plans",
    number=20,
    name_field="Name",
    module_name="CustomModule2",
    generated_type="custom",
    own_fields=(
        _NAME,
        lookup("Account", "Accounts", custom=True),
        lookup("Deal", "Deals", custom=True),
        lookup("Sales_Order", "Sales_Orders", custom=True),
        field("Installment", "integer", 9, custom=True),
        field("Due_Date", "date", 20, custom=True),
        *money("Amount", custom=True),
        picklist("Status", "Open", "Partly Paid", "Paid", "Cancelled", default="Open", custom=True),
    ),
)

PAYMENTS = Module(
    api_name="Payments",
    singular="Payment",
    plural="Payments",
    number=21,
    name_field="Name",
    module_name="CustomModule3",
    generated_type="custom",
    own_fields=(
        _NAME,
        lookup("Account", "Accounts", custom=True),
        lookup("Deal", "Deals", custom=True),
        lookup("Sales_Order", "Sales_Orders", custom=True),
        lookup("Payment_Plan", "Payment_Plans", custom=True),
        field("Paid_On", "date", 20, custom=True),
        *money("Amount", custom=True),
        picklist("Method", "Bank Transfer", "WeChat Pay", "Alipay", "Card", custom=True),
        picklist("Status", "Received", "Pending", "Refunded", default="Received", custom=True),
    ),
)
