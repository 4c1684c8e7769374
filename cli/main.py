"""The `crmsync` command. Each command imports what it needs when it runs, so that --help answers at once."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from cli import operations
from cli.options import ConfigPath, Json, Plan, Quiet, Sources, Streams
from cli.session import DEFAULT_CONFIG, Options, guarded

app = typer.Typer(
    name="crmsync",
    help="Sync Zoho CRM and 纷享销客 with a SQL warehouse, both ways: sync, compute, push, publish.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
push_app = typer.Typer(help="Write results into the CRMs: plan, show, apply.", no_args_is_help=True)
run_app = typer.Typer(help="Run several verbs in their order.", no_args_is_help=True)
app.add_typer(push_app, name="push")
app.add_typer(run_app, name="run")
app.add_typer(operations.app)

_DAY = "%Y-%m-%d"
_MOST_READERS = 10
"""Zoho answers no more such calls at the same time (docs/vendor/zoho.md §8.1)."""


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - as the option calls it
    if wanted:
        from importlib.metadata import version

        typer.echo(f"crmsync {version('crmsync')}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """The command itself, without a verb."""


@app.command(epilog="Example: crmsync init --sandbox http://127.0.0.1:8900")
@guarded
def init(
    config: ConfigPath = DEFAULT_CONFIG,
    sandbox: Annotated[str | None, typer.Option(help="Connect to a running sandbox at this URL; asks nothing.")] = None,
    warehouse: Annotated[
        str | None, typer.Option(help="Database URL; default a SQLite file beside the config.")
    ] = None,
    connector: Annotated[list[str] | None, typer.Option(help="Kind of CRM to connect. May be repeated.")] = None,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a configuration and create the warehouse."""
    from cli.init import init_command

    init_command(Options(config, json, quiet), sandbox=sandbox, warehouse=warehouse, connectors=connector)


@app.command(epilog="Example: crmsync migrate")
@guarded
def migrate(config: ConfigPath = DEFAULT_CONFIG, *, json: Json = False, quiet: Quiet = False) -> None:
    """Create or update the warehouse's tables."""
    from cli.init import migrate_command

    migrate_command(Options(config, json, quiet))


