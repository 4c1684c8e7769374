"""`crmsync verify`: what it will cost, then what differs."""

from __future__ import annotations

from collections.abc import Sequence

from cli.session import Options, opened, running
from cli.tables import show_costs
from cli.verbs import finish
from flows import steps


def verify_command(
    options: Options, sources: Sequence[str], streams: Sequence[str], *, repair: bool, plan: bool
) -> None:
    with opened(options) as session:
        with running(session, "verify") as run:
            costs = steps.verify_costs(run, sources, streams)
            if plan:
                run.results["cost"] = list(costs)
            else:
                show_costs(session.out, costs)
                run.do(steps.verify(run, sources, streams, repair=repair))
        finish(run, session, *(("compute",) if repair else ()))
