"""Zoho's modules with more than the fifty fields of a call: all of them are read, and no record of two versions is kept."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.e2e.harness import Crms, Project, Result, Row, Zoho, call
from tests.e2e.test_plan import Meter, planned

CASES = ("--source", "zoho", "--stream", "cases")
OWN = [f"Extra_{number}" for number in range(90)]
"""With the 31 fields of a case three groups: the last of these is in the third."""
FIRST, LAST = "Status", OWN[-1]
BY_IDS = {"system": "zoho", "path": "/crm/v8/Cases", "contains": "ids="}


class Admin(Zoho):
    """May make fields."""

    def add(self, module: str, names: list[str]) -> None:
        for start in range(0, len(names), 5):
            wish = [
                {"field_label": name.replace("_", " "), "data_type": "text", "length": 80}
                for name in names[start : start + 5]
            ]
            call(f"{self._url}/crm/v8/settings/fields?module={module}", {"fields": wish}, self._headers)

    def whole(self, module: str) -> dict[str, Row]:
        """Each record with the values of all fields that it has some in."""
        names, found = sorted(self.fields(module)), dict[str, Row]()
        for start in range(0, len(names), 50):
            for key, record in self.records(module, names[start : start + 50]).items():
                found.setdefault(key, {}).update({name: value for name, value in record.items() if value is not None})
        return found


@pytest.fixture
def admin(fresh: Project, crms: Crms) -> Admin:
    """Every tenth case has values in fields of each group."""
    admin = Admin(crms.url)
    admin.add("Cases", OWN)
    for key in sorted(admin.records("Cases", ["Subject"]))[::10]:
        crms.edit("zoho", "Cases", "update", key, {OWN[0]: f"a {key}", OWN[45]: f"b {key}", LAST: f"c {key}"})
    return admin


def cases(project: Project) -> dict[str, Row]:
    return {row["source_id"]: row for row in project.rows("feedback", "source = 'zoho'")}


def custom(row: Row) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(row["custom"] or "{}")
    return held


def told(result: Result) -> str:
    return " ".join(result.out.split())


def assert_mirrors(project: Project, admin: Admin) -> None:
    """Of each case that exists, every value."""
    truth, rows = admin.whole("Cases"), {key: row for key, row in cases(project).items() if not row["deleted_at"]}
    assert rows.keys() == truth.keys()
    mapped = {"Owner", "Created_Time", "Modified_Time", "Modified_By", "Subject", "Description", "Type", FIRST}
    mapped |= {"id", "Account_Name", "Related_To", "Layout", "Record_Status__s"}
    for key, record in truth.items():
        kept = {name: value for name, value in record.items() if name not in mapped and value not in ("", [], {})}
        assert custom(rows[key]) == kept
        assert rows[key]["status"] == record[FIRST]


def test_all_of_121_fields_are_read_for_what_the_plan_says(fresh: Project, admin: Admin, crms: Crms) -> None:
    assert len(admin.fields("Cases")) == 121
    plan = fresh.run("sync", *CASES, "--plan").expect(0)
    assert "one call takes 50 of its 119 fields, so 200 records take 5 calls" in told(plan)
    document = fresh.run("sync", *CASES, "--plan", "--json").expect(0).document
    meter = Meter(crms)

    fresh.run("sync", *CASES).expect(0)

    assert meter.used()["zoho"] == planned(document)["zoho"]
    assert sum(LAST in custom(row) for row in cases(fresh).values()) > 5
    assert_mirrors(fresh, admin)
    # A backfill reads the same rows.
    before = cases(fresh)
    for by in ("created", "modified"):
        days = ("--from", "2026-09-01", "--to", "2026-11-30", "--by", by)
        slices = fresh.run("backfill", *CASES, *days, "--json").expect(0).document["backfill"]
        assert sum(one["unchanged"] for one in slices) == sum(one["rows"] for one in slices) > 5
    assert cases(fresh) == before
    assert fresh.rows("hist_change") == []


@pytest.mark.parametrize("nth", [1, 2])
def test_a_record_that_is_edited_between_two_calls_is_kept_in_one_version(
    fresh: Project, admin: Admin, crms: Crms, nth: int
) -> None:
    """The first call of a page is followed by one for each further group."""
    key = sorted(admin.records("Cases", ["Subject"]))[1]
    edit = {"module": "Cases", "action": "update", "id": key, "values": {FIRST: "Closed", OWN[45]: "new", LAST: "new"}}
    crms.faults(({"system": "zoho", "path": "/crm/v8/Cases", "nth": nth}, {"when": "after", "edit": edit}))

    fresh.run("sync", *CASES).expect(0)

    assert crms.fired() == [1]
    crms.faults()
    assert_mirrors(fresh, admin)
    assert custom(cases(fresh)[key])[LAST] == "new"


def test_a_record_that_is_edited_all_the_time_is_never_kept_in_two_versions(
    fresh: Project, admin: Admin, crms: Crms
) -> None:
    """Each edit sets a field of each group to the same word, in a second of its own."""
    key, number = sorted(admin.records("Cases", ["Subject"]))[1], 0
    for _ in range(3):
        process = fresh.start("sync", *CASES)
        while process.poll() is None:
            number += 1
            crms.control("clock", {"advance_s": 1})
            crms.edit("zoho", "Cases", "update", key, {FIRST: f"{number}", OWN[45]: f"{number}", LAST: f"{number}"})
            time.sleep(0.02)
        process.communicate()
        if row := cases(fresh).get(key):
            number_of = {row["status"] if row["status"].isdigit() else None, *map(custom(row).get, (OWN[45], LAST))}
            assert len(number_of) == 1

    fresh.run("sync", *CASES).expect(0)

    assert_mirrors(fresh, admin)
    assert number > 20


def test_one_record_vanishes_between_two_calls_and_another_one_is_shown_alone_only(
    fresh: Project, admin: Admin, crms: Crms
) -> None:
    gone, hidden, *_ = sorted(admin.records("Cases", ["Subject"]))
    crms.faults(
        (
            {"system": "zoho", "path": "/crm/v8/Cases", "nth": 1},
            {"when": "after", "edit": {"module": "Cases", "action": "delete", "id": gone}},
        ),
        (BY_IDS, {"alter": {"which": {"id": hidden}, "drop": True}}),
    )

    fresh.run("sync", *CASES).expect(0)

    assert crms.fired()[0] == 1
    crms.faults()
    assert gone not in cases(fresh)
    assert_mirrors(fresh, admin)


def test_a_page_of_which_the_crm_shows_nothing_by_id_is_not_taken_for_deletes(
    fresh: Project, admin: Admin, crms: Crms
) -> None:
    nothing = {"status": 204, "body": ""}
    crms.faults((BY_IDS, nothing), ({"system": "zoho", "path": "/crm/v8/Cases/*"}, nothing))

    [problem] = fresh.run("sync", *CASES, "--json").expect(1).document["problems"]

    assert "zoho/cases: of 62 records that were listed Zoho shows none by their ids, 5" in problem
    # Of each further group ten, not all of the 62.
    assert crms.fired() == [2, 20]
    assert cases(fresh) == {}
    # Every record is shown, though by itself alone.
    crms.faults((BY_IDS, nothing))
    fresh.run("sync", *CASES).expect(0)
    crms.faults()
    assert_mirrors(fresh, admin)


def test_fields_that_are_made_between_two_runs_are_read_with_the_next_edit_and_dropped_ones_are_not_asked_for(
    fresh: Project, admin: Admin, crms: Crms
) -> None:
    fresh.run("sync", *CASES).expect(0)
    admin.add("Cases", [f"Later_{number}" for number in range(40)])
    key = min(cases(fresh))
    crms.edit("zoho", "Cases", "update", key, {"Later_39": "here", OWN[1]: "too"})

    fresh.run("sync", *CASES, "--full").expect(0)

    assert custom(cases(fresh)[key]) | {"Later_39": "here", OWN[1]: "too"} == custom(cases(fresh)[key])
    assert_mirrors(fresh, admin)
    # 58 of 159 fields fewer: three groups instead of four.
    names = ", ".join(f"{name}: drop" for name in OWN[:58])
    fresh.change("  zoho:\n", f"  zoho:\n    personal_data: {{cases: {{{names}}}}}\n")
    plan = fresh.run("sync", *CASES, "--plan").expect(0)
    assert "one call takes 50 of its 101 fields, so 200 records take 5 calls" in told(plan)
    fresh.run("sync", *CASES).expect(0)
    assert OWN[1] not in custom(cases(fresh)[key])
    assert "Later_39" in custom(cases(fresh)[key])
