"""Records as JSON: a plan for the asked fields is made once, then run for each record (docs/vendor/zoho.md §9)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from sandbox.zoho import times
from sandbox.zoho.currencies import CURRENCIES, shown_rate
from sandbox.zoho.fields import ID, LINKS, LOCKED, MODIFIED, SINGLE_ONLY, Field, Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sandbox.zoho.directory import Directory
    from sandbox.zoho.store import Row, Table
    from sandbox.zoho.switches import Switches

Value = Callable[[Any], Any]

LISTED_RICH_TEXT = 500
_NO_APPROVAL = {"delegate": False, "takeover": False, "approve": False, "reject": False, "resubmit": False}
# JSON writers take no larger whole number.
_MOST_WHOLE = 2**63
# System state that is the same on every record of an org without approval, review and blueprint.
CONSTANTS: dict[str, Any] = {
    "$attachments": None,
    "$approval": _NO_APPROVAL,
    "$approval_state": "approved",
    "$currency_symbol": "¥",
    "$event_cancelled": False,
    "$field_states": None,
    "$in_merge": False,
    "$orchestration": False,
    "$process_flow": False,
    "$review": None,
    "$review_process": {"approve": False, "reject": False, "resubmit": False},
    "$size": None,
    "$state": "save",
    "$voice_note": False,
    "$zia_owner_assignment": "owner_recommendation_unavailable",
    "$zia_visions": None,
    "Record_Status__s": "Available",
}


def full_name(salutation: str | None, first: str | None, last: str | None) -> str:
    """In Chinese the surname goes first and without a space."""
    if first and last and not (first.isascii() or last.isascii()):
        return f"{last}{first}"
    return " ".join(filter(None, (salutation, first, last)))


class Plan:
    """What to show of records, made column by column: most of them take no line of Python for each record."""

    def __init__(self, steps: list[tuple[str, int, Value | None]]) -> None:
        """Each step is a name, a column, and what is made of its value; column -1 stands for the whole record."""
        self._steps = [("id", ID, str), *steps]
        self._names = [name for name, _, _ in self._steps]

    def page(self, rows: Sequence[Row]) -> list[msgspec.Struct]:
        """Many records, to be written into an answer."""
        return list(map(self._record, *self._columns(rows)))

    def show(self, row: Row) -> dict[str, Any]:
        return {name: cell for name, (cell,) in zip(self._names, self._columns((row,)), strict=True)}

    def only(self) -> Value:
        """How the plan's one field is shown, without the record around it; the plan of `id` has no other."""
        _, place, value = self._steps[-1]
        if value is None:
            return itemgetter(place)
        return value if place < 0 else lambda row: None if row[place] is None else value(row[place])

    @cached_property
    def _record(self) -> type[msgspec.Struct]:
        """A class with a place for each name: made and written in half the time of a dictionary."""
        names = {f"_{place}": name for place, name in enumerate(self._names)}
        return msgspec.defstruct("Record", names, rename=names, gc=False)

    def _columns(self, rows: Sequence[Row]) -> Iterator[Iterable[Any]]:
        stored = tuple(zip(*rows, strict=True))
        # All along a page the last activity is often the last change, and the owner who made it.
        made: dict[tuple[Value, tuple[Any, ...]], list[Any]] = {}
        for _, place, value in self._steps:
            if value is None:
                yield stored[place]
            elif place < 0:
                yield map(value, rows)
            else:
                key = value, stored[place]
                if key not in made:
                    made[key] = [None if cell is None else value(cell) for cell in stored[place]]
                yield made[key]


