"""The custom module that receives the salespeople's scores."""

from sandbox.zoho.fields import Module, field

PERFORMANCE = Module(
    api_name="Sales_Performance",
    singular="Sales Performance",
    plural="Sales Performance",
    number=5,
    name_field="Name",
    module_name="CustomModule1",
    generated_type="custom",
    own_fields=(
        field("Name", "text", 120, mandatory=True),
        field("Salesperson", "userlookup", 120, custom=True),
        field("Period", "text", 20, custom=True),
        field("Score", "double", 16, decimals=2, custom=True),
        field("Rank", "integer", 9, custom=True),
    ),
)
