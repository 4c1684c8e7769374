"""The stages that deals went through (docs/vendor/zoho.md §5.7)."""

from sandbox.zoho.fields import Module, field, lookup, picklist
from sandbox.zoho.modules.deals import STAGE_BY_NAME, STAGE_LABELS

DEAL_HISTORY = Module(
    api_name="DealHistory",
    singular="Stage History",
    plural="Stage History",
    number=19,
    name_field="Stage",
    generated_type="field_tracker",
    parent="Deals",
    lacks=("Owner", "Locked__s", "Tag", "Layout"),
    own_fields=(
        lookup("Potential_Name", "Deals", read_only=True, live=True),
        picklist("Stage", *STAGE_BY_NAME, labels=STAGE_LABELS, read_only=True),
        picklist("Moved_To__s", *STAGE_BY_NAME, labels=STAGE_LABELS, read_only=True),
        field("Amount", "currency", 16, decimals=2, read_only=True),
        field("Probability", "integer", 9, read_only=True),
        field("Expected_Revenue", "currency", 16, decimals=2, read_only=True, derived=True),
        field("Closing_Date", "date", 20, read_only=True),
        field("Stage_Duration_Calendar_Days", "integer", 9, read_only=True),
    ),
)
