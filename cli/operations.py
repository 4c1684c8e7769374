"""The commands that say what happened and put it right: runs, usage, verify, dead-letters, schema-changes."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import ConfigPath, Json, Quiet, Sources, Streams
from cli.session import DEFAULT_CONFIG, Options, guarded

app = typer.Typer()
letters_app = typer.Typer(help="Records that could not be read: list, show, replay, give up.", no_args_is_help=True)
app.add_typer(letters_app, name="dead-letters")
schema_app = typer.Typer(help="What changed in the fields of the CRMs.", invoke_without_command=True)
app.add_typer(schema_app, name="schema-changes")

Number = Annotated[int, typer.Argument(metavar="ID", help="Number of the dead letter.")]


@app.command(epilog="Example: crmsync runs --limit 5")
@guarded
def runs(
    run: Annotated[str | None, typer.Argument(help="Id of one run, to see what it did.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the last runs, or what one of them did."""
    from cli.looking import runs_command

    runs_command(Options(config, json, quiet), run, limit)


@app.command(epilog="Example: crmsync usage --days 30")
@guarded
def usage(
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    days: Annotated[int, typer.Option(min=1, help="How many days back, today included.")] = 7,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what the API calls cost: calls and credits by day, source and stream, and the quota that is left."""
    from cli.looking import usage_command

    usage_command(Options(config, json, quiet), source or [], days)


@app.command(epilog="Example: crmsync verify --source zoho --stream deals")
@guarded
def verify(
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    stream: Streams = None,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", metavar="", help="Fetch the records that differ, and look again.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", metavar="", help="Only tell what it would cost.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Prove that the warehouse holds what the CRMs hold: counts, sums of amounts and every id; what differs, and why."""
    from cli.verify import verify_command

    verify_command(Options(config, json, quiet), source or [], stream or [], repair=repair, plan=plan)


@letters_app.command("list", epilog="Example: crmsync dead-letters list --source zoho")
@guarded
def letters_list(
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    stream: Streams = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many; 20, with --json all.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", metavar="", help="Resolved and given up ones, too.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the records that could not be read, and why."""
    from cli.letters import list_command

    list_command(Options(config, json, quiet), source or [], stream or [], limit, every=every)


@letters_app.command("show", epilog="Example: crmsync dead-letters show 17")
@guarded
def letters_show(
    number: Number, config: ConfigPath = DEFAULT_CONFIG, *, json: Json = False, quiet: Quiet = False
) -> None:
    """Show one of them with the record as the CRM sent it."""
    from cli.letters import show_command

    show_command(Options(config, json, quiet), number)


@letters_app.command("replay", epilog="Example: crmsync dead-letters replay 17")
@guarded
def letters_replay(
    number: Annotated[int | None, typer.Argument(metavar="ID", help="Number of the dead letter.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    every: Annotated[bool, typer.Option("--all", metavar="", help="All that are open.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Map a kept record again, as today's version of crmsync does; a newer version of it is never overwritten."""
    from cli.letters import replay_command

    replay_command(Options(config, json, quiet), number, every=every)


@letters_app.command("give-up", epilog='Example: crmsync dead-letters give-up 17 --reason "test data"')
@guarded
def letters_give_up(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why it need not be read.")],
    config: ConfigPath = DEFAULT_CONFIG,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Count a record no more, until it changes in the CRM; it stays in the list."""
    from cli.letters import give_up_command

    give_up_command(Options(config, json, quiet), number, reason)


@schema_app.callback(epilog="Example: crmsync schema-changes --all")
@guarded
def schema_changes(
    context: typer.Context,
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many; 20, with --json all.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", metavar="", help="Acknowledged ones, too.")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what changed in the fields of the CRMs and waits to be acknowledged."""
    if context.invoked_subcommand is None:
        from cli.schema import list_command

        list_command(Options(config, json, quiet), source or [], limit, every=every)


@schema_app.command("acknowledge", epilog="Example: crmsync schema-changes acknowledge --source zoho")
@guarded
def schema_acknowledge(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="ID", help="Numbers; all if none.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    source: Sources = None,
    *,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say that changes are known, so that streams which wait for it are read again."""
    from cli.schema import acknowledge_command

    acknowledge_command(Options(config, json, quiet), numbers or [], source or [])