class Renderer:
    """Knows how each field of each module is shown."""

    def __init__(self, tables: dict[str, Table], directory: Directory, switches: Switches) -> None:
        self._tables, self._directory, self._switches = tables, directory, switches
        self._plans: dict[tuple[str, str, bool], Plan] = {}

    def forget(self) -> None:
        """A module has got a field."""
        self._plans.clear()

    def plan(self, module: Module, fields: str, *, single: bool = False) -> Plan:
        """For a comma list of API names; unknown ones are simply absent, and `id` is always there.

        Subforms, arrays of links and the whole of rich text are shown of a `single` record only (§2).
        """
        plan = self._plans.get((module.api_name, fields, single))
        if plan is None:
            names = dict.fromkeys(name.strip() for name in fields.split(","))
            names.pop("id", None)
            lists = [name for name in names if name in module.by_name and module.by_name[name].data_type in SINGLE_ONLY]
            wanted = [name for name in names if single or name not in lists]
            steps = [step for name in wanted if (step := self._step(module, name, single=single))]
            if single and lists:
                has_more = dict.fromkeys(lists, False)
                steps.append(("$has_more", -1, lambda _row: has_more))
            plan = Plan(steps)
            if len(self._plans) > 500:
                self._plans.clear()
            self._plans[module.api_name, fields, single] = plan
        return plan

    def all_names(self, module: Module) -> str:
        """All that a record can show."""
        return ",".join(dict.fromkeys((*module.by_name, *CONSTANTS, *self._derived(module))))

    def cell(self, module: Module, name: str, row: Row) -> Any:
        """One field of one record."""
        return self.plan(module, name, single=True).show(row).get(name)

    def name_of(self, module: Module, row: Row) -> str | None:
        name = self.cell(module, module.name_field, row)
        return None if name is None else str(name)

    def _step(self, module: Module, name: str, *, single: bool) -> tuple[str, int, Value | None] | None:
        field = module.by_name.get(name)
        if field is not None and field.rich and not single:
            return name, module.position[name], lambda text: text[:LISTED_RICH_TEXT]
        if field is not None and not field.derived:
            return name, module.position[name], self._value(field)
        if field is not None and name == "Change_Log_Time__s":
            return name, MODIFIED, times.show
        if name in CONSTANTS and not (name == "$currency_symbol" and "Currency" in module.position):
            return name, -1, _always(CONSTANTS[name])
        derived = self._derived(module).get(name)
        return (name, -1, derived) if derived else None

    def _value(self, field: Field) -> Value | None:
        if field.structured and field.data_type not in LINKS:
            return orjson.loads
        by_name: dict[str, Value] = {"Exchange_Rate": self._rate, "Call_Duration": self._duration}
        shows: dict[str, Value] = {
            "ownerlookup": self._directory.owner,
            "userlookup": self._directory.name,
            "datetime": times.show,
            "bigint": str,
        }
        return by_name.get(field.api_name) or shows.get(field.data_type) or self._link(field)

    def _link(self, field: Field) -> Value | None:
        if field.data_type == "lookup":
            return self._lookup(field.to or "", live=field.live)
        if field.data_type == "multi_module_lookup":
            return self._any_of(field)
        return self._links(field) if field.data_type in LINKS else None

    def _rate(self, rate: float) -> float:
        return plain(shown_rate(rate, per_home_unit=self._switches.rate_per_home_unit))

    def _duration(self, text: str) -> str:
        """`mm:ss`; beyond an hour nobody has seen one (§9A.3)."""
        minutes, _, seconds = text.partition(":")
        if not self._switches.call_duration_with_hours or not minutes.isdigit() or int(minutes) < 60:
            return text
        return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:{seconds}"

    def _lookup(self, to: str, *, live: bool = False) -> Value:
        module, table = self._tables[to].module, self._tables[to]
        find = table.get if live else table.find

        def shown(record_id: int) -> dict[str, str | None] | None:
            row = find(record_id)
            return None if row is None else {"name": name(row), "id": str(record_id)}

        name = _namer(module)
        return shown

    def _any_of(self, field: Field) -> Value:
        """A link to a record of one of several modules; that of a note tells which (§5.8)."""
        shows = {to: self._lookup(to) for to in field.targets}

        def shown(record_id: int) -> dict[str, Any] | None:
            to = self.module_of(field, record_id)
            found = shows[to](record_id) if to else None
            if found is None or field.api_name != "Parent_Id":
                return found
            return {"module": {"api_name": to, "id": self._tables[to or ""].module.tab_id}, **found}

        return shown

    def module_of(self, field: Field, record_id: int) -> str | None:
        """The module of a multi-module lookup's target: no two records have the same id."""
        return next((to for to in field.targets if self._tables[to].find(record_id)), None)

    def _links(self, field: Field) -> Value:
        """Link rows; kept is of each its own id and that of its target."""
        show = self._directory.name if field.data_type == "multiuserlookup" else self._lookup(field.to or "")

        def shown(cell: str) -> list[dict[str, Any]]:
            return [{"id": str(link), field.api_name: show(target)} for link, target in orjson.loads(cell)]

        return shown

    def _lines(self, field: Field) -> Value:
        """The rows of a subform (§9, "Subform row"; §9A.2)."""
        table = self._tables[field.to or ""]
        names = [found.api_name for found in table.module.own_fields]
        shared = ["Parent_Id", "Created_Time", "Modified_Time", "Layout", "$in_merge", "$field_states", "$zia_visions"]
        plan = self.plan(table.module, ",".join([*shared, *names]))
        return lambda row: [plan.show(line) for line in table.lines_of(row[ID])]

    def _derived(self, module: Module) -> dict[str, Value]:
        """Fields made from the whole record."""
        layout, table = layout_of(module), self._tables[module.api_name]
        shown_layout = layout | {"display_label": "Standard"}
        found: dict[str, Value] = {field.api_name: _always(field.default) for field in module.fields if field.derived}
        found |= {
            "$locked_for_me": lambda row: row[LOCKED],
            "$approved": lambda row: row[ID] not in table.held["$approved"],
            "$editable": lambda row: row[ID] not in table.held["$editable"],
            "$layout_id": lambda _row: shown_layout,
            "Layout": lambda _row: layout,
            "Tag": lambda row: table.tags.shown(row[ID]),
        }
        place = module.position
        if "Full_Name" in module.by_name:
            found["Full_Name"] = _namer(module)
        if "Converted__s" in place:
            found["$converted"] = lambda row: row[place["Converted__s"]]
            found["$converted_detail"] = lambda _row: {}
        if "Probability" in place:
            found["Expected_Revenue"] = _share(place["Amount"], place["Probability"])
        if "Currency" in place:
            found["$currency_symbol"] = lambda row: _symbol(row[place["Currency"]])
        return found | self._derived_by_type(module)

    def _derived_by_type(self, module: Module) -> dict[str, Value]:
        place, found = module.position, dict[str, Value]()
        for field in module.fields:
            if field.data_type == "multi_module_lookup":
                found["$se_module"] = self._module_namer(field, place[field.api_name])
            elif field.data_type == "subform":
                found[field.api_name] = self._lines(field)
            elif field.data_type == "formula":
                found[field.api_name] = _share(*(place[name] for name in field.made_of))
            elif field.data_type == "rollup_summary":
                found[field.api_name] = self._counter(self._tables[field.made_of[0]])
        return found

    def _counter(self, lines: Table) -> Value:
        return lambda row: len(lines.lines_of(row[ID]))

    def _module_namer(self, field: Field, column: int) -> Value:
        return lambda row: None if row[column] is None else self.module_of(field, row[column])


def _always(value: Any) -> Value:
    return lambda _row: value


def layout_of(module: Module) -> dict[str, str]:
    return {"name": "Standard", "id": module.id(0, 67)}


def _namer(module: Module) -> Callable[[Row], str | None]:
    place = module.position
    if module.name_field != "Full_Name":
        return itemgetter(place[module.name_field])
    salutation, first, last = place["Salutation"], place["First_Name"], place["Last_Name"]
    return lambda row: full_name(row[salutation], row[first], row[last])


def _symbol(code: str | None) -> str | None:
    currency = CURRENCIES.get(code or "")
    return currency.symbol if currency else code


def _share(amount: int, percent: int) -> Value:
    return lambda row: _expected(row[amount], row[percent])


def _expected(amount: float | None, probability: float | None) -> float | None:
    """Amount × Probability / 100 (§9), to the cent."""
    if amount is None or probability is None:
        return None
    exact = (Decimal(str(amount)) * Decimal(str(probability)) / 100).quantize(Decimal("0.01"))
    return plain(exact)


def plain(number: Decimal | float) -> float:
    """A number as Zoho shows it: whole ones without `.0` (§9)."""
    return int(number) if number == int(number) and -_MOST_WHOLE < number < _MOST_WHOLE else float(number)
