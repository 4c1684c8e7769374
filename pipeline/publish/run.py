"""Tell people: the page, and the digest in each configured channel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from models.config import Config, choose
from models.errors import ConfigError, SourceBusyError
from models.progress import Progress, silent
from models.warehouse.engine import Warehouse
from pipeline.publish import digest, ledger, report
from pipeline.publish.facts import Facts
from pipeline.publish.queries import read_facts, read_tier_changes
from pipeline.publish.result import PublishResult
from pipeline.publish.senders import CHANNELS, Channel, Sleep, post, webhook_url

_CHANGES_WINDOW = timedelta(days=7)
_LOCK = "publish messages"
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class _Job:
    """What each kind of output needs."""

    warehouse: Warehouse
    config: Config
    facts: Facts
    run_id: str
    dry_run: bool
    sleep: Sleep
    urls: Mapping[str, SecretStr]


def publish(
    warehouse: Warehouse,
    config: Config,
    *,
    run_id: str,
    now: datetime,
    kinds: Sequence[str] | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
    sleep: Sleep = time.sleep,
) -> list[PublishResult]:
    """Write the page and send the digest, or some of them; the page first, since the digest points to it.

    Args:
        warehouse: Its marts are read; `ops_message` is written.
        config: Channels, language, path of the page; and the secrets.
        run_id: Of the run that the messages belong to.
        now: Aware; it decides the local day and the quarter.
        kinds: Of `KINDS`; None: the page, and the digest if there are channels.
        dry_run: Say what would be told; write and send nothing.
        progress: Told before each kind.
        sleep: Waits before a message is sent again.

    Raises:
        ConfigError: An unknown kind, a webhook URL that is missing, a page that cannot be written.
        SourceBusyError: Another process is sending messages.
    """
    chosen = _chosen(config, kinds)
    urls = webhooks(config) if _DIGEST in chosen else {}
    facts = read_facts(warehouse, config, now=now, changes_since=now - _CHANGES_WINDOW)
    job = _Job(warehouse, config, facts, run_id, dry_run, sleep, urls)
    results: list[PublishResult] = []
    for done, kind in enumerate(chosen):
        progress(f"publish {kind}", done, len(chosen))
        results += KINDS[kind](job)
    progress("publish", len(chosen), len(chosen))
    return results


def webhooks(config: Config) -> dict[str, SecretStr]:
    """The address of each channel that the configuration names.

    Raises:
        ConfigError: One is missing, or no https URL.
    """
    return {name: webhook_url(config, CHANNELS[name]) for name in config.publish.channels}


def _chosen(config: Config, kinds: Sequence[str] | None) -> tuple[str, ...]:
    if kinds is None:
        return tuple(kind for kind in KINDS if kind != _DIGEST or config.publish.channels)
    chosen = choose(kinds, tuple(KINDS), "publish: nothing is called")
    if _DIGEST in kinds and not config.publish.channels:
        raise ConfigError(f"publish.channels is empty, so the digest goes nowhere; add {' or '.join(CHANNELS)}")
    return tuple(chosen)


def _report(job: _Job) -> list[PublishResult]:
    path = job.config.path(job.config.publish.report)
    if job.dry_run:
        return [PublishResult("report", str(path), "dry run")]
    report.write(path, report.render(job.facts, job.config.reporting.language))
    return [PublishResult("report", str(path), "written")]


def _digests(job: _Job) -> list[PublishResult]:
    """One channel that refuses does not keep the next from its message."""
    if not job.facts.has_results:
        why = "no results in the warehouse yet; run: crmsync sync, then crmsync compute"
        return [PublishResult(_DIGEST, name, "nothing to say", why) for name in job.urls]
    if job.dry_run:
        return [PublishResult(_DIGEST, name, "dry run", "\n".join(_words(job, name)[1].lines)) for name in job.urls]
    try:
        with job.warehouse.lock(_LOCK):
            return [_digest(job, CHANNELS[name], url) for name, url in job.urls.items()]
    except SourceBusyError:
        raise SourceBusyError("publish: another process is sending messages; wait for it and run this again") from None


def _digest(job: _Job, channel: Channel, url: SecretStr) -> PublishResult:
    full, shown = _words(job, channel.name)
    payload = channel.render(shown)
    entry = ledger.enter(
        job.warehouse,
        channel=channel.name,
        kind=_DIGEST,
        content_hash=full.content_hash,
        payload=payload,
        now=job.facts.now,
        run_id=job.run_id,
    )
    if entry.state == "sent":
        return PublishResult(_DIGEST, channel.name, "already sent", "the same message went out today")
    answer = post(channel, url, payload, sleep=job.sleep)
    ledger.settle(job.warehouse, entry, accepted=answer.accepted, answer=answer.text, now=job.facts.now)
    again = "sent again, since an earlier process died before it knew the answer; " if entry.state == "sending" else ""
    return PublishResult(_DIGEST, channel.name, "sent" if answer.accepted else "refused", f"{again}{answer.text}")


def _words(job: _Job, channel: str) -> tuple[digest.Digest, digest.Digest]:
    """The full message, which the ledger knows it by, and the one to show: a single line if nothing moved."""
    language = job.config.reporting.language
    former = ledger.last_before_today(job.warehouse, channel, _DIGEST, job.facts.now)
    changes = read_tier_changes(job.warehouse, since=former.at) if former else job.facts.tier_changes
    full = digest.compose(job.facts, changes, language, job.config.publish.report_url)
    if former and full.says_nothing_after(former.content_hash):
        return full, digest.nothing_new(job.facts, former.at, language)
    return full, full


KINDS: dict[str, Callable[[_Job], list[PublishResult]]] = {"report": _report, _DIGEST: _digests}
"""What can be published, in the order in which it is. One more kind is one line here."""
