"""Each fault of the reference page, ordered as it stands there, does what the page says of it."""

from __future__ import annotations

import json
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.server import Sandbox
from tests.sandbox.fxiaoke.conftest import Client
from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sandbox.md"


def examples() -> dict[str, Any]:
    """What goes wrong → the list of faults, from the page's table."""
    section = PAGE.read_text("utf-8").split("## Faults")[1].split("\n## ")[0]
    rows = [line.split(" | ", 1) for line in section.splitlines() if " | `[{" in line]
    return {title.removeprefix("| "): json.loads(text.rstrip("|").strip().strip("`")) for title, text in rows}


class Caller:
    """Both CRMs, called as their documents say."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.zoho, self.fxiaoke = Zoho(sandbox), Client(sandbox)
        self.control = self.zoho.control

    def leads(self, page: int = 1) -> requests.Response:
        return self.zoho.get("/Leads", fields="Last_Name,Company,Modified_Time", per_page=10, page=page)

    def fields(self) -> dict[str, Any]:
        return {
            field["api_name"]: field for field in self.zoho.get("/settings/fields", module="Leads").json()["fields"]
        }

    def objects(self) -> dict[str, Any]:
        return self.fxiaoke.query("LeadsObj", limit=10, offset=0, filters=[], orders=[])

    def rename(self, record: str) -> int:
        return self.zoho.put("/Leads", {"data": [{"id": record, "Last_Name": "Renamed"}]}).status_code

    def name_of(self, record: str) -> str:
        self.control("faults", [])
        return str(self.zoho.read("Leads", record, "Last_Name")["Last_Name"])


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with Sandbox(fxiaoke_limit=1_000_000) as running:
        yield Caller(running)


def ids(answer: requests.Response) -> list[str]:
    return [record["id"] for record in answer.json()["data"]]


def first_fails(caller: Caller) -> None:
    assert [caller.leads().status_code for _ in range(3)] == [500, 200, 200]


def some_fail(caller: Caller) -> None:
    codes = [caller.objects()["errorCode"] for _ in range(60)]
    assert set(codes) == {0, -2}
    assert 1 <= codes.count(-2) <= 15


def slow(caller: Caller) -> None:
    assert caller.leads().elapsed.total_seconds() >= 0.3


def never_seen(caller: Caller) -> None:
    record = ids(caller.leads())[0]
    with pytest.raises(requests.ConnectionError):
        caller.rename(record)
    assert caller.name_of(record) != "Renamed"


def done_unheard(caller: Caller) -> None:
    record = ids(caller.leads())[1]
    with pytest.raises(requests.ConnectionError):
        caller.rename(record)
    assert caller.name_of(record) == "Renamed"


def half(caller: Caller) -> None:
    assert len(caller.leads().content) == 100


def no_json(caller: Caller) -> None:
    with pytest.raises(requests.JSONDecodeError):
        caller.leads().json()


def expires(caller: Caller) -> None:
    answers = [caller.leads() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 401, 200]
    assert answers[2].json()["code"] == "INVALID_TOKEN"


def burst(caller: Caller) -> None:
    assert [caller.leads().status_code for _ in range(5)] == [200, 429, 429, 429, 200]


def used_up(caller: Caller) -> None:
    assert [caller.objects()["errorCode"] for _ in range(2)] == [30002, 30002]


def twice(caller: Caller) -> None:
    pages = [ids(caller.leads(page)) for page in (1, 2, 3)]
    assert pages[1][0] == pages[0][-1]
    assert [len(page) for page in pages] == [10, 11, 10]


def shorter(caller: Caller) -> None:
    answer = caller.leads().json()
    assert (len(answer["data"]), answer["info"]["count"], answer["info"]["more_records"]) == (9, 9, True)
    assert len(caller.leads(2).json()["data"]) == 10


def exported(caller: Caller) -> list[list[str]]:
    """The file of the products, with its header."""
    return bulk.export(caller.zoho, bulk.query("Products", fields=["Product_Name", "Unit_Price"]))


def column_gone(caller: Caller) -> None:
    header, *rows = exported(caller)
    assert header == ["Id", "Unit_Price"]
    assert len(rows) > 10
    assert {len(row) for row in rows} == {2}


def in_two_files(caller: Caller) -> None:
    first, second = exported(caller), exported(caller)
    assert second == [first[0], first[-1], *first[1:]]


def empty(caller: Caller) -> None:
    answer = caller.leads().json()
    assert (answer["data"], answer["info"]["count"], answer["info"]["more_records"]) == ([], 0, True)
    assert len(caller.leads(2).json()["data"]) == 10


def shrinks(caller: Caller) -> None:
    caller.control("faults", [])
    before = [ids(caller.leads(page)) for page in (1, 2, 3)]
    order(caller, shrinks)
    after = [ids(caller.leads(page)) for page in (1, 2)]
    # The first of the second page is on the first by now, which has been read.
    assert after == [before[0], [*before[1][1:], before[2][0]]]
    assert caller.zoho.get(f"/Leads/{before[0][0]}", fields="id").status_code == 204


def grows(caller: Caller) -> None:
    pages = []
    for offset in (0, 10):
        answer = caller.fxiaoke.query("LeadsObj", limit=10, offset=offset, filters=[], orders=[])
        pages.append([record["_id"] for record in answer["data"]["dataList"]])
    assert pages[1][0] == pages[0][-1]
    assert len({*pages[0], *pages[1]}) == 19


def bad_record(caller: Caller) -> None:
    names = [record["Last_Name"] for record in caller.leads().json()["data"]]
    assert [place for place, name in enumerate(names) if name == 12] == [3]


def no_id(caller: Caller) -> None:
    records = caller.objects()["data"]["dataList"]
    assert ["_id" in record for record in records] == [False] + [True] * 9


def vanishes(caller: Caller) -> None:
    assert all(record.keys() == {"id", "Last_Name", "Modified_Time"} for record in caller.leads().json()["data"])
    assert "Company" not in caller.fields()
    assert "Last_Name" in caller.fields()


def retyped(caller: Caller) -> None:
    fields = caller.fields()
    assert (fields["Company"]["data_type"], fields["Last_Name"]["data_type"]) == ("integer", "text")


def late(caller: Caller) -> None:
    record = ids(caller.leads())[4]
    assert caller.rename(record) == 200
    assert record not in ids(caller.leads())
    caller.control("clock", {"advance_s": 61})
    assert record in ids(caller.leads())


def ahead(caller: Caller) -> None:
    answer = caller.leads()
    state = requests.get(f"{caller.zoho.sandbox.url}/_sandbox/state", timeout=10).json()
    ahead_s = (parsedate_to_datetime(answer.headers["Date"]) - datetime.fromisoformat(state["now"])).total_seconds()
    assert ahead_s == pytest.approx(3600, abs=5)


EFFECTS: dict[str, Callable[[Caller], None]] = {
    "the first call fails, the next works": first_fails,
    "one call in ten fails, the same ones for a seed": some_fail,
    "a slow answer": slow,
    "the line breaks before the CRM has seen the call": never_seen,
    "the line breaks when the work is done": done_unheard,
    "half a body": half,
    "a body that is no JSON": no_json,
    "a token that expires in mid-run": expires,
    "a burst of 429": burst,
    "the daily quota is used up": used_up,
    "the same record on two pages": twice,
    "a page that is shorter than asked, and more follow": shorter,
    "a column is gone from the file of bulk read": column_gone,
    "a record stands in two files of bulk read": in_two_files,
    "an empty page, and more follow": empty,
    "a page that shrinks while it is read: one of its records goes, the next page moves up, and a record is on none": shrinks,
    "a page that grows while it is read: a new record comes first, and the last of the page is on the next one, too": grows,
    "one bad record in a page": bad_record,
    "a record without its id": no_id,
    "a field vanishes, from records and metadata": vanishes,
    "a field changes its type": retyped,
    "a late index: what changed within the last minute is not found yet": late,
    "a clock that is an hour ahead of the data": ahead,
}


def order(caller: Caller, effect: Callable[[Caller], None]) -> None:
    """Order the example of an effect, at the beginning again."""
    [title] = [title for title, known in EFFECTS.items() if known is effect]
    caller.control("faults", examples()[title])


def test_every_example_of_the_page_is_tried_here() -> None:
    assert set(examples()) == set(EFFECTS)


@pytest.mark.parametrize("title", EFFECTS)
def test_an_example_does_what_the_page_says(title: str, caller: Caller) -> None:
    answer = caller.control("faults", examples()[title])
    assert answer.status_code == 200, answer.text
    EFFECTS[title](caller)


def test_a_field_of_a_describe_may_lose_its_own_name(caller: Caller) -> None:
    caller.control("faults", [{"match": {"path": "*describe"}, "do": {"alter": {"unset": ["api_name"]}}}])
    fields = caller.fxiaoke.new("/cgi/crm/v2/object/describe", {"apiName": "LeadsObj"})["data"]["describe"]["fields"]
    assert "company" in fields
    assert all("api_name" not in field for field in fields.values())


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, "one of set, unset, drop, repeat is expected"),
        ({"drop": True, "repeat": True}, "one of set, unset, drop, repeat is expected"),
        ({"drop": 1}, "drop: true is expected"),
        ({"set": {}}, "set: an object of values is expected"),
        ({"unset": [1]}, "unset: a list of keys is expected"),
        ({"which": "all", "drop": True}, 'which: a place, an object of values or {"younger_s": N} is expected'),
        ({"which": {"younger_s": "1"}, "drop": True}, "which.younger_s: a whole number of seconds, alone, is expected"),
        ({"where": 1, "drop": True}, "an object with which and one of set, unset, drop, repeat is expected"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: dict[str, Any], words: str, caller: Caller) -> None:
    answer = caller.control("faults", [{"do": {"alter": rule}}])
    assert (answer.status_code, answer.json()["error"]) == (400, f"faults[0].do.alter: {words}")


def test_an_emptied_last_page_of_zoho_is_answered_as_an_empty_one(caller: Caller) -> None:
    caller.control("faults", [{"match": {"system": "zoho"}, "do": {"alter": {"drop": True}}}])
    answer = caller.zoho.get("/Accounts/search", criteria="(Account_Name:equals:-)", per_page=1)
    assert (answer.status_code, answer.content) == (204, b"")
    page = {"fields": "id", "per_page": "200", "page": "10"}
    answer = caller.zoho.get("/Accounts", **page)
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (204, b"", None)
    answer = caller.zoho.get("/Accounts", headers={"If-Modified-Since": "2000-01-01T00:00:00Z"}, **page)
    assert (answer.status_code, answer.content) == (304, b"")


def test_an_edit_may_come_before_the_call(caller: Caller) -> None:
    caller.control("faults", [])
    record = ids(caller.leads())[3]
    edit = {"module": "Leads", "action": "update", "id": record, "values": {"Last_Name": "Meanwhile"}}
    caller.control("faults", [{"match": {"system": "zoho", "method": "GET"}, "do": {"edit": edit}}])
    assert [one["Last_Name"] for one in caller.leads().json()["data"]][3] == "Meanwhile"


def test_an_edit_that_is_refused_leaves_the_call_alone_and_is_told(caller: Caller) -> None:
    for edit, when, reason in (
        ({"module": "Leads", "action": "delete", "id": "1"}, "before", "Leads has no record '1'"),
        ({"module": "Leads", "action": "delete", "which": 10}, "after", "the answer has no record at place 10"),
    ):
        caller.control("faults", [{"match": {"system": "zoho"}, "do": {"edit": edit, "when": when}}])
        assert len(ids(caller.leads())) == 10
        [fault] = requests.get(f"{caller.zoho.sandbox.url}/_sandbox/faults", timeout=10).json()["faults"]
        assert (fault["fired"], fault["edit_refused"]) == (1, reason)


@pytest.mark.parametrize(
    ("match", "do", "words"),
    [
        ({}, {"edit": {"module": "Leads", "action": "delete"}}, "match.system is expected, one of zoho, fxiaoke"),
        (
            {"system": "slack"},
            {"edit": {"module": "Leads", "action": "delete"}},
            "match.system is expected, one of zoho, fxiaoke",
        ),
        (
            {"system": "zoho"},
            {"edit": {"module": "Leads"}},
            "an object with module and action, and id or which, and values is expected",
        ),
        ({"system": "zoho"}, {"edit": {"module": "Leads", "action": "delete", "id": 1}}, "id: text is expected"),
        (
            {"system": "zoho"},
            {"edit": {"module": "Leads", "action": "delete", "which": 0}},
            'which: without id, and with when "after"',
        ),
    ],
)
def test_an_edit_that_cannot_be_is_refused(match: Any, do: Any, words: str, caller: Caller) -> None:
    answer = caller.control("faults", [{"match": match, "do": do}])
    assert (answer.status_code, answer.json()["error"]) == (400, f"faults[0].do.edit: {words}")


def test_rows_of_a_file_change_and_the_others_stay_as_they_were(caller: Caller) -> None:
    caller.control("faults", [])
    whole = exported(caller)
    change = {"which": 1, "set": {"Unit_Price": "a lot", "Colour": 'red, "dark"'}}
    caller.control("faults", [{"match": {"path": "*/result"}, "do": {"alter": change}}])
    altered = exported(caller)
    assert altered[0] == ["Id", "Product_Name", "Unit_Price", "Colour"]
    assert altered[2] == [*whole[2][:2], "a lot", 'red, "dark"']
    assert [row[:3] for place, row in enumerate(altered) if place != 2] == whole[:2] + whole[3:]
    caller.control("faults", [{"match": {"path": "*/result"}, "do": {"alter": {"drop": True}}}])
    assert exported(caller) == [whole[0]]
