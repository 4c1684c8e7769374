"""What each CRM's own types take, whatever else they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.fxiaoke import metadata as fxiaoke
from connectors.zoho import metadata as zoho
from models.records import FieldInfo
from pipeline.push.values import misfit

_OPTIONS = [{"actual_value": "A", "display_value": "A", "label": "A", "value": "A"}]


def _zoho(kind: str) -> FieldInfo:
    return zoho.field_info({"api_name": "F", "data_type": kind, "pick_list_values": _OPTIONS * (kind == "picklist")})


def _fxiaoke(kind: str) -> FieldInfo:
    raw: dict[str, Any] = {"type": kind, "label": "F", "options": _OPTIONS * (kind == "select_one")}
    return fxiaoke.fields_of({"fields": {"F": raw}})["F"]


ZOHO = {
    "text": "text textarea picklist",
    "number": "integer bigint double currency percent",
    "neither": "email phone website multiselectpicklist boolean date datetime lookup ownerlookup userlookup "
    "multiselectlookup multiuserlookup subform fileupload imageupload",
}
"""The types of docs/vendor/zoho.md §6.6 that can be written."""
FXIAOKE = {
    "text": "text long_text html_rich_text select_one",
    "number": "number currency percentile",
    "neither": "email url phone_number select_many true_or_false date date_time time object_reference master_detail "
    "employee department record_type country province city district image file_attachment",
}
"""Those of docs/vendor/fxiaoke.md §3.3."""
CASES = [
    pytest.param(make(kind), takes, id=f"{make.__name__[1:]} {kind}")
    for make, types in ((_zoho, ZOHO), (_fxiaoke, FXIAOKE))
    for takes, kinds in types.items()
    for kind in kinds.split()
]


@pytest.mark.parametrize(("field", "takes"), CASES)
def test_a_field_takes_text_or_numbers_or_neither(field: FieldInfo, takes: str) -> None:
    assert (misfit(["A"], field) is None) == (takes == "text")
    assert (misfit([Decimal(1)], field) is None) == (takes == "number")
