"""A snapshot holds everything: after going back to it, every read answers the same bytes as when it was taken."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import requests

from sandbox import snapshot
from sandbox.server import Sandbox
from sandbox.world import World
from tests.sandbox.fxiaoke.conftest import Client
from tests.sandbox.zoho import bulk
from tests.sandbox.zoho.conftest import Zoho

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RAO = {"Last_Name": "Rao", "Company": "Zeta"}
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SLACK = "/slack/services/T0/B0/x"
QUERY = "/cgi/crm/v2/data/query"
BY_ID = [{"fieldName": "_id", "isAsc": True}]
ACCOUNTS_VIEW = "5000000000221001"


@pytest.fixture(scope="module")
def zoho() -> Iterator[Zoho]:
    with Sandbox(only="zoho") as sandbox:
        yield Zoho(sandbox)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Its clock stands still unless it is moved, so that answers which tell the time can be compared."""
    monkeypatch.setattr(World, "now", lambda world: NOW + world.clock_offset)
    with Sandbox(started_at=NOW, fxiaoke_limit=30) as sandbox:
        yield sandbox


def take(sandbox: Sandbox) -> bytes:
    answer = requests.get(f"{sandbox.url}/_sandbox/snapshot", timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/gzip")
    return answer.content


def restore(sandbox: Sandbox, packed: bytes) -> requests.Response:
    return requests.post(f"{sandbox.url}/_sandbox/restore", data=packed, timeout=60)


class Both:
    """Both CRMs and the control, with tokens that were had before the snapshot."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.zoho, self.fxiaoke = sandbox, Zoho(sandbox), Client(sandbox)
        self.fxiaoke.query("LeadsObj")

    def raw(self, method: str, path: str, body: Any = None) -> tuple[Any, ...]:
        headers = dict(self.zoho.session.headers)
        if path.startswith("/fxiaoke"):
            headers = {**self.fxiaoke._new, "x-fs-userid": "1000"}
        answer = requests.request(method, f"{self.sandbox.url}{path}", json=body, headers=headers, timeout=30)
        # Fxiaoke numbers each call that it ever answers.
        content = re.sub(rb'"traceId":"[^"]*"', b'"traceId":""', answer.content)
        return method, path, answer.status_code, sorted(answer.headers.items()), content

    def fxiaoke_now_ms(self) -> int:
        return int(self.sandbox.world.now().timestamp() * 1000)

    def prepare(self) -> list[tuple[str, str, Any]]:
        """Leave a trace in all that there is, and return the reads that would show it."""
        zoho, fxiaoke = self.zoho, self.fxiaoke
        zoho.control("clock", {"advance_s": 500})
        [lead] = [one["details"]["id"] for one in zoho.post("/Leads", {"data": [RAO]}).json()["data"]]
        gone = zoho.edit("Leads", "create", Last_Name="Gone", Company="Zeta")["id"]
        zoho.edit("Leads", "delete", gone)
        zoho.post(f"/Leads/{lead}/actions/add_tags", {"tags": [{"name": "hot"}]})
        zoho.post(f"/Leads/{lead}/Locking_Information__s", {"data": [{"Locked_Reason__s": "kept"}]})
        zoho.post("/settings/fields?module=Leads", {"fields": [{"field_label": "Win Key", "data_type": "text"}]})
        held = zoho.edit("Accounts", "create", Account_Name="Held")["id"]
        zoho.edit("Accounts", "update", held, **{"$approved": False})
        update = {"data": [{"Rating": "Active"}], "cvid": ACCOUNTS_VIEW}
        mass = zoho.post("/Accounts/actions/mass_update", update).json()["data"][0]["details"]["job_id"]
        job = bulk.created(zoho, bulk.query("Products"))
        zoho.edit("switches", "update", search_delay_s=1)
        zoho.edit("permissions", "update", Crm_Implied_View_Cases=False)
        code = zoho.edit("grants", "create", scope="ZohoCRM.modules.ALL")["code"]
        bulk.advance(zoho, 10)
        rao = {"dataObjectApiName": "LeadsObj", "name": "Rao", "owner": ["1000"]}
        made = fxiaoke.new("/cgi/crm/v2/data/create", {"data": {"object_data": rao}})["dataId"]
        away, locked = (row["_id"] for row in fxiaoke.rows("AccountObj", limit=2))
        fxiaoke.edit("AccountObj", "delete", away)
        fxiaoke.edit("AccountObj", "lock", locked)
        for name in ("one", "two", "three", "four", "five", "six"):
            fxiaoke.edit("LeadsObj", "create", None, name=name)
        fxiaoke.edit("switches", "update", None, vanished_code=50009, daily_quota=1000, limit=23)
        chat = {"system": "chat", "module": "switches", "action": "update"}
        zoho.control("edit", {**chat, "values": {"slack_rate_limit_body": "slow down"}})
        for _ in range(20):
            requests.post(f"{self.sandbox.url}{SLACK}", json={"text": "hello"}, timeout=10)
            fxiaoke.query("AccountObj", limit=1)
        zoho.control(
            "faults",
            [
                {"match": {"path": "/crm/v8/Deals", "probability": 0.5, "seed": 3}, "do": {"status": 500}},
                {"match": {"path": "/crm/v8/Tasks", "nth": 3}, "do": {"status": 503, "body": {}}},
                {"match": {"path": "/crm/v8/Calls"}, "do": {"alter": {"which": -1, "repeat": True}}},
            ],
        )
        for module in ("Deals", "Tasks", "Tasks", "Calls"):
            zoho.get(f"/{module}", fields="id")
        recent = {"field_name": "last_modified_time", "operator": "GTE", "field_values": [str(self.fxiaoke_now_ms())]}
        leads = {"data": {"dataObjectApiName": "LeadsObj", "search_query_info": {"limit": 100, "filters": [recent]}}}
        accounts = {"data": {"dataObjectApiName": "AccountObj", "search_query_info": {"limit": 100, "orders": BY_ID}}}
        grant = {"grant_type": "authorization_code", "client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        exchange = "&".join(f"{key}={value}" for key, value in {**grant, "code": code}.items())
        crm = "/zoho/crm/v8"
        return [
            ("GET", f"{crm}/Leads?fields=Last_Name,Win_Key,Tag,Locked__s&sort_by=Modified_Time&sort_order=desc", None),
            ("GET", f"{crm}/Leads/{lead}", None),
            ("GET", f"{crm}/Leads/{lead}/Locking_Information__s?fields=Locked_Reason__s,Locked_By__s", None),
            ("GET", f"{crm}/Leads/deleted?type=all", None),
            ("GET", f"{crm}/Leads/search?criteria=(Company:equals:Zeta)", None),
            ("GET", f"{crm}/Leads/actions/count", None),
            ("GET", f"{crm}/Accounts?fields=Account_Name,Rating&approved=false", None),
            ("GET", f"{crm}/Accounts/actions/mass_update?job_id={mass}", None),
            ("GET", f"{crm}/Cases?fields=id", None),
            ("GET", f"{crm}/DealHistory?fields=Stage,Moved_To__s&per_page=200", None),
            ("POST", f"{crm}/coql", {"select_query": "select Stage, count(id) from Deals where id > 0 group by Stage"}),
            ("GET", f"{crm}/settings/fields?module=Leads", None),
            ("GET", f"{crm}/users?type=AllUsers", None),
            ("GET", f"/zoho/crm/bulk/v8/read/{job}", None),
            ("GET", f"/zoho/crm/bulk/v8/read/{job}/result", None),
            ("POST", f"/zoho/oauth/v2/token?{exchange}", None),
            *[("GET", f"{crm}/Deals?fields=Deal_Name", None)] * 10,
            *[("GET", f"{crm}/Tasks?fields=id", None)] * 2,
            *[("GET", f"{crm}/Calls?fields=id&per_page=2", None)] * 2,
            ("POST", f"/fxiaoke{QUERY}", leads),
            *[("POST", f"/fxiaoke{QUERY}", accounts)] * 3,
            ("POST", "/fxiaoke/cgi/crm/v2/data/get", {"data": {"dataObjectApiName": "LeadsObj", "objectDataId": made}}),
            (
                "POST",
                "/fxiaoke/cgi/crm/v2/data/get",
                {"data": {"dataObjectApiName": "AccountObj", "objectDataId": away}},
            ),
            ("POST", "/fxiaoke/cgi/crm/v2/object/list", {}),
            ("POST", "/fxiaoke/cgi/user/list", {"departmentId": 0}),
            ("POST", SLACK, {"text": "one too many"}),
            *[("GET", f"/_sandbox/{name}", None) for name in ("state", "writes", "messages", "faults")],
        ]

    def go_on(self) -> None:
        """Change everything that was prepared, and more."""
        zoho = self.zoho
        zoho.control("faults", [])
        zoho.control("clock", {"advance_s": 86400})
        fxiaoke = Client(self.sandbox)
        zoho.refresh()
        for module in ("Leads", "Accounts", "Deals", "Products"):
            for record in zoho.get(f"/{module}", fields="id", per_page=5).json()["data"]:
                zoho.edit(module, "delete", record["id"])
        zoho.edit("Leads", "create", Last_Name="Later", Company="Zeta")
        zoho.post("/settings/fields?module=Leads", {"fields": [{"field_label": "Later", "data_type": "text"}]})
        zoho.post("/Accounts/actions/mass_update", {"data": [{"Rating": "Shut Down"}], "cvid": ACCOUNTS_VIEW})
        zoho.edit("switches", "update", search_delay_s=0, edition="free")
        zoho.edit("permissions", "update", Crm_Implied_View_Cases=True, Crm_Implied_View_Leads=False)
        fxiaoke.edit("switches", "update", None, vanished_code=500, daily_quota=None, limit=1000)
        for row in fxiaoke.rows("AccountObj", limit=5):
            if row["lock_status"] == "0":
                fxiaoke.edit("AccountObj", "delete", row["_id"])
        fxiaoke.edit("LeadsObj", "create", None, name="Later")
        fxiaoke.edit("switches", "expire_tokens", None)
        chat = {"system": "chat", "module": "switches", "action": "update"}
        zoho.control("edit", {**chat, "values": {"slack_rate_limit_body": "later"}})
        requests.post(f"{self.sandbox.url}{SLACK}", json={"text": "later"}, timeout=10)


def test_after_going_back_every_read_answers_the_same_bytes(running: Sandbox) -> None:
    both = Both(running)
    reads = both.prepare()
    authorization = both.zoho.session.headers["Authorization"]
    packed = take(running)
    before = [both.raw(*read) for read in reads]

    # What was prepared shows, else it would prove nothing that it is there again.
    statuses = {f"{method} {path.partition('?')[0]}": status for method, path, status, *_ in before}
    assert statuses["GET /zoho/crm/v8/Cases"] == 403
    assert statuses[f"POST {SLACK}"] == 429
    assert [status for _, path, status, *_ in before if "/Tasks" in path] == [503, 200]
    assert {status for _, path, status, *_ in before if "/Deals" in path} == {200, 500}
    assert [content for _, path, _, _, content in before if path == SLACK] == [b"slow down"]
    codes = [orjson.loads(content)["errorCode"] for _, path, _, _, content in before if path == f"/fxiaoke{QUERY}"]
    assert codes == [0, 0, 14001, 14001]

    both.go_on()
    after_all = [both.raw(*read)[2:] for read in reads]
    assert sum(one[2:] != other for one, other in zip(before, after_all, strict=True)) > len(reads) / 2
    both.zoho.session.headers["Authorization"] = authorization
    assert restore(running, packed).status_code == 200
    for read, then in zip(reads, before, strict=True):
        assert both.raw(*read) == then


def test_a_snapshot_of_what_was_restored_is_the_same(running: Sandbox) -> None:
    both = Both(running)
    both.prepare()
    packed = take(running)
    both.go_on()
    assert restore(running, packed).status_code == 200
    assert take(running) == packed


def test_a_snapshot_is_a_state_file_and_fits_another_sandbox(tmp_path: Path) -> None:
    with Sandbox(seed=3, only="zoho") as one:
        account = Zoho(one).edit("Accounts", "create", Account_Name="Zeta Ltd")["id"]
        packed = take(one)
    (tmp_path / "state.gz").write_bytes(packed)
    with Sandbox(seed=5, only="zoho", state=tmp_path / "state.gz") as other:
        assert Zoho(other).read("Accounts", account, "Account_Name")["Account_Name"] == "Zeta Ltd"
        assert other.world.seed == 3
    with Sandbox(seed=5, only="zoho") as third:
        assert restore(third, (tmp_path / "state.gz").read_bytes()).json()["counts"]["zoho"]["Accounts"] == 2001
        assert third.world.seed == 3


def test_a_write_that_was_under_way_leaves_no_trace(running: Sandbox) -> None:
    both = Both(running)
    lead = both.zoho.get("/Leads", fields="Last_Name", per_page=1).json()["data"][0]
    packed = take(running)
    both.zoho.control("faults", [{"match": {"method": "PUT"}, "do": {"delay_ms": 300}}])
    late = Thread(target=both.raw, args=("PUT", f"/zoho/crm/v8/Leads/{lead['id']}", {"data": [{"Last_Name": "Late"}]}))
    late.start()
    while running.site.faults[0].fired == 0:
        sleep(0.001)
    assert restore(running, packed).status_code == 200
    late.join()
    assert both.zoho.read("Leads", lead["id"], "Last_Name") == lead


def changed(packed: bytes, change: Callable[[Any], Any]) -> bytes:
    state = orjson.loads(gzip.decompress(packed))
    change(state)
    return gzip.compress(orjson.dumps(state), compresslevel=1)


DAMAGED: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda _: b"", "it is cut off, or something follows its end"),
    (lambda packed: packed[:-9], "it is cut off, or something follows its end"),
    (lambda packed: packed + b"more", "it is cut off, or something follows its end"),
    (lambda _: b"rubbish", "Error -3 while decompressing data: incorrect header check"),
    (lambda packed: packed[:-8] + bytes(8), "Error -3 while decompressing data: incorrect data check"),
    (lambda _: gzip.compress(b"{"), "unexpected end of data: line 1 column 2 (char 1)"),
    (
        lambda packed: changed(packed, lambda state: state.update(format="crmsync-sandbox/1")),
        "another version wrote it: its format is crmsync-sandbox/1, not crmsync-sandbox/2",
    ),
    (lambda packed: changed(packed, lambda state: state.pop("faults")), "it lacks 'faults'"),
    (lambda packed: changed(packed, lambda state: state.update(scale="10k")), "there is no scale '10k'"),
    (
        lambda packed: changed(packed, lambda state: state["systems"]["zoho"]["tables"]["Leads"].pop("held")),
        "it lacks 'held'",
    ),
    (
        lambda packed: changed(packed, lambda state: state["systems"].update(fxiaoke={})),
        "it holds zoho, fxiaoke, not zoho",
    ),
    (
        lambda packed: changed(packed, lambda state: state["world"].update(clock_offset_s=1e12)),
        "date value out of range",
    ),
]


def test_one_that_is_damaged_is_refused_and_the_old_state_stays(zoho: Zoho) -> None:
    sandbox = zoho.sandbox
    packed = take(sandbox)
    for damage, reason in DAMAGED:
        answer = restore(sandbox, damage(packed))
        assert (answer.status_code, answer.json()) == (400, {"error": f"the snapshot cannot be restored: {reason}"})
    assert take(sandbox) == packed


def test_one_that_unpacks_to_more_than_fits_is_refused(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = zoho.sandbox
    packed = take(sandbox)
    monkeypatch.setattr(snapshot, "MOST_BYTES", 1_000_000)
    answer = restore(sandbox, packed)
    reason = "it unpacks to more than 1,000,000 bytes"
    assert (answer.status_code, answer.json()) == (400, {"error": f"the snapshot cannot be restored: {reason}"})
    assert take(sandbox) == packed
