"""Accounts, with the two fields that receive the customer tier (docs/vendor/zoho.md §9)."""

from sandbox.zoho.fields import Module, field, lookup, money, of_type, picklist, texts
from sandbox.zoho.modules import lists

TYPES = (
    lists.NONE,
    "Analyst",
    "Competitor",
    "Customer",
    "Distributor",
    "Integrator",
    "Investor",
    "Other",
    "Partner",
    "Press",
    "Prospect",
    "Reseller",
    "Supplier",
    "Vendor",
)
OWNERSHIPS = (lists.NONE, "Other", "Private", "Public", "Subsidiary", "Partnership", "Government")
TIERS = ("VIP", "A", "B", "C")

ACCOUNTS = Module(
    api_name="Accounts",
    singular="Account",
    plural="Accounts",
    number=2,
    name_field="Account_Name",
    own_fields=(
        field("Account_Name", "text", 200, mandatory=True),
        *texts(Account_Number=40, Account_Site=80),
        lookup("Parent_Account", "Accounts"),
        picklist("Account_Type", *TYPES),
        picklist("Industry", *lists.INDUSTRIES),
        picklist("Ownership", *OWNERSHIPS),
        picklist("Rating", *lists.RATINGS),
        *of_type("integer", 9, "Employees", "SIC_Code"),
        *money("Annual_Revenue"),
        *texts(Ticker_Symbol=30),
        field("Phone", "phone", 30),
        *texts(Fax=30),
        field("Website", "website", 255),
        *texts(Billing_Street=250, Billing_City=100, Billing_State=100, Billing_Code=30, Billing_Country=100),
        *texts(Shipping_Street=250, Shipping_City=100, Shipping_State=100, Shipping_Code=30, Shipping_Country=100),
        field("Description", "textarea", 32000),
        field("Record_Image", "profileimage", 255, read_only=True, derived=True),
        picklist("Customer_Tier", *TIERS, custom=True),
        field("Tier_Reason", "text", 255, custom=True),
    ),
)
