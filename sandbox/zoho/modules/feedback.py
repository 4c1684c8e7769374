"""What customers answered to surveys: a custom module with a row per answer (docs/vendor/zoho.md §9A.1)."""

from sandbox.zoho.fields import Module, field, lookup, picklist

FEEDBACK = Module(
    api_name="Customer_Feedback",
    singular="Customer Feedback",
    plural="Customer Feedback",
    number=22,
    name_field="Name",
    module_name="CustomModule4",
    generated_type="custom",
    own_fields=(
        field("Name", "text", 120, mandatory=True),
        picklist("Kind", "NPS", "CSAT", "Complaint", "Suggestion", custom=True),
        field("Score", "integer", 2, custom=True),
        lookup("Account", "Accounts", custom=True),
        lookup("Contact", "Contacts", custom=True),
        lookup("Case", "Cases", custom=True),
        field("Answered_At", "datetime", 120, custom=True),
        field("Comment", "textarea", 2000, custom=True),
    ),
)
