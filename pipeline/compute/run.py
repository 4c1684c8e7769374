"""The marts in their order, each replaced in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from models.config import Config, choose
from models.progress import Progress, silent
from models.warehouse.engine import Warehouse
from pipeline.compute.calendar import dates
from pipeline.compute.context import Context, Outcome
from pipeline.compute.fx import fx
from pipeline.compute.kpi import metrics
from pipeline.compute.score_mart import score
from pipeline.compute.tier_mart import tier


@dataclass(frozen=True, slots=True)
class Mart:
    """A step of compute: its name for people and what does it."""

    name: str
    function: Callable[[Context], Outcome]


@dataclass(frozen=True, slots=True)
class MartResult:
    name: str
    rows: int
    changed: int
    seconds: float
    warnings: list[str] = field(default_factory=list)


MARTS: tuple[Mart, ...] = (
    Mart("fx", fx),
    Mart("dates", dates),
    Mart("metrics", metrics),
    Mart("tier", tier),
    Mart("score", score),
)
"""Each may read what those before it wrote."""


def compute(
    warehouse: Warehouse,
    config: Config,
    *,
    run_id: str,
    now: datetime,
    names: Sequence[str] | None = None,
    progress: Progress = silent,
) -> list[MartResult]:
    """Compute all marts, or those named, in their order.

    Args:
        warehouse: Where everything is read and written.
        config: Whose rules hold.
        run_id: Stamped on the rows.
        now: Aware UTC; its local day in `reporting.timezone` is the "today" of every rule.
        names: Of marts; None or nothing means all. What a mart reads is not computed along with it.
        progress: Called before and after each mart.

    Raises:
        ConfigError: No mart has this name, or a mart named lacks what an earlier one writes.
    """
    wanted = chosen(names or ())
    marts = [mart for mart in MARTS if mart.name in wanted]
    results = []
    for mart in marts:
        progress(f"compute {mart.name}", 0, 1)
        started = perf_counter()
        with warehouse.begin() as connection:
            outcome = mart.function(Context(connection, config, run_id, now))
        seconds = perf_counter() - started
        results.append(MartResult(mart.name, outcome.rows, outcome.changed, seconds, outcome.warnings))
        progress(f"compute {mart.name}", 1, 1)
    return results


def chosen(names: Sequence[str]) -> list[str]:
    """Names of the marts to compute, in their order; all if none is named.

    Raises:
        ConfigError: No mart has this name.
    """
    return choose(names, [mart.name for mart in MARTS], "compute: no mart is called")
