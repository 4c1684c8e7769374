"""Whatever is wrong ends in one line that says what, why and what to do, with the right code and nothing half-written."""

from __future__ import annotations

import json
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import CORE, Crms, Project, Result, Zoho, crmsync, finish

CANARY = "canary-7f3a9c51"
SYNC = ("sync",)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong.

    Attributes:
        command: What is run.
        code: The exit code that it must end with.
        names: What the one line has to say: the key or field, the cause, the remedy.
        change: A text of the configuration, and what stands there instead.
        env: Variables of the environment.
    """

    command: tuple[str, ...]
    code: int
    names: tuple[str, ...]
    change: tuple[str, str] | None = None
    env: dict[str, str] | None = None


TIER = "fields: {tier: Customer_Tier, reason: Tier_Reason}"
CASES = {
    "unknown key": Wrong(SYNC, 2, ("reportng", "did you mean reporting"), ("reporting:", "reportng:")),
    "unknown key of a connection": Wrong(
        SYNC, 2, ("connections.zoho", "clent_id", "did you mean client_id"), ("client_id:", "clent_id:")
    ),
    "not YAML": Wrong(SYNC, 2, ("config.yaml", "not YAML"), ("connections:\n", "connections: [\n")),
    "time zone": Wrong(SYNC, 2, ("reporting.timezone", "Asia/Shanghai"), ("Asia/Shanghai", "Asia/Shangai")),
    "unknown connector": Wrong(
        SYNC, 2, ("connections.zoho.connector", "did you mean zoho"), ("connector: zoho", "connector: zohoo")
    ),
    "data centre": Wrong(
        SYNC,
        2,
        ("data_center", "'eu1'", "did you mean eu"),
        ("client_id: sandbox-client", "client_id: x\n    data_center: eu1"),
    ),
    "secret in the file": Wrong(
        SYNC,
        2,
        ("connections.zoho.client_secret", "CRMSYNC_ZOHO_CLIENT_SECRET"),
        ("client_id: sandbox-client", f"client_id: x\n    client_secret: {CANARY}"),
    ),
    "wrong Zoho secret": Wrong(
        ("sync", "--source", "zoho"),
        2,
        ("zoho", "invalid_client_secret", "CRMSYNC_ZOHO_CLIENT_SECRET"),
        env={"CRMSYNC_ZOHO_CLIENT_SECRET": CANARY},
    ),
    "wrong Zoho client": Wrong(
        ("sync", "--source", "zoho"),
        2,
        ("invalid_client", "connections.zoho.client_id"),
        ("client_id: sandbox-client", "client_id: nobody"),
    ),
    "wrong Zoho refresh token": Wrong(
        ("sync", "--source", "zoho"),
        2,
        ("invalid_code", "CRMSYNC_ZOHO_REFRESH_TOKEN"),
        env={"CRMSYNC_ZOHO_REFRESH_TOKEN": CANARY},
    ),
    "wrong Fxiaoke secret": Wrong(
        ("sync", "--source", "fxiaoke"),
        2,
        ("fxiaoke", "10006", "CRMSYNC_FXIAOKE_APP_SECRET"),
        env={"CRMSYNC_FXIAOKE_APP_SECRET": CANARY},
    ),
    "wrong Fxiaoke permanent code": Wrong(
        ("sync", "--source", "fxiaoke"),
        2,
        ("fxiaoke", "20015", "CRMSYNC_FXIAOKE_PERMANENT_CODE"),
        env={"CRMSYNC_FXIAOKE_PERMANENT_CODE": CANARY},
    ),
    "wrong Fxiaoke user": Wrong(
        ("sync", "--source", "fxiaoke"), 2, ("connections.fxiaoke.user_id",), ('user_id: "1000"', 'user_id: "4711"')
    ),
    "push field with a typo": Wrong(
        ("push", "plan", "--source", "zoho"),
        2,
        ("connections.zoho.push.tier.fields.tier", "Custmer_Tier", "did you mean Customer_Tier"),
        (TIER, "fields: {tier: Custmer_Tier, reason: Tier_Reason}"),
    ),
    "push field that is not there": Wrong(
        ("push", "plan", "--source", "fxiaoke"),
        2,
        ("connections.fxiaoke.push.score.fields.rank", "zzz__c", "create it in the CRM"),
        ("rank: rank__c", "rank: zzz__c"),
    ),
    "push field that is read-only": Wrong(
        ("push", "plan", "--source", "zoho"),
        2,
        ("connections.zoho.push.tier.fields.reason", "read-only"),
        ("reason: Tier_Reason", "reason: Modified_By"),
    ),
    "push field of the wrong type": Wrong(
        ("push", "plan", "--source", "zoho"),
        2,
        ("connections.zoho.push.tier.fields.tier", "Industry", "VIP"),
        ("tier: Customer_Tier", "tier: Industry"),
    ),
    "push object of Zoho": Wrong(
        ("push", "plan", "--source", "zoho"),
        2,
        ("connections.zoho.push.tier.object", "Acounts"),
        ("object: Accounts", "object: Acounts"),
    ),
    "push object of Fxiaoke": Wrong(
        ("push", "plan", "--source", "fxiaoke"),
        2,
        ("connections.fxiaoke.push.tier.object", "AcountObj", "did you mean AccountObj"),
        ("object: AccountObj", "object: AcountObj"),
    ),
    "push match field": Wrong(
        ("push", "plan", "--source", "zoho"),
        2,
        ("connections.zoho.push.score.match", "did you mean Salesperson"),
        ("match: Salesperson", "match: Salesprson"),
    ),
    "push result": Wrong(
        ("push", "plan", "--source", "zoho"),
        2,
        ("connections.zoho.push.tire", "did you mean tier"),
        ("      tier:\n        object: Accounts", "      tire:\n        object: Accounts"),
    ),
    "unknown connection": Wrong(("sync", "--source", "zohoo"), 2, ("zohoo", "did you mean zoho")),
    "unknown stream": Wrong(("sync", "--stream", "deal"), 2, ("'deal'", "did you mean deals")),
    "unknown mart": Wrong(("compute", "teir"), 2, ("teir", "did you mean tier")),
    "unknown plan": Wrong(("push", "apply", "4711"), 2, ("push plan 4711", "crmsync push show")),
    "unknown plan to show": Wrong(("push", "show", "4711"), 2, ("push plan 4711",)),
    "unknown publication": Wrong(("publish", "digst"), 2, ("digst",)),
    "database URL": Wrong(SYNC, 2, ("warehouse.url",), ("url: sqlite:///warehouse.db", "url: no-url-at-all")),
    "unknown database": Wrong(SYNC, 2, ("warehouse.url", "mysql"), ("url: sqlite:///warehouse.db", "url: mysql://x/y")),
    "warehouse that is not there": Wrong(SYNC, 2, ("other.db", "crmsync migrate"), ("warehouse.db", "other.db")),
    "webhook of the daily run": Wrong(
        ("run", "daily"),
        2,
        ("CRMSYNC_SLACK_WEBHOOK_URL", "is not an https URL"),
        env={"CRMSYNC_SLACK_WEBHOOK_URL": f"ftp://{CANARY}"},
    ),
    "unreachable PostgreSQL": Wrong(
        SYNC,
        1,
        ("warehouse", "cannot be opened", "check warehouse.url"),
        ("url: sqlite:///warehouse.db", "url: postgresql+psycopg://nobody@127.0.0.1:1/nothing"),
    ),
}


def assert_one_line(result: Result, wrong: Wrong) -> None:
    result.expect(wrong.code)
    # A notice that something is tried again is no fault.
    lines = [line for line in result.err.splitlines() if not re.search(r"; trying again in \d+ s$", line)]
    assert len(lines) == 1, result.err
    for name in wrong.names:
        assert name in lines[0], f"{name!r} is not in {lines[0]!r}"
    assert "Traceback" not in result.words
    assert CANARY not in result.words


def counts(project: Project) -> dict[str, int]:
    with closing(sqlite3.connect(project.database)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - ours
            for table in (*CORE, "ops_push_plan", "ops_push_item")
        }


@pytest.mark.parametrize("case", CASES)
def test_one_line_names_the_fault_and_nothing_is_half_written(case: str, computed: Project, crms: Crms) -> None:
    wrong = CASES[case]
    before = counts(computed)
    if wrong.change:
        computed.change(*wrong.change)

    result = computed.run(*wrong.command, env=wrong.env)

    assert_one_line(result, wrong)
    assert result.out == "" or result.out.startswith("Failed, look at the lines above: run "), result.out
    assert counts(computed) == before
    assert crms.writes() == []
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in computed.folder.glob("warehouse.db*"))


@pytest.mark.parametrize("case", ["unknown key", "wrong Fxiaoke secret", "push field with a typo", "unknown stream"])
def test_in_json_the_fault_is_a_document_on_standard_output(case: str, computed: Project) -> None:
    wrong = CASES[case]
    if wrong.change:
        computed.change(*wrong.change)

    result = computed.run(*wrong.command, "--json", env=wrong.env).expect(wrong.code)

    assert result.document["state"] == "failed"
    [problem] = result.document["problems"]
    assert all(name in problem for name in wrong.names)
    assert CANARY not in result.words


def test_a_wrong_field_of_one_crm_leaves_the_plan_of_the_other_whole(computed: Project, crms: Crms) -> None:
    computed.change(TIER, "fields: {tier: Custmer_Tier, reason: Tier_Reason}")

    result = computed.run("push", "plan").expect(2)

    assert [line for line in result.err.splitlines() if "Custmer_Tier" in line]
    assert [(plan["source"], plan["state"]) for plan in computed.rows("ops_push_plan")] == [("fxiaoke", "open")]
    assert {item["source"] for item in computed.rows("ops_push_item")} == {"fxiaoke"}


def test_a_missing_credential_names_its_variable(computed: Project) -> None:
    secrets = computed.folder / "secrets.env"
    lines = [line for line in secrets.read_text().splitlines() if not line.startswith("CRMSYNC_ZOHO_REFRESH_TOKEN")]
    secrets.write_text("\n".join(lines))

    result = computed.run("sync")

    assert_one_line(result, Wrong(SYNC, 2, ("connections.zoho.refresh_token is missing", "CRMSYNC_ZOHO_REFRESH_TOKEN")))


def test_a_token_that_the_crm_keeps_refusing_is_a_matter_of_the_credentials(computed: Project, crms: Crms) -> None:
    crms.faults(({"system": "zoho", "path": "/crm/v8/org"}, {"error_code": "INVALID_TOKEN", "status": 401}))
    wrong = Wrong(("sync", "--source", "zoho"), 2, ("zoho/clock", "INVALID_TOKEN", "CRMSYNC_ZOHO_REFRESH_TOKEN"))
    assert_one_line(computed.run(*wrong.command), wrong)


@pytest.mark.parametrize("name", ["secrets.env", "config.yaml"])
def test_a_file_that_is_no_text_is_named(computed: Project, name: str) -> None:
    with (computed.folder / name).open("ab") as file:
        file.write(f"# {CANARY} ".encode() + b"\xff\n")
    assert_one_line(computed.run("sync"), Wrong(SYNC, 2, (name, "UTF-8")))


def test_a_secrets_file_that_others_can_read_is_refused(computed: Project) -> None:
    (computed.folder / "secrets.env").chmod(0o644)

    assert_one_line(computed.run("sync"), Wrong(SYNC, 2, ("secrets.env", "chmod 600")))


def test_a_configuration_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    result = crmsync("sync", "--config", str(tmp_path / "nothing.yaml"))

    assert_one_line(result, Wrong(SYNC, 2, ("nothing.yaml", "crmsync init")))


def test_init_overwrites_no_configuration(computed: Project, crms: Crms) -> None:
    before = computed.config.read_bytes()

    result = crmsync("init", "--sandbox", crms.url, "--config", str(computed.config))

    assert_one_line(result, Wrong(SYNC, 2, (str(computed.config), "exists already")))
    assert computed.config.read_bytes() == before


# --- hosts


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine on which nobody listens, and nobody else can."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("source", ["zoho", "fxiaoke"])
def test_a_host_that_cannot_be_reached_fails_with_its_name_and_leaves_the_other_source_alone(
    source: str, fresh: Project, crms: Crms, closed_port: int
) -> None:
    fresh.change(f"{crms.url}/{source}", f"http://127.0.0.1:{closed_port}/{source}")

    result = fresh.run("sync", "--json").expect(1)

    [problem] = [told for told in result.document["problems"] if f"{source}/" in told]
    assert "refuses the connection" in problem
    assert f"connections.{source}.base_url" in problem
    assert "Traceback" not in result.words
    assert {row["source"] for row in fresh.rows("accounts")} == {"zoho", "fxiaoke"} - {source}
    assert fresh.rows("leads", f"source = '{source}'") == []


@pytest.mark.parametrize("source", ["zoho", "fxiaoke"])
def test_a_server_that_answers_500_for_ever_fails_after_the_retries_and_no_row_is_read(
    source: str, fresh: Project, crms: Crms
) -> None:
    crms.faults(({"system": source}, {"status": 500, "body": "<h1>down</h1>", "headers": {"Retry-After": "1"}}))

    result = fresh.run("sync", "--source", source, "--json").expect(1)

    assert result.document["state"] == "failed"
    [problem] = result.document["problems"]
    assert source in problem
    assert "500" in problem
    assert "Traceback" not in result.words
    assert {table: len(fresh.rows(table)) for table in CORE} == dict.fromkeys(CORE, 0)
    assert fresh.rows("ops_checkpoint") == []


# --- the warehouse's file


def test_a_corrupted_warehouse_file_is_named_and_left_as_it_is(computed: Project) -> None:
    computed.database.write_bytes(b"this is no database, whatever its name says" * 100)
    for beside in computed.folder.glob("warehouse.db-*"):
        beside.unlink()
    before = computed.database.read_bytes()

    result = computed.run("sync")

    assert_one_line(result, Wrong(SYNC, 1, ("not a database",)))
    assert "warehouse" in result.err
    assert computed.database.read_bytes() == before


def test_a_read_only_warehouse_file_is_named_and_nothing_is_written(computed: Project) -> None:
    with computed.database.open("r+b") as file:
        file.seek(18)
        file.write(b"\x03")  # a write version that no SQLite knows makes the file read-only, even for root
    before = computed.database.read_bytes()

    result = computed.run("sync")

    assert_one_line(result, Wrong(SYNC, 1, ("warehouse", "readonly")))
    assert computed.database.read_bytes() == before


@pytest.mark.parametrize("folder", ["secrets.env", "/proc", "/proc/deeper"])
def test_a_folder_in_which_no_warehouse_can_be_made_is_named(folder: str, computed: Project) -> None:
    computed.change("sqlite:///warehouse.db", f"sqlite:///{folder}/warehouse.db")

    result = computed.run("migrate")

    assert_one_line(result, Wrong(SYNC, 2, (f"{folder}/warehouse.db", "cannot be written", "warehouse.url")))


# --- records


def test_a_record_that_cannot_be_mapped_is_kept_aside_and_read_again_after_mending(fresh: Project, crms: Crms) -> None:
    deals = _deals(crms)
    victim = deals[0]
    spoiled = [deal | ({"Amount": "twelve"} if deal is victim else {}) for deal in deals]
    body = {"data": spoiled, "info": {"per_page": 200, "count": len(spoiled), "more_records": False}}
    crms.faults(({"system": "zoho", "method": "GET", "path": "/crm/v8/Deals", "nth": 1}, {"body": body}))

    result = fresh.run("sync", "--source", "zoho", "--json").expect(3)

    assert crms.fired() == [1]
    assert result.document["state"] == "partial"
    [problem] = result.document["problems"]
    assert victim["id"] in problem
    assert "Amount" in problem
    assert "twelve" in problem
    [letter] = fresh.rows("ops_dead_letter")
    assert problem.endswith(f"; mend it in the CRM, or see: crmsync dead-letters show {letter['id']}")
    assert (letter["source"], letter["stream"], letter["source_id"], letter["state"]) == (
        "zoho",
        "deals",
        victim["id"],
        "open",
    )
    assert json.loads(letter["raw"])["Amount"] == "twelve"
    assert {row["source_id"] for row in fresh.rows("deals")} == {deal["id"] for deal in deals} - {victim["id"]}
    assert len(fresh.rows("leads")) > 0

    crms.faults()
    crms.edit("zoho", "Deals", "update", victim["id"], {"Amount": 4321.5})
    fresh.run("sync", "--source", "zoho").expect(0)

    [mended] = fresh.rows("deals", f"source_id = '{victim['id']}'")
    assert mended["amount"] == 4321.5
    assert [row["state"] for row in fresh.rows("ops_dead_letter")] == ["resolved"]


def _deals(crms: Crms) -> list[dict[str, Any]]:
    names = "Deal_Name Account_Name Stage Pipeline Amount Closing_Date Owner Created_Time Modified_Time Probability"
    found = Zoho(crms.url).records("Deals", names.split())
    return sorted(found.values(), key=lambda deal: (deal["Modified_Time"], deal["id"]))[:150]


# --- signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_the_sync_with_a_line_that_says_how_to_go_on(
    number: signal.Signals, code: int, fresh: Project, crms: Crms
) -> None:
    crms.faults(({"system": "zoho", "path": "/crm/v8/Leads", "nth": 2}, {"delay_ms": 4000}))
    process = fresh.start("sync")
    until = time.monotonic() + 30
    while crms.fired() == [0]:
        assert time.monotonic() < until
        time.sleep(0.05)

    time.sleep(1.5)  # the page before is mapped and loaded meanwhile
    process.send_signal(number)

    result = finish(process, timeout_s=30).expect(code)
    assert "run the same command to go on" in result.err.splitlines()[-1]
    assert "Traceback" not in result.words
    assert len(fresh.rows("leads")) == 200, "what was committed stays"
    crms.faults()
    fresh.run("sync").expect(0)
    assert len(fresh.rows("leads", "source = 'zoho'")) == crms.control("state")["counts"]["zoho"]["Leads"]
    assert fresh.rows("ops_run", "state = 'running'") == []


# --- secrets


def test_no_secret_is_in_any_output_or_file_but_its_own(planned: Project, crms: Crms) -> None:
    secrets = planned.folder / "secrets.env"
    held = dict(line.split("=", 1) for line in secrets.read_text().splitlines())
    slack = f"{crms.url}/slack/services/T0SANDBOX/B0SANDBOX/{CANARY}"
    teams = f"{crms.url}/teams/workflows/{CANARY}/triggers/manual/paths/invoke?sig={CANARY}"
    held |= {"CRMSYNC_SLACK_WEBHOOK_URL": slack, "CRMSYNC_TEAMS_WEBHOOK_URL": teams}
    secrets.write_text("".join(f"{name}={value}\n" for name, value in held.items()))
    tokens = [json.loads(file.read_text())["value"] for file in planned.folder.glob(".crmsync-token-*.json")]
    assert len(tokens) == 2
    crms.faults(({"system": "zoho", "path": "/crm/v8/Contacts", "nth": 1}, {"status": 500, "body": "down"}))

    said = ""
    for command in (["sync"], ["push", "apply"], ["push", "show"], ["publish"], ["status"], ["run", "daily", "--json"]):
        said += planned.run(*command).words

    hidden = [CANARY, *tokens, "sandbox-refresh", "sandbox-secret", "sandbox-code"]
    assert len(said) > 1000
    assert [secret for secret in hidden if secret in said] == []
    open_to_read = [file for file in planned.folder.rglob("*") if file.is_file() and file != secrets]
    kept = b"".join(file.read_bytes() for file in open_to_read if not file.name.startswith(".crmsync-token"))
    assert [secret for secret in hidden if secret.encode() in kept] == []
    assert len(kept) > 100_000


def test_the_files_that_hold_secrets_are_readable_by_their_owner_only(computed: Project) -> None:
    private = [computed.folder / "secrets.env", *computed.folder.glob(".crmsync-token-*.json")]

    assert len(private) == 3
    assert [oct(file.stat().st_mode & 0o777) for file in private] == ["0o600"] * 3


def test_wrong_usage_is_exit_2_with_no_traceback() -> None:
    for arguments in (["synk"], ["sync", "--fulll"], ["push", "apply", "one"], ["push"]):
        result = crmsync(*arguments)
        assert result.code == 2, (arguments, result.words)
        assert "Traceback" not in result.words
        assert re.search(r"[Uu]sage", result.words)
