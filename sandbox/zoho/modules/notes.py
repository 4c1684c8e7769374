"""Notes (docs/vendor/zoho.md §5.8, §9A.3)."""

from sandbox.zoho.fields import Module, field, multi_lookup, texts
from sandbox.zoho.modules.activities import PARENTS

NOTES = Module(
    api_name="Notes",
    singular="Note",
    plural="Notes",
    number=9,
    name_field="Note_Title",
    own_fields=(
        *texts(Note_Title=120),
        field("Note_Content", "textarea", 32000, mandatory=True),
        multi_lookup("Parent_Id", *PARENTS, "Contacts", mandatory=True),
    ),
    lacks=("Tag", "Locked__s", "Last_Activity_Time"),
)
