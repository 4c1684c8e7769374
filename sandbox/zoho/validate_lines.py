"""What a subform takes when its record is written (docs/vendor/zoho.md §9A.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.zoho.errors import problem, unknown_id
from sandbox.zoho.fields import ID

if TYPE_CHECKING:
    from sandbox.zoho.fields import Field, Module
    from sandbox.zoho.store import Table

# Chosen: no figure is documented.
MOST_LINES = 500
_OWN_KEYS = ("id", "_delete")

Problems = list[dict[str, Any]]
Clean = Callable[["Module", dict[str, Any], str], tuple[dict[str, Any], Problems]]


def clean_lines(
    clean: Clean, child: Table, field: Field, given: Any, *, path: str, parent: int | None
) -> tuple[list[dict[str, Any]], Problems]:
    """Columns of each line, and error objects.

    Args:
        clean: Checks the fields of one line like those of a record.
        child: Where the subform's lines are kept.
        field: The subform.
        given: What was sent: an array of lines; one with the `id` of a line of the record changes or removes it.
        path: JSON path of the array.
        parent: The record, unless it is a new one.
    """
    where = {"api_name": field.api_name, "json_path": path}
    if not isinstance(given, list):
        return [], [problem("INVALID_DATA", {"expected_data_type": "jsonarray"} | where)]
    if len(given) > MOST_LINES:
        return [], [problem("LIMIT_EXCEEDED", {"limit": MOST_LINES} | where)]
    lines: list[dict[str, Any]] = []
    problems = [problem("MANDATORY_NOT_FOUND", where)] if field.mandatory and not given else []
    known = {str(row[ID]): row[ID] for row in child.lines_of(parent or 0)}
    for index, line in enumerate(given):
        place = f"{path}[{index}]"
        if not isinstance(line, dict):
            details = {"expected_data_type": "jsonobject", "api_name": field.api_name, "json_path": place}
            problems.append(problem("INVALID_DATA", details))
            continue
        cells, wrong = clean(child.module, {key: line[key] for key in line if key not in _OWN_KEYS}, place)
        own, wrong_own = _identity(child.module, line, known, place)
        lines.append(cells | own)
        problems += wrong + wrong_own
    return lines, problems


def _identity(
    module: Module, line: dict[str, Any], known: dict[str, int], place: str
) -> tuple[dict[str, Any], Problems]:
    """Which line it is, or what a new one lacks."""
    given = line.get("id")
    if given is None:
        missing = [field.api_name for field in module.mandatory if field.api_name not in line]
        paths = [{"api_name": name, "json_path": f"{place}.{name}"} for name in missing]
        return {}, [problem("MANDATORY_NOT_FOUND", where) for where in paths]
    found = known.get(str(given))
    if found is None:
        return {}, [unknown_id({"api_name": "id", "json_path": f"{place}.id"})]
    return {"id": found, "_delete": "_delete" in line}, []
