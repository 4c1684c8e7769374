"""The file of a finished job, in a zip (docs/vendor/zoho.md §4)."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.bulk import columns
from sandbox.zoho.bulk.request import ICS
from sandbox.zoho.fields import ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.bulk.columns import Column
    from sandbox.zoho.bulk.request import Query
    from sandbox.zoho.fields import Module
    from sandbox.zoho.state import State
    from sandbox.zoho.store import Row
    from sandbox.zoho.switches import Switches

# The oldest day that a zip can tell, so that the same rows make the same bytes.
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_ICS_CELLS = (("SUMMARY", "Event_Title"), ("LOCATION", "Venue"), ("DESCRIPTION", "Description"))
_ICS_TIMES = (("DTSTART", "Start_DateTime"), ("DTEND", "End_DateTime"))


class _QuoteAll(csv.excel):
    quoting = csv.QUOTE_ALL


def pack(state: State, query: Query, rows: list[Row], name: str) -> bytes:
    """The zip that holds one file: `{name}.csv` or `{name}.ics`."""
    module = state.tables[query.module].module
    text = _ics(state, module, rows) if query.file_type == ICS else _csv(state, module, rows, query.fields)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.{query.file_type}", _ZIP_DAY), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _csv(state: State, module: Module, rows: list[Row], fields: list[str] | None) -> str:
    """A column for the id is always there, in front."""
    found = _asked(state, module, fields)
    shown: list[Callable[[Row], Any]] = [itemgetter(ID), *(_shower(column, state.switches) for column in found)]
    written = io.StringIO(newline="")
    writer = csv.writer(written, _QuoteAll if state.switches.bulk_quote_all else csv.excel)
    writer.writerow([state.switches.bulk_id_header, *(column.name for column in found)])
    # Column by column, since most are read without a line of Python.
    writer.writerows(zip(*(map(show, rows) for show in shown), strict=True))
    return written.getvalue()


def _asked(state: State, module: Module, fields: list[str] | None) -> list[Column]:
    found = columns.all_of(state, module) if fields is None else [columns.find(state, module, name) for name in fields]
    return [column for column in found if column is not None and column.name.lower() != "id"]


def _shower(column: Column, switches: Switches) -> Callable[[Row], Any]:
    """How a cell is written; numbers and nothing the writer turns into text itself."""
    value = column.value
    if column.data_type in columns.BARE:
        return value
    if column.data_type == "datetime":
        return lambda row: "" if (cell := value(row)) is None else times.show(cell)
    yes, no = switches.bulk_booleans.split("/")
    separator = switches.bulk_separator

    def show(cell: Any) -> str:
        if cell is None:
            return ""
        if isinstance(cell, bool):
            return yes if cell else no
        if isinstance(cell, list):
            return separator.join(show(one) for one in cell)
        # A lookup of any kind is its bare id.
        return str(cell.get("id", "")) if isinstance(cell, dict) else str(cell)

    return lambda row: show(value(row))


def _ics(state: State, module: Module, rows: list[Row]) -> str:
    """Calendar entries (RFC 5545); which properties Zoho writes is not documented."""
    cells = [(name, columns.find(state, module, field)) for name, field in _ICS_CELLS]
    instants = [(name, columns.find(state, module, field)) for name, field in _ICS_TIMES]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//crmsync sandbox//Zoho CRM//EN"]
    for row in rows:
        lines += ["BEGIN:VEVENT", f"UID:{row[ID]}"]
        lines += [f"{name}:{_utc(cell)}" for name, column in instants if column and (cell := column.value(row))]
        lines += [f"{name}:{_escaped(cell)}" for name, column in cells if column and (cell := column.value(row))]
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _utc(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
