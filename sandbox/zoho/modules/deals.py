"""Deals, with pipelines on (docs/vendor/zoho.md §5.6, §9)."""

from typing import NamedTuple

from sandbox.zoho.fields import Module, field, lookup, money, picklist, texts
from sandbox.zoho.modules import lists


class Stage(NamedTuple):
    """A stage as stored and as displayed, with what Zoho's forecast makes of it."""

    actual: str
    display: str
    probability: int
    forecast: str
    category: str


STAGES = (
    Stage("Qualification", "Qualification", 10, "Open", "Pipeline"),
    Stage("Needs Analysis", "Needs Analysis", 20, "Open", "Pipeline"),
    Stage("Value Proposition", "Value Proposition", 40, "Open", "Pipeline"),
    Stage("Id. Decision Makers", "Identify Decision Makers", 60, "Open", "Pipeline"),
    Stage("Proposal/Price Quote", "Proposal/Price Quote", 75, "Open", "Pipeline"),
    Stage("Negotiation/Review", "Negotiation/Review", 90, "Open", "Pipeline"),
    Stage("Closed Won", "Closed Won", 100, "Closed Won", "Closed"),
    Stage("Closed Lost", "Closed Lost", 0, "Closed Lost", "Omitted"),
    Stage("Closed Lost to Competition", "Closed-Lost to Competition", 0, "Closed Lost", "Omitted"),
)
STAGE_BY_NAME = {stage.actual: stage for stage in STAGES}
STAGE_LABELS = tuple(stage.display for stage in STAGES)
# What a stage that nobody knows leaves on a new deal (§5.6).
UNKNOWN_STAGE_PROBABILITY = 10
PIPELINE = "Standard"
TYPES = (lists.NONE, "Existing Business", "New Business")
LOSS_REASONS = (
    lists.NONE,
    "Expectation Mismatch",
    "Price",
    "Unqualified Customer",
    "Lack of response",
    "Missed Follow Ups",
    "Wrong Target",
    "Competition",
    "Future Interest",
    "Other",
)

DEALS = Module(
    api_name="Deals",
    singular="Deal",
    plural="Deals",
    number=4,
    name_field="Deal_Name",
    module_name="Potentials",
    own_fields=(
        field("Deal_Name", "text", 120, mandatory=True),
        lookup("Account_Name", "Accounts"),
        lookup("Contact_Name", "Contacts"),
        picklist("Stage", *STAGE_BY_NAME, labels=STAGE_LABELS, mandatory=True),
        picklist("Pipeline", PIPELINE, mandatory=True),
        field("Probability", "integer", 9),
        *money("Amount"),
        field("Expected_Revenue", "currency", 16, decimals=2, read_only=True, derived=True),
        field("Closing_Date", "date", 20),
        picklist("Type", *TYPES),
        picklist("Lead_Source", *lists.LEAD_SOURCES),
        *texts(Next_Step=100),
        picklist("Reason_For_Loss__s", *LOSS_REASONS),
        field("Description", "textarea", 32000),
        field("Lead_Conversion_Time", "integer", 9, read_only=True),
        field("Sales_Cycle_Duration", "integer", 9, read_only=True),
        field("Overall_Sales_Duration", "integer", 9, read_only=True),
        lookup("Campaign_Source", "Campaigns"),
    ),
)
