"""Picklists that several modules share, as far as docs/vendor/zoho.md §9 knows them.

The list of industries is Zoho's short one plus those that the sandbox's companies are in, as an admin would add.
"""

NONE = "-None-"
LEAD_SOURCES = (
    NONE,
    "Advertisement",
    "Cold Call",
    "Employee Referral",
    "External Referral",
    "Online Store",
    "Partner",
    "Seminar Partner",
    "Trade Show",
    "Web Download",
)
RATINGS = (NONE, "Acquired", "Active", "Market Failed", "Project Cancelled", "ShutDown")
SALUTATIONS = (NONE, "Mr.", "Mrs.", "Ms.", "Dr.", "Prof.")
UNSUBSCRIBED_MODES = ("Consent form", "Manual", "Unsubscribe link", "Zoho campaigns")
DATA_SOURCES = ("Manual", "Import", "API", "Web Forms", "Converted")
INDUSTRIES = (
    NONE,
    "Construction",
    "Data/Telecom OEM",
    "ERP",
    "Education",
    "Electronics",
    "Energy",
    "Food",
    "Healthcare",
    "Large Enterprise",
    "Logistics",
    "Manufacturing",
    "Non-management ISV",
    "Optical Networking",
    "Retail",
    "Service Provider",
    "Software",
    "Storage Equipment",
)
