"""The modules of an org that tries everything: several currencies, and a custom field of each type on Contacts (§5.5)."""

from dataclasses import replace

from sandbox.zoho.currencies import ACTIVE, HOME
from sandbox.zoho.fields import (
    Field,
    Module,
    field,
    flag,
    lookup,
    money,
    multi_lookup,
    of_type,
    picklist,
    subform,
    texts,
)

_COLOURS = ("红 Red", "绿 Green", "蓝 Blue; deep", "None")
_CURRENCY = (picklist("Currency", *ACTIVE, default=HOME), field("Exchange_Rate", "double", 16, decimals=9, default=1))

VISITS = Module(
    api_name="Custom_Visits",
    singular="Custom Visit",
    plural="Custom Visits",
    number=23,
    name_field="id",
    generated_type="subform",
    parent="Contacts",
    lacks=("Owner", "Last_Activity_Time", "Locked__s", "Tag", "Record_Status__s"),
    own_fields=(
        lookup("Parent_Id", "Contacts", read_only=True),
        field("Visited_On", "date", 20),
        *texts(Place=255),
    ),
)

# Those that are no custom types stand on the module anyway: ownerlookup, layout and profileimage.
_OF_EACH_TYPE = (
    *texts(Custom_Text=255),
    field("Custom_Textarea", "textarea", 32000),
    field("Custom_Email", "email", 100),
    field("Custom_Phone", "phone", 30),
    field("Custom_Website", "website", 450),
    picklist("Custom_Picklist", *_COLOURS),
    field("Custom_Multipicklist", "multiselectpicklist", 2000, options=_COLOURS),
    field("Custom_Integer", "integer", 9),
    field("Custom_Bigint", "bigint", 18),
    field("Custom_Double", "double", 16, decimals=9),
    *money("Custom_Currency"),
    field("Custom_Percent", "percent", 5, decimals=2),
    flag("Custom_Boolean"),
    field("Custom_Date", "date", 20),
    field("Custom_Datetime", "datetime", 120),
    lookup("Custom_Lookup", "Deals"),
    field("Custom_User", "userlookup", 120),
    field("Custom_Lookups", "multiselectlookup", 2000, to="Accounts"),
    field("Custom_Users", "multiuserlookup", 2000),
    multi_lookup("Custom_Parent", "Accounts", "Deals"),
    subform("Custom_Visits"),
    field("Custom_Formula", "formula", 16, read_only=True, derived=True, made_of=("Custom_Currency", "Custom_Percent")),
    field("Custom_Rollup", "rollup_summary", 9, read_only=True, derived=True, made_of=("Custom_Visits",)),
    field("Custom_Number", "autonumber", 40, read_only=True),
    *of_type("fileupload", 2000, "Custom_Files"),
    *of_type("imageupload", 2000, "Custom_Images"),
    *of_type("territories", 2000, "Custom_Territories"),
    *of_type("event_reminder", 120, "Custom_Reminder"),
    *of_type("multireminder", 2000, "Custom_Reminders"),
    *of_type("consent_lookup", 120, "Custom_Consent"),
    *of_type("RRULE", 400, "Custom_Rule"),
    *of_type("ALARM", 120, "Custom_Alarm"),
    *of_type("linetax", 2000, "Custom_Taxes"),
    *of_type("time_range", 120, "Custom_Hours"),
    *of_type("module", 120, "Custom_Module"),
)
CUSTOM_FIELDS: tuple[Field, ...] = tuple(replace(found, custom=True) for found in _OF_EACH_TYPE)


def widened(modules: dict[str, Module]) -> dict[str, Module]:
    """The same modules with Currency and Exchange_Rate where there is money, and all field types on Contacts."""
    found = {name: _with_currency(module) for name, module in modules.items()}
    found["Contacts"] = replace(found["Contacts"], own_fields=found["Contacts"].own_fields + CUSTOM_FIELDS)
    return found | {VISITS.api_name: VISITS}


def _with_currency(module: Module) -> Module:
    has_money = any(found.data_type == "currency" for found in module.own_fields)
    if not has_money or module.generated_type == "subform":
        return module
    fixed = module.generated_type == "field_tracker"
    return replace(module, own_fields=(*module.own_fields, *(replace(found, read_only=fixed) for found in _CURRENCY)))
