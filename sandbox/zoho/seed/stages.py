"""The way of each deal through the stages, up to the one that it is in (docs/vendor/zoho.md §5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.zoho import times
from sandbox.zoho.modules.deals import STAGE_BY_NAME, STAGES
from sandbox.zoho.modules.history import DEAL_HISTORY
from sandbox.zoho.seed.frame import as_row, number, stamps

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from sandbox.zoho.seed.deals import Deal
    from sandbox.zoho.seed.frame import Frame
    from sandbox.zoho.store import Row

_OPEN = [stage.actual for stage in STAGES if stage.forecast == "Open"]
_PASSED_THROUGH = 0.7


def rows(frame: Frame, business: list[Deal]) -> Iterator[Row]:
    rng = frame.rng("stages")
    drafts = [draft for deal in business for draft in _of_deal(rng, deal)]
    return (as_row(DEAL_HISTORY, draft) for draft in number(DEAL_HISTORY, drafts))


def _of_deal(rng: random.Random, deal: Deal) -> list[dict[str, Any]]:
    path = _path(rng, deal.stage)
    entered = _moments(rng, deal, len(path))
    ends = [*entered[1:], None]
    following = [*path[1:], None]
    return [
        {
            **stamps(deal.seller.id, at),
            "Potential_Name": deal.id,
            "Stage": stage,
            "Moved_To__s": onward,
            "Amount": deal.amount,
            "Probability": STAGE_BY_NAME[stage].probability,
            "Closing_Date": times.local_date(deal.closing),
            "Stage_Duration_Calendar_Days": None if left is None else (left - at) // times.DAY_S,
        }
        for stage, onward, at, left in zip(path, following, entered, ends, strict=True)
    ]


def _path(rng: random.Random, last: str) -> list[str]:
    """Each deal begins in the first stage and passes through most of those on its way."""
    before = _OPEN[: _OPEN.index(last)] if last in _OPEN else _OPEN
    return [stage for index, stage in enumerate(before) if index == 0 or rng.random() < _PASSED_THROUGH] + [last]


def _moments(rng: random.Random, deal: Deal, count: int) -> list[int]:
    """When it entered each stage: the first when it was made, the last when it was closed, or before it was touched."""
    if count == 1:
        return [deal.created]
    end = deal.closing if deal.closed else deal.created + int((deal.touched - deal.created) * rng.uniform(0.5, 1))
    between = sorted(deal.created + int((end - deal.created) * rng.random()) for _ in range(count - 2))
    return [deal.created, *between, end]
