"""The moves of deals from stage to stage: those in the warehouse, and those of Zoho's own list."""

from __future__ import annotations

from tests.e2e.harness import Crms, Project, Row, Zoho
from tests.e2e.held import iso, moment
from tests.e2e.values import stored

Moves = dict[str, list[Row]]
"""Deal → its moves in order."""


def moves_of(project: Project, source: str) -> Moves:
    found: Moves = {}
    rows = map(stored, project.rows("deal_stage_changes", f"source = '{source}'"))
    for row in sorted(rows, key=lambda row: str(row["changed_at"])):
        found.setdefault(row["deal_id"], []).append({k: v for k, v in row.items() if k not in {"source", "deal_id"}})
    return found


def zoho_moves(crms: Crms) -> Moves:
    """What the stays in each stage, which Zoho lists, make of moves; of deals that exist."""
    fields = ("Potential_Name", "Stage", "Modified_Time", "Amount", "Probability")
    stays: Moves = {}
    for _, raw in sorted(Zoho(crms.url).records("DealHistory", fields).items()):
        if raw["Potential_Name"]:
            stays.setdefault(raw["Potential_Name"]["id"], []).append(raw)
    wanted = {}
    for deal, raws in stays.items():
        raws.sort(key=lambda raw: str(iso(raw["Modified_Time"])))
        before = [None, *(raw["Stage"] for raw in raws[:-1])]
        wanted[deal] = [
            {
                "changed_at": moment("c", iso(raw["Modified_Time"]))["c_at"],
                "from_stage": stage,
                "to_stage": raw["Stage"],
            }
            | {"amount": raw["Amount"], "probability": raw["Probability"], "origin": "crm"}
            for stage, raw in zip(before, raws, strict=True)
        ]
    return wanted
