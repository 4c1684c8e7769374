"""A bulk read job runs, is polled, downloaded, continued and told of, as Zoho does it."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox.server import Sandbox
from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from pathlib import Path

NAMES = bulk.query("Contacts", fields=["Last_Name"])
SWITCHES = {
    "bulk_rows": 200_000,
    "bulk_last_page": 1,
    "bulk_job_fails": False,
    "bulk_converted_leads": True,
    "bulk_id_header": "Id",
    "bulk_booleans": "true/false",
    "bulk_poll_credits": 1,
    "bulk_quote_all": False,
    "bulk_separator": ";",
    "bulk_result_days": 1,
}


@pytest.fixture(autouse=True)
def _fresh(zoho: Zoho) -> Iterator[None]:
    """No job is under way, no download counts any more, and the token is a new one."""
    bulk.advance(zoho, 601)
    zoho.refresh()
    yield
    zoho.edit("switches", "update", **SWITCHES)


def test_a_new_job_is_added_and_costs_50_credits(zoho: Zoho) -> None:
    before = zoho.sandbox.world.credits["zoho"]
    answer = bulk.create(zoho, bulk.query("Leads"))
    assert zoho.sandbox.world.credits["zoho"] - before == 50
    body = answer.json()
    details = body["data"][0]["details"]
    job, created = details.pop("id"), details.pop("created_time")
    assert job.isdigit()
    assert created[-6:] == "+08:00"
    assert (answer.status_code, body) == (
        201,
        {
            "data": [
                {
                    "status": "success",
                    "code": "ADDED_SUCCESSFULLY",
                    "message": "Added successfully.",
                    "details": {
                        "operation": "read",
                        "state": "ADDED",
                        "created_by": {"id": "5000000000000201", "name": "CRM Admin"},
                    },
                }
            ],
            "info": {},
        },
    )
    before = zoho.sandbox.world.credits["zoho"]
    bulk.poll(zoho, job)
    bulk.advance(zoho, 4)
    bulk.download(zoho, job)
    assert zoho.sandbox.world.credits["zoho"] - before == 2


def test_a_job_passes_through_its_states_in_order(zoho: Zoho) -> None:
    job = bulk.created(zoho, NAMES)
    polls = [bulk.poll(zoho, job)]
    while polls[-1]["state"] != "COMPLETED":
        bulk.advance(zoho, 0.1)
        polls.append(bulk.poll(zoho, job))
    states = [poll["state"] for poll in polls]
    assert ["result" in poll for poll in polls] == [state == "COMPLETED" for state in states]
    # Time goes on between the polls of a slow machine, so that the two short states may be missed.
    order = ["ADDED", "QUEUED", "IN PROGRESS", "COMPLETED"]
    assert states == sorted(states, key=order.index)
    assert "IN PROGRESS" in states


def test_jobs_of_an_org_run_one_after_the_other(zoho: Zoho) -> None:
    jobs = [bulk.created(zoho, NAMES) for _ in range(4)]
    done = [0]
    while done[-1] < 4:
        bulk.advance(zoho, 1)
        done.append([bulk.poll(zoho, job)["state"] for job in jobs].count("COMPLETED"))
    assert all(after - before <= 1 for before, after in pairwise(done))


def test_a_completed_job_tells_its_query_and_its_result(zoho: Zoho) -> None:
    criteria = {
        "group_operator": "and",
        "group": [
            {"field": {"api_name": "Owner.last_name"}, "comparator": "equal", "value": "nobody"},
            {"field": {"api_name": "$converted"}, "comparator": "equal", "value": False},
        ],
    }
    fields = ["Last_Name", "Owner.last_name", "$converted"]
    job = bulk.created(zoho, bulk.query("Leads", fields=fields, criteria=criteria))
    bulk.advance(zoho, bulk.DONE_S)
    shown = bulk.poll(zoho, job)
    created = shown.pop("created_time")
    owner_id = shown["query"]["criteria"]["group"][0]["field"].pop("id")
    assert (owner_id.isdigit(), created[-6:]) == (True, "+08:00")
    assert shown == {
        "id": job,
        "operation": "read",
        "state": "COMPLETED",
        "query": {
            "module": {"id": "5000000000101025", "api_name": "Leads"},
            "page": 1,
            "fields": fields,
            "criteria": {
                "group_operator": "and",
                "group": [
                    {"field": {"api_name": "Owner.last_name"}, "comparator": "equal", "value": "nobody"},
                    {"field": {"api_name": "$converted", "id": None}, "comparator": "equal", "value": False},
                ],
            },
        },
        "created_by": {"id": "5000000000000201", "name": "CRM Admin"},
        "file_type": "csv",
        "result": {
            "page": 1,
            "per_page": 200_000,
            "count": 0,
            "download_url": f"/crm/bulk/v8/read/{job}/result",
            "more_records": False,
        },
    }
    assert bulk.text_of(bulk.download(zoho, job), job) == "Id,Last_Name,Owner.last_name,$converted\r\n"


def test_the_result_has_the_headers_that_clients_look_for(zoho: Zoho) -> None:
    job = bulk.created(zoho, NAMES)
    bulk.advance(zoho, bulk.DONE_S)
    answer = bulk.download(zoho, job)
    assert answer.headers["Content-Type"] == "application/x-download"
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{job}.zip"


def test_a_csv_file_holds_every_kind_of_value(zoho: Zoho) -> None:
    account = zoho.edit("Accounts", "create", Account_Name="Müller, 李", Phone="+86 1")
    owner = "5000000000000211"
    deal = zoho.edit(
        "Deals",
        "create",
        Deal_Name='Say "hi", 李\nline',
        Stage="Qualification",
        Amount=1200,
        Probability=10,
        Account_Name=account["id"],
        Closing_Date="2026-03-29",
        Owner=owner,
    )
    fields = ["Deal_Name", "Account_Name", "Account_Name.Phone", "Owner", "Owner.email", "Amount", "Type", "Locked__s"]
    body = bulk.query(
        "Deals",
        fields=[*fields, "Created_Time", "Closing_Date"],
        criteria={"field": {"api_name": "id"}, "comparator": "equal", "value": deal["id"]},
    )
    job = bulk.created(zoho, body)
    bulk.advance(zoho, bulk.DONE_S)
    created = zoho.read("Deals", deal["id"], "Created_Time")["Created_Time"]
    email = zoho.read("Deals", deal["id"], "Owner")["Owner"]["email"]
    assert bulk.text_of(bulk.download(zoho, job), job) == (
        "Id,Deal_Name,Account_Name,Account_Name.Phone,Owner,Owner.email,Amount,Type,Locked__s,Created_Time,Closing_Date\r\n"
        f'{deal["id"]},"Say ""hi"", 李\nline",{account["id"]},+86 1,{owner},{email},1200,,false,{created},2026-03-29\r\n'
    )


def test_without_fields_the_file_has_all_of_them_and_each_record_of_the_module(zoho: Zoho) -> None:
    rows = bulk.export(zoho, bulk.query("Accounts"))
    fields = zoho.get("/settings/fields", module="Accounts").json()["fields"]
    assert rows[0] == ["Id", *(field["api_name"] for field in fields if field["api_name"] != "id")]
    assert len(rows) - 1 == zoho.get("/Accounts/actions/count").json()["count"]
    assert len({row[0] for row in rows}) == len(rows)
    assert rows == bulk.export(zoho, bulk.query("Accounts", fields=[]))


def test_switches_change_the_csv_file(zoho: Zoho) -> None:
    lead = zoho.edit("Leads", "create", Last_Name="Rao", Company="Zeta", Email_Opt_Out=True)
    only = {"field": {"api_name": "id"}, "comparator": "equal", "value": lead["id"]}
    body = bulk.query("Leads", fields=["Last_Name", "Email_Opt_Out"], criteria=only)
    texts = []
    for changed in (
        {},
        {"bulk_id_header": "id", "bulk_booleans": "TRUE/FALSE"},
        {"bulk_booleans": "1/0", "bulk_quote_all": True},
    ):
        zoho.edit("switches", "update", **changed)
        job = bulk.created(zoho, body)
        bulk.advance(zoho, bulk.DONE_S)
        texts.append(bulk.text_of(bulk.download(zoho, job), job).replace(lead["id"], "1"))
    assert texts == [
        "Id,Last_Name,Email_Opt_Out\r\n1,Rao,true\r\n",
        "id,Last_Name,Email_Opt_Out\r\n1,Rao,TRUE\r\n",
        '"id","Last_Name","Email_Opt_Out"\r\n"1","Rao","1"\r\n',
    ]


def test_polls_and_downloads_cost_a_credit_or_nothing(zoho: Zoho) -> None:
    job = bulk.created(zoho, NAMES)
    bulk.advance(zoho, bulk.DONE_S)
    costs = []
    for price in (1, 0):
        zoho.edit("switches", "update", bulk_poll_credits=price)
        for call in (bulk.poll, bulk.download):
            before = zoho.sandbox.world.credits["zoho"]
            call(zoho, job)
            costs.append(zoho.sandbox.world.credits["zoho"] - before)
    assert costs == [1, 1, 0, 0]


def test_chosen_values_are_joined_by_a_separator_that_can_be_switched(zoho: Zoho) -> None:
    product = zoho.edit("Products", "create", Product_Name="Taxed", Tax=["VAT", "City Tax"])
    only = {"field": {"api_name": "id"}, "comparator": "equal", "value": product["id"]}
    body = bulk.query("Products", fields=["Tax"], criteria=only)
    cells = []
    for separator in (";", ","):
        zoho.edit("switches", "update", bulk_separator=separator)
        job = bulk.created(zoho, body)
        bulk.advance(zoho, bulk.DONE_S)
        cells.append(bulk.text_of(bulk.download(zoho, job), job).splitlines()[1].partition(",")[2])
    assert cells == ["VAT;City Tax", '"VAT,City Tax"']


def test_converted_leads_are_taken_unless_left_out(zoho: Zoho) -> None:
    everyone = bulk.export(zoho, bulk.query("Leads", fields=["$converted"]))
    converted = [row for row in everyone[1:] if row[1] == "true"]
    assert converted
    kept = {"field": {"api_name": "$converted"}, "comparator": "equal", "value": "false"}
    rest = bulk.export(zoho, bulk.query("Leads", fields=["$converted"], criteria=kept))
    assert len(rest) == len(everyone) - len(converted)
    zoho.edit("switches", "update", bulk_converted_leads=False)
    assert bulk.export(zoho, bulk.query("Leads", fields=["$converted"])) == rest


def test_deleted_records_are_left_out(zoho: Zoho) -> None:
    gone = zoho.edit("Contacts", "create", Last_Name="Gone")["id"]
    zoho.edit("Contacts", "delete", gone)
    assert gone not in {row[0] for row in bulk.export(zoho, NAMES)}


def test_a_job_exports_what_was_there_when_it_was_accepted(zoho: Zoho) -> None:
    contact = zoho.edit("Contacts", "create", Last_Name="Before")["id"]
    job = bulk.created(zoho, NAMES)
    zoho.edit("Contacts", "update", contact, Last_Name="After")
    bulk.advance(zoho, bulk.DONE_S)
    assert [contact, "Before"] in bulk.rows_of(bulk.download(zoho, job), job)


def test_a_job_that_is_full_goes_on_by_its_token(zoho: Zoho) -> None:
    whole = bulk.export(zoho, NAMES)
    zoho.edit("switches", "update", bulk_rows=400)
    rows, pages, body = [], [], NAMES
    while True:
        job = bulk.created(zoho, body)
        bulk.advance(zoho, 7)
        result = bulk.poll(zoho, job)["result"]
        pages.append((result["page"], result["per_page"], result["count"], result["more_records"]))
        rows += bulk.rows_of(bulk.download(zoho, job), job)[1:]
        if not result["more_records"]:
            break
        assert bulk.poll(zoho, job)["query"]["fields"] == ["Last_Name"]
        body = {"query": {"page_token": result["next_page_token"]}}
    assert "next_page_token" not in result
    assert rows == whole[1:]
    assert [page[0] for page in pages] == list(range(1, len(pages) + 1))
    assert [page[1:] for page in pages[:-1]] == [(400, 400, True)] * (len(pages) - 1)


def test_a_switch_lets_pages_reach_further(zoho: Zoho) -> None:
    whole = bulk.export(zoho, NAMES)
    zoho.edit("switches", "update", bulk_rows=400, bulk_last_page=3)
    assert bulk.export(zoho, bulk.query("Contacts", fields=["Last_Name"], page=2))[1:] == whole[401:801]


@pytest.mark.parametrize("switches", [{"bulk_job_fails": True}])
def test_a_job_can_fail(zoho: Zoho, switches: dict[str, Any]) -> None:
    zoho.edit("switches", "update", **switches)
    job = bulk.created(zoho, NAMES)
    zoho.edit("switches", "update", bulk_job_fails=False)
    bulk.advance(zoho, bulk.DONE_S)
    shown = bulk.poll(zoho, job)
    message = "Internal server error occurred."
    error = {"status": "error", "code": "INTERNAL_SERVER_ERROR", "message": message, "details": {}}
    assert (shown["state"], shown["result"]) == ("FAILURE", {"error_message": error})
    assert bulk.download(zoho, job).json()["code"] == "RESOURCE_NOT_FOUND"


def test_the_eleventh_download_of_a_minute_is_refused(zoho: Zoho) -> None:
    job = bulk.created(zoho, NAMES)
    bulk.advance(zoho, bulk.DONE_S)
    assert [bulk.download(zoho, job).status_code for _ in range(10)] == [200] * 10
    answer = bulk.download(zoho, job)
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    bulk.advance(zoho, 61)
    assert bulk.download(zoho, job).status_code == 200


@pytest.mark.parametrize("days", [1, 2])
def test_a_result_is_kept_for_some_days(zoho: Zoho, days: int) -> None:
    zoho.edit("switches", "update", bulk_result_days=days)
    job = bulk.created(zoho, NAMES)
    bulk.advance(zoho, days * 86_400 - 60)
    zoho.refresh()
    assert bulk.download(zoho, job).status_code == 200
    bulk.advance(zoho, 120)
    assert bulk.download(zoho, job).status_code == 404


@pytest.fixture
def listener() -> Iterator[tuple[str, queue.Queue[Any]]]:
    """A caller's own server: its URL, and what is posted to it."""
    heard: queue.Queue[Any] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.put((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/cb?of=zoho", heard
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("fails", [False, True])
def test_the_end_of_a_job_is_told_to_the_callback(
    zoho: Zoho, listener: tuple[str, queue.Queue[Any]], *, fails: bool
) -> None:
    url, heard = listener
    zoho.edit("switches", "update", bulk_job_fails=fails)
    job = bulk.created(zoho, NAMES | {"callback": {"url": url, "method": "post"}})
    assert heard.empty()
    bulk.advance(zoho, bulk.DONE_S)
    path, body = heard.get(timeout=20)
    assert (path, body) == ("/cb?of=zoho", {"data": [bulk.poll(zoho, job)]})
    assert body["data"][0]["state"] == ("FAILURE" if fails else "COMPLETED")


def test_a_callback_leaves_this_machine_in_no_case(zoho: Zoho, caplog: pytest.LogCaptureFixture) -> None:
    callback = {"url": "http://192.0.2.1/cb", "method": "post"}
    job = bulk.created(zoho, NAMES | {"callback": callback})
    bulk.advance(zoho, bulk.DONE_S)
    for _ in range(200):
        if "no callback is sent to http://192.0.2.1/cb" in caplog.text:
            break
        time.sleep(0.05)
    assert "no callback is sent to http://192.0.2.1/cb" in caplog.text
    assert bulk.poll(zoho, job)["state"] == "COMPLETED"


def test_a_job_that_a_reset_took_away_calls_nobody_back(listener: tuple[str, queue.Queue[Any]]) -> None:
    url, heard = listener
    with Sandbox(only="zoho") as running:
        bulk.created(Zoho(running), NAMES | {"callback": {"url": f"{url}&and=gone", "method": "post"}})
        former = running.world
        requests.post(f"{running.url}/_sandbox/reset", timeout=30).raise_for_status()
        # Even if time goes on in what is no more.
        former.clock_offset += timedelta(seconds=bulk.DONE_S)
        zoho = Zoho(running)
        bulk.created(zoho, NAMES | {"callback": {"url": f"{url}&and=new", "method": "post"}})
        time.sleep(0.2)
        bulk.advance(zoho, bulk.DONE_S)
        assert heard.get(timeout=20)[0] == "/cb?of=zoho&and=new"


def test_jobs_downloads_and_callbacks_survive_a_restart(tmp_path: Path, listener: tuple[str, queue.Queue[Any]]) -> None:
    url, heard = listener
    state = tmp_path / "state.json.gz"
    with Sandbox(only="zoho", state=state) as running:
        zoho = Zoho(running)
        zoho.edit("switches", "update", bulk_rows=400)
        done = bulk.created(zoho, NAMES)
        bulk.advance(zoho, bulk.DONE_S)
        files = [bulk.download(zoho, done).content for _ in range(10)]
        waiting = bulk.created(zoho, NAMES | {"callback": {"url": url, "method": "POST"}})
        shown = bulk.poll(zoho, done)
    with Sandbox(only="zoho", state=state) as running:
        again = Zoho(running)
        assert bulk.poll(again, done) == shown
        assert bulk.download(again, done).status_code == 429
        bulk.advance(again, 61)
        assert bulk.download(again, done).content == files[0]
        assert heard.get(timeout=20)[1]["data"][0]["id"] == waiting
        rest = bulk.created(again, {"query": {"page_token": shown["result"]["next_page_token"]}})
        bulk.advance(again, bulk.DONE_S)
        assert bulk.poll(again, rest)["result"]["page"] == 2