@app.command(epilog="Example: crmsync sync --source zoho --stream deals")
@guarded
def sync(
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    stream: Streams = None,
    *,
    full: Annotated[
        bool, typer.Option("--full", metavar="", help="Read all records again, not only the changed ones.")
    ] = False,
    plan: Plan = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Pull what changed in the CRMs into the warehouse."""
    from cli.verbs import sync_command

    sync_command(Options(config, json, quiet), source or [], stream or [], full=full, plan=plan)


@app.command(epilog="Example: crmsync replay --plan")
@guarded
def replay(
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    stream: Streams = None,
    *,
    plan: Annotated[
        bool, typer.Option("--plan", metavar="", help="Name the columns that would be altered, and stop there.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make the rows again from the records as they were fetched, without a call to the CRMs."""
    from cli.verbs import replay_command

    replay_command(Options(config, json, quiet), source or [], stream or [], plan=plan)


@app.command(epilog="Example: crmsync backfill --stream leads --from 2026-01-01 --to 2026-03-31 --by created")
@guarded
def backfill(
    stream: Annotated[list[str], typer.Option("--stream", metavar="NAME", help="This stream. May be repeated.")],
    first: Annotated[
        datetime, typer.Option("--from", metavar="DAY", formats=[_DAY], help="First day, such as 2026-01-31.")
    ],
    last: Annotated[datetime, typer.Option("--to", metavar="DAY", formats=[_DAY], help="Last day; it is read, too.")],
    *,
    by: Annotated[Literal["modified", "created"], typer.Option(help="Which of a record's times decides.")] = "modified",
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Fill only this custom field into the rows that are here.")
    ] = None,
    newest_first: Annotated[
        bool,
        typer.Option("--newest-first", metavar="", help="The last month first, so that reports work before the end."),
    ] = False,
    parallel: Annotated[
        int, typer.Option(metavar="N", min=1, max=_MOST_READERS, help="Months that are read at the same time.")
    ] = 1,
    plan: Plan = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read a range of days again, month by month; the cursor of later syncs stays where it is."""
    from cli.backfill import backfill_command

    backfill_command(
        Options(config, json, quiet),
        (first.date(), last.date()),
        by,
        stream,
        source or [],
        field=field,
        newest_first=newest_first,
        parallel=parallel,
        plan=plan,
    )


@app.command(epilog="Example: crmsync compute")
@guarded
def compute(
    names: Annotated[
        list[str] | None, typer.Argument(help="Marts: fx, dates, metrics, tier, score. All if none.")
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compute KPIs, customer tiers and performance scores."""
    from cli.verbs import compute_command

    compute_command(Options(config, json, quiet), names or [])


@push_app.command("plan", epilog="Example: crmsync push plan --source zoho")
@guarded
def push_plan(
    config: ConfigPath = DEFAULT_CONFIG, source: Sources = None, *, json: Json = False, quiet: Quiet = False
) -> None:
    """Compare the results with the CRMs and store what differs as a plan. Writes nothing into a CRM."""
    from cli.verbs import plan_command

    plan_command(Options(config, json, quiet), source or [])


@push_app.command("show", epilog="Example: crmsync push show 3")
@guarded
def push_show(
    plan: Annotated[int | None, typer.Argument(help="Plan number. The newest of each source if none.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    limit: Annotated[int | None, typer.Option(min=1, help="Records of each plan; 20, with --json all.")] = None,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show a plan record by record: old → new, the reason, what became of it."""
    from cli.verbs import show_command

    show_command(Options(config, json, quiet), plan, limit)


@push_app.command("apply", epilog="Example: crmsync push apply 3")
@guarded
def push_apply(
    plan: Annotated[int | None, typer.Argument(help="Plan number. The newest open one of each source if none.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a plan into its CRM, where the CRM still holds what the plan was made on."""
    from cli.verbs import apply_command

    apply_command(Options(config, json, quiet), plan)


@app.command(epilog="Example: crmsync publish digest --dry-run")
@guarded
def publish(
    kinds: Annotated[list[str] | None, typer.Argument(help="digest, report. Both if none.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Show what would be told; write and send nothing.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the HTML page and send the digest to the chat channels."""
    from cli.verbs import publish_command

    publish_command(Options(config, json, quiet), kinds or [], dry_run=dry_run)


@run_app.command("daily", epilog="Example: crmsync run daily --prefect")
@guarded
def run_daily(
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    prefect: Annotated[
        bool, typer.Option("--prefect", metavar="", help="Through Prefect, which keeps a record of each step.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Do what the schedule does: sync, compute, push where auto_apply allows it, publish."""
    from cli.verbs import daily_command

    daily_command(Options(config, json, quiet), prefect=prefect)


@app.command(epilog="Example: crmsync serve")
@guarded
def serve(config: ConfigPath = DEFAULT_CONFIG, *, json: Json = False, quiet: Quiet = False) -> None:
    """Run the daily flow on its schedule, by Prefect, until stopped."""
    from cli.verbs import serve_command

    serve_command(Options(config, json, quiet))


@app.command(epilog="Example: crmsync status --json")
@guarded
def status(config: ConfigPath = DEFAULT_CONFIG, *, json: Json = False, quiet: Quiet = False) -> None:
    """Show how fresh each stream is, the last runs, open plans and dead letters."""
    from cli.status import status_command

    status_command(Options(config, json, quiet))


@app.command(epilog="Example: crmsync sandbox --port 8900")
@guarded
def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8900,
    host: Annotated[str, typer.Option(help="Address to listen on; any but loopback lets others in.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="Same seed and same day: same data.")] = 7,
    scale: Annotated[str, typer.Option(help="demo, awkward, 100k or 1m.")] = "demo",
    latency_ms: Annotated[int, typer.Option(help="Delay of every answer.")] = 0,
    fxiaoke_limit: Annotated[int, typer.Option(help="Fxiaoke calls in 20 s and path.")] = 100,
    traffic: Annotated[int, typer.Option(help="Edits a second, as people in both CRMs make them.")] = 0,
    state: Annotated[Path | None, typer.Option(help="Load the state from this file, and leave it there.")] = None,
) -> None:
    """Serve both fake CRMs on this machine, for trying and testing without credentials."""
    from sandbox.__main__ import main as serve_sandbox

    arguments = ["--port", str(port), "--host", host, "--seed", str(seed), "--scale", scale]
    arguments += ["--latency-ms", str(latency_ms), "--fxiaoke-limit", str(fxiaoke_limit)]
    arguments += ["--traffic", str(traffic)]
    arguments += ["--state", str(state)] if state else []
    raise SystemExit(serve_sandbox(arguments))


@app.command(epilog="Example: crmsync demo --folder demo")
@guarded
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo lives; it is emptied first.")] = Path("demo"),
    language: Annotated[str | None, typer.Option(help="en or zh; the terminal's own if left out.")] = None,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """See the whole job on the sandbox: pull, compute, write back, edit, pull again."""
    from cli.demo import demo_command

    demo_command(folder, language, json=json, quiet=quiet)


def run() -> None:
    """Entry point of the console script. What it makes is for its user only: it holds personal data."""
    os.umask(0o077)
    for name in ("NO_PROXY", "no_proxy"):  # a proxy cannot reach this machine; Prefect and the sandbox are on it
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1", "localhost")))
    for stream in filter(None, (sys.stdout, sys.stderr)):  # one that the caller closed is None
        stream.reconfigure(errors="replace")  # a terminal that knows no ¥ shows a ?
    app()
