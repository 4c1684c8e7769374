"""`crmsync demo`: the whole job on the sandbox, run twice with edits between, told at the end in one screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from cli.demo_edits import act_as_salespeople
from cli.demo_phrases import PHRASES
from cli.demo_story import Story, document, tell, written_by
from cli.init import init_command
from cli.output import Output
from cli.session import Options, Session, exit_code, opened, running
from flows import steps
from flows.prefect_server import server
from flows.run import Run
from models.config import Language
from models.errors import ConfigError, FatalSyncError, ServiceUnavailableError
from pipeline.publish.queries import read_facts

_MARKER = ".crmsync-demo"


def demo_command(folder: Path, language: str | None, *, json: bool, quiet: bool) -> None:
    started = time.monotonic()
    out = Output(json, quiet)
    spoken = _language(language)
    say = PHRASES[spoken]
    _empty(folder)
    with server(folder) as prefect_ready, _sandbox(folder) as url:
        out.line(say["sandbox"].format(url=url))
        out.line(say["prefect"].format(url=prefect_ready()))
        story = _play(folder, url, spoken, out)
    seconds = time.monotonic() - started
    tell(story, out, seconds)
    out.document(document(story, seconds))
    raise SystemExit(max(exit_code(run) for run in (story.first, story.second, story.again)))


def _play(folder: Path, url: str, language: Language, out: Output) -> Story:
    say = PHRASES[language]
    options = Options(folder / "config.yaml", json=False, quiet=True)
    init_command(options, sandbox=url, warehouse=None, connectors=None, language=language, lean=True)
    with opened(options) as session:
        speaking = Session(options, session.config, session.warehouse, out)
        out.line(say["first"])
        first = _daily(speaking)
        between = first.clock()
        out.line(say["edits"])
        edits = act_as_salespeople(session.warehouse, url)
        out.line(say["second"])
        second = _daily(speaking)
        with running(speaking, "push plan") as again:
            again.do(steps.plan(again))
        facts = read_facts(session.warehouse, session.config, now=again.clock(), changes_since=between)
        written = written_by(session.warehouse, second)
        return Story(folder, url, session.config, first, second, again, edits, facts, written, _writes(url))


def _language(asked: str | None) -> Language:
    """The one asked for, else the terminal's own."""
    if asked not in {None, "en", "zh"}:
        raise ConfigError(f"--language: {asked!r} is neither en nor zh")
    own = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if asked == "zh" or (asked is None and own.startswith("zh")) else "en"


def _daily(session: Session) -> Run:
    from flows.daily import run_here  # noqa: PLC0415 - imports Prefect, which `server` has prepared

    with running(session, "run daily") as run:
        run_here(run)
    if run.failures:
        raise FatalSyncError("; ".join(run.failures))
    return run


def _writes(url: str) -> list[dict[str, Any]]:
    """What the sandbox says was written into the CRMs."""
    found: list[dict[str, Any]] = requests.get(f"{url}/_sandbox/writes", timeout=30).json()["writes"]
    return found


def _empty(folder: Path) -> None:
    """Remove a former demo, and nothing else."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARKER).exists():
        raise ConfigError(f"{folder} holds something that is no demo; choose another place with --folder")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARKER).touch()


@contextmanager
def _sandbox(folder: Path) -> Iterator[str]:
    """A sandbox in a process of its own on a free port; it leaves its state in the folder when it is stopped."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(folder / "sandbox.state")]
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)  # noqa: S603 - our own
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        first_line = process.stdout.readline()
        urls = [word for word in first_line.split() if word.startswith("http://")]
        if not urls:
            raise ServiceUnavailableError(f"the sandbox did not start; its log is {folder / 'sandbox.log'}")
        yield urls[0].rstrip("/")
    finally:
        process.terminate()
        process.wait(timeout=60)
        if process.stdout:
            process.stdout.close()
