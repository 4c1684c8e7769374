"""Pools and market events, and the leads that came from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.fxiaoke.directory import ADMIN, ROOT_DEPARTMENT
from sandbox.fxiaoke.generate.leads import POOL
from sandbox.fxiaoke.generate.record import Record, base
from sandbox.fxiaoke.generate.timeline import DAY_MS

if TYPE_CHECKING:
    from sandbox.fxiaoke.generate.timeline import Timeline
    from sandbox.fxiaoke.state import State

SEAS = (("89abcdef0123456789abcdef01234567", "全国公海"), ("65f0c0ffee00000000000701", "海外公海"))
EVENTS = 12
# Name, type, and cost at most.
KINDS = (
    ("行业展会", "1", 200_000),
    ("线上研讨会", "2", 20_000),
    ("搜索广告投放", "3", 120_000),
    ("客户邮件月刊", "4", 5_000),
)
FROM_FAIR = "4"  # the leads' source 展会


def make_market(state: State, timeline: Timeline) -> None:
    """Fill LeadsPoolObj, HighSeasObj and MarketingEventObj."""
    rng = state.world.rng("fxiaoke/market")
    opened = timeline.start - 300 * DAY_MS

    def pool(record_id: str, name: str) -> Record:
        common = base(rng, timeline, created=opened, modified=opened, owner=None, department=None)
        return {
            **common,
            "_id": record_id,
            "record_type": "default__c",
            "name": name,
            "pool_admins": (ADMIN,),
            "pool_members": (ROOT_DEPARTMENT,),
        }

    leads_pools, seas = state.tables["LeadsPoolObj"], state.tables["HighSeasObj"]
    leads_pools.fill([leads_pools.make(pool(POOL, "总部线索池"))])
    seas.fill(seas.make(pool(record_id, name)) for record_id, name in SEAS)
    events = [_event(state, timeline, place) for place in range(EVENTS)]
    table = state.tables["MarketingEventObj"]
    table.fill(map(table.make, events))
    if state.world.scale in ("demo", "awkward"):
        _tell_leads(state, [event for event in events if event["event_type"] == "1"])


def _event(state: State, timeline: Timeline, place: int) -> dict[str, Any]:
    rng = state.world.rng(f"fxiaoke/market/{place}")
    begins = timeline.midnight(timeline.start + (place * 58 + 20) * DAY_MS)
    created = begins - 30 * DAY_MS + 10 * 3_600_000
    created = max(created, timeline.start)
    name, kind, cost = KINDS[place % len(KINDS)]
    expected = round(cost * (0.5 + rng.random() / 2), -2)
    return {
        **base(rng, timeline, created=created, modified=created + 3_600_000, owner=ADMIN, department=ROOT_DEPARTMENT),
        "name": f"{name} {place + 1:02d}",
        "event_type": kind,
        "biz_status": "3",
        "begin_time": begins,
        "end_time": begins + (2 + place % 3) * DAY_MS,
        "expected_cost": f"{expected:.2f}",
        "actual_cost": f"{expected * (0.8 + 0.4 * rng.random()):.2f}",
        "expected_income": f"{expected * 8:.2f}",
    }


def _tell_leads(state: State, fairs: list[Record]) -> None:
    """Leads from a fair name the last one before them."""
    table = state.tables["LeadsObj"]

    def told(row: Any) -> Any:
        if table.value(row, "source") != FROM_FAIR:
            return row
        before = [fair for fair in fairs if fair["begin_time"] < table.value(row, "create_time")]
        return table.changed(row, {"marketing_event_id": before[-1]["_id"]}) if before else row

    table.fill(list(map(told, table.rows())), list(map(told, table.invalid_rows())))
