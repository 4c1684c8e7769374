"""The control says what happened, refuses nonsense in one line, and resets to the byte."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.fxiaoke.system import FxiaokeSystem
from sandbox.server import Sandbox
from sandbox.world import World
from sandbox.zoho.system import ZohoSystem

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    """A sandbox whose data and clock these tests may change."""
    with Sandbox(seed=11) as running:
        yield running


def get(sandbox: Sandbox, path: str) -> Any:
    answer = requests.get(sandbox.url + path, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(sandbox: Sandbox, name: str, body: Any) -> requests.Response:
    return requests.post(f"{sandbox.url}/_sandbox/{name}", json=body, timeout=30)


def test_state_counts_records_calls_and_credits(own: Sandbox) -> None:
    post(own, "reset", None)
    requests.get(f"{own.url}/zoho/crm/v8/users?type=AllUsers", timeout=10)
    requests.get(f"{own.url}/zoho/crm/v8/users", timeout=10)
    state = get(own, "/_sandbox/state")
    assert state["counts"]["zoho"]["Accounts"] == 2000
    assert state["counts"]["fxiaoke"]["AccountObj"] == 200
    assert state["calls"] == {"zoho": {"GET /crm/v8/users": 2}, "fxiaoke": {}}
    assert state["credits"].keys() == {"zoho", "fxiaoke"}


def test_reset_brings_back_the_same_bytes(own: Sandbox) -> None:
    post(own, "reset", None)
    zoho, fxiaoke = repr(own.zoho.dump()), repr(own.fxiaoke.dump())
    post(own, "clock", {"advance_s": 3600})
    chat = {"system": "chat", "module": "switches", "action": "update", "values": {"teams_refuses_at_once": True}}
    assert post(own, "edit", chat).status_code == 200
    post(own, "faults", [{"do": {"status": 503}}])
    for system, module, values in (("zoho", "Leads", {"Last_Name": "New"}), ("fxiaoke", "LeadsObj", {"name": "New"})):
        edit = {"system": system, "module": module, "action": "create", "values": values}
        assert post(own, "edit", edit).status_code == 200
    assert (repr(own.zoho.dump()), repr(own.fxiaoke.dump())) != (zoho, fxiaoke)
    assert post(own, "reset", None).status_code == 200
    assert (repr(own.zoho.dump()), repr(own.fxiaoke.dump())) == (zoho, fxiaoke)
    state = get(own, "/_sandbox/state")
    assert state["calls"] == {"zoho": {}, "fxiaoke": {}}
    assert get(own, "/_sandbox/faults") == {"faults": []}
    assert get(own, "/_sandbox/writes") == {"writes": []}
    assert get(own, "/_sandbox/messages") == {"messages": []}
    assert abs(own.world.clock_offset) == timedelta(0)
    assert requests.post(f"{own.url}/teams", json={}, timeout=10).status_code == 202


def test_a_reset_brings_back_what_is_made_from_nothing(own: Sandbox) -> None:
    post(own, "reset", None)
    world = World(seed=own.world.seed, started_at=own.world.started_at)
    assert repr(own.zoho.dump()) == repr(ZohoSystem(world).dump())
    assert repr(own.fxiaoke.dump()) == repr(FxiaokeSystem(world).dump())


def test_another_seed_gives_other_data(own: Sandbox, sandbox: Sandbox) -> None:
    assert repr(own.zoho.dump()) != repr(sandbox.zoho.dump())


def test_clock_moves_the_date_header_of_every_answer(own: Sandbox) -> None:
    before = parsedate_to_datetime(requests.get(f"{own.url}/zoho/crm/v8/org", timeout=10).headers["Date"])
    answer = post(own, "clock", {"advance_s": 86400}).json()
    assert answer["offset_s"] == 86400
    for path in ("/zoho/crm/v8/org", "/fxiaoke/cgi/nowhere", "/_sandbox/state", "/nowhere", "/slack"):
        date = parsedate_to_datetime(requests.get(own.url + path, timeout=10).headers["Date"])
        assert timedelta(hours=23) < date - before < timedelta(hours=25)
        assert abs(date - datetime.fromisoformat(answer["now"])) < timedelta(seconds=30)
    post(own, "reset", None)


def test_one_date_header_only(sandbox: Sandbox) -> None:
    answer = requests.get(f"{sandbox.url}/_sandbox/state", timeout=10)
    assert answer.raw.headers.getlist("date") == [answer.headers["Date"]]


def test_edit_acts_and_is_no_write(own: Sandbox) -> None:
    values = {"Account_Name": "Zeta Ltd"}
    order = {"system": "zoho", "module": "Accounts", "action": "create", "values": values}
    record = post(own, "edit", order).json()["record"]
    assert record["Account_Name"] == "Zeta Ltd"
    assert get(own, "/_sandbox/state")["counts"]["zoho"]["Accounts"] == 2001
    assert get(own, "/_sandbox/writes") == {"writes": []}


FAULT = {"match": {"path": "/crm/*"}, "do": {"status": 500}}
WRONG: list[tuple[str, Any, str]] = [
    ("clock", None, "clock: an object with advance_s is expected"),
    ("clock", {"advance": 3}, "clock: an object with advance_s is expected"),
    ("clock", {"advance_s": -1}, "clock: advance_s is expected, a number of seconds from 0 to 1576800000"),
    ("clock", {"advance_s": "1"}, "clock: advance_s is expected, a number of seconds from 0 to 1576800000"),
    ("clock", {"advance_s": True}, "clock: advance_s is expected, a number of seconds from 0 to 1576800000"),
    ("edit", [], "edit: an object with action, id, module, system, values is expected"),
    ("edit", {"system": "sap"}, "edit: system is expected, one of zoho, fxiaoke, chat"),
    ("edit", {"system": ["zoho"]}, "edit: system is expected, one of zoho, fxiaoke, chat"),
    ("edit", {"system": "zoho"}, "edit: module is expected, as text"),
    ("edit", {"system": "zoho", "module": "Leads", "action": 1}, "edit: action is expected, as text"),
    ("faults", {}, 'faults: a list of {"match": …, "do": …} is expected'),
    ("faults", [FAULT, 3], 'faults[1]: an object with "match" and a "do" that does something is expected'),
    ("faults", [{"match": {}}], 'faults[0]: an object with "match" and a "do" that does something is expected'),
    ("faults", [{"match": {"system": "sap"}, "do": {"status": 500}}], "faults[0].match.system: one of zoho, fxiaoke, "),
    ("faults", [{"match": {"host": "x"}, "do": {"status": 500}}], "faults[0].match.host: unknown; known are system, "),
    ("faults", [{"match": {"nth": 0}, "do": {"status": 500}}], "faults[0].match.nth: a whole number from 1 on is "),
    ("faults", [{"match": {"path": "^("}, "do": {"status": 500}}], "faults[0].match.path: missing ), "),
    ("faults", [{"do": {"status": 42}}], "faults[0].do.status: an HTTP status from 200 to 599 is expected"),
    ("faults", [{"do": {"headers": {"X": "a\n"}}}], "faults[0].do.headers: an object of plain texts is expected"),
    ("faults", [{"do": {"disconnect": True}}], 'faults[0].do.disconnect: "before" or "after" is expected'),
    ("traffic", {}, "traffic: per_second is expected, a whole number up to 1000; seed is one, too"),
    ("traffic", {"per_second": 1001}, "traffic: per_second is expected, a whole number up to 1000"),
    ("traffic", {"per_second": 1, "seed": "x"}, "traffic: per_second is expected, a whole number up to 1000"),
    ("faults", [{"match": {"probability": 2}, "do": {"delay_ms": 1}}], "faults[0].match.probability: a number from 0 "),
]


@pytest.mark.parametrize(("name", "body", "error"), WRONG)
def test_wrong_input_is_told_in_one_line(sandbox: Sandbox, name: str, body: Any, error: str) -> None:
    answer = post(sandbox, name, body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error"}
    assert answer.json()["error"].startswith(error)
    assert "\n" not in answer.json()["error"]


def test_an_unknown_module_is_told_in_one_line(sandbox: Sandbox) -> None:
    for system in ("zoho", "fxiaoke"):
        answer = post(sandbox, "edit", {"system": system, "module": "Nothing", "action": "update", "id": "1"})
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_what_is_not_served_is_said(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/clock", data=b"{", timeout=10)
    assert (answer.status_code, answer.json()["error"][:20]) == (400, "the body is not JSON")
    answer = requests.get(f"{sandbox.url}/_sandbox/reset", timeout=10)
    assert (answer.status_code, answer.json()) == (405, {"error": "reset takes POST, not GET"})
    answer = requests.get(f"{sandbox.url}/_sandbox/stat", timeout=10)
    assert (answer.status_code, answer.json()["error"][:16]) == (404, "no control 'stat")
    answer = requests.get(f"{sandbox.url}/salesforce", timeout=10)
    assert (answer.status_code, answer.json()["error"][:30]) == (404, "nothing is served at /salesfor")
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("system", "switch"), [("zoho", "search_credits"), ("zoho", "daily_credits"), ("fxiaoke", "limit")]
)
def test_a_number_that_no_state_can_hold_is_no_setting(own: Sandbox, system: str, switch: str) -> None:
    edit = {"system": system, "module": "switches", "action": "update", "values": {switch: 2**64 - 1}}
    answer = post(own, "edit", edit)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": f"switch {switch} takes a number up to 1,000,000,000"},
    )
