"""The command starts, says where, keeps its state, and says in one line why it cannot."""

from __future__ import annotations

import gc
import gzip
import signal
import socket
import subprocess
import sys
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from sandbox.__main__ import main
from sandbox.server import Sandbox
from sandbox.site import Options, Site

ROOT = Path(__file__).parents[2]


WITHOUT_RECORDS = (
    b'{"format":"crmsync-sandbox/2","seed":7,"scale":"demo","started_at":"2026-11-24T02:00:00+00:00",'
    b'"world":{"clock_offset_s":0,"writes":[],"messages":[],"calls":{},"credits":{}},'
    b'"chat":{"switches":{},"memory":{}},"faults":[],"systems":{"zoho":{},"fxiaoke":{}}}'
)


class Command:
    """`python -m sandbox` with its first line read."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        self.url = next((word for word in self.first_line.split() if word.startswith("http")), "")

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


def state_of(url: str) -> Any:
    state = requests.get(f"{url}/_sandbox/state", timeout=10).json()
    del state["now"]
    return state


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_line_names_the_urls_and_a_signal_ends_it(number: signal.Signals) -> None:
    command = Command()
    assert f"{command.url}/zoho" in command.first_line
    assert f"{command.url}/fxiaoke" in command.first_line
    assert requests.get(f"{command.url}/_sandbox/state", timeout=10).status_code == 200
    code, _, err = command.end(number)
    assert (code, err) == (0, "")


def test_state_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "state.gz"
    command = Command("--state", str(file), "--seed", "3")
    requests.post(f"{command.url}/slack", json={"text": "kept"}, timeout=10)
    requests.post(f"{command.url}/_sandbox/clock", json={"advance_s": 5000}, timeout=10)
    chat = {"system": "chat", "module": "switches", "action": "update", "values": {"teams_refuses_at_once": True}}
    requests.post(f"{command.url}/_sandbox/edit", json=chat, timeout=10).raise_for_status()
    edit = {"system": "zoho", "module": "Accounts", "action": "create", "values": {"Account_Name": "Zeta Ltd"}}
    record = requests.post(f"{command.url}/_sandbox/edit", json=edit, timeout=10).json()["record"]
    before = state_of(command.url)
    messages = requests.get(f"{command.url}/_sandbox/messages", timeout=10).json()
    assert command.end(signal.SIGTERM)[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == ["state.gz"]

    # The file's seed holds, whatever is asked for.
    with Sandbox(seed=99, state=file) as again:
        assert state_of(again.url) == before
        assert requests.get(f"{again.url}/_sandbox/messages", timeout=10).json() == messages
        assert again.world.clock_offset.total_seconds() == 5000
        assert again.world.seed == 3
        assert requests.post(f"{again.url}/teams", json={}, timeout=10).status_code == 400
        assert before["counts"]["zoho"]["Accounts"] == 2001
        assert record["id"]


def test_a_state_file_that_another_process_wrote_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "state.gz"
    older = Command("--state", str(file))
    with Sandbox(seed=5, state=file):
        pass
    written = file.read_bytes()
    code, _, err = older.end(signal.SIGTERM)
    message = f"sandbox: another process has written {file} meanwhile; this state is not kept\n"
    assert (code, err) == (1, message)
    assert file.read_bytes() == written


def test_a_state_read_back_is_the_state_written(tmp_path: Path) -> None:
    file = tmp_path / "state.gz"
    with Sandbox(state=file) as first:
        written = [orjson.dumps(system.dump()) for system in first.site.systems.values()]
        counts = state_of(first.url)["counts"]
    with Sandbox(state=file) as second:
        assert [orjson.dumps(system.dump()) for system in second.site.systems.values()] == written
        assert state_of(second.url)["counts"] == counts


def test_a_taken_port_is_one_line_and_exit_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"sandbox: port {port} on 127.0.0.1 cannot be had: Address already in use\n")


def test_a_state_that_cannot_be_written_is_one_line_and_exit_1(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    command = Command("--state", str(folder / "state.gz"))
    folder.rmdir()
    code, _, err = command.end(signal.SIGTERM)
    assert (code, err) == (
        1,
        f"sandbox: the state cannot be written to {folder / 'state.gz'}: No such file or directory\n",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"rubbish",
        gzip.compress(b"{"),
        gzip.compress(b"{}"),
        gzip.compress(b"[]"),
        gzip.compress(b'{"format":"crmsync-sandbox/1"}'),
        gzip.compress(b'{"format":"crmsync-sandbox/2","seed":7,"scale":"demo","started_at":"then"}'),
        gzip.compress(b'{"format":"crmsync-sandbox/2"}' * 99)[:-9],
        gzip.compress(WITHOUT_RECORDS),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_a_damaged_state_file_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "state.gz"
    file.write_bytes(content)
    assert main(["--port", "0", "--state", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"sandbox: the state file {file} cannot be read: ")
    assert err.count("\n") == 1
    assert file.read_bytes() == content


def answers_at(host: str, url: str) -> bool:
    port = int(url.rpartition(":")[2])
    try:
        return requests.get(f"http://{host}:{port}/_sandbox/state", timeout=10).status_code == 200
    except requests.ConnectionError:
        return False


def test_it_listens_at_one_address_of_loopback_unless_told_otherwise() -> None:
    command = Command()
    assert (answers_at("127.0.0.1", command.url), answers_at("127.0.0.2", command.url)) == (True, False)
    assert command.end(signal.SIGTERM)[2] == ""


def test_another_host_is_had_by_a_flag_and_warned_of() -> None:
    command = Command("--host", "0.0.0.0")  # noqa: S104 - what is tried
    assert command.url.startswith("http://127.0.0.1:")
    assert answers_at("127.0.0.2", command.url)
    port = command.url.rpartition(":")[2]
    warning = (
        f"sandbox: warning: whoever reaches any address of this machine at port {port} can read and change everything "
        "here: the credentials are public, and the control below /_sandbox asks for no password\n"
    )
    code, _, err = command.end(signal.SIGTERM)
    assert (code, err) == (0, warning)


def test_loopback_of_either_kind_needs_no_warning() -> None:
    command = Command("--host", "::1")
    assert command.url.startswith("http://[::1]:")
    assert answers_at("[::1]", command.url)
    assert command.end(signal.SIGTERM)[2] == ""


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("localhost", "'localhost' is no IP address"),
        ("127.1", "'127.1' is no IP address"),
        ("", "'' is no IP address"),
        # Of the networks that are kept for examples (RFC 5737, RFC 3849).
        ("203.0.113.9", "203.0.113.9 is no address of this machine"),
        ("2001:db8::9", "2001:db8::9 is no address of this machine"),
    ],
)
def test_a_host_that_is_not_this_machines_is_one_line_and_exit_2(
    host: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", "0", "--host", host]) == 2
    assert capsys.readouterr() == ("", f"sandbox: --host: {reason}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scale", "10k"],
        ["--port", "70000"],
        ["--latency-ms", "-1"],
        ["--traffic", "1001"],
        ["--nothing"],
        ["--seed", str(2**63)],
        ["--fxiaoke-limit", str(10**9 + 1)],
    ],
)
def test_wrong_usage_is_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert "usage: " in err
    assert len(err) < 1000


def test_latency_is_added_to_the_fakes_only() -> None:
    with Sandbox(latency_ms=200) as slow:
        start = time.monotonic()
        requests.get(f"{slow.url}/zoho/crm/v8/users", timeout=10)
        assert time.monotonic() - start >= 0.2
    with Sandbox(latency_ms=10**9) as never:
        assert requests.get(f"{never.url}/_sandbox/writes", timeout=10).status_code == 200


def test_a_crash_in_a_fake_is_the_vendors_own_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    gates = sandbox.site.gates
    for name in ("zoho", "fxiaoke"):
        monkeypatch.setitem(gates, name, replace(gates[name], app=crash))
    answer = requests.get(f"{sandbox.url}/zoho/crm/v8/users", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    answer = requests.post(f"{sandbox.url}/fxiaoke/cgi/user/list", json={}, timeout=10)
    assert (answer.status_code, answer.json()["errorCode"]) == (200, -2)
    assert "zoho: GET /zoho/crm/v8/users failed" in caplog.text


def test_two_sandboxes_live_beside_each_other(sandbox: Sandbox) -> None:
    with Sandbox(seed=8) as other:
        assert other.url != sandbox.url
        assert state_of(other.url)["seed"] == 8
    other.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{other.url}/_sandbox/state", timeout=2)


def test_a_sandbox_of_one_crm_serves_that_one_only() -> None:
    with Sandbox(only="zoho") as one:
        assert list(state_of(one.url)["counts"]) == ["zoho"]
        nowhere = requests.post(f"{one.url}/fxiaoke/cgi/user/list", json={}, timeout=10)
        assert nowhere.status_code == 404
        order = {"system": "fxiaoke", "module": "AccountObj", "action": "update", "id": "x", "values": {}}
        refused = requests.post(f"{one.url}/_sandbox/edit", json=order, timeout=10)
        assert refused.json() == {"error": "edit: system is expected, one of zoho, chat"}


def test_each_sandbox_of_a_process_has_its_own_limit() -> None:
    limits = []
    for limit in (7, 9):
        with Sandbox(only="fxiaoke", fxiaoke_limit=limit) as running:
            limits.append(running.site.fxiaoke.state.switches.limit)
    assert limits == [7, 9]


def test_what_a_reset_replaces_is_given_back_even_if_it_was_frozen() -> None:
    site = Site(Options(only="zoho"))
    gc.freeze()  # as the command does, for speed
    try:
        former = weakref.ref(site.zoho.state)
        site.reset()
        assert former() is None
    finally:
        gc.unfreeze()


def test_a_second_signal_does_not_keep_the_state_from_being_written(tmp_path: Path) -> None:
    state = tmp_path / "state.gz"
    command = Command("--state", str(state))
    command.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 20
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.005)
    code, _, err = command.end(signal.SIGTERM)
    assert (code, err, [file.name for file in tmp_path.iterdir()]) == (0, "", ["state.gz"])


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("GET http://any.example/zoho/crm/v8/users", "HTTP/1.1 401 Unauthorized"),
        ("GET http://any.example/_sandbox/state", "HTTP/1.1 200 OK"),
        ("GET http://any.example", "HTTP/1.1 404 Not Found"),
        ("CONNECT /fxiaoke/cgi/user/list", "HTTP/1.1 404 Not Found"),
        ("CONNECT /wecom/x", "HTTP/1.1 404 Not Found"),
    ],
)
def test_a_whole_url_is_taken_for_its_path_and_nobody_opens_a_tunnel(sandbox: Sandbox, target: str, line: str) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as client:
        client.sendall(f"{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert client.makefile("r", encoding="utf-8").read().partition("\n")[0] == line
