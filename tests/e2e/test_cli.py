"""What every command promises: an example in its help, one JSON document, silence when asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.e2e.harness import CRMSYNC, Crms, Project, crmsync, installed

COMMANDS = (
    ["init"],
    ["migrate"],
    ["sync"],
    ["backfill"],
    ["replay"],
    ["compute"],
    ["push", "plan"],
    ["push", "show"],
    ["push", "apply"],
    ["publish"],
    ["run", "daily"],
    ["serve"],
    ["status"],
    ["runs"],
    ["usage"],
    ["verify"],
    ["dead-letters", "list"],
    ["dead-letters", "show"],
    ["dead-letters", "replay"],
    ["dead-letters", "give-up"],
    ["schema-changes"],
    ["schema-changes", "acknowledge"],
    ["sandbox"],
    ["demo"],
)
ON_A_PROJECT = (
    ["migrate"],
    ["sync"],
    ["sync", "--full", "--source", "fxiaoke", "--stream", "teams"],
    ["compute"],
    ["compute", "tier", "score"],
    ["push", "plan"],
    ["push", "show"],
    ["push", "apply"],
    ["publish"],
    ["publish", "--dry-run"],
    ["run", "daily"],
    ["status"],
    ["runs"],
    ["usage"],
    ["verify", "--stream", "teams"],
    ["dead-letters", "list"],
    ["dead-letters", "replay", "--all"],
)
ids = " ".join


@pytest.mark.parametrize("command", COMMANDS, ids=ids)
def test_help_shows_an_example_of_the_command(command: list[str]) -> None:
    result = crmsync(*command, "--help").expect(0)

    assert f"Example: crmsync {' '.join(command)}" in result.out
    assert result.err == ""


def test_every_command_of_the_top_help_is_in_this_file() -> None:
    names = {command[0] for command in COMMANDS}
    listed = installed("--help").expect(0).out

    shown = {line.split()[1] for line in listed.splitlines() if line.startswith("│ ") and line[2] not in " -"}
    assert shown == names


def test_help_loads_none_of_the_slow_parts() -> None:
    """`python -m bench` prints the seconds."""
    program = "import sys; from cli.main import app; app(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "typer" in loaded
    assert not loaded & {"sqlalchemy", "pydantic", "requests", "yaml", "altair", "prefect", "orjson", "sandbox"}


@pytest.mark.parametrize("command", ON_A_PROJECT, ids=ids)
def test_json_is_exactly_one_document_on_standard_output(command: list[str], planned: Project) -> None:
    result = planned.run(*command, "--json").expect(0)

    document = json.loads(result.out)  # refuses a second document and any word around the first
    assert isinstance(document, dict | list)
    assert document
    assert "Traceback" not in result.err


def test_init_in_json_is_one_document(crms: Crms, tmp_path: Path) -> None:
    result = crmsync("init", "--sandbox", crms.url, "--json", "--config", str(tmp_path / "new" / "config.yaml")).expect(
        0
    )

    assert json.loads(result.out)
    assert (tmp_path / "new" / "warehouse.db").exists()


@pytest.mark.parametrize("command", ON_A_PROJECT, ids=ids)
def test_quiet_prints_nothing_on_success(command: list[str], planned: Project) -> None:
    result = planned.run(*command, "--quiet").expect(0)

    assert (result.out, result.err) == ("", "")


def test_quiet_json_still_prints_the_document_and_only_that(planned: Project) -> None:
    result = planned.run("sync", "--quiet", "--json").expect(0)

    assert result.document["state"] == "done"
    assert result.err == ""


_BOTH = ("users", "teams", "accounts", "contacts", "leads", "deals", "tasks", "meetings", "orders", "cases", "payments")
STREAMS = {(source, name) for source in ("zoho", "fxiaoke") for name in (*_BOTH, "payment_plans", "surveys")}
STREAMS |= {("zoho", name) for name in ("deal_stages", "calls", "notes")}
STREAMS |= {("fxiaoke", name) for name in ("activities", "telesales", "visits")}


def test_the_configuration_is_found_through_its_variable(computed: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert crmsync("status", cwd=elsewhere).code == 2

    found = crmsync("status", "--json", cwd=elsewhere, env={"CRMSYNC_CONFIG": str(computed.config)}).expect(0)

    assert len(found.document["streams"]) == 32
    assert list(elsewhere.iterdir()) == []


def test_the_configuration_beside_us_is_the_default_and_an_option_wins_over_the_variable(
    computed: Project, tmp_path: Path
) -> None:
    crmsync("status", cwd=computed.folder).expect(0)

    crmsync("status", "--config", str(computed.config), env={"CRMSYNC_CONFIG": str(tmp_path / "no.yaml")}).expect(0)


def test_status_of_an_empty_warehouse_says_what_to_do_first(fresh: Project) -> None:
    assert "crmsync run daily --config" in fresh.run("status").expect(0).out

    document = fresh.run("status", "--json").expect(0).document
    assert {(one["state"], one["read_up_to"]) for one in document["streams"]} == {("not read", None)}
    assert {(one["source"], one["stream"]) for one in document["streams"]} == STREAMS
    assert {name: document[name] for name in ("runs", "open_plans", "dead_letters")} == {
        "runs": [],
        "open_plans": [],
        "dead_letters": [],
    }


def test_what_to_type_next_names_the_configuration_unless_it_is_found_anyway(fresh: Project, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    shutil.copytree(fresh.folder, folder)
    config = folder / "config.yaml"
    on_path = {"PATH": f"{Path(CRMSYNC).parent}:{os.environ['PATH']}"}
    named = crmsync("status", "--config", str(config), env=on_path).expect(0)
    assert named.out.endswith(f"Next: crmsync run daily --config '{config}'\n")
    by_variable = crmsync("status", env={"CRMSYNC_CONFIG": str(config), **on_path}).expect(0)
    assert by_variable.out.endswith("Next: crmsync run daily\n")
    assert crmsync("status", cwd=folder, env=on_path).expect(0).out.endswith("Next: crmsync run daily\n")
    elsewhere = crmsync("status", cwd=folder, env={"PATH": ""}).expect(0).out
    assert elsewhere.endswith(f"Next: {os.path.relpath(CRMSYNC, folder)} run daily\n")


def test_status_shows_streams_runs_and_open_plans(planned: Project) -> None:
    document = planned.run("status", "--json").expect(0).document

    assert {(one["source"], one["stream"], one["state"]) for one in document["streams"]} == {
        (source, stream, "missing" if (source, stream) == ("fxiaoke", "tasks") else "done")
        for source, stream in STREAMS
    }
    assert [run["command"] for run in document["runs"]] == ["push plan", "compute", "sync"]
    assert {plan["source"] for plan in document["open_plans"]} == {"zoho", "fxiaoke"}
    words = planned.run("status").expect(0).out
    assert all(f"Plan {plan['plan_id']} of {plan['source']} is open" in words for plan in document["open_plans"])


def test_commands_on_an_empty_warehouse_do_no_harm_and_write_nothing_into_the_crms(fresh: Project, crms: Crms) -> None:
    for command in (["compute"], ["push", "apply"], ["push", "show"], ["publish", "--dry-run"]):
        fresh.run(*command).expect(0)
    fresh.run("push", "plan").expect(3)  # it says that nothing was read yet

    assert crms.writes() == []
    assert crms.control("messages")["messages"] == []


def test_the_daily_run_walks_all_four_verbs(computed: Project, crms: Crms) -> None:
    document = computed.run("run", "daily", "--json").expect(0).document

    assert [verb for verb in document if isinstance(document[verb], list) and verb != "problems"] == [
        "sync",
        "compute",
        "plan",
        "apply",
        "publish",
    ]
    assert document["state"] == "done"
    assert crms.writes()
    assert len(crms.control("messages")["messages"]) == 2


def test_the_version_is_that_of_the_package() -> None:
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    assert crmsync("--version").expect(0).out == f"crmsync {declared}\n"
