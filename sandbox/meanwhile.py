"""What a person does in the CRM just before a call is served or just after: pages then shift under their reader.

A fault's `edit` is an order as for the control `edit`, in the CRM of `match`: `module`, `action`, `values`, and `id`. In
place of `id`, `which` takes a record of the page that the call is answered with: its place from 0, or from the end with
-1. So it needs `when: "after"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import orjson

from sandbox.alter import pages
from sandbox.world import SystemName

if TYPE_CHECKING:
    from collections.abc import Callable

    Edit = Callable[[str, str, str | None, dict[str, Any]], dict[str, Any]]

# Key → its type, and the words for that.
_KEYS: dict[str, tuple[type, str]] = {
    "module": (str, "text"),
    "action": (str, "text"),
    "id": (str, "text"),
    "which": (int, "a place"),
    "values": (dict, "an object"),
}
_ID_KEYS = ("id", "_id")


def problem_of(edit: Any, system: str | None, when: str) -> str | None:
    """What is wrong with an order for a fault that meets a system's calls; None if nothing is."""
    if not isinstance(edit, dict) or not {"module", "action"} <= edit.keys() <= _KEYS.keys():
        return "an object with module and action, and id or which, and values is expected"
    for key, value in edit.items():
        kind, words = _KEYS[key]
        if type(value) is not kind:
            return f"{key}: {words} is expected"
    if system not in get_args(SystemName):
        return f"match.system is expected, one of {', '.join(get_args(SystemName))}"
    if "which" in edit and ("id" in edit or when != "after"):
        return 'which: without id, and with when "after"'
    return None


def carry_out(order: dict[str, Any], edit: Edit, answer: bytes) -> None:
    """Make the edit; `answer` is what the call was answered with.

    Raises:
        ValueError: The CRM refuses it, or the answer has no such record.
    """
    record_id = _at(answer, order["which"]) if "which" in order else order.get("id")
    edit(order["module"], order["action"], record_id, order.get("values", {}))


def _at(answer: bytes, place: int) -> str:
    try:
        holder, key = next(pages(orjson.loads(answer)))
        record = list(holder[key])[place]
        return str(next(record[name] for name in _ID_KEYS if name in record))
    except (orjson.JSONDecodeError, StopIteration, IndexError, TypeError):
        raise ValueError(f"the answer has no record at place {place}") from None
