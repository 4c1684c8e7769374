"""Contacts (docs/vendor/zoho.md §9)."""

from sandbox.zoho.fields import Module, field, flag, lookup, of_type, picklist, texts
from sandbox.zoho.modules import lists

CONTACTS = Module(
    api_name="Contacts",
    singular="Contact",
    plural="Contacts",
    number=3,
    name_field="Full_Name",
    own_fields=(
        picklist("Salutation", *lists.SALUTATIONS),
        *texts(First_Name=40),
        field("Last_Name", "text", 80, mandatory=True),
        field("Full_Name", "text", 120, read_only=True, derived=True),
        lookup("Account_Name", "Accounts"),
        *of_type("email", 100, "Email", "Secondary_Email"),
        *texts(Title=100, Department=30),
        *of_type("phone", 30, "Phone", "Home_Phone", "Other_Phone", "Mobile"),
        *texts(Fax=30, Assistant=30),
        field("Asst_Phone", "phone", 30),
        field("Date_of_Birth", "date", 20),
        lookup("Reporting_To", "Contacts"),
        picklist("Lead_Source", *lists.LEAD_SOURCES),
        flag("Email_Opt_Out"),
        *texts(Skype_ID=50, Twitter=50),
        *texts(Mailing_Street=250, Mailing_City=100, Mailing_State=100, Mailing_Zip=30, Mailing_Country=100),
        *texts(Other_Street=250, Other_City=100, Other_State=100, Other_Zip=30, Other_Country=100),
        field("Description", "textarea", 32000),
        picklist("Unsubscribed_Mode", *lists.UNSUBSCRIBED_MODES, read_only=True),
        field("Unsubscribed_Time", "datetime", 120, read_only=True),
        picklist("Data_Source", *lists.DATA_SOURCES, read_only=True),
        field("Record_Image", "profileimage", 255, read_only=True, derived=True),
        lookup("Vendor_Name", "Vendors"),
    ),
)
