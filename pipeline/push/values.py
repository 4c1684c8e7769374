"""What a field of a CRM makes of a value: the one text form in which values are compared and kept in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from models.records import FieldInfo

_ELLIPSIS = "…"


def text_form(value: Any, field: FieldInfo) -> str | None:
    """A value as text; two values are equal for the field if their forms are.

    Numbers are rounded to the field's decimals, half up. Empty text is None.

    Args:
        value: Text, int, Decimal or None, or a live value of any type as the connector decodes it.
        field: From the CRM's metadata.
    """
    if value is None or value == "":
        return None
    if field.decimals is not None and isinstance(value, int | Decimal):
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_UP)
        return f"{rounded + 0:f}"  # + 0 turns a negative zero into zero
    return str(value)


def fitting_form(value: Any, field: FieldInfo) -> str | None:
    """The text form of one of our values, cut to what the field can hold, the ellipsis included."""
    text = text_form(value, field)
    if text is None or field.decimals is not None or field.length is None or len(text) <= field.length:
        return text
    return text[: field.length - len(_ELLIPSIS)].rstrip() + _ELLIPSIS


def from_text(text: str | None, field: FieldInfo) -> str | Decimal | None:
    """The value to hand to the connector for a text form of the same field."""
    return Decimal(text) if text is not None and field.decimals is not None else text


def misfit(values: Iterable[Any], field: FieldInfo) -> str | None:
    """Why the field cannot take these values; None if it can."""
    if field.decimals is None and not field.takes_text:
        return f"is of type {field.type} and takes neither text nor numbers"
    given = {value for value in values if value is not None}
    numbers = {value for value in given if isinstance(value, int | Decimal)}
    if numbers and field.decimals is None:
        return f"is of type {field.type} and takes no numbers"
    if given - numbers and field.decimals is not None:
        return f"is of type {field.type} and takes no text"
    lacking = sorted(given.difference(field.options)) if field.options else []
    if lacking:
        return f"has no option {', '.join(lacking)} (it has {', '.join(field.options)})"
    return None
