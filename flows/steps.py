"""The steps of every command, in one list: the terminal walks it in its own process, Prefect walks it as tasks.

Each function yields its steps lazily, so that what a step found out decides what comes after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flows.run import Run, Step
from models.config import choose
from models.protocols import Connector
from models.spec import Stream
from models.warehouse.freshness import freshness
from pipeline.compute.run import chosen
from pipeline.compute.run import compute as compute_marts
from pipeline.push.apply import apply_plan
from pipeline.push.ledger import find_plan, newest_open_plans
from pipeline.push.plan import make_plan
from pipeline.sync.backfill.run import Backfill
from pipeline.sync.backfill.slices import Span
from pipeline.sync.context import SyncContext
from pipeline.sync.dead_letters import commands
from pipeline.sync.estimate import of_backfill, of_sync
from pipeline.sync.metadata import DAY
from pipeline.sync.replay import Replay
from pipeline.sync.run import SourceSync
from pipeline.sync.verify.run import VerifyCost, cost
from pipeline.sync.verify.run import verify as verify_stream


def daily(run: Run) -> Iterator[Step]:
    """Sync → compute → push → publish. Writes into a CRM only where its connection says `auto_apply: true`.

    Raises:
        ConfigError: A chat channel has no address; told before anything is done, not after the push.
    """
    from pipeline.publish.run import webhooks  # noqa: PLC0415 - slow to import, and a sync needs none of it

    webhooks(run.config)
    yield from sync(run)
    yield from compute(run)
    yield from plan(run)
    yield from apply(run, only_automatic=True)
    yield from publish(run)
    for source, plan_id in newest_open_plans(run.warehouse).items():
        if source in run.config.connections and not run.config.connections[source].auto_apply:
            run.note(f"plan {plan_id} of {source} waits for you: crmsync push show {plan_id}", "done")


def sync(run: Run, sources: Sequence[str] = (), streams: Sequence[str] = (), *, full: bool = False) -> Iterator[Step]:
    """One step per source and stream."""
    for source, wanted in _wanted(run, sources, streams).items():
        if not wanted or not run.hold_source(source):
            continue
        work = _source_sync(run, source, DAY)
        for stream in wanted:
            if source in run.lost:
                break
            yield Step("sync", f"sync {source} {stream.name}", partial(_sync_stream, work, stream, full=full), source)


def replays(run: Run, sources: Sequence[str] = (), streams: Sequence[str] = ()) -> list[Replay]:
    """What is to be replayed, of each source that no other run holds. A stream that its CRM lacks has nothing to replay."""
    found = []
    for source, wanted in _wanted(run, sources, streams).items():
        if wanted and run.hold_source(source):
            work = _source_sync(run, source, None)
            with run.warehouse.read() as connection:
                read = freshness(connection, [(source, stream.name) for stream in wanted])
            lacking = {one.stream for one in read if one.state == "missing"}
            found += [Replay(work, stream) for stream in wanted if stream.name not in lacking]
    return found


def plan_replays(found: Sequence[Replay]) -> Iterator[Step]:
    """One step per stream; nothing is written."""
    for one in found:
        yield Step("replay_plan", f"plan replay {one.name}", partial(_plan_replay, one), one.context.source)


def replay(run: Run, found: Sequence[Replay]) -> Iterator[Step]:
    """One step per stream that was planned."""
    for one in found:
        if one.plan and one.context.source not in run.lost:
            yield Step("replay", f"replay {one.name}", partial(_replay, one), one.context.source)


def _wanted(run: Run, sources: Sequence[str], names: Sequence[str]) -> dict[str, list[Stream]]:
    """Source → its streams of those names; all if none is named.

    Raises:
        ConfigError: A name that no source has.
    """
    found = {source: run.connector(source).streams for source in run.sources(sources)}
    known = dict.fromkeys(stream.name for streams in found.values() for stream in streams)
    wanted = choose(names, tuple(known), "no connection has a stream")
    return {source: [one for one in streams if one.name in wanted] for source, streams in found.items()}


def verify_costs(run: Run, sources: Sequence[str] = (), streams: Sequence[str] = ()) -> list[VerifyCost]:
    """What `verify` will take; asks no CRM."""
    return [
        cost(_source_sync(run, source).context, stream)
        for source, wanted in _wanted(run, sources, streams).items()
        for stream in wanted
    ]


def verify(
    run: Run, sources: Sequence[str] = (), streams: Sequence[str] = (), *, repair: bool = False
) -> Iterator[Step]:
    """One step per source and stream."""
    for source, wanted in _wanted(run, sources, streams).items():
        if not wanted or not run.hold_source(source):
            continue
        work = _source_sync(run, source)
        for stream in wanted:
            if source in run.lost:
                break
            act = partial(verify_stream, work, stream, repair=repair)
            yield Step("verify", f"verify {source} {stream.name}", act, source)


def plan_sync(
    run: Run, sources: Sequence[str] = (), streams: Sequence[str] = (), *, full: bool = False
) -> Iterator[Step]:
    """One step per source, which finds out what `sync` would cost."""
    for source, wanted in _wanted(run, sources, streams).items():
        work = _source_sync(run, source, timedelta() if full else DAY, keeps=False)
        act = partial(of_sync, work, wanted, full=full)
        yield Step("estimate", f"plan sync {source}", act, source)


def plan_backfill(
    run: Run, span: Span, streams: Sequence[str], sources: Sequence[str] = (), *, parallel: int = 1
) -> Iterator[Step]:
    """One step per source, which finds out what `backfill` would cost."""
    for source, found in groupby(_jobs(run, span, streams, sources), lambda job: job.source):
        jobs = list(found)
        act = partial(of_backfill, jobs[0].sync, jobs, parallel=parallel)
        yield Step("estimate", f"plan backfill {source}", act, source)


def replay_letters(run: Run, numbers: Sequence[int] = ()) -> Iterator[Step]:
    """One step per source and stream with dead letters: the open ones, or those of these numbers."""
    for number in numbers:
        commands.check_replayable(run.warehouse, number, run.config.connections)
    for source in run.sources([]):
        for stream, _ in commands.waiting(run.warehouse, source, numbers):
            if source in run.lost or not run.hold_source(source):
                break
            work = _source_sync(run, source)
            act = partial(_replay_letters, work, stream, numbers)
            yield Step("letters", f"dead letters {source} {stream}", act, source)


def backfill(
    run: Run,
    span: Span,
    streams: Sequence[str],
    sources: Sequence[str] = (),
    *,
    newest_first: bool = False,
    parallel: int = 1,
) -> Iterator[Step]:
    """One step per slice of each stream; one per stream where its slices are read side by side.

    Raises:
        ConfigError: No source has the stream, or the stream has no range of days.
    """
    for job in _jobs(run, span, streams, sources):
        slices = job.slices[::-1] if newest_first else job.slices
        for group in [slices] if parallel > 1 else [[one] for one in slices]:
            if job.is_over or job.source in run.lost or not run.hold_source(job.source):
                break
            name = f"backfill {job.source} {job.stream} {group[0].name if len(group) == 1 else span.name}"
            yield Step("backfill", name, partial(job.read, group, parallel=parallel), job.source)


def compute(run: Run, names: Sequence[str] = ()) -> Iterator[Step]:
    """One step per mart."""
    wanted = chosen(names)
    if not run.hold("compute"):
        return
    now = run.clock()
    for name in wanted:
        act = partial(
            compute_marts, run.warehouse, run.config, run_id=run.run_id, now=now, names=[name], progress=run.progress
        )
        yield Step("compute", f"compute {name}", act)


def plan(run: Run, sources: Sequence[str] = ()) -> Iterator[Step]:
    """One step per source that results are pushed to and that was read to its end at least once."""
    for source in run.sources(sources):
        if not run.config.connections[source].push or source in run.lost:
            continue
        unread = _unread(run, source)
        if unread:
            run.note(
                f"{source}: {', '.join(unread)} never read to the end, so its results are not complete and nothing is "
                f"planned; run: crmsync sync --source {source}, then crmsync compute",
                "partial",
            )
        elif run.hold_source(source):
            yield Step("plan", f"push plan {source}", partial(_plan, run, source), source)


def apply(run: Run, plan_id: int | None = None, *, only_automatic: bool = False) -> Iterator[Step]:
    """One step per plan: the one named, or the newest open one of each source.

    Args:
        only_automatic: Only plans of this run, and only where the connection says `auto_apply: true`.
    """
    plans = newest_open_plans(run.warehouse)
    if only_automatic:
        fresh = {made.plan_id for made in run.results.get("plan", [])}
        plans = {source: plan_id for source, plan_id in plans.items() if plan_id in fresh}
    named = []
    if plan_id is not None:
        named = [find_plan(run.warehouse, plan_id).source]
        plans = {named[0]: plan_id}
    for source in run.sources(named):
        refused = only_automatic and not run.config.connections[source].auto_apply
        if refused or source not in plans or source in run.lost or not run.hold_source(source):
            continue
        # Asked again under the lock: until now another run may have settled the plan or made a newer one.
        still_open = newest_open_plans(run.warehouse).get(source) if plan_id is None else plan_id
        if still_open is not None:
            yield Step("apply", f"push apply {source}", partial(_apply, run, source, still_open), source)


def publish(run: Run, kinds: Sequence[str] = (), *, dry_run: bool = False) -> Iterator[Step]:
    from pipeline.publish.run import publish as publish_all  # noqa: PLC0415 - see `daily`

    act = partial(
        publish_all,
        run.warehouse,
        run.config,
        run_id=run.run_id,
        now=run.clock(),
        kinds=kinds or None,
        dry_run=dry_run,
        progress=run.progress,
    )
    yield Step("publish", "publish", act)


def _unread(run: Run, source: str) -> list[str]:
    """Streams of which the warehouse may hold a part only, or nothing: of those that results stand on."""
    streams = [(source, stream.name) for stream in run.connector(source).streams if stream.is_needed]
    with run.warehouse.read() as connection:
        found = freshness(connection, streams)
    return [one.stream for one in found if one.watermark is None]


def _plan_replay(one: Replay) -> Sequence[Any]:
    return [one.look()]


def _replay(one: Replay) -> Sequence[Any]:
    return [one.run()]


def _jobs(run: Run, span: Span, streams: Sequence[str], sources: Sequence[str]) -> list[Backfill]:
    """One for each stream of those names, source by source."""
    found = _wanted(run, sources, streams).items()
    works = [(_source_sync(run, source), wanted) for source, wanted in found if wanted]
    return [Backfill(work, stream, span) for work, wanted in works for stream in wanted]


def _source_sync(
    run: Run, source: str, metadata_age: timedelta | None = timedelta(), *, keeps: bool = True
) -> SourceSync:
    """The work on one source, by metadata of that age at the most; by default of now."""
    connection = run.config.connections[source]
    tier = connection.push.get("tier")
    tier_fields = {tier.object: tier.fields["tier"]} if tier and tier.match is None and "tier" in tier.fields else {}
    return SourceSync(
        SyncContext(
            run.warehouse,
            run.connector(source),
            run.run_id,
            ZoneInfo(run.config.reporting.timezone),
            connection.currency,
            tier_fields,
            run.progress,
            run.clock,
            run.config.raw.retention_days,
            connection.on_schema_change == "stop",
        ),
        max_age=metadata_age,
        keeps=keeps,
    )


def _sync_stream(work: SourceSync, stream: Stream, *, full: bool) -> Sequence[Any]:
    return [work.sync(stream, full=full)]


def _replay_letters(work: SourceSync, stream: str, numbers: Sequence[int]) -> Sequence[Any]:
    return [commands.replay(work, stream, numbers)]


def _plan(run: Run, source: str) -> Sequence[Any]:
    made = make_plan(
        run.warehouse,
        _asked_anew(run, source),
        run.config.connections[source],
        score=run.config.compute.score,
        run_id=run.run_id,
        now=run.clock(),
        timezone=ZoneInfo(run.config.reporting.timezone),
        progress=run.progress,
    )
    return [made]


def _apply(run: Run, source: str, plan_id: int) -> Sequence[Any]:
    return [apply_plan(run.warehouse, _asked_anew(run, source), plan_id, now=run.clock, progress=run.progress)]


def _asked_anew(run: Run, source: str) -> Connector:
    """The connector, without the metadata that the sync may have kept: what is written has to fit the CRM of now."""
    connector = run.connector(source)
    connector.remember(None)
    return connector
