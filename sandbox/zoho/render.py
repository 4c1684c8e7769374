"""Records as JSON: a plan for the asked fields is made once, then run for each record (docs/vendor/zoho.md §9)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.fields import ID, LOCKED, Module

if TYPE_CHECKING:
    from sandbox.zoho.directory import Directory
    from sandbox.zoho.store import Row, Table

Value = Callable[[Any], Any]

LAYOUT = 0
_NO_APPROVAL = {"delegate": False, "takeover": False, "approve": False, "reject": False, "resubmit": False}
# System state that is the same on every record of an org without approval, review and blueprint.
CONSTANTS: dict[str, Any] = {
    "$approval": _NO_APPROVAL,
    "$approval_state": "approved",
    "$currency_symbol": "¥",
    "$editable": True,
    "$field_states": None,
    "$in_merge": False,
    "$orchestration": False,
    "$process_flow": False,
    "$review": None,
    "$review_process": {"approve": False, "reject": False, "resubmit": False},
    "$state": "save",
    "$zia_owner_assignment": "owner_recommendation_unavailable",
    "Record_Status__s": "Available",
    "Tag": [],
}


def full_name(salutation: str | None, first: str | None, last: str | None) -> str:
    """In Chinese the surname goes first and without a space."""
    if first and last and not (first.isascii() or last.isascii()):
        return f"{last}{first}"
    return " ".join(part for part in (salutation, first, last) if part)


class Plan:
    """What to show of each record: all cells at once, then what is made of some of them."""

    def __init__(self, steps: list[tuple[str, int, Value | None]]) -> None:
        """Each step is a name, a column, and what is made of its value; column -1 stands for the whole record."""
        self._steps = steps
        self._names = ["id", *(name for name, _, _ in steps)]
        # The id a second time, since of a single column `itemgetter` makes no tuple.
        self._cells = itemgetter(ID, *(max(place, ID) for _, place, _ in steps), ID)
        self._made = [(name, value) for name, place, value in steps if value is not None and place >= 0]
        self._derived = [(name, value) for name, place, value in steps if value is not None and place < 0]

    def show(self, row: Row) -> dict[str, Any]:
        shown: dict[str, Any] = dict(zip(self._names, self._cells(row), strict=False))
        shown["id"] = str(row[ID])
        for name, value in self._made:
            if (cell := shown[name]) is not None:
                shown[name] = value(cell)
        for name, value in self._derived:
            shown[name] = value(row)
        return shown

    def only(self) -> Value:
        """How the plan's one field is shown, without the record around it; the plan of `id` has no other."""
        if not self._steps:
            return lambda row: str(row[ID])
        _, place, value = self._steps[0]
        if value is None:
            return itemgetter(place)
        return value if place < 0 else lambda row: None if row[place] is None else value(row[place])


class Renderer:
    """Knows how each field of each module is shown."""

    def __init__(self, tables: dict[str, Table], directory: Directory) -> None:
        self._tables, self._directory = tables, directory
        self._plans: dict[tuple[str, str], Plan] = {}

    def plan(self, module: Module, fields: str) -> Plan:
        """For a comma list of API names; unknown ones are simply absent, and `id` is always there."""
        plan = self._plans.get((module.api_name, fields))
        if plan is None:
            names = dict.fromkeys(name.strip() for name in fields.split(","))
            names.pop("id", None)
            plan = Plan([step for name in names if (step := self._step(module, name))])
            if len(self._plans) > 500:
                self._plans.clear()
            self._plans[module.api_name, fields] = plan
        return plan

    def cell(self, module: Module, name: str, row: Row) -> Any:
        """One field of one record."""
        return self.plan(module, name).show(row).get(name)

    def name_of(self, module: Module, row: Row) -> str:
        return str(self.cell(module, module.name_field, row))

    def _step(self, module: Module, name: str) -> tuple[str, int, Value | None] | None:
        field = module.by_name.get(name)
        if field is not None and not field.derived:
            return name, module.position[name], self._value(field.data_type, field.to)
        if name in CONSTANTS:
            constant = CONSTANTS[name]
            return name, -1, lambda _row: constant
        derived = self._derived(module).get(name)
        return (name, -1, derived) if derived else None

    def _value(self, data_type: str, to: str | None) -> Value | None:
        if data_type == "lookup":
            return self._lookup(to or "")
        shows: dict[str, Value] = {
            "ownerlookup": self._directory.owner,
            "userlookup": self._directory.name,
            "datetime": times.show,
            "bigint": str,
        }
        return shows.get(data_type)

    def _lookup(self, to: str) -> Value:
        module, table = self._tables[to].module, self._tables[to]

        def shown(record_id: int) -> dict[str, str] | None:
            row = table.find(record_id)
            return None if row is None else {"name": name(row), "id": str(record_id)}

        name = _namer(module)
        return shown

    def _derived(self, module: Module) -> dict[str, Value]:
        """Fields made from the whole record."""
        layout = layout_of(module)
        shown_layout = layout | {"display_label": "Standard"}
        found: dict[str, Value] = {
            "$locked_for_me": lambda row: row[LOCKED],
            "$approved": lambda row: row[ID] not in self._tables[module.api_name].awaiting_approval,
            "$layout_id": lambda _row: shown_layout,
            "Layout": lambda _row: layout,
        }
        place = module.position
        if "Full_Name" in module.by_name:
            found["Full_Name"] = _namer(module)
        if "Converted__s" in place:
            found["$converted"] = lambda row: row[place["Converted__s"]]
            found["$converted_detail"] = lambda _row: {}
        if "Expected_Revenue" in module.by_name:
            found["Expected_Revenue"] = lambda row: _expected(row[place["Amount"]], row[place["Probability"]])
        if "Record_Image" in module.by_name:
            found["Record_Image"] = lambda _row: None
        if "Change_Log_Time__s" in module.by_name:
            found["Change_Log_Time__s"] = lambda row: times.show(row[place["Modified_Time"]])
        return found


def layout_of(module: Module) -> dict[str, str]:
    return {"name": "Standard", "id": module.id(0, 67)}


def _namer(module: Module) -> Callable[[Row], str]:
    place = module.position
    if module.name_field != "Full_Name":
        column = place[module.name_field]
        return lambda row: str(row[column])
    salutation, first, last = place["Salutation"], place["First_Name"], place["Last_Name"]
    return lambda row: full_name(row[salutation], row[first], row[last])


def _expected(amount: float | None, probability: int | None) -> float | None:
    """Amount × Probability / 100 (§9), to the cent."""
    if amount is None or probability is None:
        return None
    exact = (Decimal(str(amount)) * probability / 100).quantize(Decimal("0.01"))
    return plain(exact)


def plain(number: Decimal | float) -> float:
    """A number as Zoho shows it: whole ones without `.0` (§9)."""
    return int(number) if number == int(number) else float(number)
