"""`crmsync backfill`: a range of days of a stream, beside its cursor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from cli.session import Options, opened, running
from cli.verbs import finish
from flows import steps
from pipeline.sync.backfill.slices import Span


def backfill_command(
    options: Options,
    days: tuple[date, date],
    by: Literal["created", "modified"],
    streams: Sequence[str],
    sources: Sequence[str],
    *,
    field: str | None,
    newest_first: bool,
    parallel: int,
    plan: bool,
) -> None:
    with opened(options) as session:
        span = Span(by, *days, ZoneInfo(session.config.reporting.timezone), field)
        if plan:
            with running(session, "backfill --plan") as run:
                run.do(steps.plan_backfill(run, span, streams, sources, parallel=parallel))
            finish(run, session)
        with running(session, "backfill") as run:
            run.do(steps.backfill(run, span, streams, sources, newest_first=newest_first, parallel=parallel))
        finish(run, session, "compute")
