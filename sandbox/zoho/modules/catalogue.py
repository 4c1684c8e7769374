"""Products with their vendors and price books, and campaigns (docs/vendor/zoho.md §9A.2, §9A.4)."""

from sandbox.zoho.fields import Module, field, flag, lookup, money, of_type, picklist, texts
from sandbox.zoho.modules import lists

PRODUCTS = Module(
    api_name="Products",
    singular="Product",
    plural="Products",
    number=11,
    name_field="Product_Name",
    own_fields=(
        field("Product_Name", "text", 200, mandatory=True),
        *texts(Product_Code=40),
        picklist("Product_Category", lists.NONE, "Software", "Services", "Hardware"),
        flag("Product_Active"),
        picklist("Manufacturer", lists.NONE, "Lanting"),
        *money("Unit_Price"),
        field("Tax", "multiselectpicklist", 2000, default="[]"),
        flag("Taxable"),
        picklist("Usage_Unit", lists.NONE, "Box", "Each", "Licence", "Hour"),
        *of_type("double", 16, "Qty_in_Stock", "Qty_Ordered", "Qty_in_Demand", "Reorder_Level"),
        lookup("Vendor_Name", "Vendors"),
        field("Handler", "userlookup", 120),
        *of_type("date", 20, "Sales_Start_Date", "Sales_End_Date", "Support_Start_Date", "Support_Expiry_Date"),
        field("Description", "textarea", 32000),
        field("Record_Image", "profileimage", 255, read_only=True, derived=True),
    ),
)

CAMPAIGNS = Module(
    api_name="Campaigns",
    singular="Campaign",
    plural="Campaigns",
    number=12,
    name_field="Campaign_Name",
    own_fields=(
        field("Campaign_Name", "text", 200, mandatory=True),
        picklist("Type", lists.NONE, "Advertisement", "Conference", "Email", "Trade Show", "Webinar"),
        picklist("Status", lists.NONE, "Planning", "Active", "Inactive", "Complete"),
        *of_type("date", 20, "Start_Date", "End_Date"),
        *money("Budgeted_Cost", "Actual_Cost", "Expected_Revenue"),
        *of_type("bigint", 18, "Expected_Response", "Num_sent"),
        lookup("Parent_Campaign", "Campaigns"),
        field("Description", "textarea", 32000),
    ),
)

# Of these two only the name is known; the other fields are chosen.
VENDORS = Module(
    api_name="Vendors",
    singular="Vendor",
    plural="Vendors",
    number=24,
    name_field="Vendor_Name",
    own_fields=(
        field("Vendor_Name", "text", 120, mandatory=True),
        field("Email", "email", 100),
        field("Phone", "phone", 30),
        field("Website", "website", 255),
        field("Description", "textarea", 32000),
    ),
)

PRICE_BOOKS = Module(
    api_name="Price_Books",
    singular="Price Book",
    plural="Price Books",
    number=25,
    name_field="Price_Book_Name",
    module_name="PriceBooks",
    own_fields=(
        field("Price_Book_Name", "text", 120, mandatory=True),
        flag("Active"),
        field("Description", "textarea", 32000),
    ),
)
