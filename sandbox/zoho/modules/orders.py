"""Quotes, sales orders and invoices with the modules of their lines (docs/vendor/zoho.md §9A.2)."""

from sandbox.zoho.fields import Field, Module, field, lookup, money, of_type, picklist, subform, texts
from sandbox.zoho.modules import lists

QUOTE_STAGES = ("Draft", "Negotiation", "Delivered", "On Hold", "Confirmed", "Closed Won", "Closed Lost")
ORDER_STATES = ("Created", "Approved", "Delivered", "Cancelled")
CARRIERS = (lists.NONE, "FedEX", "UPS", "DHL", "SF Express")

_ADDRESSES = (
    *texts(Billing_Street=250, Billing_City=100, Billing_State=100, Billing_Code=30, Billing_Country=100),
    *texts(Shipping_Street=250, Shipping_City=100, Shipping_State=100, Shipping_Code=30, Shipping_Country=100),
)


def _totals(*own: str) -> tuple[Field, ...]:
    return (
        field("Sub_Total", "currency", 16, decimals=2, read_only=True),
        *money("Discount", "Tax", "Adjustment", *own),
        field("Grand_Total", "currency", 16, decimals=2, read_only=True),
        field("Terms_and_Conditions", "textarea", 32000),
        field("Description", "textarea", 32000),
    )


_SUBJECT = field("Subject", "text", 255, mandatory=True)
_PARENTS = (lookup("Account_Name", "Accounts"), lookup("Contact_Name", "Contacts"))

QUOTES = Module(
    api_name="Quotes",
    singular="Quote",
    plural="Quotes",
    number=13,
    name_field="Subject",
    own_fields=(
        field("Quote_Number", "bigint", 20, read_only=True),
        _SUBJECT,
        picklist("Quote_Stage", *QUOTE_STAGES, default="Draft"),
        field("Valid_Till", "date", 20),
        lookup("Deal_Name", "Deals"),
        *_PARENTS,
        *texts(Team=100),
        picklist("Carrier", *CARRIERS),
        subform("Quoted_Items", mandatory=True),
        *_totals(),
        *_ADDRESSES,
    ),
)

SALES_ORDERS = Module(
    api_name="Sales_Orders",
    singular="Sales Order",
    plural="Sales Orders",
    number=15,
    name_field="Subject",
    module_name="SalesOrders",
    own_fields=(
        field("SO_Number", "bigint", 20, read_only=True),
        _SUBJECT,
        picklist("Status", *ORDER_STATES, default="Created"),
        field("Due_Date", "date", 20),
        lookup("Deal_Name", "Deals"),
        lookup("Quote_Name", "Quotes"),
        *_PARENTS,
        *texts(Customer_No=100, Pending=100, Purchase_Order=100),
        picklist("Carrier", *CARRIERS),
        subform("Ordered_Items", mandatory=True),
        *_totals("Excise_Duty", "Sales_Commission"),
        *_ADDRESSES,
    ),
)

INVOICES = Module(
    api_name="Invoices",
    singular="Invoice",
    plural="Invoices",
    number=17,
    name_field="Subject",
    own_fields=(
        field("Invoice_Number", "bigint", 20, read_only=True),
        _SUBJECT,
        picklist("Status", *ORDER_STATES, default="Created"),
        *of_type("date", 20, "Invoice_Date", "Due_Date"),
        lookup("Sales_Order", "Sales_Orders"),
        *_PARENTS,
        *texts(Purchase_Order=100),
        subform("Invoiced_Items", mandatory=True),
        *_totals("Excise_Duty", "Sales_Commission"),
        *_ADDRESSES,
    ),
)


def _lines(api_name: str, number: int, parent: str) -> Module:
    return Module(
        api_name=api_name,
        singular=api_name.replace("_", " ").removesuffix("s"),
        plural=api_name.replace("_", " "),
        number=number,
        name_field="id",
        generated_type="subform",
        parent=parent,
        lacks=("Owner", "Last_Activity_Time", "Locked__s", "Tag", "Record_Status__s"),
        own_fields=(
            lookup("Parent_Id", parent, read_only=True),
            lookup("Product_Name", "Products", mandatory=True),
            field("Quantity", "double", 16, decimals=9, default=1),
            field("List_Price", "currency", 16, decimals=2),
            field("Discount", "currency", 16, decimals=2, default=0),
            lookup("Price_Book_Name", "Price_Books"),
            field("Description", "textarea", 32000),
            field("Line_Tax", "linetax", 2000, default="[]"),
            field("Total", "currency", 16, decimals=2, read_only=True),
            field("Tax", "currency", 16, decimals=2, read_only=True),
            field("Net_Total", "currency", 16, decimals=2, read_only=True),
        ),
    )


QUOTED_ITEMS = _lines("Quoted_Items", 14, "Quotes")
ORDERED_ITEMS = _lines("Ordered_Items", 16, "Sales_Orders")
INVOICED_ITEMS = _lines("Invoiced_Items", 18, "Invoices")
