"""`--scale awkward`: what real orgs have and nobody's test data do, on top of the usual data.

10,001 leads and 2,001 accounts; 500 deals of one modified second; a deleted owner, and records without one; accounts
merged into others; four currencies; hostile texts; times at local midnight and when clocks change.
"""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.currencies import ACTIVE, CURRENCIES
from sandbox.zoho.directory import ADMIN_ID, DELETED_ID
from sandbox.zoho.fields import CREATED, ID, MODIFIED
from sandbox.zoho.seed import every_type, hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row, Table

Tables = dict[str, "Table"]

SAME_SECOND, MERGED = 500, 5
_OF_GHOST, _OF_NOBODY, _ORPHANS = 40, 25, 3
_FOREIGN = [code for code in ACTIVE if code != "CNY"]
# Where hostile texts go: module and field, and from which record on.
_PLACES = (
    ("Accounts", "Account_Name", 100),
    ("Contacts", "Last_Name", 400),
    ("Leads", "Last_Name", 0),
    ("Leads", "Company", 200),
    ("Deals", "Deal_Name", 50),
    ("Tasks", "Subject", 0),
    ("Notes", "Note_Content", 0),
    ("Cases", "Subject", 0),
    ("Sales_Performance", "Period", 0),
)


def trouble(tables: Tables, frame: Frame) -> None:
    for table in tables.values():
        _widen(table)
    years = [int(times.local_date(instant)[:4]) for instant in (frame.start, frame.end)]
    changes = [at for at in every_type.clock_changes(*years) if frame.start < at < frame.end]
    every_type.fill(tables["Contacts"], changes)
    tables["Custom_Visits"].fill(every_type.visits(tables["Contacts"]))
    for module, field, begin in _PLACES:
        _write_texts(tables[module], field, begin)
    _disown(tables)
    _exchange(tables)
    _one_second(tables["Deals"], frame)
    _at_odd_times(tables, changes, frame)
    _orphan(tables["DealHistory"])
    for table in tables.values():
        table.fill(list(table.rows.values()))
    _merge(tables, frame)


def _widen(table: Table) -> None:
    """The usual data were drawn for the usual modules, of which these here have all columns and more."""
    defaults = tuple(table.module.defaults.values())
    table.rows = {record: row + defaults[len(row) :] for record, row in table.rows.items()}
    for record, entry in table.bin.items():
        table.bin[record] = entry._replace(row=entry.row + defaults[len(entry.row) :])


def _set(table: Table, row: Row, **values: Any) -> None:
    table.rows[row[ID]] = table.change(row, values)


def _from(table: Table, begin: int, count: int) -> Iterator[Row]:
    return iter(list(islice(table.rows.values(), begin, begin + count)))


def _write_texts(table: Table, field: str, begin: int) -> None:
    texts = list(hostile.texts(table.module.by_name[field].length))
    for row, text in zip(_from(table, begin, len(texts)), texts, strict=False):
        _set(table, row, **{field: text})


def _disown(tables: Tables) -> None:
    for name in ("Leads", "Accounts", "Deals", "Tasks"):
        table = tables[name]
        for row in _from(table, 300, _OF_GHOST):
            _set(table, row, Owner=DELETED_ID, Created_By=DELETED_ID, Modified_By=DELETED_ID)
        for row in _from(table, 600, _OF_NOBODY):
            _set(table, row, Owner=None)


def _exchange(tables: Tables) -> None:
    """Every other account does its business in one of three foreign currencies, with all that hangs on it."""
    codes = dict(zip(list(tables["Accounts"].rows)[::2], cycle(_FOREIGN)))
    for table in tables.values():
        if "Currency" in table.module.position:
            for row in list(table.rows.values()):
                account = _account_of(tables, table, row)
                code = codes.get(account) if account else None
                if code is not None:
                    _set(table, row, Currency=code, Exchange_Rate=CURRENCIES[code].rate)


def _account_of(tables: Tables, table: Table, row: Row) -> int | None:
    place = table.module.position
    if table.module.api_name == "Accounts":
        return int(row[ID])
    if "Potential_Name" in place:
        deal = tables["Deals"].get(row[place["Potential_Name"]])
        return None if deal is None else _account_of(tables, tables["Deals"], deal)
    column = place.get("Account_Name", place.get("Account"))
    found: int | None = None if column is None else row[column]
    return found


def _one_second(deals: Table, frame: Frame) -> None:
    """As a mass update leaves them."""
    moment = frame.end - 3 * times.DAY_S + 11_111
    old = [row for row in deals.rows.values() if row[CREATED] < moment]
    for row in old[-SAME_SECOND:]:
        _set(deals, row, Modified_Time=moment, Modified_By=ADMIN_ID)


def _at_odd_times(tables: Tables, changes: list[int], frame: Frame) -> None:
    leads, events, deals = tables["Leads"], tables["Events"], tables["Deals"]
    midnights = [frame.end - days * times.DAY_S for days in range(1, 60)]
    odd = [*changes, *midnights, *(midnight - 1 for midnight in midnights)]
    for row, instant in zip(_from(leads, 1_000, 3 * len(odd)), cycle(odd)):
        if row[CREATED] <= instant:
            _set(leads, row, Modified_Time=instant)
    for row, instant in zip(_from(events, 0, len(odd)), odd, strict=False):
        _set(events, row, Start_DateTime=instant, End_DateTime=instant + 7_200)
    days = [times.local_date(instant) for instant in (*changes, frame.end, frame.end - 1)]
    stage = deals.module.position["Stage"]
    still_open = [row for row in deals.rows.values() if not row[stage].startswith("Closed")]
    for row, day in zip(still_open, days, strict=False):
        _set(deals, row, Closing_Date=day)
    _created_at_midnight(leads, midnights)


def _created_at_midnight(table: Table, midnights: list[int]) -> None:
    """Of each of those days the first new record, so that ids still grow with time."""
    before = 0
    wanted = sorted(midnights)
    for row in list(table.rows.values()):
        while wanted and wanted[0] <= before:
            wanted.pop(0)
        if wanted and before < wanted[0] <= row[CREATED]:
            _set(table, row, Created_Time=wanted[0])
        before = row[CREATED]


def _orphan(history: Table) -> None:
    """Stages of deals that are gone for good (§5.7)."""
    for row in _from(history, 0, _ORPHANS):
        _set(history, row, Potential_Name=None)


def _merge(tables: Tables, frame: Frame) -> None:
    """The oldest accounts take in five others: what hung on those hangs on them, and those are deleted (§9A.6)."""
    accounts = tables["Accounts"]
    oldest = list(accounts.rows)
    masters = dict(zip(oldest[10 : 10 + MERGED], oldest[:MERGED], strict=True))
    for table in tables.values():
        columns = [
            table.module.position[field.api_name]
            for field in table.module.fields
            if not field.derived and (field.to == "Accounts" or "Accounts" in field.targets) and not field.structured
        ]
        for row in list(table.rows.values()) if columns else ():
            moved = {table.module.columns[column]: masters[row[column]] for column in columns if row[column] in masters}
            if moved:
                table.put(table.change(row, moved))
    for days, loser in enumerate(masters, start=1):
        accounts.delete(loser, max(accounts.rows[loser][MODIFIED], frame.end - days * times.DAY_S), ADMIN_ID)
