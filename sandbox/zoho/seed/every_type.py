"""Values for a custom field of each type: usual ones, the edges of each type, and none (docs/vendor/zoho.md §5.5, §6.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.zoho.directory import ADMIN_ID
from sandbox.zoho.fields import CREATED, CREATED_BY, ID
from sandbox.zoho.modules.awkward import VISITS
from sandbox.zoho.seed import accounts, deals, hostile
from sandbox.zoho.seed.frame import as_row, number, stamps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zoho.store import Row, Table

_FILLED, _VISITED = 300, 40
_FIRST_LINK = 5_000_000_790_000_001
_EDGES: dict[str, tuple[Any, ...]] = {
    "Custom_Picklist": ("红 Red", "蓝 Blue; deep", "None", "no longer an option"),
    "Custom_Integer": (0, -1, 999_999_999, 42),
    "Custom_Bigint": (0, -1, 999_999_999_999_999_999, 9_007_199_254_740_993),
    "Custom_Double": (0, -0.000000001, 123456.789012345, 9_999_999_999_999_999),
    "Custom_Currency": (0, -0.01, 9_999_999_999_999.99, 1234.5),
    "Custom_Percent": (0, 100, 33.33, -5),
    "Custom_Boolean": (True, False),
    "Custom_Date": ("1900-01-01", "9999-12-31", "2024-02-29", "1988-04-10", "1986-05-04", "1991-09-15"),
    "Custom_Email": ("a@b.example", "o'brien+tag@sub.example.com", "名字@例子.example"),
    "Custom_Phone": ("555-0100", "+86 (0)21 5555-0101 ext 9"),
    "Custom_Website": ("https://zeta.example/?q=1&x=<y>", "javascript:alert(1)"),
    "Custom_Lookup": (deals.FIRST_ID, deals.FIRST_ID + 7),
    "Custom_User": (ADMIN_ID, ADMIN_ID + 10),
    "Custom_Parent": (accounts.FIRST_ID, deals.FIRST_ID),
    "Custom_Reminder": ("15 minutes before",),
}
_STRUCTURED: dict[str, tuple[Any, ...]] = {
    "Custom_Multipicklist": (["红 Red", "蓝 Blue; deep"], [], ["None"]),
    "Custom_Files": ([{"File_Id__s": "f1", "File_Name__s": "合同 <1>.pdf", "Size__s": 1024}], []),
    "Custom_Images": ([{"File_Id__s": "i1", "File_Name__s": "🚀.png", "Sequence_Number__s": 1}], []),
    "Custom_Territories": ([{"name": "East", "id": "5000000000007201"}], []),
    "Custom_Reminders": ([{"period": "minutes", "unit": 15}], []),
    "Custom_Consent": ({"name": "Consent 1", "id": "5000000000007301"},),
    "Custom_Rule": ({"RRULE": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;UNTIL=2027-03-28"},),
    "Custom_Alarm": ({"ALARM": "FREQ=NONE;ACTION=EMAIL;TRIGGER=DATE-TIME:2026-10-25T02:30:00+02:00"},),
    "Custom_Taxes": ([{"name": "VAT", "percentage": 13}], []),
    "Custom_Hours": ([{"from": "09:00", "to": "18:00"}], []),
    "Custom_Module": ({"api_name": "Deals", "id": "5000000000401025"},),
}


def clock_changes(first_year: int, last_year: int) -> list[int]:
    """The seconds before and at which clocks change in Berlin (at 01:00 UTC) and New York (at 02:00 there)."""
    found = []
    for year in range(first_year, last_year + 1):
        found += [_sunday(year, 3, -1, 1), _sunday(year, 10, -1, 1), _sunday(year, 3, 2, 7), _sunday(year, 11, 1, 6)]
    return [instant + offset for instant in found for offset in (-1, 0)]


def _sunday(year: int, month: int, which: int, hour: int) -> int:
    """The first or second Sunday of a month, or (-1) its last; in seconds."""
    if which > 0:
        first = datetime(year, month, 1, hour, tzinfo=UTC)
        day = first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (which - 1))
    else:
        last = datetime(year, month, 31, hour, tzinfo=UTC)
        day = last - timedelta(days=(last.weekday() + 1) % 7)
    return int(day.timestamp())


def fill(contacts: Table, changes: list[int]) -> None:
    """The first contacts get values, in turn; the others none."""
    texts = list(hostile.texts(255))
    for index, row in enumerate(list(contacts.rows.values())[:_FILLED]):
        values = {name: options[index % len(options)] for name, options in _EDGES.items()}
        for name, options in _STRUCTURED.items():
            values[name] = orjson.dumps(options[index % len(options)]).decode()
        values |= {
            "Custom_Text": texts[index % len(texts)],
            "Custom_Textarea": "\n".join(hostile.TEXTS) if index % 3 else "长" * 32_000 if index < 2 else "",
            "Custom_Datetime": changes[index % len(changes)],
            "Custom_Number": f"AN-{index + 1:06d}",
            "Custom_Lookups": _links(index, [accounts.FIRST_ID + index, accounts.FIRST_ID + index + 1]),
            "Custom_Users": _links(index, [ADMIN_ID]),
        }
        contacts.rows[row[ID]] = contacts.change(row, values)


def _links(index: int, targets: list[int]) -> str:
    first = _FIRST_LINK + index * 10
    return orjson.dumps([[first + place, target] for place, target in enumerate(targets)]).decode()


def visits(contacts: Table) -> Iterator[Row]:
    found: list[dict[str, Any]] = []
    for index, row in enumerate(list(contacts.rows.values())[:_VISITED]):
        draft = stamps(row[CREATED_BY], row[CREATED]) | {
            "Owner": None,
            "Parent_Id": row[ID],
            "Visited_On": "2026-03-29",
        }
        found += [draft | {"Place": f"Room {place}"} for place in range(1 + index % 3)]
    return (as_row(VISITS, draft) for draft in number(VISITS, found))
