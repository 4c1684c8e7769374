"""Traffic edits at its pace while others read, is the same for a seed, and never harms the server."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.fxiaoke.system import FxiaokeSystem
from sandbox.server import Sandbox
from sandbox.site import Options, Site
from sandbox.traffic import Traffic
from tests.sandbox.fxiaoke.conftest import Client
from tests.sandbox.test_server import Command
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FIELDS = "Last_Name,Company,Lead_Status,Modified_Time"
BY_ID = [{"fieldName": "_id", "isAsc": True}]


@pytest.fixture
def running() -> Iterator[Sandbox]:
    with Sandbox(fxiaoke_limit=1_000_000) as sandbox:
        yield sandbox


def order(sandbox: Sandbox, per_second: int, seed: int = 3) -> dict[str, Any]:
    body = {"per_second": per_second, "seed": seed}
    answer = requests.post(f"{sandbox.url}/_sandbox/traffic", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def reported(url: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first report of which something holds."""
    for _ in range(1000):
        report: dict[str, Any] = requests.get(f"{url}/_sandbox/traffic", timeout=10).json()
        if holds(report):
            return report
        time.sleep(0.02)
    raise AssertionError(report)


class ZohoMirror:
    """Leads as a reader has them who asks for what was modified or deleted since he last asked."""

    def __init__(self, zoho: Zoho) -> None:
        self.zoho = zoho
        self.leads: dict[str, Any] = {}
        self.since: dict[str, str] = {}

    def poll(self) -> None:
        deleted = self.zoho.get("/Leads/deleted", headers=self.since, type="all", per_page=200)
        for entry in deleted.json()["data"] if deleted.status_code == 200 else ():
            self.leads.pop(entry["id"], None)
        params: dict[str, Any] = {"fields": FIELDS, "per_page": 200, "converted": "both"}
        while True:
            page = self.zoho.get("/Leads", headers=self.since, **params)
            assert page.status_code in (200, 304), page.text
            if page.status_code == 304:
                break
            self.leads |= {record["id"]: record for record in page.json()["data"]}
            params["page_token"] = page.json()["info"]["next_page_token"]
            if params["page_token"] is None:
                break
        # From before this round on: what changed while it ran is read again.
        start = parsedate_to_datetime(deleted.headers["Date"]) - timedelta(seconds=2)
        self.since = {"If-Modified-Since": start.isoformat()}


class FxiaokeMirror:
    """The same for Fxiaoke, which does not tell what was deleted."""

    def __init__(self, fxiaoke: Client) -> None:
        self.fxiaoke, self.since = fxiaoke, 0
        self.leads: dict[str, Any] = {}

    def poll(self) -> None:
        state = requests.get(f"{self.fxiaoke.base}/_sandbox/state", timeout=10)
        self.leads |= all_leads(self.fxiaoke, self.since)
        self.since = int(parsedate_to_datetime(state.headers["Date"]).timestamp() * 1000) - 2000


def all_leads(fxiaoke: Client, since: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    last = "0"
    while True:
        rows = fxiaoke.rows("LeadsObj", ("last_modified_time", "GTE", [str(since)]), ("_id", "GT", [last]))
        if not rows:
            return found
        found |= {row["_id"]: row for row in rows}
        last = rows[-1]["_id"]


def test_readers_who_poll_by_modified_time_have_everything_when_traffic_ends(running: Sandbox) -> None:
    zoho, fxiaoke = ZohoMirror(Zoho(running)), FxiaokeMirror(Client(running))
    before = running.zoho.counts() | running.fxiaoke.counts()
    order(running, 100)
    done = 0
    while done < 200:
        zoho.poll()
        fxiaoke.poll()
        done = reported(running.url, lambda _: True)["done"]
    report = order(running, 0)
    zoho.poll()
    fxiaoke.poll()

    whole = ZohoMirror(zoho.zoho)
    whole.poll()
    assert zoho.leads == whole.leads
    there = all_leads(fxiaoke.fxiaoke)
    assert {key: fxiaoke.leads[key] for key in there} == there

    # The log is whole, and the records that there are bear it out.
    assert [edit["n"] for edit in report["edits"]] == list(range(1, report["done"] + 1))
    made = [(edit["module"], edit["action"]) for edit in report["edits"]]
    after = running.zoho.counts() | running.fxiaoke.counts()
    for module, back in (("Leads", "restore"), ("LeadsObj", "recover")):
        more = made.count((module, "create")) + made.count((module, back)) - made.count((module, "delete"))
        assert after[module] == before[module] + more
    assert {action for _, action in made} >= {"create", "update", "delete", "restore", "recover"}


def played(seed: int, edits: int, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """What was tried. Whether the CRM refuses one depends on its record, and what can be restored on that."""
    site, tried = Site(Options()), []

    def watched(name: str, edit: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def tell(module: str, action: str, record_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
            if action not in {"restore", "recover"}:
                tried.append((name, module, action))
            return edit(module, action, record_id, values)

        return tell

    for name, system in site.systems.items():
        monkeypatch.setattr(system, "edit", watched(name, system.edit))
    site.traffic.begin(0, seed)
    for _ in range(edits):
        site.traffic.act()
    return tried


def test_the_same_seed_makes_the_same_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    first = played(3, 300, monkeypatch)
    assert len(first) > 280
    assert played(3, 300, monkeypatch) == first
    assert played(4, 300, monkeypatch) != first


def test_what_a_slow_machine_cannot_do_is_skipped_and_calls_are_answered(
    running: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = Traffic.act

    def slow(traffic: Traffic) -> None:
        time.sleep(0.02)
        act(traffic)

    monkeypatch.setattr(Traffic, "act", slow)
    order(running, 1000)
    report = reported(running.url, lambda report: report["skipped"] > 200)
    assert 0 < report["done"] < report["skipped"]


def test_an_edit_that_fails_is_counted_and_the_rest_goes_on(
    running: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(FxiaokeSystem, "edit", crash)
    order(running, 200)
    report = reported(running.url, lambda report: report["done"] > 5 and report["refused"] > 5)
    assert {kind.partition(" ")[0] for kind in report["kinds"]} == {"zoho"}
    assert "traffic: fxiaoke" in caplog.text


def test_a_reset_ends_it(running: Sandbox) -> None:
    order(running, 200)
    reported(running.url, lambda report: report["done"] > 5)
    requests.post(f"{running.url}/_sandbox/reset", timeout=30).raise_for_status()
    report = reported(running.url, lambda _: True)
    assert (report["per_second"], report["done"], report["edits"]) == (0, 0, [])
    assert requests.get(f"{running.url}/_sandbox/state", timeout=10).json()["counts"]["zoho"]["Leads"] == 5000


def test_the_flag_starts_it_and_it_ends_with_the_server() -> None:
    command = Command("--traffic", "50", "--seed", "3")
    report = reported(command.url, lambda report: report["done"] > 5)
    assert (report["per_second"], report["seed"]) == (50, 3)
    assert command.process.stdout is not None
    lines = [command.process.stdout.readline() for _ in range(3)]
    assert lines[-1] == f"Traffic of 50 edits a second: curl {command.url}/_sandbox/traffic\n"
    code, _, err = command.end(signal.SIGTERM)
    assert (code, err) == (0, "")
