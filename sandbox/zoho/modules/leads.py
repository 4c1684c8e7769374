"""Leads (docs/vendor/zoho.md §9, "Standard Lead fields")."""

from sandbox.zoho.fields import Module, field, flag, lookup, money, of_type, picklist, texts
from sandbox.zoho.modules import lists

STATUSES = (
    lists.NONE,
    "Attempted to Contact",
    "Contact in Future",
    "Contacted",
    "Junk Lead",
    "Lost Lead",
    "Not Contacted",
    "Pre-Qualified",
    "Not Qualified",
)

LEADS = Module(
    api_name="Leads",
    singular="Lead",
    plural="Leads",
    number=1,
    name_field="Full_Name",
    convertable=True,
    own_fields=(
        *texts(Company=200, First_Name=40),
        field("Last_Name", "text", 80, mandatory=True),
        field("Full_Name", "text", 120, read_only=True, derived=True),
        picklist("Salutation", *lists.SALUTATIONS),
        *texts(Designation=100),
        *of_type("email", 100, "Email", "Secondary_Email"),
        *of_type("phone", 30, "Phone", "Mobile"),
        *texts(Fax=30),
        field("Website", "website", 255),
        picklist("Lead_Source", *lists.LEAD_SOURCES),
        picklist("Lead_Status", *STATUSES),
        picklist("Industry", *lists.INDUSTRIES),
        picklist("Rating", *lists.RATINGS),
        field("No_of_Employees", "integer", 9),
        *money("Annual_Revenue"),
        *texts(Street=250, City=100, State=100, Zip_Code=30, Country=100),
        field("Description", "textarea", 32000),
        *texts(Skype_ID=50, Twitter=50),
        flag("Email_Opt_Out"),
        field("Converted_Date_Time", "datetime", 120, read_only=True),
        field("Lead_Conversion_Time", "integer", 9, read_only=True),
        lookup("Converted_Account", "Accounts", read_only=True),
        lookup("Converted_Contact", "Contacts", read_only=True),
        lookup("Converted_Deal", "Deals", read_only=True),
        flag("Converted__s", read_only=True),
        picklist("Unsubscribed_Mode", *lists.UNSUBSCRIBED_MODES, read_only=True),
        field("Unsubscribed_Time", "datetime", 120, read_only=True),
        field("Change_Log_Time__s", "datetime", 120, read_only=True, derived=True),
        picklist("Data_Source", *lists.DATA_SOURCES, read_only=True),
        field("Record_Image", "profileimage", 255, read_only=True, derived=True),
        # Always empty; their types are chosen.
        *of_type("double", 16, "Latitude", "Longitude", read_only=True, derived=True, decimals=9),
        field("Coordinates", "text", 120, read_only=True, derived=True, default=""),
        field("nearby_distance__s", "double", 16, read_only=True, derived=True, decimals=9),
    ),
)
