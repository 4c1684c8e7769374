"""A push that is killed at any instant and applied again: the CRMs are as if nothing had happened."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.e2e.harness import (
    Crms,
    Fxiaoke,
    Project,
    Row,
    Zoho,
    kill_after,
    make_project,
    moments,
    thin_out,
)
from tests.e2e.starter import Started

PUSH_KILLS = 4
DAILY_KILLS = 20


@pytest.fixture(scope="module")
def slow_crms() -> Iterator[Crms]:
    """A sixth of the demo's data, each answer a little late, so that there is something to interrupt."""
    with Sandbox(seed=7, fxiaoke_limit=1_000_000, latency_ms=30) as running:
        thin_out(running, 6)
        yield Crms(running)


@pytest.fixture(scope="module")
def project(slow_crms: Crms, tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = make_project(tmp_path_factory.mktemp("kill") / "project", slow_crms.url)
    made.change("calls_per_20_s: 100 ", "calls_per_20_s: 1000000 ")
    return made


@pytest.fixture(scope="module")
def planned(slow_crms: Crms, project: Project) -> Project:
    """Read, computed and planned; the CRMs hold nothing of it yet."""
    for command in (["sync"], ["compute"], ["push", "plan"]):
        project.run(*command).expect(0)
    slow_crms.keep()
    return project


def written_values(crms: Crms, items: Sequence[Row]) -> dict[tuple[str, str, str], str | None]:
    """What both CRMs hold in the fields of the items, as text."""
    zoho, fxiaoke = Zoho(crms.url), Fxiaoke(crms.url)
    names = {row["object"]: {item["field"] for item in items if item["object"] == row["object"]} for row in items}
    live = {
        name: fxiaoke.records(name) if name.endswith(("Obj", "__c")) else zoho.records(name, fields)
        for name, fields in names.items()
    }
    return {
        (item["object"], item["source_id"], item["field"]): live[item["object"]][item["source_id"]].get(item["field"])
        for item in items
    }


def same_value(live: Any, planned_text: Any) -> bool:
    """Numbers by their value, whatever their form; text as it is."""
    text = json.loads(planned_text)
    if live == text:
        return True
    try:
        return Decimal(str(live)) == Decimal(text)
    except InvalidOperation:
        return False


def assert_all_written(crms: Crms, project: Project) -> None:
    items = project.rows("ops_push_item")
    assert len(items) > 300
    assert Counter(item["outcome"] for item in items) == {"applied": len(items)}
    assert {plan["state"] for plan in project.rows("ops_push_plan")} == {"settled"}
    live = written_values(crms, items)
    wrong = [
        (item["object"], item["source_id"], item["field"], item["new_value"])
        for item in items
        if not same_value(live[item["object"], item["source_id"], item["field"]], item["new_value"])
    ]
    assert wrong == []


def repeated_calls(crms: Crms) -> int:
    """Write calls that hold a record which an earlier call had written."""
    seen: set[tuple[str, str]] = set()
    repeated = 0
    for one in crms.writes():
        records = {(one["path"].split("/")[3], record["id"]) for record in one["records"]}
        if one["system"] == "fxiaoke":
            records = {(one["path"], record["id"]) for record in one["records"]}
        repeated += bool(records & seen)
        seen |= records
    return repeated


def assert_nothing_left_to_plan(project: Project) -> None:
    found = project.run("push", "plan", "--json").expect(0).document
    assert [plan["planned"] for plan in found["plan"]] == [0, 0]


def wait_for(condition: Callable[[], bool], process: Started, within_s: float = 60) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_a_push_killed_at_any_moment_and_applied_again_writes_everything_once(
    planned: Project, slow_crms: Crms, tmp_path: Path
) -> None:
    slow_crms.restore()
    undisturbed = planned.copy_to(tmp_path / "undisturbed")
    undisturbed.run("push", "apply").expect(0)
    assert_all_written(slow_crms, undisturbed)
    needed = len(slow_crms.writes())

    amid = 0
    for number, reached in enumerate(moments(PUSH_KILLS, 0, needed, seed=5)):
        slow_crms.restore()
        trial = planned.copy_to(tmp_path / f"trial_{number}")
        process = trial.start("push", "apply")
        wait_for(lambda reached=reached: len(slow_crms.writes()) >= int(reached), process)  # type: ignore[misc]
        kill_after(process, (reached % 1) / 10)  # the next write may be on its way, or done, or not begun
        amid += 0 < len(slow_crms.writes()) < needed
        trial.run("push", "apply").expect(0)

        assert_all_written(slow_crms, trial)
        assert repeated_calls(slow_crms) <= 1, f"killed after {reached:.2f} writes"
    assert amid > PUSH_KILLS / 2
    assert_nothing_left_to_plan(trial)


@pytest.mark.parametrize(
    "call",
    [("zoho", "PUT", "/crm/v8/Accounts", 2), ("fxiaoke", "POST", "/cgi/crm/v2/data/update", 5)],
    ids=["zoho", "fxiaoke"],
)
def test_a_push_killed_between_the_effect_and_its_answer_reads_back_instead_of_writing_again(
    call: tuple[str, str, str, int], planned: Project, slow_crms: Crms, tmp_path: Path
) -> None:
    slow_crms.restore()
    system, method, path, nth = call
    match = {"system": system, "method": method, "path": path, "nth": nth}
    slow_crms.faults((match, {"delay_ms": 5_000, "when": "after"}))
    trial = planned.copy_to(tmp_path / "trial")
    process = trial.start("push", "apply")
    wait_for(lambda: len([one for one in slow_crms.writes(system) if one["path"] == path]) == nth, process)
    process.kill()
    process.communicate()
    in_flight = trial.rows("ops_push_item", "outcome = 'sent'")
    slow_crms.faults()
    trial.run("push", "apply").expect(0)

    assert in_flight
    assert_all_written(slow_crms, trial)
    assert repeated_calls(slow_crms) == 0


@pytest.mark.nightly
def test_a_daily_run_killed_while_it_pushes_is_made_good_by_the_next_one(
    planned: Project, slow_crms: Crms, tmp_path: Path
) -> None:
    slow_crms.restore()
    planned.copy_to(tmp_path / "undisturbed").run("run", "daily").expect(0)
    needed = len(slow_crms.writes())

    for number, reached in enumerate(moments(DAILY_KILLS, 1, needed, seed=9)):
        slow_crms.restore()
        trial = planned.copy_to(tmp_path / f"daily_{number}")
        process = trial.start("run", "daily")
        wait_for(lambda reached=reached: len(slow_crms.writes()) >= int(reached), process)  # type: ignore[misc]
        assert kill_after(process, (reached % 1) / 20)
        trial.run("run", "daily").expect(0)

        assert repeated_calls(slow_crms) <= 1
        assert trial.rows("ops_push_item", "outcome IN ('sent', 'conflict', 'rejected')") == []
        assert_nothing_left_to_plan(trial)
