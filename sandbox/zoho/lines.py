"""The lines of quotes, orders and invoices, and the sums that follow from them (docs/vendor/zoho.md §9A.2)."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.zoho.fields import CREATED, CREATED_BY, ID
from sandbox.zoho.render import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.zoho.store import Row, Table

_CENT = Decimal("0.01")
# A quantity and a price of 16 digits each make a product that Python's usual 28 digits do not hold.
_WIDE = Context(prec=80)


class Lines:
    """Keeps the rows of all subforms."""

    def __init__(self, tables: dict[str, Table], now: Callable[[], int], new_id: Callable[[], int]) -> None:
        self._tables, self._now, self._new_id = tables, now, new_id
        for table in tables.values():
            if table.module.subforms:
                self._tie(table)

    def _tie(self, table: Table) -> None:
        """Lines go to the recycle bin and come back with their record, or vanish with it."""
        children = [self._tables[field.to or ""] for field in table.module.subforms]

        def follow(before: Row | None, after: Row | None) -> None:
            if after is None and before is not None:
                gone = table.bin.get(before[ID])
                for child in children:
                    for line in child.lines_of(before[ID]):
                        if gone is None:
                            child.vanish(line[ID])
                        else:
                            child.delete(line[ID], gone.at, gone.by)
            elif before is None and after is not None:
                for child in children:
                    _bring_back(child, after[ID])

        table.watchers.append(follow)

    def save(self, table: Table, record_id: int, values: dict[str, Any], user: int) -> dict[str, Any]:
        """Store the lines that `values` hold of a record; returns the values for the record itself."""
        subforms = table.module.subforms
        for field in subforms:
            for line in values.get(field.api_name) or ():
                self._store(self._tables[field.to or ""], record_id, line, user)
        return {name: value for name, value in values.items() if name not in {field.api_name for field in subforms}}

    def totals(self, table: Table, record_id: int, cells: dict[str, Any]) -> dict[str, Any]:
        """What the record's sums are now; `cells` are its columns."""
        if "Grand_Total" not in table.module.position:
            return {}
        child = self._tables[table.module.subforms[0].to or ""]
        net = child.module.position["Net_Total"]
        below = sum((_exact(line[net]) for line in child.lines_of(record_id)), Decimal())
        total = below - _exact(cells["Discount"]) + _exact(cells["Tax"]) + _exact(cells["Adjustment"])
        return {"Sub_Total": plain(below), "Grand_Total": plain(total)}

    def _store(self, child: Table, parent: int, given: dict[str, Any], user: int) -> None:
        now = self._now()
        former = child.get(given["id"]) if "id" in given else None
        if former is not None and given.get("_delete"):
            child.delete(former[ID], now, user)
            # A removed line is not in the recycle bin, so that it stays away when its record comes back from there.
            del child.bin[former[ID]]
            return
        columns = child.blank() if former is None else dict(zip(child.module.columns, former, strict=True))
        columns |= {name: value for name, value in given.items() if name in child.module.position}
        columns |= {
            "id": former[ID] if former else self._new_id(),
            "Created_By": former[CREATED_BY] if former else user,
            "Created_Time": former[CREATED] if former else now,
            "Modified_By": user,
            "Modified_Time": now,
            "Parent_Id": parent,
        }
        child.put(tuple((columns | self._sums(columns)).values()))

    def _sums(self, columns: dict[str, Any]) -> dict[str, Any]:
        """The price is the product's unless it is sent; taxes come on what the discount leaves."""
        if "List_Price" not in columns:
            return {}
        price = columns["List_Price"]
        if price is None:
            products = self._tables["Products"]
            product = products.find(columns["Product_Name"])
            price = product[products.module.position["Unit_Price"]] if product else None
        total = _cents(_WIDE.multiply(_exact(columns["Quantity"]), _exact(price)))
        net = total - _exact(columns["Discount"])
        percent = sum((_exact(tax.get("percentage")) for tax in orjson.loads(columns["Line_Tax"] or "[]")), Decimal())
        taxed = _cents(_WIDE.multiply(net, percent) / 100)
        return {"List_Price": price, "Total": plain(total), "Tax": plain(taxed), "Net_Total": plain(net + taxed)}


def _bring_back(child: Table, parent: int) -> None:
    column = child.module.position["Parent_Id"]
    for entry in [entry for entry in child.bin.values() if entry.row[column] == parent]:
        child.restore(entry.row)


def _cents(number: Decimal) -> Decimal:
    return number.quantize(_CENT, context=_WIDE)


def _exact(number: float | None) -> Decimal:
    return Decimal(str(number or 0))
