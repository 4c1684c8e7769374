"""Cases (docs/vendor/zoho.md §9A.1)."""

from sandbox.zoho.fields import Module, field, lookup, picklist, texts
from sandbox.zoho.modules import lists

STATUSES = ("New", "On Hold", "Escalated", "Closed")
ORIGINS = ("Email", "Phone", "Website")
TYPES = (lists.NONE, "Problem", "Feature Request", "Question")
REASONS = (lists.NONE, "User did not attend any training", "Complex functionality", "New problem")

CASES = Module(
    api_name="Cases",
    singular="Case",
    plural="Cases",
    number=10,
    name_field="Subject",
    own_fields=(
        field("Case_Number", "bigint", 20, read_only=True),
        field("Subject", "text", 255, mandatory=True),
        picklist("Status", *STATUSES, mandatory=True),
        picklist("Priority", lists.NONE, "High", "Medium", "Low"),
        picklist("Type", *TYPES),
        picklist("Case_Origin", *ORIGINS, mandatory=True),
        picklist("Case_Reason", *REASONS),
        field("Email", "email", 100),
        field("Phone", "phone", 30),
        *texts(Reported_By=100),
        lookup("Related_To", "Contacts"),
        lookup("Account_Name", "Accounts"),
        lookup("Deal_Name", "Deals"),
        lookup("Product_Name", "Products"),
        field("Description", "textarea", 32000),
        field("Internal_Comments", "textarea", 32000),
        field("Solution", "textarea", 32000),
        field("Add_Comment", "textarea", 32000),
        field("No_of_comments", "integer", 9, default=0, read_only=True),
        field("Comments", "text", 2000, json_type="jsonarray", default="[]", read_only=True),
    ),
)
